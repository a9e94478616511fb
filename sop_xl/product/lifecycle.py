"""Phase of life of a product, told from its sales curve: introduction, growth, maturity, decline or sunset."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

Phase = Literal["introduction", "growth", "maturity", "decline", "sunset"]

YEAR = 12
INTRODUCTION_MONTHS = 12
"""Months since the first sale in which a curve tells nothing yet."""
GROWTH, DECLINE = 0.08, -0.08
"""Change a year beyond which a product grows or declines, where chance alone does not make it."""
FADED = 0.1
"""Part of its best year below which a product is at its end."""
SILENT_MONTHS = 6
"""Months without a sale after which it is."""
LONGEST_LIFE = 120.0
"""Months beyond which no end is told."""

_T_90_PERCENT = 1.645


@dataclass(frozen=True, slots=True)
class Curve:
    """What the sales curve of a product says at the end of a month.

    Attributes:
        months: months since the first sale.
        trend: sales of the last twelve months over those of the twelve before, less 1; NaN where less is known.
        certain: whether the change is more than chance (90 %), told from the scatter of its twelve months.
        of_peak: sales of the last twelve months over those of the best twelve.
        silent: months since the last sale.
    """

    months: int
    trend: float
    certain: bool
    of_peak: float
    silent: int

    @property
    def remaining(self) -> float:
        """Months until sales have faded to a tenth of the best year at the present trend; NaN: no end in sight."""
        if self.of_peak <= FADED or self.silent >= SILENT_MONTHS:
            return 0.0
        if not self.certain or not self.trend < 0:
            return math.nan
        if self.trend <= -1:
            return 0.0
        left = YEAR * math.log(FADED / self.of_peak) / math.log(1 + self.trend)
        return left if left <= LONGEST_LIFE else math.nan

    @property
    def phase(self) -> Phase:
        """Phase of life; maturity where nothing else is told apart from chance."""
        if self.silent >= SILENT_MONTHS or (self.of_peak <= FADED and self.months > INTRODUCTION_MONTHS):
            return "sunset"
        if self.months < INTRODUCTION_MONTHS or (math.isnan(self.trend) and self.months < 2 * YEAR):
            return "introduction"
        if not self.certain:
            return "maturity"
        return "growth" if self.trend > GROWTH else "decline" if self.trend < DECLINE else "maturity"


def curve(units: np.ndarray) -> Curve | None:
    """Return what a sales curve says at its end; None where nothing was ever sold.

    Years are compared with the years before them, so that the season drops out. Grain: one product, monthly.

    Args:
        units: units sold by month up to now, NaN or 0 where nothing was sold.
    """
    sold = np.nan_to_num(np.asarray(units, dtype=float), nan=0.0)
    active = np.flatnonzero(sold > 0)
    if not active.size:
        return None
    lived = sold[active[0] :]
    silent = int(sold.size - 1 - active[-1])
    years = np.convolve(lived, np.ones(min(YEAR, lived.size)), "valid")
    trend, certain = _change(lived)
    return Curve(lived.size, trend, certain, float(years[-1] / years.max()), silent)


def _change(lived: np.ndarray) -> tuple[float, bool]:
    """Return the change of the last year on the year before as a share, and whether it is more than chance."""
    if lived.size < 2 * YEAR:
        return math.nan, False
    last, before = lived[-YEAR:], lived[-2 * YEAR : -YEAR]
    if before.sum() == 0:
        return math.nan, False
    change = last - before
    chance = _T_90_PERCENT * math.sqrt(YEAR * change.var(ddof=1))
    return float(last.sum() / before.sum() - 1), bool(abs(change.sum()) > chance)
