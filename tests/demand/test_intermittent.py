"""Items that sell now and then, learned together: mean demand, fading, seasons of the group, ranges."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sop_xl.demand.baseline import forecast
from sop_xl.demand.calendar_completion import Series
from sop_xl.demand.intermittent import LEAST_ITEMS, intermittent_range, pooled_forecasts
from sop_xl.demand.ladder import Route, choose


def series(y: np.ndarray, name: str = "a", start: int = 0) -> Series:
    return Series(name, start, np.asarray(y, dtype=float), np.ones(len(y), dtype=bool))


def slow_movers(count: int, periods: int, rate: np.ndarray | float = 0.3, seed: int = 0) -> list[Series]:
    """Items that sell `rate` orders a period, each of an item's own usual size."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 6, count)
    return [series(size * rng.poisson(rate, periods), f"{i:04d}") for i, size in enumerate(sizes)]


def test_the_total_of_steady_items_is_their_mean_demand() -> None:
    items = slow_movers(400, 48)
    made = pooled_forecasts(items, 6, 12)
    assert made is not None
    assert made.shape == (400, 6)
    assert made.sum() / 6 == pytest.approx(sum(item.y.mean() for item in items), rel=0.05)


def test_items_are_told_apart() -> None:
    """A group of slow and one of fast items each keep their own level."""
    slow, fast = slow_movers(200, 60, 0.1), slow_movers(200, 60, 0.6, seed=1)
    made = pooled_forecasts(slow + fast, 6, 12)
    assert made is not None
    for rows, items in ((slice(0, 200), slow), (slice(200, 400), fast)):
        assert made[rows].sum() / 6 == pytest.approx(sum(item.y.mean() for item in items), rel=0.15)


def test_a_group_that_fades_is_forecast_below_its_recent_mean() -> None:
    fading = 0.6 * np.exp(-0.03 * np.arange(60))
    items = slow_movers(400, 60, fading)
    made = pooled_forecasts(items, 6, 12)
    assert made is not None
    recent = sum(item.y[-12:].mean() for item in items)
    truth = sum(item.y[item.y > 0].mean() for item in items if item.y.any()) * 0.6 * np.exp(-0.03 * 62.5)
    assert made.sum() / 6 < 0.9 * recent
    assert made.sum() / 6 == pytest.approx(truth, rel=0.2)


def test_the_season_of_the_group_reaches_every_item() -> None:
    """No item of 0.3 orders a month shows a season by itself; together they do."""
    rate = 0.3 * (1 + 0.8 * np.sin(2 * np.pi * np.arange(60) / 12))
    made = pooled_forecasts(slow_movers(400, 60, rate), 12, 12)
    assert made is not None
    summer, winter = made[:, 1:6].sum(), made[:, 7:12].sum()
    assert summer > 1.5 * winter


def test_too_few_items_are_not_learned_together() -> None:
    assert pooled_forecasts(slow_movers(LEAST_ITEMS - 1, 60), 6, 12) is None
    assert pooled_forecasts(slow_movers(LEAST_ITEMS, 10), 6, 12) is None


def test_units_do_not_matter() -> None:
    items = slow_movers(100, 48)
    thousand = [series(item.y * 1000, item.unique_id) for item in items]
    one, other = pooled_forecasts(items, 4, 12), pooled_forecasts(thousand, 4, 12)
    assert one is not None and other is not None
    assert np.allclose(one * 1000, other, rtol=1e-6)


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_any_group_gets_finite_forecasts_never_negative(data: st.DataObject) -> None:
    lengths = data.draw(st.lists(st.integers(1, 40), min_size=LEAST_ITEMS, max_size=40))
    items = [
        series(data.draw(arrays(float, n, elements=st.sampled_from([0.0, 0.0, 0.0, 1.0, 5.0, 1e6]))), str(i), i % 3)
        for i, n in enumerate(lengths)
    ]
    made = pooled_forecasts(items, 5, 12)
    if made is not None:
        assert np.isfinite(made).all() and (made >= 0).all()


def test_ranges_come_from_the_chance_of_an_order_and_its_size() -> None:
    """One order of 10 or 20 in every other period: nothing is sold in half of them, 20 in a quarter."""
    y = np.array([0.0, 10, 0, 20] * 9)
    _, low, high, _ = intermittent_range(np.full(3, 7.5), y)
    assert low.tolist() == [0, 0, 0]
    assert high.tolist() == [20, 20, 20]


def test_the_p90_of_a_rare_item_is_its_mean_not_an_order_that_comes_once_in_twenty_periods() -> None:
    y = np.zeros(40)
    y[[5, 25]] = 8.0
    _, low, high, highest = intermittent_range(np.full(2, 0.4), y)
    assert low.tolist() == [0, 0]
    assert high.tolist() == [0.4, 0.4]
    assert highest.tolist() == [8, 8]


@pytest.mark.parametrize(
    ("y", "route"),
    [
        ([60, 50, 20, 0, 0, 0, 0, 0, 0, 10, 30, 55] * 4, Route.ENSEMBLE),
        ([0] * 11 + [3] + [0] * 24 + [2] + [0] * 8 + [1, 0, 0, 4], Route.INTERMITTENT),
    ],
    ids=["winter only", "next to nothing"],
)
def test_a_season_without_sales_is_told_from_an_item_that_hardly_sells(y: list[float], route: Route) -> None:
    assert choose(series(np.array(y)), 12, "month").route is route


def test_a_mixed_portfolio_learns_its_intermittent_items_together() -> None:
    months = pd.date_range("2019-01-01", periods=48, freq="MS")
    regular = pd.DataFrame({"unique_id": "regular", "ds": months, "y": 100 + np.arange(48) % 12 * 5.0})
    parts = [pd.DataFrame({"unique_id": item.unique_id, "ds": months, "y": item.y}) for item in slow_movers(60, 48)]
    method = forecast(pd.concat([regular, *parts]), 6).frame.groupby("unique_id")["method"].first()
    assert method["regular"].startswith("ensemble")
    assert method.str.startswith("pooled rates: intermittent, ").sum() > 50
