"""Finds a table by its sheet and header texts where it is no Excel Table, and tells helper columns from data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sop_xl.schema.catalogue import Table
from sop_xl.schema.grid import MEASURE
from sop_xl.workbook.grid_shape import NAME
from sop_xl.workbook.package import ExcelTable
from sop_xl.workbook.rules import CHECK, helper_headers

_SEARCHED_ROWS = 2000
_ENOUGH = 0.6

Rows = dict[int, list[object]]


def fold(text: object) -> str:
    """Return a header without case, blanks and punctuation, so that small edits do not hide it."""
    return "".join(sign for sign in str(text).lower() if sign.isalnum() or sign in "%Δ")


def is_helper(shape: Table, header: str) -> bool:
    """True for a column that a book adds for its reader and that is never read back."""
    own = {column.header for column in shape.columns}
    helpers = helper_headers(shape.name) | ({NAME, CHECK} if shape.layout == "grid" else frozenset())
    return header in helpers and header not in own


def find_table(
    shape: Table,
    wanted: Sequence[Table],
    listed: Sequence[ExcelTable],
    sheets: Iterable[str],
    rows_of: Callable[[str], Rows | None],
) -> ExcelTable | None:
    """Return where a table stands by its sheet name and headers, or None.

    The sheet is that of the schema or one named after the table. The header row is the first that holds most of the
    input columns. Where several tables share a sheet, each ends at its first empty row.
    """
    known = {other.excel_name.lower() for other in wanted}
    names = {fold(shape.sheet), fold(shape.name), fold(shape.title)}
    for sheet in sheets:
        if fold(sheet) not in names:
            continue
        rows = rows_of(sheet)
        if not rows:
            continue
        taken = [table for table in listed if table.sheet == sheet and table.name.lower() in known]
        shared = bool(taken) or sum(fold(other.sheet) == fold(sheet) for other in wanted) > 1
        found = _best_header(shape, wanted, rows, taken, sheet)
        if found is None:
            continue
        top, left, right = found
        bottom = _bottom(rows, top, left, right, shared)
        headers = tuple(str(rows[top][c] or "") for c in range(left, right + 1))
        return ExcelTable(shape.excel_name, sheet, top, left, bottom, right, headers)
    return None


def _best_header(
    shape: Table, wanted: Sequence[Table], rows: Rows, taken: Sequence[ExcelTable], sheet: str
) -> tuple[int, int, int] | None:
    rivals = [other for other in wanted if other is not shape and fold(other.sheet) == fold(sheet)]
    for number in sorted(rows)[:_SEARCHED_ROWS]:
        if any(table.top <= number <= table.bottom for table in taken):
            continue
        texts = {fold(value): column for column, value in enumerate(rows[number]) if isinstance(value, str) and value}
        score = _score(shape, texts)
        if score >= _ENOUGH and all(_score(other, texts) <= score for other in rivals):
            known = [texts[name] for name in _names(shape) if name in texts]
            left, right = min(known), max(known)
            row = rows[number]
            while right + 1 < len(row) and isinstance(row[right + 1], str) and row[right + 1]:
                right += 1
            return number, left, right
    return None


def _names(shape: Table) -> set[str]:
    found = {fold(c.header) for c in shape.columns} | {fold(c.name) for c in shape.columns}
    return found | {fold(MEASURE)} if shape.layout == "grid" else found


def _score(shape: Table, texts: dict[str, int]) -> float:
    """Return the share of the columns a person must fill (or, in a grid, its keys) that a row names."""
    if shape.layout == "grid":
        asked = [c for c in shape.columns if c.name in shape.keys and c.type != "period"]
        there = sum(fold(c.header) in texts or fold(c.name) in texts for c in asked) + (fold(MEASURE) in texts)
        return there / (len(asked) + 1)
    asked = [c for c in shape.columns if c.required] or list(shape.columns)
    return sum(fold(c.header) in texts or fold(c.name) in texts for c in asked) / len(asked)


def _bottom(rows: Rows, top: int, left: int, right: int, shared: bool) -> int:
    last = max(rows)
    if not shared:
        return last
    number = top + 1
    while number <= last and any(value not in (None, "") for value in rows.get(number, [])[left : right + 1]):
        number += 1
    return number - 1
