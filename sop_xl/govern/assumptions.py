"""The assumptions ledger: every assumption is measured on the day of its test, from what was sold, and scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from sop_xl.demand.frequency import Frequency, Unit, infer_frequency
from sop_xl.model.calendar import add_months
from sop_xl.schema import frames
from sop_xl.schema.catalogue import EVERYWHERE

Tables = Mapping[str, pd.DataFrame]
SHARES = frozenset({"lift over baseline", "yearly growth", "share"})
"""Measures that are told in per cent."""
_USUAL_WINDOW = 3
_HALF = 0.5
_LAYERS = ("statistical", "naive")


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured: the value, or None with what it waits for."""

    value: float | None
    told: str


@dataclass(frozen=True, slots=True)
class _Window:
    """Periods of an assumption: first days from the first one to the test, and the months they make up."""

    first: pd.Timestamp
    after: pd.Timestamp
    months: float

    @property
    def text(self) -> str:
        last = self.after - pd.Timedelta(days=1)
        return f"{self.first:%Y-%m} to {last:%Y-%m}" if f"{self.first:%Y-%m}" != f"{last:%Y-%m}" else f"{last:%Y-%m}"


def score_assumptions(tables: Tables, as_of: date) -> pd.DataFrame:
    """Return the table ``assumptions`` with every open assumption whose day has come measured and scored.

    ``held`` where the measured value lies within value ± tolerance × |value| (*at least*, *at most*: on that side or
    within it), ``partial`` within twice as far, else ``failed``; an expected value of 0 takes the tolerance itself.
    What has a result already keeps it: a ledger is not rewritten. What cannot be measured stays open and says why.

    Args:
        tables: ``assumptions``, ``history``, ``products`` and ``forecast_snapshots`` of the schema.
        as_of: the day; tests up to it are due.
    """
    ledger = tables["assumptions"]
    if ledger.empty:
        return ledger
    market = _Market(tables)
    rows = [_scored(row, market, as_of) for row in ledger.to_dict("records")]
    return frames.typed("assumptions", pd.DataFrame.from_records(rows, columns=list(ledger.columns)))


def _scored(row: dict, market: _Market, as_of: date) -> dict:
    if row["status"] != "open":
        return row
    if pd.isna(row["test_date"]) or pd.isna(row["value"]):
        missing = " and ".join(
            word for word, name in (("an expected value", "value"), ("a test date", "test_date")) if pd.isna(row[name])
        )
        return {**row, "finding": f"Cannot be tested: it has no {missing.removeprefix('an ').removeprefix('a ')}."}
    if row["test_date"].date() > as_of:
        return {**row, "finding": f"To be tested on {row['test_date']:%Y-%m-%d}."}
    found = market.measure(row)
    if found.value is None:
        return {**row, "finding": found.told}
    status, words = _verdict(row, found.value)
    return {**row, "status": status, "measured": found.value, "finding": f"{words} ({found.told})."}


def _verdict(row: dict, measured: float) -> tuple[str, str]:
    expected, direction = float(row["value"]), str(row["direction"])
    band = float(row["tolerance_pct"]) * (abs(expected) or 1.0)
    off = measured - expected
    miss = {"about": abs(off), "at least": -off, "at most": off}[direction]
    status = "held" if miss <= band + 1e-12 else "partial" if miss <= 2 * band + 1e-12 else "failed"
    side = "" if direction == "about" else f"{direction} "
    shown = (_told(value, str(row["measure"])) for value in (measured, expected))
    return status, "{0}: {2} against {1}{3} expected".format(status.capitalize(), side, *shown)


def _told(value: float, measure: str) -> str:
    if measure in SHARES:
        return f"{value:.1%}".replace("%", " %")
    return f"{value:,.2f}" if measure == "price" else f"{value:,.0f}"


