"""Planning inputs from the ranges of a formula: products that share resources, period by period, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from sop_xl.model.plan import PlanningInputs

PLACE = "SITE"
_FIRST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Machine:
    """A resource as a formula gives it.

    Attributes:
        code: its name.
        hours: hours per period.
        cost: cost of an hour used.
    """

    code: str
    hours: tuple[float, ...]
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Item:
    """A product as a formula gives it.

    Attributes:
        code: its name.
        demand: units per period.
        steps: hours a unit takes, by step and resource: the resources of a step are alternatives.
        opening: units in stock at the start.
        holding: cost of a unit in stock at the end of a period.
        late: cost of a unit late at the end of a period.
        lost: cost of a unit never delivered.
    """

    code: str
    demand: tuple[float, ...]
    steps: tuple[Mapping[str, float], ...]
    opening: float = 0.0
    holding: float = 0.0
    late: float = 0.0
    lost: float = 0.0


def small_inputs(items: Sequence[Item], machines: Sequence[Machine]) -> PlanningInputs:
    """Return the planning inputs of some products and resources at one site; rates hold per period.

    The periods are months, whatever they stand for in the sheet: no rate is scaled.
    """
    from sop_xl.gather.inputs import require_inputs
    from sop_xl.schema import frames

    days = periods(len(items[0].demand))
    settings = {
        "rates_per": "bucket",
        "objective": "cost",
        "shortage": "backorder",
        "lot_sizing": "no",
        "shortfall_cost_pct": 0,
        "lost_sale_cost_pct": 0,
    }
    tables: dict[str, list[dict[str, object]]] = {
        "settings": [{"setting": name, "value": str(value)} for name, value in settings.items()],
        "demand": [
            {"product": item.code, "period": day, "units": units}
            for item in items
            for day, units in zip(days, item.demand, strict=True)
        ],
        "price_cost": [{"product": item.code, "price": item.lost} for item in items],
        "inventory": [{"product": item.code, "location": PLACE, "on_hand": item.opening} for item in items],
        "inventory_policy": [
            {
                "product": item.code,
                "ending_stock": 0,
                "holding_cost": item.holding,
                "backorder_cost": item.late,
                "lost_sale_cost": 0,
            }
            for item in items
        ],
        "resources": [
            {"resource": m.code, "location": PLACE, "hours": max(m.hours), "cost_per_hour": m.cost} for m in machines
        ],
        "resource_calendar": [
            {"resource": m.code, "period": day, "downtime_hours": max(m.hours) - hours}
            for m in machines
            for day, hours in zip(days, m.hours, strict=True)
            if hours < max(m.hours)
        ],
        "routings": [
            {"product": item.code, "location": PLACE, "operation": str(at), "resource": code, "hours_per_unit": hours}
            for item in items
            for at, step in enumerate(item.steps, start=1)
            for code, hours in step.items()
        ],
    }
    return require_inputs({name: frames.rows(name, records) for name, records in tables.items()})


def periods(count: int) -> list[str]:
    """Return the first days of the months that stand for the periods of a formula."""
    return [f"{_FIRST_YEAR + at // 12}-{at % 12 + 1:02d}-01" for at in range(count)]


def by_period(frame: pd.DataFrame, column: str, count: int) -> list[float]:
    """Return the sums of a column of an output table, one a period of a formula."""
    sums = frame.groupby("period")[column].sum()
    found = {str(day)[:10]: float(value) for day, value in sums.items()}
    return [found.get(day, 0.0) for day in periods(count)]
