"""Takes the tables of the schema out of an open workbook, each value with its cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from sop_xl.model.calendar import period_start
from sop_xl.model.issue import Severity
from sop_xl.schema.catalogue import Table, tables, tables_of
from sop_xl.schema.grid import MEASURE
from sop_xl.schema.raw import RawTable
from sop_xl.workbook.headers import find_table, fold, is_helper
from sop_xl.workbook.opened import Rows
from sop_xl.workbook.package import ExcelTable, Extent, Sheet, column_letters

_LISTED = 12


class Opened(Protocol):
    """A workbook whose tables can be taken: a file that was opened, or one that is open in Excel."""

    @property
    def file(self) -> str:
        """Name of the file, shown in issues."""
        ...

    @property
    def found(self) -> Sequence[Sheet]:
        """Its sheets in the order of their tabs."""
        ...

    @property
    def extents(self) -> Mapping[str, Extent]:
        """Where the cells in use of every loaded sheet stand, and its formulas without a result."""
        ...

    def add(self, severity: Severity, message: str, hint: str, **place: str) -> None:
        """Add an issue of this file."""
        ...

    def rows(self, sheet: str) -> Rows | None:
        """Return the rows of a sheet by number, each padded from column A; None where it cannot be read."""
        ...


def take(book: Opened, wanted: tuple[Table, ...], listed: list[ExcelTable], own: str) -> list[RawTable]:
    """Return the tables found, by Excel Table name, else by sheet and headers; those of the own book must be there."""
    by_name = {table.name.lower(): table for table in listed}
    expected = {shape.name for shape in tables_of(own) if shape.layout != "page"} if own in _books() else set()
    taken: list[RawTable] = []
    for shape in wanted:
        table = by_name.get(shape.excel_name.lower())
        if table is None:
            table = find_table(shape, wanted, listed, [s.name for s in book.found], book.rows)
        if table is None:
            if shape.name in expected:
                _missing(book, shape)
            continue
        raw = _raw(book, shape, table, listed)
        if raw is not None:
            taken.append(raw)
    if not taken and not expected:
        book.add(
            Severity.ERROR,
            "No table of the product was found in the workbook.",
            "Start from a template, or name sheets and columns as the data dictionary does.",
        )
    return taken


def _books() -> frozenset[str]:
    return frozenset(shape.book for shape in tables().values()) - {"every", "plan", "answers"}


def _missing(book: Opened, shape: Table) -> None:
    there = any(sheet.name.lower() == shape.sheet.lower() for sheet in book.found)
    names = ", ".join(sheet.name for sheet in book.found if sheet.state == "visible")
    if there:
        text = f"The table {shape.excel_name} is missing from the sheet '{shape.sheet}'."
        hint = "Its header row was not found. Give the columns their names back, or copy the sheet from the book again."
    else:
        text = f"The sheet '{shape.sheet}' with the table {shape.excel_name} is missing."
        hint = f"Give the sheet its name back, or copy it from the book again. Sheets found: {names[:200]}."
    book.add(Severity.ERROR, text, hint, sheet=shape.sheet, table=shape.name)


def _raw(book: Opened, shape: Table, table: ExcelTable, listed: list[ExcelTable]) -> RawTable | None:
    rows = book.rows(table.sheet)
    if rows is None:
        return None
    columns = range(table.left, table.right + 1)
    head = rows.get(table.top, []) if table.header_rows else []
    headers = []
    for offset, column in enumerate(columns):
        text = head[column] if column < len(head) else None
        headers.append(str(text).strip() if text not in (None, "") else table.headers[offset])
    first = table.top + table.header_rows
    last = table.bottom - table.totals_rows
    last = _rows_below(book, shape, table, rows, last, listed)
    lines = range(first, last + 1)
    kept = [(offset, column) for offset, column in enumerate(columns) if not is_helper(shape, headers[offset])]
    data = tuple([_at(rows, row, column) for row in lines] for _, column in kept)
    _uncalculated(book, shape, table, headers, rows, lines)
    return RawTable(
        name=shape.name,
        headers=tuple(headers[offset] for offset, _ in kept),
        data=data,
        file=book.file,
        sheet=table.sheet,
        row_numbers=[row + 1 for row in lines],
        letters=tuple(column_letters(column) for _, column in kept),
        header_row=table.top + 1,
    )


def _at(rows: Rows, row: int, column: int) -> object:
    line = rows.get(row)
    return line[column] if line is not None and column < len(line) else None


def _rows_below(
    book: Opened,
    shape: Table,
    table: ExcelTable,
    rows: Rows,
    last: int,
    listed: list[ExcelTable],
) -> int:
    """Return the last row, rows typed right below the table included: a protected table does not grow by itself."""
    if table.totals_rows:
        return last
    tops = [other.top for other in listed if other.sheet == table.sheet and other.top > table.bottom]
    stop = min(tops, default=max(rows, default=last) + 1)
    titles = {other.title for other in tables().values()}
    stop = next((row for row in range(last + 1, stop) if _at(rows, row, table.left) in titles), stop)
    end = last
    while end + 1 < stop and any(_filled(_at(rows, end + 1, c)) for c in range(table.left, table.right + 1)):
        end += 1
    if end > last:
        cell = f"{column_letters(table.left)}{last + 2}"
        word = "row stands" if end == last + 1 else "rows stand"
        book.add(
            Severity.WARNING,
            f"{end - last} {word} below the table and were read as part of it.",
            "Nothing to do if that is right; otherwise move them away from the table.",
            sheet=table.sheet,
            table=shape.name,
            cell=cell,
        )
    return end


def _filled(value: object) -> bool:
    return value is not None and value != ""


def _uncalculated(book: Opened, shape: Table, table: ExcelTable, headers: list[str], rows: Rows, span: range) -> None:
    """Tell of formulas without a stored result where people type: they would be read as empty."""
    typed = {fold(c.header) for c in shape.columns if c.role == "input" or shape.role == "output"}
    typed |= {fold(c.name) for c in shape.columns if c.role == "input" or shape.role == "output"}
    measure = next((table.left + i for i, text in enumerate(headers) if fold(text) == fold(MEASURE)), None)
    cells = []
    for row, column in book.extents[table.sheet].uncalculated:
        if row not in span or not table.left <= column <= table.right:
            continue
        header = headers[column - table.left]
        asked = fold(header) in typed
        if shape.layout == "grid" and measure is not None:
            asked = (asked or period_start(header) is not None) and fold(_at(rows, row, measure) or "") in typed
        if asked:
            cells.append(f"{column_letters(column)}{row + 1}")
    if cells:
        more = "" if len(cells) <= _LISTED else f" and {len(cells) - _LISTED} more"
        book.add(
            Severity.ERROR,
            f"{len(cells)} formulas have no value: {', '.join(cells[:_LISTED])}{more}.",
            "Open the file in Excel, let it calculate, save it and submit it again.",
            sheet=table.sheet,
            table=shape.name,
            cell=cells[0],
        )
