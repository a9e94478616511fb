"""Which method suits a series: the ensemble where history allows it, simpler ones below, so that none fails."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from sop_xl.demand.calendar_completion import Series
from sop_xl.demand.ensemble import LONGEST_SMOOTHED_SEASON

_SHORTEST_TREND = 10
_SHORTEST_CONSTANT = 6
_SHORTEST_LIFE = 6
_INTERMITTENT_INTERVAL = 1.32  # Syntetos & Boylan (2005): average demand interval that separates smooth demand


class Route(StrEnum):
    """Rung of the ladder, from most to least information."""

    ENSEMBLE = "ensemble"
    INTERMITTENT = "intermittent"
    STOPPING = "stopping"
    ENDED = "ended"
    SEASONAL_SHORT = "Theta and last season"
    SHORT = "Theta and mean"
    VERY_SHORT = "recent mean"
    SPARSE = "mean of the known periods"
    CONSTANT = "constant"
    NEVER_SOLD = "never sold"


@dataclass(frozen=True, slots=True)
class Choice:
    """The method for a series and the reason.

    Attributes:
        route: the rung.
        method: text for the `method` column, ``method: reason``.
    """

    route: Route
    method: str


def choose(series: Series, season_length: int, period_name: str) -> Choice:
    """Return the method for a series, from its length, its zeros and its gaps."""
    y = series.y
    n = int(series.known.sum())
    sold = y > 0
    span = f"{len(y)} {period_name}{'s' if len(y) != 1 else ''}"
    if not sold.any():
        return Choice(Route.NEVER_SOLD, "zero: nothing sold in the history")
    if series.known.mean() < 0.5:
        return Choice(Route.SPARSE, f"mean of the known periods: {len(y) - n} of {span} missing")
    tail = int(len(y) - 1 - np.flatnonzero(sold)[-1])
    active = sold[np.flatnonzero(sold)[0] : len(y) - tail]
    if tail >= min(max(season_length, 4), 26) and tail > 2 * _longest_run(~active):
        return Choice(Route.ENDED, f"zero: nothing sold in the last {tail} {period_name}s")
    if np.ptp(y) == 0 and len(y) >= _SHORTEST_CONSTANT:
        return Choice(Route.CONSTANT, f"last value: the same in all {span}")
    regular = active.size >= _SHORTEST_LIFE and active.mean() > 1 / _INTERMITTENT_INTERVAL
    if regular and tail >= 3 and tail > _longest_run(~active):
        return Choice(Route.STOPPING, f"TSB: nothing sold in the last {tail} {period_name}s")
    if sold.mean() < 1 / _INTERMITTENT_INTERVAL and not _zeros_follow_season(sold, season_length):
        return Choice(
            Route.INTERMITTENT,
            f"IMAPA: intermittent, {1 - sold.mean():.0%} of the {period_name}s without sales",
        )
    seasons = max(2 * season_length, _SHORTEST_TREND) if season_length <= LONGEST_SMOOTHED_SEASON else _SHORTEST_TREND
    if len(y) >= seasons:
        return Choice(Route.ENSEMBLE, f"ensemble: {span} of regular sales")
    if 1 < season_length <= len(y) and len(y) >= _SHORTEST_TREND:
        return Choice(Route.SEASONAL_SHORT, f"mean of Theta and last season: only {span}")
    if len(y) >= _SHORTEST_TREND - 2:
        return Choice(
            Route.SHORT, f"mean of Theta and {'last value' if season_length == 1 else 'average'}: only {span}"
        )
    last = 1 if season_length == 1 else min(len(y), 3)
    return Choice(Route.VERY_SHORT, f"mean of the last {last}: only {span}" if last > 1 else f"last value: only {span}")


def simple_forecast(series: Series, route: Route, horizon: int, season_length: int) -> np.ndarray:
    """Return the forecast of a rung below the ensemble, one value >= 0 per period."""
    y = series.y
    if route in (Route.NEVER_SOLD, Route.ENDED):
        return np.zeros(horizon)
    if route is Route.SPARSE:
        return np.full(horizon, y[series.known].mean())
    if route is Route.CONSTANT:
        return np.full(horizon, y[-1])
    if route is Route.VERY_SHORT:
        return np.full(horizon, y[-1] if season_length == 1 else y[-3:].mean())
    from statsforecast.models import IMAPA, TSB, DynamicOptimizedTheta

    if route is Route.INTERMITTENT:
        forecast = IMAPA().forecast(y, horizon)["mean"]
    elif route is Route.STOPPING:
        forecast = TSB(alpha_d=0.2, alpha_p=0.2).forecast(y, horizon)["mean"]
    else:
        theta = DynamicOptimizedTheta(season_length=1).forecast(y, horizon)["mean"]
        if route is Route.SEASONAL_SHORT:
            partner = np.resize(y[-season_length:], horizon)
        else:
            partner = np.full(horizon, y[-1] if season_length == 1 else y.mean())
        forecast = (theta + partner) / 2
    forecast = np.clip(np.asarray(forecast, dtype=float), 0.0, None)
    return forecast if np.isfinite(forecast).all() else np.full(horizon, y[-3:].mean())


def _longest_run(flags: np.ndarray) -> int:
    edges = np.flatnonzero(np.diff(np.r_[0, flags.astype(int), 0]))
    return int((edges[1::2] - edges[::2]).max()) if edges.size else 0


def _zeros_follow_season(sold: np.ndarray, season_length: int) -> bool:
    """Return whether the same periods of every season are without sales (three seasons, nine in ten right).

    Nine in ten of the periods that sell must lie in the season as well: where next to nothing is sold, "never" would
    be right nine times in ten without any season.
    """
    if season_length == 1 or len(sold) < 3 * season_length:
        return False
    slot = np.arange(len(sold)) % season_length
    share = np.bincount(slot, weights=sold) / np.bincount(slot)
    expected = share[slot] > 0.5
    return bool(np.mean(expected == sold) >= 0.9 and np.mean(expected[sold]) >= 0.9)
