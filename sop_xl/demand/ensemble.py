"""The members of the forecast ensemble and how they are combined."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from sop_xl.demand.seasonal_adjustment import seasonal_component

_LEVEL = 80
_LIMIT = 1.5
LONGEST_SMOOTHED_SEASON = 24
_SEASONS_USED = 15
_SEASONS_IN_PREVIEW = 8


class Mode(StrEnum):
    """How much a forecast may cost.

    `FULL` uses all members and 15 seasons; `PREVIEW` the damped trend, Theta and one learned model on 8 seasons: about
    half the time for an error about 2 % larger.
    """

    FULL = "full"
    PREVIEW = "preview"

    @property
    def seasons(self) -> int:
        """Return how many seasons of a long history are used."""
        return _SEASONS_USED if self is Mode.FULL else _SEASONS_IN_PREVIEW


@dataclass(frozen=True, slots=True)
class MemberForecast:
    """Forecast of one member.

    Attributes:
        mean: point forecast per period, >= 0.
        half_width: half the width of the member's own 80 % interval, in units; None where it is not used.
    """

    mean: np.ndarray
    half_width: np.ndarray | None = None


def local_members(y: np.ndarray, horizon: int, season_length: int, mode: Mode = Mode.FULL) -> dict[str, MemberForecast]:
    """Return the forecasts of the statistical members for one series; members that cannot be fitted are left out.

    The damped trend of logarithms and Dynamic Optimized Theta, both on the seasonally adjusted series, and complex
    exponential smoothing with its own season; for seasons above 24 periods (weeks) MSTL instead, where two seasons are
    known; without a season (years) the last value as well. Of a long history the last 15 seasons are used. A preview
    does without CES and MSTL and looks at 8 seasons.

    Args:
        y: contiguous history, >= 0, scaled to a mean near 100.
        horizon: number of periods.
        season_length: periods per season, 1 for none.
        mode: all members, or the quick ones.

    References:
        Gardner & McKenzie (1985), doi:10.1287/mnsc.31.10.1237 (damped trend); Fiorucci et al. (2016),
        doi:10.1016/j.ijforecast.2016.02.005 (Theta); Svetunkov et al. (2022), doi:10.1002/nav.22074 (CES);
        Bandara et al. (2021), arXiv:2107.13462 (MSTL).
    """
    two_seasons = len(y) >= 2 * season_length
    weekly = season_length > LONGEST_SMOOTHED_SEASON
    recent = latest(y, season_length, mode)
    season = season_length if two_seasons else 1
    component = seasonal_component(np.log1p(recent), season, horizon)
    members: dict[str, Callable[[], MemberForecast]] = {
        "damped trend": lambda: _reseasoned(_damped_trend, recent, component, horizon),
        "Theta": lambda: _reseasoned(_theta, recent, component, horizon),
    }
    if weekly and two_seasons and mode is Mode.FULL:
        members["MSTL"] = lambda: _mstl(recent, horizon, season_length)
    elif not weekly and mode is Mode.FULL:
        members["CES"] = lambda: _ces(recent, horizon, season)
    if season_length == 1:
        members["last value"] = lambda: MemberForecast(np.full(horizon, y[-1]))
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


def latest(y: np.ndarray, season_length: int, mode: Mode = Mode.FULL) -> np.ndarray:
    """Return the part of a history that the models look at: the last 15 (8) seasons, all of it without a season."""
    return y[-mode.seasons * season_length :] if season_length > 1 else y


def combine(members: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the mean of the members, each first limited to within a factor 1.5 of the members' median.

    The limit keeps a member that has gone astray from pulling the mean; on ordinary series it does nothing.
    """
    stacked = np.clip(np.stack(list(members.values())), 0.0, None)
    median = np.median(stacked, axis=0)
    return np.clip(stacked, median / _LIMIT, median * _LIMIT).mean(axis=0)


def _reseasoned(
    fit: Callable[[np.ndarray, int], MemberForecast], y: np.ndarray, component: np.ndarray, horizon: int
) -> MemberForecast:
    """Return the forecast of a method for the seasonally adjusted series, with the season put back."""
    past, ahead = component[: len(y)], component[len(y) :]
    made = fit(np.clip(np.expm1(np.log1p(y) - past), 0.0, None), horizon)
    mean = np.clip(np.expm1(np.log1p(made.mean) + ahead), 0.0, None)
    return MemberForecast(mean, None if made.half_width is None else made.half_width * np.exp(ahead))


def _damped_trend(y: np.ndarray, horizon: int) -> MemberForecast:
    from statsforecast.models import AutoETS

    result = AutoETS(season_length=1, model="AAN", damped=True).forecast(np.log1p(y), horizon, level=[_LEVEL])
    mean = np.expm1(np.clip(result["mean"], 0.0, np.log1p(y.max()) + 3.0))
    relative = (result[f"hi-{_LEVEL}"] - result[f"lo-{_LEVEL}"]) / 2
    return MemberForecast(mean, relative * mean)


def _theta(y: np.ndarray, horizon: int) -> MemberForecast:
    from statsforecast.models import DynamicOptimizedTheta

    mean = DynamicOptimizedTheta(season_length=1).forecast(y, horizon)["mean"]
    return MemberForecast(np.clip(mean, 0.0, None))


def _ces(y: np.ndarray, horizon: int, season_length: int) -> MemberForecast:
    from statsforecast.models import AutoCES

    return MemberForecast(np.clip(AutoCES(season_length=season_length).forecast(y, horizon)["mean"], 0.0, None))


def _mstl(y: np.ndarray, horizon: int, season_length: int) -> MemberForecast:
    from statsforecast.models import MSTL, AutoETS

    model = MSTL([season_length], trend_forecaster=AutoETS(model="AAN", damped=True))
    mean = model.forecast(np.log1p(y), horizon)["mean"]
    return MemberForecast(np.expm1(np.clip(mean, 0.0, np.log1p(y.max()) + 3.0)))
