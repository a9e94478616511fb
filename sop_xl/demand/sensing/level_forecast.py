"""The plain forecast sensing is measured against and stands on: season, exponential smoothing and half the trend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_ALPHAS = (0.05, 0.1, 0.2, 0.35, 0.5)
_START = 8
_SEASONS_NEEDED = 3
_TREND_SEASONS = 3
_LEAST_TREND = 24


@dataclass(frozen=True, slots=True)
class LevelForecast:
    """Forecasts of n series on the log scale.

    Attributes:
        point: forecast (n × horizon).
        error: one-step errors over the past (n × T), NaN where nothing was known and while the level settles.
    """

    point: np.ndarray
    error: np.ndarray


def level_forecast(logs: np.ndarray, horizon: int, season_length: int) -> LevelForecast:
    """Forecast the level of many series at once: a Theta forecast on logs.

    Seasonal indices (three years of history and more) are the mean deviations from a moving average, shrunk by their
    own noise; the smoothing constant of each series is the best of five over the past; half the trend of the last
    three years is carried on (Hyndman & Billah 2003, doi:10.1016/S0169-2070(01)00143-1).

    Args:
        logs: log of quantities (n × T), NaN where unknown.
        horizon: periods ahead.
        season_length: periods per year.
    """
    count = logs.shape[1]
    season = _season(logs, season_length)
    phase = np.arange(count + horizon) % season_length
    deseasoned = logs - season[:, phase[:count]]
    slope = _half_trend(deseasoned, season_length)
    time = np.arange(count)
    level, error = _smoothed(deseasoned - slope[:, None] * time)
    ahead = np.arange(count, count + horizon)
    point = level[:, None] + slope[:, None] * ahead + season[:, phase[count:]]
    return LevelForecast(point, error)


def _season(logs: np.ndarray, season_length: int) -> np.ndarray:
    """Return seasonal deviations by position (n × m), centred; zeros where less than three years are known."""
    n, count = logs.shape
    m = season_length
    if m < 2 or count < _SEASONS_NEEDED * m:
        return np.zeros((n, m))
    around = _moving_mean(logs, m)
    away = logs - around
    index, noise = np.zeros((n, m)), np.zeros((n, m))
    for position in range(m):
        part = away[:, position::m]
        there = np.isfinite(part)
        seen = there.sum(axis=1)
        index[:, position] = np.where(there, part, 0.0).sum(axis=1) / np.maximum(seen, 1)
        spread = np.where(there, part - index[:, [position]], 0.0)
        noise[:, position] = np.square(spread).sum(axis=1) / np.maximum(seen - 1, 1) / np.maximum(seen, 1)
    index = index - index.mean(axis=1, keepdims=True)
    signal = np.square(index).mean(axis=1)
    keep = np.clip(1 - np.divide(noise.mean(axis=1), signal, out=np.ones(n), where=signal > 0), 0.0, 1.0)
    return index * keep[:, None]


def _moving_mean(logs: np.ndarray, m: int) -> np.ndarray:
    """Return the centred mean over one season, of what is known (n × T), NaN at the ends."""
    weights = np.r_[0.5, np.ones(m - 1), 0.5] if m % 2 == 0 else np.ones(m)
    half = len(weights) // 2
    there = np.isfinite(logs)
    out = np.full(logs.shape, np.nan)
    for row in range(len(logs)):
        total = np.convolve(np.where(there[row], logs[row], 0.0), weights, "valid")
        share = np.convolve(there[row].astype(float), weights, "valid")
        out[row, half : half + total.size] = np.where(share > m / 2, total / np.maximum(share, 1e-9), np.nan)
    return out


def _half_trend(logs: np.ndarray, season_length: int) -> np.ndarray:
    """Return half the slope of the last three years by series; 0 where fewer than 24 periods are known."""
    window = min(logs.shape[1], max(_TREND_SEASONS * season_length, _LEAST_TREND))
    part, there = logs[:, -window:], np.isfinite(logs[:, -window:])
    seen = np.maximum(there.sum(axis=1), 1)
    time = np.where(there, np.arange(window), 0.0)
    time = np.where(there, time - (time.sum(axis=1) / seen)[:, None], 0.0)
    size = np.square(time).sum(axis=1)
    slope = (time * np.where(there, part, 0.0)).sum(axis=1)
    slope = np.divide(slope, size, out=np.zeros(len(logs)), where=size > 0)
    return np.where(seen >= _LEAST_TREND, slope / 2, 0.0)


def _smoothed(logs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the last level (n) and one-step errors (n × T) of the smoothing constant that was best on each series."""
    best = np.full(len(logs), np.inf)
    level, error = np.zeros(len(logs)), np.full(logs.shape, np.nan)
    for alpha in _ALPHAS:
        found, errors = _smooth(logs, alpha)
        loss = np.nansum(np.square(errors), axis=1)
        better = loss < best
        best = np.where(better, loss, best)
        level = np.where(better, found, level)
        error = np.where(better[:, None], errors, error)
    return level, error


def _smooth(logs: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    there = np.isfinite(logs)
    rank = there.cumsum(axis=1)
    opening = there & (rank <= _START)
    level = np.where(opening, logs, 0.0).sum(axis=1) / np.maximum(opening.sum(axis=1), 1)
    errors = np.full(logs.shape, np.nan)
    for step in range(logs.shape[1]):
        seen = there[:, step]
        gap = np.where(seen, logs[:, step], level) - level
        errors[:, step] = np.where(seen & (rank[:, step] > _START), gap, np.nan)
        level = level + alpha * gap
    return level, errors
