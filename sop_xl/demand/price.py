"""Prices at which demand is valued: those of the demand table, else of the finance book."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sop_xl.demand.buckets import bucket_starts
from sop_xl.model.calendar import Calendar
from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import Tables

_CLOSE = 0.005


def demand_prices(demand: pd.DataFrame, tables: Tables, calendar: Calendar) -> tuple[pd.Series, list[Issue]]:
    """Return the price of every row of demand, and a warning for products without one (their price is NaN).

    A price in the table ``demand`` holds for its row. Otherwise a dated row of ``price_cost`` holds until the next
    one, the first also before its date.

    Args:
        demand: rows with ``product, location, channel, period``.
        tables: typed input tables.
        calendar: buckets of the plan.
    """
    listed = list_prices(tables["price_cost"], calendar)
    price = demand[["product", "period"]].merge(listed, on=["product", "period"], how="left")["price"]
    key = ["product", "location", "channel", "period"]
    own = demand[key].merge(tables["demand"][[*key, "price"]], on=key, how="left", validate="many_to_one")["price"]
    price = own.fillna(price).set_axis(demand.index)
    missing = sorted(set(demand["product"][price.isna()]))
    if not missing:
        return price, []
    more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
    message = f"No price for {', '.join(missing[:8])}{more}: their demand has no revenue."
    hint = "Give prices in the sheet PriceCost of the finance book."
    return price, [Issue(Severity.WARNING, message, hint, table="price_cost")]


def list_prices(price_cost: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    """Return the list price of every product in every bucket: ``product, period, price``, money per unit.

    Args:
        price_cost: table ``price_cost`` of the schema.
        calendar: buckets of the plan.
    """
    starts = bucket_starts(calendar)
    parts = []
    for product, rows in price_cost.sort_values("period", na_position="first", kind="stable").groupby("product"):
        valid_from = rows["period"].to_numpy("datetime64[ns]")
        valid_from = np.where(np.isnat(valid_from), np.datetime64("1678-01-01", "ns"), valid_from)
        position = np.clip(np.searchsorted(valid_from, starts, side="right") - 1, 0, None)
        parts.append(pd.DataFrame({"product": product, "period": starts, "price": rows["price"].to_numpy()[position]}))
    if not parts:
        return pd.DataFrame({"product": [], "period": starts[:0], "price": []}).astype(
            {"product": object, "price": float}
        )
    return pd.concat(parts, ignore_index=True)


def unlisted_price_changes(tables: Tables, calendar: Calendar) -> list[Issue]:
    """Return a warning for every price change of marketing that the price list of finance does not follow.

    Args:
        tables: typed input tables.
        calendar: buckets of the plan.
    """
    listed = list_prices(tables["price_cost"], calendar)
    issues = []
    for row in tables["price_changes"].to_dict("records"):
        effective = row["effective"]
        later = listed[(listed["product"] == row["product"]) & (listed["period"] >= effective)]
        if effective.date() < calendar.start or later.empty:
            continue
        price = float(later["price"].iloc[0])
        if abs(price - row["new_price"]) > _CLOSE * row["new_price"]:
            message = (
                f"Marketing plans {row['new_price']:g} for {row['product']} from {effective.date()}, "
                f"the price list of finance says {price:g}; revenue is reckoned with the list."
            )
            hint = "Give finance's PriceCost a row with the new price from that bucket on."
            issues.append(Issue(Severity.WARNING, message, hint, table="price_changes"))
    return issues
