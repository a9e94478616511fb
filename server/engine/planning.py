"""Putting the submissions together and running the whole cycle on the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.engine.conflict_names import BASE
from server.engine.merging import Base, MergedSubmissions, merge_submissions
from server.engine.reading import input_tables, plain_issues
from server.engine.summary import cycle_summary, frame_of
from server.engine.version_tables import version_tables
from server.processes import Report, Result
from server.store import payload
from server.table_names import CYCLE, TARGETS
from sop_xl.cycle import run_cycle, with_sunsets
from sop_xl.gather.inputs import planning_inputs
from sop_xl.model.issue import InputErrors

MOST_CHANGES = 300
_MOST_OPEN = 20


def preview(*, report: Report, blobs: Mapping[str, bytes], submissions: Sequence[Mapping[str, str]]) -> Result:
    """Merge submissions over the issued version without planning: what changes, and what is disputed."""
    merged = _merged(payload.unpack(blobs["issued"]), blobs, submissions, {})
    changes = merged.changes[merged.changes["what"] != "settled"]
    by_sender = {
        f"{function}/{submitter}": {"total": len(rows), "rows": rows.head(MOST_CHANGES).to_dict("records")}
        for (function, submitter), rows in changes.groupby(["function", "submitter"])
    }
    values = {"conflicts": list(merged.conflicts), "changes": by_sender, "issues": plain_issues(merged.issues)}
    return Result(values, {})


def _merged(
    issued: Mapping[str, Any],
    blobs: Mapping[str, bytes],
    submissions: Sequence[Mapping[str, str]],
    resolutions: Mapping[str, Mapping[str, Any]],
) -> MergedSubmissions:
    given = [(source, payload.unpack(blobs[source["id"]])) for source in submissions]
    bases = {name.removeprefix(BASE): _base(content) for name, content in blobs.items() if name.startswith(BASE)}
    return merge_submissions(input_tables(issued), given, bases=bases, resolutions=resolutions)


def _base(content: bytes) -> Base:
    tables = payload.unpack(content)
    return Base(input_tables(tables), tables[f"{CYCLE}changes"])


def consolidate(
    *,
    report: Report,
    blobs: Mapping[str, bytes],
    cycle: str,
    submissions: Sequence[Mapping[str, str]],
    resolutions: Mapping[str, Mapping[str, Any]],
) -> Result:
    """Merge submissions over the issued version, with what people resolved, and run the whole cycle on the result.

    Without a payload in the result the submissions do not fit together: its ``issues`` say why.
    """
    issued = payload.unpack(blobs["issued"])
    report(0.0, "Putting the submissions together")
    merged = _merged(issued, blobs, submissions, resolutions)
    inputs, found = planning_inputs(merged.tables)
    if inputs is None:
        return Result({"issues": plain_issues([*merged.issues, *found])}, {})
    inputs = with_sunsets(inputs)
    before = {n.removeprefix(TARGETS): frame for n, frame in issued.items() if n.startswith(TARGETS)}
    try:
        result = run_cycle(
            inputs, committed=before or None, progress=lambda share, text: report(0.03 + 0.93 * share, text)
        )
    except InputErrors as refused:
        return Result({"issues": plain_issues(refused.issues)}, {})
    report(0.97, "Storing the plan")
    tables = version_tables(inputs, result, before)
    tables |= {name: frame for name, frame in issued.items() if name.startswith(TARGETS)}
    tables[f"{CYCLE}changes"] = merged.changes
    ranges = f"{CYCLE}baseline_ranges"
    if ranges in issued:
        tables[ranges] = issued[ranges]
    summary = {
        **frame_of(inputs),
        **cycle_summary(inputs, result, tables),
        "cycle": cycle,
        "conflicts": _conflicts(merged, resolutions),
        "changes": len(merged.changes),
        "issues": plain_issues([*merged.issues, *found, *result.issues]),
    }
    return Result({"summary": summary}, {"payload": payload.pack(tables)})


def _conflicts(merged: MergedSubmissions, resolutions: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return how many conflicts the plan was made with, and those that were open: their cells stand as issued."""
    resolved = [c for c in merged.conflicts if c["id"] in resolutions]
    by_rule = [c for c in merged.conflicts if c["id"] not in resolutions and c["rule"] is not None]
    left = [c for c in merged.conflicts if c["id"] not in resolutions and c["rule"] is None]
    counts = {"total": len(merged.conflicts), "resolved": len(resolved), "by_rule": len(by_rule), "open": len(left)}
    return {**counts, "rows": left[:_MOST_OPEN]}
