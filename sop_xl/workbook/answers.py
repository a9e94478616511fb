"""Sheets that buttons answer on: a table of one empty row, room below it that already looks right, colours by rule.

A button exchanges the rows and gives the table their number. Lines around the cells come from a rule, so that they
appear where something stands, on every Excel and without a format of its own for every new row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from sop_xl.schema.catalogue import Column, Table
from sop_xl.schema.frames import empty
from sop_xl.workbook import cells
from sop_xl.workbook.frame import FIRST_COLUMN, a1, protect, set_up_page, write_band
from sop_xl.workbook.row_extras import write_highlights, write_units_and_totals
from sop_xl.workbook.row_grid import Book, Placed, TableGrid
from sop_xl.workbook.style import LINE

FIRST_HEADER_ROW = 5
ROOM, ROOM_OF = 60, {"checks": 200, "reconciliation": 400}
"""Rows that are formatted in advance."""

_LINE = 13.0

_WIDTHS = {
    "message": 74,
    "hint": 60,
    "text": 92,
    "title": 40,
    "reason": 60,
    "found": 60,
    "remedy": 60,
    "meaning": 70,
    "constraint": 22,
    "relief": 40,
    "option": 36,
    "what": 28,
    "where": 60,
    "value": 16,
    "about": 22,
    "setting": 20,
    "scenario": 30,
    "sheet": 18,
    "periods": 34,
    "between": 20,
    "root_cause": 44,
    "resolution": 62,
    "verdict": 86,
    "statement": 100,
    "proposal": 100,
    "step": 10,
    "signals": 28,
}

_OTHER_WIDTHS: dict[tuple[str, str], float] = {
    ("excel_settings", "value"): 60,
    ("guide", "what"): 80,
    ("forecast_value_added", "verdict"): 24,
}


_EMPTY_ROW = 3
_WHILE_EMPTY = {
    "forecast_accuracy": "Nothing measured yet: press Accuracy to hold back the end of the history and forecast it.",
    "history_corrections": "The history was taken as recorded: nothing was corrected.",
    "forecast_value_added": "No frozen forecast has met its month yet.",
    "track_record": "No override has met its month yet.",
    "uplift_proposals": "No campaign has run within the sales history. Enter past ones on the sheet Campaigns, and "
    "what they lifted is measured here.",
    "launch_curves": "The history does not reach back to the start of any analogue.",
    "sensing_gain": "No signal concerns a product with two years of regular sales. Enter signals on the sheet Signals.",
    "driver_effects": "No signal is used: none made the forecasts of past days better.",
    "assumption_scores": "No assumption has been tested yet.",
}
"""What is said above an answer without rows."""


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """How a column of an answer looks: width in characters, and whether long text is wrapped."""

    width: float
    wrap: bool


def column_look(shape: Table, column: Column) -> ColumnLook:
    """Return the look of a column of an answer."""
    wanted = _WIDTHS.get(column.name) if not column.numeric else None
    width = wanted or max(cells.width_of(column), len(column.header) + 4 if column.numeric else 0)
    width = _OTHER_WIDTHS.get((shape.name, column.name), width)
    return ColumnLook(width, wrap=column.type in ("text", "code") and width >= 40)


def row_heights(shape: Table, rows: pd.DataFrame) -> list[float]:
    """Return the height of every row of an answer in points: as many lines as its longest wrapped text needs."""
    lines = [1] * len(rows)
    for column in shape.columns:
        look = column_look(shape, column)
        if look.wrap and column.name in rows:
            needed = (math.ceil(len(str(text or "")) * 0.94 / look.width) for text in rows[column.name])
            lines = [max(pair) for pair in zip(lines, needed, strict=True)]
    return [_LINE * max(count, 1) + 2 for count in lines]


def write_answer(
    sheet: Worksheet, book: Book, shape: Table, frame: pd.DataFrame | None, *, note: str, footer: str
) -> Placed:
    """Write the sheet of an output table with its rows so far, or with one empty row."""
    frame = empty(shape.name) if frame is None else frame
    grid = TableGrid(sheet, book, shape, frame, FIRST_HEADER_ROW)
    last = grid.last
    grid.last = max(grid.first + ROOM_OF.get(shape.name, ROOM) - 1, grid.last)
    looks = [column_look(shape, column) for column in shape.columns]
    heads = []
    for column in shape.columns:
        style = "header" if column.numeric else "header_text"
        heads.append({"header": column.header, "header_format": book.formats(style)})
    right = FIRST_COLUMN + len(shape.columns) - 1
    options = {"name": shape.excel_name, "columns": heads, "style": None, "autofilter": True}
    sheet.add_table(FIRST_HEADER_ROW, FIRST_COLUMN, last, right, options)
    sheet.set_row(FIRST_HEADER_ROW, 30)
    for column, look in zip(shape.columns, looks, strict=True):
        at, values = grid.at[column.name], grid.values[column.name]
        sheet.set_column(at, at, look.width)
        left = {} if column.numeric else {"align": "left", "indent": 1}
        wrap = {"text_wrap": True} if look.wrap else {}
        form = book.formats("plain", grid.format_of(column), **left, **wrap)
        for row in range(grid.first, grid.last + 1):
            offset = row - grid.first
            cells.write(sheet, row, at, values[offset] if offset < len(values) else None, form)
        tip = {"validate": "any", "input_title": column.header[:32], "input_message": column.description[:255]}
        sheet.data_validation(FIRST_HEADER_ROW, at, FIRST_HEADER_ROW, at, tip)
    for offset, height in enumerate(row_heights(shape, frame)):
        sheet.set_row(grid.first + offset, height)
    write_units_and_totals(grid)
    write_highlights(grid)
    _write_lines(grid, right)
    if shape.name in _WHILE_EMPTY:
        said = _WHILE_EMPTY[shape.name]
        formula = f'=IF({a1(grid.first, FIRST_COLUMN)}="","{said}","")'
        sheet.write_formula(_EMPTY_ROW, FIRST_COLUMN, formula, book.formats("lead"), "" if len(frame) else said)
    room = sum(look.width for look in looks)
    write_band(sheet, book.formats, shape.title, shape.description, len(shape.columns), note, characters=1.1 * room)
    sheet.freeze_panes(FIRST_HEADER_ROW + 1, FIRST_COLUMN + 1)
    set_up_page(sheet, footer, repeat=(FIRST_HEADER_ROW, FIRST_HEADER_ROW))
    if book.protected:
        protect(sheet)
    key = shape.column(shape.keys[0]).header
    return Placed(
        shape.name,
        sheet.get_name(),
        shape.excel_name,
        FIRST_HEADER_ROW,
        last,
        len(shape.columns),
        len(frame),
        None,
        f"{shape.excel_name}[{key}]",
    )


def _write_lines(grid: TableGrid, right: int) -> None:
    filled = f'={a1(grid.first, FIRST_COLUMN, fixed_column=True)}<>""'
    lines = grid.book.formats.lines(LINE)
    rule = {"type": "formula", "criteria": filled, "format": lines}
    grid.sheet.conditional_format(grid.first, FIRST_COLUMN, grid.last, right, rule)
