"""A sheet as its file has it, each aspect read when first asked for: values, formulas, style numbers, joined cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from xml.sax.saxutils import unescape

from sop_xl.excel.engine.address import FIRST_CELL, AddressError, Area, area_of, column_number
from sop_xl.excel.engine.values import CellValue, as_stored
from sop_xl.schema.raw import CellError
from sop_xl.workbook.guard import Package
from sop_xl.workbook.opened import MAX_AREA
from sop_xl.workbook.package import Malformed, Sheet, scan

_ROW = re.compile(rb"<row\b([^>]*)>")
_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.S)
_FORMULA = re.compile(rb"<f(?=[ />])([^>]*?)(?:/>|>([^<]*)</f>)", re.S)
_RESULT = re.compile(rb"<v[^>]*>([^<]*)</v>")
_LETTERS = re.compile(rb'<c r="([A-Z]{1,3})')
_STYLED = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"[^>]*?\bs="(\d+)"')
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_QUOTES = {"&quot;": '"', "&apos;": "'"}

Cell = tuple[int, int]


def attributes(tag: bytes) -> dict[str, str]:
    """Return the attributes of a tag."""
    return {name.decode(): unescape(value.decode("utf-8"), _QUOTES) for name, value in _ATTRIBUTE.findall(tag) if name}


@dataclass(frozen=True, slots=True)
class SourceFormula:
    """A formula as the file has it; ``kind`` is empty, ``array``, ``shared`` or ``dataTable``."""

    text: str
    kind: str = ""
    area: Area | None = None
    group: str = ""
    dynamic: bool = False


class SheetSource:
    """The XML of a sheet and what stands in it; nothing here ever changes."""

    def __init__(self, package: Package, sheet: Sheet, reader: Any) -> None:
        """Keep where the sheet is; nothing is read yet."""
        self.package, self.sheet, self._reader = package, sheet, reader

    @property
    def xml(self) -> bytes:
        """The part as it lies in the file."""
        return self.package.parts[self.sheet.part]

    @cached_property
    def _loaded(self) -> tuple[list[list[CellValue]], int, int]:
        self._refuse_absurd()
        try:
            read = self._reader.get_sheet_by_name(self.sheet.name)
            rows, start = read.to_python(), read.start
        except BaseException as problem:  # a panic of the reader is not an Exception
            if isinstance(problem, (KeyboardInterrupt, SystemExit, MemoryError)):
                raise
            raise Malformed(f"the sheet '{self.sheet.name}' cannot be read") from None
        if start is None:
            rows, start = [], (0, 0)
        plain = (float, str, bool)
        values = [[v if type(v) in plain and v != "" else as_stored(v) for v in row] for row in rows]
        top, left = start[0] + 1, start[1] + 1
        return _with_errors(values, top, left, self._errors())

    def _refuse_absurd(self) -> None:
        xml = self.xml
        rows = [int(number) for number in re.findall(rb'<row\b[^>]*?\br="(\d+)"', xml)]
        if rows and self._regular:
            columns = [column_number(each.decode()) for each in set(_LETTERS.findall(xml))] or [1]
            if (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1) <= MAX_AREA:
                return
        extent = scan(self.package, self.sheet)
        if extent.absurd or extent.area > MAX_AREA:
            raise Malformed(
                f"the sheet '{self.sheet.name}' is too large: "
                + (extent.absurd or f"its filled cells span {extent.area:,} cells")
            )

    def _errors(self) -> Iterator[tuple[Cell, str]]:
        if b't="e"' not in self.xml:
            return
        for cell, tag, inner in self._walk():
            if b't="e"' in tag and (found := _RESULT.search(inner)):
                yield cell, found[1].decode()

    @property
    def rows(self) -> list[list[CellValue]]:
        """Values from the first to the last filled row; the first value of each is of the column ``left``."""
        return self._loaded[0]

    @property
    def top(self) -> int:
        """First filled row."""
        return self._loaded[1]

    @property
    def left(self) -> int:
        """First filled column."""
        return self._loaded[2]

    @cached_property
    def _regular(self) -> bool:
        """Whether every cell names its place first, as Excel and nearly all others write it."""
        return len(_LETTERS.findall(self.xml)) == len(re.findall(rb"<c[ />]", self.xml))

    def _walk(self) -> Iterator[tuple[Cell, bytes, bytes]]:
        """Yield place, marks and inside of every cell; one that does not name its place follows the one before."""
        row, position = 0, 0
        while found := _ROW.search(self.xml, position):
            given = attributes(found[1]).get("r", "")
            row = int(given) if given.isdigit() else row + 1
            position = found.end()
            if found[1].endswith(b"/"):
                continue
            end = self.xml.index(b"</row>", position)
            column = 0
            for cell in _CELL.finditer(self.xml, position, end):
                place = _PLACE.fullmatch(attributes(cell[1]).get("r", ""))
                column = column_number(place[1]) if place else column + 1
                yield (row, column), cell[1], cell[2] or b""
            position = end

    @cached_property
    def styles(self) -> dict[Cell, int]:
        """Style number of every cell that has one of its own."""
        if self._regular:
            number = column_number
            return {
                (int(row), number(letters.decode())): int(style) for letters, row, style in _STYLED.findall(self.xml)
            }
        return {cell: int(style) for cell, tag, _ in self._walk() if (style := attributes(tag).get("s"))}

    @cached_property
    def box(self) -> Area | None:
        """From the first to the last cell with a value or a style of its own."""
        rows = {row for row, _ in self.styles}
        columns = {column for _, column in self.styles}
        if self.rows:
            rows |= {self.top, self.top + len(self.rows) - 1}
            columns |= {self.left, self.left + len(self.rows[0]) - 1}
        return Area(min(rows), min(columns), max(rows), max(columns)) if rows else None

    @cached_property
    def row_marks(self) -> dict[int, dict[str, str]]:
        """Attributes of every row that has more than its number."""
        return {
            int(marks["r"]): marks
            for found in _ROW.finditer(self.xml)
            if b" ht=" in found[1] or b" s=" in found[1] or b" hidden=" in found[1]
            if (marks := attributes(found[1])).get("r", "").isdigit()
        }

    @cached_property
    def column_marks(self) -> tuple[dict[str, str], ...]:
        """Attributes of the ranges of columns with a width or style of their own."""
        return tuple(attributes(tag) for tag in re.findall(rb"<col\b([^>]*)>", self._before_cells))

    @cached_property
    def _before_cells(self) -> bytes:
        return self.xml.partition(b"<sheetData")[0]

    @cached_property
    def after_cells(self) -> bytes:
        """The XML behind the cells."""
        return self.xml[max(self.xml.rfind(b"</sheetData>"), self.xml.rfind(b"<sheetData/>"), 0) :]

    def style(self, row: int, column: int) -> int:
        """Return the style number a cell shows: its own, else its row's, else its column's."""
        own = self.styles.get((row, column))
        if own is not None:
            return own
        marks = self.row_marks.get(row, {})
        if "s" in marks:
            return int(marks["s"])
        for marks in self.column_marks:
            if "style" in marks and int(marks["min"]) <= column <= int(marks["max"]):
                return int(marks["style"])
        return 0

    @cached_property
    def formulas(self) -> dict[Cell, SourceFormula]:
        """Formulas by their cell; the members of a shared group have their own text."""
        found: dict[Cell, SourceFormula] = {}
        for cell, tag, inner in self._walk() if _FORMULA.search(self.xml) else ():
            formula = _FORMULA.search(inner)
            if formula is None:
                continue
            given, text = attributes(formula[1]), formula[2] or b""
            area = area_of(given["ref"]) if "ref" in given else None
            words = unescape(text.decode("utf-8"), _QUOTES)
            found[cell] = SourceFormula(words, given.get("t", ""), area, given.get("si", ""), b' cm="' in tag)
        _spell_out_shared(found)
        return found

    @cached_property
    def arrays(self) -> tuple[tuple[Cell, SourceFormula, Area], ...]:
        """Formulas that fill or spill over an area, with their first cell and the area."""
        return tuple(
            (cell, formula, formula.area)
            for cell, formula in self.formulas.items()
            if formula.kind == "array" and formula.area
        )

    @cached_property
    def merges(self) -> tuple[Area, ...]:
        """Areas of joined cells."""
        references = re.findall(rb'<mergeCell\b[^>]*\bref="([^"]+)"', self.after_cells)
        return tuple(area_of(reference.decode()) for reference in references)

    @cached_property
    def protection(self) -> dict[str, str] | None:
        """Marks of the sheet's protection, or None where it has none."""
        found = re.search(rb"<sheetProtection\b([^>]*)>", self.after_cells)
        marks = attributes(found[1]) if found else {}
        return marks if marks.get("sheet") in ("1", "true") else None


