"""The members of the forecast ensemble and how they are combined."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

_LEVEL = 80
_LIMIT = 1.5
LONGEST_SMOOTHED_SEASON = 24


@dataclass(frozen=True, slots=True)
class MemberForecast:
    """Forecast of one member.

    Attributes:
        mean: point forecast per period, >= 0.
        half_width: half the width of the member's own 80 % interval, in units; None where it gives none.
    """

    mean: np.ndarray
    half_width: np.ndarray | None = None


def local_members(y: np.ndarray, horizon: int, season_length: int) -> dict[str, MemberForecast]:
    """Return the forecasts of the statistical members for one series; members that cannot be fitted are left out.

    Seasons up to 24 periods: exponential smoothing of logarithms with damped trend and additive season
    (AAdA), Dynamic Optimized Theta, complex exponential smoothing. Longer seasons (weeks): the same Theta,
    non-seasonal smoothing, and MSTL where two seasons are known.

    Args:
        y: contiguous history, >= 0, scaled to a mean near 100.
        horizon: number of periods.
        season_length: periods per season, 1 for none.

    References:
        Hyndman et al. (2008), Forecasting with Exponential Smoothing; Fiorucci et al. (2016),
        doi:10.1016/j.ijforecast.2016.02.005; Svetunkov et al. (2022), doi:10.1002/nav.22074;
        Bandara et al. (2021), arXiv:2107.13462.
    """
    two_seasons = len(y) >= 2 * season_length
    short_season = season_length if two_seasons and season_length <= LONGEST_SMOOTHED_SEASON else 1
    members: dict[str, Callable[[], MemberForecast]] = {
        "log-ETS": lambda: _log_ets(y, horizon, short_season),
        "Theta": lambda: _theta(y, horizon, season_length if two_seasons else 1),
    }
    if season_length <= LONGEST_SMOOTHED_SEASON:
        members["CES"] = lambda: _ces(y, horizon, short_season)
    elif two_seasons:
        members["MSTL"] = lambda: _mstl(y, horizon, season_length)
    fitted = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for name, fit in members.items():
            try:
                forecast = fit()
            except Exception:
                continue
            if np.isfinite(forecast.mean).all():
                fitted[name] = forecast
    return fitted


def combine(members: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the mean of the members, each first limited to within a factor 1.5 of the members' median.

    The limit keeps a member that has gone astray from pulling the mean; on ordinary series it does nothing.
    """
    stacked = np.clip(np.stack(list(members.values())), 0.0, None)
    median = np.median(stacked, axis=0)
    return np.clip(stacked, median / _LIMIT, median * _LIMIT).mean(axis=0)


def _log_ets(y: np.ndarray, horizon: int, season_length: int) -> MemberForecast:
    from statsforecast.models import AutoETS

    model = AutoETS(season_length=season_length, model="AAA" if season_length > 1 else "AAN", damped=True)
    result = model.forecast(np.log1p(y), horizon, level=[_LEVEL])
    mean = np.expm1(np.clip(result["mean"], 0.0, np.log1p(y.max()) + 3.0))
    relative = (result[f"hi-{_LEVEL}"] - result[f"lo-{_LEVEL}"]) / 2
    return MemberForecast(mean, relative * mean)


def _theta(y: np.ndarray, horizon: int, season_length: int) -> MemberForecast:
    from statsforecast.models import DynamicOptimizedTheta

    result = DynamicOptimizedTheta(season_length=season_length).forecast(y, horizon, level=[_LEVEL])
    half_width = (result[f"hi-{_LEVEL}"] - result[f"lo-{_LEVEL}"]) / 2
    return MemberForecast(np.clip(result["mean"], 0.0, None), half_width)


def _ces(y: np.ndarray, horizon: int, season_length: int) -> MemberForecast:
    from statsforecast.models import AutoCES

    return MemberForecast(np.clip(AutoCES(season_length=season_length).forecast(y, horizon)["mean"], 0.0, None))


def _mstl(y: np.ndarray, horizon: int, season_length: int) -> MemberForecast:
    from statsforecast.models import MSTL, AutoETS

    model = MSTL([season_length], trend_forecaster=AutoETS(model="AAN", damped=True))
    mean = model.forecast(np.log1p(y), horizon)["mean"]
    return MemberForecast(np.expm1(np.clip(mean, 0.0, np.log1p(y.max()) + 3.0)))
