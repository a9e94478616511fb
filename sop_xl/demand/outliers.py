"""Isolated absurd values in a history: found against the series' own level and season, replaced and reported."""

from __future__ import annotations

import numpy as np

_SIGMAS = 6.0
_LEAST_FACTOR = 3.0
_LEAST_FACTOR_AT_END = 10.0
_HALF_WINDOW = 6
_LONGEST_BURST = 2
_LEAST_ORDERS = 5
_ABSURD_ORDER = 10.0


def without_outliers(y: np.ndarray, season_length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the history with isolated absurd values replaced, and the positions that were.

    On logarithms, each value is compared with the running median of its neighbours plus the median deviation
    of its season. A value further off than six robust standard deviations *and* a factor three is replaced by
    that expectation. Bursts longer than two periods are kept: they are a change of level, not an error. At the
    start, where half the neighbours are unknown, nothing is replaced; at the end only what is off by a factor ten.

    Args:
        y: contiguous history, >= 0.
        season_length: periods per season, 1 for none.
    """
    if len(y) < 2 * _HALF_WINDOW + 1 or (y == 0).mean() > 0.1:
        return y, np.empty(0, dtype=np.int64)
    logs = np.log1p(100 * y / y.mean())
    level = _running_median(logs)
    season = np.zeros(len(y))
    if season_length > 1 and len(y) >= 3 * season_length:
        slot = np.arange(len(y)) % season_length
        typical = np.array([np.median((logs - level)[slot == index]) for index in range(season_length)])
        season = typical[slot]
    residual = logs - level - season
    spread = 1.4826 * np.median(np.abs(residual - np.median(residual)))
    limit = np.full(len(y), max(_SIGMAS * spread, np.log(_LEAST_FACTOR)))
    limit[:_HALF_WINDOW] = np.inf
    limit[-_HALF_WINDOW:] = max(limit[-1], np.log(_LEAST_FACTOR_AT_END))
    far = np.abs(residual) > limit
    far &= _burst_lengths(far) <= _LONGEST_BURST
    if not far.any():
        return y, np.empty(0, dtype=np.int64)
    expected = np.expm1(level + season) * y.mean() / 100
    return np.where(far, np.clip(expected, 0.0, None), y), np.flatnonzero(far)


def without_absurd_orders(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return an intermittent history with its one absurd order replaced by the next largest, and its position.

    An order is absurd where it is more than ten times the next largest of at least four others.
    """
    orders = np.flatnonzero(y > 0)
    if orders.size < _LEAST_ORDERS:
        return y, np.empty(0, dtype=np.int64)
    second, largest = np.sort(y[orders])[-2:]
    if largest <= _ABSURD_ORDER * second:
        return y, np.empty(0, dtype=np.int64)
    return np.minimum(y, second), np.flatnonzero(y > second)


def _running_median(values: np.ndarray) -> np.ndarray:
    padded = np.pad(values, _HALF_WINDOW, mode="reflect")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * _HALF_WINDOW + 1), axis=1)


def _burst_lengths(flags: np.ndarray) -> np.ndarray:
    """Return, for every position, the length of the unbroken run of equal flags it lies in."""
    starts = np.flatnonzero(np.r_[True, flags[1:] != flags[:-1]])
    return np.repeat(np.diff(np.r_[starts, flags.size]), np.diff(np.r_[starts, flags.size]))