class _Market:
    """What was sold, by product and period, and what was forecast before."""

    def __init__(self, tables: Tables) -> None:
        history = tables["history"]
        self.sold = history.groupby(["product", "period"], as_index=False)[["units", "revenue"]].sum(min_count=1)
        self.family = dict(zip(tables["products"]["product"], tables["products"]["family"], strict=True))
        self.frozen = tables.get("forecast_snapshots", frames.empty("forecast_snapshots"))
        stamps = history["period"].to_numpy("datetime64[ns]")
        names = history[["product", "location", "channel"]].astype(str).agg("/".join, axis=1).to_numpy()
        self.frequency = (infer_frequency(names, stamps) if len(history) else None) or Frequency(Unit.MONTH)
        self.end = self._after(stamps.max()) if len(history) else pd.Timestamp.min

    def measure(self, row: dict) -> Measured:
        """Return what an assumption's measure was between its first day and its test."""
        measure = str(row["measure"])
        if measure == "other":
            return Measured(None, f"Due since {row['test_date']:%Y-%m-%d}: the owner gives the result.")
        window = self._window(row)
        if window is None:
            return Measured(None, "Cannot be tested: no whole period lies between its first day and the test.")
        if window.after > self.end:
            return Measured(None, f"Waits for the sales of {window.after - pd.Timedelta(days=1):%Y-%m}.")
        sold = self._sold(str(row["target"]), window.first, window.after)
        if sold is None:
            return Measured(None, f"Cannot be tested: nothing was sold of {row['target'] or 'an empty target'}.")
        units, revenue = sold
        if measure == "units a month":
            return Measured(units / window.months, window.text)
        if measure == "revenue a month":
            return Measured(None if np.isnan(revenue) else revenue / window.months, _or_no_revenue(revenue, window))
        if measure == "price":
            value = revenue / units if units > 0 and not np.isnan(revenue) else None
            return Measured(value, _or_no_revenue(revenue, window))
        if measure == "share":
            return self._against(units, str(row["compared_with"]), window)
        if measure == "yearly growth":
            return self._growth(units, str(row["target"]), window)
        return self._over_baseline(units, str(row["target"]), window, lift=measure == "lift over baseline")

    def _against(self, units: float, other: str, window: _Window) -> Measured:
        whole = self._sold(other, window.first, window.after)
        if whole is None or whole[0] <= 0:
            return Measured(None, f"Cannot be tested: nothing was sold of {other or 'what it is compared with'}.")
        return Measured(units / whole[0], f"{units:,.0f} of {whole[0]:,.0f} units of {other}, {window.text}")

    def _growth(self, units: float, target: str, window: _Window) -> Measured:
        year = pd.DateOffset(years=1)
        before = self._sold(target, window.first - year, window.after - year)
        known = self.sold.loc[self.sold["product"].isin(self._products(target)), "period"].min()
        if before is None or before[0] <= 0 or known > window.first - year:
            return Measured(None, "Cannot be tested: there are no sales of the year before.")
        return Measured(units / before[0] - 1, f"{units:,.0f} units against {before[0]:,.0f}, {window.text}")

    def _over_baseline(self, units: float, target: str, window: _Window, *, lift: bool) -> Measured:
        base = self._baseline(target, window)
        if base is None or base <= 0:
            return Measured(
                None, f"Cannot be tested: no forecast was frozen before {window.first:%Y-%m} to compare with."
            )
        value = units / base - 1 if lift else (units - base) / window.months
        return Measured(value, f"{units:,.0f} units against a baseline of {base:,.0f}, {window.text}")

    def _baseline(self, target: str, window: _Window) -> float | None:
        """Return the statistical forecast of the window as it was frozen last before the window began."""
        known = self.frozen[
            (self.frozen["as_of"] <= window.first) & self.frozen["product"].isin(self._products(target))
        ]
        known = known[(known["period"] >= window.first) & (known["period"] < window.after)]
        if known.empty:
            return None
        known = known[known["as_of"] == known["as_of"].max()]
        cell = ["product", "location", "channel", "period"]
        wide = known.pivot_table(index=cell, columns="layer", values="units", aggfunc="sum")
        layers = [wide[name] for name in _LAYERS if name in wide]
        if not layers:
            return None
        units = layers[0] if len(layers) == 1 else layers[0].fillna(layers[1])
        sold = self.sold[self.sold["product"].isin(self._products(target))]
        wanted = set(sold.loc[(sold["period"] >= window.first) & (sold["period"] < window.after), "period"])
        return float(units.sum()) if wanted <= set(known["period"]) else None

    def _window(self, row: dict) -> _Window | None:
        test = row["test_date"]
        start = row["from_date"]
        if pd.isna(start):
            start = pd.Timestamp(add_months(test.date().replace(day=1), -_USUAL_WINDOW))
        days = np.array([start, test], dtype="datetime64[D]")
        first, last = (int(number) for number in self.frequency.ordinals(days))
        if self.frequency.first_days(np.array([first]))[0] < days[0]:
            first += 1
        opening = pd.Timestamp(self.frequency.first_days(np.array([first]))[0])
        after = pd.Timestamp(self.frequency.first_days(np.array([last]))[0])
        if after <= opening:
            return None
        return _Window(opening, after, (after - opening).days / (365.25 / 12) if not self._monthly else last - first)

    @property
    def _monthly(self) -> bool:
        return self.frequency.unit is Unit.MONTH

    def _after(self, stamp: np.datetime64) -> pd.Timestamp:
        number = self.frequency.ordinals(np.array([stamp]))[0] + 1
        return pd.Timestamp(self.frequency.first_days(np.array([number]))[0])

    def _products(self, target: str) -> set[str]:
        if target == EVERYWHERE:
            return set(self.sold["product"])
        if target in set(self.sold["product"]) or target in self.family:
            return {target}
        return {product for product, family in self.family.items() if family == target}

    def _sold(self, target: str, first: pd.Timestamp, after: pd.Timestamp) -> tuple[float, float] | None:
        rows = self.sold[self.sold["product"].isin(self._products(target))]
        rows = rows[(rows["period"] >= first) & (rows["period"] < after)]
        if rows.empty:
            return None
        return float(rows["units"].sum()), float(rows["revenue"].sum(min_count=1))


