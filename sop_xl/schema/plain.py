"""Typed values as plain ones, for JSON: dates as ISO days, what is not defined as None."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd


def plain(value: Any) -> Any:
    """Return a value that JSON knows; NaN, infinity and NaT become None."""
    if value is None or value is pd.NaT:
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, (bool, str)):
        return value
    number = value.item() if hasattr(value, "item") else value
    return None if isinstance(number, float) and not math.isfinite(number) else number


def records(frame: pd.DataFrame, most: int | None = None) -> list[dict[str, Any]]:
    """Return the rows of a table, or the first of them, as mappings of plain values."""
    shown = frame if most is None else frame.head(most)
    return [{str(name): plain(value) for name, value in row.items()} for row in shown.to_dict("records")]
