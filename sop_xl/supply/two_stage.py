"""A plan for several worlds at once: what is decided now is the same in all, what follows may differ (two stages).

What is decided here and now is what is started on every route, ordered of every item and hired or laid off in the
first buckets. Everything after them, and deliveries, stocks and partners in them, is recourse: decided when the world
is known.

References:
    Birge & Louveaux (2011), Introduction to Stochastic Programming, doi:10.1007/978-1-4614-0237-4, chapters 1 and 4.
    Rockafellar & Uryasev (2000), Optimization of conditional value-at-risk, doi:10.21314/JOR.2000.038.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sop_xl.supply.elements import Network
from sop_xl.supply.model import Model, state
from sop_xl.supply.persistent import Held, Solution, Status
from sop_xl.supply.program import Program, program_of

Decision = tuple[str, ...]
"""What is decided: kind, product or item or group, place, operation, resource or supplier, bucket."""
Row = dict[int, float]


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A network that may come true, with its probability."""

    name: str
    probability: float
    network: Network


@dataclass(frozen=True, slots=True, eq=False)
class TwoStage:
    """A plan for several worlds.

    Attributes:
        status: how the solve ended.
        objective: expected profit or cost, as the settings ask.
        by_world: profit or cost in every world, with its name.
        cvar: mean profit or cost in the worst worlds, see :func:`two_stage`.
        now: units started or ordered and workers hired or laid off, by decision.
    """

    status: Status
    objective: float
    by_world: Mapping[str, float]
    cvar: float
    now: Mapping[Decision, float]


@dataclass(frozen=True, slots=True)
class Worth:
    """What it is worth to plan for several worlds, as profit or cost in the sign of the settings.

    Attributes:
        rp: the plan for all worlds (recourse problem).
        ev: the plan for the mean world, as it believes to do.
        eev: what the plan for the mean world is expected to do in all worlds.
        ws: what would be expected if the world were known before deciding (wait and see).
    """

    rp: float
    ev: float
    eev: float
    ws: float

    @property
    def evpi(self) -> float:
        """Most that knowing the world beforehand is worth: |WS − RP|."""
        return abs(self.ws - self.rp)

    @property
    def vss(self) -> float:
        """What planning for all worlds gains over planning for the mean one: |RP − EEV|."""
        return abs(self.rp - self.eev)


def two_stage(
    worlds: Sequence[World], *, buckets: int, tail: float = 0.0, weight: float = 0.0, seconds: float | None = None
) -> TwoStage:
    """Return the plan that does best over several worlds, one decision now for all of them.

    Minimises (1 − w) Σ p_s cost_s + w CVaR, with CVaR = η + Σ p_s u_s / tail and u_s ≥ cost_s − η, u_s ≥ 0: the mean
    cost in the worst worlds. For profit, cost is profit with its sign turned.

    Args:
        worlds: networks of one plan: the same products, routes and suppliers; probabilities that add up to 1.
        buckets: in the first so many buckets decisions are the same in all worlds.
        tail: probability of the worst worlds, such as 0.1.
        weight: of the worst worlds in the objective, 0 (expected value) to 1.
        seconds: time limit; that of the settings, if left out.

    Raises:
        ValueError: probabilities do not add up to 1, or the worlds do not share their decisions.
    """
    total = sum(world.probability for world in worlds)
    if not worlds or abs(total - 1) > 1e-6:
        raise ValueError(f"probabilities add up to {total:g}, not to 1")
    stated = [_Stated.of(world.network, buckets) for world in worlds]
    if any(set(one.now) != set(stated[0].now) for one in stated):
        raise ValueError("the worlds do not share their decisions")
    joined, starts = _joined([one.program for one in stated], [world.probability for world in worlds])
    rows = [
        _difference(_shifted(one.now[key], start), stated[0].now[key])
        for one, start in zip(stated[1:], starts[1:], strict=True)
        for key in one.now
    ]
    joined = with_rows(joined, rows, np.zeros(len(rows)), np.zeros(len(rows)))
    if weight > 0:
        joined = _averse(joined, stated, starts, [world.probability for world in worlds], tail, weight)
    solution = _solved(joined, worlds[0].network, seconds)
    sign = _sign(worlds[0].network)
    if solution.values is None:
        return TwoStage(solution.status, float("nan"), {}, float("nan"), {})
    costs = [
        float(one.program.cost @ solution.values[start : start + len(one.program.cost)]) + one.program.offset
        for one, start in zip(stated, starts, strict=True)
    ]
    probabilities = [world.probability for world in worlds]
    return TwoStage(
        solution.status,
        sign * float(np.dot(probabilities, costs)),
        {world.name: sign * cost for world, cost in zip(worlds, costs, strict=True)},
        sign * conditional_tail(np.array(costs), np.array(probabilities), tail or 1.0),
        {key: _value(row, solution.values) for key, row in stated[0].now.items()},
    )


