"""The real part of the demo: the published monthly figures, and which of them a cycle of the demo already knows."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import as_file, files

import pandas as pd

from sop_xl.model.calendar import add_months

FIRST_LAST_MONTH = date(2007, 12, 1)
"""Last month of history in the first cycle."""
LAST_CYCLE = 7
"""The cycle that knows everything published; later ones repeat it."""
BASE_YEAR = 2007
"""Year that the illustrative rules (capacity, budget) are sized by, in every cycle."""
HORIZON_MONTHS = 18


@cache
def published() -> pd.DataFrame:
    """Return the extract: family, product, description, channel, period, scripts (units) and cost (AUD).

    One row per product, channel and month from 1999-07 to 2008-06, as published. Treat it as read-only.
    """
    with as_file(files("sop_xl.gather.demo").joinpath("pbs_extract.parquet")) as path:
        frame = pd.read_parquet(path)
    texts = {name: frame[name].astype(str) for name in ("family", "product", "description", "channel")}
    return frame.assign(**texts, period=frame["period"].astype("datetime64[ns]"))


def last_month(cycle: int) -> date:
    """Return the first day of the last month a cycle knows: 2007-12 in cycle 1, up to 2008-06 in cycle 7 and later.

    Raises:
        ValueError: where the cycle is below 1.
    """
    if cycle < 1:
        raise ValueError("the first cycle of the demo is 1")
    return add_months(FIRST_LAST_MONTH, min(cycle, LAST_CYCLE) - 1)


def horizon(cycle: int) -> tuple[date, ...]:
    """Return the first days of the 18 months that follow the last known month."""
    return tuple(add_months(last_month(cycle), ahead) for ahead in range(1, HORIZON_MONTHS + 1))


def known(cycle: int) -> pd.DataFrame:
    """Return the published rows a cycle knows."""
    frame = published()
    return frame[frame["period"] <= pd.Timestamp(last_month(cycle))]


def last_year(cycle: int) -> pd.DataFrame:
    """Return the scripts, cost and price of each product in the last twelve known months, with its family.

    Index product; ``price`` = cost / scripts, in AUD.
    """
    rows = known(cycle)
    recent = rows[rows["period"] > pd.Timestamp(last_month(cycle)) - pd.DateOffset(months=12)]
    total = recent.groupby("product").agg(family=("family", "first"), scripts=("scripts", "sum"), cost=("cost", "sum"))
    return total.assign(price=(total["cost"] / total["scripts"]).round(2))


@cache
def monthly_by_family() -> pd.DataFrame:
    """Return published scripts, one row a month and one column a family. Treat it as read-only."""
    return published().pivot_table(index="period", columns="family", values="scripts", aggfunc="sum")


@cache
def monthly_by_product() -> pd.DataFrame:
    """Return published scripts, one row a month and one column a product (NaN before its first month)."""
    return published().pivot_table(index="period", columns="product", values="scripts", aggfunc="sum")


def base_year_by_family() -> pd.Series:
    """Return the scripts of an average month of the base year per family."""
    months = monthly_by_family()
    return months[pd.DatetimeIndex(months.index).year == BASE_YEAR].mean()


def growth_by_family(until: pd.Timestamp) -> pd.Series:
    """Return scripts of the twelve months up to a month over those of the twelve before, less 1, per family."""
    months = monthly_by_family().loc[:until]
    return months.iloc[-12:].sum() / months.iloc[-24:-12].sum() - 1
