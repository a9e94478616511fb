"""Seasonal indices that follow the recent years and shrink where the season is mostly noise."""

from __future__ import annotations

import numpy as np

from sop_xl.demand.seasonality import centred_moving_average

DISCOUNT = 0.8
"""Weight of a season against the one after it."""
_SEASONS_FOR_MOVING_AVERAGE = 3


def seasonal_component(logs: np.ndarray, season_length: int, horizon: int = 0) -> np.ndarray:
    """Return the additive seasonal component of a series of logarithms, for its periods and for those after it.

    The series less its trend (centred moving average; a straight line below three seasons) is averaged by position
    in the season with weights 0.8 per season back, then all indices are drawn towards 0 by the share of their
    variance that noise explains: ``B = max(0, 1 - V / S)`` with ``S`` the variance of the indices and ``V`` the mean
    variance of their estimates. Periods × 1; shape (n + horizon,). A series without two seasons has indices of 0.

    Args:
        logs: logarithms of the history, contiguous, oldest first.
        season_length: periods per season *m*.
        horizon: periods after the last one.

    References:
        Miller & Williams (2003), doi:10.1016/S0169-2070(02)00077-8 (shrinking of seasonal factors).
    """
    n = len(logs)
    if season_length < 2 or n < 2 * season_length:
        return np.zeros(n + horizon)
    deviation = logs - _trend(logs, season_length)
    position = np.arange(n) % season_length
    indices, noise = np.zeros(season_length), np.zeros(season_length)
    for place in range(season_length):
        values = deviation[(position == place) & np.isfinite(deviation)]
        weights = DISCOUNT ** np.arange(len(values) - 1.0, -1.0, -1.0)
        weights /= weights.sum()
        indices[place] = weights @ values
        concentration = float(weights @ weights)
        spread = float(weights @ (values - indices[place]) ** 2) / max(1 - concentration, 1e-9)
        noise[place] = spread * concentration
    indices -= indices.mean()
    variance = float(indices @ indices) / (season_length - 1)
    kept = max(0.0, 1 - noise.mean() / variance) if variance > 0 else 0.0
    return (indices * kept)[np.arange(n + horizon) % season_length]


def _trend(logs: np.ndarray, season_length: int) -> np.ndarray:
    """Return the trend of every period; NaN at the ends of a moving average."""
    n = len(logs)
    if n < _SEASONS_FOR_MOVING_AVERAGE * season_length:
        time = np.arange(n)
        return np.polyval(np.polyfit(time, logs, 1), time)
    return centred_moving_average(logs, season_length)
