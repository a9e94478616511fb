"""Each lever solved alone: what it closes of the gap, what it costs, and what it does to the result of the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd

from sop_xl.schema.frames import rows
from sop_xl.supply.elements import Network
from sop_xl.supply.gaps import Gap, GapKey, gaps_of
from sop_xl.supply.levers import Lever, first_served, options, suggestions
from sop_xl.supply.model import Model
from sop_xl.supply.objective import MONEY
from sop_xl.supply.persistent import Solution
from sop_xl.supply.service import Service, served
from sop_xl.supply.solver import ExtraColumn, HighsModel

MOST_SOLVES = 6
"""Levers solved per plan: each is a re-solve."""
SECONDS_SHARE = 0.25
"""Share of the time limit of the plan that a lever may take."""

_WORTH = 1e-8
"""Share of the objective below which a lever counts as worth nothing."""


@dataclass(frozen=True, slots=True)
class Relief:
    """A lever as solved: units of gap closed in all and by gap, what it costs and what the plan gains."""

    name: str
    kind: str
    closed: float
    closed_by_gap: dict[GapKey, float]
    cost: float
    margin: float

    @property
    def cost_per_unit(self) -> float:
        """Cost per unit of gap closed; NaN where none is closed."""
        return self.cost / self.closed if self.closed > 0 else float("nan")


def solve_reliefs(
    n: Network,
    model: Model,
    highs: HighsModel,
    base: Solution,
    gaps: dict[GapKey, Gap],
    bottlenecks: pd.DataFrame,
    seconds: float,
) -> tuple[list[Relief], list[str]]:
    """Return the levers solved, and the names of those for which no solve was left.

    The options people listed come first, then levers on the bottlenecks; at most ``MOST_SOLVES`` re-solves on the
    handle of the plan. Without a gap there is nothing to solve.
    """
    if not gaps or base.values is None:
        return [], []
    listed = list(options(n))
    found = [*listed, *islice(suggestions(n, bottlenecks), MOST_SOLVES)]
    money = _money(model, highs)
    reliefs, left = [], []
    before = {key: gap.units for key, gap in gaps.items()}
    solves = 0
    for lever in found:
        if lever.solve and not lever.additions and not lever.first:
            continue
        if not lever.solve:
            reliefs.append(Relief(lever.name, lever.kind, 0.0, {}, 0.0, 0.0))
            continue
        if solves == MOST_SOLVES:
            left.append(lever.name)
            continue
        solves += 1
        relief = _solve(n, model, highs, base, before, lever, money, seconds * SECONDS_SHARE)
        if relief is not None:
            reliefs.append(relief)
    return reliefs, left


def _money(model: Model, highs: HighsModel) -> np.ndarray:
    """Money earned per unit of each column: revenue less rebates and costs."""
    earned = np.zeros(len(highs.columns))
    for name, sign in [("revenue", 1.0), ("rebates", -1.0), *((cost, -1.0) for cost in MONEY)]:
        for variable, price in model.lines[name].items():
            column = highs.column_of.get(id(variable))
            if column is not None:
                earned[column] += sign * price
    return earned


def _solve(
    n: Network,
    model: Model,
    highs: HighsModel,
    base: Solution,
    before: dict[GapKey, float],
    lever: Lever,
    money: np.ndarray,
    seconds: float,
) -> Relief | None:
    assert base.values is not None
    x = model.variables
    extra = [
        ExtraColumn(a.price, a.most, {highs.row_of[row]: f for row, f in a.rows.items() if row in highs.row_of})
        for a in lever.additions
    ]
    prices: dict[int, float] = {}
    objective = model.problem.objective
    for at, (late, lost) in first_served(n, lever.first).items():
        deliver = None if n.backorders else x.deliver.get(at)
        for variable, more in ((x.backlog.get(at), late), (x.lost.get(at), lost), (deliver, -lost)):
            if variable is not None and objective is not None:
                prices[highs.column_of[id(variable)]] = objective.get(variable, 0.0) + more
    solution = highs.solve_with(extra, lever.joint, prices, base.values, seconds)
    if solution.values is None:
        return None
    own, added = np.split(solution.values, [len(highs.columns)])
    cost = float(sum(a.price * units for a, units in zip(lever.additions, added, strict=True)))
    used = bool(lever.first) or bool((added > 1e-6).any())
    if not used or not _better(base, solution):
        return Relief(lever.name, lever.kind, 0.0, {}, 0.0, 0.0)
    cost += lever.fixed_cost
    after = {key: gap.units for key, gap in gaps_of(n, _service(n, model, highs, own)).items()}
    changed = {key: before.get(key, 0.0) - after.get(key, 0.0) for key in sorted({*before, *after})}
    return Relief(
        lever.name,
        lever.kind,
        closed=_noise(sum(before.values()) - sum(after.values())),
        closed_by_gap={key: units for key, units in changed.items() if units > 1e-6},
        cost=cost,
        margin=_noise(float(money @ (own - base.values)) - cost),
    )


def _service(n: Network, model: Model, highs: HighsModel, values: np.ndarray) -> list[Service]:
    deliver = model.variables.deliver
    found = []
    for i, series in enumerate(n.series):
        units = [
            max(0.0, float(values[highs.column_of[id(deliver[i, t])]])) if (i, t) in deliver else 0.0 for t in n.periods
        ]
        found.append(served(series.demand, units))
    return found


def _better(base: Solution, solution: Solution) -> bool:
    """True where the lever is worth something: another plan that is just as good closes no gap by it."""
    return abs(solution.objective - base.objective) > _WORTH * max(1.0, abs(base.objective))


def _noise(value: float) -> float:
    return 0.0 if abs(value) < 1e-6 else value


def relief_table(reliefs: Sequence[Relief]) -> pd.DataFrame:
    """Return the schema table ``reliefs``: the cheapest per unit of gap closed first, those that close nothing last."""
    ordered = sorted(reliefs, key=lambda r: (r.closed <= 0, r.cost_per_unit if r.closed > 0 else 0.0, r.name))
    return rows(
        "reliefs",
        (
            {
                "relief": r.name,
                "lever": r.kind,
                "gap_closed": r.closed,
                "extra_cost": r.cost,
                "margin_effect": r.margin,
                "cost_per_unit": r.cost_per_unit,
            }
            for r in ordered
        ),
    )


def cheapest(reliefs: Sequence[Relief], gaps: dict[GapKey, Gap]) -> dict[GapKey, tuple[str, float]]:
    """Return, by gap, the relief that closes part of it at the least cost per unit."""
    found: dict[GapKey, tuple[str, float]] = {}
    helpful = sorted((r for r in reliefs if r.closed > 0), key=lambda r: (r.cost_per_unit, r.name))
    for key in gaps:
        for relief in helpful:
            if relief.closed_by_gap.get(key, 0.0) > 0:
                found[key] = (relief.name, relief.cost_per_unit)
                break
    return found
