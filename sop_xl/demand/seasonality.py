"""Seasonal indices of a history: how far each period of the year lies from the average, trend taken out."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def centred_moving_average(values: np.ndarray, season_length: int) -> np.ndarray:
    """Return the centred moving average over one season, the outer values at half weight where the season is even.

    Shape (n,); NaN in the half season at either end, where no whole season lies around a value.
    """
    m = season_length
    weights = np.r_[0.5, np.ones(m - 1), 0.5] / m if m % 2 == 0 else np.ones(m) / m
    half = len(weights) // 2
    trend = np.full(values.size, np.nan)
    trend[half : values.size - half] = np.convolve(values, weights, "valid")
    return trend


def seasonal_indices(history: ArrayLike, season_length: int) -> np.ndarray:
    """Return the multiplicative seasonal indices of a history, one a position of the season, with an average of 1.

    Classical decomposition by ratio to trend: the trend is the centred moving average over one season (the first and
    last value at half weight where the season is even), an index is the mean of quantity / trend over all periods at
    its position, and the indices are scaled to an average of 1. Position 0 is that of the first value.

    Args:
        history: contiguous quantities, >= 0, at least two whole seasons.
        season_length: periods per season *m*, at least 2.

    Returns:
        *m* indices; all 1 where nothing was sold.

    Raises:
        ValueError: the history is shorter than two seasons.

    References:
        Makridakis, Wheelwright & Hyndman (1998), Forecasting: Methods and Applications, chapter 3.
    """
    y = np.asarray(history, dtype=float)
    m = season_length
    if m < 2 or y.size < 2 * m:
        raise ValueError(f"{y.size} periods are less than two seasons of {m}")
    trend = centred_moving_average(y, m)
    sold = trend > 1e-9 * y.max(initial=0.0)
    positions = np.arange(y.size) % m
    ratios = np.divide(y, trend, out=np.zeros_like(trend), where=sold)
    counted = np.bincount(positions[sold], minlength=m)
    summed = np.bincount(positions[sold], weights=ratios[sold], minlength=m)
    index = np.divide(summed, counted, out=np.ones(m), where=counted > 0)
    return index / index.mean() if index.mean() > 0 else np.ones(m)
