"""Targets and prices of stock per product-location: the inventory policy, opening stock and receipts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from math import inf, isnan
from typing import Any

from sop_xl.model.plan import PlanningInputs
from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.supply.elements import Node, PerBucket, Rates, StockTarget
from sop_xl.supply.lead_time import keeps_until

BEFORE_WAITING, BEFORE_LOSING = 0.9, 0.99
"""Most that a unit missing on stock may weigh by default, in parts of a unit late and of a unit lost."""
WORTH_MAKING = 1.05
"""Least that a unit missing at the end weighs, in parts of its standard cost: below its cost it would not be made."""

SERVICE = "service"
"""Method by which the safety stock follows from a service target."""

Policy = Mapping[str, Any]


class Policies:
    """The inventory policy by product and location; the most specific row is the one that counts."""

    def __init__(self, inputs: PlanningInputs, family: Mapping[str, str]) -> None:
        """Index the rows by what they name."""
        self._family = family
        rows = enumerate(inputs["inventory_policy"].to_dict("records"))
        self._rows = {(row["product"], row["location"]): {**row, "row": position} for position, row in rows}

    def of(self, node: Node) -> Policy | None:
        """Return the row of a node: product before family before ALL, and then its location before ALL."""
        for code in (node.product, self._family.get(node.product), EVERYWHERE):
            for place in (node.location, EVERYWHERE):
                if (code, place) in self._rows:
                    return self._rows[code, place]
        return None

    def kept_on_purpose(self, products: Iterable[str]) -> set[Node]:
        """Return the product-locations that a row names with a stock to hold, whether or not anybody asks there."""
        found = set()
        for (code, place), row in self._rows.items():
            wanted = row["min_stock"] > 0 or (not isnan(row["ending_stock"]) and row["ending_stock"] > 0)
            stated = row["method"] == "units" and wanted
            by_service = row["method"] == SERVICE and not row["pooled_at"]
            if not (stated or by_service) or EVERYWHERE in (place, code):
                continue
            found |= {Node(p, place) for p in products if code in (p, self._family.get(p))}
        return found


def months_ahead(demand: Sequence[float], months: Sequence[float], cover: float) -> PerBucket:
    """Return, for the end of each bucket, the demand of the following months: what ``cover`` months of supply are.

    Buckets count in parts where the cover ends within one; after the horizon the rate of the last bucket goes on.
    """
    rate = demand[-1] / months[-1] if months[-1] > 0 else 0.0
    levels = []
    for t in range(len(demand)):
        left, level = cover, 0.0
        for units, length in zip(demand[t + 1 :], months[t + 1 :], strict=True):
            part = min(1.0, left / length) if length > 0 else 0.0
            level += units * part
            left -= length * part
            if left <= 1e-12:
                break
        levels.append(level + max(0.0, left) * rate)
    return tuple(levels)


def stock_target(
    inputs: PlanningInputs,
    policy: Policy | None,
    rates: Rates,
    demand: PerBucket,
    opening: float,
    receipts: PerBucket,
    cheapest_late: float,
    cheapest_loss: float,
    dearest: float,
    unit_cost: float,
    by_service: PerBucket | None = None,
) -> StockTarget:
    """Return targets and prices of stock at a product-location.

    - holding = stated cost, else standard cost × yearly % / 12, per unit and month;
    - shortfall below safety stock = stated price, else standard cost × % of the settings, but then at most 90 % of the
      cheapest late unit: safety stock is there to be used before a customer waits;
    - ending stock = stated, at the multiple of the standard cost that the settings give; left out, the safety stock of
      the last bucket, and then at most 99 % of the cheapest lost sale, for the same reason (customers who pay nothing
      do not count, and a unit missing at the end always weighs a little more than its standard cost);
    - stated, a missing unit at the end also weighs more than any sale of the product: the target goes first;
    - the most is a limit: only what opening stock and receipts bring above it may lie there, priced like a missing
      ending stock per month, so that it goes as soon as it can;
    - shelf life: the last bucket in which what lies at the start of a bucket can be used.

    Args:
        inputs: settings and calendar.
        policy: the row of the inventory policy, or None where the stock is only what happens to lie there.
        rates: of the product.
        demand: own demand of the product-location per bucket, for months of supply.
        opening: stock at the start.
        receipts: scheduled receipts per bucket.
        cheapest_late: least positive price of a late unit of the product in any channel; infinite where nobody waits.
        cheapest_loss: least positive value of a lost unit of the product in any channel; infinite without demand.
        dearest: largest worth of a sale of the product.
        unit_cost: stands in for the standard cost where none is known.
        by_service: safety stock per bucket where a service target sets it.
    """
    settings, row = inputs.settings, policy or {}
    standard = [cost if cost > 0 else unit_cost for cost in rates.standard]
    number = {key: row.get(key, float("nan")) for key in _PRICES}
    yearly = settings["holding_pct"] if isnan(number["holding_pct"]) else number["holding_pct"]
    holding = [yearly / 12 * (cost if cost == cost else 0.0) for cost in rates.standard]
    if not isnan(number["holding_cost"]):
        holding = [number["holding_cost"]] * len(demand)
    shortfall = [min(settings["shortfall_cost_pct"] * cost, BEFORE_WAITING * cheapest_late) for cost in standard]
    if not isnan(number["shortfall_cost"]):
        shortfall = [number["shortfall_cost"]] * len(demand)
    safety, most = _levels(inputs, row, demand, by_service)
    price = settings["ending_stock_price_pct"] * standard[-1]
    stated = not isnan(number["ending_stock"])
    if stated:
        price = settings["ending_stock_price_pct"] * max(standard[-1], dearest)
    there = list(accumulate(receipts, initial=opening))[1:]
    return StockTarget(
        opening=opening,
        receipts=receipts,
        safety=safety,
        most=most,
        over=tuple(max(0.0, have - limit) for have, limit in zip(there, most, strict=True)),
        ending=number["ending_stock"] if stated else safety[-1],
        holding_cost=tuple(holding),
        shortfall_price=tuple(shortfall),
        ending_price=price if stated else min(price, max(BEFORE_LOSING * cheapest_loss, WORTH_MAKING * standard[-1])),
        over_price=settings["ending_stock_price_pct"] * standard[-1],
        keeps=None if isnan(number["shelf_life"]) else keeps_until(inputs, number["shelf_life"]),
        disposal=float(row.get("disposal_cost", 0.0)),
    )


_PRICES = ("holding_pct", "holding_cost", "shortfall_cost", "ending_stock", "shelf_life")


def _levels(
    inputs: PlanningInputs, row: Policy, demand: PerBucket, by_service: PerBucket | None
) -> tuple[PerBucket, PerBucket]:
    none = (0.0,) * len(demand)
    if not row:
        return none, (inf,) * len(demand)
    fewest, most = float(row["min_stock"]), float(row["max_stock"])
    if row["method"] == "months of supply":
        months = [bucket.months for bucket in inputs.calendar.buckets]
        safety = months_ahead(demand, months, fewest)
        limit = (inf,) * len(demand) if isnan(most) else months_ahead(demand, months, most)
    else:
        safety = (fewest,) * len(demand) if by_service is None else by_service
        limit = (inf if isnan(most) else most,) * len(demand)
    return safety, tuple(max(low, high) for low, high in zip(safety, limit, strict=True))
