"""A table with a row a key: a real Excel Table with units, totals, drop-downs, helper columns and row checks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from sop_xl.schema.catalogue import Column, Table
from sop_xl.schema.frames import empty
from sop_xl.workbook import cells
from sop_xl.workbook.frame import FIRST_COLUMN, a1
from sop_xl.workbook.lists import DropDowns, rule
from sop_xl.workbook.rules import CHECK, CHECKS, DERIVED, HIGHLIGHTS, Check, Derived, Row
from sop_xl.workbook.style import MONTH, Formats, number_format, unit_format, unit_text

_NO_DUPLICATES_FROM, _NO_CHECK_FROM = 500, 3000
"""Row checks cost time while typing: long tables are left to the checks of the server."""

UNIT_BY_ROW = frozenset({"dashboard", "kpis"})


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
    """True where the rows are given by the issuer and people only answer: keys are locked, no spare rows."""
    return any(column.role == "calculation" for column in shape.columns)


def row_count(shape: Table, frame: pd.DataFrame | None, spare: int) -> int:
    """Return the rows of the table on the sheet, spare ones included."""
    count = 0 if frame is None else len(frame)
    if shape.max_rows is not None:
        return max(shape.max_rows, count)
    fixed = issued(shape) or shape.role == "output"
    return max(count, 1) if fixed else count + max(spare, 1)


class _Grid:
    """Positions, formats and values of one table while it is written."""

    def __init__(self, sheet: Worksheet, book: Book, shape: Table, frame: pd.DataFrame, header_row: int) -> None:
        self.sheet, self.book, self.shape, self.frame = sheet, book, shape, frame
        self.derived = {d.header: d for d in DERIVED.get(shape.name, ())}
        self.helpers = [d for d in self.derived.values() if d.header not in {c.header for c in shape.columns}]
        self.rows = row_count(shape, frame, book.spare_rows)
        self.header_row, self.first = header_row, header_row + 1
        self.last = header_row + self.rows
        self.checked = (
            shape.role == "input"
            and self.rows <= _NO_CHECK_FROM
            and (not issued(shape) or bool(CHECKS.get(shape.name)))
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


def write_table(
    sheet: Worksheet, sheet_name: str, book: Book, shape: Table, frame: pd.DataFrame | None, header_row: int
) -> Placed:
    """Write a table with its header at ``header_row``; the two rows above carry units and totals."""
    frame = empty(shape.name) if frame is None else frame
    grid = _Grid(sheet, book, shape, frame, header_row)
    _add_excel_table(grid)
    for column in shape.columns:
        derived = grid.derived.get(column.header)
        if derived:
            _write_derived(grid, derived, grid.at[column.name], "calc")
        else:
            _write_column(grid, column)
    for helper in grid.helpers:
        _write_derived(grid, helper, grid.helper_at[helper.header], "calc")
    in_order = _write_checks(grid) if grid.checked else None
    _write_units_and_totals(grid)
    _write_highlights(grid)
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


def _add_excel_table(grid: _Grid) -> None:
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


def _write_column(grid: _Grid, column: Column) -> None:
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


def _write_derived(grid: _Grid, derived: Derived, at: int, style: str) -> None:
    form = grid.book.formats(style, derived.num_format)
    for offset in range(grid.rows):
        row = grid.first + offset
        formula = cells.fill(derived.formula, grid.references(row))
        grid.sheet.write_formula(row, at, formula, form, derived.value(grid.row(offset)))


def _write_checks(grid: _Grid) -> int:
    shape = grid.shape
    inputs = [grid.at[c.name] for c in shape.inputs if not (issued(shape) and c.name in shape.keys)]
    keys = [grid.at[key] for key in shape.keys]
    spans = keys if issued(shape) else [*inputs]
    required = [c.name for c in shape.columns if c.required and c.role == "input"]
    twice = grid.rows <= _NO_DUPLICATES_FROM
    seen = [tuple(grid.row(o)[key] for key in shape.keys) for o in range(len(grid.frame))]
    checks = CHECKS.get(shape.name, ())
    in_order = 0
    form = grid.book.formats("check")
    for offset in range(grid.rows):
        row, values = grid.first + offset, grid.row(offset)
        formula = '"OK"'
        for check in reversed(checks):
            formula = f'IF({cells.fill(check.condition, grid.references(row))},"{check.word}",{formula})'
        if twice:
            same = "*".join(f"({_span(grid, k)}={a1(row, k, fixed_column=True)})" for k in keys)
            formula = f'IF(SUMPRODUCT({same}+0)>1,"Duplicate",{formula})'
        if required:
            missing = ",".join(f'{a1(row, grid.at[name], fixed_column=True)}=""' for name in required)
            formula = f'IF(OR({missing}),"Incomplete",{formula})'
        counted = ",".join(f"{a1(row, f)}:{a1(row, t)}" for f, t in cells.runs(spans))
        result = ""
        if any(values[c.name] is not None for c in shape.columns):
            result = _check_result(values, required, checks, seen[offset], seen if twice else [])
        in_order += result == "OK"
        grid.sheet.write_formula(row, grid.check_at, f'=IF(COUNTA({counted})=0,"",{formula})', form, result)
    _colour_check(grid.sheet, grid.book, grid.first, grid.last, grid.check_at)
    return in_order


def _span(grid: _Grid, column: int) -> str:
    first, last = (a1(row, column, fixed_row=True, fixed_column=True) for row in (grid.first, grid.last))
    return f"{first}:{last}"


def _check_result(
    values: Row, required: Sequence[str], checks: Sequence[Check], key: tuple[Any, ...], seen: list[tuple[Any, ...]]
) -> str:
    if any(values[name] is None for name in required):
        return "Incomplete"
    if seen.count(key) > 1:
        return "Duplicate"
    return next((check.word for check in checks if check.failed(values)), "OK")


def _colour_check(sheet: Worksheet, book: Book, first: int, last: int, at: int) -> None:
    cell = a1(first, at)
    good = {"type": "formula", "criteria": f'={cell}="OK"', "format": book.formats.signal("good")}
    bad = {"type": "formula", "criteria": f"=LEN({cell})>0", "format": book.formats.signal("bad")}
    sheet.conditional_format(first, at, last, at, {**good, "stop_if_true": True})
    sheet.conditional_format(first, at, last, at, bad)


def _adds_up(shape: Table, column: Column) -> bool:
    by_time = any(shape.column(key).type in ("period", "date") for key in shape.keys)
    return column.over_products == "sum" and (column.over_time == "sum" or not by_time)


def _write_units_and_totals(grid: _Grid) -> None:
    book, shape, sheet = grid.book, grid.shape, grid.sheet
    totals = [c for c in shape.measures if _adds_up(shape, c)]
    for column in shape.columns:
        unit = unit_text(column, book.currency)
        if unit:
            sheet.write_string(grid.header_row - 1, grid.at[column.name], unit, book.formats("unit"))
    for helper in grid.helpers:
        unit = helper.unit.replace("money", book.currency)
        sheet.write_string(grid.header_row - 1, grid.helper_at[helper.header], unit, book.formats("unit"))
    if not totals:
        return
    first = min(grid.at[c.name] for c in totals)
    label = first - 1 if first > FIRST_COLUMN else FIRST_COLUMN
    sheet.write_string(grid.header_row - 2, label, "Total shown", book.formats("total_label"))
    for column in totals:
        at = grid.at[column.name]
        if column.header in grid.derived:
            numbers = [grid.derived[column.header].value(grid.row(o)) for o in range(len(grid.frame))]
        else:
            numbers = grid.values[column.name]
        value = math.fsum(v for v in numbers if isinstance(v, (int, float)))
        formula = f"=SUBTOTAL(109,{_span(grid, at)})"
        form = book.formats("total", grid.format_of(column))
        sheet.write_formula(grid.header_row - 2, at, formula, form, value)


def _write_highlights(grid: _Grid) -> None:
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
