"""Illustrative market events of the demo: campaigns, price changes, pipeline, accounts, launch and assumptions.

Every event has its calendar date; a cycle sees those that start within its horizon, so events pass as cycles go by.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from sop_xl.gather.demo import rules
from sop_xl.gather.demo.operations import price_by_product, product_prices
from sop_xl.gather.demo.published import horizon
from sop_xl.model.calendar import add_months
from sop_xl.schema import frames

Record = dict[str, object]
SIGNED_BEFORE = 2
"""Months between the signature of an opportunity and its first delivery."""
LATE_LAUNCH = 2
"""Months ahead to which the launch slips where its planned date is past."""


def _ahead(day: date, cycle: int) -> bool:
    months = horizon(cycle)
    return months[0] <= day < add_months(months[-1], 1)


def campaigns(cycle: int) -> pd.DataFrame:
    """Return the campaigns that start within the horizon."""
    listed = rules.illustrative()["campaigns"]
    return frames.rows("campaigns", [row for row in listed if _ahead(row["start"], cycle)])


def price_changes(cycle: int) -> pd.DataFrame:
    """Return the price changes within the horizon, from today's price."""
    prices = price_by_product(cycle)
    records: list[Record] = []
    for row in rules.illustrative()["price_changes"]:
        if _ahead(row["effective"], cycle):
            old = prices[row["product"]]
            kept = {k: v for k, v in row.items() if k != "change"}
            records.append({**kept, "old_price": old, "new_price": round(old * (1 + row["change"]), 2)})
    return frames.rows("price_changes", records)


def elasticities() -> pd.DataFrame:
    """Return how demand reacts to our price and to a competitor's."""
    return frames.rows("elasticities", rules.illustrative()["elasticities"])


def product_signs() -> pd.DataFrame:
    """Return what product management hears of products: claims, sentiment, a competitor's launch."""
    return frames.rows("rationalisation", rules.illustrative()["product_signs"])


def signals() -> pd.DataFrame:
    """Return what patients pay for a script, illustrative: known a month before it holds from January on."""
    source = "Illustrative: modelled on PBS patient contributions, amounts not checked against the published ones"
    return frames.rows(
        "signals",
        [
            {
                "signal": "co-payment",
                "kind": "price",
                "channel": channel,
                "period": date(int(year), 1, 1),
                "value": value,
                "available_from": date(int(year) - 1, 12, 1),
                "known_ahead": True,
                "source": source,
            }
            for channel, by_year in rules.illustrative()["co_payment"].items()
            for year, value in by_year.items()
        ],
    )


def pipeline(cycle: int) -> pd.DataFrame:
    """Return the opportunities whose deliveries start within the horizon, valued at today's price."""
    by_family = product_prices(cycle).groupby("family")["price"].median()
    price_of = {**dict(by_family), **price_by_product(cycle)}
    return frames.rows(
        "pipeline",
        [
            {
                **row,
                "value": round(row["quantity"] * row["duration"] * price_of[row["product"]], -3),
                "close_date": add_months(row["start_period"], -SIGNED_BEFORE),
            }
            for row in rules.illustrative()["pipeline"]["opportunities"]
            if _ahead(row["start_period"], cycle)
        ],
    )


def account_changes(cycle: int) -> pd.DataFrame:
    """Return customers won, lost or repriced within the horizon."""
    listed = rules.illustrative()["accounts"]["changes"]
    return frames.rows("account_changes", [row for row in listed if _ahead(row["period"], cycle)])


def launch_day(cycle: int) -> date:
    """Return the launch date of the new product: 2008-05, or later where that month is already past."""
    planned: date = rules.illustrative()["launch"]["launch"]
    return planned if _ahead(planned, cycle) else horizon(cycle)[LATE_LAUNCH]


def launches(cycle: int) -> pd.DataFrame:
    """Return the launch of the new product: its ramp against the analogue, and what it takes from it."""
    return frames.rows("launches", [{**rules.illustrative()["launch"], "launch": launch_day(cycle)}])


def assumptions() -> pd.DataFrame:
    """Return the assumptions behind the events, each with the day it is tested."""
    return frames.rows("assumptions", rules.illustrative()["assumptions"]["rows"])
