"""P10 and P90 around a forecast: averaged half-widths, scaled by factors learned on other series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sop_xl.demand.ladder import Route

_LEAST_RELATIVE_CHANGE = 0.3


@dataclass(frozen=True, slots=True)
class WidthFactor:
    """Multiples of the half-width at which one actual in ten lies below and above, by horizon step *h*.

    ``factor(h) = at_one + per_log * ln(min(h, longest))``.

    Attributes:
        low: (at_one, per_log) of the P10, negative.
        high: (at_one, per_log) of the P90, positive.
        longest: last horizon step that was learned; later steps keep its factor.
    """

    low: tuple[float, float]
    high: tuple[float, float]
    longest: int

    def at(self, horizon: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the low and high multiples for the steps 1 … horizon."""
        log_step = np.log(np.minimum(np.arange(1, horizon + 1), self.longest))
        low = np.minimum(self.low[0] + self.low[1] * log_step, 0.0)
        high = np.maximum(self.high[0] + self.high[1] * log_step, 0.0)
        return low, high


FACTORS: dict[tuple[Route, int], WidthFactor] = {
    (Route.ENSEMBLE, 12): WidthFactor((-1.09, -0.02), (0.83, 0.21), 18),
    (Route.ENSEMBLE, 4): WidthFactor((-1.16, -0.39), (1.26, 0.32), 8),
    (Route.ENSEMBLE, 1): WidthFactor((-1.95, -0.80), (1.42, 0.04), 4),
    (Route.ENSEMBLE, 52): WidthFactor((-0.51, -0.06), (1.87, -0.35), 13),
    (Route.SEASONAL_SHORT, 12): WidthFactor((-0.98, -0.06), (0.81, 0.41), 18),
    (Route.SHORT, 12): WidthFactor((-1.22, 0.04), (0.80, 0.33), 12),
    (Route.VERY_SHORT, 12): WidthFactor((-1.36, 0.04), (0.89, 0.37), 12),
    (Route.SHORT, 1): WidthFactor((-1.42, -0.45), (1.97, 1.32), 4),
    (Route.VERY_SHORT, 1): WidthFactor((-0.80, -0.46), (1.32, 1.43), 4),
}
"""Factors by rung and season length.

Learned by ``python benchmarks/forecasting.py --learn-ranges`` as the tenth and ninetieth percentile of
(actual − forecast) / half-width at each step, with a line in ln(step) through them. Series: training parts of
the M3 monthly (1,428) and Tourism monthly (366) sets, as months and summed to quarters and years, cut short for
the rungs below the ensemble; 55 store-brand pairs of the weekly orange-juice set without their last quarter.
Each training part was cut again by the horizon; the sets' hold-outs were not used. Daily histories take the
monthly factors.
"""


def ensemble_half_width(
    forecast: np.ndarray, native: Sequence[np.ndarray], y: np.ndarray, season_length: int
) -> np.ndarray:
    """Return the geometric mean of the members' 80 % half-widths and the seasonal-naive error, in units."""
    lag = season_length if len(y) > season_length else 1
    widths = [np.full(forecast.size, np.abs(y[lag:] - y[:-lag]).mean())]
    widths += [width for width in native if np.isfinite(width).all()]
    positive = [width for width in widths if (width > 0).all()]
    if not positive:
        return np.zeros(forecast.size)
    return np.exp(np.mean(np.log(np.stack(positive)), axis=0))


def short_half_width(forecast: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the mean change from period to period, in units; at least a tenth of the forecast.

    With one or two known periods, which show little or no change, at least 30 or 15 % of the forecast.
    """
    change = np.abs(np.diff(y)).mean() if len(y) > 1 else 0.0
    return np.maximum(change, _LEAST_RELATIVE_CHANGE / min(len(y), 3) * forecast)


def scaled_range(forecast: np.ndarray, half_width: np.ndarray, factor: WidthFactor) -> tuple[np.ndarray, np.ndarray]:
    """Return P10 and P90 with 0 <= P10 <= forecast <= P90."""
    low, high = factor.at(forecast.size)
    return np.clip(forecast + low * half_width, 0.0, None), forecast + high * half_width


def factor_for(route: Route, season_length: int) -> WidthFactor:
    """Return the learned factor of a rung and season length; the nearest learned one where there is none."""
    if (route, season_length) in FACTORS:
        return FACTORS[route, season_length]
    return FACTORS.get((route, 12), FACTORS[Route.ENSEMBLE, 12])
