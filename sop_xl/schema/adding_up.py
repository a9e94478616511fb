"""Adding a column up over products and time the way the schema declares it: stock is the last, prices are weighted."""

from __future__ import annotations

import math

import numpy as np

from sop_xl.schema.catalogue import Column, Table

_WEIGHTS = ("delivered", "consensus", "units", "quantity", "available_hours", "demand")
"""Columns that weigh prices and percentages, the first of them that a table has."""


def weight_column(shape: Table) -> str:
    """Return the column of a table that weighs its weighted columns; '' where it has none."""
    return next((name for name in _WEIGHTS if name in shape.column_names), "")


def add_up(values: np.ndarray, periods: np.ndarray, column: Column, weights: np.ndarray | None = None) -> float:
    """Return one number for several rows of a column: first over all rows of a period, then over the periods.

    *sum*; *max*; *weighted* (Σ weight × value / Σ weight over all rows); *first* and *last* over time are the numbers
    of the first and the last period among the rows. A column that is never added up has a number for a single row
    only. Rows without a value are left out.

    Args:
        values: the column, one a row; NaN where there is no value.
        periods: the period of each row, in any type that sorts.
        column: the column of the schema.
        weights: weights of the rows, for weighted columns.

    Returns:
        The number; NaN where no row has a value.

    Raises:
        ValueError: several rows of a column that is not added up over them.
    """
    known = np.isfinite(values)
    values, periods = values[known], periods[known]
    if values.size <= 1:
        return float(values[0]) if values.size else math.nan
    if "weighted" in (column.over_products, column.over_time):
        held = np.ones(values.size) if weights is None else np.nan_to_num(weights[known])
        total = held.sum()
        return float((held * values).sum() / total) if total > 0 else math.nan
    order = np.argsort(periods, kind="stable")
    values, periods = values[order], periods[order]
    starts = np.flatnonzero(np.r_[True, periods[1:] != periods[:-1]])
    per_period = _over(values, starts, column.over_products, column.name)
    return float(_over(per_period, np.array([0]), column.over_time, column.name)[0])


def _over(values: np.ndarray, starts: np.ndarray, how: str, name: str) -> np.ndarray:
    """Return one number for each group of neighbouring values."""
    if starts.size == values.size:
        return values
    if how == "sum":
        return np.add.reduceat(values, starts)
    if how == "max":
        return np.maximum.reduceat(values, starts)
    if how == "first":
        return values[starts]
    if how == "last":
        return values[np.r_[starts[1:], values.size] - 1]
    raise ValueError(f"{name} is never added up")
