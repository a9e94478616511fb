"""The constraints of the plan, one function each; what they say stands in their docstrings.

Letters: n product-location, s series (product, location, channel), k route, r resource, w workforce, i item stock,
m supplier, t bucket, L_t length of the bucket in months. Each function yields ``(name, expression, sense, constant)``,
read as *expression sense constant*.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import isfinite

from pulp import LpConstraint, LpConstraintEQ, LpConstraintGE, LpConstraintLE, LpProblem, LpVariable

from sop_xl.supply.agreed_constraints import AGREED_CONSTRAINTS
from sop_xl.supply.capacity import staying
from sop_xl.supply.capacity_constraints import CAPACITY_CONSTRAINTS
from sop_xl.supply.elements import Network, Node
from sop_xl.supply.rows import Constraint, Row, Terms, expression
from sop_xl.supply.rows import add as _add
from sop_xl.supply.variables import At, Variables


def stock_balance(x: Variables, n: Network) -> Iterator[Row]:
    """Stock at a node: what was there, comes in and goes out.

    closing_t = opening_t + made + outsourced + scheduled + received − sent − consumed − delivered − thrown away.

    Σ_p stock_{n,p,t} − Σ_p stock_{n,p,t−1} − Σ_k made_{k,t} − Σ_o Σ_τ share_{τ,t} outsource_{o,τ}
    − Σ_a Σ_τ share_{τ,t} ship_{a,τ} + Σ_a ship_{a,t} + Σ_parents quantity × started_{t} + Σ_s deliver_{s,t}
    + expired_{n,t} = scheduled_{n,t} (+ opening stock, t = 0); share_{τ,t}: the part of what leaves in bucket τ that
    arrives in t.
    """
    position = {node: i for i, node in enumerate(n.nodes)}
    flow: dict[At, Terms] = defaultdict(dict)
    for (i, t), parts in x.stock.items():
        for variable, _ in parts:
            flow[i, t][variable] = 1.0
            if t < n.last:
                flow[i, t + 1][variable] = -1.0
    for k, process in enumerate(n.processes):
        node = position[Node(process.product, process.location)]
        parts = [(position[Node(part, process.location)], quantity) for part, quantity in process.parts]
        for t in n.periods:
            _add(flow[node, t], x.made[k, t], -1.0)
            for part, quantity in parts:
                _add(flow[part, t], x.started[k, t], quantity)
    for (k, t), variable in x.outsource.items():
        offer = n.offers[k]
        for u, share in offer.lead_time.of(t):
            flow[position[Node(offer.product, offer.location)], u][variable] = -share
    for (k, t), variable in x.ship.items():
        arc = n.arcs[k]
        flow[position[Node(arc.product, arc.origin)], t][variable] = 1.0
        for u, share in arc.lead_time.of(t):
            flow[position[Node(arc.product, arc.target)], u][variable] = -share
    for at, variable in x.expired.items():
        flow[at][variable] = 1.0
    for (k, t), variable in x.deliver.items():
        flow[position[n.series[k].node], t][variable] = 1.0
    for i, node in enumerate(n.nodes):
        target = n.stock[node]
        for t in n.periods:
            coming = target.receipts[t] + (target.opening if t == 0 else 0.0)
            yield f"stock_balance_{i}_{t}", flow[i, t], LpConstraintEQ, coming


def backlog_balance(x: Variables, n: Network) -> Iterator[Row]:
    """Every unit of demand is delivered, waits, or is lost at the end of the horizon.

    deliver_{s,t} + backlog_{s,t} − backlog_{s,t−1} + lost_{s,t} = demand_{s,t}.

    Only with backorders; lost_t exists in the last bucket, backlog_t in all before it.
    """
    for (s, t), deliver in x.deliver.items() if n.backorders else ():
        row: Terms = {deliver: 1.0}
        if (s, t) in x.backlog:
            row[x.backlog[s, t]] = 1.0
        if (s, t - 1) in x.backlog:
            row[x.backlog[s, t - 1]] = -1.0
        if (s, t) in x.lost:
            row[x.lost[s, t]] = 1.0
        yield f"backlog_balance_{s}_{t}", row, LpConstraintEQ, n.series[s].demand[t]


def step_balance(x: Variables, n: Network) -> Iterator[Row]:
    """Alternatives of a step together feed the next step.

    Σ_k run_{k,t} = Σ_{k' of the next step} run_{k',t} / yield_{k'}.

    The last step feeds the stock, and a step with a single route needs no row.
    """
    for process in n.processes:
        for step, following in pairwise(process.steps):
            if len(step) == 1:
                continue
            for t in n.periods:
                row: Terms = {}
                for k in step:
                    _add(row, x.run[k, t], 1.0)
                for k in following:
                    _add(row, x.run[k, t], -1.0 / n.routes[k].good)
                yield f"step_balance_{step[0]}_{t}", row, LpConstraintEQ, 0.0


def resource_hours(x: Variables, n: Network) -> Iterator[Row]:
    """Hours used are regular, overtime or bought.

    Σ_k (hours_k / yield_k × run_{k,t} + setup hours_k × setup_{k,t}) = regular_{r,t} + overtime_{r,t} + bought_{r,t}.

    The bounds of the three are the hours there are. Where people are the only limit, overtime is that of the people.
    """
    routes = _routes_by_resource(n)
    for r, resource in enumerate(n.resources):
        for t in n.periods:
            row: Terms = {x.regular[r, t]: -1.0}
            if (r, t) in x.overtime:
                row[x.overtime[r, t]] = -1.0
            if (r, t) in x.bought:
                row[x.bought[r, t]] = -1.0
            if resource.people_only:
                for w, group in enumerate(n.workforces):
                    if group.resource == resource.code and (w, t) in x.people_overtime:
                        row[x.people_overtime[w, t]] = -1.0
            for k in routes.get(resource.code, ()):
                _add(row, x.run[k, t], n.routes[k].hours / n.routes[k].good)
                if (k, t) in x.setup and n.routes[k].setup_hours[t] > 0:
                    row[x.setup[k, t]] = n.routes[k].setup_hours[t]
            yield f"resource_hours_{r}_{t}", row, LpConstraintEQ, 0.0


def labour_hours(x: Variables, n: Network) -> Iterator[Row]:
    """People suffice for what the resource does.

    Σ_k (labour_k / yield_k × run_{k,t} + setup hours_k × setup_{k,t})
    ≤ Σ_w (hours_{w,t} workers_{w,t} + overtime_{w,t}) + bought_{r,t}.

    Hours bought outside come with their people, hour for hour. Where idle people count, the row is an equation with
    Σ_w hours_{w,t} (idle_{w,t} + short time part_w × short_{w,t}) on its left.
    """
    routes = _routes_by_resource(n)
    for r, resource in enumerate(n.resources):
        groups = [w for w, group in enumerate(n.workforces) if group.resource == resource.code]
        for t in n.periods if groups else ():
            row: Terms = {}
            for w in groups:
                row[x.workers[w, t]] = -n.workforces[w].hours[t]
                if (w, t) in x.people_overtime:
                    row[x.people_overtime[w, t]] = -1.0
            if (r, t) in x.bought:
                row[x.bought[r, t]] = -1.0
            for k in routes.get(resource.code, ()):
                _add(row, x.run[k, t], n.routes[k].labour / n.routes[k].good)
                if (k, t) in x.setup and n.routes[k].setup_hours[t] > 0:
                    row[x.setup[k, t]] = n.routes[k].setup_hours[t]
            watched = any((w, t) in x.idle for w in groups)
            for w in groups if watched else ():
                hours = n.workforces[w].hours[t]
                row[x.idle[w, t]] = hours
                if (w, t) in x.short:
                    row[x.short[w, t]] = hours * n.workforces[w].short_part
            yield f"labour_hours_{r}_{t}", row, LpConstraintEQ if watched else LpConstraintLE, 0.0


def overtime_per_worker(x: Variables, n: Network) -> Iterator[Row]:
    """Overtime is worked by workers: overtime_{w,t} ≤ most overtime_w × L_t × workers_{w,t}."""
    for (w, t), variable in x.people_overtime.items():
        row: Terms = {variable: 1.0, x.workers[w, t]: -n.workforces[w].overtime * n.lengths[t]}
        yield f"overtime_per_worker_{w}_{t}", row, LpConstraintLE, 0.0


def workforce_balance(x: Variables, n: Network) -> Iterator[Row]:
    """Workers are those of before who stayed, plus hired, less laid off, plus and less those who change group.

    workers_{w,t} − stay_{w,t} workers_{w,t−1} − (1 − leave new_w) hired_{w,t} + laid_off_{w,t}
    − Σ_{v into w} (1 − lost_v) moved_{v,t} + Σ_{v out of w} moved_{v,t} = 0 (stay × opening workers, t = 0), with
    stay_{w,t} = (1 − attrition_w)^L_t.
    """
    for w, group in enumerate(n.workforces):
        for t in n.periods:
            stay = staying(group.attrition, n.lengths[t])
            row: Terms = {x.workers[w, t]: 1.0, x.hired[w, t]: group.attrition_new - 1.0, x.laid_off[w, t]: 1.0}
            if t > 0:
                row[x.workers[w, t - 1]] = -stay
            for v, move in enumerate(n.moves):
                if move.target == w:
                    row[x.moved[v, t]] = move.lost - 1.0
                elif move.origin == w:
                    row[x.moved[v, t]] = 1.0
            yield f"workforce_balance_{w}_{t}", row, LpConstraintEQ, stay * group.opening if t == 0 else 0.0


def lot_needs_setup(x: Variables, n: Network) -> Iterator[Row]:
    """No production without a setup: run_{k,t} ≤ largest lot_{k,t} × setup_{k,t}."""
    for (k, t), setup in x.setup.items():
        row: Terms = dict(x.run[k, t])
        row[setup] = -x.largest_lot[k, t]
        yield f"lot_needs_setup_{k}_{t}", row, LpConstraintLE, 0.0


def smallest_lot(x: Variables, n: Network) -> Iterator[Row]:
    """Production in a bucket is at least the smallest lot: run_{k,t} ≥ min lot_k × setup_{k,t}."""
    for (k, t), setup in x.setup.items():
        if n.routes[k].min_lot[t] > 0:
            row: Terms = dict(x.run[k, t])
            row[setup] = -n.routes[k].min_lot[t]
            yield f"smallest_lot_{k}_{t}", row, LpConstraintGE, 0.0


def item_balance(x: Variables, n: Network) -> Iterator[Row]:
    """Stock of an item is what was there, plus what arrives, less what goes into products.

    stock_{i,t} − stock_{i,t−1} − Σ_m Σ_τ share_{τ,t} order_{m,τ} + Σ_parents quantity × started_t = coming_{i,t}
    (+ opening stock, t = 0).
    """
    use: dict[At, Terms] = defaultdict(dict)
    for k, process in enumerate(n.processes):
        for item, quantity in process.items:
            pool = n.pool_of(item, process.location)
            if pool is None:
                continue
            for t in n.periods:
                _add(use[pool, t], x.started[k, t], quantity)
    arriving: dict[At, list[tuple[LpVariable, float]]] = defaultdict(list)
    for (m, t), order in x.order.items():
        for u, share in n.suppliers[m].lead_time.of(t):
            arriving[n.suppliers[m].pool, u].append((order, share))
    for i, pool in enumerate(n.pools):
        for t in n.periods:
            row = use[i, t]
            row[x.item_stock[i, t]] = 1.0
            if t > 0:
                row[x.item_stock[i, t - 1]] = -1.0
            coming = pool.opening if t == 0 else 0.0
            coming += sum(n.suppliers[m].coming[t] for m in pool.suppliers)
            for variable, share in arriving[i, t]:
                row[variable] = -share
            yield f"item_balance_{i}_{t}", row, LpConstraintEQ, coming


def item_without_supplier(x: Variables, n: Network) -> Iterator[Row]:
    """A product whose bill names an item that nobody supplies cannot be made: started_{k,t} = 0."""
    for k, process in enumerate(n.processes):
        missing = any(n.pool_of(item, process.location) is None for item, quantity in process.items if quantity > 0)
        for t in n.periods if missing else ():
            yield f"item_without_supplier_{k}_{t}", dict(x.started[k, t]), LpConstraintEQ, 0.0


def order_needs_decision(x: Variables, n: Network) -> Iterator[Row]:
    """No order without the decision to order: order_{m,t} ≤ largest order_{m,t} × ordering_{m,t}."""
    for (m, t), ordering in x.ordering.items():
        supplier = n.suppliers[m]
        most = min(supplier.limit[t], max(supplier.moq, n.need.get(supplier.item, (0.0,))[0]))
        yield f"order_needs_decision_{m}_{t}", {x.order[m, t]: 1.0, ordering: -most}, LpConstraintLE, 0.0


def smallest_order(x: Variables, n: Network) -> Iterator[Row]:
    """An order is at least the smallest order quantity: order_{m,t} ≥ MOQ_m × ordering_{m,t}."""
    for (m, t), ordering in x.ordering.items():
        row: Terms = {x.order[m, t]: 1.0, ordering: -n.suppliers[m].moq}
        yield f"smallest_order_{m}_{t}", row, LpConstraintGE, 0.0


def lane_limit(x: Variables, n: Network) -> Iterator[Row]:
    """Products of a row share the lane: Σ_a ship_{a,t} ≤ limit_row × L_t."""
    rows: dict[At, Terms] = defaultdict(dict)
    for (a, t), variable in x.ship.items():
        rows[n.arcs[a].row, t][variable] = 1.0
    for row, limit in n.lane_limits.items():
        for t in n.periods:
            if (row, t) in rows and isfinite(limit[t]):
                yield f"lane_limit_{row}_{t}", rows[row, t], LpConstraintLE, limit[t]


def partner_limit(x: Variables, n: Network) -> Iterator[Row]:
    """Products of a row share what the partner plant sells: Σ_o outsource_{o,t} ≤ limit_row × L_t."""
    rows: dict[At, Terms] = defaultdict(dict)
    for (o, t), variable in x.outsource.items():
        rows[n.offers[o].row, t][variable] = 1.0
    for row, limit in n.partner_limits.items():
        for t in n.periods:
            if (row, t) in rows and isfinite(limit[t]):
                yield f"partner_limit_{row}_{t}", rows[row, t], LpConstraintLE, limit[t]


CONSTRAINTS: tuple[Constraint, ...] = (
    stock_balance,
    backlog_balance,
    step_balance,
    resource_hours,
    labour_hours,
    overtime_per_worker,
    workforce_balance,
    lot_needs_setup,
    smallest_lot,
    item_balance,
    item_without_supplier,
    order_needs_decision,
    smallest_order,
    lane_limit,
    partner_limit,
    *CAPACITY_CONSTRAINTS,
    *AGREED_CONSTRAINTS,
)
"""Every constraint of the plan, in the order in which they are stated."""


def constrain(problem: LpProblem, x: Variables, n: Network, constraints: Sequence[Constraint] = CONSTRAINTS) -> None:
    """Add constraints to a problem: every one of the plan, if not told otherwise."""
    for constraint in constraints:
        for name, terms, sense, constant in constraint(x, n):
            problem.addConstraint(LpConstraint(expression(terms), sense, name, constant))


def _routes_by_resource(n: Network) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for k, route in enumerate(n.routes):
        found[route.resource].append(k)
    return found
