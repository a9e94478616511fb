"""Rows stated per month or quarter put on the buckets of the plan, as the schema says that each measure adds up."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pandas as pd

from sop_xl.model.calendar import BucketKind, Calendar, add_months
from sop_xl.schema import frames
from sop_xl.schema.catalogue import tables


def needs_rebucket(name: str, frame: pd.DataFrame, calendar: Calendar) -> bool:
    """True where the rows of a table are not the buckets of the plan, but can be put on them.

    Only the budget is stated by a function in its own rhythm; every other table is filled per bucket.
    """
    if name != "budget" or frame.empty:
        return False
    days = {day.date() for day in frame["period"]}
    within = {start for start in calendar.starts if min(days) <= start <= max(days)}
    return not (days <= set(calendar.starts) and (within <= days or _only_months(calendar)))


def _only_months(calendar: Calendar) -> bool:
    return {bucket.kind for bucket in calendar.buckets} == {BucketKind.MONTH}


def rebucket(name: str, frame: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    """Return a table with one row a key and bucket.

    A row reaches over a week, month, quarter or year, told by the smallest distance between its days. Sums are spread
    over buckets by days and added up within them; closing values are those of the last row that reaches into the
    bucket. A bucket that no row reaches has none.

    Args:
        name: schema name of the table.
        frame: typed table with a column ``period``.
        calendar: buckets of the plan.
    """
    shape = tables()[name]
    keys = [key for key in shape.keys if key != "period"]
    ends = _ends(sorted({day.date() for day in frame["period"]}))
    records: list[dict[str, object]] = []
    for key, part in frame.sort_values("period").groupby(keys, sort=False):
        rows = [(row, row["period"].date(), ends[row["period"].date()]) for row in part.to_dict("records")]
        for bucket in calendar.buckets:
            inside = [
                (row, (min(end, bucket.end) - max(start, bucket.start)).days / (end - start).days)
                for row, start, end in rows
                if start < bucket.end and end > bucket.start
            ]
            if inside:
                figures = {m.name: _value(m.name, m.over_time, inside) for m in shape.measures}
                records.append({**dict(zip(keys, key, strict=True)), "period": pd.Timestamp(bucket.start), **figures})
    return frames.rows(name, records)


def _value(name: str, over_time: str, inside: list[tuple[dict[str, float], float]]) -> float:
    if over_time != "sum":
        return inside[-1][0][name]
    parts = [row[name] * share for row, share in inside if pd.notna(row[name])]
    return sum(parts) if parts else float("nan")


def _ends(days: list[date]) -> dict[date, date]:
    """Return where the row of each day ends: all rows are as long as the smallest distance between two of them says."""
    least = min(((after - day).days for day, after in pairwise(days)), default=31)
    if least <= 7:
        return {day: day + timedelta(days=least) for day in days}
    months = 1 if least <= 31 else 3 if least <= 92 else 12
    return {day: add_months(day, months) for day in days}
