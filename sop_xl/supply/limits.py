"""Every limit of a solved plan, how far it is used and what more of it is worth; and the bottlenecks among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

import pandas as pd

from sop_xl.schema.frames import rows
from sop_xl.supply.elements import Network
from sop_xl.supply.results import Solved, hours_there, value_of_an_hour, value_of_supply
from sop_xl.supply.shutdowns import lane_code

FULL = 1e-6
"""A limit is full where at most this share of it is free."""
TEN_PERCENT = 0.1


@dataclass(frozen=True, slots=True)
class LimitUse:
    """A limit in a bucket: how much of it is used, and what one more hour or unit of it is worth.

    ``used`` and ``most`` include overtime and bought hours; ``base`` is what 10 % more are taken of (regular hours).
    ``last`` is the last bucket of a limit that lasts from ``period`` to there, None where it is of one bucket.
    """

    kind: str
    code: str
    period: int
    used: float
    most: float
    base: float
    value: float
    last: int | None = None

    @property
    def periods(self) -> range:
        """Buckets it is the limit of."""
        return range(self.period, (self.period if self.last is None else self.last) + 1)

    @property
    def full(self) -> bool:
        """True where nothing of it is free."""
        return isfinite(self.most) and self.used >= self.most * (1 - FULL) - FULL


def limit_uses(s: Solved) -> list[LimitUse]:
    """Return every limit of the plan in every bucket; the worth is 0 where no duals are known."""
    return [*_resources(s), *_workforces(s), *_suppliers(s), *_partners(s), *_lanes(s), *_storage(s)]


def _resources(s: Solved) -> Iterator[LimitUse]:
    x, n = s.model.variables, s.network
    for r, resource in enumerate(n.resources):
        for t in n.periods:
            if not isfinite(resource.regular[t]):
                continue
            parts = (x.regular[r, t], x.overtime.get((r, t)), x.bought.get((r, t)))
            regular = hours_there(s, r, t)
            most = regular + resource.overtime[t] + resource.bought[t]
            value = value_of_an_hour(s, (r, t)) if s.row_dual is not None else 0.0
            used = sum(s.of(v) for v in parts)
            yield LimitUse("resource", resource.code, t, used, most, regular, value)


def _workforces(s: Solved) -> Iterator[LimitUse]:
    x, n = s.model.variables, s.network
    position = {resource.code: r for r, resource in enumerate(n.resources)}
    for w, group in enumerate(n.workforces):
        for t in n.periods:
            length, workers = n.lengths[t], s.of(x.workers[w, t])
            cannot_grow = workers >= group.most - FULL or s.of(x.hired[w, t]) >= group.hires * length - FULL
            regular, extra = workers * group.hours[t], s.of(x.people_overtime.get((w, t)))
            most = workers * (group.hours[t] + group.overtime * length) if cannot_grow else inf
            value = s.row_value(f"labour_hours_{position[group.resource]}_{t}") if cannot_grow else 0.0
            yield LimitUse("workforce", group.code, t, regular + extra, most, regular, value)


def _suppliers(s: Solved) -> Iterator[LimitUse]:
    """Limits of orders; and, before the first order can arrive, what is on hand and on its way, beyond its price."""
    x, n = s.model.variables, s.network
    for m, supplier in enumerate(n.suppliers):
        for t in n.periods:
            if (m, t) in x.order and isfinite(supplier.limit[t]):
                value = value_of_supply(s, (m, t)) if s.row_dual is not None else 0.0
                limit = supplier.limit[t]
                code = supplier_code(supplier.code, supplier.item)
                yield LimitUse("supplier", code, t, s.of(x.order[m, t]), limit, limit, value)
    for i, pool in enumerate(n.pools):
        if not pool.suppliers:
            continue
        quickest = min(pool.suppliers, key=lambda m: n.suppliers[m].lead_time.first)
        code = supplier_code(n.suppliers[quickest].code, pool.item)
        there = pool.opening
        for t in range(int(min(n.suppliers[quickest].lead_time.first, len(n.periods)))):
            there += sum(n.suppliers[m].coming[t] for m in pool.suppliers)
            left = s.of(x.item_stock[i, t])
            value = s.row_value(f"item_balance_{i}_{t}") - n.suppliers[quickest].unit_cost if left <= FULL else 0.0
            yield LimitUse("supplier", code, t, there - left, there, there, value)
            there = left


def supplier_code(supplier: str, item: str) -> str:
    """Return the name of a supplier's limit for an item."""
    return f"{supplier}/{item}"


