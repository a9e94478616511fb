"""From parsed tables to planning inputs: calendar, settings, masters, references, a hash; and all issues on the way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from sop_xl.gather.rebucket import needs_rebucket, rebucket
from sop_xl.gather.references import check_references, complete_masters
from sop_xl.gather.settings import read_settings
from sop_xl.model.calendar import BucketKind, Calendar, add_months
from sop_xl.model.issue import InputErrors, Issue, Severity, errors
from sop_xl.model.plan import PlanningInputs
from sop_xl.schema.catalogue import EVERYWHERE, tables
from sop_xl.schema.parse import Parsed

_HISTORICAL = frozenset({("history", "period"), ("actuals", "period"), ("signals", "period"), ("calendar", "period")})
_VALID_FROM_BEFORE = frozenset(
    (
        "price_cost",
        "fx",
        "working_capital",
        "account_changes",
        "pipeline",
        "scenario_drivers",
        "options",
        "capacity_steps",
        "maintenance",
        "open_orders",
    )
)
"""Tables in which a row from before the horizon still counts."""

_ONE_PLACE = (
    "history",
    "demand",
    "baseline",
    "resources",
    "outsourcing",
    "open_orders",
    "sales_forecast",
    "frozen_production",
)


def planning_inputs(found: Mapping[str, pd.DataFrame] | Parsed) -> tuple[PlanningInputs | None, tuple[Issue, ...]]:
    """Return frozen planning inputs from typed tables, and all issues; None where errors forbid to plan.

    Steps: settings → calendar → masters completed → references checked → periods put on buckets → a single location
    put in the place of ALL → hash. Issues of parsing are part of those returned.

    Args:
        found: typed tables by name, or what the parser returned (then issues name their cells).
    """
    parsed = found if isinstance(found, Parsed) else Parsed(dict(found))
    issues = list(parsed.issues)
    settings, problems = read_settings(parsed)
    issues += problems
    full = complete_masters(parsed.tables)
    if full["demand"].empty and full["baseline"].empty and full["history"].empty:
        issues.append(
            Issue(
                Severity.ERROR,
                "There is nothing to plan: no demand, no baseline and no history.",
                "Give demand.csv (units per product and period), or history.csv to forecast from.",
            )
        )
    issues += check_references(full, parsed)
    calendar, problems = make_calendar(full, settings)
    issues += problems
    if calendar is None:
        return None, tuple(issues)
    full, problems = _on_buckets(full, calendar, parsed)
    issues += problems
    full, problems = _in_one_place(full, parsed)
    issues += problems
    if errors(issues):
        return None, tuple(issues)
    if settings["as_of"] is None:
        settings["as_of"] = date.fromordinal(calendar.start.toordinal() - 1)
    return PlanningInputs(full, calendar, settings, content_hash(full, settings), parsed.locate), tuple(issues)


def require_inputs(found: Mapping[str, pd.DataFrame] | Parsed) -> PlanningInputs:
    """Return planning inputs, or raise with all issues.

    Raises:
        InputErrors: where the inputs have errors.
    """
    inputs, issues = planning_inputs(found)
    if inputs is None:
        raise InputErrors(issues)
    return inputs


def make_calendar(full: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> tuple[Calendar | None, list[Issue]]:
    """Return the calendar: the calendar table, else the settings from the horizon start, else the demand's periods."""
    table = full["calendar"].sort_values("period")
    try:
        if len(table):
            kinds = [BucketKind(kind) for kind in table["kind"]]
            return Calendar.from_starts((day.date() for day in table["period"]), kinds), []
        periods = full["demand"]["period"].dropna()
        if len(periods) and settings["horizon_start"] is None:
            return Calendar.from_starts(day.date() for day in periods), []
    except ValueError as problem:
        hint = "Give every bucket of the horizon, without a gap (a period without demand needs a row with 0)."
        name = "calendar" if len(table) else "demand"
        return None, [Issue(Severity.ERROR, f"The periods do not follow each other: {problem}.", hint, table=name)]
    start = settings["horizon_start"]
    if start is None:
        source = full["baseline"]["period"] if len(full["baseline"]) else full["history"]["period"]
        if not len(source.dropna()):
            return None, []
        start = source.min().date() if len(full["baseline"]) else add_months(source.max().date().replace(day=1), 1)
    return (
        Calendar.telescoping(
            start,
            weekly_months=settings["weekly_months"],
            monthly=settings["monthly_buckets"],
            yearly=settings["yearly_buckets"],
        ),
        [],
    )


