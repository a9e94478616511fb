"""Running the cycle: the baseline a cycle is issued with, and the plan its submissions become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from server.engine.forecast_sheet import sales_forecast
from server.engine.merging import merge_submissions
from server.engine.reading import input_tables, plain_issues
from server.engine.summary import cycle_summary, frame_of, records
from server.engine.version_tables import version_tables
from server.processes import Report, Result
from server.store import payload
from server.table_names import INPUTS, TARGETS
from sop_xl.cycle import run_cycle
from sop_xl.demand.baseline_plan import plan_baseline
from sop_xl.gather.inputs import planning_inputs, require_inputs
from sop_xl.gather.quality import data_quality
from sop_xl.model.issue import InputErrors, Issue
from sop_xl.model.plan import PlanningInputs


def issue(*, report: Report, blobs: Mapping[str, bytes], cycle: str) -> Result:
    """Make the statistical baseline of gathered data and the version the books of a cycle are issued from."""
    inputs = require_inputs(payload.unpack(blobs["tables"]))
    report(0.02, "Data quality")
    quality = data_quality(inputs)
    made = not len(inputs["demand"]) and not len(inputs["baseline"])
    baseline, ranges, issues = _baseline(inputs, report, made=made)
    report(0.95, "Books")
    sheet = sales_forecast(inputs.tables, inputs.calendar, baseline, ranges)
    issued = {**inputs.tables, "baseline": baseline, "sales_forecast": sheet}
    tables = {f"{INPUTS}{name}": frame for name, frame in issued.items()}
    tables["cycle/data_quality"] = quality.checks
    if len(ranges):
        tables["cycle/baseline_ranges"] = ranges
    summary = {
        **frame_of(inputs),
        "cycle": cycle,
        "baseline_made": made,
        "quality": {"stamp": quality.stamp.value, "checks": records(quality.checks)},
        "issues": plain_issues(issues),
    }
    return Result({"summary": summary}, {"payload": payload.pack(tables)})


def _baseline(
    inputs: PlanningInputs, report: Report, *, made: bool
) -> tuple[pd.DataFrame, pd.DataFrame, Sequence[Issue]]:
    if not made:
        return inputs["baseline"], pd.DataFrame(), ()
    planned = plan_baseline(
        inputs["history"],
        inputs["products"],
        inputs.calendar,
        seed=inputs.settings["seed"],
        progress=lambda share, text: report(0.05 + 0.88 * share, text),
    )
    return planned.table, planned.ranges, planned.issues


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
    if "cycle/baseline_ranges" in issued:
        tables["cycle/baseline_ranges"] = issued["cycle/baseline_ranges"]
    summary = {
        **frame_of(inputs),
        **cycle_summary(inputs, result, tables),
        "cycle": cycle,
        "conflicts": merged.conflicts,
        "changes": merged.changes,
        "issues": plain_issues([*merged.issues, *found, *result.issues]),
    }
    return Result({"summary": summary}, {"payload": payload.pack(tables)})