def _with_errors(
    rows: list[list[CellValue]], top: int, left: int, errors: Iterator[tuple[Cell, str]]
) -> tuple[list[list[CellValue]], int, int]:
    """Put failures back in place, which the reader leaves empty; widen the box where one stands outside."""
    failed = dict(errors)
    if not failed:
        return rows, top, left
    width = len(rows[0]) if rows else 0
    first_row = min([row for row, _ in failed] + ([top] if rows else []))
    first_column = min([column for _, column in failed] + ([left] if rows else []))
    last_row = max([row for row, _ in failed] + ([top + len(rows) - 1] if rows else []))
    last_column = max([column for _, column in failed] + ([left + width - 1] if rows else []))
    if (first_row, first_column, last_row, last_column) != (top, left, top + len(rows) - 1, left + width - 1):
        empty: list[CellValue] = [None] * (last_column - first_column + 1)
        wide = [list(empty) for _ in range(last_row - first_row + 1)]
        for offset, row in enumerate(rows, top - first_row):
            wide[offset][left - first_column : left - first_column + width] = row
        rows, top, left = wide, first_row, first_column
    for (row, column), code in failed.items():
        rows[row - top][column - left] = CellError(code)
    return rows, top, left


def _spell_out_shared(found: dict[Cell, SourceFormula]) -> None:
    masters = {f.group: (cell, f.text) for cell, f in found.items() if f.kind == "shared" and f.text}
    for cell, formula in list(found.items()):
        if formula.kind == "shared" and not formula.text and formula.group in masters:
            origin, text = masters[formula.group]
            found[cell] = SourceFormula(translated(text, origin, cell), "shared", None, formula.group)


def translated(formula: str, origin: Cell, target: Cell) -> str:
    """Return a formula (without ``=``) as it reads after a copy from one cell to another."""
    from openpyxl.formula.translate import Translator

    from sop_xl.excel.engine.address import column_letters

    places = [f"{column_letters(column)}{row}" for row, column in (origin, target)]
    return str(Translator("=" + formula, origin=places[0]).translate_formula(places[1]))[1:]


def contained(address: str) -> Area:
    """Return the area of an address, or one cell where it is none: for lists of areas in a file."""
    try:
        return area_of(address)
    except AddressError:
        return FIRST_CELL
