"""The product review: a row a product with phase, risk and its reasons, money at stake, and what is proposed."""

from __future__ import annotations

import calendar as _calendar
import math
from collections.abc import Mapping
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd

from sop_xl.model.calendar import Calendar, add_months
from sop_xl.product.end_of_life import EndOfLife, learn
from sop_xl.product.excess import exposure, last_buy, months_ahead
from sop_xl.product.lifecycle import FADED, Curve, curve
from sop_xl.product.obsolescence import SUNSET_RISK, Signs, in_words, reasons, score
from sop_xl.schema import frames
from sop_xl.schema.catalogue import EVERYWHERE

NOTICE_MONTHS = 3
"""Months between a proposal and the last day of sale, at least: customers must be told."""
LONGEST_SUNSET = 24
"""Months ahead beyond which no last day of sale is proposed."""

_DAYS_A_MONTH = 365.25 / 12
_WITHIN_YEAR = 12

Tables = Mapping[str, pd.DataFrame]


def product_review(tables: Tables, calendar: Calendar) -> pd.DataFrame:
    """Return the product review (schema table ``rationalisation``), one row a product; entries of people are kept.

    Phase and trend come from the sales curve of all places and channels together, cover and excess from the demand
    that is planned, the risk from :mod:`sop_xl.product.obsolescence`, or, with enough recorded ends of life, from
    :mod:`sop_xl.product.end_of_life`: then it is 100 × the chance of an end within twelve months, and says so. A
    sunset is proposed from a risk of 50, before stock outlasts demand; a person confirms it with the action *sunset*.

    Args:
        tables: typed tables; ``products``, ``history``, ``inventory``, ``scheduled_receipts``, ``price_cost``,
            ``rationalisation`` and consensus demand (or ``demand``, or ``baseline``) are read where given.
        calendar: buckets of the plan.
    """
    products, given = (_get(tables, name) for name in ("products", "rationalisation"))
    if products.empty:
        return given
    monthly = _monthly(_get(tables, "history"), calendar.start)
    ends = {str(p): d.date() for p, d in products[["product", "end_of_life"]].itertuples(index=False) if pd.notna(d)}
    model = learn(monthly, {code: end for code, end in ends.items() if end < calendar.start})
    demand, costs = _planned(tables, calendar), _costs(_get(tables, "price_cost"))
    entered = given.set_index("product").to_dict("index")
    stock = _get(tables, "inventory").groupby("product")["on_hand"].sum().to_dict()
    coming = _get(tables, "scheduled_receipts").groupby("product")["quantity"].sum().to_dict()
    records = []
    for row in products.to_dict("records"):
        code = str(row["product"])
        own = entered.get(code, {})
        units = monthly[code].to_numpy() if code in monthly else np.array([])
        place = {"stock": float(stock.get(code, math.nan)), "coming": float(coming.get(code, 0.0))}
        ahead = demand.get(code, np.zeros(1)) if demand else np.array([])
        made = _reviewed(row, own, units, ahead, costs.get(code, {}), place, calendar, model)
        kept = {name: own[name] for name in ("claims_rate", "sentiment", "competitor_launch", "action") if name in own}
        records.append({"product": code, **made, **kept})
    return frames.rows("rationalisation", records)


def _reviewed(
    product: Mapping[str, object],
    entered: Mapping[str, object],
    units: np.ndarray,
    demand: np.ndarray,
    cost: Mapping[str, float],
    place: Mapping[str, float],
    calendar: Calendar,
    model: EndOfLife | None,
) -> dict[str, object]:
    start, seen = calendar.start, curve(units)
    ending = product["end_of_life"]
    end = ending.date() if isinstance(ending, pd.Timestamp) else None
    remaining = _months(start, end) if end else seen.remaining if seen else math.nan
    trend = seen.trend if seen and seen.certain else math.nan
    held = place["stock"]
    at_stake = exposure(held, demand, remaining, trend)
    signs = _signs(product, entered, seen, at_stake.cover, remaining, start)
    found = reasons(signs)
    risk, text = score(found), in_words(found)
    if model is not None and seen is not None and end is None:
        chance = model.chance(seen)
        text = f"{chance:.0%} chance of an end within a year, calibrated on {model.ends} ends · {in_words(found)}"
        risk = round(100 * chance, 1)
    last_day = end or _proposed_end(risk, seen, at_stake.cover, remaining, start)
    year = float(np.nansum(units[-_WITHIN_YEAR:])) if units.size else math.nan
    record: dict[str, object] = {
        "phase_seen": seen.phase if seen else "introduction",
        "risk": risk,
        "reason": text.strip(" ·"),
        "quantity_12m": year,
        "trend_12m": seen.trend if seen else math.nan,
        "days_since_sale": signs.days_since_sale,
        "margin_12m": year * cost.get("margin", math.nan),
        "stock_value": held * cost.get("standard", math.nan),
        "cover_months": at_stake.cover if math.isfinite(at_stake.cover) else math.nan,
        "remaining_months": remaining,
        "excess_value": at_stake.excess * cost.get("standard", math.nan),
        "obsolete_value": at_stake.obsolete * cost.get("standard", math.nan),
    }
    if last_day is not None and last_day >= start:
        ahead = months_ahead(demand, _months(start, last_day), trend)
        record["proposed_last_buy"] = last_buy(0.0 if math.isnan(held) else held, place["coming"], ahead)
        record["proposed_end"] = pd.NaT if end else pd.Timestamp(last_day)
    return record


