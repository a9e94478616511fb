"""Seasonal indices: true seasons are found, noise is not taken for one, recent years count more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_xl.demand.seasonal_adjustment import seasonal_component

SUMMER = np.array([-0.3, -0.2, -0.1, 0.0, 0.1, 0.3, 0.4, 0.2, 0.0, -0.1, -0.2, -0.1])


def test_a_clean_season_on_a_straight_trend_is_found_whole_and_carried_on() -> None:
    logs = 4 + 0.01 * np.arange(60) + np.tile(SUMMER, 5)
    wanted = np.tile(SUMMER - SUMMER.mean(), 6)
    assert seasonal_component(logs, 12, horizon=12) == pytest.approx(wanted, abs=1e-9)


def test_two_years_are_enough_for_a_season() -> None:
    logs = 4 + np.tile(SUMMER, 2)
    found = seasonal_component(logs, 12, horizon=12)[-12:]
    assert np.corrcoef(found, SUMMER)[0, 1] > 0.97


def test_noise_is_hardly_taken_for_a_season() -> None:
    noise = np.random.default_rng(1).normal(0, 0.3, size=(200, 72))
    spread = np.array([seasonal_component(row, 12)[:12].std() for row in noise])
    unshrunk = np.array([row.reshape(6, 12).mean(axis=0).std() for row in noise])
    assert spread.mean() < 0.5 * unshrunk.mean()


def test_a_season_that_moved_is_followed() -> None:
    """Four years with a peak in June, then four with a peak in December: December is carried on."""
    june, december = np.zeros(12), np.zeros(12)
    june[5], december[11] = 0.6, 0.6
    logs = np.concatenate([np.tile(june, 4), np.tile(december, 4)])
    found = seasonal_component(logs, 12, horizon=12)[-12:]
    assert found[11] > 1.5 * found[5]


@given(st.lists(st.floats(0, 12), min_size=0, max_size=90), st.sampled_from([1, 4, 7, 12, 24]), st.integers(0, 24))
def test_indices_are_finite_and_add_up_to_nothing_over_a_season(
    logs: list[float], season_length: int, horizon: int
) -> None:
    found = seasonal_component(np.array(logs), season_length, horizon)
    assert found.shape == (len(logs) + horizon,)
    assert np.isfinite(found).all()
    if len(found) >= season_length:
        assert found[:season_length].sum() == pytest.approx(0, abs=1e-6)
