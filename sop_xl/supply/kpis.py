"""Key figures of a solved plan: money by line, service, stock, load and CO2."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan

import numpy as np
import pandas as pd

from sop_xl.supply.objective import MONEY, STEERING
from sop_xl.supply.results import Solved


def kpis(s: Solved, tables: Mapping[str, pd.DataFrame]) -> dict[str, float | None]:
    """Return the key figures by name; None where a figure is not defined.

    - total_cost = Σ of all ``cost_…``: money paid, with the cost of late and lost units; profit = revenue − rebates −
      total_cost. ``penalty_…`` steer the solve and are not paid: objective = total_cost + Σ penalties with objective
      cost, profit − Σ penalties with objective profit.
    - fill_rate = units delivered in the bucket in which they were asked / units asked.
    - gap_units = units late or lost; each counts once, in the bucket in which it was asked.
    - average_stock_value: of closing stocks, weighted by the days of the buckets; peak_load: highest utilisation of a
      resource in a bucket; co2_t: tonnes of making (outsourced units too) and moving.
    """
    n, lines = s.network, {name: s.of_expression(part) for name, part in s.model.lines.items()}
    found: dict[str, float | None] = {name: _clean(lines[name]) for name in (*MONEY, *STEERING)}
    cost = sum(_clean(lines[name]) for name in MONEY)
    priced = not any(
        isnan(price) and units > 0
        for series in n.series
        for price, units in zip(series.price, series.demand, strict=True)
    )
    sales, stock, load = tables["sales_plan"], tables["inventory_plan"], tables["resource_load"]
    demand, on_time = float(sales["demand"].sum()), float(sales["on_time"].sum())
    days = np.array([bucket.days for bucket in n.inputs.calendar.buckets])
    starts = pd.DatetimeIndex(n.inputs.calendar.starts)
    value = stock.groupby("period")["stock_value"].sum(min_count=1).reindex(starts)
    known = len(stock) > 0 and bool(stock["stock_value"].notna().to_numpy().all())
    peak = float(load["utilisation"].max()) if len(load) else float("nan")
    revenue, rebates = _clean(lines["revenue"]), _clean(lines["rebates"])
    found |= {
        "total_cost": cost,
        "revenue": revenue if priced else None,
        "rebates": rebates if priced else None,
        "profit": revenue - rebates - cost if priced else None,
        "demand_units": demand,
        "delivered_units": float(sales["delivered"].sum()),
        "on_time_units": on_time,
        "gap_units": max(0.0, demand - on_time),
        "lost_units": float(sales["lost"].sum()),
        "fill_rate": on_time / demand if demand > 0 else None,
        "average_stock_value": float((value.to_numpy() * days).sum() / days.sum()) if known else None,
        "closing_stock_value": float(value.iloc[-1]) if known else None,
        "peak_load": None if np.isnan(peak) else peak,
        "co2_t": _clean(lines["co2_t"]),
    }
    return found


def objective_of(s: Solved) -> float:
    """Return the objective of a plan without tie-breaks: profit or cost, as the settings ask, penalties included."""
    total = sum(s.of_expression(s.model.lines[name]) for name in (*MONEY, *STEERING))
    if s.network.for_profit:
        return s.of_expression(s.model.lines["revenue"]) - s.of_expression(s.model.lines["rebates"]) - total
    return total


def _clean(value: float) -> float:
    return 0.0 if abs(value) < 1e-6 else value
