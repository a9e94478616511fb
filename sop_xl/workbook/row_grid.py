"""Where a table stands on its sheet, and its rows as cell values: what all writers of a table share."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from sop_xl.schema.catalogue import Column, Table
from sop_xl.workbook import cells
from sop_xl.workbook.frame import FIRST_COLUMN, a1
from sop_xl.workbook.lists import DropDowns
from sop_xl.workbook.rules import CHECKS, DERIVED, Row
from sop_xl.workbook.style import MONTH, Formats, number_format

NO_DUPLICATES_FROM, NO_CHECK_FROM = 500, 3000
"""Row checks cost time while typing: long tables are left to the checks of the server."""

UNIT_BY_ROW = frozenset({"dashboard", "kpis"})
NO_TOTALS = frozenset({"products", "inventory_policy", "materials", "outsourcing"})
"""Tables whose sums over rows say nothing to a reader, whatever adds up in the plan."""

BRIDGE = "bridge"


@dataclass(frozen=True, slots=True)
class Book:
    """What every writer of a sheet needs to know about the book."""

    formats: Formats
    drops: DropDowns
    currency: str
    monthly: bool
    spare_rows: int
    highlight_pct: float = 0.2
    protected: bool = True


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a table was written and how many of its rows are filled and in order."""

    table: str
    sheet: str
    excel_name: str
    header_row: int
    last_row: int
    columns: int
    filled: int
    in_order: int | None
    key_range: str


def issued(shape: Table) -> bool:
    """True where the rows are given by the issuer and people only answer: keys are locked, no spare rows.

    Tables that every book has grow in every book, whatever is calculated beside their rows.
    """
    return shape.book != "every" and any(column.role == "calculation" for column in shape.columns)


def row_count(shape: Table, frame: pd.DataFrame | None, spare: int) -> int:
    """Return the rows of the table on the sheet, spare ones included."""
    count = 0 if frame is None else len(frame)
    if shape.max_rows is not None:
        return max(shape.max_rows, count)
    fixed = issued(shape) or shape.role == "output"
    return max(count, 1) if fixed else count + max(spare, 1)


class TableGrid:
    """Positions, formats and values of one table while it is written."""

    def __init__(self, sheet: Worksheet, book: Book, shape: Table, frame: pd.DataFrame, header_row: int) -> None:
        self.sheet, self.book, self.shape, self.frame = sheet, book, shape, frame
        self.derived = {d.header: d for d in DERIVED.get(shape.name, ())}
        self.helpers = [d for d in self.derived.values() if d.header not in {c.header for c in shape.columns}]
        self.rows = row_count(shape, frame, book.spare_rows)
        self.header_row, self.first = header_row, header_row + 1
        self.last = header_row + self.rows
        self.checked = (
            shape.role == "input" and self.rows <= NO_CHECK_FROM and (not issued(shape) or bool(CHECKS.get(shape.name)))
        )
        self.at = {c.name: FIRST_COLUMN + i for i, c in enumerate(shape.columns)}
        self.helper_at = {d.header: FIRST_COLUMN + len(shape.columns) + i for i, d in enumerate(self.helpers)}
        self.check_at = FIRST_COLUMN + len(shape.columns) + len(self.helpers)
        self.width = len(shape.columns) + len(self.helpers) + int(self.checked)
        self.values = {c.name: cells.plain(c, frame[c.name]) for c in shape.columns}

    def row(self, position: int) -> Row:
        if position >= len(self.frame):
            return dict.fromkeys(self.values)
        return {name: values[position] for name, values in self.values.items()}

    def style(self, column: Column) -> str:
        if column.role == "calculation" or self.shape.role == "output":
            return "calc_wrap" if column.type == "text" else "calc"
        if issued(self.shape) and column.name in self.shape.keys:
            return "strong"
        return "input_wrap" if cells.width_of(column) >= 40 else "input"

    def format_of(self, column: Column) -> str:
        if column.type == "period":
            return MONTH if self.book.monthly else number_format(column)
        return number_format(column)

    def references(self, row: int) -> dict[str, str]:
        name = self.shape.excel_name
        return {c.name: cells.row_reference(name, c.header, row, self.at[c.name]) for c in self.shape.columns}


def span(grid: TableGrid, column: int) -> str:
    first, last = (a1(row, column, fixed_row=True, fixed_column=True) for row in (grid.first, grid.last))
    return f"{first}:{last}"
