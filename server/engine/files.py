"""The files people open, made from the tables of a version."""

from __future__ import annotations

import io
from collections.abc import Mapping
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
from sop_xl.workbook.content import BookContent, PackContent
from sop_xl.workbook.pack import write_pack
from sop_xl.workbook.writing import write_book


def book(
    *, report: Report, blobs: Mapping[str, bytes], function: str, cycle: str, version: str, summary: Mapping[str, Any]
) -> Result:
    """Write the workbook of a function from the issued version: prefilled, and knowing where it came from."""
    tables = payload.unpack(blobs["payload"])
    inputs = require_inputs(input_tables(tables))
    # The version holds the sheets as issued, sales by product; without the baseline they are written as they stand.
    sheets = {name: frame for name, frame in inputs.tables.items() if name != "baseline"}
    if f"{CYCLE}family_pages" in tables:
        sheets["family_pages"] = tables[f"{CYCLE}family_pages"]
    content = BookContent(
        tables=sheets,
        calendar=inputs.calendar,
        cycle=cycle,
        base_version=version,
        currency=str(inputs.settings["currency"]),
        illustrative=bool(inputs.settings["illustrative"]),
        reference=_reference(function, tables, inputs.calendar),
        issued=date.fromisoformat(str(summary["as_of"])),
    )
    target = io.BytesIO()
    write_book(function, content, target)
    return Result({}, {"file": target.getvalue()})


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
