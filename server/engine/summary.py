"""What the pages and the API show of a plan, as plain JSON: computed once, beside the tables, when a plan is made.

The lists are cut to what people read on a screen; ``…_total`` says how many rows the table holds. Nothing here is a
calculation of the plan: values are those of the output tables, at most added up as the schema says they add up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from server.engine.version_tables import tables_of
from sop_xl import __version__
from sop_xl.model.calendar import Calendar
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.scenario.compare import WEIGHED
from sop_xl.scenario.result import TIME_LIMIT
from sop_xl.scenario.scenario import BASE
from sop_xl.schema.plain import plain, records

if TYPE_CHECKING:
    from sop_xl.cycle import CycleResult

MOST_ROWS = 60
Tables = Mapping[str, pd.DataFrame]


def frame_of(inputs: PlanningInputs) -> dict[str, Any]:
    """Return what every summary says of its inputs: engine, seed, day, currency, buckets and content hash."""
    settings = inputs.settings
    return {
        "engine": __version__,
        "seed": settings["seed"],
        "as_of": settings["as_of"].isoformat(),
        "currency": settings["currency"],
        "illustrative": bool(settings["illustrative"]),
        "horizon": list(inputs.calendar.labels),
        "inputs": inputs.content_hash,
    }


def cycle_summary(inputs: PlanningInputs, result: CycleResult, tables: Tables) -> dict[str, Any]:
    """Return what is shown of a consolidated plan: comparison, recommendation, reconciliation and each scenario."""
    comparison = result.tables["scenario_comparison"]
    advice = result.recommendation
    options = dict(zip(inputs["options"]["option"], inputs["options"]["description"], strict=True))
    settings = {name: float(inputs.settings[name]) for name in WEIGHED}
    return {
        "recommended": advice.scenario or BASE,
        "recommendation": {"scenario": advice.scenario, "text": advice.text, "reasons": list(advice.reasons)},
        "comparison": records(comparison),
        "weights": {WEIGHED[name][0]: weight for name, weight in settings.items()},
        "reconciliation": reconciliation_summary(result.tables["reconciliation"]),
        "accuracy": records(result.tables["forecast_accuracy"]),
        "quality": {"stamp": result.quality.stamp.value, "checks": records(result.quality.checks)},
        "decisions": records(result.tables["decisions"]),
        "risks": records(result.tables["risks_opportunities"], MOST_ROWS),
        "scenarios": {
            name: {
                "title": solved.scenario.title,
                "kind": solved.scenario.kind.value,
                **unproven(solved.plan),
                **scenario_summary(tables_of(tables, name), inputs.calendar, inputs["families"], options),
            }
            for name, solved in result.scenarios.items()
            if solved.solved
        },
    }


def unproven(plan: SolvedPlan) -> dict[str, Any]:
    """Return how far a plan may be from the best where its solve ran out of time: a share, null where not known."""
    if plan.status != TIME_LIMIT:
        return {}
    return {"may_be_off": plan.mip_gap if 0 < plan.mip_gap < float("inf") else None}


def scenario_summary(
    tables: Tables, calendar: Calendar, families: pd.DataFrame, options: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return one scenario's key figures, families, buckets, gaps, bottlenecks and reliefs.

    ``options`` gives the description of an option by its code; reliefs that are options are told with it.
    """
    gaps = tables["gaps"]
    known = options or {}
    by_family = _gaps_by_family(gaps)
    return {
        "kpis": records(tables["kpis"]),
        "dashboard": records(tables["dashboard"]) if "dashboard" in tables else [],
        "families": _families(tables, families, by_family),
        "periods": _periods(tables, calendar),
        "gaps": {
            "rows": [_described(row, known) for row in records(by_family, MOST_ROWS)],
            "rows_total": len(by_family),
            "grid": _gap_grid(gaps, calendar),
        },
        "bottlenecks": records(tables["bottlenecks"], MOST_ROWS),
        "reliefs": [_described(row, known) for row in records(tables["reliefs"], MOST_ROWS)],
    }


def _described(row: dict[str, Any], options: Mapping[str, str]) -> dict[str, Any]:
    return {**row, "description": options.get(row["relief"], "")}


