"""Numbers of different functions that cannot both be right, found after their books have been put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import Tables

_CLOSE = 0.005


def cross_checks(tables: Tables) -> tuple[Issue, ...]:
    """Return a warning for every pair of statements of two functions that contradict each other.

    - marketing's old price of a price change against finance's price before that day (the new price is checked where
      demand is priced);
    - sales' overrides and marketing's campaigns after a product's end of life, as product management states it;
    - launches of product management whose day differs from the product's, or that have no prices and costs;
    - campaigns that promote a product before its launch.

    Args:
        tables: typed input tables of all books together.
    """
    return (
        *_prices(tables),
        *_after_the_end(tables),
        *_launches(tables),
        *_before_the_launch(tables),
    )


def _prices(tables: Tables) -> Iterator[Issue]:
    listed = tables["price_cost"].sort_values("period", na_position="first", kind="stable")
    by_product: Mapping[str, pd.DataFrame] = {str(code): rows for code, rows in listed.groupby("product")}
    for change in tables["price_changes"].itertuples(index=False):
        rows = by_product.get(str(change.product))
        if rows is None:
            continue
        before = rows[rows["period"].isna() | (rows["period"] < change.effective)]
        if before.empty:
            continue
        price = float(before["price"].iloc[-1])
        if abs(price - change.old_price) > _CLOSE * max(price, change.old_price):
            yield _warning(
                f"Marketing changes the price of {change.product} from {change.old_price:g} on "
                f"{change.effective.date()}, but the price list of finance has {price:g} before that day.",
                "Marketing and finance agree on the present price: the effect on demand is reckoned from it.",
                "PriceChanges",
                "price_changes",
            )


def _after_the_end(tables: Tables) -> Iterator[Issue]:
    ends = tables["products"].set_index("product")["end_of_life"].dropna()
    sales = tables["sales_forecast"]
    late = sales[(sales["sales_override"] > 0) & (sales["period"] > sales["product"].map(ends))]
    for product, rows in late.groupby("product"):
        yield _warning(
            f"Sales forecasts {rows['sales_override'].sum():,.0f} units of {product} after its end of life on "
            f"{ends[product].date()}: they are not planned.",
            "Sales and product management agree on the last day of sale.",
            "Forecast",
            "sales_forecast",
        )
    for row in tables["campaigns"].itertuples(index=False):
        if row.product in ends.index and row.start > ends[row.product] and row.status != "cancelled":
            yield _warning(
                f"Campaign {row.campaign} promotes {row.product} from {row.start.date()}, after its end of life on "
                f"{ends[row.product].date()}.",
                "Cancel the campaign, or move the end of life.",
                "Campaigns",
                "campaigns",
            )


def _launches(tables: Tables) -> Iterator[Issue]:
    days = tables["products"].set_index("product")["launch"].dropna()
    priced = set(tables["price_cost"]["product"])
    for row in tables["launches"].itertuples(index=False):
        if row.gate == "stopped":
            continue
        if row.product in days.index and days[row.product] != row.launch:
            yield _warning(
                f"{row.product} is launched on {row.launch.date()} in the sheet Launches and on "
                f"{days[row.product].date()} in the sheet Lifecycle.",
                "Write the same day in both.",
                "Launches",
                "launches",
            )
        if row.product not in priced:
            yield _warning(
                f"{row.product} is launched on {row.launch.date()}, but finance has no prices and costs for it.",
                "Add a row for it to the sheet PriceCost of the finance book.",
                "PriceCost",
                "price_cost",
            )


def _before_the_launch(tables: Tables) -> Iterator[Issue]:
    launches = tables["launches"]
    days = launches[launches["gate"] != "stopped"].set_index("product")["launch"]
    for row in tables["campaigns"].itertuples(index=False):
        if row.product in days.index and row.end < days[row.product] and row.status != "cancelled":
            yield _warning(
                f"Campaign {row.campaign} for {row.product} ends on {row.end.date()}, before the launch on "
                f"{days[row.product].date()}.",
                "Move the campaign, or the launch.",
                "Campaigns",
                "campaigns",
            )


def _warning(message: str, hint: str, sheet: str, table: str) -> Issue:
    return Issue(Severity.WARNING, message, hint, sheet=sheet, table=table)
