"""The cautious plan: what to start now is decided for several courses of demand at once, the rest when it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.result import ScenarioResult
from sop_xl.scenario.scenario import BASE, Scenario
from sop_xl.schema.frames import rows, typed
from sop_xl.supply.elements import Network
from sop_xl.supply.network import network
from sop_xl.supply.persistent import Status
from sop_xl.supply.two_stage import TwoStage, World, two_stage
from sop_xl.supply.variation import Variation, varied
from sop_xl.twin.demand import DemandSpread
from sop_xl.twin.of_plan import by_family

CAUTIOUS = Scenario("cautious", "Cautious plan: what is made now is decided for several courses of demand", BASE)
WORLDS = 5
"""Courses decided for together. Each is the typical course of a fifth of all, from the lowest demand to the highest."""
_TRIED = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Cautious:
    """What was decided for several courses together.

    Attributes:
        inputs: those of the base plan, with the production of the first buckets frozen as decided.
        decisions: schema table ``cautious_decisions``.
        found: objective, mean of the worst courses, and the objective of every course.
        text: in a sentence what it gives and takes.
    """

    inputs: PlanningInputs
    decisions: pd.DataFrame
    found: TwoStage
    text: str


def cautious(base: ScenarioResult, spread: DemandSpread) -> Cautious | None:
    """Return what to start in the first buckets so that the plan does well over several courses of demand.

    Maximises (1 − w) × expected + w × mean of the worst courses (conditional value at risk), with w = ``risk_weight``
    and the worst ``risk_tail`` of the courses: :func:`sop_xl.supply.two_stage.two_stage`. None where the solver did not
    find a plan in its time, or nothing is made in the buckets decided now (setting ``cautious_buckets``).

    Args:
        base: the base plan.
        spread: how uncertain its demand is.
    """
    inputs = base.inputs
    demand = base.plan.tables["sales_plan"].rename(columns={"demand": "units"})
    asked = demand[["product", "location", "channel", "period", "units", "price"]]
    n = network(inputs, asked)
    settings = inputs.settings
    found = two_stage(
        _worlds(n, base, spread),
        buckets=int(settings["cautious_buckets"]),
        tail=float(settings["risk_tail"]),
        weight=float(settings["risk_weight"]),
    )
    decided = _good_units(n, found.now, int(settings["cautious_buckets"]))
    if not decided:
        return None
    starts = pd.DatetimeIndex(inputs.calendar.starts)
    frozen = rows(
        "frozen_production",
        (
            {"product": product, "location": place, "period": starts[t], "units": units, "note": "cautious plan"}
            for (product, place, t), units in decided.items()
        ),
    )
    kept = inputs["frozen_production"]
    together = pd.concat([frozen, kept]).drop_duplicates(["product", "location", "period"], keep="last")
    changed = inputs.with_tables(frozen_production=typed("frozen_production", together.reset_index(drop=True)))
    table = _decisions(base, decided, starts)
    return Cautious(changed, table, found, in_words(table, found, str(settings["currency"])))


def _worlds(n: Network, base: ScenarioResult, spread: DemandSpread) -> list[World]:
    """Courses of demand of equal probability: of many drawn, sorted by total, those in the middle of every fifth."""
    starts = pd.DatetimeIndex(n.inputs.calendar.starts)
    families = tuple(sorted({n.family[s.product] for s in n.series}))
    planned = by_family(base.plan.tables["sales_plan"], "demand", families, starts)
    rng = np.random.default_rng(int(n.inputs.settings["seed"]))
    drawn = spread.paths(families, planned).draw(rng, _TRIED)
    order = np.argsort(drawn.sum(axis=(0, 2)), kind="stable")
    at = {family: row for row, family in enumerate(families)}
    own = np.array([at[n.family[s.product]] for s in n.series])
    units = np.array([s.demand for s in n.series])
    found = []
    for k in range(WORLDS):
        part = order[k * _TRIED // WORLDS : (k + 1) * _TRIED // WORLDS]
        course = drawn[:, part[len(part) // 2], :].T.astype(float)
        ratio = np.divide(course, planned, out=np.ones_like(planned), where=planned > 0)
        found.append(World(f"{k + 1} of {WORLDS}", 1 / WORLDS, varied(n, Variation(str(k), demand=units * ratio[own]))))
    return found


def _good_units(n: Network, now: Mapping[tuple[str, ...], float], buckets: int) -> dict[tuple[str, str, int], float]:
    """Good units out of the last step of every product made, by product, place and bucket."""
    found: dict[tuple[str, str, int], float] = {}
    for process in n.processes:
        for k in process.steps[-1] if process.steps else ():
            route = n.routes[k]
            for t in range(buckets):
                key = ("start", route.product, route.location, route.operation, route.resource, str(t))
                if key in now:
                    at = (process.product, process.location, t)
                    found[at] = found.get(at, 0.0) + max(0.0, now[key]) * route.good
    return {at: round(units, 6) for at, units in found.items()}


def _decisions(
    base: ScenarioResult, decided: Mapping[tuple[str, str, int], float], starts: pd.DatetimeIndex
) -> pd.DataFrame:
    stock = base.plan.tables["inventory_plan"].set_index(["product", "location", "period"])["produced"]
    return rows(
        "cautious_decisions",
        (
            {
                "product": product,
                "location": place,
                "period": starts[t],
                "base_units": float(stock.get((product, place, starts[t]), 0.0)),
                "cautious_units": units,
                "change": units - float(stock.get((product, place, starts[t]), 0.0)),
            }
            for (product, place, t), units in decided.items()
        ),
    )


def in_words(table: pd.DataFrame, found: TwoStage, currency: str) -> str:
    """Return what a cautious start changes and brings; ``table`` is schema table ``cautious_decisions``."""
    changed = table[table["change"].abs() > 0.5]
    more = f"It makes {changed['change'].sum():+,.0f} units before demand is known"
    what = more if len(changed) else "It starts what the base plan starts"
    values = found.by_world.values()
    late = " The solver ran out of time: a better start may exist." if found.status is Status.TIME_LIMIT else ""
    return (
        f"{what}; over {len(found.by_world)} courses of demand its result lies between {min(values):,.0f} and "
        f"{max(values):,.0f} {currency}, {found.objective:,.0f} on average and {found.cvar:,.0f} in the worst "
        f"ones.{late}"
    )
