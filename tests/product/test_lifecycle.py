"""Phases told from sales curves, and what stock is worth against the life that is left."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_xl.product.excess import exposure, last_buy, months_ahead
from sop_xl.product.lifecycle import Phase, curve

SEASON = 1 + 0.4 * np.sin(2 * np.pi * np.arange(60) / 12)


def noisy(level: np.ndarray) -> np.ndarray:
    """Return a level with the season and 3 % noise."""
    return level * SEASON[: level.size] * np.random.default_rng(1).normal(1, 0.03, level.size)


@pytest.mark.parametrize(
    ("units", "phase"),
    [
        (noisy(np.full(48, 100.0)), "maturity"),
        (noisy(100 * 1.2 ** (np.arange(48) / 12)), "growth"),
        (noisy(100 * 0.8 ** (np.arange(48) / 12)), "decline"),
        (np.concatenate([np.full(40, np.nan), noisy(np.full(8, 100.0))]), "introduction"),
        (np.concatenate([noisy(np.full(40, 100.0)), np.zeros(8)]), "sunset"),
        (100 * 0.2 ** (np.arange(48) / 12), "sunset"),
    ],
)
def test_the_phase_is_that_of_the_curve(units: np.ndarray, phase: Phase) -> None:
    found = curve(units)
    assert found is not None
    assert found.phase == phase


def test_chance_alone_is_not_called_decline() -> None:
    """Sales that come in lumps: 7 against 10 orders a year are 30 % less, and no proof of anything."""
    lumps = np.zeros(36)
    lumps[[1, 4, 9, 13, 14, 17, 20, 21, 22, 23, 15, 18]] = 50
    lumps[[25, 27, 30, 31, 33, 34, 35]] = 50
    found = curve(lumps)
    assert found is not None
    assert found.trend < -0.2
    assert (found.certain, found.phase) == (False, "maturity")


def test_nothing_ever_sold_has_no_curve() -> None:
    assert curve(np.zeros(12)) is None
    assert curve(np.array([])) is None


def test_the_life_that_is_left_is_when_a_tenth_of_the_best_year_is_reached() -> None:
    found = curve(100 * 0.5 ** (np.arange(60) / 12))
    assert found is not None
    assert found.trend == pytest.approx(-0.5)
    assert found.of_peak == pytest.approx(0.5**4)
    assert found.remaining == 0, "a sixteenth of the best year: over"
    slower = curve(np.concatenate([np.full(24, 100.0), 100 * 0.8 ** (np.arange(1, 25) / 12)]))
    assert slower is not None
    assert slower.remaining == pytest.approx(12 * math.log(0.1 / slower.of_peak) / math.log(1 + slower.trend))


def test_cover_is_the_month_in_which_stock_runs_out_by_parts() -> None:
    found = exposure(25.0, np.array([10.0, 10.0, 10.0]), math.nan, math.nan)
    assert (found.cover, found.excess, found.obsolete) == (2.5, 0, 0)


def test_stock_beyond_the_end_of_life_is_obsolete_and_beyond_a_year_excess() -> None:
    """300 on stock, 10 a month, 18 months left: 120 needed within a year, 60 after it, 120 never."""
    found = exposure(300.0, np.full(12, 10.0), 18.0, math.nan)
    assert (found.excess, found.obsolete, found.cover) == (60.0, 120.0, 30.0)


def test_stock_without_demand_is_all_obsolete_where_life_is_over_and_covers_for_ever() -> None:
    found = exposure(50.0, np.zeros(12), 0.0, math.nan)
    assert (found.obsolete, found.cover) == (50.0, math.inf)
    assert math.isnan(exposure(0.0, np.full(3, 5.0), 3.0, math.nan).cover)


def test_where_no_demand_is_planned_yet_nothing_is_known_of_cover_and_excess() -> None:
    found = exposure(50.0, np.array([]), math.nan, math.nan)
    assert math.isnan(found.cover) and math.isnan(found.excess) and math.isnan(found.obsolete)


def test_demand_beyond_the_plan_goes_on_falling_but_never_rises() -> None:
    level = np.full(12, 100.0)
    assert months_ahead(level, 24.0, 0.5)[12:].tolist() == [100.0] * 12
    assert months_ahead(level, 24.0, -0.5)[-1] == pytest.approx(50.0)
    assert months_ahead(level, 2.25, math.nan).tolist() == [100, 100, 25]


@given(
    stock=st.floats(0, 1e4),
    demand=st.lists(st.floats(0, 1e3), min_size=1, max_size=24),
    remaining=st.floats(0, 60),
    trend=st.floats(-1, 1),
)
def test_excess_and_obsolete_are_never_more_than_stock(
    stock: float, demand: list[float], remaining: float, trend: float
) -> None:
    found = exposure(stock, np.array(demand), remaining, trend)
    assert 0 <= found.excess + found.obsolete <= stock * (1 + 1e-9) + 1e-9
    ahead = months_ahead(np.array(demand), remaining, trend)
    buy = last_buy(stock, 0.0, ahead)
    assert buy + stock >= ahead.sum() - 1e-3, "the last buy reaches to the end"
    assert buy == 0 or buy + stock < ahead.sum() + 1 + 1e-6, "and not beyond it"
