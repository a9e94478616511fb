"""Gaps are explained in a planner's words, and what more of a limit is worth is what re-solving says it is worth."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.supply.explain import Explain

from .case import MONTHS, asked, column, inputs, planned

LOST = {"shortage": "lost_sales", "objective": "profit"}


def first_gap(plan: SolvedPlan) -> dict[str, Any]:
    return plan.tables["gaps"].iloc[0].to_dict()


def made_on(**resource: object) -> dict[str, Any]:
    """A product that takes an hour on a machine of 10 hours; 8 are asked in January, 14 in February, 13 in March."""
    return {
        "demand": asked("A", [8, 14, 13], price=20),
        "resources": [{"resource": "Line 2", "location": "P", "hours": 10, **resource}],
        "routings": [{"product": "A", "location": "P", "resource": "Line 2", "hours_per_unit": 1}],
    }


def test_a_full_machine_is_named_with_its_months_and_what_an_hour_is_worth() -> None:
    """January builds 2 ahead for February at 1 each; 2 are lost in February, 3 in March, at 20 each."""
    plan = planned(inputs(LOST, **made_on(), inventory_policy=[{"holding_cost": 1}]))
    gaps = plan.tables["gaps"]
    assert gaps["lost"].tolist() == pytest.approx([2, 3])
    assert gaps["gap_value"].tolist() == pytest.approx([40, 60])
    assert gaps["cause"].tolist() == ["Line 2 is full in 2026-01, 2026-02", "Line 2 is full from 2026-01 to 2026-03"]
    assert gaps["binding_periods"].tolist() == ["2026-01, 2026-02", "2026-01 to 2026-03"]
    assert column(plan, "resource_load", "marginal_value") == pytest.approx([19, 20, 20], abs=1e-3)
    assert gaps["marginal_value"].tolist() == pytest.approx([20, 20], abs=1e-3)
    top = plan.tables["bottlenecks"].iloc[0]
    assert (top["kind"], top["constraint"], top["periods"]) == ("resource", "Line 2", "2026-01 to 2026-03")
    assert top["value_of_10_percent"] == pytest.approx(59, abs=1e-2)
    assert top["peak_utilisation"] == pytest.approx(1)


def test_full_storage_that_keeps_more_from_being_built_ahead_is_named_beside_the_machine() -> None:
    """10 hours a month for 0, 0 and 25 units, and room for 8 in stock: 7 are lost that January could have made."""
    plan = planned(
        inputs(
            LOST,
            **{**made_on(), "demand": asked("A", [0, 0, 25], price=20)},
            inventory_policy=[{"max_stock": 8, "holding_cost": 1}],
        )
    )
    gap = first_gap(plan)
    assert gap["lost"] == pytest.approx(7)
    assert gap["cause"] == "Line 2 is full in 2026-03; storage of A at P leaves no room to build ahead in 2026-02"
    assert gap["binding_periods"] == "2026-03"


def test_the_supplier_the_partner_the_lane_and_the_people_are_named() -> None:
    machine = {"product": "A", "location": "P"}
    steel = {"item": "STEEL", "supplier": "MILL", "unit_cost": 1}
    one = {"demand": asked("A", [5, 5], price=20), "routings": [machine]}
    part = [{"product": "A", "item": "STEEL", "quantity": 2}]
    away = {"demand": asked("A", [5, 5], price=20, location="D")}
    lane = [{"from_location": "P", "to_location": "D", "limit": 3}]
    crew = {"workforce": "Crew", "resource": "L", "opening_workers": 2, "hours_per_worker": 1, "max_workers": 2}
    staffed = [{"product": "A", "location": "P", "resource": "L", "hours_per_unit": 1}]
    cases = {
        "MILL delivers no more STEEL in 2026-01, 2026-02": {
            **one,
            "bom": part,
            "materials": [{**steel, "period_limit": 6}],
        },
        "Lane P>D takes no more in 2026-01, 2026-02": {**away, "routings": [machine], "lanes": lane},
        "Partner BETA sells no more in 2026-01, 2026-02": {
            **one,
            "routings": [],
            "outsourcing": [{"product": "A", "location": "P", "partner": "BETA", "cost_per_unit": 2, "limit": 3}],
        },
        "Crew has no more people in 2026-01, 2026-02": {**one, "routings": staffed, "workforce": [crew]},
    }
    for text, tables in cases.items():
        plan = planned(inputs(LOST, **tables))
        assert plan.tables["gaps"]["cause"].tolist() == [text.removesuffix(", 2026-02"), text]
        assert (plan.tables["gaps"]["marginal_value"] > 0).all()


def test_lead_times_a_missing_source_and_a_price_that_does_not_pay_are_causes_too() -> None:
    late = inputs(
        LOST,
        demand=asked("A", [5, 5], price=20),
        outsourcing=[{"product": "A", "location": "P", "cost_per_unit": 2, "lead_time": 1}],
    )
    assert first_gap(planned(late))["cause"] == (
        "Stock is used up and nothing more can arrive before 2026-02 (lead time)"
    )
    items = inputs(
        LOST,
        demand=asked("A", [5, 5], price=20),
        routings=[{"product": "A", "location": "P"}],
        bom=[{"product": "A", "item": "STEEL", "quantity": 1}],
        materials=[{"item": "STEEL", "supplier": "MILL", "unit_cost": 1, "lead_time": 1, "on_hand": 2}],
    )
    assert first_gap(planned(items))["cause"] == "MILL delivers no more STEEL in 2026-01"
    nothing = inputs(LOST, demand=asked("A", [5], price=20), inventory=[])
    plan = planned(nothing)
    assert first_gap(plan)["cause"] == "Nothing makes, buys or brings it here"
    assert any("A is asked at" in i.message and i.table == "routings" for i in plan.issues)
    dear = inputs(
        LOST,
        demand=asked("A", [5], price=20),
        outsourcing=[{"product": "A", "location": "P", "cost_per_unit": 21}],
    )
    assert first_gap(planned(dear))["cause"] == "Meeting it would cost more than it is worth"
    small = inputs(
        LOST,
        demand=asked("A", [5], price=20),
        routings=[{"product": "A", "location": "P", "setup_cost": 500}],
    )
    assert "smallest lots" in first_gap(planned(small))["cause"]


def test_no_more_than_is_asked_for_is_explained() -> None:
    given = inputs(LOST, **made_on(overtime_cost=5))
    plain, caused = planned(given, Explain.NOTHING), planned(given, Explain.CAUSES)
    assert set(plain.tables["gaps"]["cause"]) == {""} and plain.tables["bottlenecks"].empty
    assert set(caused.tables["gaps"]["cause"]) != {""} and caused.tables["reliefs"].empty
    assert plain.objective == pytest.approx(caused.objective)


def test_each_lever_is_solved_alone_and_the_cheapest_stands_beside_the_gap() -> None:
    """35 asked, 30 made. 10 % overtime is an hour a month at 5; the options close the gap at 3 (limited) and at 8."""
    given = inputs(
        LOST,
        **made_on(overtime_cost=5),
        options=[
            {"option": "SATURDAY", "lever": "add capacity", "target": "Line 2", "quantity": 1, "cost_per_unit": 3},
            {"option": "BETA", "lever": "outsource", "target": "A", "cost_per_unit": 8, "fixed_cost": 10},
            {"option": "ACCEPT", "lever": "accept shortfall"},
        ],
    )
    plan = planned(given)
    reliefs = plan.tables["reliefs"].set_index("relief")
    assert reliefs.loc["SATURDAY", "gap_closed"] == pytest.approx(3)
    assert reliefs.loc["SATURDAY", "extra_cost"] == pytest.approx(9)
    assert reliefs.loc["SATURDAY", "margin_effect"] == pytest.approx(3 * 20 - 9)
    assert reliefs.loc["BETA", "gap_closed"] == pytest.approx(5)
    assert reliefs.loc["BETA", "extra_cost"] == pytest.approx(50)
    assert reliefs.loc["BETA", "margin_effect"] == pytest.approx(5 * 20 - 50)
    assert reliefs.loc["BETA", "cost_per_unit"] == pytest.approx(10)
    assert reliefs.loc["10 % more overtime on Line 2", "gap_closed"] == pytest.approx(3)
    assert reliefs.loc["One more shift on Line 2", "gap_closed"] == pytest.approx(5)
    assert reliefs.loc["ACCEPT", "gap_closed"] == 0
    assert plan.tables["reliefs"]["relief"].iloc[0] == "SATURDAY", "the cheapest first"
    assert first_gap(plan)["relief"] == "SATURDAY"
    assert first_gap(plan)["relief_cost"] == pytest.approx(3)


def test_a_lever_does_what_the_data_would_say_if_it_were_pulled() -> None:
    """Two hours of overtime a month as an option, and the same in the resource table, end in the same plan."""
    option = {"option": "MORE", "lever": "overtime", "target": "Line 2", "quantity": 2, "cost_per_unit": 5}
    before = planned(inputs(LOST, **made_on(), options=[option]))
    after = planned(inputs(LOST, **made_on(overtime_max=2, overtime_cost=5)))
    relief = before.tables["reliefs"].set_index("relief").loc["MORE"]
    assert relief["gap_closed"] == pytest.approx(before.kpis["gap_units"] - after.kpis["gap_units"])
    assert relief["margin_effect"] == pytest.approx(after.kpis["profit"] - before.kpis["profit"])


def test_expedited_items_built_ahead_stock_and_priorities_close_what_they_can() -> None:
    items = inputs(
        LOST,
        demand=asked("A", [5, 5], price=20),
        routings=[{"product": "A", "location": "P"}],
        bom=[{"product": "A", "item": "STEEL", "quantity": 1}],
        materials=[{"item": "STEEL", "supplier": "MILL", "unit_cost": 1, "lead_time": 1, "on_hand": 2}],
        options=[{"option": "AIR", "lever": "expedite material", "target": "STEEL", "quantity": 2, "cost_per_unit": 4}],
    )
    air = planned(items).tables["reliefs"].set_index("relief").loc["AIR"]
    assert (air["gap_closed"], air["extra_cost"]) == (pytest.approx(2), pytest.approx(8))
    stock = inputs(
        {**LOST, "ending_stock_price_pct": 100},
        **made_on(),
        price_cost=[{"product": "A", "price": 20, "material_cost": 1}],
        inventory_policy=[{"max_stock": 1, "holding_cost": 0.5}],
        options=[{"option": "HALL", "lever": "build ahead", "target": "A", "cost_per_unit": 0.25}],
    )
    plan = planned(stock)
    assert first_gap(plan)["cause"].startswith(("Line 2 is full", "Storage of A at P is full"))
    hall = plan.tables["reliefs"].set_index("relief").loc["HALL"]
    assert (hall["gap_closed"], hall["extra_cost"]) == (pytest.approx(1), pytest.approx(0.75))
    two = inputs(
        LOST,
        demand=[*asked("A", [6], price=20), *asked("B", [6], price=10)],
        resources=[{"resource": "L", "location": "P", "hours": 6}],
        routings=[{"product": p, "location": "P", "resource": "L", "hours_per_unit": 1} for p in "AB"],
        options=[{"option": "B-FIRST", "lever": "reprioritise", "target": "B"}],
    )
    plan = planned(two)
    assert first_gap(plan)["product"] == "B" and first_gap(plan)["relief"] == ""
    swap = plan.tables["reliefs"].set_index("relief").loc["B-FIRST"]
    assert (swap["gap_closed"], swap["margin_effect"]) == (0, pytest.approx(-60))


def test_without_a_gap_nothing_is_solved_again() -> None:
    plan = planned(inputs(LOST, demand=asked("A", [5], price=20), routings=[{"product": "A", "location": "P"}]))
    assert plan.tables["gaps"].empty and plan.tables["reliefs"].empty and plan.kpis["fill_rate"] == 1


NEAR = 1e-6
"""How near shadow prices and finite differences are: equal where the two differences are."""


def factory(hours: list[float], limit: float, spec: dict[str, Any]) -> PlanningInputs:
    return inputs(
        {"objective": spec["objective"], "shortage": spec["shortage"]},
        demand=[*asked("A", spec["a"], price=spec["price"]), *asked("B", spec["b"], price=12)],
        resources=[{"resource": "L", "location": "P", "hours": 0, "overtime_max": 2, "overtime_cost": 4}],
        resource_calendar=[
            {"resource": "L", "period": day, "downtime_hours": -extra}
            for day, extra in zip(MONTHS, hours, strict=False)
        ],
        routings=[
            {"product": "A", "resource": "L", "hours_per_unit": 1, "yield_pct": 0.8},
            {"product": "B", "resource": "L", "hours_per_unit": 2},
        ],
        bom=[{"product": "B", "item": "STEEL", "quantity": 1}],
        materials=[{"item": "STEEL", "supplier": "MILL", "unit_cost": 1, "period_limit": limit}],
        inventory_policy=[{"holding_cost": 0.5, "backorder_cost": 2, "lost_sale_cost": spec["lost"]}],
        price_cost=[{"product": p, "price": 1, "material_cost": 2, "conversion_cost": 1} for p in "AB"],
    )


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(
    st.fixed_dictionaries(
        {
            "objective": st.sampled_from(["profit", "cost"]),
            "shortage": st.sampled_from(["backorder", "lost_sales"]),
            "a": st.lists(st.integers(0, 20), min_size=3, max_size=3),
            "b": st.lists(st.integers(0, 12), min_size=3, max_size=3),
            "price": st.integers(5, 30),
            "lost": st.integers(0, 5),
        }
    ),
    st.lists(st.integers(1, 20), min_size=3, max_size=3),
    st.integers(1, 9),
    st.integers(0, 2),
)
def test_worth_of_an_hour_lies_between_what_one_less_and_one_more_change(
    spec: dict[str, Any], hours: list[int], limit: int, t: int
) -> None:
    """Profit is concave in hours: gain of a bit more ≤ worth ≤ loss of a bit less; so it is in a supplier's units."""
    assume(sum(spec["a"]) + sum(spec["b"]) > 0)
    sign = 1.0 if spec["objective"] == "profit" else -1.0
    bit = 0.05

    def best(change: float = 0.0, units: float = 0.0) -> float:
        changed = [h + (change if k == t else 0.0) for k, h in enumerate(hours)]
        found = planned(factory(changed, limit + units, spec), Explain.NOTHING).objective
        assert found is not None
        return sign * found

    plan = planned(factory([float(h) for h in hours], limit, spec), Explain.CAUSES)
    worth = column(plan, "resource_load", "marginal_value")[t]
    now = best()
    assert (best(bit) - now) / bit - NEAR <= worth <= (now - best(-bit)) / bit + NEAR
    all_units = sum(column(plan, "material_plan", "marginal_value"))
    assert (best(units=bit) - now) / bit - NEAR <= all_units <= (now - best(units=-bit)) / bit + NEAR
