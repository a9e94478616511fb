"""A solved plan or a whole cycle as a file: JSON for programs, a workbook for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sop_xl.schema.plain import plain, records
from sop_xl.workbook.content import PackContent
from sop_xl.workbook.frames import write_sheets
from sop_xl.workbook.pack import write_pack

if TYPE_CHECKING:
    from sop_xl.cycle import CycleResult, Plan


def write_plan(plan: Plan, target: Path) -> None:
    """Write a plan as JSON (status, objective, kpis, gaps, bottlenecks, reliefs, issues, tables) or as a workbook."""
    if target.suffix.lower() == ".json":
        _write_json(plan_document(plan), target)
    else:
        _write_workbook(plan, dict(plan.solved.tables), target)


def write_cycle(cycle: CycleResult, target: Path) -> None:
    """Write a cycle as JSON (base plan, comparison, recommendation, each scenario's key figures) or as a workbook."""
    if target.suffix.lower() == ".json":
        _write_json(cycle_document(cycle), target)
    else:
        _write_workbook(cycle.plan, dict(cycle.tables), target, messages=(cycle.recommendation.text,))


def write_simulation(tables: Mapping[str, pd.DataFrame], target: Path) -> None:
    """Write the tables of a simulation as JSON, or as a workbook with a sheet a table."""
    if target.suffix.lower() == ".json":
        _write_json({name: records(frame) for name, frame in tables.items()}, target)
    else:
        write_sheets(tables, target)


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain values: dates are ISO days, undefined numbers null."""
    solved = plan.solved
    tables = {name: records(frame) for name, frame in solved.tables.items()}
    return {
        "status": solved.status,
        "objective": plain(solved.objective),
        "objective_is": plan.inputs.settings["objective"],
        "mip_gap": plain(solved.mip_gap),
        "currency": plan.inputs.settings["currency"],
        "inputs_hash": plan.inputs.content_hash,
        "kpis": {name: plain(value) for name, value in solved.kpis.items()},
        "gaps": tables["gaps"],
        "bottlenecks": tables["bottlenecks"],
        "reliefs": tables["reliefs"],
        "issues": [issue.to_dict() for issue in plan.issues],
        "notes": list(solved.notes),
        "tables": tables,
    }


def cycle_document(cycle: CycleResult) -> dict[str, Any]:
    """Return a cycle as plain values: the base plan's document, comparison, recommendation and each scenario."""
    document = plan_document(cycle.plan)
    document["tables"] = {name: records(frame) for name, frame in cycle.tables.items()}
    document["recommendation"] = {
        "scenario": cycle.recommendation.scenario,
        "text": cycle.recommendation.text,
        "reasons": list(cycle.recommendation.reasons),
    }
    document["trusted_data_stamp"] = str(cycle.quality.stamp)
    document["scenarios"] = {
        name: {
            "title": result.scenario.title,
            "status": result.plan.status,
            "objective": plain(result.plan.objective),
            "kpis": {kpi: plain(value) for kpi, value in result.plan.kpis.items()},
        }
        for name, result in cycle.scenarios.items()
    }
    document["issues"] = [issue.to_dict() for issue in cycle.issues]
    return document


def _write_json(document: Mapping[str, Any], target: Path) -> None:
    target.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _write_workbook(
    plan: Plan, tables: Mapping[str, pd.DataFrame], target: Path, messages: tuple[str, ...] = ()
) -> None:
    settings = plan.inputs.settings
    given = ("families", "assumptions", "sign_off", "prior_commitments")
    content = PackContent(
        {**{name: plan.inputs[name] for name in given}, **tables},
        plan.inputs.calendar,
        version=plan.inputs.content_hash,
        cycle=settings["cycle"],
        status="draft",
        currency=settings["currency"],
        weights={name.removesuffix("_weight"): settings[name] for name in settings if name.endswith("_weight")},
        messages=messages,
        illustrative=settings["illustrative"],
    )
    write_pack(content, target)
