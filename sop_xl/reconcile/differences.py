"""What differs between two versions of a plan, cell by cell: in units and money, by family, function and measure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sop_xl.model.plan import Tables
from sop_xl.reconcile.changes import keyed, plain
from sop_xl.schema.catalogue import Column, Table, table, tables
from sop_xl.schema.frames import empty

CELL_COLUMNS = (
    *("table", "function", "key", "family", "product", "period", "measure", "header", "unit", "what"),
    *("before", "after", "change", "money"),
)
PLAN = "plan"
"""The function of the tables the plan itself is made of."""
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs between two versions.

    Attributes:
        cells: a row a cell that differs, see ``CELL_COLUMNS``; ``change`` and ``money`` are NaN where it is no number.
        by_measure: a row a table, measure and family: cells, change and money.
    """

    cells: pd.DataFrame
    by_measure: pd.DataFrame


def differences(before: Tables, after: Tables) -> Differences:
    """Return what differs between two sets of tables of the same schema.

    Grain: a cell. Key columns and rows are told by key; a row that only one side has is one cell a number it holds.
    In tables of a function only columns that people fill count; in tables of the plan all numbers do.

    - change = after − before, a missing row counting as empty, an empty number as 0 in sums only;
    - money = change × last price of the product for units, the change itself for money that adds up over time,
      else NaN. Money of different measures must not be added up: demand and deliveries are the same units twice.

    Args:
        before: tables by schema name, of the version compared with.
        after: the same of the version looked at.
    """
    parts = [part for name in tables() if name in before or name in after for part in _table_cells(name, before, after)]
    cells = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(CELL_COLUMNS))
    if parts:
        cells["family"] = _families(cells, before, after)
        cells["money"] = _money(cells, before, after)
        cells = cells[list(CELL_COLUMNS)]
    groups = cells.groupby(["table", "function", "measure", "header", "unit", "family"], as_index=False, sort=False)
    by_measure = groups.agg(cells=("key", "size"), change=("change", "sum"), money=("money", "sum"))
    return Differences(cells, by_measure)


def _compared(shape: Table) -> tuple[Column, ...]:
    if shape.book == PLAN:
        return shape.measures
    return tuple(column for column in shape.inputs if column.name not in shape.keys)


def _table_cells(name: str, before: Tables, after: Tables) -> Iterator[pd.DataFrame]:
    shape = table(name)
    if shape.layout == "page":
        return
    old, new = keyed(shape, _of(before, name)), keyed(shape, _of(after, name))
    at = old.index.get_indexer(new.index)
    common, added = np.flatnonzero(at >= 0), np.flatnonzero(at < 0)
    removed = np.flatnonzero(~old.index.isin(new.index))
    for column in _compared(shape):
        one, other = old[column.name].to_numpy(), new[column.name].to_numpy()
        differs = common[~_equal(column, one[at[common]], other[common])]
        sides = (
            ("changed", new.iloc[differs], one[at[differs]], other[differs]),
            ("added", new.iloc[added], None, other[added]),
            ("removed", old.iloc[removed], one[removed], None),
        )
        for what, rows, was, becomes in sides:
            found = _cells(shape, column, what, rows, was, becomes)
            if len(found):
                yield found


def _of(given: Tables, name: str) -> pd.DataFrame:
    return given[name] if name in given else empty(name)


def _equal(column: Column, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    if column.numeric:
        return np.isclose(one.astype(float), other.astype(float), rtol=_SAME, atol=_SAME, equal_nan=True)
    return (one == other) | (pd.isna(one) & pd.isna(other))


def _cells(
    shape: Table, column: Column, what: str, rows: pd.DataFrame, was: np.ndarray | None, becomes: np.ndarray | None
) -> pd.DataFrame:
    """Cells of one column; of rows that one side alone has, those that hold something."""
    if was is None or becomes is None:
        given = was if becomes is None else becomes
        assert given is not None
        filled = ~pd.isna(given) & (given != 0 if column.numeric else given.astype(object) != "")
        rows, given = rows[filled], given[filled]
        nothing = np.full(len(given), None, dtype=object)
        was, becomes = (nothing, given) if was is None else (given, nothing)
    change = np.full(len(rows), np.nan)
    if column.numeric:
        first, second = (np.nan_to_num(np.asarray(side, dtype=float)) for side in (was, becomes))
        change = second - first
    return pd.DataFrame(
        {
            "table": shape.name,
            "function": shape.book,
            "key": rows.index.to_numpy(),
            "family": rows["family"].to_numpy() if "family" in rows.columns else "",
            "product": rows["product"].to_numpy() if "product" in rows.columns else "",
            "period": rows["period"].to_numpy() if "period" in rows.columns else np.datetime64("NaT", "ns"),
            "measure": column.name,
            "header": column.header,
            "unit": "money" if column.type == "money" else column.unit,
            "summed": column.over_time == "sum",
            "what": what,
            "before": _plain_array(column, was),
            "after": _plain_array(column, becomes),
            "change": change,
        }
    )


def _plain_array(column: Column, values: np.ndarray) -> np.ndarray:
    if column.numeric:
        numbers = np.asarray(values, dtype=float)
        told = numbers.astype(object)
        told[np.isnan(numbers)] = None
        return told
    return np.array([None if value is None else plain(value) for value in pd.Series(values)], dtype=object)


def _families(cells: pd.DataFrame, before: Tables, after: Tables) -> pd.Series:
    family_of: dict[str, str] = {}
    for given in (before, after):
        if "products" in given:
            family_of |= dict(zip(given["products"]["product"], given["products"]["family"], strict=True))
    own = cells["family"].fillna("")
    return own.where(own != "", cells["product"].map(family_of).fillna(""))


def _money(cells: pd.DataFrame, before: Tables, after: Tables) -> pd.Series:
    price: dict[str, float] = {}
    for given in (before, after):
        if "price_cost" in given:
            priced = given["price_cost"].dropna(subset=["price"])
            priced = priced.sort_values("period", na_position="first", kind="stable")
            price |= dict(zip(priced["product"], priced["price"].astype(float), strict=True))
    worth = cells["change"] * cells["product"].map(price)
    worth = worth.where(cells["unit"] == "units")
    return worth.where(~((cells["unit"] == "money") & cells["summed"]), cells["change"])