def _partners(s: Solved) -> Iterator[LimitUse]:
    x, n = s.model.variables, s.network
    for row, limits in n.partner_limits.items():
        members = [o for o, offer in enumerate(n.offers) if offer.row == row]
        for t in n.periods:
            if not isfinite(limits[t]):
                continue
            used = sum(s.of(x.outsource.get((o, t))) for o in members)
            value = s.row_value(f"partner_limit_{row}_{t}")
            yield LimitUse("partner", n.offers[members[0]].partner, t, used, limits[t], limits[t], value)


def _lanes(s: Solved) -> Iterator[LimitUse]:
    x, n = s.model.variables, s.network
    for row, limits in n.lane_limits.items():
        members = [a for a, arc in enumerate(n.arcs) if arc.row == row]
        code = lane_code(n.arcs[members[0]].origin, n.arcs[members[0]].target)
        for t in n.periods:
            if isfinite(limits[t]):
                used = sum(s.of(x.ship.get((a, t))) for a in members)
                yield LimitUse("lane", code, t, used, limits[t], limits[t], s.row_value(f"lane_limit_{row}_{t}"))


def _storage(s: Solved) -> Iterator[LimitUse]:
    x, n = s.model.variables, s.network
    for i, node in enumerate(n.nodes):
        target = n.stock[node]
        for t in n.periods:
            if not isfinite(target.most[t]):
                continue
            parts = x.stock[i, t]
            free = next((v for v, part in parts if not (part.safety or part.ending or part.over)), None)
            used, most = sum(s.of(v) for v, _ in parts), target.most[t]
            yield LimitUse("storage", storage_code(*node), t, used, most, most, s.growth(free))


def storage_code(product: str, location: str) -> str:
    """Return the name of the storage limit of a product at a location."""
    return f"{product}@{location}"


def bottlenecks(s: Solved, uses: Sequence[LimitUse]) -> pd.DataFrame:
    """Return the schema table ``bottlenecks``: limits that are worth money, the most valuable 10 % first.

    value of 10 % = Σ over binding buckets of worth × 10 % of the limit (of the regular hours of a resource): first
    order, so it holds as long as nothing else begins to bind. Rows of a partner or a lane that share a name are one.
    """
    grouped: dict[tuple[str, str], list[LimitUse]] = {}
    for use in uses:
        grouped.setdefault((use.kind, use.code), []).append(use)
    records: list[dict[str, Any]] = []
    for (kind, code), held in grouped.items():
        binding = [use for use in held if use.value > 0]
        if not binding:
            continue
        shares = [use.used / use.most for use in held if 0 < use.most < inf]
        records.append(
            {
                "kind": kind,
                "constraint": code,
                "periods": in_words(s.network, sorted({t for use in binding for t in use.periods})),
                "peak_utilisation": max(shares, default=float("nan")),
                "marginal_value": max(use.value for use in binding),
                "value_of_10_percent": sum(use.value * TEN_PERCENT * use.base for use in binding),
            }
        )
    records.sort(key=lambda r: (-r["value_of_10_percent"], -r["marginal_value"], r["kind"], r["constraint"]))
    return rows("bottlenecks", records)


def when(n: Network, periods: Sequence[int]) -> str:
    """Return buckets as part of a sentence: ``in 2008-09, 2008-10``, ``from 2008-09 to 2008-12``."""
    text = in_words(n, periods)
    return f"from {text}" if " to " in text and "," not in text else f"in {text}"


def in_words(n: Network, periods: Sequence[int]) -> str:
    """Return buckets as a planner writes them: ``2008-09, 2008-10``, and a run as ``2008-09 to 2008-12``."""
    labels = n.inputs.calendar.labels
    runs: list[list[int]] = []
    for t in periods:
        if runs and runs[-1][-1] == t - 1:
            runs[-1].append(t)
        else:
            runs.append([t])
    parts = []
    for run in runs:
        names = [labels[t] for t in run]
        parts += [f"{names[0]} to {names[-1]}"] if len(run) > 2 else names
    return ", ".join(parts)
