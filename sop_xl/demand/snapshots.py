"""Frozen forecasts: what every committed plan forecast, layer by layer and by whom, kept to be measured later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from sop_xl.model.calendar import Bucket, BucketKind, Calendar, add_months
from sop_xl.schema import frames
from sop_xl.schema.catalogue import EVERYWHERE, lists

CELL = ["product", "location", "channel", "period"]
SERIES = CELL[:3]
LAYERS: tuple[str, ...] = lists()["forecast_layers"]
FUNCTION_OF = {"sales": "sales", "marketing": "marketing", "consensus": "demand planning", "executive": "executive"}

_SALES = ("pipeline", "account")
_MARKETING = ("promotion", "price_effect")
_SAME = 1e-6
_WEEK_OF_52 = 364
_LEAST_DAYS = (1, 7, 28, 90, 365)

Tables = Mapping[str, pd.DataFrame]


def freeze(
    tables: Tables,
    calendar: Calendar,
    *,
    cycle: str,
    people: Mapping[str, str],
    by_cell: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return the forecast of a plan as it stood when it was committed (schema table ``forecast_snapshots``).

    Each layer is a forecast of the whole demand, with all layers before it: *naive* is the season before, *statistical*
    the baseline with what signals add, *sales* adds pipeline and account changes (an override is what sales expects in
    total, so it stands as it is), *marketing* adds campaigns and prices, *consensus* everything agreed, *executive* the
    demand of the scenario that was committed. A layer that left the forecast as it was has no row. Grain: product ×
    location × channel × bucket × layer, units.

    Args:
        tables: ``consensus_demand`` of the committed plan, ``demand_layers``, ``baseline`` and ``history``.
        calendar: buckets of the plan.
        cycle: name of the cycle.
        people: who answers for a layer, by its function (*sales*, *marketing*, *demand planning*, *executive*).
        by_cell: who overrode, by ``product YYYY-MM-DD``, where several people of sales did.
    """
    demand = tables["consensus_demand"]
    if demand.empty:
        return frames.empty("forecast_snapshots")
    wide = demand[CELL].copy()
    wide["naive"] = _naive(tables["history"], wide, calendar)
    wide = wide.merge(tables["baseline"][[*CELL, "baseline"]], on=CELL, how="left")
    wide = wide.rename(columns={"baseline": "statistical"})
    for name, part in _parts(tables["demand_layers"]).items():
        wide = wide.merge(part.rename(name), left_on=CELL, right_index=True, how="left")
    parts = wide[["sensing", "sales", "marketing", "override", "rest"]].fillna(0.0)
    wide["statistical"] = (wide["statistical"] + parts.pop("sensing")).clip(lower=0)
    base = demand["baseline"].to_numpy() if wide["statistical"].isna().all() else wide["statistical"].fillna(0.0)
    agreed = np.clip(base + parts.sum(axis=1), 0.0, None).to_numpy()
    overridden = (parts["override"].abs() > _SAME).to_numpy()
    sales = np.where(overridden, agreed, base + parts["sales"])
    wide["sales"] = np.clip(sales, 0.0, None)
    wide["marketing"] = np.clip(np.where(overridden, sales, sales + parts["marketing"]), 0.0, None)
    wide["consensus"] = agreed
    wide["executive"] = demand["consensus"].to_numpy()
    return _long(wide, calendar, cycle, people, by_cell or {})


def _parts(layers: pd.DataFrame) -> dict[str, pd.Series]:
    """Return units by cell that signals, sales, marketing, the override of sales and everything else add."""
    layer = layers["layer"]
    chosen = {"sensing": layer == "sensing", "sales": layer.isin(_SALES), "marketing": layer.isin(_MARKETING)}
    chosen["override"] = (layer == "judgement") & (layers["source"] == "sales")
    chosen["rest"] = ~np.logical_or.reduce(list(chosen.values()))
    return {name: layers[mask].groupby(CELL)["quantity"].sum() for name, mask in chosen.items()}


def _naive(history: pd.DataFrame, cells: pd.DataFrame, calendar: Calendar) -> np.ndarray:
    """Return sales of the same bucket in the last year that is known in full; NaN where nothing is known of it."""
    step = period_days(history)
    sold = {}
    for bucket in calendar.buckets:
        if bucket.days < step:
            continue
        start, end = _year_before(bucket, calendar.start)
        rows = history[(history["period"] >= pd.Timestamp(start)) & (history["period"] < pd.Timestamp(end))]
        sold[pd.Timestamp(bucket.start)] = rows.groupby(SERIES)["units"].sum(min_count=1)
    if not sold:
        return np.full(len(cells), np.nan)
    known = pd.concat(sold, names=["period"]).rename("naive").reset_index()
    return cells.merge(known, on=CELL, how="left")["naive"].to_numpy(dtype=float)


def _year_before(bucket: Bucket, known_until: date) -> tuple[date, date]:
    start, end, years = bucket.start, bucket.end, 0
    while end > known_until:
        years += 1
        if bucket.kind is BucketKind.WEEK:
            back = _WEEK_OF_52 * years
            start, end = (date.fromordinal(day.toordinal() - back) for day in (bucket.start, bucket.end))
        else:
            start, end = (add_months(day, -12 * years) for day in (bucket.start, bucket.end))
    return start, end


def period_days(history: pd.DataFrame) -> int:
    """Return the least days a period of a history has: 1, 7, 28, 90 or 365; 28 (a month) where it has but one."""
    days = np.sort(history["period"].dropna().unique())
    step = int(np.diff(days).min() / np.timedelta64(1, "D")) if len(days) > 1 else 28
    return max(least for least in _LEAST_DAYS if step >= least)


