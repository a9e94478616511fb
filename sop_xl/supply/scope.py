"""Rows written for a product, a family or ALL, spread over products; the most specific row wins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from sop_xl.model.plan import PlanningInputs
from sop_xl.schema.catalogue import EVERYWHERE

PRODUCT, FAMILY, ALL = 0, 1, 2
"""How specific a row is: it names the product, its family, or every product."""


def family_of(inputs: PlanningInputs) -> dict[str, str]:
    """Return the family of every product of the master."""
    products = inputs["products"]
    return dict(zip(products["product"], products["family"], strict=True))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as mappings."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def spread(inputs: PlanningInputs, table: str, keys: Iterable[str]) -> pd.DataFrame:
    """Return an input table with one row a product: a row for a family stands for each of its products.

    Among rows that agree in product and ``keys`` the one that names the product wins over the one that names its
    family, and that over ALL. Two columns are added: ``given``, the code as written, and ``row``, the position of the
    row in the table, by which products that share a row (and its limit) are told.
    """
    frame = inputs[table]
    families = family_of(inputs)
    members: dict[str, list[str]] = {}
    for product in sorted(families):
        members.setdefault(families[product], []).append(product)
    found: list[tuple[int, str, int]] = []
    for row, code in enumerate(frame["product"]):
        if code in families:
            found.append((PRODUCT, code, row))
        elif code == EVERYWHERE:
            found += [(ALL, product, row) for product in sorted(families)]
        else:
            found += [(FAMILY, product, row) for product in members.get(code, ())]
    rows = [row for _, _, row in found]
    full = frame.iloc[rows].reset_index(drop=True)
    full = full.assign(
        given=full["product"],
        product=[product for _, product, _ in found],
        row=rows,
        rank=[rank for rank, _, _ in found],
    )
    full = full.sort_values(["rank", "row"], kind="stable").drop_duplicates(["product", *keys])
    return full.sort_values(["product", "row"], kind="stable").drop(columns="rank").reset_index(drop=True)