def _gaps_by_family(gaps: pd.DataFrame) -> pd.DataFrame:
    """Return the gaps by family and relief over their buckets, the largest money first; the cause is its largest's."""
    if gaps.empty:
        return pd.DataFrame()
    largest = gaps.sort_values("gap_value", ascending=False, kind="stable")
    together = (
        largest.groupby(["family", "relief"], as_index=False, sort=False)
        .agg(
            cause=("cause", "first"),
            late=("late", "sum"),
            lost=("lost", "sum"),
            gap_value=("gap_value", "sum"),
            first=("period", "min"),
            last=("period", "max"),
            relief_cost=("relief_cost", "min"),
            marginal_value=("marginal_value", "max"),
        )
        .sort_values("gap_value", ascending=False, kind="stable")
    )
    return together.assign(units=together["late"] + together["lost"])


def _gap_grid(gaps: pd.DataFrame, calendar: Calendar) -> dict[str, Any]:
    """Return units late or lost by family and bucket, the families with the largest gaps first."""
    if gaps.empty:
        return {"labels": list(calendar.labels), "rows": []}
    units = gaps.assign(units=gaps["late"] + gaps["lost"])
    wide = units.pivot_table(index="family", columns="period", values="units", aggfunc="sum", fill_value=0.0)
    wide = wide.reindex(columns=[pd.Timestamp(start) for start in calendar.starts], fill_value=0.0)
    wide = wide.loc[wide.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    rows = [{"family": str(name), "units": [float(value) for value in row]} for name, row in wide.iterrows()]
    return {"labels": list(calendar.labels), "rows": rows}


def _families(tables: Tables, families: pd.DataFrame, gaps: pd.DataFrame) -> list[dict[str, Any]]:
    sales = tables["sales_plan"].groupby("family")[["demand", "delivered", "on_time"]].sum()
    money = tables["profit_and_loss"].groupby("family")[["revenue", "gross_margin"]].sum()
    short = gaps.groupby("family")["units"].sum() if len(gaps) else pd.Series(dtype="float64")
    names = dict(zip(families["family"], families["description"], strict=True))
    found = []
    for family in sorted(set(sales.index) | set(money.index)):
        row: dict[str, Any] = {"family": str(family), "description": names.get(family, "")}
        row |= {name: float(sales[name].get(family, 0.0)) for name in sales.columns}
        row |= {name: float(money[name].get(family, 0.0)) for name in money.columns}
        found.append({**row, "gap_units": float(short.get(family, 0.0))})
    return sorted(found, key=lambda row: -row["revenue"])


def _periods(tables: Tables, calendar: Calendar) -> list[dict[str, Any]]:
    starts = [pd.Timestamp(start) for start in calendar.starts]
    sales = tables["sales_plan"].groupby("period")[["demand", "on_time", "delivered", "backlog", "lost"]].sum()
    money = tables["profit_and_loss"].groupby("period")[["revenue", "gross_margin", "stock_value"]].sum()
    load = tables["resource_load"].groupby("period")["utilisation"].max()
    found = []
    for label, start in zip(calendar.labels, starts, strict=True):
        row: dict[str, Any] = {"period": label}
        row |= {name: float(sales[name].get(start, 0.0)) for name in sales.columns}
        row |= {name: float(money[name].get(start, 0.0)) for name in money.columns}
        found.append({**row, "peak_load": plain(load.get(start))})
    return found


def reconciliation_summary(table: pd.DataFrame) -> dict[str, Any]:
    """Return the material gaps between functions by family, the largest money first, and how many rules resolved."""
    material = table[table["material"].astype(bool)] if len(table) else table
    together = _material_by_family(material)
    return {
        "compared": len(table),
        "resolved": len(table) - len(material),
        "material": len(material),
        "rows": records(together, MOST_ROWS),
        "rows_total": len(together),
    }


def _material_by_family(material: pd.DataFrame) -> pd.DataFrame:
    """Return material gaps added up over their buckets; cause and resolution are those of the largest bucket."""
    if material.empty:
        return pd.DataFrame()
    largest = material.loc[material["gap_value"].abs().sort_values(ascending=False, kind="stable").index]
    together = largest.groupby(["family", "between"], as_index=False, sort=False).agg(
        buckets=("period", "nunique"),
        first=("period", "min"),
        last=("period", "max"),
        first_units=("first_units", "sum"),
        second_units=("second_units", "sum"),
        gap_units=("gap_units", "sum"),
        gap_value=("gap_value", "sum"),
        root_cause=("root_cause", "first"),
        resolution=("resolution", "first"),
    )
    share = together["gap_units"] / together["second_units"].where(together["second_units"] != 0)
    together = together.assign(gap_pct=share)
    return together.loc[together["gap_value"].abs().sort_values(ascending=False, kind="stable").index]
