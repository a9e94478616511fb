"""What the demo's company forecast before it planned with this product, by a stated rule; illustrative.

The figures it is measured on are real. The rule: *naive* is the same month of the year before; *statistical* is that
times the growth of the last twelve months known; sales lifts the respiratory product it is always hopeful about and
the blood-pressure product it has reasons for, and takes a little off pain relief.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import pandas as pd

from sop_xl.gather.demo import rules
from sop_xl.gather.demo.published import FIRST_LAST_MONTH, monthly_by_product
from sop_xl.model.calendar import add_months
from sop_xl.schema import frames

CYCLES, LAGS = 12, 3
"""Cycles before the first of the demo, and months ahead that each of them forecast."""
SALES_MANAGER = "Sales manager"
LIFTS = {"R03": 1.15, "C09": 1.03, "N02": 0.97}
"""What sales made of the statistical forecast, by product."""


@cache
def past_forecasts() -> pd.DataFrame:
    """Return the frozen forecasts of the twelve cycles before the demo's first (table ``forecast_snapshots``)."""
    months = monthly_by_product()
    parts = [_cycle(months, add_months(FIRST_LAST_MONTH, 1 - back)) for back in range(CYCLES, 0, -1)]
    return frames.typed("forecast_snapshots", pd.concat(parts, ignore_index=True))


def _cycle(months: pd.DataFrame, first: date) -> pd.DataFrame:
    """Return what a cycle forecast that began with a month, from what was known the day before."""
    known = months.loc[: pd.Timestamp(add_months(first, -1))]
    growth = known.iloc[-12:].sum(min_count=12) / known.iloc[-24:-12].sum(min_count=12)
    rows = []
    for lag in range(1, LAGS + 1):
        month = add_months(first, lag - 1)
        naive = known.loc[pd.Timestamp(add_months(month, -12))].dropna()
        statistical = (naive * growth.reindex(naive.index)).dropna()
        sales = pd.Series({p: statistical[p] * lift for p, lift in LIFTS.items() if p in statistical})
        for layer, units in (("naive", naive), ("statistical", statistical), ("sales", sales)):
            frame = units.round().rename("units").rename_axis("product").reset_index()
            frame = frame.assign(period=pd.Timestamp(month), lag=lag, layer=layer)
            if layer == "sales":
                frame = frame.assign(function="sales", person=SALES_MANAGER)
            rows.append(frame)
    together = pd.concat(rows, ignore_index=True)
    return together.assign(cycle=f"{first:%Y-%m}", as_of=pd.Timestamp(first), location=rules.CENTRE)