def worth(worlds: Sequence[World], mean: Network, *, buckets: int, seconds: float | None = None) -> Worth:
    """Return what planning for several worlds is worth, against planning for their mean and against knowing them.

    Args:
        worlds: as in :func:`two_stage`.
        mean: network of the mean world.
        buckets: as in :func:`two_stage`.
        seconds: time limit of each solve.
    """
    sign = _sign(mean)
    rp = two_stage(worlds, buckets=buckets, seconds=seconds).objective
    believed = _Stated.of(mean, buckets)
    ev = _solved(believed.program, mean, seconds)
    assert ev.values is not None
    decided = {key: _value(row, ev.values) for key, row in believed.now.items()}
    ws = eev = 0.0
    for world in worlds:
        one = _Stated.of(world.network, buckets)
        ws += world.probability * _solved(one.program, mean, seconds).objective
        held = np.array([decided[key] for key in one.now])
        fixed = with_rows(one.program, list(one.now.values()), held, held)
        eev += world.probability * _solved(fixed, mean, seconds).objective
    return Worth(rp, sign * ev.objective, sign * eev, sign * ws)


def conditional_tail(costs: np.ndarray, probabilities: np.ndarray, tail: float) -> float:
    """Return the mean of the highest costs whose probabilities add up to ``tail``."""
    order = np.argsort(-costs, kind="stable")
    left, total = tail, 0.0
    for k in order:
        part = min(left, float(probabilities[k]))
        total += part * float(costs[k])
        left -= part
        if left <= 1e-12:
            break
    return total / tail


@dataclass(frozen=True, slots=True, eq=False)
class _Stated:
    """A world as a program, and each of its decisions as a row of its columns."""

    program: Program
    now: Mapping[Decision, Row]

    @classmethod
    def of(cls, n: Network, buckets: int) -> _Stated:
        model = state(n)
        column_of = {id(variable): j for j, variable in enumerate(model.problem.variables())}
        return cls(program_of(model.problem), dict(_decisions(n, model, column_of, buckets)))


def _decisions(n: Network, model: Model, column_of: Mapping[int, int], buckets: int) -> list[tuple[Decision, Row]]:
    x = model.variables
    found: list[tuple[Decision, Row]] = []
    for (k, t), run in x.run.items():
        route = n.routes[k]
        key = ("start", route.product, route.location, route.operation, route.resource, str(t))
        row = {column_of[id(variable)]: factor / route.good for variable, factor in run.items()}
        if t < buckets:
            found.append((key, row))
    for (m, t), order in x.order.items():
        if t < buckets:
            supplier = n.suppliers[m]
            place = n.pools[supplier.pool].location
            found.append((("order", supplier.item, place, "", supplier.code, str(t)), {column_of[id(order)]: 1.0}))
    for kind, held in (("hire", x.hired), ("lay off", x.laid_off)):
        for (w, t), people in held.items():
            if t < buckets:
                found.append(((kind, n.workforces[w].code, "", "", "", str(t)), {column_of[id(people)]: 1.0}))
    return found