def _on_buckets(
    full: Mapping[str, pd.DataFrame], calendar: Calendar, parsed: Parsed
) -> tuple[dict[str, pd.DataFrame], list[Issue]]:
    """Put every period on the first day of its bucket; a day outside the horizon is an issue."""
    issues: list[Issue] = []
    out = dict(full)
    span = f"{calendar.labels[0]} to {calendar.labels[-1]}"
    for name, frame in full.items():
        for column in tables()[name].columns:
            if column.type != "period" or (name, column.name) in _HISTORICAL or frame.empty:
                continue
            days = frame[column.name]
            unique = {day: calendar.bucket_of(day.date()) for day in days.dropna().unique()}
            outside = {day for day, bucket in unique.items() if bucket is None}
            if outside:
                keep_before = name in _VALID_FROM_BEFORE
                for row in days.index[days.isin(outside)]:
                    day = days[row]
                    if keep_before and day.date() < calendar.start:
                        continue
                    issues.append(
                        Issue(
                            Severity.ERROR,
                            f"{column.header} {day.date().isoformat()} lies outside the horizon {span}.",
                            "Correct the date, or delete the row.",
                            **parsed.locate(name, int(row), column.name),
                        )
                    )
            if not outside and needs_rebucket(name, frame, calendar):
                out[name] = rebucket(name, frame, calendar)
                continue
            starts = {day: pd.Timestamp(bucket.start) for day, bucket in unique.items() if bucket is not None}
            moved = days.map(lambda day, starts=starts: starts.get(day, day)).astype("datetime64[ns]")
            out[name] = out[name].assign(**{column.name: moved})
        keys = list(tables()[name].keys)
        if len(out[name]) != len(frame):
            continue
        again = out[name].duplicated(keys, keep="first") & ~frame.duplicated(keys, keep="first")
        for row in frame.index[again]:
            issues.append(
                Issue(
                    Severity.ERROR,
                    "Two rows fall into the same bucket of the calendar.",
                    "Add them up into one row, or plan with shorter buckets.",
                    **parsed.locate(name, int(row), "period"),
                )
            )
    return out, issues


def _in_one_place(full: Mapping[str, pd.DataFrame], parsed: Parsed) -> tuple[dict[str, pd.DataFrame], list[Issue]]:
    """Put the only location in the place of ALL where a row needs one; with several locations, say so."""
    places = sorted(set(full["locations"]["location"]))
    out, issues = dict(full), []
    for name in _ONE_PLACE:
        frame = full[name]
        everywhere = frame["location"] == EVERYWHERE if len(frame) else pd.Series(dtype=bool)
        if not everywhere.any() or (name == "sales_forecast" and len(places) != 1):
            continue
        if len(places) == 1:
            out[name] = frame.assign(location=frame["location"].where(~everywhere, places[0]))
            continue
        row = int(frame.index[everywhere][0])
        issues.append(
            Issue(
                Severity.ERROR,
                f"{int(everywhere.sum())} rows of {name} name no location, but there are {len(places)}.",
                f"Write the location of each row: one of {', '.join(places[:8])}.",
                **parsed.locate(name, row, "location"),
            )
        )
    return out, issues


def content_hash(full: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> str:
    """Return the SHA-256 of tables and settings: equal content gives an equal hash, whatever the order of the rows."""
    digest = hashlib.sha256(json.dumps(dict(settings), sort_keys=True, default=str).encode())
    for name in sorted(full):
        if full[name].empty:
            continue
        ordered = full[name].sort_values(list(tables()[name].keys), kind="stable")
        digest.update(name.encode())
        digest.update(ordered.to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\n").encode())
    return digest.hexdigest()
