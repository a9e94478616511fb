"""A plan carried out in thousands of worlds: uncertain demand, yield, breakdowns and late supply, by family and bucket.

All numbers are simulated from plan data. The same seed draws the same worlds for every plan (common random numbers), so
that two plans differ by what they do and not by luck.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from sop_xl.supply.demand_draws import DemandPaths

TOGETHER = 2_000
"""Paths calculated at once: their arrays stay in the processor's cache. Fixed, so that results do not depend on it."""
SHORT, SHORT_SHARE = 0.5, 0.01
"""Units owed at the end of a bucket beyond which it counts as a stock-out; and as a part of its planned demand."""


@dataclass(frozen=True, slots=True, eq=False)
class Twin:
    """What a plan does, by family and bucket: the digital twin that is carried out in each world.

    Attributes:
        families: codes.
        demand: units planned to be asked, shape (families, buckets).
        supply: net units planned to come into stock, same shape: production, partners and receipts less own use.
        stock: closing stock planned, same shape.
        backlog: units planned to be owed at the end, same shape.
        opening: stock at the start, shape (families,).
        headroom: how much more could be made in a bucket, in parts of the supply planned, shape (families, buckets).
        margin: contribution of a unit delivered, money, same shape.
        price: revenue of a unit delivered, same shape.
        stock_value: money of a unit on stock, shape (families,).
        resources: codes of the resources that can break down.
        use: share of each family's supply that runs over each resource, shape (families, resources).
        lost: True where demand that is not met is lost, False where it waits.
        fixed: gross margin of the plan that does not depend on units delivered.
        reaction: part of a deviation from the stock planned that the next bucket's supply makes good, 0 to 1.
        blocked: units that stay unserved although the family has stock: what the plan owes (or loses) beside stock of
            other products or places, shape (families, buckets); None: a family serves its demand from all its stock.
        held: units of stock that cannot serve for the same reason, same shape.
    """

    families: tuple[str, ...]
    demand: np.ndarray
    supply: np.ndarray
    stock: np.ndarray
    backlog: np.ndarray
    opening: np.ndarray
    headroom: np.ndarray
    margin: np.ndarray
    price: np.ndarray
    stock_value: np.ndarray
    resources: tuple[str, ...]
    use: np.ndarray
    lost: bool
    fixed: float = 0.0
    reaction: float = 0.5
    blocked: np.ndarray | None = None
    held: np.ndarray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Disturbances:
    """What goes wrong in making and bringing, drawn anew for every world.

    Attributes:
        yield_sd: standard deviation of the yield of a family in a bucket, in parts of what was planned.
        breakdown: probability that a resource breaks down in a bucket, shape (resources,) or (resources, buckets).
        breakdown_loss: part of the bucket's output lost when it does, same shape.
        late: probability that a source of supply (a supplier, partner or lane) is late in a bucket, shape (sources,).
        late_share: part of what a family gets in a bucket that comes a bucket later when a source is late, shape
            (sources, families); or (families,), where every family is a source of its own.
    """

    yield_sd: np.ndarray
    breakdown: np.ndarray
    breakdown_loss: np.ndarray
    late: np.ndarray
    late_share: np.ndarray

    @classmethod
    def none(cls, twin: Twin) -> Disturbances:
        """Return a world in which nothing goes wrong but demand."""
        families, resources = np.zeros(len(twin.families)), np.zeros(len(twin.resources))
        return cls(families, resources, resources, families, families)


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """What became of a plan in every world.

    Attributes:
        margin, revenue, service, stock: gross margin, revenue, share of units delivered on time, and average value of
            stock of each path, shape (paths,).
        family_service: service of each path and family, shape (paths, families).
        stock_out: share of the paths in which a family owes (or has lost) more than 1 % of a bucket's planned demand at
            its end, (families, buckets).
        short: units a family owes or has lost in a bucket, mean over all paths, same shape.
        stock_p10, stock_p90: closing stock that one path in ten stays below, or exceeds, same shape; of the first
            ``TOGETHER`` paths.
    """

    margin: np.ndarray
    revenue: np.ndarray
    service: np.ndarray
    stock: np.ndarray
    family_service: np.ndarray
    stock_out: np.ndarray
    short: np.ndarray
    stock_p10: np.ndarray
    stock_p90: np.ndarray


@dataclass(slots=True, eq=False)
class _Sums:
    margin: list[np.ndarray] = field(default_factory=list)
    revenue: list[np.ndarray] = field(default_factory=list)
    service: list[np.ndarray] = field(default_factory=list)
    stock: list[np.ndarray] = field(default_factory=list)
    family_service: list[np.ndarray] = field(default_factory=list)


def simulate(
    twin: Twin,
    demand: DemandPaths,
    disturbances: Disturbances,
    *,
    paths: int,
    seed: int,
    tell: Callable[[float], None] | None = None,
) -> Simulated:
    """Return what becomes of a plan in many worlds.

    In every bucket: supply = planned supply, corrected by ``reaction`` × (stock planned − stock that is there) within
    0 and the headroom, × yield × what breakdowns leave; a part of it comes a bucket late. Deliveries meet the demand of
    the bucket first, then the oldest that waits, as far as there is stock for them.

    Args:
        twin: the plan.
        demand: draws paths of demand.
        disturbances: of making and bringing.
        paths: how many worlds.
        seed: the same seed draws the same worlds.
        tell: told the share done; raising in it cancels.
    """
    shape = twin.demand.shape
    out, short = np.zeros(shape), np.zeros(shape)
    sums, low, high = _Sums(), np.zeros(shape), np.zeros(shape)
    starts = range(0, paths, TOGETHER)
    for number, start in enumerate(starts):
        count = min(TOGETHER, paths - start)
        rng = np.random.default_rng([seed, number])
        asked = demand.draw(rng, count)
        supplied, late = _supply_factors(twin, disturbances, rng, count)
        stocks = _carried_out(twin, asked, supplied, late, out, short, sums)
        if number == 0:
            low, high = np.quantile(stocks, [0.1, 0.9], axis=1).transpose(0, 2, 1)
        if tell is not None:
            tell(min(1.0, (start + count) / paths))
    joined = {name: np.concatenate(getattr(sums, name)) for name in _Sums.__dataclass_fields__}
    return Simulated(**joined, stock_out=out / paths, short=short / paths, stock_p10=low, stock_p90=high)


