"""Hundreds of what-ifs of one plan: the program is stated once, and each what-if changes only its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sop_xl.parallel import in_order
from sop_xl.supply.elements import Network
from sop_xl.supply.first_basis import first_start
from sop_xl.supply.model import Model, state
from sop_xl.supply.persistent import Basis, Held, Solution, Status
from sop_xl.supply.program import Program, program_of
from sop_xl.supply.variables import At
from sop_xl.supply.variation import Variation, base_numbers, varied

TOGETHER = 50
"""What-ifs solved one after the other on one handle. Fixed, so that results do not depend on the number of cores."""


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Where a number of the network stands in the program: thing, bucket, and column or row."""

    thing: np.ndarray
    bucket: np.ndarray
    at: np.ndarray

    def of(self, numbers: np.ndarray) -> np.ndarray:
        """Return the numbers in the order of the positions."""
        return numbers[self.thing, self.bucket]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What became of a what-if.

    Attributes:
        name: of the what-if.
        status: how its solve ended.
        objective: profit or cost, as the settings ask; steering and tie-breaks included.
        delivered: units delivered over the horizon.
        demand: units asked.
        lost: units never delivered.
        late: Σ backlog at the end of the buckets, units × buckets.
        gap: how far from the best it may be, where a time limit stopped its solve; 0 where it is optimal.
    """

    name: str
    status: Status
    objective: float
    delivered: float = float("nan")
    demand: float = float("nan")
    lost: float = float("nan")
    late: float = float("nan")
    gap: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """A plan prepared for many what-ifs: its network, program, where the numbers stand, and the basis of its solution.

    ``direct`` is False where the plan has something that makes numbers of a what-if reach further than ``Positions``
    know (lot sizes, for instance): then every what-if is stated anew, which is slower and as right.
    """

    network: Network
    program: Program
    base: Solution
    basis: Basis | None
    numbers: Mapping[str, np.ndarray]
    positions: Mapping[str, Positions]
    direct: bool
    seconds: float

    def of(self, variation: Variation) -> Program | None:
        """Return the program of a what-if; None where it cannot be had by changing numbers alone."""
        if not self.direct:
            return None
        now = dict(self.numbers) | variation.changed
        return _changed(self, now)


def prepare(n: Network, seconds: float | None = None) -> Sweep:
    """Return a plan prepared for what-ifs: stated and solved once, and its shortcut proved on a what-if of its own.

    The proof states a what-if in which every number has moved by a factor of its own, and compares the program with
    the one the shortcut makes. Where they differ in anything, the shortcut is not used.

    Args:
        n: network of the base plan.
        seconds: time limit of a solve; that of the settings, if left out.

    Raises:
        ValueError: where the base plan itself is infeasible or not solved in time, or service comes before money: then
            every plan takes two solves.
    """
    if n.service_first:
        raise ValueError("what-ifs in great number need the objective profit or cost")
    limit = float(n.inputs.settings["solver_seconds"]) if seconds is None else seconds
    model = state(n)
    program = program_of(model.problem)
    start = None if len(program.integers) else first_start(n, model)
    held = Held(program, int(n.inputs.settings["seed"]), start)
    base = held.solve(limit)
    if base.values is None or base.status is not Status.OPTIMAL:
        raise ValueError(f"the base plan has no solution ({base.status})")
    whole = len(program.integers) > 0
    made = Sweep(
        n, program, base, None if whole else held.basis(), base_numbers(n), _positions(n, model, program), True, limit
    )
    return replace(made, direct=_proved(made))


def sweep(plan: Sweep, variations: Sequence[Variation]) -> list[Outcome]:
    """Return the outcome of every what-if, in the order given.

    They are solved in an order in which neighbours are alike, ``TOGETHER`` on one handle, spread over the cores.
    """
    order = alike(plan, variations)
    parts = [order[start : start + TOGETHER] for start in range(0, len(order), TOGETHER)]
    chunks = [[variations[k] for k in part] for part in parts]
    found: dict[int, Outcome] = {}
    for part, outcomes in zip(parts, in_order(solve_part, plan, chunks), strict=True):
        found |= dict(zip(part, outcomes, strict=True))
    return [found[k] for k in range(len(variations))]


def solve_part(plan: Sweep, variations: Sequence[Variation]) -> list[Outcome]:
    """Return the outcomes of what-ifs solved one after the other on one handle."""
    held = Held(plan.program, int(plan.network.inputs.settings["seed"]), plan.basis)
    held.expect_small_changes()
    return [outcome_of(plan, v, solve_one(plan, held, v)) for v in variations]


def solve_one(plan: Sweep, held: Held, variation: Variation) -> Solution:
    """Return the solution of a what-if on a handle that holds the plan; one that needs it is stated anew."""
    program = plan.of(variation)
    if program is None:
        changed = varied(plan.network, variation)
        model = state(changed)
        program = program_of(model.problem)
        if not held.program.like(program):
            start = None if len(program.integers) else first_start(changed, model)
            return Held(program, int(plan.network.inputs.settings["seed"]), start).solve(plan.seconds, duals=False)
    held.change(program)
    return held.solve(plan.seconds, duals=False)


def outcome_of(plan: Sweep, variation: Variation, solution: Solution) -> Outcome:
    """Return what became of a what-if from its solution."""
    sign = -1.0 if plan.network.for_profit else 1.0
    if solution.values is None:
        return Outcome(variation.name, solution.status, float("nan"), gap=float("inf"))
    demand = variation.demand if variation.demand is not None else plan.numbers["demand"]
    delivered = float(solution.values[plan.positions["deliver"].at].sum())
    backlog = float(solution.values[plan.positions["backlog"].at].sum())
    asked = float(demand.sum())
    return Outcome(
        variation.name,
        solution.status,
        sign * solution.objective,
        delivered,
        asked,
        asked - delivered,
        backlog,
        solution.mip_gap,
    )


def alike(plan: Sweep, variations: Sequence[Variation]) -> list[int]:
    """Return the order in which to solve: by total demand, so that each start is a near one.

    Other prices move the optimum less than other demand: prices put together take a third more time.
    """
    base = float(plan.numbers["demand"].sum())
    asked = [base if v.demand is None else float(v.demand.sum()) for v in variations]
    return sorted(range(len(variations)), key=lambda k: (asked[k], k))


def _positions(n: Network, model: Model, program: Program) -> dict[str, Positions]:
    x = model.variables
    column_of = {id(variable): j for j, variable in enumerate(model.problem.variables())}
    row_of = {str(c.name): row for row, c in enumerate(model.problem.constraints())}

    def columns(held: Mapping[At, object]) -> Positions:
        return _arrays([(i, t, column_of[id(variable)]) for (i, t), variable in held.items()])

    deliver = columns(x.deliver)
    asked = deliver
    if n.backorders:
        asked = _arrays([(s, t, row_of[f"backlog_balance_{s}_{t}"]) for s, t in x.deliver])
    return {
        "demand": asked,
        "regular": columns(x.regular),
        "overtime": columns(x.overtime),
        "supply": columns(x.order),
        "deliver": deliver,
        "backlog": columns(x.backlog),
    }


def _arrays(found: Sequence[tuple[int, int, int]]) -> Positions:
    thing, bucket, at = np.array(found, dtype=np.int32).reshape(-1, 3).T
    return Positions(thing, bucket, at)


def _changed(plan: Sweep, now: Mapping[str, np.ndarray]) -> Program | None:
    n, program, at = plan.network, plan.program, plan.positions
    upper, row_lower, row_upper = program.upper.copy(), program.row_lower.copy(), program.row_upper.copy()
    cost, offset = program.cost, program.offset
    if _unplaced(plan, now, "demand") or _unplaced(plan, now, "overtime"):
        return None
    if n.backorders:
        row_lower[at["demand"].at] = row_upper[at["demand"].at] = at["demand"].of(now["demand"])
    else:
        upper[at["demand"].at] = at["demand"].of(now["demand"])
        offset += float((lost_price(n) * (now["demand"] - plan.numbers["demand"])).sum())
    for name in ("regular", "overtime", "supply"):
        upper[at[name].at] = at[name].of(now[name])
    if now["price"].any():
        cost = _costs(plan, now["price"])
    return replace(program, cost=cost, offset=offset, upper=upper, row_lower=row_lower, row_upper=row_upper)


def _unplaced(plan: Sweep, now: Mapping[str, np.ndarray], name: str) -> bool:
    """True where a number that was 0 has become more, and the base program has no variable for it."""
    place = plan.positions[name]
    without = np.ones(now[name].shape, dtype=bool)
    without[place.thing, place.bucket] = False
    return bool((now[name][without] > 0).any())


def lost_price(n: Network) -> np.ndarray:
    """What a lost unit adds to the objective where demand that is not met is lost in its bucket."""
    return np.array([np.add(np.add(s.lost_cost, s.unmet_price), s.lost_premium) for s in n.series])


def _costs(plan: Sweep, change: np.ndarray) -> np.ndarray:
    """Prices of the columns where list prices have changed: of what is delivered, and of waiting for a rise."""
    n, cost = plan.network, plan.program.cost.copy()
    if not n.for_profit:
        return cost
    net = np.array([s.net_price for s in n.series])
    place = plan.positions["deliver"]
    cost[place.at] -= place.of(net * change)
    rise = np.zeros_like(net)
    rise[:, :-1] = np.maximum(0.0, np.diff(net * (1 + change), axis=1))
    place = plan.positions["backlog"]
    cost[place.at] += place.of(rise - np.array([s.rise for s in n.series]))
    return cost


def _proved(plan: Sweep) -> bool:
    """True where the shortcut makes the very program that stating a what-if makes."""
    rng = np.random.default_rng(0)
    moved = {name: numbers * rng.uniform(0.8, 1.2, numbers.shape) for name, numbers in plan.numbers.items()}
    moved["price"] = rng.uniform(-0.2, 0.2, moved["price"].shape)
    probe = Variation("probe", **moved)
    quick = plan.of(probe)
    stated = program_of(state(varied(plan.network, probe)).problem)
    return quick is not None and quick.like(stated) and same_numbers(quick, stated)


def same_numbers(a: Program, b: Program, close: float = 1e-9) -> bool:
    """Return True where bounds, costs and offset of two programs of one shape agree to a relative difference."""
    names = ("cost", "lower", "upper", "row_lower", "row_upper", "offset")
    return all(np.allclose(getattr(a, name), getattr(b, name), rtol=close, atol=close) for name in names)
