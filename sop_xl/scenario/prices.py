"""Drivers that change prices and costs: dated rows of the finance book, and rates without periods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from sop_xl.finance.standard import RATES, held_rates
from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.scenario import Driver
from sop_xl.scenario.scope import lanes_of, products_of
from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.schema.frames import typed

_GOODS = ("material_cost", "conversion_cost", "standard_cost")


def price_pct(inputs: PlanningInputs, driver: Driver) -> PlanningInputs:
    """Return inputs in which the price of the target's products changes, in the finance book and in demand."""
    products = products_of(inputs, driver.target)
    demand = inputs["demand"]
    reached = demand["product"].isin(products) & in_periods(inputs, demand["period"], driver)
    return inputs.with_tables(
        price_cost=scaled_rates(inputs, products, ("price",), driver),
        demand=scaled(demand, reached, ("price",), 1 + driver.value),
    )


def cost_pct(inputs: PlanningInputs, driver: Driver) -> PlanningInputs:
    """Return inputs in which costs are changed.

    A product or family: its material, conversion and standard cost. An item or supplier: purchase prices. A partner,
    resource or lane: its rates. ALL: every one of these, freight to customers and wages.
    """
    factor, target = 1 + driver.value, driver.target
    everything = target == EVERYWHERE
    materials, outsourcing = inputs["materials"], inputs["outsourcing"]
    resources, workforce = inputs["resources"], inputs["workforce"]
    items = (materials["item"] == target) | (materials["supplier"] == target) | everything
    partners = (outsourcing["partner"] == target) | everything
    used = (resources["resource"] == target) | everything
    people = (workforce["resource"] == target) | everything
    columns = (*_GOODS, "freight_cost") if everything else _GOODS
    return inputs.with_tables(
        price_cost=scaled_rates(inputs, products_of(inputs, target), columns, driver),
        materials=scaled(materials, items, ("unit_cost",), factor),
        outsourcing=scaled(outsourcing, partners, ("cost_per_unit",), factor),
        resources=scaled(resources, used, ("cost_per_hour", "overtime_cost", "subcontract_cost"), factor),
        workforce=scaled(workforce, people, ("wage", "overtime_cost"), factor),
        lanes=scaled(inputs["lanes"], lanes_of(inputs, target), ("cost",), factor),
    )


def in_periods(inputs: PlanningInputs, periods: pd.Series, driver: Driver) -> pd.Series:
    """Return which periods lie within the buckets of a driver."""
    starts = inputs.calendar.starts
    first, last = pd.Timestamp(starts[driver.first]), pd.Timestamp(starts[driver.last])
    return (periods >= first) & (periods <= last)


def scaled(frame: pd.DataFrame, reached: pd.Series, columns: Sequence[str], factor: float) -> pd.DataFrame:
    """Return a table with some columns multiplied in the rows reached."""
    changed = {name: frame[name].where(~reached, frame[name] * factor) for name in columns}
    return frame.assign(**changed)


def scaled_rates(
    inputs: PlanningInputs, products: Iterable[str], columns: Sequence[str], driver: Driver
) -> pd.DataFrame:
    """Return ``price_cost`` with columns of some products multiplied within the buckets of a driver.

    Over the whole horizon every row is multiplied. For part of it the rows of the product are written anew at each
    bucket where a rate changes: at its own dates, at the first bucket of the driver and after its last.
    """
    table = inputs["price_cost"]
    reached = table["product"].isin(set(products))
    if driver.whole:
        return scaled(table, reached, columns, 1 + driver.value)
    held = held_rates(inputs)
    held = held[held["product"].isin(set(table.loc[reached, "product"]))]
    held = scaled(held, in_periods(inputs, held["period"], driver), columns, 1 + driver.value)
    before = held.groupby("product")[list(RATES)].shift()
    same = (held[list(RATES)] == before) | (held[list(RATES)].isna() & before.isna())
    first = ~held.duplicated("product")
    steps = held[first | ~same.all(axis=1)]
    return typed("price_cost", pd.concat([table[~reached], steps], ignore_index=True))


def price_elasticity(inputs: PlanningInputs) -> pd.Series:
    """Return the elasticity of each product to our price; products without one are left out.

    The narrowest row of ``elasticities`` counts (product, family, ALL), else the product's latest price change.
    """
    changes = inputs["price_changes"].sort_values("effective", kind="stable")
    latest = changes.drop_duplicates("product", keep="last").set_index("product")["elasticity"]
    stated = _narrowest(inputs, "elasticity")
    return pd.concat([stated, latest[~latest.index.isin(stated.index)]])


def competitor_elasticity(inputs: PlanningInputs) -> pd.Series:
    """Return the elasticity of each product's demand to the competitor's price; products without one are left out."""
    return _narrowest(inputs, "competitor_elasticity")


def _narrowest(inputs: PlanningInputs, column: str) -> pd.Series:
    stated = inputs["elasticities"].set_index("product")[column].dropna()
    products = inputs["products"].set_index("product")["family"]
    found = products.index.to_series().map(stated)
    found = found.where(found.notna(), products.map(stated))
    return found.fillna(stated.get(EVERYWHERE, float("nan"))).astype(float).dropna()
