"""What demand pays, what a shortage costs, and how channels are served in the order of their priority."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import isnan

import pandas as pd

from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.elements import Node, PerBucket, Rates, Series
from sop_xl.supply.policy import Policies, Policy

GAP_MULTIPLE = 10.0
"""A unit whose price is not known counts this many times its largest unit cost, so that it always pays to deliver."""
NOTCH = 0.01
"""By how much a channel's shortage outweighs that of any channel behind it, in parts of the latter."""

Key = tuple[str, str, str]


def demand_rows(
    inputs: PlanningInputs, demand: pd.DataFrame
) -> tuple[dict[Key, tuple[PerBucket, PerBucket]], list[Issue]]:
    """Return units and price per bucket for every product, location and channel; rows of a key are added up.

    Rows outside the horizon and rows without units are left out and said; the price of rows added up is their mean
    weighted by units.
    """
    periods = len(inputs.calendar)
    units: dict[Key, list[float]] = {}
    value: dict[Key, list[float]] = {}
    outside, empty = 0, 0
    columns = ["product", "location", "channel", "period", "units", "price"]
    demand = demand if "price" in demand.columns else demand.assign(price=float("nan"))
    for product, location, channel, day, quantity, price in demand[columns].itertuples(index=False):
        position = inputs.calendar.index_of(day.date())
        if position is None or isnan(quantity):
            outside += position is None
            empty += position is not None
            continue
        key = (str(product), str(location), str(channel))
        held = units.setdefault(key, [0.0] * periods)
        paid = value.setdefault(key, [float("nan")] * periods)
        before = held[position]
        held[position] += float(quantity)
        if not isnan(price):
            old = paid[position]
            whole = held[position]
            paid[position] = float(price) if isnan(old) or whole == 0 else (old * before + price * quantity) / whole
    issues = []
    if outside or empty:
        said = f"{outside} demand rows lie outside the horizon" if outside else f"{empty} demand rows have no units"
        issues.append(
            Issue(Severity.WARNING, f"{said}: they are not planned.", "Correct or delete them.", table="demand")
        )
    return {key: (tuple(units[key]), tuple(value[key])) for key in sorted(units)}, issues


def series_of(
    inputs: PlanningInputs,
    demand: Mapping[Key, tuple[PerBucket, PerBucket]],
    rates: Mapping[str, Rates],
    policies: Policies,
    unit_cost: Mapping[str, float],
    lane_cost: Mapping[str, float],
) -> tuple[tuple[Series, ...], list[Issue]]:
    """Return the demand series with prices of late and lost units, sorted by key.

    - late: stated backorder cost, else % of the price, per unit and month;
    - lost: stated cost of a lost sale, else with backorders % of the price, with lost sales nothing beyond the margin;
    - with objective cost a lost unit also weighs its price. Where no price is known (or, with objective cost, where it
      is 0) it weighs ``GAP_MULTIPLE`` × the largest unit cost of the product.

    Channels of a product are then put in order: a unit of a channel weighs at least ``NOTCH`` more than any unit of
    the channels behind it. The order holds within a product; between products the margin decides.
    """
    found: list[Series] = []
    unpriced: set[str] = set()
    for (product, location, channel), (units, given) in demand.items():
        rate = rates[product]
        price = _carried(tuple(r if isnan(p) else p for p, r in zip(given, rate.price, strict=True)))
        if any(isnan(p) and u > 0 for p, u in zip(price, units, strict=True)):
            unpriced.add(product)
        policy = policies.of(Node(product, location))
        found.append(_series(inputs, (product, location, channel), units, price, rate, policy, unit_cost[product]))
    issues = [_no_price(sorted(unpriced))] if unpriced else []
    priority = dict(zip(inputs["channels"]["channel"], inputs["channels"]["priority"], strict=True))
    ordered: list[Series] = []
    for product in sorted({s.product for s in found}):
        group = [s for s in found if s.product == product]
        apart = lane_cost.get(product, 0.0) if len({s.location for s in group}) > 1 else 0.0
        ordered += in_order(group, [float(priority.get(s.channel, 1)) for s in group], apart)
    return tuple(sorted(ordered, key=lambda s: (s.product, s.location, s.channel))), issues