def with_rows(program: Program, rows: Sequence[Row], lower: np.ndarray, upper: np.ndarray) -> Program:
    """Return a program with more rows, each a mapping of columns to factors."""
    index = [j for row in rows for j in row]
    value = [factor for row in rows for factor in row.values()]
    ends = program.starts[-1] + np.cumsum([len(row) for row in rows], dtype=np.int64)
    return replace(
        program,
        row_lower=np.concatenate([program.row_lower, lower]),
        row_upper=np.concatenate([program.row_upper, upper]),
        starts=np.concatenate([program.starts, ends]).astype(np.int32),
        index=np.concatenate([program.index, np.array(index, dtype=np.int32)]).astype(np.int32),
        value=np.concatenate([program.value, np.array(value, dtype=float)]),
    )


def _joined(programs: Sequence[Program], weights: Sequence[float]) -> tuple[Program, list[int]]:
    """Programs side by side, costs weighted; and where the columns of each begin."""
    columns = np.cumsum([0, *(len(p.cost) for p in programs)])[:-1].tolist()
    entries = np.cumsum([0, *(len(p.index) for p in programs)])[:-1].tolist()
    starts = [p.starts[:-1] + begin for p, begin in zip(programs, entries, strict=True)]
    return (
        Program(
            cost=np.concatenate([w * p.cost for p, w in zip(programs, weights, strict=True)]),
            offset=float(sum(w * p.offset for p, w in zip(programs, weights, strict=True))),
            lower=np.concatenate([p.lower for p in programs]),
            upper=np.concatenate([p.upper for p in programs]),
            row_lower=np.concatenate([p.row_lower for p in programs]),
            row_upper=np.concatenate([p.row_upper for p in programs]),
            starts=np.concatenate([*starts, [entries[-1] + len(programs[-1].index)]]).astype(np.int32),
            index=np.concatenate([p.index + c for p, c in zip(programs, columns, strict=True)]).astype(np.int32),
            value=np.concatenate([p.value for p in programs]),
            integers=np.concatenate([p.integers + c for p, c in zip(programs, columns, strict=True)]).astype(np.int32),
        ),
        columns,
    )


def _averse(
    program: Program,
    stated: Sequence[_Stated],
    starts: Sequence[int],
    weights: Sequence[float],
    tail: float,
    much: float,
) -> Program:
    """Add η and u_s, the rows u_s + η ≥ cost_s, and their weight in the objective."""
    width, count = len(program.cost), len(stated)
    shares = np.array(weights) / tail
    infinity = float("inf")
    wider = replace(
        program,
        cost=np.concatenate([(1 - much) * program.cost, [much], much * shares]),
        offset=(1 - much) * program.offset,
        lower=np.concatenate([program.lower, [-infinity], np.zeros(count)]),
        upper=np.concatenate([program.upper, np.full(count + 1, infinity)]),
    )
    rows, least = [], []
    for s, (one, start) in enumerate(zip(stated, starts, strict=True)):
        used = np.flatnonzero(one.program.cost)
        row = {int(start + j): -float(one.program.cost[j]) for j in used}
        rows.append(row | {width: 1.0, width + 1 + s: 1.0})
        least.append(one.program.offset)
    return with_rows(wider, rows, np.array(least), np.full(count, infinity))


def _solved(program: Program, n: Network, seconds: float | None) -> Solution:
    limit = float(n.inputs.settings["solver_seconds"]) if seconds is None else seconds
    return Held(program, int(n.inputs.settings["seed"])).solve(limit)


def _sign(n: Network) -> float:
    return -1.0 if n.for_profit else 1.0


def _shifted(row: Row, start: int) -> Row:
    return {start + j: factor for j, factor in row.items()}


def _difference(a: Row, b: Row) -> Row:
    return a | {j: -factor for j, factor in b.items()}


def _value(row: Row, values: np.ndarray) -> float:
    return float(sum(factor * values[j] for j, factor in row.items()))
