"""What the target of a driver may name, and which rows of the tables it reaches."""

from __future__ import annotations

import pandas as pd

from sop_xl.model.plan import PlanningInputs
from sop_xl.schema.catalogue import EVERYWHERE

TARGETS: dict[str, tuple[str, ...]] = {
    "demand_pct": ("product", "family", "channel", "location"),
    "price_pct": ("product", "family"),
    "competitor_price_pct": ("product", "family"),
    "cost_pct": ("product", "family", "item", "supplier", "partner", "resource", "lane"),
    "capacity_pct": ("resource", "supplier", "partner", "lane", "location"),
    "resource_down": ("resource",),
    "workforce_pct": ("workforce", "resource"),
    "yield_pct": ("product", "family", "resource"),
    "supplier_out": ("supplier", "partner"),
    "lane_closed": ("lane", "location"),
    "launch_delay": ("product", "family"),
    "lead_time_delay": ("supplier", "item", "partner", "lane"),
    "safety_stock_pct": ("product", "family", "location"),
    "shelf_life_pct": ("product", "family", "location"),
    "signal_pct": ("signal",),
    "signal_value": ("signal",),
}
"""What each driver can act on; every one knows ALL too."""


_WITHOUT_PERIODS = {
    "lead_time_delay": "lead times",
    "launch_delay": "launch days",
    "workforce_pct": "hours of a worker",
    "yield_pct": "yields",
    "safety_stock_pct": "safety stocks",
    "shelf_life_pct": "shelf lives",
}


def lane_codes(lanes: pd.DataFrame) -> pd.Series:
    """Return the code of every lane, FROM>TO."""
    return lanes["from_location"].astype(str) + ">" + lanes["to_location"].astype(str)


def known_targets(inputs: PlanningInputs) -> dict[str, set[str]]:
    """Return the codes of each kind of target, ALL among them."""
    lanes = inputs["lanes"]
    found = {
        "product": set(inputs["products"]["product"]),
        "family": set(inputs["products"]["family"]),
        "channel": set(inputs["channels"]["channel"]),
        "location": set(inputs["locations"]["location"]),
        "item": set(inputs["materials"]["item"]),
        "supplier": set(inputs["materials"]["supplier"]),
        "partner": set(inputs["outsourcing"]["partner"]),
        "resource": set(inputs["resources"]["resource"]),
        "lane": set(lane_codes(lanes)) if len(lanes) else set(),
        "workforce": set(inputs["workforce"]["workforce"]),
        "signal": set(inputs["signals"]["signal"]),
    }
    return {kind: (codes | {EVERYWHERE}) - {""} for kind, codes in found.items()}


def products_of(inputs: PlanningInputs, target: str) -> set[str]:
    """Return the products that a product code, a family or ALL stands for."""
    products = inputs["products"]
    reached = (products["product"] == target) | (products["family"] == target)
    return set(products["product"][reached | (target == EVERYWHERE)])


def lanes_of(inputs: PlanningInputs, target: str) -> pd.Series:
    """Return which rows of ``lanes`` are the lane FROM>TO, start or end at a location, or are any lane (ALL)."""
    lanes = inputs["lanes"]
    if target == EVERYWHERE or lanes.empty:
        return pd.Series(True, index=lanes.index)
    touched = (lanes["from_location"] == target) | (lanes["to_location"] == target)
    return touched | (lane_codes(lanes) == target)


def whole_horizon_only(inputs: PlanningInputs, driver: str, target: str) -> str:
    """Return what a driver changes in tables without periods, in words; '' where it can be limited to buckets."""
    known = known_targets(inputs)
    if driver in _WITHOUT_PERIODS:
        return _WITHOUT_PERIODS[driver]
    if driver == "cost_pct":
        found = [
            word
            for kind, word in (
                ("item", "purchase prices"),
                ("supplier", "purchase prices"),
                ("partner", "prices of partners"),
                ("resource", "prices of hours"),
                ("lane", "freight rates"),
            )
            if target in known[kind] and len(known[kind]) > 1
        ]
        return " and ".join(dict.fromkeys(found))
    return ""
