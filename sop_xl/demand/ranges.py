"""Ranges around a forecast: a width from five signs of uncertainty, times quantiles learned on other windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sop_xl.demand.ensemble import LONGEST_SMOOTHED_SEASON, Mode, latest
from sop_xl.demand.ladder import Route
from sop_xl.demand.seasonal_adjustment import seasonal_component

LEVELS = (0.025, 0.1, 0.9, 0.975)
"""Shares of actuals below P2.5, P10, P90 and P97.5: the ends of the 95 % and the 80 % range."""

_LEAST = np.array([0.1, 0.1, 0.02, 0.1, 1.0])[:, None]
_RECENT_SEASONS = 2
_LONGEST_RECENT, _SHORTEST_RECENT = 26, 12
_USUAL_LENGTH = 100
_LEAST_RELATIVE_CHANGE = 0.3
_ORDINARY_BEYOND, _PROMOTED_BEYOND = 3.2, 4.6


@dataclass(frozen=True, slots=True)
class Width:
    """How the signs of uncertainty make one width: a weighted geometric mean, narrower with more history.

    ``w = Π_i s_i ^ weights_i · (n / 100) ^ length`` with *s* from `signs_of_uncertainty` and *n* periods of history.

    Attributes:
        weights: one per sign, adding up to 1.
        length: exponent of the length of the history, negative.
    """

    weights: tuple[float, ...]
    length: float

    def of(self, signs: np.ndarray, periods: int) -> np.ndarray:
        """Return the width per step from the signs (signs × steps) and the number of periods of history."""
        width: np.ndarray = np.exp(np.array(self.weights) @ np.log(signs)) * (periods / _USUAL_LENGTH) ** self.length
        return width


@dataclass(frozen=True, slots=True)
class RangeFactor:
    """Multiples of the width at the four `LEVELS`, by horizon step *h*: ``at_one + per_log · ln(min(h, longest))``.

    Attributes:
        lines: (at_one, per_log) of P2.5, P10, P90 and P97.5; the first two negative.
        longest: last horizon step that was learned; later steps keep its factor.
    """

    lines: tuple[tuple[float, float], ...]
    longest: int

    def at(self, horizon: int) -> np.ndarray:
        """Return the multiples (4 × horizon) for the steps 1 … horizon, the 95 % range never inside the 80 %."""
        log_step = np.log(np.minimum(np.arange(1, horizon + 1), self.longest))
        low95, low, high, high95 = (start + slope * log_step for start, slope in self.lines)
        low, high = np.minimum(low, 0.0), np.maximum(high, 0.0)
        return np.stack([np.minimum(low95, low), low, high, np.maximum(high95, high)])

    def towards(self, other: RangeFactor, share: float) -> RangeFactor:
        """Return the multiples that lie a share of the way to those of another one."""
        here, there = np.array(self.lines), np.array(other.lines)
        mixed = here + share * (there - here)
        return RangeFactor(tuple((float(start), float(slope)) for start, slope in mixed), self.longest)


WIDTHS: dict[Mode, Width] = {
    Mode.FULL: Width((0.151, 0.36, 0.218, 0.103, 0.167), -0.07),
    Mode.PREVIEW: Width((0.166, 0.442, 0.093, 0.134, 0.166), -0.083),
}
"""Weights of the signs and exponent of the length; learned on months and used for every frequency."""

FACTORS: dict[tuple[Mode, Route, int], RangeFactor] = {
    (Mode.FULL, Route.ENSEMBLE, 12): RangeFactor(((-1.53, -0.17), (-0.86, -0.16), (0.92, 0.15), (1.69, 0.32)), 18),
    (Mode.FULL, Route.ENSEMBLE, 4): RangeFactor(((-1.52, -0.36), (-0.81, -0.35), (0.82, 0.24), (1.51, 0.57)), 8),
    (Mode.FULL, Route.ENSEMBLE, 1): RangeFactor(((-1.97, 0.06), (-1.04, -0.18), (1.27, 0.68), (2.22, 1.51)), 4),
    (Mode.FULL, Route.ENSEMBLE, 52): RangeFactor(((-1.54, -0.14), (-1.04, -0.07), (2.96, -0.16), (8.77, -0.31)), 13),
    (Mode.FULL, Route.SEASONAL_SHORT, 12): RangeFactor(
        ((-1.64, -0.28), (-0.90, -0.17), (0.72, 0.37), (1.34, 1.03)), 18
    ),
    (Mode.FULL, Route.SHORT, 12): RangeFactor(((-1.95, -0.14), (-1.02, -0.10), (0.93, 0.31), (1.83, 0.82)), 12),
    (Mode.FULL, Route.VERY_SHORT, 12): RangeFactor(((-2.20, -0.14), (-1.09, -0.09), (1.15, 0.23), (2.36, 0.64)), 12),
    (Mode.FULL, Route.SHORT, 1): RangeFactor(((-2.36, -0.45), (-1.10, -0.43), (1.91, 2.24), (3.10, 6.10)), 4),
    (Mode.FULL, Route.VERY_SHORT, 1): RangeFactor(((-1.77, -0.52), (-0.80, -0.34), (1.70, 2.10), (2.75, 4.49)), 4),
    (Mode.PREVIEW, Route.ENSEMBLE, 12): RangeFactor(((-1.36, -0.15), (-0.78, -0.13), (0.80, 0.18), (1.49, 0.34)), 18),
    (Mode.PREVIEW, Route.ENSEMBLE, 4): RangeFactor(((-1.29, -0.34), (-0.71, -0.29), (0.71, 0.25), (1.24, 0.61)), 8),
    (Mode.PREVIEW, Route.ENSEMBLE, 1): RangeFactor(((-1.59, -0.01), (-0.81, -0.18), (1.06, 0.74), (1.70, 1.77)), 4),
    (Mode.PREVIEW, Route.ENSEMBLE, 52): RangeFactor(((-1.06, -0.18), (-0.79, -0.08), (2.31, -0.13), (6.66, -0.22)), 13),
}
"""Multiples by mode, rung and season length.

