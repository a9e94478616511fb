"""Constraints of capacity that is decided: steps, maintenance, and people who are trained, idle or on short time.

Letters as in :mod:`sop_xl.supply.constraints`; k step, j maintenance job, v move between groups of people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from math import isfinite

from pulp import LpConstraintEQ, LpConstraintLE, LpVariable

from sop_xl.supply.agreements import CapacityStep
from sop_xl.supply.elements import Network
from sop_xl.supply.rows import Row, Terms, put
from sop_xl.supply.variables import Variables


def resource_capacity(x: Variables, n: Network) -> Iterator[Row]:
    """Regular hours are those of the resource, plus steps taken, less maintenance.

    regular_{r,t} − Σ_k size_k L_t there_{k,t} + Σ_j hours_{j,t} down_{j,t} ≤ hours_{r,t}.

    Only where a resource has steps or maintenance to be scheduled; elsewhere the hours are a bound.
    """
    rows = {at: {x.regular[at]: 1.0} for at in sorted(x.stepped)}
    for k, step in enumerate(n.steps):
        if step.resource is not None:
            for t in (t for r, t in x.stepped if r == step.resource):
                for variable, part in there(x, step, k, t):
                    put(rows[step.resource, t], variable, -step.size * n.lengths[t] * part)
    for (j, t), down in x.down.items():
        if (n.jobs[j].resource, t) in rows:
            put(rows[n.jobs[j].resource, t], down, n.jobs[j].hours[t])
    for (r, t), row in rows.items():
        yield f"resource_capacity_{r}_{t}", row, LpConstraintLE, n.resources[r].regular[t]


def there(x: Variables, step: CapacityStep, k: int, t: int) -> Iterator[tuple[LpVariable, float]]:
    """Yield the decisions that make a step be there in a bucket, with the part of the bucket in which it is."""
    for decided, parts in step.there.items():
        if parts[t] > 0:
            yield x.taken[k, decided], parts[t]


def step_taken_at_most(x: Variables, n: Network) -> Iterator[Row]:
    """A lasting step is taken as often as it can be: Σ_t taken_{k,t} ≤ most_k."""
    for k, step in enumerate(n.steps):
        if step.lasting and len(step.there) > 1:
            row: Terms = {x.taken[k, t]: 1.0 for t in step.there}
            yield f"step_taken_at_most_{k}", row, LpConstraintLE, step.most


def step_switched_on(x: Variables, n: Network) -> Iterator[Row]:
    """A step by bucket that was off before is switched on: on_{k,t} − on_{k,t−1} ≤ switched_{k,t}."""
    for (k, t), switched in x.switched.items():
        row: Terms = {x.taken[k, t]: 1.0, switched: -1.0}
        if (k, t - 1) in x.taken:
            row[x.taken[k, t - 1]] = -1.0
        yield f"step_switched_on_{k}_{t}", row, LpConstraintLE, 0.0


def step_group(x: Variables, n: Network) -> Iterator[Row]:
    """Only so many steps of a group are taken at a time: Σ_k Σ_{τ ≤ t} taken_{k,τ} ≤ most_group (by bucket: τ = t)."""
    groups: dict[str, list[int]] = defaultdict(list)
    for k, step in enumerate(n.steps):
        if step.group and isfinite(step.group_most):
            groups[step.group].append(k)
    for g, members in enumerate(groups.values()):
        for t in n.periods:
            row: Terms = {}
            for k in members:
                for decided in n.steps[k].there:
                    if decided == t or (n.steps[k].lasting and decided < t):
                        row[x.taken[k, decided]] = 1.0
            if row:
                yield f"step_group_{g}_{t}", row, LpConstraintLE, n.steps[members[0]].group_most


def maintenance_done(x: Variables, n: Network) -> Iterator[Row]:
    """Every machine due is maintained once: Σ_t down_{j,t} = machines_j."""
    for j, job in enumerate(n.jobs):
        row: Terms = {x.down[j, t]: 1.0 for t in job.periods}
        yield f"maintenance_done_{j}", row, LpConstraintEQ, job.machines


def move_limit(x: Variables, n: Network) -> Iterator[Row]:
    """Only a part of a group can be new to it by training: moved_{v,t} ≤ share_v × workers_{target,t}."""
    for (v, t), moved in x.moved.items():
        move = n.moves[v]
        if isfinite(move.share):
            row: Terms = {moved: 1.0, x.workers[move.target, t]: -move.share}
            yield f"move_limit_{v}_{t}", row, LpConstraintLE, 0.0


def short_time(x: Variables, n: Network) -> Iterator[Row]:
    """Only workers can be on short time: short_{w,t} ≤ workers_{w,t}."""
    for (w, t), short in x.short.items():
        yield f"short_time_{w}_{t}", {short: 1.0, x.workers[w, t]: -1.0}, LpConstraintLE, 0.0


CAPACITY_CONSTRAINTS = (
    resource_capacity,
    step_taken_at_most,
    step_switched_on,
    step_group,
    maintenance_done,
    move_limit,
    short_time,
)
