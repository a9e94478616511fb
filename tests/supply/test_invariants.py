"""What holds in every plan, whatever the data: random small companies, solved and checked from their tables."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from sop_xl.model.issue import errors
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.supply.constraints import CONSTRAINTS
from sop_xl.supply.explain import Explain

from .case import inputs, planned
from .companies import companies
from .invariants import INVARIANTS, Checked
from .recompute import recomputed

OTHER = ("capacity", "maintenance", "training", "idle", "handling", "lanes", "disposal", "level")


def check_service(plan: SolvedPlan) -> None:
    sales, gaps = plan.tables["sales_plan"], plan.tables["gaps"]
    late, lost = gaps["late"].sum(), gaps["lost"].sum()
    assert sales["demand"].sum() == pytest.approx(sales["on_time"].sum() + late + lost, abs=1e-3)
    assert lost == pytest.approx(sales["lost"].sum(), abs=1e-3)
    assert (sales["on_time"] <= sales["demand"] + 1e-6).all() and (sales["on_time"] <= sales["delivered"] + 1e-6).all()
    assert (gaps["cause"] != "").all(), "every gap has a cause"


def check_money(given: PlanningInputs, plan: SolvedPlan) -> None:
    again, kpis = recomputed(given, plan), plan.kpis
    for name, value in again.items():
        assert kpis[name] == pytest.approx(value, rel=1e-6, abs=1e-3), name
    costs = sum(value for name, value in again.items() if name.startswith("cost_"))
    steering = sum(value for name, value in again.items() if name.startswith("penalty_"))
    profit = again["revenue"] - again["rebates"] - costs
    assert kpis["total_cost"] == pytest.approx(costs, rel=1e-6, abs=1e-3)
    assert kpis["profit"] == pytest.approx(profit, rel=1e-6, abs=1e-3)
    told = plan.tables["other_costs"]["amount"].sum()
    assert told == pytest.approx(sum(kpis[f"cost_{line}"] or 0 for line in OTHER), abs=1e-3)
    wanted = profit - steering if given.settings["objective"] != "cost" else costs + steering
    assert plan.objective == pytest.approx(wanted, rel=1e-6, abs=1e-2)


def test_every_constraint_has_an_invariant() -> None:
    assert list(INVARIANTS) == [constraint.__name__ for constraint in CONSTRAINTS]


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)
@given(companies())
def test_every_plan_keeps_every_constraint_and_its_objective_can_be_computed_again(company: dict[str, Any]) -> None:
    tables = dict(company)
    given = inputs(tables.pop("settings"), **tables)
    plan = planned(given, Explain.CAUSES)
    if plan.status != "optimal":
        assert plan.status == "infeasible data" and errors(plan.issues), "contradictions are named"
        return
    checked = Checked(given, plan)
    broken = [name for name, holds in INVARIANTS.items() if not holds(checked)]
    assert not broken
    check_service(plan)
    check_money(given, plan)
