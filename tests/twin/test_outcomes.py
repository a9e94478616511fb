"""What luck makes of plans: the same courses for all of them, and margins that move with demand as they must."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from supply.case import asked, inputs

from sop_xl.cycle import Plan, simulated_plans, solve_scenario, spread_of
from sop_xl.scenario.chain import resolve
from sop_xl.scenario.result import ScenarioResult
from sop_xl.scenario.scenario import BASE, Scenario
from sop_xl.schema import frames
from sop_xl.twin.demand import DemandSpread
from twin.test_of_plan import SMALL, plan_of

CALM: dict[str, list[dict[str, object]]] = {
    "resource_variation": [{"resource": "ALL", "repair_hours": 0, "yield_spread": 0}],
    "supply_variation": [{"kind": kind, "code": "ALL", "late_pct": 0} for kind in ("supplier", "partner", "lane")],
}


def base(plan: Plan) -> dict[str, ScenarioResult]:
    return {BASE: solve_scenario(plan, Scenario(BASE, "Base plan"))}


def test_with_capacity_to_spare_the_margin_has_the_range_of_the_demand() -> None:
    """One family with stock for every course: margin = 25 a unit, so P10 and P90 are those of a normal demand."""
    given = inputs(
        {"demand_spread": 0.2},
        **{**SMALL, "demand": asked("A", [50], price=50), "bom": [], "materials": []},
        **CALM,
        inventory=[{"product": "A", "location": "SITE", "on_hand": 1000}],
    )
    plan = plan_of(given)
    found = simulated_plans(plan, base(plan), paths=4000).table.iloc[0]
    unit = found["gross_margin"] / 50
    assert found["margin_p10"] == pytest.approx(40 * unit, rel=0.04)
    assert found["margin_p90"] == pytest.approx(60 * unit, rel=0.04)
    assert found["fill_rate_p10"] == found["fill_rate_p90"] == 1
    assert found["stock_out_risk"] == 0


def test_every_scenario_meets_the_same_courses() -> None:
    plan = plan_of(inputs(**SMALL))
    scenarios = frames.rows("scenarios", [{"scenario": "more", "title": "A shift more", "parent": BASE}])
    driver = {"scenario": "more", "driver": "capacity_pct", "target": "LINE", "value": 0.3}
    found, issues = resolve(plan.inputs, scenarios, frames.rows("scenario_drivers", [driver]))
    assert not issues
    solved = {each.name: solve_scenario(plan, each) for each in found}
    once, again = (simulated_plans(plan, solved, paths=500) for _ in range(2))
    pd.testing.assert_frame_equal(once.table, again.table)
    table = once.table.set_index("scenario")
    assert table.loc["more", "better_than_base"] > 0.95, "course by course, more hours sell more"
    assert table.loc["more", "stock_out_risk"] < table.loc[BASE, "stock_out_risk"]
    risk = once.results[BASE].plan.tables["stockout_risk"]
    assert set(risk["family"]) == {"ONE", "TWO"} and risk["chance"].between(0, 1).all()


def test_nothing_is_drawn_where_the_settings_say_so() -> None:
    plan = plan_of(inputs({"simulation_paths": 0}, **SMALL))
    found = simulated_plans(plan, base(plan))
    assert found.table.empty and not found.outcomes
    served = found.results[BASE].plan.tables["demand_served"]
    parts = ["regular", "overtime", "outsourced", "receipts", "built_ahead", "late", "lost"]
    assert served[parts].sum(axis=1).tolist() == pytest.approx(served["demand"].tolist())


def test_a_simulation_is_cancelled_from_its_progress() -> None:
    plan = plan_of(inputs(**SMALL))
    solved = base(plan)

    class Cancelled(Exception):
        pass

    def tell(share: float, text: str) -> None:
        assert text == "Simulated: Base plan"
        raise Cancelled

    with pytest.raises(Cancelled):
        simulated_plans(plan, solved, paths=10_000, progress=tell)


def test_families_that_erred_together_are_drawn_together() -> None:
    """Two families sold the same every month up to a factor: their courses correlate more than with a third of luck."""
    rng = np.random.default_rng(0)
    shared, alone = rng.normal(0, 0.2, (2, 60))
    months = pd.date_range("2021-01-01", periods=60, freq="MS")
    sold = {"A": 100 * np.exp(shared), "B": 300 * np.exp(shared), "C": 100 * np.exp(alone)}
    history = [
        {"product": p, "location": "ALL", "channel": "ALL", "period": day, "units": u}
        for p, units in sold.items()
        for day, u in zip(months, units, strict=True)
    ]
    demand = [row for p, units in sold.items() for row in asked(p, [units.mean()] * 3, price=50)]
    tables = {**SMALL, "demand": demand, "history": history, "bom": [], "materials": []}
    tables["products"] = [{"product": p, "family": p} for p in "ABC"]
    tables["routings"] = [{"product": p, "resource": "LINE", "hours_per_unit": 0.01} for p in "ABC"]
    tables["price_cost"] = [{"product": p, "price": 50, "material_cost": 20} for p in "ABC"]
    spread: DemandSpread = spread_of(plan_of(inputs(**tables)))
    assert spread.families == ("A", "B", "C")
    assert spread.correlation[0, 1] > 0.5 > spread.correlation[0, 2] + 0.2
    assert spread.low == pytest.approx(0.8, abs=0.05) and spread.high == pytest.approx(1.2, abs=0.05)
    assert "has a forecast range" in spread.issues[0].message


def test_a_family_that_is_new_in_a_scenario_moves_on_its_own() -> None:
    two = DemandSpread(("A", "B"), np.full((2, 1), 0.8), np.array([[1.2], [1.4]]), np.array([[1, 0.5], [0.5, 1]]), 0.0)
    paths = two.paths(("A", "NEW"), np.array([[10.0], [100.0]]))
    assert paths.p90.ravel() == pytest.approx([12, 130]) and paths.correlation == pytest.approx(np.eye(2))