def _supply_factors(
    twin: Twin, d: Disturbances, rng: np.random.Generator, count: int
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Factor on the supply of every bucket, path and family, and the part that comes a bucket late; None: 1 and 0."""
    families, buckets = twin.demand.shape
    factor: np.ndarray | None = None
    if d.yield_sd.any():
        factor = rng.standard_normal((buckets, count, families), dtype=np.float32)
        factor *= d.yield_sd.astype(np.float32)
        factor += np.float32(1)
        np.clip(factor, 0, 2, out=factor)
    if d.breakdown.any():
        down = rng.random((buckets, count, len(twin.resources)), dtype=np.float32) < _each(d.breakdown, buckets)
        lost = (down * _each(d.breakdown_loss, buckets)) @ twin.use.T.astype(np.float32)
        left = np.maximum(np.float32(1) - lost, 0)
        factor = left if factor is None else factor * left
    late: np.ndarray | None = None
    if d.late.any():
        drawn = rng.random((buckets, count, len(d.late)), dtype=np.float32) < d.late.astype(np.float32)
        share = d.late_share.astype(np.float32)
        late = drawn * share if share.ndim == 1 else np.minimum(drawn.astype(np.float32) @ share, np.float32(1))
    return factor, late


def _each(by_resource: np.ndarray, buckets: int) -> np.ndarray:
    """Numbers of the resources for every bucket and path: buckets × 1 × resources."""
    wide = np.broadcast_to(by_resource.reshape(len(by_resource), -1), (len(by_resource), buckets))
    return wide.T[:, None, :].astype(np.float32)


def _carried_out(
    twin: Twin,
    asked: np.ndarray,
    factor: np.ndarray | None,
    late: np.ndarray | None,
    out: np.ndarray,
    short: np.ndarray,
    sums: _Sums,
) -> np.ndarray:
    """Carry the plan out in some paths, add up what became of it; return closing stocks, buckets × paths × families."""
    buckets, count, families = asked.shape
    plan = {name: np.ascontiguousarray(getattr(twin, name).T, dtype=np.float32) for name in _BY_BUCKET}
    most = plan["supply"] * (1 + plan["headroom"])
    position = plan["stock"] - plan["backlog"]
    stock = np.broadcast_to(twin.opening.astype(np.float32), (count, families)).copy()
    owed = np.zeros_like(stock)
    coming = np.zeros_like(stock)
    on_time, margin = np.zeros_like(stock), np.zeros(count, dtype=np.float64)
    revenue, value = np.zeros(count, dtype=np.float64), np.zeros(count, dtype=np.float64)
    worth = twin.stock_value.astype(np.float32)
    closing = np.empty_like(asked)
    held = None if twin.held is None else np.ascontiguousarray(twin.held.T, dtype=np.float32)
    blocked = None if twin.blocked is None else np.ascontiguousarray(twin.blocked.T, dtype=np.float32)
    beyond = np.maximum(SHORT_SHARE * twin.demand.T, SHORT).astype(np.float32)
    for t in range(buckets):
        supply = np.broadcast_to(plan["supply"][t], stock.shape)
        if t and twin.reaction:
            supply = plan["supply"][t] + np.float32(twin.reaction) * (position[t - 1] - stock + owed - coming)
            np.clip(supply, np.minimum(plan["supply"][t], 0), np.maximum(most[t], 0), out=supply)
        if factor is not None:
            supply = supply * factor[t]
        stock += supply + coming
        if late is not None:
            coming = np.maximum(supply, 0) * late[t]
            stock -= coming
        there = np.maximum(stock if held is None else stock - held[t], 0)
        waiting = asked[t] if twin.lost else owed + asked[t]
        wanted = waiting if blocked is None else np.maximum(waiting - blocked[t], 0)
        delivered = np.minimum(there, wanted)
        on_time += np.minimum(delivered, asked[t])
        owed = waiting - delivered
        stock -= delivered
        out[:, t] += np.count_nonzero(owed > beyond[t], axis=0)
        short[:, t] += owed.sum(axis=0, dtype=np.float64)
        margin += delivered @ plan["margin"][t]
        revenue += delivered @ plan["price"][t]
        value += stock @ worth
        closing[t] = stock
        if twin.lost:
            owed = np.zeros_like(stock)
    total = asked.sum(axis=0)
    whole = total.sum(axis=1)
    sums.margin.append(margin + twin.fixed)
    sums.revenue.append(revenue)
    sums.service.append(on_time.sum(axis=1) / np.where(whole > 0, whole, 1))
    sums.stock.append(value / buckets)
    sums.family_service.append(np.where(total > 0, on_time / np.where(total > 0, total, 1), 1))
    return closing


_BY_BUCKET = ("supply", "headroom", "stock", "backlog", "margin", "price")
