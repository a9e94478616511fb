"""The cells around a place in a workbook someone sent, as they stand in the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from openpyxl.utils.cell import column_index_from_string, get_column_letter

from server.processes import Report, Result
from sop_xl.model.issue import Issue
from sop_xl.schema.raw import CellError
from sop_xl.workbook.guard import inspect
from sop_xl.workbook.opened import OpenBook, open_values
from sop_xl.workbook.package import Malformed, sheets

_ROWS, _COLUMNS, _MOST_LEFT = 4, 4, 3
_ADDRESS = re.compile(r"^([A-Z]{1,3})([1-9][0-9]{0,6})$")


def excerpt(*, report: Report, blobs: Mapping[str, bytes], sheet: str, cell: str) -> Result:
    """Return the rows and columns around a cell: ``letters``, ``rows`` of number and texts, and where the cell is.

    The first columns of the sheet and its row of headers come along, so that one sees what the row is about. Without
    rows in the result the place is not in the file.
    """
    address = _ADDRESS.match(cell.upper())
    package, issues = inspect(blobs["file"], "")
    if address is None or package is None:
        return Result({"rows": []}, {})
    found_issues: list[Issue] = list(issues)
    try:
        found = sheets(package)
        book = OpenBook(package, "", found, open_values(package.data), found_issues)
        rows = book.rows(sheet) if any(known.name == sheet for known in found) else None
    except Malformed:
        rows = None
    if not rows:
        return Result({"rows": []}, {})
    column, row = column_index_from_string(address[1]) - 1, int(address[2]) - 1
    shown_rows = [number for number in range(row - _ROWS, row + _ROWS + 1) if number in rows]
    header = _header_row(rows, row)
    if header is not None and header not in shown_rows:
        shown_rows.insert(0, header)
    width = max((len(rows[number]) for number in shown_rows), default=0)
    columns = sorted({*range(min(_MOST_LEFT, width)), *range(column - _COLUMNS, column + _COLUMNS + 1)})
    columns = [number for number in columns if 0 <= number < max(width, column + 1)]
    return Result(
        {
            "sheet": sheet,
            "cell": cell.upper(),
            "letters": [get_column_letter(number + 1) for number in columns],
            "rows": [
                {
                    "number": number + 1,
                    "header": number == header,
                    "cells": [_cell(rows[number], each, number == row and each == column) for each in columns],
                }
                for number in shown_rows
            ],
        },
        {},
    )


def _header_row(rows: Mapping[int, list[object]], row: int) -> int | None:
    """The nearest row above that is filled with words."""
    for number in range(row - 1, -1, -1):
        given = [value for value in rows.get(number, []) if value not in (None, "")]
        if len(given) >= 3 and all(isinstance(value, str) for value in given):
            return number
    return None


def _cell(values: list[object], column: int, here: bool) -> dict[str, Any]:
    value = values[column] if column < len(values) else None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"text": _text(value), "number": number, "here": here}


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, CellError):
        return value.code
    if isinstance(value, float):
        return f"{value:,.10g}"
    text = str(value).removesuffix(" 00:00:00")
    return text if len(text) <= 60 else f"{text[:59]}…"