def _series(
    inputs: PlanningInputs,
    key: Key,
    units: PerBucket,
    price: PerBucket,
    rate: Rates,
    policy: Policy | None,
    unit_cost: float,
) -> Series:
    settings, row = inputs.settings, policy or {}
    for_profit = settings["objective"] != "cost"
    known = [p > 0 or (for_profit and p == 0) for p in price]
    worth = [p if k else GAP_MULTIPLE * unit_cost for p, k in zip(price, known, strict=True)]
    net = tuple(0.0 if isnan(p) else p * (1 - r) for p, r in zip(price, rate.rebate, strict=True))
    late = row.get("backorder_cost", float("nan"))
    lost = row.get("lost_sale_cost", float("nan"))
    lost_pct = settings["lost_sale_cost_pct"] if settings["shortage"] == "backorder" else 0.0
    unmet = tuple(0.0 if for_profit and k else w for w, k in zip(worth, known, strict=True))
    rise = [max(0.0, after - now) if for_profit else 0.0 for now, after in pairwise(net)]
    none = (0.0,) * len(units)
    return Series(
        *key,
        demand=units,
        price=price,
        net_price=net,
        freight=rate.freight,
        late_cost=tuple(settings["backorder_cost_pct"] * w if isnan(late) else float(late) for w in worth),
        lost_cost=tuple(lost_pct * w if isnan(lost) else float(lost) for w in worth),
        unmet_price=unmet,
        late_premium=none,
        lost_premium=none,
        rise=(*rise, 0.0),
    )


def worth_of(series: Series) -> PerBucket:
    """Return what losing a unit takes from the objective per bucket: its price, the cost of losing it and its premium.

    The price is the net price where the objective is profit, else the price at which unmet demand is weighed.
    """
    parts = zip(series.net_price, series.unmet_price, series.lost_cost, series.lost_premium, strict=True)
    return tuple((unmet or net) + cost + premium for net, unmet, cost, premium in parts)


def _carried(price: PerBucket) -> PerBucket:
    """Fill buckets without a price from the bucket before, those before the first price from it."""
    known = [p for p in price if not isnan(p)]
    held, out = known[0] if known else float("nan"), []
    for p in price:
        held = held if isnan(p) else p
        out.append(held)
    return tuple(out)


def in_order(group: Sequence[Series], priorities: Sequence[float], apart: float) -> list[Series]:
    """Return the series of one product with premiums that make channels with priority 1 weigh more than those behind.

    premium of channel c = max(0, (1 + NOTCH) × largest weight behind c + ``apart`` − weight of c), for late and for
    lost units; 0 where all have the same priority.

    Args:
        group: series of one product.
        priorities: of their channels; 1 is served first.
        apart: cost by which serving one location may differ from serving another.
    """
    done: list[Series] = []
    floor_late: list[float] = []
    floor_lost: list[float] = []
    for level in sorted(set(priorities), reverse=True):
        served = []
        for series, priority in zip(group, priorities, strict=True):
            if priority != level:
                continue
            late, lost = series.late_cost, worth_of(series)
            served.append(
                replace(
                    series,
                    late_premium=_premium(late, floor_late, 0.0),
                    lost_premium=_premium(lost, floor_lost, apart),
                )
            )
        done += served
        for series in served:
            late = [c + p for c, p in zip(series.late_cost, series.late_premium, strict=True)]
            lost = list(worth_of(series))
            floor_late = [max(a, b) for a, b in zip(floor_late or late, late, strict=True)]
            floor_lost = [max(a, b) for a, b in zip(floor_lost or lost, lost, strict=True)]
    return done


def _premium(own: Sequence[float], floor: Sequence[float], apart: float) -> PerBucket:
    if not floor:
        return (0.0,) * len(own)
    return tuple(max(0.0, (1 + NOTCH) * f + apart - o) for f, o in zip(floor, own, strict=True))


def _no_price(codes: list[str]) -> Issue:
    more = f" and {len(codes) - 8} more" if len(codes) > 8 else ""
    return Issue(
        Severity.WARNING,
        f"No price for {', '.join(codes[:8])}{more}: demand is met as far as it can be, but earns no revenue.",
        "Give prices in the demand table or in the sheet PriceCost.",
        sheet="PriceCost",
        table="price_cost",
    )
