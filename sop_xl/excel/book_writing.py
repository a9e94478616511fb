"""Writes the answer of a button into an open workbook: in blocks, into calculated columns and output tables alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from sop_xl.buttons.request import Output
from sop_xl.excel.answer_sheet import add_answer_sheet, format_rows
from sop_xl.excel.book_reading import BookReading
from sop_xl.excel.engine.journal import blocks
from sop_xl.excel.protection import writable
from sop_xl.model.calendar import period_start
from sop_xl.model.issue import Issue, Severity
from sop_xl.schema.catalogue import EVERYWHERE, Column, Table, table
from sop_xl.schema.convert import convert, is_blank
from sop_xl.schema.grid import MEASURE, is_wide, row_keys
from sop_xl.schema.parse import match_headers
from sop_xl.schema.raw import RawTable
from sop_xl.workbook.answers import ROOM, ROOM_OF, row_heights
from sop_xl.workbook.headers import fold
from sop_xl.workbook.patching import column_number
from sop_xl.workbook.rules import DERIVED

if TYPE_CHECKING:
    import xlwings as xw

_PLAIN_TEXT = re.compile(r"(?!(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|true|false))[^\W\d_]", re.I)
Cells = dict[tuple[int, int], object]
"""What is written, by row and column, both from 1."""


def write_outputs(book: xw.Book, reading: BookReading, outputs: Iterable[Output]) -> tuple[Issue, ...]:
    """Write the outputs of a button and return what found no place.

    A table of the workbook that the outputs name is filled by key or gets its rows exchanged; one that is not there is
    added on a sheet of its own. Formats stay, protected sheets are protected again, entries of people are not touched,
    formulas neither.
    """
    issues: list[Issue] = []
    for output in outputs:
        shape, raw = table(output.table), reading.raw(output.table)
        if output.mode == "replace":
            _replace(book, reading, shape, output.rows)
        elif raw is None:
            issues.append(_no_place(shape, f"The workbook has no table {shape.name}.", "Nothing was written into it."))
        elif shape.layout == "grid" and is_wide(shape, raw):
            _write(book, raw.sheet, _grid_cells(shape, raw, output))
        else:
            cells, left = _row_cells(book, shape, raw, output)
            _write(book, raw.sheet, cells)
            if left:
                text = f"{left} row{'s' if left > 1 else ''} of {shape.title} found no empty row."
                issues.append(_no_place(shape, text, "Delete rows that are no longer needed, and press again."))
    return tuple(issues)


def _no_place(shape: Table, message: str, hint: str) -> Issue:
    return Issue(Severity.WARNING, message, hint, sheet=shape.sheet, table=shape.name)


def entered(value: object) -> object:
    """Return a value as it is handed to Excel: text that Excel might read as something else gets an apostrophe.

    Excel takes ``=A1`` for a formula, ``1/2`` and ``May 5`` for dates, ``007`` for a number; the apostrophe, which is
    not part of the cell's text, keeps them text.
    """
    if isinstance(value, str) and value:
        return value if _PLAIN_TEXT.match(value) else f"'{value}"
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value


def _write(book: xw.Book, sheet_name: str, cells: Cells) -> None:
    if not cells:
        return
    sheet = book.sheets[sheet_name]
    with writable(sheet):
        for area in blocks(cells):
            rows = [
                [entered(cells[row, column]) for column in range(area.left, area.right + 1)]
                for row in range(area.top, area.bottom + 1)
            ]
            sheet.range((area.top, area.left), (area.bottom, area.right)).value = rows


def _grid_cells(shape: Table, raw: RawTable, output: Output) -> Cells:
    """Return what goes into a grid: the row of the measure and the key, the column of the period."""
    headers = [str(header).strip() for header in raw.headers]
    keys = row_keys(shape)
    named = [raw.data[headers.index(header)] for header in (MEASURE, *(column.header for column in keys))]
    rows: dict[tuple[str, ...], int] = {}
    for position in range(len(raw)):
        measure, *key = (_code(column[position]) for column in named)
        rows.setdefault((measure, *(code or EVERYWHERE for code in key)), position)
    periods = {day: at for at, header in enumerate(headers) if (day := period_start(header)) is not None}
    cells: Cells = {}
    for name in output.written:
        column = shape.column(name)
        if not column.numeric or column.role == "input":
            continue
        records = zip(*(output.rows[key.name] for key in keys), output.rows["period"], output.rows[name], strict=True)
        for *codes, day, value in records:
            position = rows.get((column.header, *map(str, codes)), -1)
            at = periods.get(pd.Timestamp(day).date(), -1)
            if position >= 0 and at >= 0:
                cells[raw.row_numbers[position], column_number(raw.letters[at])] = _plain(column, value)
    return cells


def _row_cells(book: xw.Book, shape: Table, raw: RawTable, output: Output) -> tuple[Cells, int]:
    """Return what goes into a table with a row a key, and how many rows found no place."""
    columns = match_headers(shape, raw)[0]
    known = _known_rows(shape, raw, columns)
    free = _free_rows(shape, raw, columns)
    formulas = {name for name in output.written if name in columns and _has_formula(book, shape, raw, columns[name])}
    cells: Cells = {}
    left = 0
    for record in output.rows.to_dict("records"):
        key = tuple(_typed(shape.column(name), [record[name]])[0] for name in shape.keys)
        there = known.get(key)
        if there is not None and output.mode == "add":
            continue
        names: Sequence[str] = [n for n in output.written if n not in shape.keys and shape.column(n).role != "input"]
        position = there
        if there is None:
            if not free:
                left += 1
                continue
            position, names = free.pop(0), list(dict.fromkeys((*shape.keys, *output.written)))
            known[key] = position
        for name in names:
            if name in columns and name not in formulas and position is not None:
                place = (raw.row_numbers[position], column_number(raw.letters[columns[name]]))
                cells[place] = _plain(shape.column(name), record[name])
    return cells, left


def _known_rows(shape: Table, raw: RawTable, columns: Mapping[str, int]) -> dict[tuple[object, ...], int]:
    keys = [_typed(shape.column(name), raw.data[columns[name]]) for name in shape.keys if name in columns]
    found: dict[tuple[object, ...], int] = {}
    for position, key in enumerate(zip(*keys, strict=True)):
        if any(part not in ("", None) for part in key):
            found.setdefault(key, position)
    return found


def _free_rows(shape: Table, raw: RawTable, columns: Mapping[str, int]) -> list[int]:
    """Return the rows after the last one in which a person or a key says anything."""
    said = [raw.data[columns[c.name]] for c in shape.columns if c.name in columns and c.role != "calculation"]
    filled = [position for position in range(len(raw)) if any(not is_blank(column[position]) for column in said)]
    return list(range(max(filled, default=-1) + 1, len(raw)))


def _typed(column: Column, values: Sequence[object]) -> list[object]:
    """Return values as the schema reads them, so that a date equals its cell and 7 equals '7'; empty ones as ''."""
    read = convert(column, values)[0].tolist()
    return ["" if is_blank(value) else found for value, found in zip(values, read, strict=True)]


def _has_formula(book: xw.Book, shape: Table, raw: RawTable, column: int) -> bool:
    if shape.column(_name_of(shape, raw, column)).header not in {
        derived.header for derived in DERIVED.get(shape.name, ())
    }:
        return False
    if not len(raw):
        return False
    first = book.sheets[raw.sheet].range(f"{raw.letters[column]}{raw.row_numbers[0]}").formula
    return str(first).startswith("=")


def _name_of(shape: Table, raw: RawTable, column: int) -> str:
    return next(name for name, position in match_headers(shape, raw)[0].items() if position == column)


def _code(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def _plain(column: Column, value: Any) -> object:
    if column.type == "boolean":
        return "yes" if value else "no"
    if value is None or value is pd.NaT or (isinstance(value, float) and pd.isna(value)) or value == "":
        return None
    if column.type in ("date", "period"):
        return pd.Timestamp(value)
    return float(value) if column.numeric else str(value)


def _replace(book: xw.Book, reading: BookReading, shape: Table, rows: pd.DataFrame) -> None:
    """Exchange the rows of an output table; it is added on a new sheet where the workbook lacks it."""
    placed = reading.placed.get(shape.excel_name.lower())
    if placed is None:
        placed = add_answer_sheet(book, shape, reading.meta.get("currency") or "money")
    sheet = book.sheets[placed.sheet]
    with writable(sheet):
        listed = sheet.tables[shape.excel_name]
        top, left = placed.top + 1, placed.left + 1
        heads = sheet.range((top, left), (top, placed.right + 1)).options(ndim=1).value
        names = {fold(column.header): column for column in shape.columns}
        columns = [names.get(fold(head)) for head in heads]
        first, count = top + 1, max(len(rows), 1)
        old_last = listed.range.row + listed.range.shape[0] - 1
        new_last = first + count - 1
        if new_last < old_last:
            sheet.range((new_last + 1, left), (old_last, placed.right + 1)).clear_contents()
        if new_last != old_last:
            listed.resize(sheet.range((top, left), (new_last, placed.right + 1)))
        room = ROOM_OF.get(shape.name, ROOM)
        if count > room:
            format_rows(
                sheet, shape, [column.name if column else "" for column in columns], first + room, new_last, left
            )
        values = {c.name: [_plain(c, v) for v in rows[c.name]] for c in shape.columns if c.name in rows}
        body = [
            [
                entered(values[c.name][row]) if c is not None and c.name in values and row < len(rows) else None
                for c in columns
            ]
            for row in range(count)
        ]
        sheet.range((first, left), (new_last, placed.right + 1)).value = body
        for row, last, height in _runs(row_heights(shape, rows), first):
            sheet.range((row, left), (last, left)).row_height = height


def _runs(heights: Sequence[float], first: int) -> list[tuple[int, int, float]]:
    """Return stretches of rows of the same height as first row, last row and height."""
    found: list[tuple[int, int, float]] = []
    for row, height in enumerate(heights, first):
        if found and found[-1][2] == height:
            found[-1] = (found[-1][0], row, height)
        else:
            found.append((row, row, height))
    return found
