"""Typed tables: one row a key, one column a measure, every column of the schema in its order and type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from sop_xl.schema.catalogue import NUMERIC_TYPES, Column, Table, table

_EMPTY: dict[str, object] = {"date": pd.NaT, "period": pd.NaT, "boolean": False}


def dtype_of(column: Column) -> str:
    """Return the pandas type of a column: float64, datetime64[ns], bool or object (text)."""
    if column.type in NUMERIC_TYPES:
        return "float64"
    if column.type in ("date", "period"):
        return "datetime64[ns]"
    return "bool" if column.type == "boolean" else "object"


def default_of(column: Column) -> object:
    """Return the value of a cell left empty: the schema's default, or NaN, NaT, False or ''."""
    if column.type in NUMERIC_TYPES:
        return float("nan") if column.default is None else float(column.default)
    if column.type == "boolean":
        return column.default == "yes"
    if column.type in _EMPTY:
        return _EMPTY[column.type]
    return "" if column.default is None else str(column.default)


def typed(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with every column of a schema table, missing ones and gaps filled with defaults.

    Columns the schema does not know are an error of the caller.

    Raises:
        KeyError: where a column is not in the schema.
    """
    shape = table(name)
    unknown = set(frame.columns) - set(shape.column_names)
    if unknown:
        raise KeyError(f"{name} has no column {sorted(unknown)}")
    return pd.DataFrame({c.name: _typed_column(c, frame) for c in shape.columns}, index=range(len(frame)))


def _typed_column(column: Column, frame: pd.DataFrame) -> pd.Series:
    default = default_of(column)
    if column.name not in frame.columns:
        return pd.Series([default] * len(frame), index=range(len(frame)), dtype=dtype_of(column))
    values = frame[column.name].reset_index(drop=True)
    kind = dtype_of(column)
    if kind == "object":
        return values.where(values.notna(), default).astype(str).astype(object)
    if kind == "datetime64[ns]":
        return pd.to_datetime(values).astype("datetime64[ns]")
    if kind == "bool":
        return values.where(values.notna(), default).astype(bool)
    numbers = values.astype("float64")
    return numbers if column.default is None else numbers.fillna(default)


def rows(name: str, records: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """Return a typed table from rows given as mappings; left-out columns take their defaults."""
    listed = list(records)
    if not listed:
        return empty(name)
    return typed(name, pd.DataFrame.from_records(listed))


def empty(name: str) -> pd.DataFrame:
    """Return a table without rows, with every column of the schema in its type."""
    return typed(name, pd.DataFrame(index=range(0)))


def column_types(shape: Table) -> dict[str, str]:
    """Return the pandas type of every column of a table."""
    return {column.name: dtype_of(column) for column in shape.columns}
