"""Inventory targets: published tables, a simulated stock that reaches the service, pooling, and the plan that holds."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.supply.explain import Explain

from .case import MONTHS, asked, column, inputs, planned

SERVICE = {"product": "A", "location": "P", "method": "service", "lead_time": 2, "review_period": 1}
Z_OF_SERVICE = {0.90: 1.2816, 0.95: 1.6449, 0.975: 1.96, 0.99: 2.3263}
LOSSES = {0: 0.3989, 0.5: 0.1978, 1: 0.0833, 1.5: 0.0293, 1.645: 0.0209, 2: 0.0085, 2.33: 0.0034}
"""Silver, Pyke & Peterson (1998), appendix II, as published."""


def company(*policy: dict, demand: list | None = None, **tables: list) -> PlanningInputs:
    """A product that is made at P in any quantity, and sold there: 100 a month, if not said otherwise."""
    return inputs(
        demand=demand or asked("A", [100] * 6, price=20, location="P"),
        routings=[{"product": "A", "location": "P"}],
        price_cost=[{"product": "A", "price": 20, "material_cost": 5}],
        inventory_policy=list(policy),
        **tables,
    )


def safety(plan: SolvedPlan, **where: object) -> float:
    found = set(np.round(column(plan, "inventory_plan", "safety_stock", **where), 9))
    assert len(found) == 1, "level demand has a level target"
    return found.pop()


def target(plan: SolvedPlan, location: str = "P") -> pd.Series:
    return plan.tables["inventory_targets"].set_index("location").loc[location]


def quick(given: PlanningInputs) -> SolvedPlan:
    return planned(given, Explain.NOTHING)


@pytest.mark.parametrize(("service", "z"), Z_OF_SERVICE.items())
def test_cycle_service_is_that_of_the_published_table(service: float, z: float) -> None:
    row = {**SERVICE, "service_measure": "cycle service", "service_target": service, "demand_sd": 20}
    plan = quick(company(row))
    assert safety(plan) == pytest.approx(z * 20 * 3**0.5, rel=1e-4)
    assert target(plan)["cycle_service"] == pytest.approx(service, abs=1e-6)
    assert target(plan)["rule"] == f"cycle service {100 * service:g} %"
    assert column(plan, "inventory_plan", "closing_stock")[-1] == pytest.approx(safety(plan)), "the plan ends with it"


@pytest.mark.parametrize(("z", "loss"), LOSSES.items())
def test_fill_rate_is_that_of_the_published_table(z: float, loss: float) -> None:
    """σ L(z) = Q (1 − P₂): σ of 20 √3 over lead time and review, and Q so large that one order is never too little."""
    row = {**SERVICE, "service_target": 1 - 20 * 3**0.5 * loss / 400, "demand_sd": 20, "order_quantity": 400}
    assert safety(quick(company(row))) == pytest.approx(z * 20 * 3**0.5, abs=0.006 * 20 * 3**0.5)


def test_a_lead_time_that_varies_adds_its_share() -> None:
    row = {**SERVICE, "service_measure": "cycle service", "demand_sd": 20, "lead_time_sd": 0.5}
    spread = (3 * 20**2 + (100 * 0.5) ** 2) ** 0.5
    plan = quick(company(row))
    assert safety(plan) == pytest.approx(NormalDist().inv_cdf(0.95) * spread)
    assert target(plan)["spread"] == pytest.approx(spread)
    weeks = {**row, "lead_time": 60.875, "lead_time_sd": 15.21875, "review_period": 30.4375, "lead_time_unit": "days"}
    assert safety(quick(company(weeks))) == pytest.approx(safety(plan), rel=0.02), "a month is 30.4 days, or 31"


def simulated(draw: np.ndarray, lead: np.ndarray, level: float) -> tuple[float, float]:
    """Return cycle service and fill rate of a stock that is filled up to a level every month, month by month.

    What is ordered at the start of a month arrives a lead time of whole months later, never before an older order.
    """
    arriving = np.zeros(len(draw) + 10)
    net = position = level
    cycles = dry = 0
    short = 0.0
    last = 0
    for t, units in enumerate(draw):
        last = max(last, t + int(lead[t]))
        arriving[last] += level - position
        position = level
        cycles += 1
        dry += net < 0
        net += arriving[t]
        short += units - min(units, max(net, 0.0))
        net -= units
        position -= units
    return 1 - dry / cycles, 1 - short / draw.sum()


@pytest.mark.parametrize("measure", ["cycle service", "fill rate"])
@pytest.mark.parametrize("service", [0.90, 0.97])
def test_smooth_demand_is_served_as_aimed_at(measure: str, service: float) -> None:
    row = {**SERVICE, "service_measure": measure, "service_target": service, "demand_sd": 30}
    plan = quick(company(row))
    rng = np.random.default_rng(4)
    reached = simulated(rng.normal(100, 30, 30_000), np.full(30_000, 2), 300 + safety(plan))
    assert reached[measure == "fill rate"] == pytest.approx(service, abs=0.007)
    expected = target(plan)[["cycle_service", "fill_rate"]].to_list()
    assert reached == pytest.approx(expected, abs=0.007)


LUMPY = [0, 0, 42, 0, 7, 0, 0, 25, 0, 0, 0, 16, 30, 0, 0, 0, 61, 0, 4, 0, 0, 19, 0, 0, 0, 0, 33, 12, 0, 0, 0, 48, 0, 9]


def past(units: list[float], location: str = "P") -> list[dict]:
    days = pd.date_range(end="2025-12-01", periods=len(units), freq="MS")
    return [
        {"product": "A", "location": location, "period": str(day)[:10], "units": sold}
        for day, sold in zip(days, units, strict=True)
    ]


@pytest.mark.parametrize("measure", ["cycle service", "fill rate"])
def test_lumpy_demand_is_served_as_aimed_at(measure: str) -> None:
    """Orders and their sizes drawn anew with the moments of the past: months without, mean and variance."""
    history, mean = np.array(LUMPY[2:], dtype=float), float(np.mean(LUMPY[2:]))
    row = {**SERVICE, "service_measure": measure, "service_target": 0.95}
    plan = quick(company(row, demand=asked("A", [mean] * 6, price=20, location="P"), history=past(LUMPY)))
    assert "lumpy" in target(plan)["error_source"]
    rate = -np.log((history == 0).mean())
    size = mean / rate
    variance = history.var(ddof=1) / rate - size**2
    rng = np.random.default_rng(5)
    orders = rng.poisson(rate, 60_000)
    draw = np.where(orders > 0, rng.gamma(np.maximum(orders, 1) * size**2 / variance, variance / size), 0.0)
    reached = simulated(draw, np.full(60_000, 2), 3 * mean + safety(plan))
    assert reached[measure == "fill rate"] == pytest.approx(0.95, abs=0.01)
    normal = NormalDist().inv_cdf(0.95) * (3 * history.var(ddof=1)) ** 0.5
    assert measure == "fill rate" or safety(plan) > 1.05 * normal, "few large orders need more than a normal curve says"


def test_lead_times_that_vary_are_served_as_aimed_at() -> None:
    """Lead times of 1, 2 or 3 months; orders do not cross, which makes them vary a little less than drawn."""
    row = {**SERVICE, "service_measure": "cycle service", "demand_sd": 30, "lead_time_sd": (2 / 3) ** 0.5}
    level = 300 + safety(quick(company(row)))
    rng = np.random.default_rng(6)
    served, _ = simulated(rng.normal(100, 30, 30_000), rng.integers(1, 4, 30_000), level)
    assert 0.94 <= served <= 0.99


def test_the_range_of_the_forecast_counts_before_the_past_and_the_stated_before_both() -> None:
    """P10 and P90 lie 1.2816 σ off: 40 a month; the past says 10 by its changes from year to year."""
    baseline = [
        {"product": "A", "location": "P", "period": day, "baseline": 100, "p10": 100 - 51.262, "p90": 100 + 51.262}
        for day in MONTHS[:6]
    ]
    change = [100 + 10 * 2**0.5 * (t // 12 % 2) for t in range(36)]
    row = {**SERVICE, "service_measure": "cycle service"}
    z = NormalDist().inv_cdf(0.95) * 3**0.5
    found = {}
    for source, tables in {
        "stated": {"history": past(change), "baseline": baseline},
        "forecast range": {"history": past(change), "baseline": baseline},
        "past sales": {"history": past(change)},
    }.items():
        plan = quick(company({**row, "demand_sd": 20 if source == "stated" else None}, **tables))
        assert target(plan)["error_source"] == source
        found[source] = safety(plan) / z
    assert found["stated"] == pytest.approx(20) and found["forecast range"] == pytest.approx(40, rel=1e-4)
    assert found["past sales"] == pytest.approx(10 * 100 / np.mean(change[-12:]), rel=1e-3), "in parts of the level"


def test_the_target_follows_the_season_of_the_plan() -> None:
    demand = asked("A", [100, 100, 200, 200, 100, 100], price=20, location="P")
    baseline = [
        {"product": "A", "location": "P", "period": day, "baseline": 100, "p10": 74.4, "p90": 125.6}
        for day in MONTHS[:6]
    ]
    plan = quick(company({**SERVICE, "lead_time": 0}, demand=demand, baseline=baseline))
    levels = column(plan, "inventory_plan", "safety_stock")
    assert levels[1] == pytest.approx(2 * levels[0]) and levels[3] == pytest.approx(levels[0])


def test_four_markets_that_pool_hold_half_of_what_they_would_apart() -> None:
    """√4 σ instead of 4 σ: the law of square roots for errors that are independent."""
    markets = ["M1", "M2", "M3", "M4"]
    demand = [row for market in markets for row in asked("A", [100] * 4, price=20, location=market)]
    pool = {"method": "service", "service_measure": "cycle service", "demand_sd": 20, "lead_time": 1}
    given = inputs(
        demand=demand,
        routings=[{"product": "A", "location": "P"}],
        lanes=[{"from_location": "P", "to_location": "DC"}]
        + [{"from_location": "DC", "to_location": market} for market in markets],
        price_cost=[{"product": "A", "price": 20, "material_cost": 5}],
        inventory_policy=[{**pool, "product": "A", "location": "DC", "demand_sd": None}]
        + [{"product": "A", "location": market, "pooled_at": "DC", **pool} for market in markets],
    )
    plan = quick(given)
    z = NormalDist().inv_cdf(0.95)
    assert not plan.issues
    assert safety(plan, location="DC") == pytest.approx(z * 20 * 2 * 2**0.5)
    assert safety(plan, location="M3") == 0 and target(plan, "M3")["rule"] == "pooled at DC"
    assert target(plan, "DC")["saved_by_pooling"] == pytest.approx(z * 20 * 2 * 2**0.5)
    assert target(plan, "DC")["demand"] == pytest.approx(400)
    assert column(plan, "inventory_plan", "closing_stock", location="DC")[-1] == pytest.approx(
        safety(plan, location="DC")
    )


def test_stated_units_and_months_are_told_what_service_they_give() -> None:
    row = {"product": "A", "location": "P", "min_stock": 1.6449 * 20, "demand_sd": 20}
    assert target(quick(company(row)))["cycle_service"] == pytest.approx(0.95, abs=1e-4)
    months = {"product": "A", "location": "P", "method": "months of supply", "min_stock": 0.5, "demand_sd": 20}
    told = target(quick(company(months)))
    assert told["cycle_service"] == pytest.approx(NormalDist().cdf(2.5), abs=1e-6)
    assert told["target_cover"] == pytest.approx((50 + 100 / 2) / 100) and told["rule"] == "months of supply"
    assert told["target_turns"] == pytest.approx(12)


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ({}, "Nothing tells how far demand of A at P may be off"),
        ({"pooled_at": "Q", "demand_sd": 1}, "A at P pools its safety stock at Q, where none of it can lie"),
        ({"service_target": 1, "demand_sd": 20}, "A service of 100% for A at P is no target: 99.99% is planned"),
    ],
)
def test_what_keeps_a_target_from_being_set_is_said(policy: dict, said: str) -> None:
    plan = quick(company({**SERVICE, **policy}, locations=[{"location": "P"}, {"location": "Q"}]))
    assert any(issue.message.startswith(said) for issue in plan.issues), plan.issues
