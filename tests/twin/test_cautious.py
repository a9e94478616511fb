"""What to start now for several courses of demand: the newsvendor's answer, between that of the mean and the best."""

from __future__ import annotations

from statistics import NormalDist

import pytest
from supply.case import asked, inputs

from sop_xl.cycle import cautious_plan
from sop_xl.model.plan import PlanningInputs
from sop_xl.schema import frames
from sop_xl.supply.persistent import Status
from sop_xl.supply.two_stage import TwoStage
from sop_xl.twin.cautious import in_words
from twin.test_of_plan import plan_of


def newsvendor(**settings: object) -> PlanningInputs:
    """A unit made now costs 10 and 5 a month in stock; sold next month it brings 50. Demand is 100, P10 50, P90 150."""
    chosen = {"shortage": "lost_sales", "demand_spread": 0.5, "lost_sale_cost_pct": 0, **settings}
    return inputs(
        chosen,
        products=[{"product": "A", "family": "ONE"}],
        demand=[*asked("A", [0, 100], price=50)],
        resources=[{"resource": "LINE", "hours": 500}],
        resource_calendar=[{"resource": "LINE", "period": "2026-02-01", "downtime_hours": 500}],
        routings=[{"product": "A", "resource": "LINE", "hours_per_unit": 1}],
        price_cost=[{"product": "A", "price": 50, "material_cost": 10}],
        inventory_policy=[{"product": "A", "holding_cost": 5}],
    )


@pytest.mark.parametrize(
    ("weight", "quantile"),
    [(0.0, 0.7), (1.0, 0.1)],
    ids=["on average: 35 lost against 20 left over, the course at (35/55) of all", "the worst fifth: its own course"],
)
def test_production_of_the_first_bucket_is_that_of_the_newsvendor(weight: float, quantile: float) -> None:
    """Of five courses, at 10, 30, 50, 70 and 90 % of all: the first that holds 35 / (35 + 20) of them is the fourth."""
    plan = plan_of(newsvendor(risk_weight=weight, risk_tail=0.2))
    results, decisions, issues = cautious_plan(plan)
    normal = 100 + 50 * NormalDist().inv_cdf(quantile) / NormalDist().inv_cdf(0.9)
    assert decisions["base_units"].sum() == pytest.approx(100), "the base plan believes in the mean"
    made = float(decisions["cautious_units"].sum())
    assert made == pytest.approx(normal, rel=0.1)
    held = results["cautious"].plan.tables["inventory_plan"]["produced"].sum()
    assert held == pytest.approx(made, abs=1e-3), "what was decided is held fast in the plan"
    assert "Cautious plan." in issues[0].message


@pytest.mark.parametrize(("status", "told"), [(Status.OPTIMAL, False), (Status.TIME_LIMIT, True)])
def test_a_start_found_in_too_little_time_says_so(status: Status, told: bool) -> None:
    found = TwoStage(status, 100.0, {"low": 80.0, "high": 120.0}, 80.0, {})
    text = in_words(frames.empty("cautious_decisions"), found, "EUR")
    assert ("ran out of time" in text) is told
