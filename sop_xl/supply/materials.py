"""Stocks of bought items and who supplies them."""

from __future__ import annotations

from collections.abc import Iterable

from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import PlanningInputs
from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.supply.elements import Node, Pool, Supplier
from sop_xl.supply.lead_time import first_bucket_after, lead_time
from sop_xl.supply.scope import records
from sop_xl.supply.shutdowns import Shares, limit_per_bucket


def pools_and_suppliers(
    inputs: PlanningInputs, shares: Shares
) -> tuple[tuple[Pool, ...], tuple[Supplier, ...], list[Issue]]:
    """Return the stock of every item, per plant or shared, and its suppliers in the order of the table.

    What is in transit arrives in the first bucket, what is on order after the supplier's lead time; the most units per
    month are scaled by the length of the bucket in which they are ordered. A stock is held at the cost of its first
    row. A supplier whose most units lie below its smallest order can deliver nothing in that bucket.
    """
    periods = len(inputs.calendar)
    lots = bool(inputs.settings["lot_sizing"])
    keys: dict[tuple[str, str], int] = {}
    rows: list[list[int]] = []
    suppliers: list[Supplier] = []
    holding: list[float] = []
    opening: list[float] = []
    issues: list[Issue] = []
    for row in records(inputs["materials"]):
        key = (str(row["item"]), str(row["location"]) or EVERYWHERE)
        if key not in keys:
            keys[key] = len(rows)
            rows.append([])
            holding.append(float(row["holding_cost"]))
            opening.append(0.0)
        pool, stated, unit = keys[key], float(row["lead_time"]), str(row["lead_time_unit"])
        lead, soon = lead_time(inputs, stated, unit), first_bucket_after(inputs, stated, unit)
        coming = [0.0] * periods
        coming[0] += float(row["in_transit"])
        if soon is not None:
            coming[soon] += float(row["on_order"])
        moq = float(row["moq"]) if lots else 0.0
        limit = limit_per_bucket(inputs, float(row["period_limit"]), shares.get(("supplier", str(row["supplier"]))))
        if moq > max(limit):
            issues.append(_never(str(row["item"]), str(row["supplier"])))
        limit = tuple(0.0 if most < moq else most for most in limit)
        limit = tuple(most * part if part > 0 else most for most, part in zip(limit, lead.reach, strict=True))
        rows[pool].append(len(suppliers))
        opening[pool] += float(row["on_hand"])
        suppliers.append(
            Supplier(
                str(row["item"]), str(row["supplier"]), pool, float(row["unit_cost"]), lead, moq, limit, tuple(coming)
            )
        )
    pools = tuple(
        Pool(item, place, opening[position], holding[position], tuple(rows[position]))
        for (item, place), position in keys.items()
    )
    return pools, tuple(suppliers), issues


def item_issues(pools: Iterable[Pool], needs: Iterable[tuple[str, Node]]) -> list[Issue]:
    """Return an error for every item of a bill that no supplier delivers where it is needed."""
    where = {(pool.item, pool.location) for pool in pools}
    found: dict[str, Issue] = {}
    for item, node in needs:
        if (item, node.location) in where or (item, EVERYWHERE) in where or item in found:
            continue
        found[item] = Issue(
            Severity.ERROR,
            f"Item {item}, which goes into {node.product} at {node.location}, has no supplier there.",
            f"Add a supplier of {item} to the sheet Materials; until then {node.product} cannot be made.",
            sheet="Materials",
            table="materials",
        )
    return [found[item] for item in sorted(found)]


def _never(item: str, supplier: str) -> Issue:
    return Issue(
        Severity.WARNING,
        f"{supplier} delivers no {item}: its smallest order is larger than the most it delivers in a bucket.",
        "Check MOQ and limit.",
        sheet="Materials",
        table="materials",
    )
