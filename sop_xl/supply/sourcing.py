"""Where each product can be made, bought, moved and held: routings, partners, lanes, and the nodes between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any

from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import PlanningInputs
from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.supply.elements import Arc, Node, Offer, PerBucket, Resource, Route
from sop_xl.supply.lead_time import lead_time
from sop_xl.supply.scope import records, spread

Bills = Mapping[str, tuple[tuple[str, float], ...]]
Steps = dict[Node, dict[str, list[Route]]]


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that could supply a product somewhere, before looking at who needs it.

    ``made_items`` are the products that may go into others: those of the master that no supplier sells.
    """

    steps: Steps
    bills: Bills
    made_items: frozenset[str]
    arcs: tuple[Arc, ...]
    offers: tuple[Offer, ...]
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """What of the sources can serve a need: nodes that hold stock, sites that make, arcs and offers in use."""

    nodes: tuple[Node, ...]
    wanted: frozenset[Node]
    sites: tuple[Node, ...]
    arcs: tuple[Arc, ...]
    offers: tuple[Offer, ...]


def bills_of(inputs: PlanningInputs) -> Bills:
    """Return items and quantities per unit of each product; a row of the product wins over one of its family."""
    found: dict[str, list[tuple[str, float]]] = {}
    for product, item, quantity in spread(inputs, "bom", ["item"])[["product", "item", "quantity"]].itertuples(
        index=False
    ):
        found.setdefault(str(product), []).append((str(item), float(quantity)))
    return {product: tuple(sorted(rows)) for product, rows in found.items()}


def sources(inputs: PlanningInputs, resources: Iterable[Resource]) -> Sources:
    """Return routes by product-location and step, bills, arcs and offers, families spread over their products."""
    by_code = {resource.code: resource for resource in resources}
    places = sorted(set(inputs["locations"]["location"]))
    only = places[0] if len(places) == 1 else None
    issues: list[Issue] = []
    steps: Steps = {}
    unplaced: dict[int, str] = {}
    seen: set[tuple[str, str, str, str]] = set()
    dated = Dated(inputs)
    for row in records(spread(inputs, "routings", ["location", "operation", "resource"])):
        resource = by_code.get(str(row["resource"]))
        place = str(row["location"])
        if place == EVERYWHERE:
            place = resource.location if resource and resource.location != EVERYWHERE else only or EVERYWHERE
        if place == EVERYWHERE or (row["resource"] and resource is None):
            unplaced[int(row["row"])] = f"{row['given']} on {row['resource'] or 'no resource'}"
            continue
        key = (str(row["product"]), place, str(row["operation"]), str(row["resource"]))
        if key in seen:
            continue
        seen.add(key)
        labour = float(row["hours_per_unit"] if isnan(row["labour_hours_per_unit"]) else row["labour_hours_per_unit"])
        hours = labour if resource is not None and resource.people_only else float(row["hours_per_unit"])
        figures = dated(key, {name: float(row[field]) for name, field in DATED.items()})
        route = Route(
            *key,
            hours=hours,
            labour=labour,
            good=float(row["yield_pct"]),
            cost=figures["cost"],
            setup_hours=figures["setup_hours"],
            setup_cost=figures["setup_cost"],
            min_lot=figures["min_lot"],
        )
        steps.setdefault(Node(key[0], place), {}).setdefault(key[2], []).append(route)
    issues += [_unplaced(text) for text in unplaced.values()]
    arcs = tuple(
        Arc(
            str(row["product"]),
            str(row["from_location"]),
            str(row["to_location"]),
            lead_time(inputs, float(row["lead_time"]), str(row["lead_time_unit"])),
            float(row["cost"]),
            float(row["co2_per_unit"]),
            int(row["row"]),
        )
        for row in records(spread(inputs, "lanes", ["from_location", "to_location"]))
        if row["from_location"] != row["to_location"]
    )
    offers = []
    for row in records(spread(inputs, "outsourcing", ["location", "partner"])):
        place = only if row["location"] == EVERYWHERE and only else str(row["location"])
        cost = float(row["cost_per_unit"])
        lead = lead_time(inputs, float(row["lead_time"]), str(row["lead_time_unit"]))
        offers.append(Offer(str(row["product"]), place, str(row["partner"]), cost, lead, int(row["row"])))
    made_items = frozenset(inputs["products"]["product"]) - frozenset(inputs["materials"]["item"])
    return Sources(steps, bills_of(inputs), made_items, arcs, tuple(offers), tuple(issues))


