"""Events solved with the real supply plan hurt where they should, and only then."""

from __future__ import annotations

import pandas as pd
import pytest
from ledger import ledger, planning

from sop_xl.cycle import plan_inputs, scenarios_of, solve_scenario, solve_scenarios
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.scenario.chain import resolve
from sop_xl.scenario.drivers import apply
from sop_xl.supply.explain import Explain
from sop_xl.supply.plan import solve

INPUTS = """
demand: product location channel period units
        A Shop ALL 2026-01 100 / A Shop ALL 2026-02 100 / A Shop ALL 2026-03 100
settings: setting value / shortage lost_sales
products: product family / A Tools
locations: location / Plant / Shop
price_cost: product price conversion_cost / A 50 4
inventory_policy: product holding_cost backorder_cost lost_sale_cost / ALL 1 3 5
resources: resource location hours overtime_max overtime_cost / R Plant 110 20 9
routings: product resource hours_per_unit / A R 1
materials: item supplier unit_cost lead_time period_limit on_hand / steel north 3 1 150 100
bom: product item quantity / A steel 1
lanes: from_location to_location cost lead_time / Plant Shop 1 0
outsourcing: product location partner cost_per_unit limit / A Plant mill 45 20
location_limits: location throughput / Shop 100
"""


def solve_with(driver: str) -> tuple[PlanningInputs, SolvedPlan]:
    inputs = planning(INPUTS)
    tables = ledger(
        "scenarios: scenario title / x x\n"
        f"scenario_drivers: scenario driver target from_period to_period value / x {driver}"
    )
    scenarios, issues = resolve(inputs, tables["scenarios"], tables["scenario_drivers"])
    assert not [issue for issue in issues if issue.severity == "error"], issues
    changed = apply(inputs, scenarios[1].drivers)
    return changed, solve(changed, changed["demand"], explain=Explain.NOTHING)


def base() -> SolvedPlan:
    inputs = planning(INPUTS)
    return solve(inputs, inputs["demand"], explain=Explain.NOTHING)


@pytest.mark.parametrize(
    ("driver", "until", "delivered"),
    [
        # Steel for 100 is there, and the mill sells 20 a month.
        ("resource_down R 2026-02 2026-03 -", "2026-03", 100 + 3 * 20),
        ("supplier_out north 2026-01 2026-01 -", "2026-02", 100 + 2 * 20),
        ("lane_closed Plant>Shop 2026-01 2026-01 -", "2026-01", 0),
        ("lead_time_delay north - - 1", "2026-02", 100 + 2 * 20),
        ("capacity_pct north 2026-01 2026-01 -0.9", "2026-02", 100 + 15 + 2 * 20),
        ("capacity_pct Shop 2026-01 2026-01 -0.6", "2026-01", 40),
        ("yield_pct A - - -0.5", "2026-01", 100 / 2 + 20),
    ],
)
def test_an_event_cuts_what_it_says(driver: str, until: str, delivered: float) -> None:
    _, plan = solve_with(driver)
    sales = plan.tables["sales_plan"]
    units = sales.loc[sales["period"] <= pd.Timestamp(f"{until}-01"), "delivered"].sum()
    assert units == pytest.approx(delivered)
    assert (plan.kpis["profit"] or 0) < (base().kpis["profit"] or 0)


def test_the_base_case_meets_all_demand() -> None:
    assert base().kpis["fill_rate"] == pytest.approx(1)


@pytest.mark.parametrize("driver", ["capacity_pct R - - 0.2", "cost_pct ALL - - -0.1", "price_pct ALL 2026-02 - 0.1"])
def test_what_helps_never_costs_profit(driver: str) -> None:
    assert (solve_with(driver)[1].kpis["profit"] or 0) >= (base().kpis["profit"] or 0) - 1e-6


def test_what_was_frozen_is_given_up_where_its_line_is_down() -> None:
    frozen = "frozen_production: product location period units / A Plant 2026-01 90\n"
    own = "scenarios: scenario title / down R~is~down\nscenario_drivers: scenario driver target to_period"
    plan = plan_inputs(planning(f"{INPUTS}{frozen}{own} / down resource_down R 2026-01"), explain=Explain.CAUSES)
    assert plan.solved.tables["production_plan"]["units"].iloc[0] == pytest.approx(90)
    (down,) = [s for s in scenarios_of(plan.inputs, plan)[0] if s.name == "down"]
    result = solve_scenario(plan, down)
    assert result.solved and result.plan.status == "optimal"
    made = result.plan.tables["production_plan"]
    assert not (made["period"] == pd.Timestamp("2026-01-01")).any() or made["units"].iloc[0] == 0


def test_scenarios_that_change_the_same_are_solved_once_and_keep_their_names() -> None:
    own = """scenarios: scenario title parent / up Up base / up~again Again base / still Nothing~new up / idle Idle base
    scenario_drivers: scenario driver value / up demand_pct 0.1 / up~again demand_pct 0.1"""
    plan = plan_inputs(planning(f"{INPUTS}{own}"), explain=Explain.CAUSES)
    asked = [s for s in scenarios_of(plan.inputs, plan)[0] if s.name in ("base", "up", "up again", "still", "idle")]
    told: list[float] = []
    results = solve_scenarios(plan, asked, lambda share, text: told.append(share))
    assert told == [0.5, 1.0], "the base plan and one more"
    assert list(results) == ["base", "up", "up again", "still", "idle"]
    assert [result.scenario.name for result in results.values()] == list(results)
    assert results["still"].plan is results["up"].plan and results["idle"].plan is results["base"].plan
