"""The things a supply plan is made of, as frozen values with one number a bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sop_xl.model.issue import Issue
from sop_xl.model.plan import PlanningInputs

if TYPE_CHECKING:
    from sop_xl.supply.agreements import (
        CapacityStep,
        Frozen,
        LaneLoad,
        LocationLimit,
        Maintenance,
        MarketLimit,
        PlanLimit,
        Smoothing,
    )
    from sop_xl.supply.inventory_targets import InventoryTarget

PerBucket = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LeadTime:
    """When what is ordered in a bucket arrives: by bucket of the order, buckets of arrival with their shares.

    ``reach`` is the part of a bucket whose orders arrive within the horizon; 0 where none does.
    """

    arrivals: tuple[tuple[tuple[int, float], ...], ...]
    reach: PerBucket

    def of(self, t: int) -> tuple[tuple[int, float], ...]:
        """Return the buckets in which orders of a bucket arrive, with their shares; empty after the horizon."""
        return self.arrivals[t]

    @property
    def ordering(self) -> tuple[int, ...]:
        """Buckets in which something can be ordered that still arrives."""
        return tuple(t for t, found in enumerate(self.arrivals) if found)

    @property
    def first(self) -> float:
        """First bucket in which anything ordered can arrive; infinite where nothing does."""
        return min((float(u) for found in self.arrivals for u, _ in found), default=float("inf"))

    @property
    def buckets(self) -> int:
        """Most buckets between an order and its arrival."""
        return max((u - t for t, found in enumerate(self.arrivals) for u, _ in found), default=len(self.arrivals))


class Node(NamedTuple):
    """A product at a location: where stock of it can lie."""

    product: str
    location: str


@dataclass(frozen=True, slots=True)
class Series:
    """Demand of a channel for a product at a location, with what it pays and what a shortage costs.

    Attributes:
        demand: units per bucket.
        price: list price; NaN where none is known.
        net_price: price less rebates; 0 where none is known.
        freight: freight to the customer per unit.
        late_cost: money of a unit late by a month.
        lost_cost: money of a unit never delivered, on top of the margin lost.
        unmet_price: what a lost unit weighs in the solve beyond ``lost_cost``: its price where the objective is cost.
        late_premium, lost_premium: weight added so that channels are served in the order of their priority.
        rise: rise of the net price to the next bucket: delivering late must not look like earning more.
    """

    product: str
    location: str
    channel: str
    demand: PerBucket
    price: PerBucket
    net_price: PerBucket
    freight: PerBucket
    late_cost: PerBucket
    lost_cost: PerBucket
    unmet_price: PerBucket
    late_premium: PerBucket
    lost_premium: PerBucket
    rise: PerBucket

    @property
    def node(self) -> Node:
        """The product-location that serves it."""
        return Node(self.product, self.location)


@dataclass(frozen=True, slots=True)
class Route:
    """One way to do one step of making a product: on which resource, in which time, at which yield.

    Costs, setups and smallest lots are per bucket.
    """

    product: str
    location: str
    operation: str
    resource: str
    hours: float
    labour: float
    cost: PerBucket
    good: float
    setup_hours: PerBucket
    setup_cost: PerBucket
    min_lot: PerBucket

    @property
    def in_lots(self) -> bool:
        """True where a setup or a smallest lot makes production a matter of yes or no in some bucket."""
        return max(*self.setup_hours, *self.setup_cost, *self.min_lot) > 0


@dataclass(frozen=True, slots=True)
class Process:
    """How a product is made at a site: steps in order, each with its alternative routes (positions in ``routes``).

    ``parts`` are products that go into a unit started, ``items`` those that are bought, each with its quantity.
    """

    product: str
    location: str
    steps: tuple[tuple[int, ...], ...]
    parts: tuple[tuple[str, float], ...]
    items: tuple[tuple[str, float], ...]

    @property
    def bill(self) -> tuple[tuple[str, float], ...]:
        """Parts and items together."""
        return self.parts + self.items


@dataclass(frozen=True, slots=True)
class Resource:
    """Hours of a machine, line or crew per bucket; infinite regular hours where only its people are the limit.

    ``per_unit`` are the regular hours of one of its machines, before downtime.
    """

    code: str
    location: str
    people_only: bool
    per_unit: PerBucket
    regular: PerBucket
    overtime: PerBucket
    bought: PerBucket
    cost: float
    overtime_cost: float
    bought_cost: float
    shifts: float


@dataclass(frozen=True, slots=True)
class Workforce:
    """A group of people: rates per month, to be scaled by the length of the bucket.

    ``hours`` are the regular hours of a worker in each bucket, ``monthly_hours`` those of a usual month. ``watched`` is
    True where idle people are told apart: their number is limited or costs money.
    """

    code: str
    resource: str
    opening: float
    monthly_hours: float
    hours: PerBucket
    wage: float
    overtime: float
    overtime_cost: float
    hiring_cost: float
    layoff_cost: float
    fewest: PerBucket
    most: float
    hires: float
    attrition: float
    attrition_new: float
    watched: bool
    idle_cost: float
    idle_most: float
    short_most: float
    short_part: float
    short_cost: float


@dataclass(frozen=True, slots=True)
class Move:
    """Workers who may change from one group (position) to another: price, limits, and the part that is lost."""

    origin: int
    target: int
    cost: float
    limit: float
    share: float
    lost: float


@dataclass(frozen=True, slots=True)
class Supplier:
    """A supplier of an item: price, lead time, limit per bucket and smallest order."""

    item: str
    code: str
    pool: int
    unit_cost: float
    lead_time: LeadTime
    moq: float
    limit: PerBucket
    coming: PerBucket


@dataclass(frozen=True, slots=True)
class Pool:
    """Stock of an item for one plant, or for every plant: opening stock, holding cost and suppliers (positions)."""

    item: str
    location: str
    opening: float
    holding_cost: float
    suppliers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Arc:
    """A product on a lane; ``row`` tells the products that share the limit of a row."""

    product: str
    origin: str
    target: str
    lead_time: LeadTime
    cost: float
    co2: float
    row: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A product bought finished from a partner plant; ``row`` tells the products that share the limit of a row."""

    product: str
    location: str
    partner: str
    cost: float
    lead_time: LeadTime
    row: int


