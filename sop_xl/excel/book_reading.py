"""Reads the tables of an open workbook through xlwings, a sheet at a time: the same tables a reader of files finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sop_xl.model.issue import Issue, Severity
from sop_xl.schema.catalogue import input_tables, tables
from sop_xl.schema.raw import CellError, RawTable
from sop_xl.workbook import meta as identity
from sop_xl.workbook.opened import MAX_AREA, Rows
from sop_xl.workbook.package import ExcelTable, Extent, Sheet, scan
from sop_xl.workbook.taking import take

if TYPE_CHECKING:
    import xlwings as xw

_ERRORS = frozenset(
    {
        "#DIV/0!",
        "#N/A",
        "#NAME?",
        "#NULL!",
        "#NUM!",
        "#REF!",
        "#VALUE!",
        "#GETTING_DATA",
        "#SPILL!",
        "#CALC!",
        "#FIELD!",
        "#BLOCKED!",
        "#CONNECT!",
        "#BUSY!",
        "#UNKNOWN!",
    }
)


@dataclass(frozen=True)
class BookReading:
    """An open workbook as it was read.

    Attributes:
        tables: the tables found, in the order of the schema, each value with its cell.
        meta: entries of the hidden sheet; empty for a workbook that we did not make.
        issues: what is wrong with it.
        placed: every Excel Table of the workbook by its lower-case name, with its sheet.
    """

    tables: tuple[RawTable, ...]
    meta: Mapping[str, str]
    issues: tuple[Issue, ...]
    placed: Mapping[str, ExcelTable]

    def raw(self, name: str) -> RawTable | None:
        """Return a table by its schema name; None where the workbook lacks it."""
        return next((raw for raw in self.tables if raw.name == name), None)


@dataclass
class _LiveBook:
    """An open workbook in the shape that the taking of tables asks for; each sheet is read once, as a whole."""

    book: xw.Book
    file: str
    found: list[Sheet]
    issues: list[Issue] = field(default_factory=list)
    extents: dict[str, Extent] = field(default_factory=dict)
    values: dict[str, Rows | None] = field(default_factory=dict)

    def add(self, severity: Severity, message: str, hint: str, **place: str) -> None:
        self.issues.append(Issue(severity, message, hint, file=self.file, **place))

    def rows(self, sheet: str) -> Rows | None:
        if sheet not in self.values:
            self.values[sheet] = self._load(self.book.sheets[sheet])
        return self.values[sheet]

    def _load(self, sheet: xw.Sheet) -> Rows | None:
        used = sheet.used_range
        height, width = used.shape
        self.extents[sheet.name] = Extent()
        if height * width > MAX_AREA:
            text = f"The sheet is too large: its cells in use span {height:,} rows and {width:,} columns."
            hint = "Delete what stands far outside the table (Ctrl+End shows the last cell), then save."
            self.add(Severity.ERROR, text, hint, sheet=sheet.name)
            return None
        top, pad = used.row - 1, [None] * (used.column - 1)
        found = used.options(ndim=2, err_to_str=True).value
        rows = {top + offset: [*pad, *map(_cell, row)] for offset, row in enumerate(found)}
        self.extents[sheet.name].uncalculated = _uncalculated(sheet)
        return rows


def read_book(book: xw.Book) -> BookReading:
    """Return the tables of an open workbook with their cells, what it says about itself, and every issue.

    Reads a sheet in one go and only where a table of the schema may stand; nothing is changed.
    """
    sheets = list(book.sheets)
    found = [Sheet(sheet.name, "", "visible" if sheet.visible else "hidden") for sheet in sheets]
    live = _LiveBook(book, book.name, found)
    listed = [_listed(sheet, table) for sheet in sheets for table in sheet.tables]
    entries = _meta(live)
    wanted = tuple(tables()[name] for name in input_tables())
    taken = take(live, wanted, listed, entries.get("function", ""))
    placed = {table.name.lower(): table for table in listed}
    return BookReading(tuple(taken), entries, tuple(live.issues), placed)


def _listed(sheet: xw.Sheet, table: Any) -> ExcelTable:
    whole = table.range
    top, left = whole.row - 1, whole.column - 1
    height, width = whole.shape
    return ExcelTable(
        table.name,
        sheet.name,
        top,
        left,
        top + height - 1,
        left + width - 1,
        ("",) * width,
        1 if table.show_headers else 0,
        1 if table.show_totals else 0,
    )


def _meta(live: _LiveBook) -> dict[str, str]:
    if not any(sheet.name == identity.SHEET for sheet in live.found):
        return {}
    rows = live.rows(identity.SHEET) or {}
    pairs = [row for row in list(rows.values())[:60] if len(row) >= 2 and isinstance(row[0], str)]
    entries = {str(row[0]): _text(row[1]) for row in pairs}
    return entries if entries.get("product") == identity.PRODUCT else {}


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith("#") and value in _ERRORS:
        return CellError(value)
    return value


def _uncalculated(sheet: xw.Sheet) -> list[tuple[int, int]]:
    """Return cells with a formula and no result, zero-based: no Excel has calculated the file since."""
    if sheet.book.app.engine.name != "sop_xl":
        return []
    source = sheet.impl.state.source
    return scan(source.package, source.sheet).uncalculated if source is not None and source.formulas else []
