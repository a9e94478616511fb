"""Standard rates of a unit per product and bucket: price, rebate, material, conversion, freight, stock value, CO2."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

import numpy as np
import pandas as pd

from sop_xl.model.issue import InputErrors, Issue, Severity
from sop_xl.model.plan import PlanningInputs
from sop_xl.schema.catalogue import table
from sop_xl.supply.scope import spread

RATES = (
    "price",
    "rebate_pct",
    "material_cost",
    "conversion_cost",
    "freight_cost",
    "standard_cost",
    "co2_per_unit",
)


def bucket_starts(inputs: PlanningInputs) -> pd.DatetimeIndex:
    """Return the first days of the buckets, as the ``period`` columns hold them."""
    return pd.DatetimeIndex(pd.to_datetime(list(inputs.calendar.starts))).as_unit("ns")


def period_lengths(inputs: PlanningInputs) -> pd.Series:
    """Return the length of every bucket in the unit of the rates (months, or 1), indexed by its first day."""
    lengths = [inputs.period_length(position) for position in range(len(inputs.calendar))]
    return pd.Series(lengths, index=bucket_starts(inputs))


def standard_rates(inputs: PlanningInputs) -> pd.DataFrame:
    """Return the rates of every product in every bucket: a dated row of the finance book holds until the next one.

    Grain: product × bucket; columns ``product, period`` and those of ``RATES``; money per unit, kg for CO2.
    A product with a bill of materials and no material cost of its own takes the cost of its items at the cheapest
    supplier, rolled up over all levels. ``standard_cost`` left out is material + conversion. Before its first dated
    row a product has the rates of that row. A product without any row has NaN everywhere.

    Raises:
        InputErrors: where the bill of materials runs in a circle.
    """
    held = held_rates(inputs)
    material = _with_bills(inputs, held)
    standard = held["standard_cost"].fillna(material + held["conversion_cost"])
    return held.assign(material_cost=material, standard_cost=standard)


def held_rates(inputs: PlanningInputs) -> pd.DataFrame:
    """Return the rates of the finance book held from their dates on, product × bucket, nothing derived.

    Bills of materials and left-out standard costs are not worked in: see :func:`standard_rates`.
    """
    given = inputs["price_cost"]
    codes = sorted(set(inputs["products"]["product"]) | set(given["product"]))
    starts = bucket_starts(inputs)
    grid = pd.DataFrame({"period": np.tile(starts, len(codes)), "product": np.repeat(codes, len(starts))})
    grid = grid.astype({"product": object})
    rows = given[["product", "period", *RATES]].sort_values("period", na_position="first", kind="stable")
    first = ~rows.duplicated("product")
    rows = rows.assign(period=rows["period"].mask(first, pd.Timestamp.min.ceil("D")).astype("datetime64[ns]"))
    rows = rows.sort_values("period", kind="stable")
    ordered = grid.sort_values("period", kind="stable")
    held = pd.merge_asof(ordered, rows, on="period", by="product", direction="backward")
    return held.sort_values(["product", "period"]).reset_index(drop=True)[["product", "period", *RATES]]


def expand_products(inputs: PlanningInputs, table: str, keys: Iterable[str]) -> pd.DataFrame:
    """Return an input table with one row a product where its ``product`` may be a family or ALL.

    The most specific row wins among those that agree in ``keys``, see :func:`sop_xl.supply.scope.spread`.
    """
    found = spread(inputs, table, keys)[[*inputs[table].columns]]
    return found.astype({"product": object})


def bill_of_materials(inputs: PlanningInputs) -> pd.DataFrame:
    """Return the bill of materials with one row a product and item (families spread over their products)."""
    return expand_products(inputs, "bom", ("item",))


def item_costs(inputs: PlanningInputs) -> pd.Series:
    """Return the standard cost of every bought item, that of its cheapest supplier, indexed by item."""
    return inputs["materials"].groupby("item")["unit_cost"].min()


def _with_bills(inputs: PlanningInputs, held: pd.DataFrame) -> pd.Series:
    """Material cost per row of ``held``, that of bills worked in; rows are products in blocks of all buckets."""
    position = {str(code): row for row, code in enumerate(held["product"].iloc[:: len(inputs.calendar)])}
    material, conversion = (
        held[name].to_numpy(dtype=float).reshape(len(position), -1).copy()
        for name in ("material_cost", "conversion_cost")
    )
    bills = bill_of_materials(inputs)
    bought: dict[str, float] = item_costs(inputs).to_dict()
    parts: dict[str, list[tuple[str, float]]] = {}
    for product, item, quantity in zip(bills["product"], bills["item"], bills["quantity"], strict=True):
        parts.setdefault(product, []).append((item, quantity))
    for product in bill_order(bills):
        row = position.get(product)
        if row is None or np.any(material[row] > 0):
            continue
        total = np.zeros(material.shape[1])
        for item, quantity in parts[product]:
            if item in bought:
                total += quantity * bought[item]
            elif item in position:
                total += quantity * (material[position[item]] + conversion[position[item]])
        material[row] = total
    return pd.Series(material.ravel(), index=held.index, name="material_cost")


def bill_order(bills: pd.DataFrame) -> list[str]:
    """Return the products with a bill, parts before what they go into.

    Raises:
        InputErrors: where a product needs itself.
    """
    parts: dict[str, list[str]] = {}
    for product, item in zip(bills["product"], bills["item"], strict=True):
        parts.setdefault(product, []).append(item)
    try:
        return [code for code in TopologicalSorter(parts).static_order() if code in parts]
    except CycleError as problem:
        codes = [str(code) for code in problem.args[1]]
        issue = Issue(
            Severity.ERROR,
            f"The bill of materials runs in a circle: {' > '.join(codes)}.",
            f"Delete the row of product {codes[-1]} with item {codes[-2]}, or another one of the circle.",
            sheet=table("bom").sheet,
            table="bom",
        )
        raise InputErrors([issue]) from None
