"""What a history is corrected by before it is forecast, every change in a table: nothing is changed silently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd

from sop_xl.demand.calendar_completion import Series, complete_calendar, filled
from sop_xl.demand.frequency import Frequency
from sop_xl.demand.history import CleanHistory
from sop_xl.demand.ladder import Choice, Route, choose
from sop_xl.demand.level_shift import level_shift
from sop_xl.demand.outliers import without_absurd_orders, without_outliers
from sop_xl.model.issue import Issue, Severity

CORRECTION_COLUMNS = ("unique_id", "ds", "recorded", "used", "kind", "reason")
_LEAST_IN_STOCK = 3
_MANY_ZEROS = 0.25
_LEAST_BEFORE_LAUNCH = 6
_LEAST_SINCE_LAUNCH = 6
_GAP_REASON = "nothing recorded: filled from neighbours and season"
_RETURNS_REASON = "returns above sales count as nothing sold"
_TOLD_REASON = "out of stock: the units told as lost are added"
_ESTIMATED_REASON = "out of stock: what season and neighbours in stock let expect"
_MEAN_REASON = "out of stock: the mean of the periods in stock"
_OUTLIER_REASON = "far from neighbours and season: left out"
_ORDER_REASON = "more than ten times the next largest order: taken as that"


class Kind(StrEnum):
    """What was done to a period of a history."""

    GAP = "gap"
    RETURNS = "returns"
    STOCK_OUT = "stock-out"
    OUTLIER = "outlier"
    LEVEL_SHIFT = "level shift"


@dataclass(frozen=True, slots=True)
class CorrectedHistory:
    """A history ready to be forecast.

    Attributes:
        series: contiguous demand of every series.
        choices: method of every series.
        table: `unique_id, ds, recorded, used, kind, reason`, one row per changed period, sorted; `recorded` is NaN
            where nothing was. A level shift is a row as well, with the quantity unchanged: recognised and kept.
        issues: the same in words, one per series and kind.
    """

    series: tuple[Series, ...]
    choices: tuple[Choice, ...]
    table: pd.DataFrame
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class _Change:
    position: int
    recorded: float
    used: float
    kind: Kind
    reason: str


def correct(clean: CleanHistory, table: str = "history") -> CorrectedHistory:
    """Return the demand behind a clean history, its method by series, and every correction.

    In this order: missing periods are filled (:func:`~sop_xl.demand.calendar_completion.complete_calendar`); periods
    out of stock get the units told as lost or, where none are told, what the series' own season and neighbours in
    stock let expect, never less than was sold; the method is chosen; isolated absurd values are replaced where the
    method would follow them (:func:`~sop_xl.demand.outliers.without_outliers`), lasting changes of level are kept.
    """
    frequency = clean.frequency
    completed, issues = complete_calendar(clean, table)
    frame = clean.frame
    starts = np.flatnonzero(np.r_[True, frame["unique_id"].to_numpy()[1:] != frame["unique_id"].to_numpy()[:-1]])
    columns = {name: frame[name].to_numpy() for name in ("period", "recorded", "stock_out", "lost")}
    series: list[Series] = []
    choices: list[Choice] = []
    changes: list[list[_Change]] = []
    for item, begin, stop in zip(completed, starts, np.r_[starts[1:], len(frame)], strict=True):
        rows = slice(int(begin), int(stop))
        at = columns["period"][rows] - item.start
        recorded, lost = np.full((2, len(item.y)), np.nan)
        out = np.zeros(len(item.y), dtype=bool)
        recorded[at], lost[at], out[at] = (columns[name][rows] for name in ("recorded", "lost", "stock_out"))
        found = [_Change(int(p), np.nan, item.y[p], Kind.GAP, _GAP_REASON) for p in np.flatnonzero(~item.known)]
        found += [
            _Change(int(p), recorded[p], 0.0, Kind.RETURNS, _RETURNS_REASON) for p in np.flatnonzero(recorded < 0)
        ]
        item, added = _in_stock(item, out, lost, frequency.season_length)
        begun = _launch(item.y)
        if begun:
            issues.append(_launch_issue(item, begun, frequency, table))
            item = Series(item.unique_id, item.start + begun, item.y[begun:], item.known[begun:])
            found, added = _after(found, begun), _after(added, begun)
        choice = choose(item, frequency.season_length, frequency.period_name)
        item, replaced = _plausible(item, choice, frequency.season_length)
        if out.any() and not added:
            issues.append(_not_added_issue(item, int(out.sum()), frequency, table))
        issues += [_issue(item, part, frequency, table) for part in (added, _outliers_of(replaced)) if part]
        series.append(item)
        choices.append(choice)
        changes.append(_one_a_period([*found, *added, *replaced]))
    return CorrectedHistory(tuple(series), tuple(choices), _table(series, changes, frequency), tuple(issues))


def _in_stock(item: Series, out: np.ndarray, lost: np.ndarray, season_length: int) -> tuple[Series, list[_Change]]:
    """Return a series with the demand that stock-outs hid, and what was changed."""
    if not out.any():
        return item, []
    y, reasons = item.y.copy(), np.full(len(item.y), "", dtype=object)
    in_stock = item.known & ~out
    if in_stock.sum() >= _LEAST_IN_STOCK:
        intermittent = (item.y[in_stock] == 0).mean() > _MANY_ZEROS
        mean = item.y[in_stock].mean()
        expected = np.full(len(y), mean) if intermittent else filled(item.y, in_stock, season_length)
        more = out & item.known & (expected > item.y)
        y[more], reasons[more] = expected[more], _MEAN_REASON if intermittent else _ESTIMATED_REASON
    told = np.isfinite(lost) & item.known
    y[told], reasons[told] = item.y[told] + lost[told], _TOLD_REASON
    changed = np.flatnonzero(y != item.y)
    added = [_Change(int(p), item.y[p], y[p], Kind.STOCK_OUT, reasons[p]) for p in changed]
    return replace(item, y=y), added


def _launch(y: np.ndarray) -> int:
    """Return how many periods before the first sale are left out: zeros recorded before a product was launched.

    Six periods of zeros and more, more than twice the longest run of zeros since; and six periods since with few zeros
    among them: a single first order is no launch.
    """
    sold = np.flatnonzero(y > 0)
    if not sold.size or sold[0] < _LEAST_BEFORE_LAUNCH or len(y) - sold[0] < _LEAST_SINCE_LAUNCH:
        return 0
    since = y[sold[0] :]
    zeros = np.diff(np.flatnonzero(np.r_[True, since > 0, True])) - 1
    return int(sold[0]) if (since == 0).mean() < _MANY_ZEROS and sold[0] > 2 * zeros.max() else 0


def _after(changes: Sequence[_Change], begun: int) -> list[_Change]:
    return [replace(change, position=change.position - begun) for change in changes if change.position >= begun]


def _launch_issue(item: Series, begun: int, frequency: Frequency, table: str) -> Issue:
    return Issue(
        Severity.INFO,
        f"Series {item.unique_id} is taken as launched in {frequency.first_day_text(item.start + begun)}: the {begun} "
        f"{frequency.period_name}s of 0 before count as before its life.",
        "Leave rows before the launch out.",
        table=table,
    )


def _plausible(item: Series, choice: Choice, season_length: int) -> tuple[Series, list[_Change]]:
    """Return a series without isolated absurd values, those and the level shift that was kept."""
    if choice.route is Route.ENSEMBLE:
        y, where = without_outliers(item.y, season_length)
        reason = _OUTLIER_REASON
    elif choice.route is Route.INTERMITTENT:
        y, where = without_absurd_orders(item.y)
        reason = _ORDER_REASON
    else:
        return item, []
    found = [_Change(int(p), item.y[p], y[p], Kind.OUTLIER, reason) for p in where]
    item = replace(item, y=y) if where.size else item
    shift = level_shift(y, season_length) if choice.route is Route.ENSEMBLE else None
    if shift is not None:
        at = shift.position
        text = f"a lasting change to {shift.factor:.2g} times the level before: recognised and kept"
        found.append(_Change(at, y[at], y[at], Kind.LEVEL_SHIFT, text))
    return item, found


def _one_a_period(changes: Sequence[_Change]) -> list[_Change]:
    """Return the changes in the order of time, those of one period as one: from what was recorded to what is used."""
    merged: dict[tuple[int, bool], _Change] = {}
    for change in changes:
        key = (change.position, change.kind is Kind.LEVEL_SHIFT)
        before = merged.get(key)
        if before is not None:
            change = replace(change, recorded=before.recorded, reason=f"{before.reason}; {change.reason}")
        merged[key] = change
    return [merged[key] for key in sorted(merged)]


def _outliers_of(changes: Sequence[_Change]) -> list[_Change]:
    return [change for change in changes if change.kind is Kind.OUTLIER]


def _issue(item: Series, changes: Sequence[_Change], frequency: Frequency, table: str) -> Issue:
    """Return what was done to one series, in words: one kind of change."""
    count = len(changes)
    listed = ", ".join(
        f"{change.recorded:g} in {frequency.first_day_text(item.start + change.position)} (used {change.used:.4g})"
        for change in changes[:3]
    )
    listed += " …" if count > 3 else ""
    if changes[0].kind is Kind.STOCK_OUT:
        name = frequency.period_name + ("s" if count > 1 else "")
        added = sum(change.used - change.recorded for change in changes)
        return Issue(
            Severity.INFO,
            f"Series {item.unique_id}: {count} {name} out of stock, demand taken {added:.4g} above sales: {listed}.",
            "Give lost_units where you know what could have been sold.",
            table=table,
        )
    return Issue(
        Severity.WARNING,
        f"Series {item.unique_id}: {count} value{'s' if count > 1 else ''} far from neighbours and "
        f"season left out of the forecast: {listed}.",
        "Correct them where they are errors; give true one-offs as promotions.",
        table=table,
    )


def _not_added_issue(item: Series, count: int, frequency: Frequency, table: str) -> Issue:
    name = frequency.period_name + ("s" if count > 1 else "")
    return Issue(
        Severity.INFO,
        f"Series {item.unique_id}: {count} {name} out of stock, but nothing in the periods in stock says that more "
        "would have been sold; sales are taken as they are.",
        "Give lost_units where you know what could have been sold.",
        table=table,
    )


def _table(series: Sequence[Series], changes: Sequence[Sequence[_Change]], frequency: Frequency) -> pd.DataFrame:
    rows = [(item, change) for item, found in zip(series, changes, strict=True) for change in found]
    periods = np.array([item.start + change.position for item, change in rows], dtype=np.int64)
    return pd.DataFrame(
        {
            "unique_id": [item.unique_id for item, _ in rows],
            "ds": frequency.first_days(periods),
            "recorded": np.array([change.recorded for _, change in rows], dtype=float),
            "used": np.array([change.used for _, change in rows], dtype=float),
            "kind": [change.kind.value for _, change in rows],
            "reason": [change.reason for _, change in rows],
        },
        columns=list(CORRECTION_COLUMNS),
    )
