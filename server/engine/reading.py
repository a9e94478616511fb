"""Reading what people send: the data a cycle starts from, and the workbooks of the functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import PurePath
from typing import Any

import pandas as pd

from server.engine.archives import expand
from server.engine.freezing import frozen_forecasts
from server.engine.targets import carried_over, committed_targets, prior_commitments
from server.processes import Report, Result
from server.store import payload
from server.table_names import INPUTS
from sop_xl import __version__
from sop_xl.demand.measured import override_nudges
from sop_xl.demand.snapshots import kept
from sop_xl.gather.inputs import planning_inputs
from sop_xl.gather.sources import read_csvs
from sop_xl.model.issue import Issue, Severity, errors
from sop_xl.schema.catalogue import FUNCTIONS, tables_of
from sop_xl.schema.parse import Parsed, parse
from sop_xl.schema.raw import RawTable
from sop_xl.workbook.reading import read_workbook


def read_data(*, report: Report, blobs: Mapping[str, bytes], names: Mapping[str, str]) -> Result:
    """Read the files a cycle starts from: CSVs named after the tables, workbooks, zips of them."""
    parsed = _parse_files(blobs, names)
    inputs, issues = planning_inputs(parsed)
    return _data(None if inputs is None else inputs.tables, issues)


def next_data(
    *,
    report: Report,
    blobs: Mapping[str, bytes],
    names: Mapping[str, str],
    decided: Mapping[str, Any],
    people: Mapping[str, str],
    baseline_made: bool,
) -> Result:
    """Read the data of a cycle that follows a committed plan; tables not sent are those of the committed version.

    The forecast of the committed plan is frozen beside those of the cycles before, in the name of ``people``.
    """
    committed = payload.unpack(blobs["committed"])
    parsed = _parse_files(blobs, names) if names else Parsed({})
    tables = carried_over(input_tables(committed), parsed.tables, baseline_made=baseline_made)
    inputs, issues = planning_inputs(Parsed(tables, parsed.issues, parsed.origins))
    if inputs is None or errors(issues):
        return _data(None, issues)
    targets = {"actuals": committed_targets(committed, inputs["actuals"], inputs.calendar)}
    if "prior_commitments" not in parsed.tables:
        targets["prior_commitments"] = prior_commitments(committed, decided)
    frozen = frozen_forecasts(committed, cycle=str(decided["cycle"]), people=people)
    keep = partial(kept, start=inputs.calendar.start, months=int(inputs.settings["snapshot_months"]))
    before = keep(frozen, committed[f"{INPUTS}forecast_snapshots"])
    targets["forecast_snapshots"] = keep(before, inputs["forecast_snapshots"])
    inputs, more = planning_inputs({**inputs.tables, **targets})
    return _data(None if inputs is None else inputs.tables, [*issues, *more])


def read_book(
    *,
    report: Report,
    blobs: Mapping[str, bytes],
    name: str,
    cycle: str,
    base_versions: Sequence[str],
    submitter: str = "",
) -> Result:
    """Read a function's workbook and check it within the cycle it was issued for.

    Its own tables take the place of those issued while references and horizon are checked, so that a code or a period
    that the cycle does not know is found now, at its cell, and not when everything is put together.
    """
    reading = read_workbook(blobs["book"], file_name=name)
    meta = reading.meta
    function = meta.get("function", "") if meta.get("function", "") in FUNCTIONS else ""
    values = {"function": function, "base_version": meta.get("base_version", ""), "engine": __version__}
    if errors(reading.issues) and not reading.raw_tables:
        return Result({**values, "issues": plain_issues(reading.issues)}, {})
    issues = [*reading.issues, *_identity(meta, function, name, cycle, base_versions)]
    own = {shape.name for shape in tables_of(function)} if function else set()
    parsed = parse(raw for raw in reading.raw_tables if raw.name in own or not function)
    issues += parsed.issues
    if not errors(issues):
        issued = input_tables(payload.unpack(blobs["issued"]))
        together = Parsed({**issued, **parsed.tables}, (), parsed.origins)
        found = planning_inputs(together)[1]
        issues += [issue for issue in found if issue.table in own or issue.severity is Severity.ERROR]
        issues += override_nudges(together, issued.get("sales_forecast"), submitter) if "sales_forecast" in own else []
    return Result({**values, "issues": plain_issues(issues)}, {"tables": payload.pack(parsed.tables)})


def input_tables(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the inputs among the tables of a version, by their own names."""
    return {name.removeprefix(INPUTS): frame for name, frame in tables.items() if name.startswith(INPUTS)}


def _parse_files(blobs: Mapping[str, bytes], names: Mapping[str, str]) -> Parsed:
    files, issues = expand({names[key]: content for key, content in blobs.items() if key in names})
    csvs = {name: content for name, content in files.items() if name.lower().endswith(".csv")}
    raw, found = read_csvs(csvs)
    issues += found
    for name, content in files.items():
        if name in csvs:
            continue
        if PurePath(name).suffix.lower() not in (".xlsx", ".xlsm", ".xls"):
            hint = "Send CSV files named after the tables, workbooks, or a zip of them."
            issues.append(Issue(Severity.ERROR, f"'{name}' is neither a CSV file nor a workbook.", hint, file=name))
            continue
        reading = read_workbook(content, file_name=name)
        raw += reading.raw_tables
        issues += reading.issues
    if not files and not issues:
        issues.append(Issue(Severity.ERROR, "There is no CSV file and no workbook among the files."))
    return _parsed(raw, issues)


def _parsed(raw: Sequence[RawTable], issues: Sequence[Issue]) -> Parsed:
    parsed = parse(raw)
    return Parsed(parsed.tables, (*issues, *parsed.issues), parsed.origins)


def _identity(
    meta: Mapping[str, str], function: str, file: str, cycle: str, base_versions: Sequence[str]
) -> list[Issue]:
    if not meta:
        text = "The workbook does not say which book it is and which version it was issued from."
        hint = "Download the function's book from this cycle's page and copy your entries into it."
        return [Issue(Severity.ERROR, text, hint, file=file)]
    found = []
    if not function:
        text = f"The workbook belongs to {meta.get('function', '') or 'no function'}, which submits nothing here."
        hint = f"Submit the book of one of {', '.join(FUNCTIONS)}."
        found.append(Issue(Severity.ERROR, text, hint, file=file))
    if meta.get("cycle", "") != cycle:
        text = f"The book was issued for the cycle {meta.get('cycle', '') or '(none)'}, not for {cycle}."
        hint = "Submit it to its own cycle, or copy your entries into the book of this one."
        found.append(Issue(Severity.ERROR, text, hint, file=file))
    elif meta.get("base_version", "") not in base_versions:
        issued = meta.get("base_version", "")[:10] or "no version"
        text = f"The book was issued from {issued}, which is no version of this cycle."
        hint = "Download the book again from this cycle's page and copy your entries into it."
        found.append(Issue(Severity.ERROR, text, hint, file=file))
    return found


def _data(tables: Mapping[str, pd.DataFrame] | None, issues: Iterable[Issue]) -> Result:
    values: dict[str, Any] = {"issues": plain_issues(issues), "engine": __version__}
    return Result(values, {} if tables is None else {"tables": payload.pack(dict(tables))})


def plain_issues(issues: Iterable[Issue]) -> list[dict[str, str]]:
    """Return issues as plain values, errors first, each once."""
    order = list(Severity)
    unique = dict.fromkeys(issues)
    return [issue.to_dict() for issue in sorted(unique, key=lambda issue: order.index(issue.severity))]
