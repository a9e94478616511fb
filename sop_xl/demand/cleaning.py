"""Demand behind a sales history: stock-outs, absurd single values and gaps corrected, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from sop_xl.demand.calendar_completion import filled
from sop_xl.demand.outliers import without_outliers


class Reason(StrEnum):
    """Why a quantity was corrected."""

    KEPT = ""
    MISSING = "missing"
    STOCK_OUT = "stock-out"
    OUTLIER = "outlier"
    RETURNS = "returns above sales"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A corrected history.

    Attributes:
        y: quantity per period, >= 0.
        reasons: why each differs from what was recorded; KEPT where it does not.
    """

    y: np.ndarray
    reasons: tuple[Reason, ...]


def cleaned(recorded: np.ndarray, out_of_stock: np.ndarray, season_length: int) -> Cleaned:
    """Return the demand that a recorded history stands for.

    Quantities below zero, returns above sales, count as zero. Then:

    1. Periods that are unknown or were out of stock are set aside and filled from their neighbours and season
       (see :func:`sop_xl.demand.calendar_completion.filled`).
    2. Isolated absurd values of the filled history are set aside as well
       (see :func:`sop_xl.demand.outliers.without_outliers`) and all is filled again from what is left.
    3. What was sold in a stock-out is the least that was asked: the larger of it and the filled quantity counts.

    Args:
        recorded: quantity per period; NaN where unknown. At least one known period was in stock.
        out_of_stock: True where stock had run out.
        season_length: periods per season, 1 for none.

    Raises:
        ValueError: nothing is known outside the stock-outs.
    """
    returned = recorded < 0
    recorded = np.where(returned, 0.0, recorded)
    known = np.isfinite(recorded) & ~out_of_stock
    if not known.any():
        raise ValueError("every period is unknown or out of stock")
    first = filled(recorded, known, season_length)
    _, far = without_outliers(first, season_length)
    outlier = np.zeros(recorded.size, dtype=bool)
    outlier[far] = True
    outlier &= known
    trusted = known & ~outlier
    y = filled(recorded, trusted, season_length) if outlier.any() and trusted.any() else first
    sold_out = out_of_stock & np.isfinite(recorded)
    y = np.where(sold_out, np.fmax(recorded, y), y)
    reasons = [Reason.KEPT] * recorded.size
    for why, where in (
        (Reason.RETURNS, returned),
        (Reason.MISSING, ~np.isfinite(recorded)),
        (Reason.STOCK_OUT, sold_out & (y > recorded)),
        (Reason.OUTLIER, outlier),
    ):
        for at in np.flatnonzero(where):
            reasons[int(at)] = why
    return Cleaned(y, tuple(reasons))
