"""Ranges of the file engine, as xlwings asks for them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sop_xl.excel.engine.address import WHOLE_SHEET, Area, address_of, plain_address, quoted_sheet
from sop_xl.excel.engine.blocks import blocks
from sop_xl.excel.engine.journal import Clear, Write, WriteFormula
from sop_xl.excel.engine.looks import Looks
from sop_xl.excel.engine.moving import end_of, region_of
from sop_xl.excel.engine.newer_functions import spills
from sop_xl.excel.engine.source import translated
from sop_xl.excel.engine.table_rules import check_headers, cleared_headers, name_headers
from sop_xl.excel.engine.unsupported import NativeObject, refuse
from sop_xl.excel.engine.values import CellValue, Formula, as_stored, for_excel
from sop_xl.schema.raw import CellError

if TYPE_CHECKING:
    from sop_xl.excel.engine.book_state import TableState
    from sop_xl.excel.engine.sheets import Sheet
    from sop_xl.excel.engine.tables import Table

MOST_CHARACTERS = 32_767
"""Longest text of a cell."""


class Range(Looks):
    """Cells of one sheet."""

    _what = "Range"

    def __init__(self, sheet: Sheet, area: Area) -> None:
        """Point at an area; one with no rows or columns is empty."""
        self._sheet, self._area = sheet, area
        self._options: dict[str, Any] = {}

    @property
    def options(self) -> dict[str, Any]:
        """Options that xlwings keeps with a range."""
        return self._options

    @options.setter
    def options(self, value: dict[str, Any]) -> None:
        self._options = value

    @property
    def api(self) -> Any:
        """A stand-in that is true, so that xlwings writes."""
        return NativeObject("Range") if self else None

    @property
    def coords(self) -> tuple[str, int, int, int, int]:
        """Sheet, first row and column, rows and columns."""
        return (self._state.name, self.row, self.column, *self.shape)

    @property
    def sheet(self) -> Sheet:
        """The sheet of the cells."""
        return self._sheet

    @property
    def row(self) -> int:
        """First row."""
        return self._area.top

    @property
    def column(self) -> int:
        """First column."""
        return self._area.left

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self._area.shape

    def __len__(self) -> int:
        """Return the number of cells."""
        rows, columns = self.shape
        return max(rows, 0) * max(columns, 0)

    def __call__(self, row: Any, column: Any = None) -> Range:
        """Return a cell counted from the first one, which is (1, 1)."""
        if column is None:
            row, column = divmod(row - 1, self.shape[1])
            row, column = row + 1, column + 1
        return self._cell(self._area.top + row - 1, self._area.left + column - 1)

    def _cell(self, row: int, column: int) -> Range:
        if not WHOLE_SHEET.holds(row, column):
            raise IndexError(f"row {row}, column {column} lies outside the sheet")
        return Range(self._sheet, Area(row, column, row, column))

    max_cells_per_read = None
    max_cells_per_write = None

    @property
    def _in_use(self) -> Area:
        """The area, without the empty rest of the sheet where it is very large."""
        if len(self) <= 2_000_000:
            return self._area
        return self._area.within(self._state.used()) or self._area._replace(
            bottom=self._area.top, right=self._area.left
        )

    @property
    def raw_value(self) -> Any:
        """Values as they are: one for a single cell, else rows."""
        if not self:
            return None
        if len(self) == 1:
            return self._state.value(self.row, self.column)
        return self._state.values(self._in_use)

    @raw_value.setter
    def raw_value(self, data: Any) -> None:
        if not self:
            return
        rows, columns = self.shape
        if not isinstance(data, (list, tuple)):
            area = self._in_use
            given: list[list[Any]] = [[data] * area.shape[1] for _ in range(area.shape[0])]
        else:
            area = self._area
            lines = data if data and isinstance(data[0], (list, tuple)) else [data]
            given = [[_at(_at(lines, r, [""]), c, CellError("#N/A")) for c in range(columns)] for r in range(rows)]
        self._write([[_entered(value) for value in line] for line in given], area)

    def _write(self, values: list[list[CellValue]], area: Area) -> None:
        self._check_writable(area)
        check_headers(self._sheet, area, values)
        state, dates = self._state, []
        for row, line in enumerate(values, area.top):
            for column, value in enumerate(line, area.left):
                if isinstance(value, datetime) and state.number_format(row, column) == "General":
                    dates.append((row, column, value))
            state.writes.setdefault(row, {}).update(enumerate(line, area.left))
        plain = tuple(tuple(state.plain(value) for value in line) for line in values)
        self._record(Write(state.name, plain_address(area), plain))
        for code in ("m/d/yyyy", "m/d/yyyy h:mm"):
            cells = [(row, column) for row, column, value in dates if _date_format(value) == code]
            for block in blocks(cells):
                Range(self._sheet, block).number_format = code

    def _check_writable(self, area: Area) -> None:
        self._sheet.check_writable(area)
        self._sheet.check_arrays(area)

    @property
    def formula(self) -> Any:
        """Formulas, or values as text where there is none."""
        if not self:
            return None
        area = self._in_use
        state = self._state
        rows = tuple(
            tuple(state.shown_formula(row, column, value) for column, value in enumerate(line, area.left))
            for row, line in enumerate(state.values(area), area.top)
        )
        return rows[0][0] if len(self) == 1 else rows

    @formula.setter
    def formula(self, value: Any) -> None:
        self._set_formula(value, array=False)

    @property
    def formula2(self) -> Any:
        """Formulas; those that spill read alike."""
        return self.formula

    @formula2.setter
    def formula2(self, value: Any) -> None:
        self._set_formula(value, array=False)

    @property
    def formula_array(self) -> Any:
        """The formula that fills the range, or spills from it."""
        return self._state.formula(self.row, self.column) if self else None

    @formula_array.setter
    def formula_array(self, value: Any) -> None:
        self._set_formula(value, array=True)

    def _set_formula(self, value: Any, *, array: bool) -> None:
        if not self:
            return
        area = self._area
        self._check_writable(area)
        if not array and any(spills(each) for each in _flat(value) if _is_formula(each)):
            refuse("a formula that spills")
        if array:
            text = str(value)
            blank: list[list[CellValue | Formula]] = [[None] * area.shape[1] for _ in range(area.shape[0])]
            blank[0][0] = Formula(text, plain_address(area))
            self._put_formulas(area, blank)
            self._record(WriteFormula(self._state.name, plain_address(area), ((text,),), True))
            return
        lines: list[list[CellValue | Formula]] = []
        for r in range(area.shape[0]):
            line: list[CellValue | Formula] = []
            for c in range(area.shape[1]):
                if isinstance(value, (list, tuple)):
                    given = value[r] if isinstance(value[0], (list, tuple)) else value
                    each = given[c] if isinstance(given, (list, tuple)) else given
                else:
                    each = _copied(value, r, c)
                line.append(Formula(each) if _is_formula(each) else _entered(each))
            lines.append(line)
        self._put_formulas(area, lines)
        texts = tuple(tuple(self._state.entered_text(each) for each in line) for line in lines)
        self._record(WriteFormula(self._state.name, plain_address(area), texts))

    def _put_formulas(self, area: Area, lines: list[list[CellValue | Formula]]) -> None:
        for row, line in enumerate(lines, area.top):
            self._state.writes.setdefault(row, {}).update(enumerate(line, area.left))

    @property
    def has_array(self) -> bool:
        """Whether the first cell belongs to an array formula."""
        return self._sheet.array_at(self.row, self.column) is not None

    def clear_contents(self) -> None:
        """Empty the cells."""
        self._clear("contents")

    def clear_formats(self) -> None:
        """Give the cells the look of a new sheet."""
        self._clear("formats")

    def clear(self) -> None:
        """Empty the cells and give them the look of a new sheet."""
        self._clear("all")

    def _clear(self, what: str) -> None:
        if not self:
            return
        area = self._area.within(self._state.used())
        headed: list[TableState] = []
        if area is not None:
            if what != "formats":
                self._sheet.check_writable(area)
                self._sheet.check_arrays(area)
                headed = cleared_headers(self._sheet, area)
                for row, column in list(self._state.filled(area)):
                    self._state.write(row, column, None)
            if what != "contents":
                self._state.drop_look(area)
        self._record(Clear(self._state.name, plain_address(self._area), what))
        for table in headed:
            name_headers(self._sheet, table)

    def end(self, direction: str) -> Range:
        """Return the cell that Ctrl+arrow reaches from the first one."""
        return self._cell(*end_of(self._state, self.row, self.column, direction))

    @property
    def current_region(self) -> Range:
        """The block of filled cells around the first one, bordered by empty rows and columns."""
        return Range(self._sheet, region_of(self._state, self.row, self.column))

    def expand(self, mode: str) -> Range:
        """Return the range down, right or both to the last filled cell."""
        from xlwings import Range as XlwingsRange
        from xlwings import expansion

        found: Any = expansion.expanders.get(mode, mode)
        return found.expand(XlwingsRange(impl=self)).impl

    def get_address(self, row_absolute: bool = True, column_absolute: bool = True, external: bool = False) -> str:
        """Return the address, with book and sheet where it is for another book."""
        rows, columns = "$" if row_absolute else "", "$" if column_absolute else ""
        address = address_of(self._area, rows=rows, columns=columns)
        if not external:
            return address
        name = self._state.name
        text = f"[{self._sheet.book.name}]{name}"
        plain = quoted_sheet(name) == name and re.fullmatch(r"[\w.]+", self._sheet.book.name)
        return f"{text}!{address}" if plain else "'" + text.replace("'", "''") + f"'!{address}"

    @property
    def address(self) -> str:
        """The address with dollar signs."""
        return self.get_address()

    def select(self) -> None:
        """Select the cells."""
        self._sheet.book.select(self._state, self._area)

    @property
    def table(self) -> Table | None:
        """The Excel Table that the first cell belongs to."""
        return self._sheet.table_at(self.row, self.column)

    @property
    def name(self) -> Any:
        """The defined name that means exactly this range."""
        return self._sheet.book.names.of_range(self._state, self._area)

    @name.setter
    def name(self, value: str) -> None:
        refers_to = f"={quoted_sheet(self._state.name)}!{self.address}"
        self._sheet.book.names.put(value, refers_to)

    def copy_from(
        self, source: Any, copy_type: str = "all", skip_blanks: bool = False, transpose: bool = False
    ) -> None:
        """Copy values from another range; other kinds of copies need Excel."""
        if copy_type != "values" or transpose or skip_blanks:
            refuse(f"Range.copy_from(copy_type={copy_type!r})")
        rows, columns = source.shape
        target = Range(self._sheet, Area(self.row, self.column, self.row + rows - 1, self.column + columns - 1))
        target.raw_value = source.impl.raw_value


def _at(values: Any, place: int, default: Any) -> Any:
    return values[place] if place < len(values) else default


def _entered(value: Any) -> CellValue:
    """Return a value as Excel keeps what is entered: a leading apostrophe marks text and is not part of it."""
    if isinstance(value, str):
        if len(value) > MOST_CHARACTERS:
            raise ValueError(f"a cell holds at most {MOST_CHARACTERS:,} characters, not {len(value):,}")
        return value.removeprefix("'") or None
    return as_stored(for_excel(value))


def _date_format(value: datetime) -> str:
    whole_day = value.hour == value.minute == value.second == value.microsecond == 0
    return "m/d/yyyy" if whole_day else "m/d/yyyy h:mm"


def _flat(value: Any) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        return [value]
    return [each for part in value for each in _flat(part)]


def _is_formula(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("=") and len(value) > 1


def _copied(value: Any, row: int, column: int) -> Any:
    if not _is_formula(value) or (row, column) == (0, 0):
        return value
    return "=" + translated(value[1:], (1, 1), (row + 1, column + 1))
