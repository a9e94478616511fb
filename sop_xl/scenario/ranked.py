"""What of a plan matters most: suppliers by spend, resources by what they hurt, lanes by load, families by revenue."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.scope import lane_codes
from sop_xl.supply.scope import spread
from sop_xl.supply.sourcing import bills_of


def suppliers_by_spend(inputs: PlanningInputs) -> list[str]:
    """Return the suppliers, the one with the largest spend on what the horizon needs first.

    Spend = Σ units of the item per unit of product × units of the product × price, the item bought from its cheapest
    supplier; one that is nobody's cheapest comes last. Units are those of demand, else of the baseline, else of the
    history; where none of them needs an item, stock on hand stands for use.
    """
    materials = inputs["materials"]
    if materials.empty:
        return []
    units = units_by_product(inputs)
    used: dict[str, float] = {}
    bills = bills_of(inputs)
    for product in bills:
        _explode(product, units.get(product, 0.0), bills, used, ())
    cheapest = materials.sort_values("unit_cost", kind="stable").drop_duplicates("item")
    spend = cheapest.assign(spend=cheapest["item"].map(used).fillna(0.0) * cheapest["unit_cost"])
    if not spend["spend"].sum() > 0:
        spend = materials.assign(spend=materials["on_hand"] * materials["unit_cost"])
    total = spend.groupby("supplier")["spend"].sum()
    everyone = total.reindex(sorted(set(materials["supplier"]) - {""}), fill_value=0.0)
    return [str(code) for code in everyone.sort_values(ascending=False, kind="stable").index]


def resources_by_harm(inputs: PlanningInputs, plan: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the resources, the one that hurts most when it stops first.

    Bottlenecks by what 10 % more of them is worth, then by utilisation over the horizon; without a plan by hours that
    the demand needs.

    Args:
        inputs: what is planned.
        plan: tables ``bottlenecks`` and ``resource_load`` of the base plan, as far as there are any.
    """
    known = set(inputs["resources"]["resource"])
    order: list[str] = []
    binding = plan.get("bottlenecks")
    if binding is not None and len(binding):
        binding = binding[(binding["kind"] == "resource") & binding["constraint"].isin(known)]
        worth = binding.sort_values(["value_of_10_percent", "marginal_value"], ascending=False, kind="stable")
        order += worth["constraint"].astype(str).tolist()
    load = plan.get("resource_load")
    if load is not None and len(load):
        hours = load.groupby("resource")[["planned_hours", "available_hours"]].sum()
        share = (hours["planned_hours"] / hours["available_hours"].where(hours["available_hours"] > 0)).dropna()
        order += [str(code) for code in share[share > 0].sort_values(ascending=False, kind="stable").index]
    if not order:
        routed = spread(inputs, "routings", ["location", "operation", "resource"])
        routed = routed[routed["resource"] != ""]
        weight = routed["product"].map(units_by_product(inputs)).fillna(0.0) * routed["hours_per_unit"]
        total = weight.groupby(routed["resource"]).sum().sort_index()
        order = [str(code) for code in total.sort_values(ascending=False, kind="stable").index]
    return list(dict.fromkeys(order))


def lanes_by_load(inputs: PlanningInputs, plan: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the lanes that the base plan uses (FROM>TO), the one with most units first; without a plan, as written.

    Args:
        inputs: what is planned.
        plan: table ``shipments`` of the base plan, where there is one.
    """
    if inputs["lanes"].empty:
        return []
    moved = plan.get("shipments")
    if moved is None or moved.empty:
        return list(dict.fromkeys(lane_codes(inputs["lanes"])))
    units = moved["units"].groupby(lane_codes(moved)).sum()
    return [str(code) for code in units[units > 0].sort_values(ascending=False, kind="stable").index]


def families_by_revenue(inputs: PlanningInputs) -> list[str]:
    """Return the families, that with the largest demand at today's price first."""
    prices = inputs["price_cost"].sort_values("period", kind="stable", na_position="first")
    price = prices.drop_duplicates("product").set_index("product")["price"]
    asked = inputs["demand"]
    if len(asked) and asked["price"].notna().any():
        price = asked.groupby("product")["price"].mean().combine_first(price)
    products = inputs["products"].set_index("product")["family"]
    units = pd.Series(units_by_product(inputs), dtype=float).reindex(products.index).fillna(0.0)
    value = (units * price.reindex(products.index).fillna(0.0)).groupby(products).sum()
    return [str(code) for code in value[value > 0].sort_values(ascending=False, kind="stable").index]


def units_by_product(inputs: PlanningInputs) -> dict[str, float]:
    """Return the units of each product: of demand, else of the baseline, else of the history."""
    for table, column in (("demand", "units"), ("baseline", "baseline"), ("history", "units")):
        if len(inputs[table]):
            return {str(code): float(sum_) for code, sum_ in inputs[table].groupby("product")[column].sum().items()}
    return {}


def _explode(
    product: str,
    units: float,
    bills: Mapping[str, tuple[tuple[str, float], ...]],
    used: dict[str, float],
    above: tuple[str, ...],
) -> None:
    for item, quantity in bills.get(product, ()):
        used[item] = used.get(item, 0.0) + units * quantity
        if item in bills and item not in above:
            _explode(item, units * quantity, bills, used, (*above, product))
