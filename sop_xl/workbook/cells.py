"""From typed values to cells: what is written, how wide a column is, and the refs of formulas."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from sop_xl.schema.catalogue import Column
from sop_xl.workbook.frame import a1

_SIMPLE_HEADER = re.compile(r"^[\w %?Δ]+$")
_LONG_TEXT = ("statement", "text", "question", "comment", "description", "note", "reason", "evidence", "proposal")


def plain(column: Column, values: pd.Series) -> list[Any]:
    """Return a typed column as cell values: str, float, datetime, ``yes``/``no``, or None for an empty cell."""
    if column.numeric:
        return [None if pd.isna(v) else float(v) for v in values]
    if column.type in ("date", "period"):
        return [None if pd.isna(v) else pd.Timestamp(v).to_pydatetime() for v in values]
    if column.type == "boolean":
        return ["yes" if v else "no" for v in values]
    return [str(v) if v else None for v in values]


def write(sheet: Worksheet, row: int, column: int, value: object, form: Format) -> None:
    """Write a value by its Python type; text stays text, also where it begins with = + - @."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, form)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, form)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, column, value, form)
    else:
        sheet.write_datetime(row, column, value, form)


def width_of(column: Column) -> float:
    """Return a width in characters that suits the column's kind of content."""
    header = max((len(word) for word in column.header.split()), default=0) + 3
    if column.type in ("date", "period"):
        return max(12, header)
    if column.type == "text":
        long = column.name in _LONG_TEXT or column.name.startswith("option_")
        return 40 if long else max(20, header)
    return max(15 if column.type in ("code", "choice") else 11.5, header)


def row_reference(table: str, header: str, row: int, column: int) -> str:
    """Return the cell of a table column in the formula's own row, structured where the header allows it."""
    if _SIMPLE_HEADER.match(header):
        return f"{table}[[#This Row],[{header}]]"
    return a1(row, column, fixed_column=True)


def fill(template: str, references: Mapping[str, str]) -> str:
    """Return a formula with its ``{name}`` replaced by references."""
    return re.sub(r"\{(\w+)\}", lambda found: references[found.group(1)], template)


def runs(positions: Sequence[int]) -> list[tuple[int, int]]:
    """Return stretches of neighbouring positions as first and last."""
    found: list[tuple[int, int]] = []
    for position in sorted(positions):
        if found and position == found[-1][1] + 1:
            found[-1] = (found[-1][0], position)
        else:
            found.append((position, position))
    return found
