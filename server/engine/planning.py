"""Putting the submissions together and running the whole cycle on the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.engine.merging import merge_submissions
from server.engine.reading import input_tables, plain_issues
from server.engine.summary import MOST_ROWS, cycle_summary, frame_of
from server.engine.version_tables import version_tables
from server.processes import Report, Result
from server.store import payload
from server.table_names import CYCLE, TARGETS
from sop_xl.cycle import run_cycle
from sop_xl.gather.inputs import planning_inputs
from sop_xl.model.issue import InputErrors


def consolidate(
    *, report: Report, blobs: Mapping[str, bytes], cycle: str, submissions: Sequence[Mapping[str, str]]
) -> Result:
    """Merge submissions over the issued version and run the whole cycle on the result.

    Without a payload in the result the submissions do not fit together: its ``issues`` say why.
    """
    issued = payload.unpack(blobs["issued"])
    report(0.0, "Putting the submissions together")
    given = [(source, payload.unpack(blobs[source["id"]])) for source in submissions]
    merged = merge_submissions(input_tables(issued), given)
    inputs, found = planning_inputs(merged.tables)
    if inputs is None:
        return Result({"issues": plain_issues([*merged.issues, *found])}, {})
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
        "conflicts": list(merged.conflicts[:MOST_ROWS]),
        "conflicts_total": len(merged.conflicts),
        "changes": len(merged.changes),
        "issues": plain_issues([*merged.issues, *found, *result.issues]),
    }
    return Result({"summary": summary}, {"payload": payload.pack(tables)})