def _signs(
    product: Mapping[str, object],
    entered: Mapping[str, object],
    seen: Curve | None,
    cover: float,
    remaining: float,
    start: date,
) -> Signs:
    launch = entered.get("competitor_launch")
    competitor = _months(start, launch.date()) if isinstance(launch, pd.Timestamp) else math.nan
    return Signs(
        trend=seen.trend if seen and seen.certain else math.nan,
        cover=cover,
        remaining=remaining,
        days_since_sale=round(seen.silent * _DAYS_A_MONTH) if seen else math.nan,
        claims=float(entered.get("claims_rate", math.nan)),  # type: ignore[arg-type]
        sentiment=float(entered.get("sentiment", math.nan)),  # type: ignore[arg-type]
        competitor_months=competitor,
        successor=str(product["successor"]),
    )


def _proposed_end(risk: float, seen: Curve | None, cover: float, remaining: float, start: date) -> date | None:
    """Return the last day of the month in which stock runs out, with three months' notice at least; None: keep it.

    Proposed from a risk of 50, or where sales have faded to a tenth of their best year; never for a product whose
    curve is only beginning.
    """
    if seen is None or seen.phase in ("introduction", "growth"):
        return None
    if risk < SUNSET_RISK and seen.of_peak > FADED:
        return None
    months = NOTICE_MONTHS if math.isnan(cover) else min(cover, LONGEST_SUNSET)
    if not math.isnan(remaining):
        months = min(months, max(remaining, NOTICE_MONTHS))
    day = add_months(start, max(math.ceil(months), NOTICE_MONTHS) - 1)
    return day.replace(day=_calendar.monthrange(day.year, day.month)[1])


def with_confirmed_sunsets(products: pd.DataFrame, reviewed: pd.DataFrame) -> pd.DataFrame:
    """Return the products with the last day of sale and last buy that somebody has confirmed with the action *sunset*.

    A last day somebody has written into the product master stays; so does a last buy.

    Args:
        products: schema table ``products``.
        reviewed: schema table ``rationalisation``.
    """
    confirmed = reviewed[(reviewed["action"] == "sunset") & reviewed["proposed_end"].notna()]
    of = confirmed.set_index("product")
    hit = products["product"].isin(of.index) & products["end_of_life"].isna()
    if not hit.any():
        return products
    end, buy = (products["product"].map(of[name]) for name in ("proposed_end", "proposed_last_buy"))
    return products.assign(
        end_of_life=products["end_of_life"].where(~hit, end),
        last_buy=products["last_buy"].where(~hit | products["last_buy"].notna(), buy),
        phase=products["phase"].where(~hit, "sunset"),
    )


def _get(tables: Tables, name: str) -> pd.DataFrame:
    found = tables.get(name)
    return frames.empty(name) if found is None else found


def _months(start: date, day: date) -> float:
    """Return the months from a first day to the end of another, parts by days; negative where it has passed."""
    return round((pd.Timestamp(day) + pd.Timedelta(days=1) - pd.Timestamp(start)).days / _DAYS_A_MONTH, 1)


def _monthly(history: pd.DataFrame, start: date) -> pd.DataFrame:
    """Return units by month and product up to the start; NaN where there is no row."""
    past = history[history["period"] < pd.Timestamp(start)]
    if past.empty:
        return pd.DataFrame()
    month = past["period"].dt.to_period("M").dt.to_timestamp()
    wide = past.assign(month=month).pivot_table(index="month", columns="product", values="units", aggfunc="sum")
    return wide.reindex(pd.date_range(wide.index.min(), wide.index.max(), freq="MS"))


def _planned(tables: Tables, calendar: Calendar) -> dict[str, np.ndarray]:
    """Return planned demand by product and month, from consensus demand, agreed demand or the baseline."""
    for name, column in (("consensus_demand", "consensus"), ("demand", "units"), ("baseline", "baseline")):
        frame = _get(tables, name)
        if frame.empty:
            continue
        total = frame[frame["product"] != EVERYWHERE].pivot_table(
            index="product", columns="period", values=column, aggfunc="sum", fill_value=0.0
        )
        total = total.reindex(columns=[pd.Timestamp(day) for day in calendar.starts], fill_value=0.0)
        by_month = total.to_numpy(dtype=float) @ _shares(calendar)
        return {str(code): row for code, row in zip(total.index, by_month, strict=True)}
    return {}


def _shares(calendar: Calendar) -> np.ndarray:
    """Return the part of each bucket's days that falls into each month of the horizon."""
    months = round((calendar.end.year - calendar.start.year) * 12 + calendar.end.month - calendar.start.month)
    edges = [add_months(calendar.start.replace(day=1), ahead) for ahead in range(max(months, 1) + 1)]
    shares = np.zeros((len(calendar), len(edges) - 1))
    for row, bucket in enumerate(calendar.buckets):
        for column, (first, after) in enumerate(pairwise(edges)):
            days = (min(bucket.end, after) - max(bucket.start, first)).days
            shares[row, column] = max(days, 0) / bucket.days
    return shares


def _costs(prices: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return standard cost and gross margin a unit by product, from the first valid row of each."""
    first = prices.sort_values("period", na_position="first").drop_duplicates("product")
    made = first["material_cost"] + first["conversion_cost"]
    margin = first["price"] * (1 - first["rebate_pct"]) - made - first["freight_cost"]
    standard = first["standard_cost"].fillna(made)
    return {
        str(code): {"margin": own, "standard": cost}
        for code, own, cost in zip(first["product"], margin, standard, strict=True)
    }
