"""What the demo's company knows of the past: real sales; stock and production by a stated, seeded rule."""

from __future__ import annotations

from functools import cache
from zlib import crc32

import numpy as np
import pandas as pd

from sop_xl.gather.demo import rules
from sop_xl.gather.demo.published import (
    horizon,
    known,
    last_month,
    last_year,
    monthly_by_family,
    monthly_by_product,
    published,
)
from sop_xl.schema import frames

FIRST_STOCK_MONTH = pd.Timestamp(2006, 1, 1)
ACTUAL_MONTHS = 12
"""Months of actuals that are handed over."""
OPEN_ORDER_PRODUCTS = 10


def history(cycle: int) -> pd.DataFrame:
    """Return the sales history of a cycle: scripts and cost as published, sold from the distribution centre."""
    rows = known(cycle)
    return frames.typed(
        "history",
        pd.DataFrame(
            {
                "product": rows["product"],
                "location": rules.CENTRE,
                "channel": rows["channel"],
                "period": rows["period"],
                "units": rows["scripts"].astype(float),
                "revenue": rows["cost"],
            }
        ),
    )


@cache
def stock_ledger(seed: int) -> pd.DataFrame:
    """Return plan, production and stock per family and month from 2006-01 on, whole units.

    By rule, for each month: committed sales plan = scripts of the same month a year before × growth of the last twelve
    known months; committed production plan = sales plan + half of what stock is below its target (months of supply ×
    average month), never negative; made = plan less 1 % ± 1.5 % (seeded per family and month), and at least what
    sales needed; stock = stock before + made − sales. A later cycle therefore sees the same past.
    """
    sales = monthly_by_family()
    months = sales.index[sales.index >= FIRST_STOCK_MONTH]
    records: list[dict[str, object]] = []
    for family, rule in rules.families().items():
        sold = sales[family]
        stock = np.nan
        for month in months:
            before = sold[sold.index < month]
            average = before.iloc[-12:].mean()
            target = rule.months_of_supply * average
            stock = target if np.isnan(stock) else stock
            growth = average / before.iloc[-24:-12].mean()
            sales_plan = sold[month - pd.DateOffset(months=12)] * growth
            production_plan = max(0.0, sales_plan + 0.5 * (target - stock))
            noise = np.random.default_rng([seed, crc32(f"{family}{month:%Y%m}".encode())]).normal(-0.01, 0.015)
            made = max(production_plan * (1 + noise), sold[month] - stock + 0.25 * average)
            closing = round(stock) + round(made) - round(sold[month])
            records.append(
                {
                    "family": family,
                    "period": month,
                    "sales_units": round(sold[month]),
                    "production_units": round(made),
                    "stock_units": closing,
                    "sales_plan": round(sales_plan),
                    "production_plan": round(production_plan),
                    "stock_plan": round(stock) + round(production_plan) - round(sales_plan),
                }
            )
            stock = float(closing)
    return pd.DataFrame.from_records(records)


def actuals(cycle: int, seed: int) -> pd.DataFrame:
    """Return what was made, sold and left in stock in the last twelve months; sales are published figures."""
    ledger = stock_ledger(seed)
    last = pd.Timestamp(last_month(cycle))
    shown = ledger[(ledger["period"] <= last) & (ledger["period"] > last - pd.DateOffset(months=ACTUAL_MONTHS))]
    revenue = published().groupby(["family", "period"])["cost"].sum().rename("revenue").reset_index()
    frame = shown.merge(revenue, on=["family", "period"], how="left", validate="one_to_one")
    margins = {family: rule.margin for family, rule in rules.families().items()}
    frame["gross_margin"] = (frame["revenue"] * frame["family"].map(margins)).round(2)
    frame["revenue"] = frame["revenue"].round(2)
    return frames.typed("actuals", frame)


def split(total: int, weights: pd.Series) -> pd.Series:
    """Return whole units per product that add up to a total, by largest remainder."""
    exact = weights / weights.sum() * total
    units = exact.astype(int)
    short = total - int(units.sum())
    units[(exact - units).sort_values(ascending=False, kind="stable").index[:short]] += 1
    return units


def inventory(cycle: int, seed: int) -> pd.DataFrame:
    """Return opening stock per product: the ledger's closing stock by family, split by recent sales.

    Sterile families keep a tenth of it at the plant (awaiting release), everything else lies at the centre. The
    split is uneven by a seeded ±15 %, so that some products start short and some long.
    """
    ledger = stock_ledger(seed)
    closing = ledger[ledger["period"] == pd.Timestamp(last_month(cycle))].set_index("family")["stock_units"]
    recent = last_year(cycle)
    records: list[dict[str, object]] = []
    for family, products in recent.groupby("family"):
        skew = [np.random.default_rng([seed, crc32(str(p).encode())]).uniform(0.85, 1.15) for p in products.index]
        for product, units in split(int(closing[family]), products["scripts"] * skew).items():
            waiting = round(units * rules.WAITING_PART) if family in rules.STERILE else 0
            records.append({"product": product, "location": rules.CENTRE, "on_hand": units - waiting})
            if waiting:
                plant = rules.lines()[rules.families()[str(family)].line].site
                records.append({"product": product, "location": plant, "on_hand": waiting})
    return frames.rows("inventory", records)


def scheduled_receipts(cycle: int) -> pd.DataFrame:
    """Return what the partner plant has already sent: it arrives in the first month."""
    first = horizon(cycle)[0]
    return frames.rows(
        "scheduled_receipts",
        [
            {"product": row["product"], "location": rules.CENTRE, "period": first, "quantity": row["on_order"]}
            for row in rules.illustrative()["outsourced"]
        ],
    )


def open_orders(cycle: int) -> pd.DataFrame:
    """Return orders already promised of the ten largest products: a fifth of an average month, then a twentieth."""
    months = monthly_by_product().loc[: pd.Timestamp(last_month(cycle))].iloc[-12:].mean()
    largest = months.sort_values(ascending=False, kind="stable").index[:OPEN_ORDER_PRODUCTS]
    return frames.rows(
        "open_orders",
        [
            {
                "product": product,
                "location": rules.CENTRE,
                "channel": "General",
                "period": period,
                "quantity": round(months[product] * share, -2),
            }
            for period, share in zip(horizon(cycle), (0.04, 0.01), strict=False)
            for product in sorted(largest)
        ],
    )