DATED = {"cost": "cost_per_unit", "setup_hours": "setup_hours", "setup_cost": "setup_cost", "min_lot": "min_lot"}
"""What of a route may differ from bucket to bucket, and its column."""


class Dated:
    """What routings cost in each bucket: their own figures, and those of the routings in time where given."""

    def __init__(self, inputs: PlanningInputs) -> None:
        """Index the rows in time by product and bucket; a row of a product comes after one of its family."""
        self._periods = len(inputs.calendar)
        self._rows: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        for row in records(spread(inputs, "routing_calendar", ["location", "operation", "resource", "period"])):
            position = inputs.calendar.index_of(row["period"].date())
            if position is not None:
                self._rows.setdefault(str(row["product"]), []).append((position, row))

    def __call__(self, key: tuple[str, str, str, str], usual: Mapping[str, float]) -> dict[str, PerBucket]:
        """Return the figures of a route per bucket.

        Args:
            key: product, location, operation and resource.
            usual: figures of the routing itself.
        """
        product, location, operation, resource = key
        found = {name: [value] * self._periods for name, value in usual.items()}
        for t, row in self._rows.get(product, ()):
            if row["operation"] != operation or row["location"] not in (location, EVERYWHERE):
                continue
            if row["resource"] not in (resource, ""):
                continue
            for name, field in DATED.items():
                if not isnan(row[field]):
                    found[name][t] = float(row[field])
        return {name: tuple(values) for name, values in found.items()}


def reach(found: Sources, asked: set[Node], held: set[Node], on_purpose: set[Node]) -> Reach:
    """Return what can serve the nodes that ask for a product, the needs of bills included.

    A node is kept where it is asked, holds stock, or lies on a way from a source to a need.

    Args:
        found: all sources.
        asked: product-locations with demand.
        held: product-locations with opening stock or scheduled receipts.
        on_purpose: product-locations the inventory policy wants stock at.
    """
    wanted = asked | on_purpose
    into: dict[Node, list[Arc]] = {}
    for arc in found.arcs:
        into.setdefault(Node(arc.product, arc.target), []).append(arc)
    useful: set[Node] = set()
    queue = sorted(wanted)
    while queue:
        node = queue.pop()
        if node in useful:
            continue
        useful.add(node)
        queue += [Node(arc.product, arc.origin) for arc in into.get(node, ())]
        if node in found.steps:
            bill = found.bills.get(node.product, ())
            parts = {Node(item, node.location) for item, _ in bill if item in found.made_items}
            wanted = wanted | parts
            queue += sorted(parts)
    offered = {Node(offer.product, offer.location) for offer in found.offers}
    supplied = _downstream((useful & (set(found.steps) | offered)) | held, found.arcs)
    nodes = tuple(sorted((useful & supplied) | wanted | held))
    kept = set(nodes)
    return Reach(
        nodes=nodes,
        wanted=frozenset(useful),
        sites=tuple(sorted(useful & set(found.steps))),
        arcs=tuple(
            sorted(
                (a for a in found.arcs if {Node(a.product, a.origin), Node(a.product, a.target)} <= kept & useful),
                key=lambda a: (a.product, a.origin, a.target),
            )
        ),
        offers=tuple(o for o in found.offers if Node(o.product, o.location) in useful),
    )


def _downstream(start: set[Node], arcs: Iterable[Arc]) -> set[Node]:
    out: dict[Node, list[Node]] = {}
    for arc in arcs:
        out.setdefault(Node(arc.product, arc.origin), []).append(Node(arc.product, arc.target))
    seen, queue = set(), sorted(start)
    while queue:
        node = queue.pop()
        if node not in seen:
            seen.add(node)
            queue += out.get(node, ())
    return seen


def _unplaced(text: str) -> Issue:
    return Issue(
        Severity.ERROR,
        f"The routing of {text} has no site or an unknown resource: it is left out.",
        "Write its site, or give the resource a site in the sheet Resources.",
        sheet="Routings",
        table="routings",
    )
