"""Illustrative money of the demo: prices are published (cost per script), cost shares and budget are stated rules."""

from __future__ import annotations

import pandas as pd

from sop_xl.gather.demo import rules
from sop_xl.gather.demo.operations import active_quantity, packaging_cost, product_prices
from sop_xl.gather.demo.published import (
    BASE_YEAR,
    growth_by_family,
    horizon,
    last_year,
    monthly_by_family,
)
from sop_xl.schema import frames

SEASON_YEARS = 3
BUDGET_STOCK_MONTHS = 0.8
CASH_DAYS = {"dso": 42.0, "dpo": 45.0, "dio": 30.0}
FX_RATES = {"EUR": 1.65, "USD": 1.15}


def price_cost(cycle: int) -> pd.DataFrame:
    """Return price and costs per product: price is cost per script of the last twelve months, costs are shares of it.

    Material equals the bill of materials at the first supplier's price, so that standard cost and purchases agree.
    """
    records: list[dict[str, object]] = []
    for product, family, price in product_prices(cycle).itertuples():
        rule = rules.families()[family]
        bought = active_quantity(family, price) * rules.item_cost(rule.active)
        material = round(bought + packaging_cost(family), 4)
        conversion = round(rule.conversion * price, 4)
        records.append(
            {
                "product": product,
                "price": price,
                "rebate_pct": rule.rebate,
                "material_cost": material,
                "conversion_cost": conversion,
                "freight_cost": round(rule.freight * price, 4),
                "standard_cost": round(material + conversion, 4),
                "co2_per_unit": rule.co2,
            }
        )
    return frames.rows("price_cost", records)


def budget_growth() -> pd.Series:
    """Return the yearly growth finance budgets per family: half of last year's, a decline in full, less a point."""
    seen = growth_by_family(pd.Timestamp(BASE_YEAR, 12, 1))
    return seen.where(seen < 0, seen / 2) - 0.01


def budget(cycle: int) -> pd.DataFrame:
    """Return the budget per family and month: total of the base year × growth, on the seasons of the last three years.

    The same in every cycle: a budget is a year's promise. It is cautious by rule, so sales, who see last year's growth
    go on, stand above it.
    """
    months = monthly_by_family()
    base = months[pd.DatetimeIndex(months.index).year == BASE_YEAR]
    seen = months[
        (pd.DatetimeIndex(months.index).year > BASE_YEAR - SEASON_YEARS)
        & (pd.DatetimeIndex(months.index).year <= BASE_YEAR)
    ]
    season = seen.groupby(pd.DatetimeIndex(seen.index).month).sum() / seen.sum()
    prices = _family_prices()
    growth = budget_growth()
    records: list[dict[str, object]] = []
    for family, rule in rules.families().items():
        for period in horizon(cycle):
            factor = (1 + growth[family]) ** (period.year - BASE_YEAR)
            quantity = round(base[family].sum() * factor * season.at[period.month, family], -1)
            revenue = round(quantity * prices[family])
            cost = (rule.material + rule.conversion) * prices[family]
            average = base[family].mean() * factor
            records.append(
                {
                    "family": family,
                    "period": period,
                    "quantity": quantity,
                    "revenue": revenue,
                    "margin": round(revenue * rule.margin),
                    "stock_value": round(average * BUDGET_STOCK_MONTHS * cost),
                }
            )
    return frames.rows("budget", records)


def _family_prices() -> pd.Series:
    recent = last_year(1).groupby("family")[["cost", "scripts"]].sum()
    return recent["cost"] / recent["scripts"]


def working_capital(cycle: int) -> pd.DataFrame:
    """Return days of receivables, payables and stock for every month, and what they make of the budget."""
    planned = budget(cycle)
    material = {family: rule.material for family, rule in rules.families().items()}
    planned["material"] = planned["revenue"] * planned["family"].map(material)
    total = planned.groupby("period")[["revenue", "material", "stock_value"]].sum()
    return frames.rows(
        "working_capital",
        [
            {
                "period": period,
                "receivables": round(revenue * CASH_DAYS["dso"] / 30),
                "payables": round(material * CASH_DAYS["dpo"] / 30),
                "inventory_value": round(stock),
                **CASH_DAYS,
            }
            for period, revenue, material, stock in total.itertuples()
        ],
    )


def fx() -> pd.DataFrame:
    """Return planning rates in Australian dollars, illustrative."""
    return frames.rows("fx", [{"currency": code, "rate": rate} for code, rate in FX_RATES.items()])
