"""The sales forecast as it is issued: baseline, range and last years' sales of every product, and overrides so far."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sop_xl.model.calendar import Calendar, add_months
from sop_xl.schema import frames
from sop_xl.schema.catalogue import EVERYWHERE

_KEYS = ["product", "period"]


def sales_forecast(
    tables: Mapping[str, pd.DataFrame], calendar: Calendar, baseline: pd.DataFrame, ranges: pd.DataFrame
) -> pd.DataFrame:
    """Return the table ``sales_forecast``: a row a product and bucket, over all locations and channels, and families.

    Baseline and history are added up over locations and channels. P10 and P90 are those of ``ranges`` at the level
    *product*, because quantiles are not added up; without it they stay empty unless a single row makes up the product.
    Before its products stands every family of several products with its own range, where ``ranges`` has it, so that
    the whole of it can be overridden. Overrides given before are kept.

    Args:
        tables: typed input tables.
        calendar: buckets of the cycle.
        baseline: schema table ``baseline``.
        ranges: ``level, code, period, p10, p90``; may be empty.
    """
    if baseline.empty:
        return tables["sales_forecast"]
    total = baseline.groupby(_KEYS, as_index=False).agg(
        baseline=("baseline", "sum"), p10=("p10", "first"), p90=("p90", "first"), parts=("baseline", "size")
    )
    total.loc[total["parts"] > 1, ["p10", "p90"]] = float("nan")
    if len(ranges):
        own = ranges[ranges["level"] == "product"].rename(columns={"code": "product"})
        total = total.drop(columns=["p10", "p90"]).merge(own[[*_KEYS, "p10", "p90"]], on=_KEYS, how="left")
    family_of = tables["products"].set_index("product")["family"]
    sheet = total.drop(columns="parts").assign(
        family=total["product"].map(family_of).fillna(""), location=EVERYWHERE, channel=EVERYWHERE
    )
    for column, years in (("history_y1", 1), ("history_y2", 2)):
        sheet = sheet.merge(_sold(tables["history"], calendar, years, column), on=_KEYS, how="left")
    sheet = pd.concat([_families(sheet, ranges), sheet], ignore_index=True)
    sheet = sheet.assign(_whole=sheet["family"] != sheet["product"])
    sheet = sheet.sort_values(["family", "_whole", *_KEYS], kind="stable").drop(columns="_whole")
    return _with_overrides(frames.typed("sales_forecast", sheet), tables["sales_forecast"])


def _families(sheet: pd.DataFrame, ranges: pd.DataFrame) -> pd.DataFrame:
    """Return a row for every family of several products and bucket: sums, and the family's own range."""
    if ranges.empty:
        return sheet.iloc[:0]
    several = sheet.groupby("family")["product"].transform("nunique") > 1
    codes = sheet["family"][several & (sheet["family"] != "") & ~sheet["family"].isin(set(sheet["product"]))]
    of_families = sheet[sheet["family"].isin(set(codes))]
    summed = of_families.groupby(["family", "period"])[["baseline", "history_y2", "history_y1"]]
    totals = summed.sum(min_count=1).reset_index()
    own = ranges[ranges["level"] == "family"].rename(columns={"code": "family"})
    totals = totals.merge(own[["family", "period", "p10", "p90"]], on=["family", "period"], how="left")
    return totals.assign(product=totals["family"], location=EVERYWHERE, channel=EVERYWHERE)[list(sheet.columns)]


def _sold(history: pd.DataFrame, calendar: Calendar, years: int, column: str) -> pd.DataFrame:
    """Return units sold in the same buckets some years before; buckets without a row in the history are left out."""
    parts = []
    for bucket in calendar.buckets:
        first, after = (pd.Timestamp(add_months(day, -12 * years)) for day in (bucket.start, bucket.end))
        rows = history[(history["period"] >= first) & (history["period"] < after)]
        sold = rows.groupby("product", as_index=False)["units"].sum()
        parts.append(sold.assign(period=pd.Timestamp(bucket.start)))
    found = pd.concat(parts, ignore_index=True).rename(columns={"units": column})
    return found.astype({"period": "datetime64[ns]"})


def _with_overrides(sheet: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Return the sheet with overrides given before; those for a single location or channel keep a row of their own."""
    given = before[before["sales_override"].notna()]
    if given.empty:
        return sheet
    keys = ["product", "location", "channel", "period"]
    said = ["sales_override", "reason", "note", "assumption_id"]
    merged = sheet.drop(columns=said).merge(given[[*keys, *said]], on=keys, how="left")
    covered = pd.MultiIndex.from_frame(sheet[keys])
    apart = given[~pd.MultiIndex.from_frame(given[keys]).isin(covered)]
    return frames.typed("sales_forecast", pd.concat([merged, apart], ignore_index=True)[list(sheet.columns)])
