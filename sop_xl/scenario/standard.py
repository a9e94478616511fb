"""The standard set of scenarios, made from the inputs in one go: what could happen to this plan."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.scenario import BASE
from sop_xl.schema.frames import rows
from sop_xl.supply.scope import spread
from sop_xl.supply.sourcing import bills_of

DEMAND_SWING = 0.15
MONTHS_DOWN = 2.0
MONTHS_WITHOUT_SUPPLIER = 3.0
MONTHS_LATE = 3
NOT_PLANNED = frozenset({"stopped", "launched"})


def standard_set(
    inputs: PlanningInputs, bottlenecks: pd.DataFrame, resource_load: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables ``scenarios`` and ``scenario_drivers`` of the standard set.

    Base plan · demand +15 % · demand −15 % · the key supplier (that with the largest spend) takes no orders for the
    first three months · a line is down for the first two months (the bottleneck worth most, else the busiest resource,
    else the one with most hours of demand) · launches three months late. One that does not apply (no supplier, no
    resource, no launch) is left out.

    Args:
        inputs: what the base plan was made from.
        bottlenecks: schema table of the base plan, most valuable first; may be empty.
        resource_load: schema table of the base plan, for the busiest resource where nothing binds.
    """
    found: list[tuple[str, str]] = [
        (BASE, "Base plan"),
        ("demand-up", f"Demand {DEMAND_SWING:+.0%}"),
        ("demand-down", f"Demand {-DEMAND_SWING:+.0%}".replace("-", "−")),
    ]
    drivers: list[dict[str, object]] = [
        {"scenario": "demand-up", "driver": "demand_pct", "value": DEMAND_SWING},
        {"scenario": "demand-down", "driver": "demand_pct", "value": -DEMAND_SWING},
    ]
    supplier = key_supplier(inputs)
    if supplier:
        found.append(("supplier-out", f"Supplier {supplier} takes no orders for {MONTHS_WITHOUT_SUPPLIER:g} months"))
        drivers.append(
            {
                "scenario": "supplier-out",
                "driver": "supplier_out",
                "target": supplier,
                "from_period": pd.Timestamp(inputs.calendar.start),
                "to_period": _bucket_after(inputs, MONTHS_WITHOUT_SUPPLIER),
            }
        )
    resource = key_resource(inputs, bottlenecks, resource_load)
    if resource:
        found.append(("line-down", f"{resource} is down for {MONTHS_DOWN:g} months"))
        drivers.append(
            {
                "scenario": "line-down",
                "driver": "resource_down",
                "target": resource,
                "from_period": pd.Timestamp(inputs.calendar.start),
                "to_period": _bucket_after(inputs, MONTHS_DOWN),
            }
        )
    launches = inputs["launches"]
    if len(launches[~launches["gate"].isin(NOT_PLANNED)]) and inputs["demand"].empty:
        found.append(("launch-late", f"Launches {MONTHS_LATE} months late"))
        drivers.append({"scenario": "launch-late", "driver": "launch_delay", "value": MONTHS_LATE})
    scenarios = ({"scenario": n, "title": t, "parent": "" if n == BASE else BASE, "active": "yes"} for n, t in found)
    return rows("scenarios", scenarios), rows("scenario_drivers", drivers)


def key_supplier(inputs: PlanningInputs) -> str:
    """Return the supplier with the largest spend on what the horizon needs; '' without suppliers.

    Spend = Σ units of the item per unit of product × units of the product × price, the item bought from its cheapest
    supplier. Units are those of demand, else of the baseline, else of the history; where none of them needs an item,
    stock on hand stands for use.
    """
    materials = inputs["materials"]
    if materials.empty:
        return ""
    units = _units(inputs)
    used: dict[str, float] = {}
    bills = bills_of(inputs)
    for product in bills:
        _explode(product, units.get(product, 0.0), bills, used, ())
    cheapest = materials.sort_values("unit_cost", kind="stable").drop_duplicates("item")
    spend = cheapest.assign(spend=cheapest["item"].map(used).fillna(0.0) * cheapest["unit_cost"])
    if not spend["spend"].sum() > 0:
        spend = materials.assign(spend=materials["on_hand"] * materials["unit_cost"])
    total = spend.groupby("supplier")["spend"].sum().sort_index()
    return str(total.idxmax())


def _units(inputs: PlanningInputs) -> dict[str, float]:
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


def key_resource(inputs: PlanningInputs, bottlenecks: pd.DataFrame, resource_load: pd.DataFrame | None = None) -> str:
    """Return the resource that hurts most when it stops: bottleneck worth most, else the busiest; '' without one."""
    binding = bottlenecks[bottlenecks["kind"] == "resource"]
    binding = binding[binding["constraint"].isin(inputs["resources"]["resource"])]
    if len(binding):
        worth = binding.sort_values(["value_of_10_percent", "marginal_value"], ascending=False, kind="stable")
        return str(worth["constraint"].iloc[0])
    if resource_load is not None and len(resource_load):
        hours = resource_load.groupby("resource")[["planned_hours", "available_hours"]].sum()
        share = (hours["planned_hours"] / hours["available_hours"].where(hours["available_hours"] > 0)).dropna()
        if len(share):
            return str(share.idxmax())
    routed = spread(inputs, "routings", ["location", "operation", "resource"])
    routed = routed[routed["resource"] != ""]
    weight = routed["product"].map(_units(inputs)).fillna(0.0) * routed["hours_per_unit"]
    total = weight.groupby(routed["resource"]).sum().sort_index()
    return str(total.idxmax()) if len(total) else ""


def _bucket_after(inputs: PlanningInputs, months: float) -> pd.Timestamp:
    """First day of the bucket in which that many months from the start are over."""
    passed = 0.0
    for bucket in inputs.calendar.buckets:
        passed += bucket.months
        if passed >= months - 1e-9:
            return pd.Timestamp(bucket.start)
    return pd.Timestamp(inputs.calendar.buckets[-1].start)
