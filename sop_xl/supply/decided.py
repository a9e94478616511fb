"""Output tables of what is decided beside production: steps of capacity, maintenance, and the costs no unit carries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd
from pulp import LpVariable

from sop_xl.schema.frames import typed
from sop_xl.supply import objective
from sop_xl.supply.elements import Network
from sop_xl.supply.objective import Line
from sop_xl.supply.results import NOISE, Solved
from sop_xl.supply.shutdowns import lane_code
from sop_xl.supply.variables import At


def capacity_plan(s: Solved) -> pd.DataFrame:
    """Return the schema table ``capacity_plan``: steps taken and machines maintained, by bucket of the decision."""
    x, n = s.model.variables, s.network
    cost: dict[int, float] = {}
    for variable, price in (*objective.steps(x, n), *objective.maintenance(x, n)):
        cost[id(variable)] = cost.get(id(variable), 0.0) + price * s.of(variable)
    records: list[dict[str, object]] = []
    for (k, t), taken in x.taken.items():
        if s.of(taken) > NOISE:
            step = n.steps[k]
            target = step.location if step.resource is None else n.resources[step.resource].code
            switched = x.switched.get((k, t))
            paid = cost.get(id(taken), 0.0) + (cost.get(id(switched), 0.0) if switched is not None else 0.0)
            records.append(_decision(step.code, "step", target, t, s.of(taken), paid))
    for (j, t), down in x.down.items():
        if s.of(down) > NOISE:
            job = n.jobs[j]
            target = n.resources[job.resource].code
            records.append(_decision(job.code, "maintenance", target, t, s.of(down), cost.get(id(down), 0.0)))
    return _table(n, "capacity_plan", records)


def _decision(code: str, kind: str, target: str, t: int, number: float, cost: float) -> dict[str, object]:
    return {"decision": code, "kind": kind, "target": target, "period": t, "number": number, "cost": cost}


def other_costs(s: Solved) -> pd.DataFrame:
    """Return the schema table ``other_costs``: what each line costs, by what causes it and bucket.

    A step's fixed cost stands in the bucket in which it is decided, its monthly cost is spread over the buckets in
    which it is there.
    """
    n = s.network
    found: dict[tuple[str, str, int], float] = {}
    for line, pool, t, amount in _amounts(s):
        if abs(amount) > NOISE:
            found[line, pool, t] = found.get((line, pool, t), 0.0) + amount
    records = [
        {"line": line, "pool": pool, "period": t, "amount": amount} for (line, pool, t), amount in sorted(found.items())
    ]
    return _table(n, "other_costs", records)


def _amounts(s: Solved) -> Iterator[tuple[str, str, int, float]]:
    x, n = s.model.variables, s.network
    for (k, t), taken in x.taken.items():
        step = n.steps[k]
        pool = step.location if step.resource is None else n.resources[step.resource].code
        if step.lasting:
            yield "cost_capacity", pool, t, step.fixed * s.of(taken)
        for u in n.periods:
            yield "cost_capacity", pool, u, step.monthly * step.there[t][u] * n.lengths[u] * s.of(taken)
    for (k, t), switched in x.switched.items():
        step = n.steps[k]
        pool = step.location if step.resource is None else n.resources[step.resource].code
        yield "cost_capacity", pool, t, step.fixed * s.of(switched)
    people, resources = n.workforces, n.resources
    held: tuple[tuple[str, Line, tuple[Mapping[At, LpVariable], ...], list[str]], ...] = (
        ("cost_maintenance", objective.maintenance(x, n), (x.down,), [resources[j.resource].code for j in n.jobs]),
        ("cost_training", objective.training(x, n), (x.moved,), [people[m.target].code for m in n.moves]),
        ("cost_idle", objective.idle(x, n), (x.idle, x.short), [group.code for group in people]),
        ("cost_lanes", objective.lanes(x, n), (x.used,), [lane_code(lane.origin, lane.target) for lane in n.loads]),
        ("cost_disposal", objective.disposal(x, n), (x.expired,), [node.product for node in n.nodes]),
    )
    for name, line, variables, pools in held:
        at = {id(variable): where for group in variables for where, variable in group.items()}
        for variable, price in line:
            if variable is not None:
                i, t = at[id(variable)]
                yield name, pools[i], t, price * s.of(variable)
    of_series = {id(v): (n.series[i].product, t) for (i, t), v in x.deliver.items()}
    of_arcs = {id(v): (n.arcs[i].product, t) for (i, t), v in x.ship.items()}
    for variable, price in objective.handling(x, n):
        product, t = (of_series | of_arcs)[id(variable)]
        yield "cost_handling", product, t, price * s.of(variable)
    for held_by, price_of in ((x.rise, "rise_cost"), (x.fall, "fall_cost")):
        for (q, t), variable in held_by.items():
            product = n.processes[n.smoothing[q].processes[0]].product
            yield "cost_level", product, t, getattr(n.smoothing[q], price_of) * s.of(variable)


def _table(n: Network, name: str, records: list[dict[str, object]]) -> pd.DataFrame:
    if not records:
        return typed(name, pd.DataFrame(index=range(0)))
    frame = pd.DataFrame.from_records(records)
    starts = pd.DatetimeIndex(n.inputs.calendar.starts)
    return typed(name, frame.assign(period=starts[frame["period"].to_numpy()]))
