"""From planning inputs and demand to the network the model is stated on; and what cannot be planned, said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from math import inf
from operator import add

import pandas as pd

from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.agreements import (
    capacity_steps,
    frozen,
    lane_loads,
    location_limits,
    maintenance,
    market_limits,
    plan_limits,
    smoothings,
)
from sop_xl.supply.bounds import largest_unit_cost, need_from
from sop_xl.supply.capacity import moves, resources, workforces
from sop_xl.supply.elements import (
    Network,
    Node,
    PerBucket,
    Process,
    Rates,
    Route,
    Series,
    StockTarget,
)
from sop_xl.supply.inventory_targets import InventoryTarget, Targets
from sop_xl.supply.materials import item_issues, pools_and_suppliers
from sop_xl.supply.policy import Policies, stock_target
from sop_xl.supply.rates import rates
from sop_xl.supply.scope import family_of
from sop_xl.supply.shortage import demand_rows, series_of, worth_of
from sop_xl.supply.shutdowns import available_shares, row_limits
from sop_xl.supply.sourcing import Reach, Sources, reach, sources


def network(inputs: PlanningInputs, demand: pd.DataFrame) -> Network:
    """Return the network of a plan: series, nodes, routes, resources, materials, lanes and partners by position.

    Codes are sorted, so that the order of rows in the inputs does not change the plan; among alternatives (routes of a
    step, suppliers of an item, partners) the order of the table is kept: at equal cost the first is preferred.

    Args:
        inputs: typed tables, calendar and settings.
        demand: ``product, location, channel, period, units, price``; a price left out is that of the finance book.
    """
    family = family_of(inputs)
    machines, issues = resources(inputs)
    people, problems = workforces(inputs)
    issues += problems
    found = sources(inputs, machines)
    issues += found.issues
    asked_for, problems = demand_rows(inputs, demand)
    issues += problems
    opening, receipts = _on_hand(inputs), _receipts(inputs)
    policies = Policies(inputs, family)
    asked = {Node(product, location) for product, location, _ in asked_for}
    on_purpose = policies.kept_on_purpose({node.product for node in asked})
    used = reach(found, asked, set(opening) | set(receipts), on_purpose)
    products = {node.product for node in used.nodes}
    rate, problems = rates(inputs, products, found.bills)
    issues += problems
    shares = available_shares(inputs)
    routes, processes = _processes(found, used)
    pools, suppliers, problems = pools_and_suppliers(inputs, shares)
    issues += problems
    issues += item_issues(pools, ((item, Node(p.product, p.location)) for p in processes for item, _ in p.items))
    issues += _circles(found.bills)
    largest = largest_unit_cost(rate, routes, processes, used, machines, people, suppliers)
    lane_cost: dict[str, float] = {}
    for arc in used.arcs:
        lane_cost[arc.product] = max(lane_cost.get(arc.product, 0.0), arc.cost)
    series, problems = series_of(inputs, asked_for, rate, policies, largest, lane_cost)
    issues += problems
    wanted = Targets(inputs, policies, used.wanted, own_demand(series), used.arcs, used.offers)
    targets, problems = wanted.by_service()
    issues += problems
    stock = _targets(inputs, used, rate, series, policies, opening, receipts, largest, targets)
    issues += _without_source(asked, found, used, opening, receipts)
    market = tuple(market_limits(inputs, series, family))
    fixed, problems = frozen(inputs, processes)
    issues += problems
    steps, problems = capacity_steps(inputs, machines)
    issues += problems
    return Network(
        inputs=inputs,
        lengths=tuple(inputs.period_length(t) for t in range(len(inputs.calendar))),
        family={product: family.get(product, "") for product in products},
        rates=rate,
        series=series,
        nodes=used.nodes,
        stock=stock,
        targets=targets,
        routes=routes,
        processes=processes,
        resources=machines,
        workforces=people,
        pools=pools,
        suppliers=suppliers,
        arcs=used.arcs,
        offers=used.offers,
        lane_limits=row_limits(inputs, "lane", {arc.row: arc.lead_time for arc in used.arcs}, shares),
        partner_limits=row_limits(inputs, "partner", {offer.row: offer.lead_time for offer in used.offers}, shares),
        moves=moves(inputs, people),
        market=market,
        frozen=tuple(fixed),
        smoothing=tuple(smoothings(inputs, processes, family)),
        steps=steps,
        jobs=maintenance(inputs, machines),
        loads=lane_loads(inputs, used.arcs),
        places=location_limits(inputs, steps),
        limits=plan_limits(inputs),
        need=need_from(inputs, series, stock, routes, processes),
        unit_cost=largest,
        issues=tuple(issues),
    )


def _on_hand(inputs: PlanningInputs) -> dict[Node, float]:
    table = inputs["inventory"]
    rows = zip(table["product"], table["location"], table["on_hand"], strict=True)
    return {Node(product, location): float(units) for product, location, units in rows if units > 0}


def _receipts(inputs: PlanningInputs) -> dict[Node, PerBucket]:
    table = inputs["scheduled_receipts"]
    found: dict[Node, list[float]] = {}
    for product, location, day, units in table[["product", "location", "period", "quantity"]].itertuples(index=False):
        position = inputs.calendar.index_of(day.date())
        if position is not None and units > 0:
            held = found.setdefault(Node(product, location), [0.0] * len(inputs.calendar))
            held[position] += float(units)
    return {node: tuple(held) for node, held in found.items()}


def _operation_order(code: str) -> tuple[int, float, str]:
    return (0, float(code), code) if code.replace(".", "", 1).isdigit() else (1, 0.0, code)


def _processes(found: Sources, used: Reach) -> tuple[tuple[Route, ...], tuple[Process, ...]]:
    routes: list[Route] = []
    processes: list[Process] = []
    for site in used.sites:
        steps = []
        for operation in sorted(found.steps[site], key=_operation_order):
            alternatives = found.steps[site][operation]
            steps.append(tuple(range(len(routes), len(routes) + len(alternatives))))
            routes += alternatives
        bill = found.bills.get(site.product, ())
        parts = tuple(row for row in bill if row[0] in found.made_items)
        items = tuple(row for row in bill if row[0] not in found.made_items)
        processes.append(Process(site.product, site.location, tuple(steps), parts, items))
    return tuple(routes), tuple(processes)


def _targets(
    inputs: PlanningInputs,
    used: Reach,
    rate: Mapping[str, Rates],
    series: Sequence[Series],
    policies: Policies,
    opening: Mapping[Node, float],
    receipts: Mapping[Node, PerBucket],
    unit_cost: Mapping[str, float],
    targets: Mapping[Node, InventoryTarget],
) -> dict[Node, StockTarget]:
    none = (0.0,) * len(inputs.calendar)
    own = own_demand(series)
    late: dict[str, float] = {}
    loss: dict[str, float] = {}
    dearest: dict[str, float] = {}
    waits = inputs.settings["shortage"] == "backorder"
    for s in series:
        waiting = min(c + p for c, p in zip(s.late_cost, s.late_premium, strict=True)) if waits else inf
        late[s.product] = min(late.get(s.product, inf), waiting or inf)
        loss[s.product] = min(loss.get(s.product, inf), worth_of(s)[-1] or inf)
        dearest[s.product] = max(dearest.get(s.product, 0.0), *worth_of(s))
    return {
        node: stock_target(
            inputs,
            policies.of(node) if node in used.wanted else None,
            rate[node.product],
            own.get(node, none),
            opening.get(node, 0.0),
            receipts.get(node, none),
            late.get(node.product, inf),
            loss.get(node.product, inf),
            dearest.get(node.product, 0.0),
            unit_cost[node.product],
            targets[node].safety if node in targets else None,
        )
        for node in used.nodes
    }


def own_demand(series: Iterable[Series]) -> dict[Node, PerBucket]:
    """Return the units per bucket that every product-location is asked for, all channels together."""
    own: dict[Node, PerBucket] = {}
    for s in series:
        own[s.node] = tuple(map(add, own[s.node], s.demand)) if s.node in own else s.demand
    return own


def _circles(bills: Mapping[str, tuple[tuple[str, float], ...]]) -> list[Issue]:
    try:
        TopologicalSorter({product: [item for item, _ in rows] for product, rows in bills.items()}).prepare()
    except CycleError as problem:
        return [
            Issue(
                Severity.ERROR,
                f"The bill of materials runs in a circle: {' > '.join(problem.args[1])}.",
                "Delete the row that closes the circle; until then these products can only be sold from stock.",
                sheet="BOM",
                table="bom",
            )
        ]
    return []


def _without_source(
    asked: set[Node],
    found: Sources,
    used: Reach,
    opening: Mapping[Node, float],
    receipts: Mapping[Node, PerBucket],
) -> list[Issue]:
    """An error for every product that is asked where nothing can bring it; its demand is a gap of the plan."""
    supplied = set(found.steps) | {Node(o.product, o.location) for o in found.offers} | set(opening) | set(receipts)
    supplied |= {Node(a.product, a.target) for a in used.arcs}
    places: dict[str, list[str]] = {}
    for node in sorted(asked - supplied):
        places.setdefault(node.product, []).append(node.location)
    return [
        Issue(
            Severity.ERROR,
            f"{product} is asked at {', '.join(at)}, but nothing makes, buys, holds or brings it there: "
            "its demand stays a gap.",
            "Add a routing, a lane, a partner or stock for it.",
            sheet="Routings",
            table="routings",
        )
        for product, at in sorted(places.items())
    ]
