"""The constrained supply plan: from inputs and demand to a solved plan with its gaps explained."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import Literal

import numpy as np
import pandas as pd

from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.schema.frames import empty
from sop_xl.supply import decided, results
from sop_xl.supply.agreed_limits import agreed_uses
from sop_xl.supply.available import available_to_promise
from sop_xl.supply.contradictions import conflict_issues, missed_sales, nearest, stated_contradictions
from sop_xl.supply.elements import Network
from sop_xl.supply.explain import Cause, Explain, Tracer
from sop_xl.supply.first_basis import first_start
from sop_xl.supply.gaps import GapKey, gap_table, gaps_of
from sop_xl.supply.kpis import kpis, objective_of
from sop_xl.supply.limits import bottlenecks, limit_uses
from sop_xl.supply.model import Model, state
from sop_xl.supply.network import network
from sop_xl.supply.persistent import Solution, Status
from sop_xl.supply.reliefs import MOST_SOLVES, cheapest, relief_table, solve_reliefs
from sop_xl.supply.service_first import keep_service
from sop_xl.supply.solver import HighsModel, solve_by_cbc
from sop_xl.supply.target_table import inventory_targets

TABLES = (
    "sales_plan",
    "inventory_plan",
    "inventory_targets",
    "available_to_promise",
    "production_plan",
    "resource_load",
    "workforce_plan",
    "material_plan",
    "shipments",
    "capacity_plan",
    "other_costs",
    "gaps",
    "bottlenecks",
    "reliefs",
)
"""The output tables of a supply plan."""


def solve(
    inputs: PlanningInputs,
    demand: pd.DataFrame,
    *,
    explain: Explain = Explain.RELIEFS,
    solver: Literal["highs", "cbc"] | None = None,
) -> SolvedPlan:
    """Return the best feasible plan for a demand, with its gaps, their causes and what would close them.

    Decides per bucket what is made where and on what, with overtime, bought hours and people; what is bought, moved,
    stocked, delivered, late and lost; for most profit or least cost, as the settings ask. It is never infeasible: what
    cannot be met is a gap with a price. Rates per month are scaled by the length of the bucket. The same inputs give
    the same plan, in any process: its solve never starts from another plan, since of plans that are worth the same, the
    one found depends on where the search starts. What-ifs that report figures alone start near each other
    (:mod:`sop_xl.supply.sweep`).

    Args:
        inputs: typed tables, calendar and settings.
        demand: ``product, location, channel, period, units, price``: unconstrained units per bucket; a price left out
            (NaN) is that of the finance book.
        explain: how much of the gap is explained; scenarios may do without reliefs, which cost up to six re-solves.
        solver: left out, that of the settings. CBC is there for cross-checks; it knows neither causes nor reliefs.

    Returns:
        The plan with the tables of :data:`TABLES` and the key figures of :func:`sop_xl.supply.kpis.kpis`. Its status
        is *optimal*, or *time limit* with the gap proven so far, or *infeasible data* where inputs contradict each
        other: then its issues name their cells, and the tables are those of the nearest plan, which misses them by as
        little as can be. What else is wrong with the data is in its issues too.
    """
    n = network(inputs, demand)
    model = state(n)
    seconds, seed = float(inputs.settings["solver_seconds"]), int(inputs.settings["seed"])
    by_cbc = (solver or inputs.settings["solver"]) == "cbc"
    if n.service_first:
        stopped = keep_service(
            n,
            model,
            lambda: solve_by_cbc(model.problem, seconds) if by_cbc else HighsModel(model.problem, seed).solve(seconds),
        )
        if stopped is not None:
            return _no_plan(n, stopped)
    highs = HighsModel(model.problem, seed, first_start(n, model))
    if by_cbc:
        solution, explain = solve_by_cbc(model.problem, seconds), Explain.NOTHING
    else:
        solution = highs.solve(seconds)
        if explain is not Explain.NOTHING:
            solution = highs.with_duals(solution, seconds, _without_ties(model, highs))
    stated = tuple(stated_contradictions(n))
    if solution.status is Status.INFEASIBLE:
        conflict, close = nearest(n, model, highs, seconds)
        found = (*stated, *conflict_issues(n, conflict))
        if close is None or close.values is None:
            return _no_plan(n, solution, found)
        own = replace(
            close, values=close.values[: len(highs.columns)], status=Status.INFEASIBLE, row_dual=None, column_dual=None
        )
        return _plan(n, model, highs, own, Explain.NOTHING, seconds, found)
    if solution.values is None:
        return _no_plan(n, solution, stated)
    return _plan(n, model, highs, solution, explain, seconds, stated)


def _plan(
    n: Network,
    model: Model,
    highs: HighsModel,
    solution: Solution,
    explain: Explain,
    seconds: float,
    contradictions: tuple[Issue, ...],
) -> SolvedPlan:
    s = results.solved(n, model, highs, solution)
    stock = results.inventory_plan(s)
    tables = {
        "sales_plan": results.sales_plan(s),
        "inventory_plan": stock,
        "inventory_targets": inventory_targets(n, stock),
        "available_to_promise": available_to_promise(n.inputs, stock),
        "production_plan": results.production_plan(s),
        "resource_load": results.resource_load(s),
        "workforce_plan": results.workforce_plan(s),
        "material_plan": results.material_plan(s),
        "shipments": results.shipments(s),
        "capacity_plan": decided.capacity_plan(s),
        "other_costs": decided.other_costs(s),
        "bottlenecks": empty("bottlenecks"),
        "reliefs": empty("reliefs"),
    }
    gaps = gaps_of(n, results.service_of(s))
    causes: dict[GapKey, Cause] = {}
    closing: dict[GapKey, tuple[str, float]] = {}
    notes: list[str] = []
    if explain is not Explain.NOTHING:
        uses = [*limit_uses(s), *agreed_uses(s)]
        tables["bottlenecks"] = bottlenecks(s, uses)
        tracer = Tracer(s, uses)
        causes = {(node, t): tracer.cause(node, t, only_late=gap.lost == 0) for (node, t), gap in gaps.items()}
    if explain is Explain.RELIEFS:
        found, left = solve_reliefs(n, model, highs, solution, gaps, tables["bottlenecks"], seconds)
        tables["reliefs"] = relief_table(found)
        closing = cheapest(found, gaps)
        notes += [f"Levers not solved, because at most {MOST_SOLVES} are: {', '.join(left)}."] if left else []
    tables["gaps"] = gap_table(n, gaps, causes, closing)
    return SolvedPlan(
        status=str(Status.INFEASIBLE if contradictions else solution.status),
        objective=objective_of(s),
        kpis=kpis(s, tables),
        tables=tables,
        issues=(*n.issues, *contradictions, *missed_sales(s), *_on_the_way(solution, seconds)),
        mip_gap=solution.mip_gap,
        notes=tuple(notes),
    )


def _without_ties(model: Model, highs: HighsModel) -> np.ndarray:
    """Costs of the columns without tie-breaks."""
    cost = np.array(highs.program.cost)
    for variable, price in model.ties.items():
        cost[highs.column_of[id(variable)]] -= price
    return cost


def _on_the_way(solution: Solution, seconds: float) -> list[Issue]:
    if solution.status is not Status.TIME_LIMIT:
        return []
    known = isfinite(solution.mip_gap)
    worse = f"the plan may be up to {solution.mip_gap:.2%} below the best" if known else "a better plan may exist"
    return [
        Issue(
            Severity.WARNING,
            f"The solver stopped at its limit of {seconds:g} seconds: {worse}.",
            "Raise solver_seconds, or leave out lot sizes (lot_sizing = no).",
            table="settings",
        )
    ]


def _no_plan(n: Network, solution: Solution, contradictions: tuple[Issue, ...] = ()) -> SolvedPlan:
    late = solution.status is Status.TIME_LIMIT
    said = "No plan was found within the time limit." if late else "The data contradict each other: no plan exists."
    hint = "Raise solver_seconds, or leave out lot sizes." if late else "Check limits below zero and fewest workers."
    return SolvedPlan(
        status=str(solution.status),
        objective=None,
        kpis={},
        tables={name: empty(name) for name in TABLES},
        issues=(*n.issues, *contradictions, Issue(Severity.ERROR, said, hint)),
        mip_gap=float("inf"),
    )
