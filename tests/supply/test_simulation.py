"""A plan carried out in many worlds: without luck it is the plan, and with it the numbers known from theory."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_xl.supply.demand_draws import QuantilePaths, correlation_of, width_of_sum
from sop_xl.supply.simulation import TOGETHER, Disturbances, Twin, simulate

FAMILIES, BUCKETS = 3, 6


def twin(opening: float = 200.0, **changed: object) -> Twin:
    """Three families that make 100 units a bucket and sell them at 50 with a contribution of 20."""
    shape = (FAMILIES, BUCKETS)
    base = Twin(
        families=("A", "B", "C"),
        demand=np.full(shape, 100.0),
        supply=np.full(shape, 100.0),
        stock=np.full(shape, opening),
        backlog=np.zeros(shape),
        opening=np.full(FAMILIES, opening),
        headroom=np.full(shape, 0.2),
        margin=np.full(shape, 20.0),
        price=np.full(shape, 50.0),
        stock_value=np.full(FAMILIES, 30.0),
        resources=("LINE",),
        use=np.ones((FAMILIES, 1)),
        lost=False,
        fixed=-1000.0,
    )
    return replace(base, **changed)


def paths(low: float = 80.0, high: float = 130.0, rho: float = 0.0, persistence: float = 0.0) -> QuantilePaths:
    shape = (FAMILIES, BUCKETS)
    correlation = np.full((FAMILIES, FAMILIES), rho)
    np.fill_diagonal(correlation, 1.0)
    return QuantilePaths(np.full(shape, low), np.full(shape, 100.0), np.full(shape, high), correlation, persistence)


def test_where_nothing_is_uncertain_the_twin_does_what_the_plan_says() -> None:
    done = simulate(twin(), paths(100, 100), Disturbances.none(twin()), paths=50, seed=1)
    assert done.service == pytest.approx(1.0)
    assert done.margin == pytest.approx(FAMILIES * BUCKETS * 100 * 20 - 1000)
    assert done.revenue == pytest.approx(FAMILIES * BUCKETS * 100 * 50)
    assert done.stock == pytest.approx(FAMILIES * 200 * 30)
    assert not done.stock_out.any() and done.stock_p10 == pytest.approx(done.stock_p90)


def test_paths_have_the_quantiles_of_the_forecast_and_correlate_as_told() -> None:
    drawn = paths(rho=0.6, persistence=0.7).draw(np.random.default_rng(0), 40_000)
    assert np.quantile(drawn, [0.1, 0.5, 0.9], axis=1) == pytest.approx(
        np.repeat([[80], [100], [130]], BUCKETS * FAMILIES, axis=1).reshape(3, BUCKETS, FAMILIES), rel=0.02
    )
    rank = np.argsort(np.argsort(drawn, axis=1), axis=1)
    between_families = np.corrcoef(rank[3, :, 0], rank[3, :, 1])[0, 1]
    between_buckets = np.corrcoef(rank[2, :, 0], rank[3, :, 0])[0, 1]
    spearman = [6 / np.pi * np.arcsin(r / 2) for r in (0.6, 0.7)]
    assert [between_families, between_buckets] == pytest.approx(spearman, abs=0.02)


def test_a_stock_of_the_ninetieth_percentile_is_short_in_one_world_of_ten() -> None:
    once = twin(opening=0.0, supply=np.full((FAMILIES, BUCKETS), 130.0), lost=True, reaction=0.0)
    done = simulate(once, paths(), Disturbances.none(once), paths=20_000, seed=2)
    assert done.stock_out[:, 0] == pytest.approx(0.1, abs=0.01)
    z = NormalDist().inv_cdf(0.9)
    loss = NormalDist().pdf(z) - z * 0.1
    assert done.short[:, 0] == pytest.approx(30 / z * loss, rel=0.06), "σ L(z) with σ of the upper half"


@settings(max_examples=12)
@given(more=st.floats(0, 300), seed=st.integers(0, 99), lost=st.booleans())
def test_in_the_same_worlds_more_stock_is_never_short_more_often(more: float, seed: int, lost: bool) -> None:
    few, many = twin(20.0, lost=lost, reaction=0.0), twin(20.0 + more, lost=lost, reaction=0.0)
    risky = Disturbances(np.full(3, 0.05), np.full(1, 0.1), np.full(1, 0.5), np.full(3, 0.1), np.full(3, 0.5))
    a, b = (simulate(t, paths(), risky, paths=300, seed=seed) for t in (few, many))
    assert (b.stock_out <= a.stock_out + 1e-12).all() and (b.service >= a.service - 1e-6).all()
    assert (b.margin >= a.margin - 1e-3).all()


def test_what_goes_wrong_costs_service_and_the_same_seed_gives_the_same_worlds() -> None:
    none = Disturbances.none(twin())
    calm = simulate(twin(60.0), paths(), none, paths=TOGETHER + 7, seed=4)
    again = simulate(twin(60.0), paths(), none, paths=TOGETHER + 7, seed=4)
    assert len(calm.margin) == TOGETHER + 7 and (calm.margin == again.margin).all()
    broken = replace(none, breakdown=np.full(1, 0.3), breakdown_loss=np.full(1, 0.6))
    late = replace(none, late=np.full(3, 0.5), late_share=np.full(3, 1.0))
    waste = replace(none, yield_sd=np.full(3, 0.3))
    for wrong in (broken, late, waste):
        assert simulate(twin(60.0), paths(), wrong, paths=2000, seed=4).service.mean() < calm.service.mean() - 0.003


def test_a_cancelled_simulation_stops() -> None:
    class Cancelled(Exception):
        pass

    told: list[float] = []

    def tell(share: float) -> None:
        told.append(share)
        if len(told) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        simulate(twin(), paths(), Disturbances.none(twin()), paths=10 * TOGETHER, seed=0, tell=tell)
    assert told == pytest.approx([0.1, 0.2])


def test_families_that_move_together_are_seen_in_their_history() -> None:
    rng = np.random.default_rng(3)
    shared = rng.normal(0, 0.2, 60)
    together = [100 * np.exp(np.cumsum(shared) * 0 + shared + rng.normal(0, 0.02, 60)) for _ in range(2)]
    alone = 100 * np.exp(rng.normal(0, 0.2, 60))
    found = correlation_of(np.array([*together, alone]), season=12, shrink=0.5)
    assert found[0, 1] == pytest.approx(0.5, abs=0.03) and abs(found[0, 2]) < 0.2
    assert correlation_of(np.ones((2, 5))) == pytest.approx(np.eye(2)), "too short a history says nothing"


def test_the_range_of_a_sum_lies_between_independence_and_lockstep() -> None:
    widths = np.array([3.0, 4.0])
    assert width_of_sum(widths, 0.0) == pytest.approx(5.0)
    assert width_of_sum(widths, 1.0) == pytest.approx(7.0)
