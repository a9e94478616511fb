"""Around the rows of a table: units and totals above, heights for long texts, colours for what matters."""

from __future__ import annotations

import math

from sop_xl.schema.catalogue import Column, Table
from sop_xl.workbook import cells
from sop_xl.workbook.frame import FIRST_COLUMN, a1
from sop_xl.workbook.row_grid import (
    BRIDGE,
    NO_TOTALS,
    TableGrid,
    span,
)
from sop_xl.workbook.rules import HIGHLIGHTS
from sop_xl.workbook.style import unit_text


def _adds_up(shape: Table, column: Column) -> bool:
    by_time = any(shape.column(key).type in ("period", "date") for key in shape.keys)
    return column.over_products == "sum" and (column.over_time == "sum" or not by_time)


def write_units_and_totals(grid: TableGrid) -> None:
    book, shape, sheet = grid.book, grid.shape, grid.sheet
    for column in shape.columns:
        unit = unit_text(column, book.currency)
        if unit:
            sheet.write_string(grid.header_row - 1, grid.at[column.name], unit, book.formats("unit"))
    for helper in grid.helpers:
        unit = helper.unit.replace("money", book.currency)
        sheet.write_string(grid.header_row - 1, grid.helper_at[helper.header], unit, book.formats("unit"))
    totals = [c for c in shape.measures if shape.name not in NO_TOTALS and _adds_up(shape, c)]
    if not totals:
        return
    first = min(grid.at[c.name] for c in totals)
    label = first - 1 if first > FIRST_COLUMN else FIRST_COLUMN
    text = "Steps less plan (0 = they add up)" if shape.name == BRIDGE else "Total shown"
    sheet.write_string(grid.header_row - 2, label, text, book.formats("total_label"))
    for column in totals:
        at = grid.at[column.name]
        if column.header in grid.derived:
            numbers = [grid.derived[column.header].value(grid.row(o)) for o in range(len(grid.frame))]
        else:
            numbers = grid.values[column.name]
        known = [v for v in numbers if isinstance(v, (int, float))]
        value, formula = math.fsum(known), f"=SUBTOTAL(109,{span(grid, at)})"
        if shape.name == BRIDGE and known:
            value = round(math.fsum(known) - 2 * known[-1], 2)
            formula = f"=ROUND(SUM({span(grid, at)})-2*{a1(grid.last, at)},2)"
        sheet.write_formula(grid.header_row - 2, at, formula, book.formats("total", grid.format_of(column)), value)


def write_heights(grid: TableGrid) -> None:
    """Make rows as high as their wrapped texts need: not every program does so by itself."""
    wide = {c.name: width for c in grid.shape.columns if (width := cells.width_of(c)) >= 40}
    for offset in range(len(grid.frame)):
        texts = ((str(grid.values[name][offset] or ""), width) for name, width in wide.items())
        lines = max((math.ceil(len(text) * 1.1 / width) for text, width in texts), default=1)
        if lines > 1:
            grid.sheet.set_row(grid.first + offset, 13.5 * lines + 2)


def write_highlights(grid: TableGrid) -> None:
    positions = {c.header: grid.at[c.name] for c in grid.shape.columns} | grid.helper_at
    for highlight in HIGHLIGHTS.get(grid.shape.name, ()):
        at = positions[highlight.header]
        cell, given = a1(grid.first, at), dict(highlight.rule)
        if not isinstance(given.get("value", 0), str):
            if given["criteria"] == "between":
                test = f"{cell}>={given['minimum']},{cell}<={given['maximum']}"
            else:
                test = f"{cell}{given['criteria']}{given['value']}"
            given = {"type": "formula", "criteria": f"=AND(ISNUMBER({cell}),{test})"}
        given["format"] = grid.book.formats.signal(highlight.signal)
        grid.sheet.conditional_format(grid.first, at, grid.last, at, given)
