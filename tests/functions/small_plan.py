"""A tiny plan for PLAN and WHY: two products of a family, two places, three months."""

from __future__ import annotations

import pandas as pd

from sop_xl.functions.plan_source import TablesSource
from sop_xl.schema import frames

VERSION = "a1b2c3d4e5f60718"
MONTHS = ("2026-07-01", "2026-08-01", "2026-09-01")
_DEMAND = {("A", "N"): (100, 120, 140), ("A", "S"): (10, 20, 30), ("B", "N"): (50, 50, 50)}
_LOST = {("A", "N", "2026-09-01"): 40}
_STOCK = {("A", "N"): (30, 20, 0), ("A", "S"): (5, 5, 5), ("B", "N"): (7, 8, 9)}


def plan_tables() -> dict[str, pd.DataFrame]:
    """Return the plan: demand 570 in all, of which 40 of A at N in September are lost."""
    demand, sales, stock = [], [], []
    for (product, location), units in _DEMAND.items():
        for day, asked, held in zip(MONTHS, units, _STOCK[product, location], strict=True):
            key = {"family": "F", "product": product, "location": location, "period": day}
            lost = _LOST.get((product, location, day), 0)
            price = 10 if location == "N" else 20
            demand.append(
                {**key, "channel": "ALL", "baseline": asked - 5, "promotion": 5, "consensus": asked, "revenue": 999}
            )
            sales.append(
                {
                    **key,
                    "channel": "ALL",
                    "demand": asked,
                    "delivered": asked - lost,
                    "lost": lost,
                    "price": price,
                    "revenue": (asked - lost) * price,
                }
            )
            stock.append({**key, "produced": asked, "closing_stock": held})
    gap = {
        "family": "F", "product": "A", "location": "N", "period": MONTHS[2], "demand": 140, "late": 0, "lost": 40,
        "gap_value": 400, "cause": "LINE is full in 2026-09", "relief": "overtime on LINE", "relief_cost": 2.5,
    }  # fmt: skip
    load = [
        {"resource": "LINE", "location": "N", "period": day, "available_hours": hours, "planned_hours": used,
         "utilisation": used / hours, "marginal_value": 3}
        for day, hours, used in zip(MONTHS, (100, 100, 200), (50, 100, 200), strict=True)
    ]  # fmt: skip
    return {
        "consensus_demand": frames.rows("consensus_demand", demand),
        "sales_plan": frames.rows("sales_plan", sales),
        "inventory_plan": frames.rows("inventory_plan", stock),
        "gaps": frames.rows("gaps", [gap]),
        "resource_load": frames.rows("resource_load", load),
        "kpis": frames.rows("kpis", [{"kpi": "fill_rate", "unit": "", "value": 530 / 570}]),
    }


def plan_at_hand() -> TablesSource:
    """Return the plan as a source."""
    return TablesSource(VERSION, plan_tables())
