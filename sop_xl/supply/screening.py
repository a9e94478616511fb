"""Large sets of what-ifs screened by dual cuts: a bound on each in microseconds, the best and the worst solved exactly.

The duals of one solved what-if give a linear function of demand, hours and limits that no plan can beat, whatever these
numbers become (weak duality). The best of some such functions, of what-ifs that lie far apart, is a bound on every
other what-if: an upper bound where profit is wanted, a lower bound where cost is.

References:
    Geoffrion (1972), Generalized Benders decomposition, doi:10.1007/BF00934810: the cuts.
    Gonzalez (1985), doi:10.1016/0304-3975(85)90224-5: the farthest point first, for what-ifs that lie far apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sop_xl.supply.persistent import Held, Solution
from sop_xl.supply.program import Program
from sop_xl.supply.sweep import Outcome, Sweep, alike, lost_price, sweep
from sop_xl.supply.variation import Variation

CUTS = 40
"""What-ifs solved for their duals, per set of prices."""
KEPT = 5
"""What-ifs solved exactly at either end."""
_KINDS = ("demand", "regular", "overtime", "supply")
_WIDEST = 10.0
"""Most that a column without a bound could hold in a sensible plan, in parts of all units asked."""


@dataclass(frozen=True, slots=True, eq=False)
class Cuts:
    """Linear functions that bound the objective (as a minimum) from below, one a row.

    Value of a what-if under cut c: ``constant[c] + Σ_kind Σ slope[kind][c] × (number − number of the base plan)``.
    """

    constant: np.ndarray
    slope: Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Screening:
    """What is known of a large set of what-ifs.

    Attributes:
        bounds: for every what-if in the order given, the most profit (objective profit) or the least cost (objective
            cost) it could have; never beaten by its own optimum.
        exact: the what-ifs solved exactly, by name.
        proven: how many of the best ones are proven to be the best: their optimum beats the bound of all others.
        order: positions from the best to the worst, exact results before bounds.
    """

    bounds: np.ndarray
    exact: Mapping[str, Outcome]
    proven: int
    order: tuple[int, ...]


def screen(plan: Sweep, variations: Sequence[Variation], *, cuts: int = CUTS, keep: int = KEPT) -> Screening:
    """Return bounds on many what-ifs, with the best and the worst of them solved exactly.

    Args:
        plan: prepared by :func:`sop_xl.supply.sweep.prepare`, without integer variables.
        variations: any number of what-ifs with names of their own.
        cuts: what-ifs solved for their duals, per set of prices.
        keep: what-ifs solved exactly at either end, by their bound.

    Raises:
        ValueError: the plan has integer variables or cannot be changed in numbers alone: there are no such bounds.
    """
    if not plan.direct or plan.basis is None:
        raise ValueError("screening needs a plan without lot sizes and whole workers")
    sign = -1.0 if plan.network.for_profit else 1.0
    bounds = np.empty(len(variations))
    for members in _by_price(variations):
        group = [variations[k] for k in members]
        bounds[members] = sign * least(cuts_of(plan, group, cuts), plan, group)
    ranked = np.argsort(sign * bounds, kind="stable")
    ends = dict.fromkeys([*ranked[:keep].tolist(), *ranked[max(0, len(ranked) - keep) :].tolist()])
    outcomes = dict(zip(ends, sweep(plan, [variations[k] for k in ends]), strict=True))
    value = bounds.copy()
    for k, outcome in outcomes.items():
        value[k] = outcome.objective
    order = np.argsort(sign * value, kind="stable")
    others = np.delete(sign * bounds, list(outcomes))
    limit = others.min() if len(others) else np.inf
    proven = 0
    while proven < len(order) and int(order[proven]) in outcomes and sign * value[order[proven]] <= limit:
        proven += 1
    return Screening(bounds, {o.name: o for o in outcomes.values()}, proven, tuple(order.tolist()))


def cuts_of(plan: Sweep, variations: Sequence[Variation], count: int) -> Cuts:
    """Return the cuts of what-ifs of one set of prices that lie far apart, and of the middle of them."""
    moved = _moved(plan, variations)
    chosen = [variations[k] for k in _apart(moved, min(count, len(variations)))]
    programs = [plan.of(chosen[k]) for k in alike(plan, chosen)]
    held = Held(plan.program, int(plan.network.inputs.settings["seed"]), plan.basis)
    found = []
    for program in (p for p in programs if p is not None):
        held.change(program)
        solution = held.solve(plan.seconds)
        if solution.row_dual is not None:
            found.append(_cut(plan, program, solution))
    constants, slopes = zip(*found, strict=True)
    return Cuts(np.array(constants), {kind: np.array([s[kind] for s in slopes]) for kind in _KINDS})


def least(cuts: Cuts, plan: Sweep, variations: Sequence[Variation]) -> np.ndarray:
    """Return the least objective (as a minimum) every what-if could have: the highest of all cuts."""
    values = np.repeat(cuts.constant[None, :], len(variations), axis=0)
    for kind in _KINDS:
        rows = [k for k, v in enumerate(variations) if getattr(v, kind) is not None]
        if rows:
            moved = np.array([getattr(variations[k], kind) for k in rows]) - plan.numbers[kind]
            values[rows] += np.nan_to_num(moved).reshape(len(rows), -1) @ cuts.slope[kind].T
    return values.max(axis=1)


def _cut(plan: Sweep, program: Program, solution: Solution) -> tuple[float, dict[str, np.ndarray]]:
    """Constant and slopes of the dual function at the duals of a solution.

    g = offset + Σ_i y_i × (lower_i where y_i > 0, else upper_i) + Σ_j z_j × (lower_j where z_j > 0, else upper_j), with
    z = cost − Aᵀ y made anew, so that it holds for any y; a dual that would need an infinite bound is set to 0.
    """
    assert solution.row_dual is not None
    y = solution.row_dual.copy()
    y[(y > 0) & np.isinf(program.row_lower)] = 0.0
    y[(y < 0) & np.isinf(program.row_upper)] = 0.0
    weights = program.value * np.repeat(y, np.diff(program.starts))
    z = program.cost - np.bincount(program.index, weights=weights, minlength=len(program.cost))
    free = np.isinf(program.upper) & (z < 0)
    wrong = float(-z[free].sum()) * _WIDEST * max(1.0, float(plan.numbers["demand"].sum()))
    z[free] = 0.0
    falls = np.minimum(z, 0.0)
    rows = np.where(y > 0, y * _finite(program.row_lower), y * _finite(program.row_upper)).sum()
    columns = (np.maximum(z, 0.0) * program.lower + falls * _finite(program.upper)).sum()
    slope = {kind: np.zeros(plan.numbers[kind].shape) for kind in _KINDS}
    backorders = plan.network.backorders
    for kind in _KINDS:
        place = plan.positions[kind]
        per_unit = y if kind == "demand" and backorders else falls
        slope[kind][place.thing, place.bucket] = per_unit[place.at]
    if not backorders:
        slope["demand"] += lost_price(plan.network)
    value = program.offset + float(rows) + float(columns) - wrong
    flat = {kind: numbers.ravel() for kind, numbers in slope.items()}
    return value - _shift(plan, program, slope), flat


def _shift(plan: Sweep, program: Program, slope: Mapping[str, np.ndarray]) -> float:
    """What the slopes add between the base plan and the what-if whose duals they are."""
    total = 0.0
    for kind, numbers in slope.items():
        place = plan.positions[kind]
        held = program.row_upper if kind == "demand" and plan.network.backorders else program.upper
        base = plan.program.row_upper if kind == "demand" and plan.network.backorders else plan.program.upper
        with np.errstate(invalid="ignore"):
            moved = np.nan_to_num(held[place.at] - base[place.at])
        total += float((place.of(numbers) * moved).sum())
    return total


def _finite(numbers: np.ndarray) -> np.ndarray:
    return np.where(np.isinf(numbers), 0.0, numbers)


def _by_price(variations: Sequence[Variation]) -> list[list[int]]:
    found: dict[bytes, list[int]] = defaultdict(list)
    for k, variation in enumerate(variations):
        found[b"" if variation.price is None else variation.price.tobytes()].append(k)
    return list(found.values())


def _moved(plan: Sweep, variations: Sequence[Variation]) -> np.ndarray:
    """Differences from the base plan weighed by what a unit is worth there, what-ifs × numbers."""
    assert plan.base.row_dual is not None and plan.base.column_dual is not None
    parts = []
    for kind in _KINDS:
        place, base = plan.positions[kind], plan.numbers[kind]
        worth = plan.base.row_dual if kind == "demand" and plan.network.backorders else plan.base.column_dual
        weight = np.zeros(base.shape)
        weight[place.thing, place.bucket] = np.abs(worth[place.at])
        rows = [k for k, v in enumerate(variations) if getattr(v, kind) is not None]
        part = np.zeros((len(variations), base.size))
        if rows:
            moved = np.array([getattr(variations[k], kind) for k in rows]) - base
            part[rows] = np.nan_to_num(moved * weight).reshape(len(rows), -1)
        parts.append(part)
    return np.concatenate(parts, axis=1)


def _apart(moved: np.ndarray, count: int) -> list[int]:
    """Positions of what-ifs that lie far apart, the one nearest to their middle first."""
    chosen = [int(np.abs(moved - moved.mean(axis=0)).sum(axis=1).argmin())]
    distance = np.abs(moved - moved[chosen[0]]).sum(axis=1)
    while len(chosen) < count and distance.max() > 0:
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, np.abs(moved - moved[chosen[-1]]).sum(axis=1))
    return chosen