def _or_no_revenue(revenue: float, window: _Window) -> str:
    return "Cannot be tested: the sales history has no revenue." if np.isnan(revenue) else window.text


def assumption_scores(ledger: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the table ``assumption_scores``: how the assumptions of every function and owner turned out.

    Args:
        ledger: table ``assumptions``, scored.
        as_of: the day; open assumptions whose test lies before it are overdue.
    """
    if ledger.empty:
        return frames.empty("assumption_scores")
    named = ledger.assign(
        function=ledger["function"].where(ledger["function"] != "", "not named"),
        owner=ledger["owner"].where(ledger["owner"] != "", "nobody"),
    )
    parts = [((EVERYWHERE, EVERYWHERE), named)]
    parts += [((str(name), EVERYWHERE), part) for name, part in named.groupby("function", sort=True)]
    parts += [((str(a), str(b)), part) for (a, b), part in named.groupby(["function", "owner"], sort=True)]
    return frames.rows("assumption_scores", (_score(*name, part, as_of) for name, part in parts))


def _score(function: str, owner: str, part: pd.DataFrame, as_of: date) -> dict[str, object]:
    count = {status: int((part["status"] == status).sum()) for status in ("held", "partial", "failed", "open")}
    tested = count["held"] + count["partial"] + count["failed"]
    overdue = int(((part["status"] == "open") & (part["test_date"] <= pd.Timestamp(as_of))).sum())
    rate = (count["held"] + _HALF * count["partial"]) / tested if tested else None
    words = f"{count['held']} of {tested} held" if tested else "Nothing tested yet"
    words += f", {count['partial']} in part" if count["partial"] else ""
    words += f"; {overdue} overdue" if overdue else ""
    record: dict[str, object] = {"function": function, "owner": owner, "tested": tested, **count, "overdue": overdue}
    return {**record, "hit_rate": rate, "verdict": f"{words}."}
