"""Safety stock and the one-time purchase against the published table of Silver, Pyke & Peterson (appendix II)."""

from __future__ import annotations

import math
from statistics import NormalDist, fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_xl.supply.newsvendor import buy_for_normal, buy_for_samples, critical_ratio
from sop_xl.supply.safety_stock import (
    factor_for_loss,
    for_cycle_service,
    for_fill_rate,
    normal_loss,
    sd_over_lead_time,
)

LOSSES = {0: 0.3989, 0.5: 0.1978, 1: 0.0833, 1.5: 0.0293, 1.645: 0.0209, 2: 0.0085, 2.33: 0.0034}


@pytest.mark.parametrize(("z", "loss"), LOSSES.items())
def test_the_published_losses(z: float, loss: float) -> None:
    assert normal_loss(z) == pytest.approx(loss, abs=0.00005)


@given(st.floats(-30, 8))
def test_the_factor_of_a_loss_is_its_inverse(z: float) -> None:
    assert factor_for_loss(normal_loss(z)) == pytest.approx(z, abs=1e-6)


def test_the_loss_is_the_area_beyond_the_stock() -> None:
    """∫ (x − z) φ(x) dx from z on, by the trapezoidal rule."""
    step, z = 0.001, 0.7
    points = [z + step * k for k in range(8000)]
    area = math.fsum((x - z) * NormalDist().pdf(x) for x in points) * step
    assert normal_loss(z) == pytest.approx(area, abs=1e-6)
    with pytest.raises(ValueError, match="positive"):
        factor_for_loss(0)


def test_targets_give_at_least_zero() -> None:
    spread = sd_over_lead_time(20, 4, mean=100, lead_time_sd=0.5)
    assert spread == pytest.approx(math.sqrt(4 * 400 + 2500))
    assert for_cycle_service(spread, 0.95) == pytest.approx(1.6449 * spread, rel=1e-4)
    assert for_cycle_service(spread, 0.4) == 0 == for_fill_rate(spread, 0.2, 1000) == for_fill_rate(0, 0.99, 10)


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=30), st.floats(0.02, 0.98))
def test_the_purchase_for_samples_weighs_short_against_left(demands: list[float], ratio: float) -> None:
    """No sample as quantity costs less, at ``ratio`` a unit short and ``1 − ratio`` a unit left over."""
    bought = buy_for_samples(demands, ratio)

    def cost(quantity: float) -> float:
        return fmean(ratio * max(0, d - quantity) + (1 - ratio) * max(0, quantity - d) for d in demands)

    assert cost(bought.quantity) <= min(map(cost, demands)) + 1e-9
    assert ratio * bought.short + (1 - ratio) * bought.left == pytest.approx(cost(bought.quantity))


def test_the_purchase_for_normal_demand_agrees_with_many_samples() -> None:
    draws = NormalDist(500, 80).samples(20_000, seed=1)
    ratio = critical_ratio(30, 12, 4)
    exact, drawn = buy_for_normal(500, 80, ratio), buy_for_samples(draws, ratio)
    assert ratio == pytest.approx(18 / 26)
    assert exact.quantity == pytest.approx(drawn.quantity, rel=0.01)
    assert (exact.short, exact.left, exact.profit(30, 12, 4)) == pytest.approx(
        (drawn.short, drawn.left, drawn.profit(30, 12, 4)), rel=0.03
    )
    with pytest.raises(ValueError, match="price must be above cost"):
        critical_ratio(10, 10)
