"""Upper bounds from the data: the largest cost of a unit, and the most units any plan could use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.elements import (
    Node,
    PerBucket,
    Process,
    Rates,
    Resource,
    Route,
    Series,
    StockTarget,
    Supplier,
    Workforce,
)
from sop_xl.supply.sourcing import Reach

CIRCLE = 1000.0
"""How many times all demand a product may be needed whose bill of materials runs in a circle."""


def largest_unit_cost(
    rate: Mapping[str, Rates],
    routes: Sequence[Route],
    processes: Sequence[Process],
    used: Reach,
    machines: Sequence[Resource],
    people: Sequence[Workforce],
    suppliers: Sequence[Supplier],
) -> dict[str, float]:
    """Return the largest cost a unit of each product could have, from any source, at least 1 where nothing costs.

    A single unit is charged with its setups, overtime or bought hours and a month of a hired worker's pay: where a
    price is not known, a multiple of this makes sure that meeting demand pays.
    """
    hour = {m.code: max(m.cost, m.overtime_cost, m.bought_cost) for m in machines}
    for group in people:
        dear = group.wage + group.hiring_cost + group.layoff_cost + group.idle_cost + group.short_cost
        per_hour = dear / group.monthly_hours if group.monthly_hours > 0 else 0.0
        hour[group.resource] = hour.get(group.resource, 0.0) + max(per_hour, group.overtime_cost)
    bought: dict[str, float] = {}
    for supplier in suppliers:
        bought[supplier.item] = max(bought.get(supplier.item, 0.0), supplier.unit_cost)
    made: dict[str, list[Process]] = {}
    for process in processes:
        made.setdefault(process.product, []).append(process)
    offered: dict[str, float] = {}
    for offer in used.offers:
        offered[offer.product] = max(offered.get(offer.product, 0.0), offer.cost)
    moved: dict[str, float] = {}
    for arc in used.arcs:
        moved[arc.product] = moved.get(arc.product, 0.0) + arc.cost
    known: dict[str, float] = {}

    def cost(product: str, above: frozenset[str]) -> float:
        if product in known or product in above or product not in rate:
            return known.get(product, 0.0)
        largest = max(0.0, offered.get(product, 0.0), max((s for s in rate[product].standard if s == s), default=0.0))
        for process in made.get(product, ()):
            total, lost = 0.0, 1.0
            for step in process.steps:
                ways = [routes[i] for i in step]
                lost *= min(way.good for way in ways)
                total += max(
                    max(w.cost)
                    + max(w.setup_cost)
                    + hour.get(w.resource, 0.0) * (max(w.hours, w.labour) + max(w.setup_hours))
                    for w in ways
                )
            parts = sum(q * max(bought.get(i, 0.0), cost(i, above | {product})) for i, q in process.bill)
            largest = max(largest, (total + parts + max(rate[product].material)) / lost + max(rate[product].conversion))
        largest += moved.get(product, 0.0) + max(rate[product].freight)
        known[product] = largest
        return largest

    return {product: cost(product, frozenset()) or 1.0 for product in sorted(rate)}


def need_from(
    inputs: PlanningInputs,
    series: Sequence[Series],
    stock: Mapping[Node, StockTarget],
    routes: Sequence[Route],
    processes: Sequence[Process],
) -> dict[str, PerBucket]:
    """Return the most units of each product or item that a plan could use from each bucket on.

    It bounds a lot from above: demand still open + the largest target of stock + what the products it goes into could
    use, scrap and their smallest lots included. Infinite where a bill of materials runs in a circle.
    """
    periods = len(inputs.calendar)
    waits = inputs.settings["shortage"] == "backorder"
    own: dict[str, list[float]] = {}
    for s in series:
        held = own.setdefault(s.product, [0.0] * periods)
        for t in range(periods):
            held[t] += sum(s.demand) if waits else sum(s.demand[t:])
    for node, target in stock.items():
        held = own.setdefault(node.product, [0.0] * periods)
        wanted = max(*target.safety, target.ending)
        own[node.product] = [units + wanted for units in held]
    users: dict[str, list[tuple[Process, float]]] = {}
    for process in processes:
        for item, quantity in process.bill:
            users.setdefault(item, []).append((process, quantity))
    known: dict[str, PerBucket] = {}

    def need(code: str, above: frozenset[str]) -> PerBucket:
        if code in known:
            return known[code]
        if code in above:
            return (CIRCLE * sum(sum(s.demand) for s in series),) * periods
        total = own.get(code, [0.0] * periods)
        for process, quantity in users.get(code, ()):
            lots = max((max(routes[i].min_lot) for step in process.steps for i in step), default=0.0)
            scrap = 1.0
            for step in process.steps:
                scrap /= min(routes[i].good for i in step)
            parent = need(process.product, above | {code})
            total = [a + quantity * scrap * (b + lots) for a, b in zip(total, parent, strict=True)]
        known[code] = tuple(total)
        return known[code]

    return {code: need(code, frozenset()) for code in sorted(set(own) | set(users))}
