"""Small inputs in few lines: rows of tables as mappings, defaults of the schema filled in, checked as a user's are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from sop_xl.gather.inputs import require_inputs
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.schema import frames
from sop_xl.supply.explain import Explain
from sop_xl.supply.plan import solve

Rows = Iterable[Mapping[str, object]]
MONTHS = [f"2026-{month:02d}-01" for month in range(1, 13)]


def inputs(settings: Mapping[str, object] | None = None, /, **tables: Rows) -> PlanningInputs:
    """Return planning inputs; rates hold per bucket and shortage costs little, if not said otherwise."""
    given = {
        "rates_per": "bucket",
        "lost_sale_cost_pct": 0,
        "backorder_cost_pct": 0.01,
        "shortfall_cost_pct": 0,
        "holding_pct": 0,
        **(settings or {}),
    }
    rows = [{"setting": name, "value": str(value)} for name, value in given.items()]
    typed = {name: frames.rows(name, list(records)) for name, records in tables.items()}
    return require_inputs({"settings": frames.rows("settings", rows), **typed})


def asked(product: str, units: Sequence[float], **more: object) -> list[dict[str, object]]:
    """Return demand rows of a product for the first months of 2026; ``price`` may be one a month."""
    price = more.pop("price", None)
    prices = list(price) if isinstance(price, (list, tuple)) else [price] * len(units)
    return [
        {"product": product, "period": day, "units": quantity, "price": paid, **more}
        for day, quantity, paid in zip(MONTHS, units, prices, strict=False)
    ]


def planned(given: PlanningInputs, explain: Explain = Explain.RELIEFS) -> SolvedPlan:
    """Return the plan of the demand table of some inputs."""
    return solve(given, given["demand"], explain=explain)


def column(plan: SolvedPlan, table: str, name: str, **where: object) -> list[float]:
    """Return a column of a table as numbers, of the rows where other columns have a value."""
    frame = plan.tables[table]
    for key, value in where.items():
        frame = frame[frame[key] == value]
    return [float(value) for value in frame[name]]


def cost(product: str, **more: object) -> dict[str, object]:
    """Return a row of prices and costs: free to make and sold for nothing, if not said otherwise."""
    return {"product": product, "price": 0, **more}


def totals(frame: pd.DataFrame, name: str) -> float:
    """Return the sum of a column."""
    return float(frame[name].sum())
