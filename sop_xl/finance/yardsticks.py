"""What a plan is measured against: the budget, and the same buckets of the year before."""

from __future__ import annotations

from datetime import date

import pandas as pd

from sop_xl.model.calendar import BucketKind, add_months
from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.scope import family_of

_MONTHLY_SPACING = 8


def prior_year(inputs: PlanningInputs) -> pd.DataFrame:
    """Return units and revenue of the same bucket a year before, per family.

    Grain: ``family, period, units, revenue``, where ``period`` is the *planned* bucket. Only buckets whose window of
    the year before is wholly inside the history are returned; weekly buckets need a weekly history. Revenue is NaN
    where the history states units only.
    """
    history = inputs["history"]
    columns = ["family", "period", "units", "revenue"]
    if history.empty:
        return pd.DataFrame(columns=columns)
    days = pd.DatetimeIndex(sorted(history["period"].unique()))
    weekly = len(days) > 1 and pd.Series(days).diff().dt.days.median() < _MONTHLY_SPACING
    rows = history.assign(family=history["product"].map(family_of(inputs)))
    first, last = days[0].date(), days[-1].date()
    covered_to = date.fromordinal(last.toordinal() + 7) if weekly else add_months(last, 1)
    parts = []
    for bucket in inputs.calendar.buckets:
        start, end = add_months(bucket.start, -12), add_months(bucket.end, -12)
        if start < first or end > covered_to or (bucket.kind is BucketKind.WEEK and not weekly):
            continue
        inside = rows[(rows["period"] >= pd.Timestamp(start)) & (rows["period"] < pd.Timestamp(end))]
        sums = inside.groupby("family").agg(
            units=("units", "sum"), revenue=("revenue", lambda values: values.sum(min_count=len(values)))
        )
        parts.append(sums.reset_index().assign(period=pd.Timestamp(bucket.start)))
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def budgeted(inputs: PlanningInputs) -> pd.DataFrame:
    """Return the budget of the buckets of the horizon: ``family, period, quantity, revenue, margin, stock_value``."""
    budget = inputs["budget"]
    inside = budget["period"].isin(pd.DatetimeIndex(inputs.calendar.starts))
    return budget[inside].reset_index(drop=True)
