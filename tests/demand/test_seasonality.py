"""Seasonal indices: found again where they were put in, whatever the level and the trend."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_xl.demand.seasonality import seasonal_indices


@given(st.lists(st.floats(0.2, 3), min_size=2, max_size=13), st.floats(0.1, 1e6), st.integers(2, 5))
def test_indices_put_in_come_out(index: list[float], level: float, seasons: int) -> None:
    expected = np.array(index) / np.mean(index)
    found = seasonal_indices(level * np.tile(expected, seasons), len(index))
    assert found == pytest.approx(expected) and found.mean() == pytest.approx(1)


def test_a_trend_is_taken_out() -> None:
    index = np.array([0.8, 1.0, 1.3, 0.9])
    found = seasonal_indices((100 + np.arange(40)) * np.tile(index, 10), 4)
    assert found == pytest.approx(index, abs=0.01)


def test_nothing_sold_has_no_season_and_one_season_is_too_short() -> None:
    assert seasonal_indices(np.zeros(24), 12).tolist() == [1.0] * 12
    with pytest.raises(ValueError, match="23 periods are less than two seasons of 12"):
        seasonal_indices(np.ones(23), 12)
