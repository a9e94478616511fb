"""A forecast with drivers and the same forecast without them, for many series at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sop_xl.demand.sensing.level_forecast import level_forecast
from sop_xl.demand.sensing.pooled_regression import Effects, learn_effects

_FLOOR = 0.01
_LARGEST_ERROR = 3.0
_LEAST_ERRORS = 10


@dataclass(frozen=True, slots=True)
class SensedForecast:
    """Forecasts of n series over a horizon with and without drivers, and the effects they rest on.

    Attributes:
        plain: forecast of the level model on the series as they are, units (n × horizon).
        sensed: forecast of the same model on the series freed of the drivers, their effects laid on again, units.
        effects: coefficient of every driver on every series.
        drivers: the driver values it was made with (n × (T + horizon) × k).
        pull: change of log demand by driver over past and horizon (n × (T + horizon) × k), from its past mean.
    """

    plain: np.ndarray
    sensed: np.ndarray
    effects: Effects
    drivers: np.ndarray
    pull: np.ndarray


def sensed_forecast(
    units: np.ndarray, drivers: np.ndarray, season_length: int, groups: Sequence[np.ndarray]
) -> SensedForecast:
    """Forecast n series with and without their drivers.

    ``log units = level + season + Σ coefficient × (driver − mean)``: the effects are learned by
    :func:`learn_effects`, taken off the past, what remains is carried on by :func:`level_forecast`, and the effects of
    the horizon are put on again. Going back from logs, forecasts are multiplied with the mean of exp(one-step error)
    of the series (smearing; Duan 1983, doi:10.1080/01621459.1983.10478017), else by half the variance where there are
    fewer than ten errors: the exponential of a mean log is not the mean.

    Args:
        units: quantities (n × T), NaN where unknown; 0 counts as 1 % of the mean.
        drivers: driver values over past and horizon (n × (T + horizon) × k), NaN where unknown.
        season_length: periods per year.
        groups: see :func:`learn_effects`.
    """
    count = units.shape[1]
    horizon = drivers.shape[1] - count
    logs = log_units(units)
    effects = learn_effects(logs, drivers[:, :count], season_length, groups)
    moved = effects.pull(drivers)
    total = moved.sum(axis=2)
    plain = level_forecast(logs, horizon, season_length)
    base = level_forecast(logs - total[:, :count], horizon, season_length)
    return SensedForecast(
        np.exp(plain.point + smearing(plain.error)[:, None]),
        np.exp(base.point + total[:, count:] + smearing(base.error)[:, None]),
        effects,
        drivers,
        moved,
    )


def log_units(units: np.ndarray) -> np.ndarray:
    """Return the log of quantities with 0 counting as 1 % of the mean of the series; NaN stays."""
    there = np.isfinite(units)
    mean = np.where(there, units, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    floor = np.maximum(_FLOOR * mean, 1e-9)[:, None]
    return np.where(there, np.log(np.maximum(np.nan_to_num(units), floor)), np.nan)


def smearing(error: np.ndarray) -> np.ndarray:
    """Return the log of the factor that turns the exponential of a mean log into a mean (n), from one-step errors."""
    there = np.isfinite(error)
    seen = there.sum(axis=1)
    clipped = np.clip(np.where(there, error, 0.0), -_LARGEST_ERROR, _LARGEST_ERROR)
    mean = np.where(there, np.exp(clipped), 0.0).sum(axis=1) / np.maximum(seen, 1)
    half = np.square(clipped).sum(axis=1) / np.maximum(seen, 1) / 2
    return np.where(seen >= _LEAST_ERRORS, np.log(np.maximum(mean, 1e-9)), half)
