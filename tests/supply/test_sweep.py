"""Many what-ifs on one handle give what stating and solving each of them anew gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.elements import Network
from sop_xl.supply.explain import Explain
from sop_xl.supply.model import state
from sop_xl.supply.network import network
from sop_xl.supply.persistent import Held, Status
from sop_xl.supply.plan import solve
from sop_xl.supply.program import program_of
from sop_xl.supply.sweep import Sweep, prepare, solve_part, sweep
from sop_xl.supply.variation import Variation, base_numbers, varied

from .case import asked, cost, inputs


def factory(**settings: object) -> PlanningInputs:
    """Two products in two channels on one line, an item with a limited supplier, overtime and a safety stock."""
    return inputs(
        {"objective": "profit", "shortfall_cost_pct": 0.05, "holding_pct": 0.2, **settings},
        demand=[
            *asked("A", [90, 120, 150, 90], price=[50, 52, 50, 55], channel="SHOP"),
            *asked("A", [10, 20, 0, 10], price=45, channel="WEB"),
            *asked("B", [60, 60, 80, 80], price=70, channel="SHOP"),
        ],
        channels=[{"channel": "SHOP", "priority": 1}, {"channel": "WEB", "priority": 2}],
        price_cost=[
            cost("A", price=50, conversion_cost=8, standard_cost=20, freight_cost=1, rebate_pct=0.1),
            cost("B", price=70, material_cost=9, conversion_cost=10, standard_cost=30),
        ],
        inventory=[{"product": "A", "on_hand": 30}, {"product": "B", "on_hand": 10}],
        inventory_policy=[{"method": "months of supply", "min_stock": 0.5}],
        resources=[{"resource": "LINE", "hours": 160, "cost_per_hour": 5, "overtime_max": 20, "overtime_cost": 12}],
        routings=[
            {"product": "A", "resource": "LINE", "hours_per_unit": 1, "yield_pct": 0.9},
            {"product": "B", "resource": "LINE", "hours_per_unit": 0.8},
        ],
        bom=[{"product": "A", "item": "CHIP", "quantity": 2}],
        materials=[{"item": "CHIP", "supplier": "MAKER", "unit_cost": 3, "period_limit": 240, "on_hand": 100}],
    )


def drawn(n: Network, count: int, seed: int = 0) -> list[Variation]:
    """What-ifs in which every number moves: demand always, one other kind of number in turn."""
    rng, base = np.random.default_rng(seed), base_numbers(n)
    found = []
    for k in range(count):
        changed = {"demand": base["demand"] * rng.uniform(0.7, 1.3, base["demand"].shape)}
        other = ("regular", "overtime", "supply", "price")[k % 4]
        moved = rng.uniform(-0.1, 0.1, base[other].shape) if other == "price" else base[other] * rng.uniform(0.5, 1.2)
        found.append(Variation(f"w{k}", **(changed | {other: moved})))
    return found


def anew(plan: Sweep, variation: Variation) -> float:
    """Objective of a what-if that is stated and solved from scratch, in the sign of the settings."""
    found = Held(program_of(state(varied(plan.network, variation)).problem)).solve(10)
    assert found.status is Status.OPTIMAL
    return -found.objective if plan.network.for_profit else found.objective


def of(given: PlanningInputs) -> Sweep:
    return prepare(network(given, given["demand"]))


@pytest.mark.parametrize("shortage", ["backorder", "lost_sales"])
@pytest.mark.parametrize("objective", ["profit", "cost"])
def test_a_what_if_on_the_handle_is_the_what_if_stated_anew(shortage: str, objective: str) -> None:
    plan = of(factory(shortage=shortage, objective=objective))
    assert plan.direct
    variations = drawn(plan.network, 24)
    for outcome, variation in zip(sweep(plan, variations), variations, strict=True):
        assert outcome.name == variation.name
        assert outcome.objective == pytest.approx(anew(plan, variation), rel=1e-9)
        assert 0 <= outcome.delivered <= outcome.demand * (1 + 1e-9)


def test_where_a_number_reaches_further_every_what_if_is_stated_anew() -> None:
    given = factory()
    plan = of(given.with_tables(routings=given["routings"].assign(setup_cost=30.0)))
    assert not plan.direct, "the largest lot of a setup depends on demand and hours"
    variations = drawn(plan.network, 4)
    for outcome, variation in zip(sweep(plan, variations), variations, strict=True):
        assert outcome.objective == pytest.approx(anew(plan, variation), rel=1e-6)


def test_demand_where_there_was_none_is_not_forgotten() -> None:
    plan = of(factory(shortage="lost_sales"))
    demand = base_numbers(plan.network)["demand"]
    web = next(i for i, s in enumerate(plan.network.series) if s.channel == "WEB")
    assert demand[web, 2] == 0
    demand[web, 2] = 25.0
    [outcome] = sweep(plan, [Variation("more", demand=demand)])
    assert plan.of(Variation("more", demand=demand)) is None
    assert outcome.objective == pytest.approx(anew(plan, Variation("more", demand=demand)), rel=1e-9)


def test_the_order_and_the_number_of_processes_do_not_change_results(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = of(factory())
    variations = drawn(plan.network, 30, seed=5)
    monkeypatch.setattr("sop_xl.supply.sweep.TOGETHER", 10)
    monkeypatch.setenv("SOP_XL_CORES", "1")
    alone = [(o.name, o.objective) for o in sweep(plan, variations)]
    monkeypatch.setenv("SOP_XL_CORES", "2")
    assert [(o.name, o.objective) for o in sweep(plan, variations)] == alone
    other_order = [outcome.objective for outcome in solve_part(plan, variations)]
    assert other_order == pytest.approx([objective for _, objective in alone], rel=1e-9)


def test_numbers_of_another_shape_are_refused() -> None:
    plan = of(factory())
    with pytest.raises(ValueError, match="demand has the shape"):
        varied(plan.network, Variation("wrong", demand=np.ones((1, 1))))


def test_a_plan_is_the_same_whatever_was_solved_before() -> None:
    """Plans are stored and replayed elsewhere: their solve starts from nothing, and every table is alike to the bit.

    Here many plans are worth the same (when an item is ordered is free within its stock): a start from another plan
    would find another of them.
    """
    given = factory()
    more = given["demand"].assign(units=given["demand"]["units"] * 1.2 + 5)
    first = solve(given, more, explain=Explain.NOTHING)
    solve(given, given["demand"])
    solve_part(of(given), drawn(of(given).network, 5))
    explained = solve(given, more)
    assert explained.objective == first.objective
    for name in set(first.tables) - {"gaps", "bottlenecks", "reliefs", "resource_load", "material_plan"}:
        pd.testing.assert_frame_equal(first.tables[name], explained.tables[name], check_exact=True, obj=name)
    for name in ("resource_load", "material_plan"):
        alike = [table.drop(columns="marginal_value") for table in (first.tables[name], explained.tables[name])]
        pd.testing.assert_frame_equal(*alike, check_exact=True, obj=name)


def test_a_what_if_stopped_by_its_time_limit_says_so() -> None:
    plan = replace(of(factory()), seconds=0.0)
    [outcome] = sweep(plan, drawn(plan.network, 1))
    assert outcome.status is Status.TIME_LIMIT


def test_a_base_plan_without_time_is_refused() -> None:
    given = factory()
    with pytest.raises(ValueError, match="time limit"):
        prepare(network(given, given["demand"]), seconds=0.0)
