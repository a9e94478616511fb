"""A table with a row a key: a real Excel Table with units, totals, drop-downs, helper columns and row checks."""

from __future__ import annotations

from typing import Any

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from sop_xl.schema.catalogue import Column, Table
from sop_xl.schema.frames import empty
from sop_xl.workbook import cells
from sop_xl.workbook.frame import FIRST_COLUMN, a1
from sop_xl.workbook.lists import rule
from sop_xl.workbook.row_checks import write_checks
from sop_xl.workbook.row_extras import write_heights, write_highlights, write_units_and_totals
from sop_xl.workbook.row_grid import (
    UNIT_BY_ROW,
    Book,
    Placed,
    TableGrid,
)
from sop_xl.workbook.rules import CHECK, Derived
from sop_xl.workbook.style import unit_format, unit_text


def write_table(
    sheet: Worksheet, sheet_name: str, book: Book, shape: Table, frame: pd.DataFrame | None, header_row: int
) -> Placed:
    """Write a table with its header at ``header_row``; the two rows above carry units and totals."""
    frame = empty(shape.name) if frame is None else frame
    grid = TableGrid(sheet, book, shape, frame, header_row)
    _add_excel_table(grid)
    for column in shape.columns:
        derived = grid.derived.get(column.header)
        if derived:
            _write_derived(grid, derived, grid.at[column.name], "calc")
        else:
            _write_column(grid, column)
    for helper in grid.helpers:
        _write_derived(grid, helper, grid.helper_at[helper.header], "calc")
    in_order = write_checks(grid) if grid.checked else None
    write_units_and_totals(grid)
    write_heights(grid)
    write_highlights(grid)
    key = shape.keys[0]
    return Placed(
        shape.name,
        sheet_name,
        shape.excel_name,
        header_row,
        grid.last,
        grid.width,
        len(frame),
        in_order,
        f"{a1(grid.first, grid.at[key], fixed_row=True, fixed_column=True)}:"
        f"{a1(grid.last, grid.at[key], fixed_row=True, fixed_column=True)}",
    )


def _add_excel_table(grid: TableGrid) -> None:
    book, shape = grid.book, grid.shape
    columns: list[dict[str, Any]] = []
    for column in shape.columns:
        head = "header_calc" if column.role == "calculation" else "header"
        form = book.formats(head if column.numeric or head == "header_calc" else "header_text")
        columns.append({"header": column.header, "header_format": form})
    for derived in grid.helpers:
        columns.append({"header": derived.header, "header_format": book.formats("header_calc")})
    if grid.checked:
        columns.append({"header": CHECK, "header_format": book.formats("header_calc")})
    last_column = FIRST_COLUMN + grid.width - 1
    options: dict[str, Any] = {"name": shape.excel_name, "columns": columns, "style": None, "autofilter": True}
    grid.sheet.add_table(grid.header_row, FIRST_COLUMN, grid.last, last_column, options)
    grid.sheet.set_row(grid.header_row, 30)
    tips = [(c.header, _tip(c, book.currency)) for c in shape.columns]
    tips += [(d.header, d.description) for d in grid.helpers]
    for position, (header, text) in enumerate(tips):
        if text:
            tip = {"validate": "any", "input_title": header[:32], "input_message": text[:255]}
            at = FIRST_COLUMN + position
            grid.sheet.data_validation(grid.header_row, at, grid.header_row, at, tip)


def _tip(column: Column, currency: str) -> str:
    unit = unit_text(column, currency)
    needed = " Required." if column.required else ""
    default = f" Left empty: {column.default}." if column.default not in (None, "") else ""
    return f"{column.description}{f' [{unit}]' if unit else ''}{needed}{default}"


def _write_column(grid: TableGrid, column: Column) -> None:
    at, style, number = grid.at[column.name], grid.style(column), grid.format_of(column)
    left = {} if column.numeric else {"align": "left", "indent": 1}
    form = grid.book.formats(style, number, **left)
    by_row = grid.shape.name in UNIT_BY_ROW and column.type == "number"
    units = grid.values.get("unit", []) if by_row else []
    sheet, values = grid.sheet, grid.values[column.name]
    for offset in range(grid.rows):
        value = values[offset] if offset < len(values) else None
        if by_row:
            unit = units[offset] if offset < len(units) else ""
            name = grid.values[grid.shape.keys[0]][offset] if offset < len(units) else ""
            form = grid.book.formats(style, unit_format(str(unit or ""), str(name)))
        cells.write(sheet, grid.first + offset, at, value, form)
    if style.startswith("input"):
        validation = rule(column, grid.book.drops.source(column), grid.shape)
        if validation:
            sheet.data_validation(grid.first, at, grid.last, at, validation)


def _write_derived(grid: TableGrid, derived: Derived, at: int, style: str) -> None:
    form = grid.book.formats(style, derived.num_format)
    for offset in range(grid.rows):
        row = grid.first + offset
        formula = cells.fill(derived.formula, grid.references(row))
        grid.sheet.write_formula(row, at, formula, form, derived.value(grid.row(offset)))
