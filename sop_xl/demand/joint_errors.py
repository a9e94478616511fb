"""How forecast errors of many series move together: past errors of a simple forecast, all series at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sop_xl.demand.calendar_completion import Series

_SMOOTHING = 0.2
_LATEST = 60
_LEAST_ORIGINS = 8
_LEAST_SHARE_KNOWN = 0.5


@dataclass(frozen=True, slots=True)
class JointErrors:
    """Past forecast errors of all series over their own spread.

    Attributes:
        scaled: errors of mean square 1 by origin, series and step (origins × series × steps), float32; a series without
            enough history has zeros throughout. There may be no origin at all.
        share_apart: λ, how far the correlations between series are shrunk towards their mean, 0 … 1.
        mean_correlation: r̄, mean correlation between the errors of two series.
        over_time: correlation of errors between the steps (steps × steps), mean over the series.
    """

    scaled: np.ndarray
    share_apart: float
    mean_correlation: float
    over_time: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """Which series have errors."""
        return np.asarray(self.scaled.any(axis=(0, 2)))


def matrix(series: Sequence[Series], end: int) -> np.ndarray:
    """Return the quantities of series up to a period as rows, NaN where a series has none (series × periods)."""
    start = min(item.start for item in series)
    values = np.full((len(series), end - start + 1), np.nan)
    for row, item in enumerate(series):
        stop = min(item.end, end)
        values[row, item.start - start : stop - start + 1] = item.y[: stop - item.start + 1]
    return values


def past_errors(values: np.ndarray, horizon: int, season_length: int) -> np.ndarray:
    """Return the errors that a simple forecast would have made from every past period (origins × series × steps).

    The forecast is last season's value plus the smoothed change from season to season,
    ``f(t+h) = y(t+h−m) + s(t)`` with ``s(t) = s(t−1) + 0.2 (y(t) − y(t−m) − s(t−1))``. It is good enough to show which
    series err together, for how long, and how much one against the other, and costs a few array operations for a whole
    portfolio. At most the last 60 origins; NaN where a quantity is unknown.

    Args:
        values: quantities, NaN where unknown (series × periods).
        horizon: steps; at most the length of the season are used.
        season_length: periods of a season; 1 where there is none.
    """
    lag = season_length if values.shape[1] >= 3 * season_length else 1
    change = values[:, lag:] - values[:, :-lag]
    steps = min(horizon, max(lag, 1)) if lag > 1 else 1
    level = np.zeros(values.shape[0])
    smoothed = np.empty_like(change)
    for period in range(change.shape[1]):
        seen = np.isfinite(change[:, period])
        level = np.where(seen, level + _SMOOTHING * (np.where(seen, change[:, period], 0.0) - level), level)
        smoothed[:, period] = level
    first = min(lag, change.shape[1] // 3)
    origins = range(max(first, change.shape[1] - steps - _LATEST), change.shape[1] - steps)
    errors = [change[:, origin + 1 : origin + 1 + steps] - smoothed[:, origin, None] for origin in origins]
    return np.array(errors) if errors else np.empty((0, values.shape[0], steps))


def joint_errors(values: np.ndarray, horizon: int, season_length: int) -> JointErrors:
    """Return the errors of all series over their spread, and how strongly they move together.

    Args:
        values: see `past_errors`.
        horizon: see `past_errors`.
        season_length: see `past_errors`.

    References:
        Schefzik, Thorarinsdottir & Gneiting (2013), doi:10.1214/13-STS443, on dependence templates from past errors.
    """
    errors = past_errors(values, horizon, season_length)
    origins, count, steps = errors.shape
    if origins < _LEAST_ORIGINS:
        return JointErrors(np.zeros((0, count, steps), dtype=np.float32), 1.0, _TYPICAL, _equal_over_time(steps))
    seen = np.isfinite(errors)
    enough = (seen.mean(axis=(0, 2)) >= _LEAST_SHARE_KNOWN)[None, :, None]
    values_seen = np.where(seen & enough, errors, 0.0)
    mean_square = (values_seen**2).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    spread = np.sqrt(np.where(mean_square > 0, mean_square, 1.0))
    scaled = values_seen / spread * np.sqrt(origins / np.maximum(seen.sum(axis=0), 1))
    some = scaled.any(axis=(0, 2))
    if some.sum() == 0:
        return JointErrors(np.zeros((0, count, steps), dtype=np.float32), 1.0, _TYPICAL, _equal_over_time(steps))
    together = np.einsum("kns,knt->st", scaled[:, some], scaled[:, some]) / (origins * some.sum())
    size = np.sqrt(np.diag(together))
    mean_error = scaled[:, some].mean(axis=2).T
    mean_error /= np.sqrt(np.maximum((mean_error**2).mean(axis=1, keepdims=True), 1e-12))
    return JointErrors(
        scaled.astype(np.float32),
        shrinkage(mean_error),
        _mean_correlation(mean_error),
        together / np.outer(size, size),
    )


def shrinkage(scaled: np.ndarray) -> float:
    """Return how far the correlations of errors are to be shrunk (0 … 1), after Schäfer & Strimmer.

    ``λ = Σ Var(r_ij) / Σ r_ij²`` over all pairs of series, reckoned from sums over the errors so that no matrix of
    pairs is needed.

    Args:
        scaled: errors of mean square 1 per series, 0 where unknown (series × errors).

    References:
        Schäfer & Strimmer (2005), doi:10.2202/1544-6115.1175.
    """
    count = scaled.shape[1]
    if count < _LEAST_ORIGINS:
        return 1.0
    squares = scaled**2
    of_products = float((squares.sum(axis=0) ** 2).sum() - (squares**2).sum())
    gram = scaled.T @ scaled
    of_correlations = float((gram**2).sum() - (squares.sum(axis=1) ** 2).sum()) / count**2
    if of_correlations <= 0:
        return 1.0
    variance = (of_products / count - of_correlations) / (count - 1)
    return float(np.clip(variance / of_correlations, _LEAST_SHARE, 1.0))


_LEAST_SHARE = 0.01
_TYPICAL = 0.2
"""Mean correlation assumed where the histories are too short to measure it."""
_OVER_TIME = 0.7


def _equal_over_time(steps: int) -> np.ndarray:
    return np.full((steps, steps), _OVER_TIME) + (1 - _OVER_TIME) * np.eye(steps)


def _mean_correlation(scaled: np.ndarray) -> float:
    rows, count = scaled.shape
    if rows < 2:
        return 0.0
    together = float((scaled.sum(axis=0) ** 2).sum() - (scaled**2).sum()) / (count * rows * (rows - 1))
    return float(np.clip(together, 0.0, 1.0))