def _long(
    wide: pd.DataFrame, calendar: Calendar, cycle: str, people: Mapping[str, str], by_cell: Mapping[str, str]
) -> pd.DataFrame:
    kinds = {pd.Timestamp(bucket.start): bucket.kind.value for bucket in calendar.buckets}
    lags = {day: months_between(calendar.start, day.date()) + 1 for day in kinds}
    frame = wide[CELL].assign(
        cycle=cycle,
        as_of=pd.Timestamp(calendar.start),
        kind=wide["period"].map(kinds),
        lag=wide["period"].map(lags),
    )
    keys = (wide["product"] + " " + wide["period"].dt.strftime("%Y-%m-%d")).to_numpy()
    rows, before = [], np.full(len(wide), np.nan)
    for layer in LAYERS:
        units = wide[layer].to_numpy(dtype=float)
        said = np.isfinite(units) & ~(np.abs(units - before) <= _SAME * np.maximum(1.0, np.abs(before)))
        function = FUNCTION_OF.get(layer, "")
        person = people.get(function, function)
        who = [by_cell.get(key, person) for key in keys[said]] if layer == "sales" else person
        part = frame[said].assign(layer=layer, function=function, person=who, units=units[said])
        rows.append(part)
        before = np.where(np.isfinite(units), units, before)
    return frames.typed("forecast_snapshots", pd.concat(rows, ignore_index=True))


def months_between(first: date, day: date) -> int:
    """Return whole months from the month of one day to that of another."""
    return (day.year - first.year) * 12 + day.month - first.month


def kept(before: pd.DataFrame, frozen: pd.DataFrame, *, start: date, months: int) -> pd.DataFrame:
    """Return snapshots with those of further cycles added; a cycle frozen before is never replaced, old ones dropped.

    Args:
        before: snapshots that stay as they are.
        frozen: those of further cycles.
        start: first day of the cycle that goes on with them.
        months: how long a snapshot is kept after its period has passed.
    """
    known = set(before["cycle"])
    new = frozen[~frozen["cycle"].isin(known)]
    together = pd.concat([before, new], ignore_index=True) if len(new) else before
    young = together["period"] >= pd.Timestamp(add_months(start, -months))
    return frames.typed("forecast_snapshots", together[young].reset_index(drop=True))


def compared(snapshots: pd.DataFrame, history: pd.DataFrame, *, start: date) -> pd.DataFrame:
    """Return frozen forecasts beside what was then sold, a row a cycle, product and period that has passed.

    All places and channels of a product are added up, so that forecasts frozen in more or less detail are measured
    alike. Columns: ``cycle, as_of, product, period, lag``, a column of units for each layer anyone gave (a layer
    without a row carries on what the layer before said), ``<layer>_person`` who changed it, and ``actual``. A place or
    channel without a row of sales in a period is left out, of the forecast too: what is not known is not zero. A period
    shorter than those of the history is left out.

    Args:
        snapshots: schema table ``forecast_snapshots``.
        history: schema table ``history``.
        start: first day that is not known yet.
    """
    step = period_days(history)
    ends = _ends(snapshots)
    days = (ends - snapshots["period"]).dt.days
    passed = snapshots[(ends <= pd.Timestamp(start)).to_numpy() & (days >= step).to_numpy()]
    key, whole = ["cycle", "as_of", *CELL, "lag"], ["cycle", "as_of", "product", "period", "lag"]
    given = [layer for layer in LAYERS if (snapshots["layer"] == layer).any()]
    if passed.empty:
        return pd.DataFrame(columns=[*whole, "actual"])
    wide = passed.pivot(index=[*key, "kind"], columns="layer", values="units").reindex(columns=given)
    wide = wide.ffill(axis=1)
    people = passed[passed["person"] != ""].pivot(index=[*key, "kind"], columns="layer", values="person")
    people = people.reindex(index=wide.index, columns=given).fillna("")
    wide = wide.join(people.add_suffix("_person")).reset_index()
    wide["actual"] = _actuals(wide, history)
    known = wide[wide["actual"].notna()]
    units = known.groupby(whole)[[*given, "actual"]].sum(min_count=1)
    names = [f"{layer}_person" for layer in given]
    who = known[names].replace("", None).groupby([known[name] for name in whole]).first().fillna("")
    return units.join(who).reset_index()


def _ends(frame: pd.DataFrame) -> pd.Series:
    """Return the day after the last of each row's period."""
    lengths = {"week": pd.DateOffset(days=7), "month": pd.DateOffset(months=1)}
    lengths |= {"quarter": pd.DateOffset(months=3), "year": pd.DateOffset(years=1)}
    ends = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ns]")
    for kind, length in lengths.items():
        rows = (frame["kind"] == kind).to_numpy()
        for day in frame.loc[rows, "period"].unique():
            ends[rows & (frame["period"] == day).to_numpy()] = pd.Timestamp(day) + length
    return ends


def _actuals(wide: pd.DataFrame, history: pd.DataFrame) -> np.ndarray:
    """Return units sold in each row's period; NaN where the history has no row of it."""
    ends, found = _ends(wide), np.full(len(wide), np.nan)
    for (period, _), rows in wide.groupby(["period", "kind"]).groups.items():
        end = ends[rows[0]]
        sold = history[(history["period"] >= period) & (history["period"] < end)]
        for names, part in wide.loc[rows].groupby([wide["location"] == EVERYWHERE, wide["channel"] == EVERYWHERE]):
            apart = zip(("location", "channel"), names, strict=True)
            keys = ["product", *(name for name, everywhere in apart if not everywhere)]
            total = sold.groupby(keys)["units"].sum(min_count=1).rename("actual").reset_index()
            found[part.index] = part[keys].merge(total, on=keys, how="left")["actual"].to_numpy(dtype=float)
    return found
