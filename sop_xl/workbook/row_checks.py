"""The column Check of a table: complete, once and in order, worked out while people type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xlsxwriter.worksheet import Worksheet

from sop_xl.workbook import cells
from sop_xl.workbook.frame import a1
from sop_xl.workbook.row_grid import (
    NO_DUPLICATES_FROM,
    Book,
    TableGrid,
    issued,
    span,
)
from sop_xl.workbook.rules import CHECKS, Check, Row


def write_checks(grid: TableGrid) -> int:
    shape = grid.shape
    inputs = [grid.at[c.name] for c in shape.inputs if not (issued(shape) and c.name in shape.keys)]
    keys = [grid.at[key] for key in shape.keys]
    spans = keys if issued(shape) else [*inputs]
    required = [c.name for c in shape.columns if c.required and c.role == "input"]
    twice = grid.rows <= NO_DUPLICATES_FROM
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
            same = "*".join(f"({span(grid, k)}={a1(row, k, fixed_column=True)})" for k in keys)
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
