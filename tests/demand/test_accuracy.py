"""Accuracy measures against values worked by hand and an independent library."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from utilsforecast import losses

from sop_xl.demand import accuracy

ACTUAL = [100.0, 50.0, 150.0, 100.0]
FORECAST = [110.0, 40.0, 160.0, 120.0]  # errors +10, −10, +10, +20


def test_measures_worked_by_hand() -> None:
    assert accuracy.wape(ACTUAL, FORECAST) == pytest.approx(50 / 400)
    assert accuracy.accuracy(ACTUAL, FORECAST) == pytest.approx(0.875)
    assert accuracy.bias(ACTUAL, FORECAST) == pytest.approx(30 / 400)
    assert accuracy.tracking_signal(ACTUAL, FORECAST) == pytest.approx(30 / 12.5)
    expected = 200 / 4 * (10 / 210 + 10 / 90 + 10 / 310 + 20 / 220)
    assert accuracy.smape(ACTUAL, FORECAST) == pytest.approx(expected)


def test_bias_and_tracking_signal_are_positive_for_over_forecasts() -> None:
    assert accuracy.bias([10, 10], [12, 11]) > 0
    assert accuracy.tracking_signal([10, 10], [9, 8]) == -2


def test_accuracy_never_falls_below_zero() -> None:
    assert accuracy.accuracy([1], [5]) == 0


@pytest.mark.parametrize(
    "undefined",
    [
        accuracy.wape([0, 0], [1, 2]),
        accuracy.accuracy([0, 0], [1, 2]),
        accuracy.bias([0, 0], [1, 2]),
        accuracy.tracking_signal([5, 5], [5, 5]),
        accuracy.mase([5], [6], [7, 7, 7], 1),
        accuracy.mase([5], [6], [7, 8], 12),
        accuracy.smape([], []),
        accuracy.coverage([np.nan], [0], [1]),
        accuracy.forecast_value_added([0], [1], [2], seed=0).value,
    ],
)
def test_what_is_undefined_is_not_zero(undefined: float) -> None:
    assert math.isnan(undefined)


def test_unknown_pairs_are_left_out() -> None:
    assert accuracy.wape([100, np.nan, 50], [110, 5, np.nan]) == pytest.approx(0.1)


@given(st.lists(st.tuples(st.floats(1, 1e6), st.floats(0, 1e6)), min_size=1, max_size=12))
def test_mase_and_smape_agree_with_utilsforecast(pairs: list[tuple[float, float]]) -> None:
    history = np.array([10.0, 20, 12, 25, 11, 22, 13, 27])
    frame = pd.DataFrame(
        {"unique_id": "A", "ds": range(len(pairs)), "y": [a for a, _ in pairs], "F": [f for _, f in pairs]}
    )
    train = pd.DataFrame({"unique_id": "A", "ds": range(-8, 0), "y": history})
    theirs = losses.mase(frame, models=["F"], seasonality=4, train_df=train)["F"].iloc[0]
    assert accuracy.mase(frame["y"], frame["F"], history, 4) == pytest.approx(theirs)
    assert accuracy.smape(frame["y"], frame["F"]) == pytest.approx(200 * losses.smape(frame, models=["F"])["F"].iloc[0])


def test_naive2_repeats_a_pure_seasonal_pattern_and_carries_a_plain_series_on() -> None:
    pattern = np.array([80.0, 120, 100, 100])
    assert accuracy.naive2(np.tile(pattern, 6), 6, 4) == pytest.approx(np.resize(pattern, 6), rel=1e-9)
    assert accuracy.naive2([5.0, 7, 6], 2, 4) == pytest.approx([6, 6])


def test_owa_of_naive2_itself_is_one() -> None:
    assert accuracy.owa(12.0, 0.9, 12.0, 0.9) == 1


def test_value_added_is_the_difference_of_the_errors_and_its_interval_tells_chance_from_gain() -> None:
    rng = np.random.default_rng(0)
    actual = rng.uniform(50, 150, 200)
    better, worse = actual * rng.normal(1, 0.05, 200), actual * rng.normal(1, 0.3, 200)
    gain = accuracy.forecast_value_added(actual, worse, better, seed=1)
    assert gain.value == pytest.approx(accuracy.wape(actual, worse) - accuracy.wape(actual, better))
    assert gain.low < gain.value < gain.high
    assert gain.proven
    nothing = accuracy.forecast_value_added(actual, worse, worse[::-1].copy() * 0 + worse, seed=1)
    assert (nothing.value, nothing.proven) == (0, False)
    assert accuracy.forecast_value_added(actual, worse, better, seed=1) == gain
