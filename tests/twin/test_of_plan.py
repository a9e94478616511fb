"""The twin of a plan: without luck it is the plan, and what is drawn comes from the tables people filled in."""

from __future__ import annotations

from dataclasses import replace
from math import expm1

import numpy as np
import pytest
from supply.case import asked, inputs

from sop_xl.cycle import Plan, priced
from sop_xl.demand.layers import ConsensusDemand
from sop_xl.demand.sensing.sense import no_signals
from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.result import ScenarioResult
from sop_xl.scenario.scenario import BASE, Scenario
from sop_xl.schema import frames
from sop_xl.supply.explain import Explain
from sop_xl.twin.disturbances import disturbances_of, sources, variation_issues
from sop_xl.twin.of_plan import twin_of, without_luck

HOURS = 100.0
SMALL: dict[str, list[dict[str, object]]] = {
    "demand": [*asked("A", [60, 60, 60], price=50), *asked("B", [30, 60, 90], price=80)],
    "products": [{"product": "A", "family": "ONE"}, {"product": "B", "family": "TWO"}],
    "resources": [{"resource": "LINE", "hours": HOURS, "overtime_max": 10, "overtime_cost": 1}],
    "routings": [{"product": p, "resource": "LINE", "hours_per_unit": 1} for p in "AB"],
    "price_cost": [{"product": p, "price": 50, "material_cost": 20, "conversion_cost": 5} for p in "AB"],
    "materials": [{"item": "PART", "supplier": "S1", "unit_cost": 1}],
    "bom": [{"product": "A", "item": "PART", "quantity": 1}],
}
"""Two families share a line of 100 hours, 110 with overtime; A needs a part that S1 delivers."""


def plan_of(given: PlanningInputs) -> Plan:
    """Return the priced plan of the demand table of some inputs."""
    rows = given["demand"].rename(columns={"units": "consensus"})
    family = dict(zip(given["products"]["product"], given["products"]["family"], strict=True))
    kept = rows[["product", "location", "channel", "period", "consensus", "price"]]
    table = frames.typed("consensus_demand", kept.assign(family=kept["product"].map(family)))
    solved = priced(given, ConsensusDemand(table, frames.empty("demand_layers"), ()), Explain.NOTHING)
    return Plan(given, solved, frames.empty("baseline"), no_signals(), ())


def result_of(given: PlanningInputs) -> ScenarioResult:
    plan = plan_of(given)
    scenario = Scenario(BASE, "Base plan")
    return ScenarioResult(scenario, given, plan.solved, plan.solved.tables["profit_and_loss"])


@pytest.mark.parametrize("shortage", ["backorder", "lost_sales"])
def test_without_luck_the_twin_delivers_and_earns_what_the_plan_does(shortage: str) -> None:
    result = result_of(inputs({"shortage": shortage}, **SMALL))
    sales, money = result.plan.tables["sales_plan"], result.profit_and_loss
    margin, service = without_luck(twin_of(result))
    assert margin == pytest.approx(money["gross_margin"].sum())
    assert service == pytest.approx(sales["on_time"].sum() / sales["demand"].sum())
    assert service < 1, "the third month asks for 150 hours of 110, and stock cannot make up for all of it"


def test_the_room_of_a_family_is_what_its_resource_leaves() -> None:
    twin = twin_of(result_of(inputs(**{**SMALL, "demand": asked("A", [110, 55], price=50)})))
    room = np.array([[110 / 100 - 1, 110 / 65 - 1]])
    assert twin.headroom == pytest.approx(room), "of 110 hours, 100 and 65 are planned"
    assert twin.use == pytest.approx(np.array([[1.0]]))


def test_a_breakdown_takes_the_hours_that_the_resource_has_not_idle() -> None:
    """At 50 planned hours a month and one stop in 100 h, there is a stop in 1 − e^−0.5 of months; 60 h of repair at a
    time are 0.5 × 60 / 0.393 h where there is one; 50 h stood idle anyway."""
    tables = {**SMALL, "demand": asked("A", [50], price=50)}
    stops = {"resource": "ALL", "hours_between_breakdowns": 100, "repair_hours": 60, "yield_spread": 0.03}
    result = result_of(inputs(**tables, resource_variation=[stops]))
    found = disturbances_of(result, twin_of(result))
    chance = -expm1(-0.5)
    assert found.breakdown == pytest.approx(np.array([[chance]]))
    assert found.breakdown_loss == pytest.approx(np.array([[(0.5 * 60 / chance - 50) / 50]]))
    assert found.yield_sd == pytest.approx([0.03])


def test_what_waits_on_a_supplier_is_late_with_it() -> None:
    late = {"kind": "supplier", "code": "S1", "late_pct": 0.2, "late_days": 15}
    result = result_of(inputs(**SMALL, supply_variation=[late]))
    twin = twin_of(result)
    assert [(s.kind, s.code, dict(s.share)) for s in sources(result, twin)] == [("supplier", "S1", {"ONE": 1.0})]
    found = disturbances_of(result, twin)
    days = np.mean([bucket.days for bucket in result.inputs.calendar.buckets])
    assert found.late == pytest.approx([0.2])
    assert found.late_share == pytest.approx(np.array([[15 / days, 0.0]])), "B needs no part"


def test_a_code_that_is_nowhere_is_named_and_defaults_are_told() -> None:
    given = inputs(**SMALL, supply_variation=[{"kind": "supplier", "code": "S9"}])
    there = replace(given, locate=lambda table, row, column: {"sheet": "Variation", "table": table, "cell": "C30"})
    unknown, assumed = variation_issues(there)
    assert (unknown.sheet, unknown.cell) == ("Variation", "C30")
    assert "There is no supplier 'S9'" in unknown.message and "S1" in unknown.hint
    assert "every 500 hours, 8 hours of repair" in assumed.message and "1 of 1 resources" in assumed.message
    quiet = inputs(**SMALL, resource_variation=[{"resource": "ALL"}])
    assert variation_issues(quiet) == ()
