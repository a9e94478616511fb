"""Red Tomato Tools as planning inputs: the tests' plan of people, overtime, stock and a subcontractor."""

from __future__ import annotations

from collections.abc import Sequence

from sop_xl.model.plan import PlanningInputs

from .case import asked, inputs

BASE = (1600, 3000, 3200, 3800, 2200, 2200)


def red_tomato(demand: Sequence[float], **settings: object) -> PlanningInputs:
    """Red Tomato Tools: Chopra & Meindl, Supply Chain Management, the chapter on aggregate planning."""
    return inputs(
        {"rates_per": "month", **settings},
        demand=asked("TOOL", demand, price=40),
        inventory=[{"product": "TOOL", "location": "PLANT", "on_hand": 1000}],
        inventory_policy=[{"ending_stock": 500, "holding_cost": 2, "backorder_cost": 5}],
        price_cost=[{"product": "TOOL", "price": 40, "material_cost": 10}],
        routings=[{"product": "TOOL", "location": "PLANT", "resource": "ASSEMBLY", "hours_per_unit": 4}],
        workforce=[
            {
                "workforce": "ASSEMBLERS",
                "resource": "ASSEMBLY",
                "opening_workers": 80,
                "hours_per_worker": 160,
                "wage": 640,
                "overtime_max": 10,
                "overtime_cost": 6,
                "hiring_cost": 300,
                "layoff_cost": 500,
            }
        ],
        outsourcing=[{"product": "TOOL", "cost_per_unit": 30}],
    )
