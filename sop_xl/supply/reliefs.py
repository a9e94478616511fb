"""Levers solved alone, in pairs and all together: what they close, what they cost, and the plan that results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice

import numpy as np
import pandas as pd
from pulp import LpAffineExpression

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
"""Levers solved alone per plan: each is a re-solve."""
TOGETHER = 6
"""Levers of which every pair, and all, are solved together: at most 16 re-solves more."""
BASE = "Plan as it stands"
"""Name of the row that the levers are compared with."""
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
    levers: int = 1
    fixed: float = 0.0
    total_cost: float = float("nan")
    fill_rate: float = float("nan")
    stock_value: float = float("nan")
    co2: float = float("nan")

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
    """Return the plan as it stands and the levers solved, and the names of those for which no solve was left.

    The options people listed come first, then levers on the bottlenecks; at most ``MOST_SOLVES`` re-solves on the
    handle of the plan. Of the levers that close something or pay, every pair and all together are solved too. Fixed
    costs are part of cost and margin of every lever that is used. Without a gap there is nothing to solve. Where lots
    made the plan hard to solve, setups and whole numbers are not searched anew but held, or rounded up from the
    relaxation, whichever is better: a lever then brings at least what is shown.
    """
    if not gaps or base.values is None:
        return [], []
    listed = list(options(n))
    found = [*listed, *islice(suggestions(n, bottlenecks), MOST_SOLVES)]
    review = _Review(n, model, highs, base, {key: gap.units for key, gap in gaps.items()}, seconds * SECONDS_SHARE)
    reliefs, left, useful = [review.as_it_stands()], [], list[Lever]()
    solves = 0
    for lever in found:
        if lever.solve and not lever.additions and not lever.first:
            continue
        if not lever.solve:
            reliefs.append(review.as_it_stands(lever.name, lever.kind))
            continue
        if solves == MOST_SOLVES:
            left.append(lever.name)
            continue
        solves += 1
        relief = review.solve((lever,))
        if relief is not None:
            reliefs.append(relief)
            useful += [lever] if relief.closed > 0 or relief.margin > 0 else []
    useful = _one_of_each(useful)[:TOGETHER]
    together: list[tuple[Lever, ...]] = list(combinations(useful, 2))
    together += [tuple(useful)] if len(useful) > 2 else []
    solved = (review.solve(levers) for levers in together)
    return [*reliefs, *(relief for relief in solved if relief is not None)], left


def _one_of_each(levers: Sequence[Lever]) -> list[Lever]:
    """Levers with one per kind and target first: two sizes of the same are no combination."""
    seen: dict[tuple[str, tuple[str, ...]], Lever] = {}
    for lever in levers:
        rows = tuple(sorted({row for addition in lever.additions for row in addition.rows}))
        seen.setdefault((lever.kind, rows), lever)
    return list(seen.values())


def _money(model: Model, highs: HighsModel) -> np.ndarray:
    """Money earned per unit of each column: revenue less rebates and costs."""
    earned = np.zeros(len(highs.columns))
    for name, sign in [("revenue", 1.0), ("rebates", -1.0), *((cost, -1.0) for cost in MONEY)]:
        for variable, price in model.lines[name].items():
            column = highs.column_of.get(id(variable))
            if column is not None:
                earned[column] += sign * price
    return earned


class _Review:
    """The plan as it stands and what levers make of it."""

    def __init__(
        self,
        n: Network,
        model: Model,
        highs: HighsModel,
        base: Solution,
        before: dict[GapKey, float],
        seconds: float,
    ) -> None:
        self._n, self._model, self._highs, self._base = n, model, highs, base
        self._before, self._seconds = before, seconds
        self._money = _money(model, highs)
        days = [bucket.days for bucket in n.inputs.calendar.buckets]
        stock, position = np.zeros(len(highs.columns)), highs.column_of
        for (i, t), parts in model.variables.stock.items():
            for variable, _ in parts:
                stock[position[id(variable)]] = n.rates[n.nodes[i].product].standard[t] * days[t] / sum(days)
        self._stock = stock
        self._cost = _vector(highs, [model.lines[name] for name in MONEY])
        self._co2 = _vector(highs, [model.lines["co2_t"]])

    def as_it_stands(self, name: str = BASE, kind: str = "") -> Relief:
        assert self._base.values is not None
        found = self._relief(name, kind, self._base.values, 0.0, 0.0, 0.0)
        return replace(found, levers=0) if name == BASE else found

    def solve(self, levers: Sequence[Lever]) -> Relief | None:
        """Solve with some levers at once; None where no plan was found in time."""
        assert self._base.values is not None
        highs, x, n = self._highs, self._model.variables, self._n
        extra: list[ExtraColumn] = []
        joint: list[tuple[float, Sequence[int]]] = []
        owner: list[int] = []
        for position, lever in enumerate(levers):
            joint += [(most, [len(extra) + member for member in members]) for most, members in lever.joint]
            for a in lever.additions:
                rows = {highs.row_of[row]: factor for row, factor in a.rows.items() if row in highs.row_of}
                extra.append(ExtraColumn(a.price, a.most, rows))
                owner.append(position)
        prices: dict[int, float] = {}
        objective = self._model.problem.objective
        for lever in levers:
            for at, (late, lost) in first_served(n, lever.first).items():
                deliver = None if n.backorders else x.deliver.get(at)
                for variable, more in ((x.backlog.get(at), late), (x.lost.get(at), lost), (deliver, -lost)):
                    if variable is not None and objective is not None:
                        prices[highs.column_of[id(variable)]] = objective.get(variable, 0.0) + more
        solution = highs.solve_with(extra, joint, prices, self._base.values, self._seconds)
        if solution.values is None:
            return None
        own, added = np.split(solution.values, [len(highs.columns)])
        used = {k for k, units in zip(owner, added, strict=True) if units > 1e-6}
        used |= {k for k, lever in enumerate(levers) if lever.first}
        name, kind = " + ".join(v.name for v in levers), " + ".join(dict.fromkeys(v.kind for v in levers))
        if not used or not _better(self._base, solution):
            return replace(self.as_it_stands(name, kind), levers=len(levers))
        fixed = sum(levers[k].fixed_cost for k in used)
        paid = float(sum(column.price * units for column, units in zip(extra, added, strict=True)))
        found = self._relief(name, kind, own, paid + fixed, fixed, self._outside(levers, owner, added))
        return replace(found, levers=len(levers))

    def _outside(self, levers: Sequence[Lever], owner: Sequence[int], added: np.ndarray) -> float:
        """CO2 of units that levers buy outside, in t, as if they were made here."""
        additions = [a for lever in levers for a in lever.additions]
        tonnes = 0.0
        for a, units, k in zip(additions, added, owner, strict=True):
            for row, factor in a.rows.items() if levers[k].kind in ("outsource", "partner plant") else ():
                i, t = (int(word) for word in row.removeprefix("stock_balance_").split("_"))
                tonnes += -factor * float(units) * self._n.rates[self._n.nodes[i].product].co2[t] / 1000
        return tonnes

    def _relief(self, name: str, kind: str, own: np.ndarray, cost: float, fixed: float, outside: float) -> Relief:
        assert self._base.values is not None
        services = _service(self._n, self._model, self._highs, own)
        after = {key: gap.units for key, gap in gaps_of(self._n, services).items()}
        changed = {key: self._before.get(key, 0.0) - after.get(key, 0.0) for key in sorted({*self._before, *after})}
        asked = sum(sum(series.demand) for series in self._n.series)
        constant = sum(self._model.lines[line].constant for line in MONEY)
        return Relief(
            name,
            kind,
            closed=_noise(sum(self._before.values()) - sum(after.values())),
            closed_by_gap={key: units for key, units in changed.items() if units > 1e-6},
            cost=cost,
            margin=_noise(float(self._money @ (own - self._base.values)) - cost),
            fixed=fixed,
            total_cost=float(self._cost @ own) + constant + cost,
            fill_rate=sum(sum(service.on_time) for service in services) / asked if asked > 0 else float("nan"),
            stock_value=float(self._stock @ own),
            co2=float(self._co2 @ own) + self._model.lines["co2_t"].constant + outside,
        )


def _vector(highs: HighsModel, lines: Sequence[LpAffineExpression]) -> np.ndarray:
    """What each column adds to some lines."""
    found = np.zeros(len(highs.columns))
    for line in lines:
        for variable, price in line.items():
            column = highs.column_of.get(id(variable))
            if column is not None:
                found[column] += price
    return found


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
    """Return the schema table ``reliefs``: the cheapest per unit of gap closed first, what closes nothing last."""
    ordered = sorted(reliefs, key=lambda r: (r.closed <= 0, r.cost_per_unit if r.closed > 0 else 0.0, r.name))
    return rows(
        "reliefs",
        (
            {
                "relief": r.name,
                "lever": r.kind,
                "levers": r.levers,
                "gap_closed": r.closed,
                "extra_cost": r.cost,
                "margin_effect": r.margin,
                "fixed_cost": r.fixed,
                "cost_per_unit": r.cost_per_unit,
                "total_cost": r.total_cost,
                "fill_rate": r.fill_rate,
                "stock_value": r.stock_value,
                "co2": r.co2,
            }
            for r in ordered
        ),
    )


def cheapest(reliefs: Sequence[Relief], gaps: dict[GapKey, Gap]) -> dict[GapKey, tuple[str, float]]:
    """Return, by gap, the lever that closes part of it at the least cost per unit; several where none does alone."""
    found: dict[GapKey, tuple[str, float]] = {}
    helpful = sorted((r for r in reliefs if r.closed > 0), key=lambda r: (r.levers > 1, r.cost_per_unit, r.name))
    for key in gaps:
        for relief in helpful:
            if relief.closed_by_gap.get(key, 0.0) > 0:
                found[key] = (relief.name, relief.cost_per_unit)
                break
    return found
