"""Months of supply: how long the closing stock lasts against the plan of the months that follow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_REFERENCE_MONTHS = 12.0


def months_of_supply(stock: Sequence[float], sales: Sequence[float], months: Sequence[float]) -> list[float]:
    """Return the months each closing stock lasts when it is consumed by the sales of the buckets that follow.

    A bucket consumed in part counts for that part of its months. Past the last bucket sales go on at the mean monthly
    rate of the last 12 months given. NaN where nothing is sold any more (cover is not defined), and where the stock is
    not known.

    Args:
        stock: closing stock per bucket, in units.
        sales: sales planned per bucket, in units.
        months: length of each bucket in months.
    """
    sold, length = np.asarray(sales, dtype=float), np.asarray(months, dtype=float)
    rate = _tail_rate(sold, length)
    return [_cover(float(level), sold[at + 1 :], length[at + 1 :], rate) for at, level in enumerate(stock)]


def months_of_stock(stock: float, sales: Sequence[float], months: Sequence[float]) -> float:
    """Return the months a stock on hand lasts when it is consumed by the sales planned ahead, first bucket first.

    Otherwise as :func:`months_of_supply`.

    Args:
        stock: stock on hand before the first bucket, in units.
        sales: sales planned per bucket, in units.
        months: length of each bucket in months.
    """
    sold, length = np.asarray(sales, dtype=float), np.asarray(months, dtype=float)
    return _cover(float(stock), sold, length, _tail_rate(sold, length))


def _tail_rate(sold: np.ndarray, length: np.ndarray) -> float:
    span, units = 0.0, 0.0
    for quantity, months in zip(sold[::-1], length[::-1], strict=True):
        span, units = span + months, units + quantity
        if span >= _REFERENCE_MONTHS:
            break
    return units / span if span > 0 else 0.0


def _cover(left: float, sold: np.ndarray, length: np.ndarray, rate: float) -> float:
    if np.isnan(left):
        return float("nan")
    cover = 0.0
    if left <= 0:
        return 0.0
    for quantity, months in zip(sold, length, strict=True):
        if quantity >= left:
            return cover + months * left / quantity
        left, cover = left - quantity, cover + months
    return cover + left / rate if rate > 0 else float("nan")
