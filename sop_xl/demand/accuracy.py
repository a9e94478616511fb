"""Forecast error, bias and value added, as the S&OP handbook and the M4 competition define them.

Every function takes actuals *A* and forecasts *F* as equally long arrays; pairs in which either is NaN are left
out. A measure that is not defined (nothing to divide by, nothing to compare) is NaN, never 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sop_xl.demand.seasonality import seasonal_indices

TRACKING_LIMIT = 4.0
"""Absolute tracking signal above which a forecast needs attention."""

_T_90_PERCENT = 1.645


def wape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Return the weighted absolute percentage error ``Σ|A−F| / Σ|A|`` as a share; NaN where Σ|A| = 0."""
    a, f = _pairs(actual, forecast)
    return _ratio(np.abs(a - f).sum(), np.abs(a).sum())


def accuracy(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Return forecast accuracy ``max(0, 1 − WAPE)`` as a share; NaN where WAPE is undefined."""
    error = wape(actual, forecast)
    return error if math.isnan(error) else max(0.0, 1.0 - error)


def bias(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Return the bias ``Σ(F−A) / ΣA`` as a share, positive = over-forecast; NaN where ΣA = 0."""
    a, f = _pairs(actual, forecast)
    return _ratio((f - a).sum(), a.sum())


def tracking_signal(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Return the tracking signal ``Σ(F−A) / MAD``, same sign as the bias; NaN where there is no error at all.

    MAD is the mean absolute deviation ``mean|A−F|`` of the same periods. Beyond ±4 a forecast needs attention.
    """
    a, f = _pairs(actual, forecast)
    return _ratio((f - a).sum(), np.abs(a - f).mean() if a.size else 0.0)


def mase(actual: ArrayLike, forecast: ArrayLike, history: ArrayLike, season_length: int) -> float:
    """Return the mean absolute scaled error; NaN where the history is too short or never changes.

    ``mean|A−F|`` divided by the in-sample mean absolute error of the seasonal naive with lag *m*,
    ``mean|y_t − y_{t−m}|`` over the history.

    Args:
        actual: actuals of the forecast periods.
        forecast: forecasts of the same periods.
        history: the periods the forecast was made from, in order.
        season_length: lag *m*; 12 for months, 1 for years.

    References:
        Hyndman & Koehler (2006), doi:10.1016/j.ijforecast.2006.03.001.
    """
    a, f = _pairs(actual, forecast)
    y = np.asarray(history, dtype=float)
    if not a.size or y.size <= season_length:
        return math.nan
    return _ratio(np.abs(a - f).mean(), float(np.nanmean(np.abs(y[season_length:] - y[:-season_length]))))


def rmsse(actual: ArrayLike, forecast: ArrayLike, history: ArrayLike, season_length: int) -> float:
    """Return the root mean squared scaled error; NaN where the history is too short or never changes.

    Root of ``mean (A−F)²`` over the in-sample mean squared error of the seasonal naive with lag *m*.

    Args:
        actual: actuals of the forecast periods.
        forecast: forecasts of the same periods.
        history: the periods the forecast was made from, in order.
        season_length: lag *m*; 12 for months, 1 for years (as in M5).

    References:
        Makridakis, Spiliotis & Assimakopoulos (2022), doi:10.1016/j.ijforecast.2021.11.013.
    """
    a, f = _pairs(actual, forecast)
    y = np.asarray(history, dtype=float)
    if not a.size or y.size <= season_length:
        return math.nan
    change = y[season_length:] - y[:-season_length]
    return math.sqrt(_ratio(((a - f) ** 2).mean(), float(np.nanmean(change**2))))


def smape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Return the symmetric MAPE of M4 in percent, ``200 · mean(|A−F| / (|A|+|F|))``; a pair of zeros counts 0."""
    a, f = _pairs(actual, forecast)
    if not a.size:
        return math.nan
    total = np.abs(a) + np.abs(f)
    return float(200 * np.mean(np.divide(np.abs(a - f), total, out=np.zeros_like(total), where=total > 0)))


def naive2(history: ArrayLike, horizon: int, season_length: int) -> np.ndarray:
    """Return the Naive2 forecast of M4: the last deseasonalised value, reseasonalised.

    The history is divided by classical multiplicative indices where a 90 % autocorrelation test finds a
    season (and all values are positive); otherwise the last value is carried on.

    References:
        Makridakis, Spiliotis & Assimakopoulos (2020), doi:10.1016/j.ijforecast.2019.04.014.
    """
    y = np.asarray(history, dtype=float)
    m = season_length
    if m == 1 or not (y > 0).all() or not _is_seasonal(y, m):
        return np.full(horizon, y[-1])
    index = seasonal_indices(y, m)
    steps = np.arange(y.size, y.size + horizon)
    return y[-1] / index[(y.size - 1) % m] * index[steps % m]


def seasonal_naive(history: ArrayLike, horizon: int, season_length: int) -> np.ndarray:
    """Return the last season repeated; where less than a season is known, the last value."""
    y = np.asarray(history, dtype=float)
    return np.resize(y[-season_length:] if y.size >= season_length else y[-1:], horizon)


def owa(smape_value: float, mase_value: float, smape_naive2: float, mase_naive2: float) -> float:
    """Return the overall weighted average of M4, ``(sMAPE/sMAPE_Naive2 + MASE/MASE_Naive2) / 2``.

    The arguments are means over all series of a set; below 1 the method beats Naive2.
    """
    return (_ratio(smape_value, smape_naive2) + _ratio(mase_value, mase_naive2)) / 2


@dataclass(frozen=True, slots=True)
class ValueAdded:
    """What a forecasting step added to the one before it.

    Attributes:
        value: error of the step before − error of the step, in WAPE (0.02 = two points better).
        low: lower end of the 90 % bootstrap interval.
        high: upper end of the 90 % bootstrap interval.
    """

    value: float
    low: float
    high: float

    @property
    def proven(self) -> bool:
        """Return whether the whole interval lies on one side of 0."""
        return self.low > 0 or self.high < 0


def forecast_value_added(
    actual: ArrayLike, before: ArrayLike, after: ArrayLike, *, seed: int, draws: int = 1000
) -> ValueAdded:
    """Return the forecast value added ``WAPE(before) − WAPE(after)`` with a 90 % bootstrap interval.

    Pairs are drawn with replacement `draws` times. Positive: the later step is better. All three are NaN
    where WAPE is undefined.

    Args:
        actual: actuals.
        before: forecast of the earlier step, such as the seasonal naive.
        after: forecast of the later step, such as the statistical baseline.
        seed: seed of the bootstrap.
        draws: number of bootstrap samples.

    References:
        Gilliland (2010), The Business Forecasting Deal; Efron & Tibshirani (1993).
    """
    a, b, f = (np.asarray(values, dtype=float) for values in (actual, before, after))
    known = np.isfinite(a) & np.isfinite(b) & np.isfinite(f)
    size = np.abs(a[known])
    gain = np.abs(a[known] - b[known]) - np.abs(a[known] - f[known])
    value = _ratio(gain.sum(), size.sum())
    if math.isnan(value):
        return ValueAdded(math.nan, math.nan, math.nan)
    sample = np.random.default_rng(seed).integers(0, gain.size, (draws, gain.size))
    totals = size[sample].sum(axis=1)
    drawn = gain[sample].sum(axis=1)[totals > 0] / totals[totals > 0]
    low, high = np.quantile(drawn, [0.05, 0.95])
    return ValueAdded(value, float(low), float(high))


def coverage(actual: ArrayLike, low: ArrayLike, high: ArrayLike) -> float:
    """Return the share of actuals within [low, high]; NaN where there are none."""
    a, lower, upper = (np.asarray(values, dtype=float) for values in (actual, low, high))
    known = np.isfinite(a) & np.isfinite(lower) & np.isfinite(upper)
    return _ratio(float(((a >= lower) & (a <= upper))[known].sum()), float(known.sum()))


def _pairs(actual: ArrayLike, forecast: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    a, f = np.asarray(actual, dtype=float), np.asarray(forecast, dtype=float)
    known = np.isfinite(a) & np.isfinite(f)
    return a[known], f[known]


def _ratio(above: float, below: float) -> float:
    return float(above / below) if below != 0 and math.isfinite(below) else math.nan


def _is_seasonal(y: np.ndarray, m: int) -> bool:
    """Return whether the autocorrelation at lag m passes the 90 % test that M4 uses."""
    if y.size < 3 * m:
        return False
    centred = y - y.mean()
    total = (centred**2).sum()
    if total == 0:
        return False
    acf = np.array([(centred[lag:] * centred[:-lag]).sum() / total for lag in range(1, m + 1)])
    limit = _T_90_PERCENT * np.sqrt((1 + 2 * (acf[:-1] ** 2).sum()) / y.size)
    return bool(abs(acf[-1]) > limit)
