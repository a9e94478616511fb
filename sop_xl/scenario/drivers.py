"""A scenario applied: new inputs in which its drivers have happened; the inputs it starts from stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from sop_xl.model.calendar import add_months
from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.capacity import capacity_pct, lane_closed, lead_time_delay, resource_down, supplier_out
from sop_xl.scenario.options import pull
from sop_xl.scenario.policies import safety_stock_pct, shelf_life_pct, workforce_pct, yield_pct
from sop_xl.scenario.prices import competitor_elasticity, cost_pct, in_periods, price_elasticity, price_pct
from sop_xl.scenario.scenario import Driver, Option
from sop_xl.scenario.scope import products_of
from sop_xl.scenario.signals import signal_pct, signal_value
from sop_xl.schema.catalogue import EVERYWHERE

LAYERS = ("baseline", "sensing", "promotion", "price_effect", "pipeline", "launch", "account", "judgement")


def apply(inputs: PlanningInputs, drivers: Iterable[Driver | Option]) -> PlanningInputs:
    """Return new inputs in which the drivers have happened, in their order; the inputs given are not changed.

    Prices, costs, capacity, suppliers, lanes, lead times and launch days are changed in their tables, and options are
    pulled. Demand is not changed: make the consensus anew from the inputs returned (a launch moves, a price changes),
    then hand it to :func:`adjust_demand` with the same drivers.
    """
    for driver in drivers:
        inputs = pull(inputs, driver) if isinstance(driver, Option) else _EFFECTS[driver.driver](inputs, driver)
    return inputs


def adjust_demand(consensus: pd.DataFrame, inputs: PlanningInputs, drivers: Iterable[Driver | Option]) -> pd.DataFrame:
    """Return consensus demand as the drivers make it.

    *demand_pct* multiplies every layer within its target and buckets. *price_pct* adds
    consensus × ((1 + change) ^ elasticity − 1) to the layer ``price_effect``, *competitor_price_pct* the same with the
    competitor's change and elasticity (see :mod:`sop_xl.scenario.prices`); a product without one does not react.
    Layers still add up to the consensus, and revenue is consensus × price.

    Args:
        consensus: schema table ``consensus_demand``, made from the inputs that :func:`apply` returned.
        inputs: for products, families, channels and elasticities.
        drivers: those of the scenario.
    """
    table = consensus
    reactions = {
        "price_pct": table["product"].map(price_elasticity(inputs)).fillna(0.0),
        "competitor_price_pct": table["product"].map(competitor_elasticity(inputs)).fillna(0.0),
    }
    for driver in drivers:
        if isinstance(driver, Option):
            continue
        inside = in_periods(inputs, table["period"], driver)
        if driver.driver == "demand_pct":
            factor = (1 + driver.value * (inside & _in_scope(inputs, table, driver.target))).clip(lower=0)
            table = table.assign(**{name: table[name] * factor for name in (*LAYERS, "consensus")})
        elif driver.driver in reactions and driver.value > -1:
            inside &= table["product"].isin(products_of(inputs, driver.target))
            change = table["consensus"] * ((1 + driver.value) ** reactions[driver.driver] - 1) * inside
            table = table.assign(price_effect=table["price_effect"] + change, consensus=table["consensus"] + change)
    return table.assign(revenue=table["consensus"] * table["price"])


def _in_scope(inputs: PlanningInputs, table: pd.DataFrame, target: str) -> pd.Series:
    if target == EVERYWHERE:
        return pd.Series(True, index=table.index)
    named = (table["channel"] == target) | (table["location"] == target)
    return named | table["product"].isin(products_of(inputs, target))


def _launch_delay(inputs: PlanningInputs, driver: Driver) -> PlanningInputs:
    late = products_of(inputs, driver.target)
    changed = {}
    for name in ("launches", "products"):
        table = inputs[name]
        new = table["product"].isin(late & set(inputs["launches"]["product"])) & table["launch"].notna()
        moved = [
            pd.Timestamp(add_months(day.date(), round(driver.value))) if hit else day
            for day, hit in zip(table["launch"], new, strict=True)
        ]
        changed[name] = table.assign(launch=pd.Series(moved, index=table.index, dtype="datetime64[ns]"))
    return inputs.with_tables(**changed)


def _demand_only(inputs: PlanningInputs, driver: Driver) -> PlanningInputs:
    return inputs


_EFFECTS: dict[str, Callable[[PlanningInputs, Driver], PlanningInputs]] = {
    "demand_pct": _demand_only,
    "competitor_price_pct": _demand_only,
    "price_pct": price_pct,
    "cost_pct": cost_pct,
    "capacity_pct": capacity_pct,
    "resource_down": resource_down,
    "supplier_out": supplier_out,
    "lane_closed": lane_closed,
    "launch_delay": _launch_delay,
    "lead_time_delay": lead_time_delay,
    "workforce_pct": workforce_pct,
    "yield_pct": yield_pct,
    "safety_stock_pct": safety_stock_pct,
    "shelf_life_pct": shelf_life_pct,
    "signal_pct": signal_pct,
    "signal_value": signal_value,
}
