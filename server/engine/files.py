"""The files people open, made from the tables of a version."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from server.engine.reading import input_tables
from server.engine.targets import reference
from server.engine.version_tables import tables_of
from server.processes import Report, Result
from server.store import payload
from server.table_names import CYCLE, TARGETS
from sop_xl.gather.inputs import require_inputs
from sop_xl.model.calendar import Calendar
from sop_xl.model.plan import PlanningInputs
from sop_xl.parallel import in_order
from sop_xl.schema.catalogue import EVERYWHERE, answers_of
from sop_xl.workbook.content import BookContent, PackContent
from sop_xl.workbook.pack import write_pack
from sop_xl.workbook.writing import write_book

OF_THE_PLAN = ("resource_load", "demand_served", "stockout_risk", "inventory_targets", "available_to_promise")
"""Answers that a book shows of the plan itself, once there is one."""


@dataclass(frozen=True, slots=True)
class _Issue:
    """What the books of a cycle are written from."""

    inputs: PlanningInputs
    tables: Mapping[str, pd.DataFrame]
    cycle: str
    version: str
    scenario: str
    as_of: date


def books(
    *,
    report: Report,
    blobs: Mapping[str, bytes],
    functions: Sequence[str],
    cycle: str,
    version: str,
    scenario: str,
    summary: Mapping[str, Any],
) -> Result:
    """Write the workbooks of all functions from a version: prefilled, and knowing where they came from.

    From the issued version they hold the baseline and what was gathered; from a later one the numbers put together.
    """
    tables = payload.unpack(blobs["payload"])
    inputs = require_inputs(input_tables(tables))
    issue = _Issue(inputs, tables, cycle, version, scenario, date.fromisoformat(str(summary["as_of"])))
    return Result({}, dict(zip(functions, in_order(_book, issue, functions), strict=True)))


def _book(issue: _Issue, function: str) -> bytes:
    # The version holds the sheets as issued, sales by product; without the baseline they are written as they stand.
    sheets = {name: frame for name, frame in issue.inputs.tables.items() if name != "baseline"}
    pages = issue.tables.get(f"{CYCLE}family_pages", tables_of(issue.tables, issue.scenario).get("family_pages"))
    if pages is not None:
        sheets["family_pages"] = pages
    made = {name.removeprefix(CYCLE): frame for name, frame in issue.tables.items() if name.startswith(CYCLE)}
    plan = tables_of(issue.tables, issue.scenario)
    made |= {name: plan[name] for name in OF_THE_PLAN if name in plan}
    sheets |= {shape.name: _of_everybody(made[shape.name]) for shape in answers_of(function) if shape.name in made}
    if "baseline_ranges" in made:
        sheets["baseline_ranges"] = made["baseline_ranges"]
    content = BookContent(
        tables=sheets,
        calendar=issue.inputs.calendar,
        cycle=issue.cycle,
        base_version=issue.version,
        currency=str(issue.inputs.settings["currency"]),
        illustrative=bool(issue.inputs.settings["illustrative"]),
        reference=_reference(function, issue.tables, issue.inputs.calendar),
        issued=issue.as_of,
    )
    target = io.BytesIO()
    write_book(function, content, target)
    return target.getvalue()


def _of_everybody(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table without the rows about single people: a book goes to everybody in a function."""
    for name in ("person", "owner"):
        if name in frame:
            frame = frame[frame[name] == EVERYWHERE].reset_index(drop=True)
    return frame


def _reference(function: str, tables: Mapping[str, pd.DataFrame], calendar: Calendar) -> dict[str, float | str]:
    shown = {"Plan shown": "preliminary: the baseline, before submissions"} if function == "executive" else {}
    plan = tables.get(f"{TARGETS}family_plan")
    return {**shown, **({} if plan is None else reference(function, plan, calendar))}


def pack(
    *,
    report: Report,
    blobs: Mapping[str, bytes],
    cycle: str,
    version: str,
    kind: str,
    scenario: str,
    created_at: str,
    summary: Mapping[str, Any],
) -> Result:
    """Write the executive pack of one scenario of a version."""
    tables = payload.unpack(blobs["payload"])
    inputs = require_inputs(input_tables(tables))
    of_cycle = {name.removeprefix(CYCLE): frame for name, frame in tables.items() if name.startswith(CYCLE)}
    shown = tables_of(tables, scenario)
    content = PackContent(
        tables={**inputs.tables, **of_cycle, **shown},
        calendar=inputs.calendar,
        version=version,
        cycle=cycle,
        status="committed" if kind == "committed" else "recommended",
        scenario=scenario,
        currency=str(inputs.settings["currency"]),
        weights=summary["weights"],
        messages=[summary["recommendation"]["text"], *summary["recommendation"]["reasons"]],
        illustrative=bool(inputs.settings["illustrative"]),
        issued=date.fromisoformat(created_at[:10]),
    )
    target = io.BytesIO()
    write_pack(content, target)
    return Result({}, {"file": target.getvalue()})
