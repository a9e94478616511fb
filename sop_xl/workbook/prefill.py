"""What a book is issued with: calculated columns of the sheets people answer on, made from the tables of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import pandas as pd

from sop_xl.model.calendar import BucketKind, Calendar, add_months
from sop_xl.product.review import product_review
from sop_xl.schema.catalogue import table
from sop_xl.schema.frames import empty, typed
from sop_xl.supply.response import proposed_response

Tables = Mapping[str, pd.DataFrame]

_SERIES = ["product", "location", "channel"]


def prefilled(tables: Tables, calendar: Calendar) -> dict[str, pd.DataFrame]:
    """Return the tables with the rows that people answer on filled in as far as the others allow.

    ``sales_forecast`` gets baseline, range and history; ``supply_response`` demand, what is feasible, gap and cause;
    ``rationalisation`` the product review. What is there already, entries of people above all, stays.
    """
    made = {
        "sales_forecast": sales_forecast(tables, calendar),
        "supply_response": supply_response(tables),
        "rationalisation": _reviewed(tables, calendar),
    }
    return {**tables, **made}


def _reviewed(tables: Tables, calendar: Calendar) -> pd.DataFrame:
    """Return the product review: as it was made with the plan, else made now."""
    given = _get(tables, "rationalisation")
    return given if given["risk"].notna().any() else product_review(tables, calendar)


def _get(tables: Tables, name: str) -> pd.DataFrame:
    found = tables.get(name)
    return empty(name) if found is None else found


def _completed(name: str, given: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    """Return the rows made, then those only given; where both know a row, values given are kept."""
    keys = list(table(name).keys)
    if given.empty:
        return typed(name, made[[c for c in table(name).column_names if c in made]])
    if made.empty:
        return given
    left, right = (frame.set_index(keys) for frame in (given, made))
    said = left.astype(object).where(left.notna() & (left != ""), None)
    order = right.index.union(left.index.difference(right.index), sort=False)
    both = right.reindex(order).astype(object)
    both = said.reindex(order).where(said.reindex(order).notna(), both.reindex(columns=said.columns))
    return typed(name, both.reset_index()[list(table(name).column_names)])


def sales_forecast(tables: Tables, calendar: Calendar) -> pd.DataFrame:
    """Return the table of the sales grid: a row a series and bucket, with baseline, range, history and overrides.

    History is what was sold in the same bucket one and two years before; a bucket shorter than the history's months
    has none. Without a baseline only the rows given are kept.
    """
    baseline, given = _get(tables, "baseline"), _get(tables, "sales_forecast")
    starts = [pd.Timestamp(start) for start in calendar.starts]
    made = baseline[baseline["period"].isin(starts)][[*_SERIES, "period", "baseline", "p10", "p90"]]
    products = _get(tables, "products")
    families = dict(zip(products["product"], products["family"], strict=True))
    made = made.assign(family=made["product"].map(families).fillna(""))
    sold = _sold(_get(tables, "history"), calendar)
    for years, name in ((2, "history_y2"), (1, "history_y1")):
        before = sold.get(years)
        if before is not None:
            made = made.merge(before.rename(columns={"units": name}), on=[*_SERIES, "period"], how="left")
    order = {start: position for position, start in enumerate(starts)}
    made = made.assign(_at=made["period"].map(order)).sort_values(["family", *_SERIES, "_at"]).drop(columns="_at")
    full = _completed("sales_forecast", given, made)
    codes = full["product"].map({**{family: family for family in families.values()}, **families}).fillna("")
    return full.assign(family=full["family"].where(full["family"] != "", codes))


def _sold(history: pd.DataFrame, calendar: Calendar) -> dict[int, pd.DataFrame]:
    """Return units by series and bucket, one and two years before each bucket."""
    days = sorted(set(history["period"].dropna()))
    if not days:
        return {}
    weekly = any((later - day).days < 28 for day, later in pairwise(days))
    found = {}
    for years in (1, 2):
        parts = []
        for bucket in calendar.buckets:
            if bucket.kind is BucketKind.WEEK and not weekly:
                continue
            first, after = (pd.Timestamp(add_months(day, -12 * years)) for day in (bucket.start, bucket.end))
            part = history[(history["period"] >= first) & (history["period"] < after)]
            if len(part):
                units = part.groupby(_SERIES, as_index=False)["units"].sum()
                parts.append(units.assign(period=pd.Timestamp(bucket.start)))
        if parts:
            found[years] = pd.concat(parts, ignore_index=True)
    return found


def supply_response(tables: Tables) -> pd.DataFrame:
    """Return demand, what can be delivered on time, gap, cause and a proposed answer, by family and bucket.

    What people answered is kept.
    """
    plan, given, gaps = (_get(tables, name) for name in ("sales_plan", "supply_response", "gaps"))
    if plan.empty:
        return given
    keys = ["family", "period"]
    made = plan.groupby(keys, as_index=False)[["demand", "on_time"]].sum().rename(columns={"on_time": "feasible"})
    made = made.assign(gap=(made["demand"] - made["feasible"]).round(6))
    if len(gaps):
        worst = gaps.sort_values("gap_value", ascending=False, kind="stable").drop_duplicates(keys)
        made = made.merge(worst[[*keys, "cause"]], on=keys, how="left")
        made["cause"] = made["cause"].fillna("")
    made = proposed_response(made, gaps, _get(tables, "options"))
    return _completed("supply_response", given, made)