@dataclass(frozen=True, slots=True)
class Rates:
    """Prices and costs of a product per bucket; ``known`` where the finance book has a row for it."""

    known: bool
    price: PerBucket
    rebate: PerBucket
    material: PerBucket
    conversion: PerBucket
    freight: PerBucket
    standard: PerBucket
    co2: PerBucket


@dataclass(frozen=True, slots=True)
class StockTarget:
    """Opening stock, receipts, targets and prices of stock at a product-location.

    ``safety`` and ``most`` are levels per bucket (``most`` infinite where there is no limit), ``ending`` the level
    wanted at the end. ``over`` is what opening stock and receipts alone may bring above the most: a plan never adds to
    it. ``shortfall_price`` and ``over_price`` are per unit and month, ``ending_price`` and ``disposal`` per unit.
    ``keeps`` is the last bucket in which stock of the end of a bucket can still be used; None where it keeps for ever.
    """

    opening: float
    receipts: PerBucket
    safety: PerBucket
    most: PerBucket
    over: PerBucket
    ending: float
    holding_cost: PerBucket
    shortfall_price: PerBucket
    ending_price: float
    over_price: float
    keeps: tuple[int, ...] | None = None
    disposal: float = 0.0


@dataclass(frozen=True, slots=True)
class Network:
    """Everything the model needs, by position: bucket 0 is the first of the horizon.

    ``lane_limits`` and ``partner_limits`` hold, by row of their table, the most units per bucket of the row's products
    together. ``need`` is the most units of a product or item that any plan could use, from each bucket on.
    """

    inputs: PlanningInputs
    lengths: PerBucket
    family: Mapping[str, str]
    rates: Mapping[str, Rates]
    series: tuple[Series, ...]
    nodes: tuple[Node, ...]
    stock: Mapping[Node, StockTarget]
    targets: Mapping[Node, InventoryTarget]
    routes: tuple[Route, ...]
    processes: tuple[Process, ...]
    resources: tuple[Resource, ...]
    workforces: tuple[Workforce, ...]
    pools: tuple[Pool, ...]
    suppliers: tuple[Supplier, ...]
    arcs: tuple[Arc, ...]
    offers: tuple[Offer, ...]
    lane_limits: Mapping[int, PerBucket]
    partner_limits: Mapping[int, PerBucket]
    moves: tuple[Move, ...]
    market: tuple[MarketLimit, ...]
    frozen: tuple[Frozen, ...]
    smoothing: tuple[Smoothing, ...]
    steps: tuple[CapacityStep, ...]
    jobs: tuple[Maintenance, ...]
    loads: tuple[LaneLoad, ...]
    places: tuple[LocationLimit, ...]
    limits: tuple[PlanLimit, ...]
    need: Mapping[str, PerBucket]
    unit_cost: Mapping[str, float]
    issues: tuple[Issue, ...]

    @property
    def periods(self) -> range:
        """Positions of the buckets."""
        return range(len(self.lengths))

    @property
    def last(self) -> int:
        """Position of the last bucket."""
        return len(self.lengths) - 1

    @property
    def backorders(self) -> bool:
        """True where unmet demand waits; False where it is lost in its bucket."""
        return self.inputs.settings["shortage"] == "backorder"

    @property
    def for_profit(self) -> bool:
        """True where the objective in money is profit; False where it is cost."""
        return self.inputs.settings["objective"] != "cost"

    @property
    def service_first(self) -> bool:
        """True where as little demand as can be is left late or lost before money counts."""
        return self.inputs.settings["objective"] == "service"

    @property
    def whole_steps(self) -> bool:
        """True where capacity steps, maintenance and used lanes are whole."""
        return bool(self.inputs.settings["whole_steps"])

    @property
    def lots(self) -> bool:
        """True where setups, smallest lots and smallest orders hold."""
        return bool(self.inputs.settings["lot_sizing"])

    def most_added(self, code: str, t: int) -> float:
        """Return the most regular hours that steps could add to a resource in a bucket."""
        return sum(
            step.size * self.lengths[t] * step.most * max(parts[t] for parts in step.there.values())
            for step in self.steps
            if step.resource is not None and self.resources[step.resource].code == code and step.there
        )

    def pool_of(self, item: str, location: str) -> int | None:
        """Return the position of the stock a plant draws an item from: its own, else that of every plant."""
        own, shared = None, None
        for position, pool in enumerate(self.pools):
            if pool.item == item:
                own = position if pool.location == location else own
                shared = position if pool.location == "ALL" else shared
        return shared if own is None else own
