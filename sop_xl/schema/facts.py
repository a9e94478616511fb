"""Facts, the long form at every seam: submission, storage, difference, consolidation.

A fact is one value of one measure: ``table, measure, product, location, channel, period, item, value, text``.
``product`` also holds families (both are nodes of the product hierarchy); ``item`` holds the keys that are none of the
four dimensions, joined by ``|`` (a bar or backslash within a key is escaped by a backslash). Numbers, dates and
booleans stand in ``value`` or ``text`` so that ``typed -> facts -> typed`` loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sop_xl.schema import frames
from sop_xl.schema.catalogue import Column, Table, table

FACT_COLUMNS = ("table", "measure", "product", "location", "channel", "period", "item", "value", "text")
_DIMENSIONS = ("product", "location", "channel", "period")


def _dimension(shape: Table, key: str) -> str:
    if key in ("product", "location", "channel"):
        return key
    if key == "family" and "product" not in shape.keys:
        return "product"
    column = shape.column(key)
    first_day = next((k for k in shape.keys if shape.column(k).type in ("period", "date")), "")
    return "period" if column.type in ("period", "date") and key == first_day else "item"


def _item_keys(shape: Table) -> list[str]:
    return [key for key in shape.keys if _dimension(shape, key) == "item"]


def _escape(value: object) -> str:
    text = value.date().isoformat() if isinstance(value, pd.Timestamp) else "" if value is pd.NaT else str(value)
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _split(text: str) -> list[str]:
    parts, current, escaped = [], "", False
    for sign in text:
        if escaped:
            current, escaped = current + sign, False
        elif sign == "\\":
            escaped = True
        elif sign == "|":
            parts.append(current)
            current = ""
        else:
            current += sign
    return [*parts, current]


def to_facts(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return typed tables as facts, in the order of the tables, their measures and their rows.

    A row whose every value is empty keeps one fact of its first value column, so that no key is lost.
    """
    parts = [_table_facts(table(name), frame) for name, frame in tables.items() if len(frame)]
    if not parts:
        return pd.DataFrame({c: pd.Series(dtype="float64" if c == "value" else "object") for c in FACT_COLUMNS})
    return pd.concat(parts, ignore_index=True)


def _table_facts(shape: Table, frame: pd.DataFrame) -> pd.DataFrame:
    keys = pd.DataFrame(index=frame.index)
    for dimension in _DIMENSIONS:
        key = next((k for k in shape.keys if _dimension(shape, k) == dimension), None)
        keys[dimension] = frame[key] if key else (pd.NaT if dimension == "period" else "")
    items = _item_keys(shape)
    keys["item"] = ["|".join(map(_escape, row)) for row in frame[items].itertuples(index=False)] if items else ""
    values = [column for column in shape.columns if column.name not in shape.keys]
    parts = []
    said = pd.Series(False, index=frame.index)
    for column in values:
        number, text = _as_value(column, frame[column.name])
        given = number.notna() | (text != "")
        said |= given
        parts.append(_facts(shape, column.name, keys, number, text)[given.to_numpy()])
    if not values or not said.all():
        silent = keys[~said.to_numpy()]
        blank = pd.Series(float("nan"), index=silent.index)
        name = values[0].name if values else ""
        parts.append(_facts(shape, name, silent, blank, pd.Series("", index=silent.index)))
    return pd.concat(parts, ignore_index=True)


def _facts(shape: Table, measure: str, keys: pd.DataFrame, number: pd.Series, text: pd.Series) -> pd.DataFrame:
    facts = keys.assign(table=shape.name, measure=measure, value=number, text=text)
    return facts[list(FACT_COLUMNS)]


def _as_value(column: Column, values: pd.Series) -> tuple[pd.Series, pd.Series]:
    nothing, blank = pd.Series(float("nan"), index=values.index), pd.Series("", index=values.index)
    if column.numeric:
        return values, blank
    if column.type == "boolean":
        return values.astype("float64"), blank
    if column.type in ("date", "period"):
        return nothing, values.dt.strftime("%Y-%m-%d").fillna("")
    return nothing, values


def from_facts(facts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return typed tables from facts, rows in the order of their keys.

    What no fact says is empty, not the default: a default was a fact.
    """
    return {str(name): _typed_table(table(str(name)), part) for name, part in facts.groupby("table", sort=False)}


def _typed_table(shape: Table, facts: pd.DataFrame) -> pd.DataFrame:
    facts = facts.assign(
        _row=facts.groupby(["product", "location", "channel", "period", "item"], dropna=False, sort=False).ngroup()
    )
    first = facts.drop_duplicates("_row").set_index("_row")
    columns: dict[str, pd.Series] = {}
    items = _item_keys(shape)
    split = [_split(text) for text in first["item"]]
    for key in shape.keys:
        dimension = _dimension(shape, key)
        values = (
            first[dimension]
            if dimension != "item"
            else pd.Series([s[items.index(key)] for s in split], index=first.index)
        )
        columns[key] = _of_type(shape.column(key), values, values)
    for measure, part in facts.groupby("measure", sort=False):
        if measure:
            column = shape.column(str(measure))
            part = part.set_index("_row").reindex(first.index)
            columns[str(measure)] = _of_type(column, part["value"], part["text"].fillna(""))
    data = {
        c.name: columns.get(c.name, pd.Series(_nothing(c), index=first.index)).astype(frames.dtype_of(c))
        for c in shape.columns
    }
    return pd.DataFrame(data).sort_values(list(shape.keys), kind="stable", ignore_index=True)


def _nothing(column: Column) -> object:
    kind = frames.dtype_of(column)
    return {"float64": float("nan"), "datetime64[ns]": pd.NaT, "bool": False}.get(kind, "")


def _of_type(column: Column, number: pd.Series, text: pd.Series) -> pd.Series:
    if column.numeric:
        return pd.to_numeric(number)
    if column.type == "boolean":
        return number.fillna(0).astype(bool)
    if column.type in ("date", "period"):
        return pd.to_datetime(text.where(text != "", pd.NaT) if text.dtype == object else text)
    return text
