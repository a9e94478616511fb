"""Reads a workbook into raw tables with the cell of every value; whatever is wrong with the file is an issue."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sop_xl.model.issue import Issue, Severity
from sop_xl.schema.catalogue import Table, input_tables, tables, tables_of
from sop_xl.schema.raw import CellError, RawTable
from sop_xl.workbook import meta as identity
from sop_xl.workbook.content import TEMPLATE_VERSION
from sop_xl.workbook.guard import Package, inspect
from sop_xl.workbook.headers import find_table, is_helper
from sop_xl.workbook.package import (
    ExcelTable,
    Extent,
    Malformed,
    Sheet,
    column_letters,
    excel_tables,
    scan,
    sheets,
)

MAX_AREA = 5_000_000
"""Most cells a sheet may span from its first to its last filled cell: beyond that, something stands far outside."""

_LISTED = 12


@dataclass(frozen=True)
class Reading:
    """A workbook as it was read.

    Attributes:
        raw_tables: the tables found, in the order of the schema, with their cells.
        meta: entries of the hidden sheet: ``function``, ``cycle``, ``base_version``, ``template_version``,
            ``schema_version``, ``content_hash`` …; empty for a workbook that we did not make.
        issues: what is wrong with the file; tables may be incomplete where there is an error among them.
    """

    raw_tables: tuple[RawTable, ...]
    meta: Mapping[str, str]
    issues: tuple[Issue, ...]


@dataclass
class _Book:
    """A safe workbook while its tables are taken out: values of sheets are loaded when first asked for."""

    package: Package
    file: str
    found: list[Sheet]
    book: Any
    issues: list[Issue]

    def __post_init__(self) -> None:
        self.values: dict[str, dict[int, list[object]] | None] = {}
        self.extents: dict[str, Extent] = {}

    def add(self, severity: Severity, message: str, hint: str, **place: str) -> None:
        self.issues.append(Issue(severity, message, hint, file=self.file, **place))

    def rows(self, sheet: str) -> dict[int, list[object]] | None:
        """Return the rows of a sheet by number, each padded from column A, or None where it cannot be read."""
        if sheet not in self.values:
            self.values[sheet] = self._load(sheet)
        return self.values[sheet]

    def _load(self, name: str) -> dict[int, list[object]] | None:
        sheet = next(s for s in self.found if s.name == name)
        try:
            extent = scan(self.package, sheet)
        except Malformed as problem:
            text = f"The sheet cannot be read: {problem}."
            self.add(Severity.ERROR, text, "Open the file in Excel, save it and submit it again.", sheet=name)
            return None
        self.extents[name] = extent
        if extent.absurd or extent.area > MAX_AREA:
            reason = extent.absurd or (
                f"its filled cells reach from row {extent.top + 1} to {extent.bottom + 1} and over "
                f"{extent.right - extent.left + 1} columns"
            )
            hint = "Delete what stands far outside the table (Ctrl+End shows the last cell), then save."
            self.add(Severity.ERROR, f"The sheet is too large: {reason}.", hint, sheet=name)
            return None
        try:
            loaded = self.book.get_sheet_by_name(name)
            values, start = loaded.to_python(), loaded.start
        except BaseException as problem:  # a panic of the reader is not an Exception
            if isinstance(problem, (KeyboardInterrupt, SystemExit, MemoryError)):
                raise
            self.add(Severity.ERROR, "The sheet cannot be read.", "Copy it into a freshly downloaded book.", sheet=name)
            return None
        if start is None:
            return {}
        top, left = start
        pad: list[object] = [None] * left
        rows = {top + offset: [*pad, *map(_cell, row)] for offset, row in enumerate(values)}
        for (row, column), code in extent.errors.items():
            if row in rows and column < len(rows[row]):
                rows[row][column] = CellError(code)
            else:
                line = rows.setdefault(row, [])
                line.extend([None] * (column + 1 - len(line)))
                line[column] = CellError(code)
        return rows


def _cell(value: object) -> object:
    if value is None or isinstance(value, (str, bool, int, float, date)):
        return value
    return str(value)


def read_workbook(source: Path | bytes, *, file_name: str = "", function: str = "") -> Reading:
    """Return the tables of a workbook as they stand, with meta data and every issue; never raises on a bad file.

    Tables are found by their Excel Table name, else by sheet and headers. Grids come back wide. Cells with a failed
    formula become a ``CellError``. Columns that a book adds for its reader (``Check`` and the like) are left out.

    Args:
        source: the file or its bytes.
        file_name: name shown in issues, where bytes are given.
        function: the function the file must belong to, such as ``sales``; '' takes any.
    """
    wanted = tuple(tables()[name] for name in input_tables())
    return _read(source, file_name, wanted, function)


def read_tables(source: Path | bytes, wanted: tuple[Table, ...], *, file_name: str = "") -> Reading:
    """Return some tables of a workbook, output tables of a pack among them; otherwise as :func:`read_workbook`."""
    return _read(source, file_name, wanted, "")


def _read(source: Path | bytes, file_name: str, wanted: tuple[Table, ...], function: str) -> Reading:
    if isinstance(source, bytes):
        data = source
    else:
        file_name = file_name or source.name
        try:
            data = source.read_bytes()
        except OSError as problem:
            text = f"The file cannot be opened: {problem.strerror or problem}."
            hint = "Close it in Excel, check its name and try again."
            return Reading((), {}, (Issue(Severity.ERROR, text, hint, file=file_name),))
    package, issues = inspect(data, file_name)
    if package is None:
        return Reading((), {}, tuple(issues))
    try:
        found = sheets(package)
        listed = list(excel_tables(package, found))
        book = _open(package.data)
    except Malformed as problem:
        issues.append(
            Issue(
                Severity.ERROR,
                f"The workbook is damaged: {problem}.",
                "Open it in Excel (let it repair the file if it asks), save it and submit it again.",
                file=file_name,
            )
        )
        return Reading((), {}, tuple(issues))
    state = _Book(package, file_name, found, book, issues)
    entries = _meta(state)
    _check_identity(state, entries, function)
    raw = _take(state, wanted, listed, entries.get("function", ""))
    return Reading(tuple(raw), entries, tuple(state.issues))


def _open(data: bytes) -> Any:
    from python_calamine import CalamineWorkbook

    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except BaseException as problem:  # a panic of the reader is not an Exception
        if isinstance(problem, (KeyboardInterrupt, SystemExit, MemoryError)):
            raise
        raise Malformed(str(problem).splitlines()[0][:120] if str(problem) else "no sheet can be read") from None


def _meta(book: _Book) -> dict[str, str]:
    if not any(sheet.name == identity.SHEET for sheet in book.found):
        return {}
    rows = book.rows(identity.SHEET) or {}
    entries = {}
    for row in list(rows.values())[:60]:
        if len(row) >= 2 and isinstance(row[0], str):
            entries[row[0]] = "" if row[1] is None else str(row[1])
    return entries if entries.get("product") == identity.PRODUCT else {}


def _check_identity(book: _Book, entries: Mapping[str, str], function: str) -> None:
    if not entries:
        if function:
            book.add(
                Severity.WARNING,
                "The workbook does not say what it was issued from (its hidden sheet is missing).",
                "Its tables were read; better download the current book and copy your entries into it.",
            )
        return
    version = entries.get("template_version", "")
    number = int(version) if version.isdigit() else 0
    if number < TEMPLATE_VERSION:
        book.add(
            Severity.ERROR,
            f"The book was made from template version {number}; the current one is {TEMPLATE_VERSION}.",
            "Download the new book; your entries can be copied into it sheet by sheet, the columns kept their names.",
        )
    elif number > TEMPLATE_VERSION:
        book.add(
            Severity.ERROR,
            f"The book was made from template version {number}, this program knows {TEMPLATE_VERSION}.",
            "Update the program, or download the book from it.",
        )
    own = entries.get("function", "")
    if function and own and own != function:
        book.add(
            Severity.ERROR,
            f"This is the book of {own}, not of {function}.",
            f"Submit it as {own}, or choose the file of {function}.",
        )


def _take(book: _Book, wanted: tuple[Table, ...], listed: list[ExcelTable], own: str) -> list[RawTable]:
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
    return frozenset(shape.book for shape in tables().values()) - {"every", "plan"}


def _missing(book: _Book, shape: Table) -> None:
    there = any(sheet.name.lower() == shape.sheet.lower() for sheet in book.found)
    names = ", ".join(sheet.name for sheet in book.found if sheet.state == "visible")
    if there:
        text = f"The table {shape.excel_name} is missing from the sheet '{shape.sheet}'."
        hint = "Its header row was not found. Give the columns their names back, or copy the sheet from the book again."
    else:
        text = f"The sheet '{shape.sheet}' with the table {shape.excel_name} is missing."
        hint = f"Give the sheet its name back, or copy it from the book again. Sheets found: {names[:200]}."
    book.add(Severity.ERROR, text, hint, sheet=shape.sheet, table=shape.name)


def _raw(book: _Book, shape: Table, table: ExcelTable, listed: list[ExcelTable]) -> RawTable | None:
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
    _uncalculated(book, shape, table, first, last)
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


def _at(rows: dict[int, list[object]], row: int, column: int) -> object:
    line = rows.get(row)
    return line[column] if line is not None and column < len(line) else None


def _rows_below(
    book: _Book,
    shape: Table,
    table: ExcelTable,
    rows: dict[int, list[object]],
    last: int,
    listed: list[ExcelTable],
) -> int:
    """Return the last row, rows typed right below the table included: a protected table does not grow by itself."""
    if table.totals_rows:
        return last
    tops = [other.top for other in listed if other.sheet == table.sheet and other.top > table.bottom]
    stop = min(tops, default=max(rows, default=last) + 1)
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


def _uncalculated(book: _Book, shape: Table, table: ExcelTable, first: int, last: int) -> None:
    cells = [
        f"{column_letters(column)}{row + 1}"
        for row, column in book.extents[table.sheet].uncalculated
        if first <= row <= last and table.left <= column <= table.right
    ]
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
