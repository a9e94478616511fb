"""Stock against the life that is left: cover, excess and obsolete stock, and the last buy."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

EXCESS_MONTHS = 12
"""Demand of so many months counts as needed; stock beyond it is excess."""
_FAR = 600
"""Months ahead that are looked at, at most."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """Stock of a product against its demand to come.

    Attributes:
        cover: months until demand has consumed the stock; infinite where it never does, NaN without stock.
        excess: units beyond twelve months of demand that the remaining life still consumes.
        obsolete: units the remaining life does not consume.
    """

    cover: float
    excess: float
    obsolete: float


def months_ahead(demand: np.ndarray, remaining: float, trend: float) -> np.ndarray:
    """Return demand by month to the end of life: what is planned, then the last year of it going on at the trend.

    Args:
        demand: planned demand by month, units.
        remaining: months of life left; NaN: no end in sight. A part of a month counts by its part.
        trend: change a year with which demand goes on beyond the plan, where it falls; NaN or a rise: level.
    """
    planned = np.asarray(demand, dtype=float)
    if not planned.size:
        return planned
    end = _FAR if math.isnan(remaining) else min(remaining, _FAR)
    whole = math.ceil(end)
    if whole > planned.size:
        fall = 1.0 if math.isnan(trend) or trend >= 0 else max(1 + trend, 0.0) ** (1 / 12)
        level = planned[-12:].mean()
        beyond = level * fall ** np.arange(1, whole - planned.size + 1)
        planned = np.concatenate([planned, beyond])
    life = planned[:whole].copy()
    if life.size and whole > end:
        life[-1] *= 1 - (whole - end)
    return life


def exposure(stock: float, demand: np.ndarray, remaining: float, trend: float) -> Exposure:
    """Return cover, excess and obsolete stock of a product.

    Cover runs on beyond the end of life, so that it can be compared with the life that is left.

    Args:
        stock: units on hand.
        demand: planned demand by month, units; none where no demand is planned yet: then nothing is known.
        remaining: months of life left, see :func:`months_ahead`.
        trend: change a year beyond the plan, see :func:`months_ahead`.
    """
    if not stock > 0:
        return Exposure(math.nan, 0.0, 0.0)
    if not len(demand):
        return Exposure(math.nan, math.nan, math.nan)
    life = months_ahead(demand, remaining, trend)
    obsolete = max(0.0, stock - life.sum())
    excess = max(0.0, stock - life[:EXCESS_MONTHS].sum() - obsolete)
    return Exposure(_months_of(stock, months_ahead(demand, math.nan, trend)), excess, obsolete)


def _months_of(stock: float, ahead: np.ndarray) -> float:
    total = np.concatenate([[0.0], np.cumsum(ahead)])
    if stock > total[-1]:
        return math.inf
    month = int(np.searchsorted(total, stock))
    return month - 1 + float((stock - total[month - 1]) / (total[month] - total[month - 1]))


def last_buy(stock: float, on_its_way: float, ahead: np.ndarray) -> float:
    """Return the last buy: demand to the end of life less stock and what is on its way, whole units, never negative."""
    return float(max(0, math.ceil(ahead.sum() - stock - on_its_way - 1e-6)))
