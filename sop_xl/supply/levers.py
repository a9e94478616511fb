"""Levers that could close a gap, as additions to a solved problem: options people listed, and what limits suggest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite, isnan

import pandas as pd

from sop_xl.supply.elements import Network, Node
from sop_xl.supply.limits import supplier_code
from sop_xl.supply.scope import records
from sop_xl.supply.shortage import worth_of
from sop_xl.supply.shutdowns import lane_code
from sop_xl.supply.variables import At

MORE_OVERTIME, MORE_SUPPLY = 0.10, 0.20
"""Size of a suggested lever: of the regular hours of a resource, of the limit of a supplier, partner or lane."""
OVERTIME_RATE = 1.5
"""Cost of an overtime hour against a regular one, where none is stated."""


@dataclass(frozen=True, slots=True)
class Addition:
    """Hours or units a lever adds in a bucket: price, most, and the factor in the rows of the problem, by name."""

    price: float
    most: float
    rows: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Lever:
    """A lever: its name and kind, what it adds, joint limits of additions (most, positions), and its fixed cost.

    ``first`` are the positions of series that are served before all others (reprioritise); ``solve`` is False for a
    lever that changes nothing (accept the shortfall).
    """

    name: str
    kind: str
    additions: tuple[Addition, ...] = ()
    joint: tuple[tuple[float, tuple[int, ...]], ...] = ()
    fixed_cost: float = 0.0
    first: tuple[int, ...] = ()
    solve: bool = True


@dataclass(slots=True)
class _Draft:
    additions: list[Addition] = field(default_factory=list)
    joint: list[tuple[float, tuple[int, ...]]] = field(default_factory=list)

    def add(self, price: float, most: float, rows: Iterable[Mapping[str, float]]) -> None:
        """Add one addition per mapping of rows; several share the most."""
        first = len(self.additions)
        self.additions += [Addition(price, most, row) for row in rows]
        if len(self.additions) - first > 1 and isfinite(most):
            self.joint.append((most, tuple(range(first, len(self.additions)))))


def options(n: Network) -> Iterator[Lever]:
    """Return the levers of the options table, in its order; the size is per month.

    *overtime* and *add capacity*: hours of the target resource, people included. *outsource*: units of a product (of a
    family together) that arrive where it is asked, at the full price stated. *expedite material*: units of an item that
    arrive in the bucket of their order, at the full price stated. *build ahead*: stock above the most wanted.
    *reprioritise*: the target product, family or channel is served before all others. Between *from* and *to* only.
    """
    for row in records(n.inputs["options"]):
        name, kind, target = str(row["option"]), str(row["lever"]), str(row["target"])
        fixed = float(row["fixed_cost"])
        if kind == "accept shortfall":
            yield Lever(name, kind, solve=False)
            continue
        if kind == "reprioritise":
            first = tuple(i for i, s in enumerate(n.series) if target in (n.family[s.product], s.product, s.channel))
            yield Lever(name, kind, first=first, fixed_cost=fixed)
            continue
        draft = _Draft()
        for t in _buckets(n, row["from_period"], row["to_period"]):
            most = inf if isnan(row["quantity"]) else float(row["quantity"]) * n.lengths[t]
            price = float(row["cost_per_unit"])
            if kind in ("overtime", "add capacity"):
                draft.add(price, most, _hours(n, target, t))
            elif kind == "outsource":
                draft.add(price, most, _arrivals(n, target, t))
            elif kind == "expedite material":
                draft.add(price, most, _items(n, target, t))
            elif kind == "build ahead":
                for rows, holding in _storage(n, target, t):
                    draft.add(price + holding, most, [rows])
        yield Lever(name, kind, tuple(draft.additions), tuple(draft.joint), fixed)


def suggestions(n: Network, bottlenecks: pd.DataFrame) -> Iterator[Lever]:
    """Return levers on the bottlenecks, the most valuable first, at prices the data state; none without a price.

    More overtime (10 % of the regular hours) and a further shift, or hours bought outside, on a resource; 20 % more
    from a supplier, a partner plant or over a lane. An overtime hour without a stated cost counts 1.5 regular ones.
    """
    for kind, code in zip(bottlenecks["kind"], bottlenecks["constraint"], strict=True):
        if kind == "resource":
            yield from _on_resource(n, code)
        elif kind == "supplier":
            supplier, item = code.split("/", 1)
            yield _more(f"20 % more of {item} from {supplier}", "more material", _supplied(n, code))
        elif kind == "partner":
            yield _more(f"20 % more from partner {code}", "partner plant", _partnered(n, code))
        elif kind == "lane":
            yield _more(f"20 % more on lane {code}", "more transport", _moved(n, code))


def _on_resource(n: Network, code: str) -> Iterator[Lever]:
    resource = next(r for r in n.resources if r.code == code)
    hour = resource.overtime_cost or OVERTIME_RATE * resource.cost
    if hour > 0:
        draft = _Draft()
        for t in n.periods:
            draft.add(hour, MORE_OVERTIME * resource.regular[t], _hours(n, code, t))
        yield Lever(f"10 % more overtime on {code}", "overtime", tuple(draft.additions), tuple(draft.joint))
    price = resource.bought_cost or hour
    if price > 0 and resource.shifts > 0:
        draft = _Draft()
        for t in n.periods:
            draft.add(price, resource.regular[t] / resource.shifts, _hours(n, code, t))
        name = f"Hours bought outside for {code}" if resource.bought_cost else f"One more shift on {code}"
        yield Lever(name, "add capacity", tuple(draft.additions), tuple(draft.joint))


Offered = Iterator[tuple[float, float, Mapping[str, float]]]


def _more(name: str, kind: str, offered: Offered) -> Lever:
    draft = _Draft()
    for price, limit, rows in offered:
        draft.add(price, MORE_SUPPLY * limit, [rows])
    return Lever(name, kind, tuple(draft.additions), tuple(draft.joint))


def _supplied(n: Network, code: str) -> Offered:
    for supplier in n.suppliers:
        if supplier_code(supplier.code, supplier.item) == code:
            for t in supplier.lead_time.ordering:
                if isfinite(supplier.limit[t]):
                    arriving = {f"item_balance_{supplier.pool}_{u}": -share for u, share in supplier.lead_time.of(t)}
                    yield supplier.unit_cost, supplier.limit[t], arriving


def _partnered(n: Network, code: str) -> Offered:
    position = {node: i for i, node in enumerate(n.nodes)}
    for offer in n.offers:
        limits = n.partner_limits.get(offer.row, ())
        at = position[Node(offer.product, offer.location)]
        for t in offer.lead_time.ordering if offer.partner == code and limits else ():
            yield offer.cost, limits[t], {f"stock_balance_{at}_{u}": -share for u, share in offer.lead_time.of(t)}


def _moved(n: Network, code: str) -> Offered:
    position = {node: i for i, node in enumerate(n.nodes)}
    for arc in n.arcs:
        limits = n.lane_limits.get(arc.row, ())
        origin, target = position[Node(arc.product, arc.origin)], position[Node(arc.product, arc.target)]
        for t in arc.lead_time.ordering if lane_code(arc.origin, arc.target) == code and limits else ():
            rows = {f"stock_balance_{target}_{u}": -share for u, share in arc.lead_time.of(t)}
            rows[f"stock_balance_{origin}_{t}"] = 1.0
            yield arc.cost, limits[t], rows


def _buckets(n: Network, start: pd.Timestamp, end: pd.Timestamp) -> range:
    first = 0 if pd.isna(start) else n.inputs.calendar.index_of(start.date())
    last = n.last if pd.isna(end) else n.inputs.calendar.index_of(end.date())
    return range(0 if first is None else first, (n.last if last is None else last) + 1)


def _hours(n: Network, code: str, t: int) -> list[dict[str, float]]:
    for r, resource in enumerate(n.resources):
        if resource.code == code:
            rows = {f"resource_hours_{r}_{t}": -1.0}
            if any(group.resource == code for group in n.workforces):
                rows[f"labour_hours_{r}_{t}"] = -1.0
            return [rows]
    return []


def _nodes_of(n: Network, target: str) -> list[tuple[int, Node]]:
    return [(i, node) for i, node in enumerate(n.nodes) if target in (node.product, n.family[node.product])]


def _arrivals(n: Network, target: str, t: int) -> list[dict[str, float]]:
    asked = {series.node for series in n.series}
    return [{f"stock_balance_{i}_{t}": -1.0} for i, node in _nodes_of(n, target) if node in asked]


def _items(n: Network, target: str, t: int) -> list[dict[str, float]]:
    return [{f"item_balance_{i}_{t}": -1.0} for i, pool in enumerate(n.pools) if pool.item == target]


def _storage(n: Network, target: str, t: int) -> Iterator[tuple[dict[str, float], float]]:
    for i, node in _nodes_of(n, target):
        if t < n.last and isfinite(n.stock[node].most[t]):
            rows = {f"stock_balance_{i}_{t}": 1.0, f"stock_balance_{i}_{t + 1}": -1.0}
            yield rows, n.stock[node].holding_cost[t] * n.lengths[t]


def first_served(n: Network, first: Sequence[int]) -> dict[At, tuple[float, float]]:
    """Return, for series to be served before all others, what is added to the price of a late and of a lost unit."""
    late = max((max(s.late_cost) for s in n.series), default=0.0)
    lost = max((max(worth_of(s)) for s in n.series), default=0.0)
    return {(i, t): (late * n.lengths[t], lost) for i in first for t in n.periods}
