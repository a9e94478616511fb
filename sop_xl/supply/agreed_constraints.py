"""Constraints of what is agreed or limited: markets, frozen and level production, shelf life, places, the whole plan.

Letters as in :mod:`sop_xl.supply.constraints`; g market limit, q rule of level production, l lane, p location.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from math import isfinite

from pulp import LpConstraintEQ, LpConstraintGE, LpConstraintLE, LpVariable

from sop_xl.supply.capacity_constraints import there
from sop_xl.supply.elements import Network, Node
from sop_xl.supply.objective import PAID, co2
from sop_xl.supply.rows import Row, Terms, add, put
from sop_xl.supply.variables import At, Variables


def least_sales(x: Variables, n: Network) -> Iterator[Row]:
    """What must be sold is sold, or missed at a high price: Σ_s deliver_{s,t} + missed_{g,t} ≥ least_{g,t}."""
    for (g, t), missed in x.missed.items():
        row: Terms = {x.deliver[s, t]: 1.0 for s in n.market[g].series if (s, t) in x.deliver}
        row[missed] = 1.0
        yield f"least_sales_{g}_{t}", row, LpConstraintGE, n.market[g].least[t]


def most_sales(x: Variables, n: Network) -> Iterator[Row]:
    """A market takes no more: Σ_s deliver_{s,t} ≤ most_{g,t}."""
    for g, limit in enumerate(n.market):
        for t in n.periods:
            row: Terms = {x.deliver[s, t]: 1.0 for s in limit.series if (s, t) in x.deliver}
            if row and isfinite(limit.most[t]):
                yield f"most_sales_{g}_{t}", row, LpConstraintLE, limit.most[t]


def frozen_production(x: Variables, n: Network) -> Iterator[Row]:
    """What is frozen is made, neither more nor less: made_{k,t} = frozen_{k,t}."""
    for f, frozen in enumerate(n.frozen):
        row: Terms = dict(x.made[frozen.process, frozen.period])
        yield f"frozen_production_{f}", row, LpConstraintEQ, frozen.units


def level_production(x: Variables, n: Network) -> Iterator[Row]:
    """Production per month changes by a rise or a fall.

    Σ_k made_{k,t} / L_t − Σ_k made_{k,t−1} / L_{t−1} − rise_{q,t} + fall_{q,t} = 0 (opening rate, t = 0).

    The bounds of rise and fall are the most it may change. Without an opening rate the first bucket is free.
    """
    for (q, t), rise in x.rise.items():
        rule = n.smoothing[q]
        row: Terms = {rise: -1.0, x.fall[q, t]: 1.0}
        for k in rule.processes:
            add(row, x.made[k, t], 1 / n.lengths[t])
            if t > 0:
                add(row, x.made[k, t - 1], -1 / n.lengths[t - 1])
        before = rule.opening if t == 0 else 0.0
        yield f"level_production_{q}_{t}", row, LpConstraintEQ, before


def shelf_life(x: Variables, n: Network) -> Iterator[Row]:
    """What lies at the start of a bucket is used, first in first out, before it is too old, or thrown away.

    stock_{n,t−1} ≤ Σ_{τ=t}^{last use of t} (delivered + sent + consumed + thrown away)_{n,τ} (opening stock, t = 0).

    A unit is as old as its stay at this location; on arrival it is fresh.
    """
    ageing = {i for i, node in enumerate(n.nodes) if n.stock[node].keeps is not None}
    if not ageing:
        return
    out = outflow(x, n, ageing)
    for i in sorted(ageing):
        target = n.stock[n.nodes[i]]
        assert target.keeps is not None
        for t in n.periods:
            if target.keeps[t] > n.last:
                continue
            row: Terms = {}
            for u in range(t, target.keeps[t] + 1):
                for variable, factor in out[i, u].items():
                    put(row, variable, factor)
                put(row, x.expired[i, u], 1.0)
            for variable, _ in x.stock[i, t - 1] if t > 0 else ():
                put(row, variable, -1.0)
            yield f"shelf_life_{i}_{t}", row, LpConstraintGE, target.opening if t == 0 else 0.0


def outflow(x: Variables, n: Network, nodes: set[int]) -> dict[At, Terms]:
    """Return what is delivered, sent and consumed at some nodes (positions), by bucket."""
    position = {node: i for i, node in enumerate(n.nodes)}
    out: dict[At, Terms] = defaultdict(dict)
    for (s, t), deliver in x.deliver.items():
        i = position[n.series[s].node]
        if i in nodes:
            put(out[i, t], deliver, 1.0)
    for (a, t), ship in x.ship.items():
        i = position[Node(n.arcs[a].product, n.arcs[a].origin)]
        if i in nodes:
            put(out[i, t], ship, 1.0)
    for k, process in enumerate(n.processes):
        for part, quantity in process.parts:
            i = position[Node(part, process.location)]
            for t in n.periods if i in nodes else ():
                add(out[i, t], x.started[k, t], quantity)
    return out


def lane_load(x: Variables, n: Network) -> Iterator[Row]:
    """A lane takes only so much of all products together, and only where it is used.

    Σ_a ship_{a,t} ≤ limit_{l,t} (× used_{l,t} where using the lane costs or asks for a least load).
    """
    for lane, load in enumerate(n.loads):
        for t in n.periods:
            row: Terms = {x.ship[a, t]: 1.0 for a in load.arcs if (a, t) in x.ship}
            if not row:
                continue
            if (lane, t) in x.used:
                row[x.used[lane, t]] = -most_on_lane(n, lane, t)
                yield f"lane_load_{lane}_{t}", row, LpConstraintLE, 0.0
            elif isfinite(load.limit[t]):
                yield f"lane_load_{lane}_{t}", row, LpConstraintLE, load.limit[t]


def most_on_lane(n: Network, lane: int, t: int) -> float:
    """Return the most that a lane could usefully take in a bucket: its limit, or all that is needed from then on."""
    products = {n.arcs[a].product for a in n.loads[lane].arcs}
    held = sum(n.stock[node].opening + sum(n.stock[node].receipts) for node in n.nodes if node.product in products)
    needed = sum(n.need.get(product, (0.0,) * len(n.lengths))[t] for product in products) + held
    return min(n.loads[lane].limit[t], max(needed, n.loads[lane].least))


def least_load(x: Variables, n: Network) -> Iterator[Row]:
    """A lane that is used carries at least so much: Σ_a ship_{a,t} ≥ least_l × used_{l,t}."""
    for (lane, t), used in x.used.items():
        if n.loads[lane].least > 0:
            row: Terms = {x.ship[a, t]: 1.0 for a in n.loads[lane].arcs if (a, t) in x.ship}
            row[used] = -n.loads[lane].least
            yield f"least_load_{lane}_{t}", row, LpConstraintGE, 0.0


def location_throughput(x: Variables, n: Network) -> Iterator[Row]:
    """Only so much leaves a location, to others and to customers: Σ sent + Σ delivered − Σ steps ≤ throughput_{p,t}."""
    for p, place in enumerate(n.places):
        grown = [k for k, step in enumerate(n.steps) if step.location == place.location]
        if not grown and not any(isfinite(limit) for limit in place.throughput):
            continue
        for t in n.periods:
            row = leaving(x, n, place.location, t)
            for k in grown:
                for variable, part in there(x, n.steps[k], k, t):
                    put(row, variable, -n.steps[k].size * n.lengths[t] * part)
            if isfinite(place.throughput[t]):
                yield f"location_throughput_{p}_{t}", row, LpConstraintLE, place.throughput[t]


def leaving(x: Variables, n: Network, location: str, t: int) -> Terms:
    """Return what leaves a location in a bucket: sent to other locations and delivered to customers."""
    row: Terms = {}
    for a, arc in enumerate(n.arcs):
        if arc.origin == location and (a, t) in x.ship:
            row[x.ship[a, t]] = 1.0
    for s, series in enumerate(n.series):
        if series.location == location and (s, t) in x.deliver:
            row[x.deliver[s, t]] = 1.0
    return row


def location_storage(x: Variables, n: Network) -> Iterator[Row]:
    """Only so much lies at a location at the end of a bucket: Σ_n stock_{n,t} ≤ storage_p.

    Where opening stock and receipts less demand are more than that, so much may lie there.
    """
    for p, place in enumerate(n.places):
        if not isfinite(place.storage):
            continue
        members = [i for i, node in enumerate(n.nodes) if node.location == place.location]
        asked = [sum(s.demand[t] for s in n.series if s.location == place.location) for t in n.periods]
        anyway = sum(n.stock[n.nodes[i]].opening for i in members)
        for t in n.periods:
            anyway += sum(n.stock[n.nodes[i]].receipts[t] for i in members) - asked[t]
            row: Terms = {variable: 1.0 for i in members for variable, _ in x.stock[i, t]}
            yield f"location_storage_{p}_{t}", row, LpConstraintLE, max(place.storage, anyway)


def plan_limit(x: Variables, n: Network) -> Iterator[Row]:
    """Limits of the whole plan: what is spent, bound in stock, emitted, idle or worked overtime ≤ most.

    - spend: Σ of the lines of cost that are paid, in the bucket or over the horizon;
    - working capital: Σ stock × standard cost + Σ items × purchase price at the end of the bucket;
    - co2: Σ tonnes; idle workers: Σ_w idle_{w,t}; overtime hours: Σ_r overtime + Σ_w overtime.
    """
    bucket = x.bucket_of() if n.limits else {}
    for b, limit in enumerate(n.limits):
        whole = limit.period is None
        buckets = list(n.periods) if limit.period is None else [limit.period]
        if limit.kind in ("working capital", "idle workers"):
            for t in buckets:
                row = _stock_value(x, n, t) if limit.kind == "working capital" else _at(x.idle, t)
                if row:
                    yield f"plan_limit_{b}_{t}", row, LpConstraintLE, limit.most
            continue
        row = {}
        for variable, amount in _amounts(x, n, limit.kind):
            if whole or bucket[id(variable)] == limit.period:
                put(row, variable, amount)
        if row:
            yield f"plan_limit_{b}_{buckets[0]}", row, LpConstraintLE, limit.most


def _amounts(x: Variables, n: Network, kind: str) -> Iterator[tuple[LpVariable, float]]:
    if kind == "overtime hours":
        yield from ((variable, 1.0) for variable in (*x.overtime.values(), *x.people_overtime.values()))
        return
    for line in (co2,) if kind == "co2" else PAID:
        for variable, amount in line(x, n):
            if variable is not None and amount:
                yield variable, amount


def _at(held: dict[At, LpVariable], t: int) -> Terms:
    return {variable: 1.0 for (_, u), variable in held.items() if u == t}


def _stock_value(x: Variables, n: Network, t: int) -> Terms:
    row: Terms = {}
    for i, node in enumerate(n.nodes):
        standard = n.rates[node.product].standard[t]
        for variable, _ in x.stock[i, t] if standard > 0 else ():
            row[variable] = standard
    for i, pool in enumerate(n.pools):
        price = min((n.suppliers[m].unit_cost for m in pool.suppliers), default=0.0)
        if price > 0:
            row[x.item_stock[i, t]] = price
    return row


AGREED_CONSTRAINTS = (
    least_sales,
    most_sales,
    frozen_production,
    level_production,
    shelf_life,
    lane_load,
    least_load,
    location_throughput,
    location_storage,
    plan_limit,
)
