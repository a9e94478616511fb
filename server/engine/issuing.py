"""The version a cycle is issued with: gathered data, a statistical baseline, and the forecast sheet made from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from server.engine.files import OF_THE_PLAN
from server.engine.forecast_sheet import sales_forecast
from server.engine.reading import plain_issues
from server.engine.summary import frame_of, records
from server.engine.targets import target_tables
from server.processes import Report, Result
from server.store import payload
from server.table_names import CYCLE, INPUTS, TARGETS
from sop_xl.cycle import (
    Plan,
    accuracy_of,
    corrections_of,
    plan_inputs,
    proposals,
    simulated_plans,
    solve_scenario,
)
from sop_xl.demand.baseline_plan import plan_baseline
from sop_xl.demand.measured import history_to_forecast, measured
from sop_xl.finance.family_page import family_pages
from sop_xl.finance.kpis import dashboard
from sop_xl.gather.inputs import require_inputs
from sop_xl.gather.quality import data_quality
from sop_xl.govern.assumptions import assumption_scores, score_assumptions
from sop_xl.model.issue import Issue
from sop_xl.model.plan import PlanningInputs
from sop_xl.product.review import product_review
from sop_xl.scenario.scenario import BASE, Scenario
from sop_xl.supply.explain import Explain
from sop_xl.workbook.prefill import supply_response


def issue(*, report: Report, blobs: Mapping[str, bytes], cycle: str) -> Result:
    """Make the statistical baseline of gathered data and the version the books of a cycle are issued from."""
    inputs = require_inputs(payload.unpack(blobs["tables"]))
    as_of = inputs.settings["as_of"]
    inputs = inputs.with_tables(assumptions=score_assumptions(inputs.tables, as_of))
    report(0.02, "Data quality")
    quality = data_quality(inputs)
    made = not len(inputs["demand"]) and not len(inputs["baseline"])
    seen = measured(inputs.tables, start=inputs.calendar.start, seed=inputs.settings["seed"])
    inputs = inputs.with_tables(drift_proposals=seen["drift_proposals"])
    baseline, ranges, issues = _baseline(inputs, report, made=made)
    report(0.9, "Preliminary plan")
    preliminary = plan_inputs(inputs.with_tables(baseline=baseline), explain=Explain.CAUSES)
    report(0.95, "Books")
    sheet = sales_forecast(inputs.tables, inputs.calendar, baseline, ranges)
    issued = {**inputs.tables, "baseline": baseline, "sales_forecast": sheet}
    known = {**preliminary.solved.tables, **issued}
    targets = target_tables(payload.unpack(blobs["committed"])) if "committed" in blobs else {}
    pages = _executive_pages(preliminary, targets.get(f"{TARGETS}profit_and_loss"))
    issued["dashboard"] = pages["dashboard"]
    issued["supply_response"] = supply_response(known)
    issued["rationalisation"] = product_review(known, inputs.calendar)
    inputs = require_inputs(issued)
    tables = {f"{INPUTS}{name}": frame for name, frame in inputs.tables.items()}
    tables[f"{CYCLE}data_quality"] = quality.checks
    tables[f"{CYCLE}history_corrections"] = corrections_of(inputs)
    tables[f"{CYCLE}forecast_accuracy"] = accuracy_of(inputs)
    tables |= {f"{CYCLE}{name}": frame for name, frame in seen.items()}
    tables[f"{CYCLE}rationalisation"] = issued["rationalisation"]
    tables |= {f"{CYCLE}{name}": frame for name, frame in proposals(inputs).items()}
    tables[f"{CYCLE}assumption_scores"] = assumption_scores(inputs["assumptions"], as_of)
    tables |= {f"{CYCLE}{name}": known[name] for name in ("inventory_targets", "available_to_promise")}
    tables[f"{CYCLE}sensing_gain"] = preliminary.sensed.gain
    tables[f"{CYCLE}driver_effects"] = preliminary.sensed.effects
    if len(ranges):
        tables[f"{CYCLE}baseline_ranges"] = ranges
    tables[f"{CYCLE}family_pages"] = pages["family_pages"]
    tables |= _pictures(preliminary)
    tables |= targets
    summary = {
        **frame_of(inputs),
        "cycle": cycle,
        "baseline_made": made,
        "quality": {"stamp": quality.stamp.value, "checks": records(quality.checks)},
        "issues": plain_issues(issues),
    }
    return Result({"summary": summary}, {"payload": payload.pack(tables)})


def _pictures(preliminary: Plan) -> dict[str, pd.DataFrame]:
    """Return what the pictures of supply show of the plan on the baseline alone, and what luck makes of it."""
    base = solve_scenario(preliminary, Scenario(BASE, "Plan on the baseline alone"))
    simulated = simulated_plans(preliminary, {BASE: base})
    made = {"simulation": simulated.table, "twin_replay": simulated.replayed}
    for result in simulated.results.values():
        made |= {name: result.plan.tables[name] for name in OF_THE_PLAN if name in result.plan.tables}
    return {f"{CYCLE}{name}": frame for name, frame in made.items()}


def _executive_pages(preliminary: Plan, committed: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    """Return dashboard and family pages of the plan on the baseline alone, beside the one committed before."""
    inputs, solved = preliminary.inputs, preliminary.solved
    money, demand = solved.tables["profit_and_loss"], solved.tables["consensus_demand"]
    return {
        "dashboard": dashboard(inputs, solved, money, committed),
        "family_pages": family_pages(inputs, demand, solved, money, committed),
    }


def _baseline(
    inputs: PlanningInputs, report: Report, *, made: bool
) -> tuple[pd.DataFrame, pd.DataFrame, Sequence[Issue]]:
    if not made:
        return inputs["baseline"], pd.DataFrame(), ()
    history, told = history_to_forecast(inputs.tables, inputs.settings)
    planned = plan_baseline(
        history,
        inputs["products"],
        inputs.calendar,
        country=inputs.settings["holidays_of"],
        seed=inputs.settings["seed"],
        progress=lambda share, text: report(0.05 + 0.83 * share, text),
    )
    return planned.table, planned.ranges, (*told, *planned.issues)
