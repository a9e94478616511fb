"""Rough-cut capacity: the hours demand would need in its own bucket, against the regular hours there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.elements import Network, Node, Process
from sop_xl.supply.network import network

Hours = dict[str, np.ndarray]
Ask = Callable[[Node, np.ndarray], None]
COLUMNS = ["resource", "location", "period", "available_hours", "rough_cut_hours", "rough_cut_utilisation"]
LEAST_HOURS = 1e-6
"""Fewer hours than this in a bucket are none."""


def rough_cut(inputs: PlanningInputs, demand: pd.DataFrame) -> pd.DataFrame:
    """Return the load that unconstrained demand would put on every resource, if all were made in the bucket of demand.

    Grain: resource × bucket; hours. Hours of a step = units out of it × hours per unit / yield; a step before makes up
    for the scrap of those after it, and products in a bill are loaded in their turn. Stock, lead times, setups,
    overtime and lot sizes are left out: it is the picture before planning.

    - Alternatives of a step share its units in proportion to the regular hours available on their resources.
    - Demand where the product is not made is charged to the sites it can come from over lanes, in proportion to the
      regular hours available there for it. A product bought outside loads nothing.
    - Available hours of a resource without machine hours are those of the people before the first bucket.

    Utilisation = rough-cut hours / available hours; NaN where there are none.

    Args:
        inputs: typed tables, calendar and settings.
        demand: ``product, location, channel, period, units, price``.
    """
    return rough_cut_of(network(inputs, demand))


def rough_cut_of(n: Network) -> pd.DataFrame:
    """Return the rough-cut load of a network, see :func:`rough_cut`."""
    available = opening_hours(n)
    load = rough_cut_hours(n, available)
    starts = pd.DatetimeIndex(n.inputs.calendar.starts)
    records = []
    for resource in n.resources:
        hours, needed = available[resource.code], load[resource.code]
        for t in n.periods:
            share = utilisation(needed[t], hours[t])
            records.append((resource.code, resource.location, starts[t], hours[t], needed[t], share))
    return pd.DataFrame.from_records(records, columns=COLUMNS).astype({"period": "datetime64[ns]"})


def utilisation(hours: float, available: float) -> float:
    """Return the load of a resource, hours / available hours; NaN where there are none."""
    return hours / available if available > LEAST_HOURS else float("nan")


def opening_hours(n: Network) -> dict[str, np.ndarray]:
    """Return the regular hours per bucket of every resource; of its opening workers where people are the only limit."""
    found = {}
    for resource in n.resources:
        hours = np.array(resource.regular)
        if resource.people_only:
            groups = [g.opening * np.array(g.hours) for g in n.workforces if g.resource == resource.code]
            hours = np.where(np.isfinite(hours), hours, sum(groups, np.zeros(len(n.lengths))))
        found[resource.code] = hours
    return found


def rough_cut_hours(n: Network, available: Hours) -> Hours:
    """Return the hours per bucket that demand would need on every resource."""
    load = {resource.code: np.zeros(len(n.lengths)) for resource in n.resources}
    site = {Node(p.product, p.location): p for p in n.processes}
    into: dict[Node, list[Node]] = {}
    for arc in n.arcs:
        into.setdefault(Node(arc.product, arc.target), []).append(Node(arc.product, arc.origin))

    def weight(process: Process) -> np.ndarray:
        codes = {n.routes[k].resource for step in process.steps for k in step}
        return sum((available[code] for code in sorted(codes) if code in available), np.zeros(len(n.lengths)))

    def ask(above: frozenset[Node], node: Node, units: np.ndarray) -> None:
        if node in above:
            return
        sites = [node] if node in site else _upstream(node, into, set(site))
        weights = _shares([weight(site[at]) for at in sites])
        for at, share in zip(sites, weights, strict=True):
            _make(n, site[at], units * share, available, load, partial(ask, above | {node, at}))

    wanted: dict[Node, np.ndarray] = {}
    for series in n.series:
        wanted[series.node] = wanted.get(series.node, np.zeros(len(n.lengths))) + np.array(series.demand)
    for node, units in wanted.items():
        ask(frozenset(), node, units)
    return load


def _make(n: Network, process: Process, units: np.ndarray, available: Hours, load: Hours, ask: Ask) -> None:
    for step in reversed(process.steps):
        ways = [n.routes[k] for k in step]
        shares = _shares([available.get(way.resource) for way in ways])
        started = np.zeros(len(units))
        for way, share in zip(ways, shares, strict=True):
            put_in = units * share / way.good
            started += put_in
            if way.resource in load:
                load[way.resource] += put_in * way.hours
        units = started
    for part, quantity in process.parts:
        ask(Node(part, process.location), units * quantity)


def _shares(weights: Sequence[np.ndarray | None]) -> list[np.ndarray | float]:
    """Shares per bucket in proportion to weights; equal ones where all weigh nothing. None weighs like the heaviest."""
    if len(weights) == 1:
        return [1.0]
    known = [w for w in weights if w is not None]
    if not known:
        return [1.0 / len(weights) for _ in weights]
    heaviest = np.max(known, axis=0)
    table = np.array([heaviest if w is None else w for w in weights])
    total = table.sum(axis=0)
    return list(np.where(total > 0, table / np.where(total > 0, total, 1.0), 1.0 / len(weights)))


def _upstream(node: Node, into: Mapping[Node, Sequence[Node]], sites: set[Node]) -> list[Node]:
    """Sites that make the product and can send it here, over one lane or several."""
    seen, queue, found = {node}, list(into.get(node, ())), set()
    while queue:
        at = queue.pop()
        if at in seen:
            continue
        seen.add(at)
        if at in sites:
            found.add(at)
        else:
            queue += into.get(at, ())
    return sorted(found)
