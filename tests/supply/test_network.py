"""What of the inputs becomes part of the plan: families, sites, ways, shutdowns; and what cannot be planned."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sop_xl.model.issue import Severity
from sop_xl.model.plan import PlanningInputs
from sop_xl.schema.catalogue import table
from sop_xl.supply.explain import Explain
from sop_xl.supply.network import network
from sop_xl.supply.plan import TABLES, solve

from .case import MONTHS, asked, column, inputs, planned

LOST = {"shortage": "lost_sales"}
FAMILY = [{"product": "A", "family": "F"}, {"product": "B", "family": "F"}]


def test_a_row_of_a_family_stands_for_its_products_and_a_row_of_a_product_replaces_it() -> None:
    given = inputs(
        LOST,
        products=FAMILY,
        demand=[*asked("A", [4], price=9), *asked("B", [4], price=9)],
        resources=[{"resource": "M", "location": "P", "hours": 100}],
        routings=[
            {"product": "F", "resource": "M", "hours_per_unit": 1},
            {"product": "B", "resource": "M", "hours_per_unit": 3},
        ],
        bom=[{"product": "F", "item": "BOX", "quantity": 1}, {"product": "B", "item": "TAPE", "quantity": 2}],
        materials=[{"item": "BOX", "unit_cost": 1}, {"item": "TAPE", "unit_cost": 0.5}],
    )
    plan = planned(given)
    assert column(plan, "production_plan", "hours") == [4, 12]
    assert column(plan, "material_plan", "consumed") == [8, 8], "a box each, and tape for B"
    assert plan.kpis["cost_material"] == pytest.approx(8 + 4)


def test_a_routing_without_site_is_at_the_site_of_its_resource_and_one_without_either_is_said() -> None:
    given = inputs(
        LOST,
        locations=[{"location": "P"}, {"location": "Q"}],
        demand=[*asked("A", [4], price=9, location="Q"), *asked("B", [4], price=9, location="Q")],
        resources=[{"resource": "M", "location": "Q", "hours": 100}],
        routings=[{"product": "A", "resource": "M", "hours_per_unit": 1}, {"product": "B"}],
    )
    plan = planned(given)
    assert column(plan, "sales_plan", "delivered") == [4, 0]
    said = [issue for issue in plan.issues if issue.severity is Severity.ERROR]
    assert [issue.message.split(":")[0] for issue in said] == [
        "The routing of B on no resource has no site or an unknown resource",
        "B is asked at Q, but nothing makes, buys, holds or brings it there",
    ]


def test_stock_travels_over_two_lanes_with_their_lead_times() -> None:
    given = inputs(
        {"objective": "cost"},
        demand=asked("A", [0, 0, 5], price=100, location="SHOP"),
        inventory=[{"product": "A", "location": "P", "on_hand": 5}],
        inventory_policy=[{"holding_cost": 1}],
        lanes=[
            {"from_location": "P", "to_location": "DC", "lead_time": 1, "cost": 2},
            {"from_location": "DC", "to_location": "SHOP", "lead_time": 1, "cost": 3},
        ],
    )
    plan = planned(given)
    assert plan.kpis["fill_rate"] == 1 and plan.kpis["total_cost"] == pytest.approx(25)
    sent = plan.tables["shipments"]
    left = dict(zip(sent["from_location"], sent["period"].dt.strftime("%Y-%m-%d"), strict=True))
    assert left == {"P": MONTHS[0], "DC": MONTHS[1]}


def test_a_shutdown_takes_the_limit_and_a_strike_part_of_it() -> None:
    closed = [("supplier", "MILL", 0), ("partner", "BETA", 1), ("lane", "P>D", 2)]
    given = inputs(
        LOST,
        locations=[{"location": "P"}, {"location": "D"}],
        demand=asked("A", [9, 9, 9], price=50, location="D"),
        routings=[{"product": "A", "location": "P"}],
        bom=[{"product": "A", "item": "STEEL", "quantity": 1}],
        materials=[{"item": "STEEL", "supplier": "MILL", "unit_cost": 1, "period_limit": 4}],
        lanes=[{"from_location": "P", "to_location": "D"}],
        outsourcing=[{"product": "A", "location": "D", "partner": "BETA", "cost_per_unit": 9, "limit": 2}],
        inventory_policy=[{"max_stock": 0}],
        supply_calendar=[
            {"kind": kind, "code": code, "period": MONTHS[t], "available_pct": 0} for kind, code, t in closed
        ]
        + [{"kind": "supplier", "code": "MILL", "period": MONTHS[1], "available_pct": 0.5}],
        price_cost=[{"product": "A", "price": 50, "material_cost": 1}],
    )
    plan = planned(given)
    assert column(plan, "sales_plan", "delivered") == [2, 2, 2], "BETA; half of MILL; BETA"
    assert column(plan, "material_plan", "limit") == [0, 2, 4]
    assert plan.tables["gaps"]["cause"].tolist() == [
        "MILL delivers no more STEEL in 2026-01",
        "MILL delivers no more STEEL in 2026-01, 2026-02",
        "Lane P>D takes no more in 2026-03",
    ]


def test_a_product_that_goes_into_another_is_made_first_and_its_use_is_shown() -> None:
    given = inputs(
        LOST,
        products=FAMILY,
        demand=asked("A", [3], price=50),
        routings=[{"product": "A", "location": "P", "yield_pct": 0.5}, {"product": "B", "location": "P"}],
        bom=[{"product": "A", "item": "B", "quantity": 2}],
        price_cost=[{"product": "A", "price": 50}, {"product": "B", "price": 0, "material_cost": 1}],
    )
    plan = planned(given)
    assert column(plan, "inventory_plan", "produced", product="B") == [12]
    assert column(plan, "inventory_plan", "consumed", product="B") == [12]
    assert plan.kpis["cost_material"] == pytest.approx(12)


def test_a_bill_in_a_circle_is_said_and_does_not_hang() -> None:
    given = inputs(
        LOST,
        products=FAMILY,
        demand=asked("A", [3], price=50),
        routings=[{"product": p, "location": "P", "min_lot": 1} for p in "AB"],
        bom=[{"product": "A", "item": "B", "quantity": 1}, {"product": "B", "item": "A", "quantity": 1}],
    )
    plan = planned(given)
    assert any("circle" in issue.message for issue in plan.issues)
    assert plan.status == "optimal" and plan.kpis["gap_units"] == 3


def test_demand_outside_the_horizon_and_without_units_is_left_out_and_said() -> None:
    given = inputs(LOST, demand=asked("A", [3, 3], price=5), outsourcing=[{"product": "A", "cost_per_unit": 1}])
    extra = pd.concat([given["demand"], given["demand"].iloc[:1].assign(period=pd.Timestamp("2030-01-01"))])
    extra.iloc[1, extra.columns.get_loc("units")] = np.nan
    plan = solve(given, extra)
    assert column(plan, "sales_plan", "demand") == [3, 0]
    assert any("outside the horizon" in issue.message for issue in plan.issues)


def test_nothing_to_plan_is_a_plan_too() -> None:
    given = inputs(LOST, demand=asked("A", [3], price=5))
    plan = solve(given, given["demand"].iloc[:0])
    assert plan.status == "optimal" and plan.kpis["fill_rate"] is None and plan.kpis["total_cost"] == 0


def shuffled(given: PlanningInputs, seed: int) -> PlanningInputs:
    tables = {
        name: frame.sample(frac=1, random_state=seed).reset_index(drop=True) for name, frame in given.tables.items()
    }
    return PlanningInputs(tables, given.calendar, given.settings)


def busy() -> PlanningInputs:
    channels = ("X", "Y")
    return inputs(
        demand=[
            row
            for p in "AB"
            for place in ("D", "E")
            for c in channels
            for row in asked(p, [9, 14, 11], price=20, location=place, channel=c)
        ],
        resources=[{"resource": "M", "location": "P", "hours": 60}, {"resource": "N", "location": "P", "hours": 20}],
        routings=[
            {"product": "A", "resource": "M", "hours_per_unit": 1},
            {"product": "B", "resource": "M", "hours_per_unit": 1},
            {"product": "B", "resource": "N", "hours_per_unit": 1, "operation": "20"},
        ],
        lanes=[{"from_location": "P", "to_location": place} for place in ("D", "E")],
        price_cost=[{"product": p, "price": 20, "material_cost": 5} for p in "AB"],
    )


def test_the_order_of_rows_does_not_change_the_plan() -> None:
    given = busy()
    base = planned(given, Explain.CAUSES)
    for seed in (1, 2):
        again = planned(shuffled(given, seed), Explain.CAUSES)
        for name in TABLES:
            pd.testing.assert_frame_equal(base.tables[name], again.tables[name])


def test_every_table_has_exactly_the_columns_of_the_schema() -> None:
    plan = planned(busy())
    assert set(plan.tables) == set(TABLES)
    for name, frame in plan.tables.items():
        assert list(frame.columns) == list(table(name).column_names), name
        assert not frame.duplicated(list(table(name).keys)).any(), name


def test_nodes_are_only_those_on_a_way_from_a_source_to_a_need() -> None:
    given = inputs(
        LOST,
        demand=asked("A", [1], price=9, location="D"),
        products=[*FAMILY, {"product": "C", "family": "F"}],
        routings=[{"product": "F", "location": place} for place in ("P", "Q")],
        lanes=[{"from_location": "P", "to_location": "D"}, {"from_location": "D", "to_location": "ELSEWHERE"}],
        inventory=[{"product": "B", "location": "Q", "on_hand": 2}],
    )
    n = network(given, given["demand"])
    assert [tuple(node) for node in n.nodes] == [("A", "D"), ("A", "P"), ("B", "Q")]
    assert [(p.product, p.location) for p in n.processes] == [("A", "P")]