Learned by ``python benchmarks/learn_ranges.py`` on training windows of public series, never on hold-outs: months on M3
at nine origins, quarters on M3 summed, years on Tourism summed, weeks on the store-brand pairs of the orange-juice set
without their last quarter; rungs below the ensemble on series cut short. Daily histories take the monthly multiples.
"""


ORDINARY_WEEKS: dict[Mode, RangeFactor] = {
    Mode.FULL: RangeFactor(((-1.91, 0.0), (-1.20, -0.07), (1.46, 0.04), (2.50, 0.04)), 13),
    Mode.PREVIEW: RangeFactor(((-1.39, -0.11), (-0.96, -0.10), (1.14, 0.07), (1.92, 0.10)), 13),
}
"""Multiples for weeks without promotions, learned by the same program on simulated series: those of `FACTORS` come from
weeks full of promotions, which sell a multiple of the others."""


def signs_of_uncertainty(
    forecast: np.ndarray,
    members: Mapping[str, np.ndarray],
    native: np.ndarray | None,
    y: np.ndarray,
    season_length: int,
) -> np.ndarray:
    """Return five signs of how uncertain an ensemble forecast is, in units (5 × steps), each > 0.

    1. the mean error of the seasonal naive over the history, 2. the half-width of the damped trend's own 80 % interval
    (sign 1 where it has none), 3. the mean distance of the members from their median, 4. the mean change from period to
    period of the seasonally adjusted last two seasons (12 to 26 periods), 5. the forecast itself.

    Args:
        forecast: the ensemble's forecast.
        members: forecasts of the members by name.
        native: half-width of the damped trend.
        y: contiguous history, >= 0, scaled to a mean near 100.
        season_length: periods per season, 1 for none.
    """
    lag = season_length if len(y) > season_length else 1
    naive_error = float(np.abs(y[lag:] - y[:-lag]).mean())
    stacked = np.clip(np.stack(list(members.values())), 0.0, None)
    usable = native is not None and np.isfinite(native).all() and (native > 0).all()
    signs = np.stack(
        [
            np.full(forecast.size, naive_error),
            np.asarray(native) if usable else np.full(forecast.size, naive_error),
            np.abs(stacked - np.median(stacked, axis=0)).mean(axis=0),
            np.full(forecast.size, _recent_change(y, season_length)),
            forecast,
        ]
    )
    return np.maximum(signs, _LEAST)


def _recent_change(y: np.ndarray, season_length: int) -> float:
    logs = np.log1p(latest(y, season_length))
    season = season_length if season_length <= LONGEST_SMOOTHED_SEASON else 1
    adjusted = np.expm1(logs - seasonal_component(logs, season))
    window = int(np.clip(_RECENT_SEASONS * season_length, _SHORTEST_RECENT, _LONGEST_RECENT))
    return float(np.abs(np.diff(adjusted[-window:])).mean())


def short_width(forecast: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the mean change from period to period, in units; at least a tenth of the forecast.

    With one or two known periods, which show little or no change, at least 30 or 15 % of the forecast.
    """
    change = np.abs(np.diff(y)).mean() if len(y) > 1 else 0.0
    return np.maximum(change, _LEAST_RELATIVE_CHANGE / min(len(y), 3) * forecast)


def scaled_range(forecast: np.ndarray, width: np.ndarray, factor: RangeFactor) -> np.ndarray:
    """Return P2.5, P10, P90 and P97.5 (4 × steps), 0 <= P2.5 <= P10 <= forecast <= P90 <= P97.5."""
    return np.clip(forecast + factor.at(forecast.size) * width, 0.0, None)


def factor_for(route: Route, season_length: int, mode: Mode = Mode.FULL, y: np.ndarray | None = None) -> RangeFactor:
    """Return the learned factor of a rung and season length; the nearest learned one where there is none.

    For weeks it depends on the history `y`: between that of ordinary weeks and that of weeks with promotions, by how
    far the highest of its last two years stand out.
    """
    if season_length > LONGEST_SMOOTHED_SEASON and route is Route.ENSEMBLE and y is not None:
        return ORDINARY_WEEKS[mode].towards(FACTORS[mode, route, season_length], _promoted(y, season_length))
    for key in ((mode, route, season_length), (mode, route, 12), (Mode.FULL, route, season_length)):
        if key in FACTORS:
            return FACTORS[key]
    return FACTORS.get((Mode.FULL, route, 12), FACTORS[Mode.FULL, Route.ENSEMBLE, 12])


def _promoted(y: np.ndarray, season_length: int) -> float:
    """Return how much a weekly history looks like one with promotions, 0 … 1.

    By the distance of its 97.5 % quantile from its median over its mean distance from it: 2.5 for a normal spread, of
    nine in ten simulated weeks below 3.2, of nine in ten promoted ones above 4.6.
    """
    recent = y[-2 * season_length :]
    middle = np.median(recent)
    usual = np.abs(recent - middle).mean()
    if usual == 0:
        return 0.0
    beyond = (np.quantile(recent, 0.975) - middle) / usual
    return float(np.clip((beyond - _ORDINARY_BEYOND) / (_PROMOTED_BEYOND - _ORDINARY_BEYOND), 0.0, 1.0))
