"""A lasting change of level in a history: recognised, so that it is not taken for errors and can be shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sop_xl.demand.seasonality import centred_moving_average

_SIDE = 12
_LEAST_SIDE = 4
_NEAR = 3
_LEAST_SUDDEN = 0.7
_LEAST_FACTOR = 1.5
_SIGMAS = 4.0


@dataclass(frozen=True, slots=True)
class LevelShift:
    """A change of level between two neighbouring periods that lasted.

    Attributes:
        position: first period of the new level.
        factor: level after / level before.
    """

    position: int
    factor: float


def level_shift(y: np.ndarray, season_length: int) -> LevelShift | None:
    """Return the greatest sudden and lasting change of level, None where there is none.

    On logarithms, the season taken out, the median of up to twelve periods after is compared with that of up to twelve
    before. It is a shift where they differ by a factor 1.5 and by four robust standard deviations of what is left on
    either side, most of it between the three periods before and the three after: a trend takes longer, and a short
    burst is no lasting change (at least four periods on either side).

    Args:
        y: contiguous history, >= 0.
        season_length: periods per season, 1 for none.
    """
    if len(y) < 2 * _LEAST_SIDE or (y == 0).mean() > 0.1:
        return None
    logs = np.log1p(100 * y / y.mean())
    if season_length > 1 and len(y) >= 3 * season_length:
        logs = logs - _season(logs, season_length)
    steps = np.zeros(len(y))
    medians = _medians(logs)
    for at in range(_LEAST_SIDE, len(y) - _LEAST_SIDE + 1):
        middle = medians[at], medians[at + _SIDE]
        step = float(middle[1] - middle[0])
        if abs(step) < np.log(_LEAST_FACTOR):
            continue
        before, after = logs[max(at - _SIDE, 0) : at], logs[at : at + _SIDE]
        sudden = np.median(after[:_NEAR]) - np.median(before[-_NEAR:])
        left = np.abs(np.r_[before - middle[0], after - middle[1]])
        if sudden / step >= _LEAST_SUDDEN and abs(step) > _SIGMAS * 1.4826 * np.median(left):
            steps[at] = step
    if not steps.any():
        return None
    around = np.abs(steps) >= _LEAST_SUDDEN * np.abs(steps).max()
    jump = np.where(around, np.abs(np.diff(logs, prepend=logs[0])), -1.0)
    at = int(jump.argmax())
    return LevelShift(at, float(np.exp(steps[at])))


def _medians(logs: np.ndarray) -> np.ndarray:
    """Return the medians of the twelve periods before each position 0 … n + 12, of fewer at the ends."""
    beyond = np.full(_SIDE, np.nan)
    ordered = np.sort(np.lib.stride_tricks.sliding_window_view(np.r_[beyond, logs, beyond], _SIDE), axis=1)
    count = np.isfinite(ordered).sum(axis=1)
    rows = np.arange(len(ordered))
    medians: np.ndarray = (ordered[rows, np.maximum(count - 1, 0) // 2] + ordered[rows, count // 2 % _SIDE]) / 2
    return medians


def _season(logs: np.ndarray, season_length: int) -> np.ndarray:
    """Return the median distance from the moving average over a season, by position: a single shift hardly moves it."""
    level = centred_moving_average(logs, season_length)
    slot = np.arange(len(logs)) % season_length
    typical = np.array([np.nanmedian((logs - level)[slot == index]) for index in range(season_length)])
    return typical[slot]
