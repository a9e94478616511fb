"""Sheets of the file engine, as xlwings asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sop_xl.excel.engine.address import WHOLE_SHEET, AddressError, Area, area_of, column_number, plain_address
from sop_xl.excel.engine.journal import Protect, SheetShow, Unprotect
from sop_xl.excel.engine.looks import DEFAULT_HEIGHT, DEFAULT_WIDTH
from sop_xl.excel.engine.names import Names
from sop_xl.excel.engine.ranges import Range
from sop_xl.excel.engine.sheet_state import SheetState
from sop_xl.excel.engine.source import Cell
from sop_xl.excel.engine.tables import Table, Tables
from sop_xl.excel.engine.unsupported import FileObject, NativeObject, refuse
from sop_xl.excel.engine.values import Formula

if TYPE_CHECKING:
    from sop_xl.excel.engine.application import Book


class SheetProtected(RuntimeError):
    """An edit of locked cells on a protected sheet, which Excel refuses."""


class Sheet(FileObject):
    """One worksheet."""

    _what = "Sheet"

    def __init__(self, book: Book, state: SheetState) -> None:
        """Point at the sheet of a book."""
        self._book, self._state = book, state

    @property
    def state(self) -> SheetState:
        """What the sheet holds."""
        return self._state

    @property
    def book(self) -> Book:
        """The book it belongs to."""
        return self._book

    @property
    def api(self) -> SheetProtection:
        """What of Excel's own object is there: protection."""
        return SheetProtection(self)

    @property
    def name(self) -> str:
        """Its name."""
        return self._state.name

    @name.setter
    def name(self, value: str) -> None:
        self._book.rename(self._state, value)

    @property
    def index(self) -> int:
        """Its place among the tabs, from one."""
        return self._book.state.sheets.index(self._state) + 1

    @property
    def names(self) -> Names:
        """Names that mean something on this sheet alone."""
        return Names(self._book, self._state)

    @property
    def tables(self) -> Tables:
        """Its Excel Tables."""
        return Tables(self)

    @property
    def visible(self) -> bool:
        """Whether people see it."""
        return self._state.visible

    @visible.setter
    def visible(self, value: bool) -> None:
        if not value and sum(each.visible for each in self._book.state.sheets) == 1 and self._state.visible:
            raise ValueError("a workbook needs a visible sheet")
        self._state.visible = bool(value)
        self._book.state.record(SheetShow(self.name, bool(value)))

    def range(self, arg1: Any, arg2: Any = None) -> Range:
        """Return the cells of an address, a name, a (row, column) pair or between two of them."""
        if isinstance(arg1, tuple) and len(arg1) == 4:
            row, column, rows, columns = arg1
            return Range(self, Area(row, column, row + rows - 1, column + columns - 1))
        first = self._area(arg1)
        second = first if arg2 is None else self._area(arg2)
        return self.part(
            Area(
                min(first.top, second.top),
                min(first.left, second.left),
                max(first.bottom, second.bottom),
                max(first.right, second.right),
            )
        )

    def _area(self, given: Any) -> Area:
        if isinstance(given, Range):
            return given._area
        if isinstance(given, tuple):
            row, column = given
            if 0 in given:
                raise IndexError("rows and columns count from 1: 0 is none")
            if isinstance(column, str):
                column = column_number(column)
            found = Area(row, column, row, column)
            if found.within(WHOLE_SHEET) is None:
                raise IndexError(f"row {row}, column {column} lies outside the sheet")
            return found
        if isinstance(given, str):
            try:
                return area_of(given)
            except AddressError:
                return self._book.area_of_name(given, self._state)
        raise ValueError(f"{given!r} is no address of cells")

    def part(self, area: Area) -> Range:
        """Return the cells of an area."""
        return Range(self, area)

    def cell(self, row: int, column: int) -> Range:
        """Return one cell."""
        return Range(self, Area(row, column, row, column))

    def columns(self, column: int) -> Range:
        """Return a whole column."""
        return Range(self, WHOLE_SHEET._replace(left=column, right=column))

    @property
    def cells(self) -> Range:
        """All its cells."""
        return Range(self, WHOLE_SHEET)

    @property
    def used_range(self) -> Range:
        """From the first to the last cell in use."""
        return Range(self, self._state.used())

    def activate(self) -> None:
        """Bring it to the front."""
        self._book.show(self._state)

    select = activate

    def clear_contents(self) -> None:
        """Empty all cells."""
        self.cells.clear_contents()

    def clear_formats(self) -> None:
        """Give all cells the look of a new sheet."""
        self.cells.clear_formats()

    def clear(self) -> None:
        """Empty all cells and give them the look of a new sheet."""
        self.cells.clear()

    def autofit(self, axis: str | None = None) -> None:
        """Make the columns as wide as their longest text."""
        self.used_range.autofit(axis)

    def delete(self) -> None:
        """Remove it."""
        self._book.delete(self._state)

    @property
    def notes(self) -> list[Any]:
        """Its notes, to read."""
        return [note for place in self.notes_by_cell if (note := self.cell(*place).note)]

    @property
    def notes_by_cell(self) -> dict[Cell, str]:
        """Texts of notes by their cell."""
        from sop_xl.excel.engine.extras import notes

        return notes(self._state.source) if self._state.source else {}

    @property
    def hyperlinks(self) -> dict[Cell, str]:
        """Addresses of links by their cell."""
        from sop_xl.excel.engine.extras import hyperlinks

        return hyperlinks(self._state.source) if self._state.source else {}

    def table_at(self, row: int, column: int) -> Table | None:
        """Return the Excel Table that a cell belongs to."""
        for table in self._book.state.tables:
            if table.sheet is self._state and table.area.holds(row, column):
                return Table(self, table)
        return None

    def column_width(self, column: int) -> float:
        """Return the width of a column in characters."""
        if column in self._state.widths:
            return self._state.widths[column]
        for marks in self._state.source.column_marks if self._state.source else ():
            if "width" in marks and int(marks["min"]) <= column <= int(marks["max"]):
                hidden = marks.get("hidden") in ("1", "true")
                return 0.0 if hidden else round(max(float(marks["width"]) - 0.7109375, 0), 2)
        return DEFAULT_WIDTH

    def row_height(self, row: int) -> float:
        """Return the height of a row in points."""
        if row in self._state.heights:
            return self._state.heights[row]
        marks = self._state.source.row_marks.get(row, {}) if self._state.source else {}
        return 0.0 if marks.get("hidden") in ("1", "true") else float(marks.get("ht", DEFAULT_HEIGHT))

    def array_at(self, row: int, column: int) -> Area | None:
        """Return the cells of the array formula that a cell belongs to."""
        written = self._state.writes.get(row, {})
        if column in written:
            value = written[column]
            return area_of(value.array) if isinstance(value, Formula) and value.array else None
        for (top, left), _, area in self._state.source.arrays if self._state.source else ():
            if area.holds(row, column):
                return None if left in self._state.writes.get(top, {}) else area
        return None

    def check_arrays(self, area: Area) -> None:
        """Refuse edits of a part of an array formula that fills fixed cells, as Excel does.

        Raises:
            RuntimeError: where such a formula lies partly inside the area.
        """
        for _, formula, fixed in self._state.source.arrays if self._state.source else ():
            if not formula.dynamic and fixed.size > 1 and fixed.meets(area) and fixed.within(area) != fixed:
                raise RuntimeError(f"{plain_address(area)}: you cannot change part of an array")

    def check_writable(self, area: Area) -> None:
        """Refuse edits of locked cells on a protected sheet, as Excel does.

        Raises:
            SheetProtected: where a cell is locked.
        """
        if not self._state.protected:
            return
        for row in range(area.top, area.bottom + 1):
            for column in range(area.left, area.right + 1):
                if self._state.locked(row, column):
                    place = plain_address(Area(row, column, row, column))
                    raise SheetProtected(
                        f"{self.name}!{place} is locked: the sheet is protected (Review, Unprotect Sheet)"
                    )

    def check_formats(self) -> None:
        """Refuse changes of looks and tables on a protected sheet, as Excel does.

        Raises:
            SheetProtected: where the sheet is protected.
        """
        if self._state.protected:
            raise SheetProtected(
                f"{self.name} is protected: its looks and tables cannot be changed (Review, Unprotect Sheet)"
            )


class SheetProtection(NativeObject):
    """Protection of a sheet under the names of Excel's own object model."""

    def __init__(self, sheet: Sheet) -> None:
        """Belong to a sheet."""
        super().__init__("Sheet")
        self._sheet = sheet

    @property
    def ProtectContents(self) -> bool:  # noqa: N802
        """Whether locked cells cannot be edited."""
        return self._sheet.state.protected

    def Unprotect(self, Password: str | None = None) -> None:  # noqa: N802
        """Open the sheet for edits; one with a password needs Excel."""
        state = self._sheet.state
        if not state.protected:
            return
        marks = state.source.protection if state.source else None
        if marks and {"password", "hashValue"} & marks.keys():
            refuse("Unprotect of a sheet with a password")
        state.protected = False
        self._sheet.book.state.record(Unprotect(state.name))

    def Protect(self, *_: Any, **__: Any) -> None:  # noqa: N802
        """Protect the sheet again, with what its file allowed."""
        state = self._sheet.state
        if not state.protected:
            state.protected = True
            self._sheet.book.state.record(Protect(state.name))


class Sheets(FileObject):
    """The worksheets of a book."""

    _what = "Sheets"

    def __init__(self, book: Book) -> None:
        """Belong to a book."""
        self._book = book

    @property
    def api(self) -> NativeObject:
        """A stand-in for Excel's own object."""
        return NativeObject("Sheets")

    @property
    def active(self) -> Sheet:
        """The sheet in front."""
        state = self._book.state
        return Sheet(self._book, state.sheets[state.active])

    def __call__(self, key: int | str) -> Sheet:
        """Return a sheet by its name or its place from one."""
        state = self._book.state
        if isinstance(key, str):
            return Sheet(self._book, state.sheet(key))
        if not 1 <= key <= len(state.sheets):
            raise IndexError(f"there is no sheet {key}: the book has {len(state.sheets)}")
        return Sheet(self._book, state.sheets[int(key) - 1])

    def __len__(self) -> int:
        """Return their number."""
        return len(self._book.state.sheets)

    def __iter__(self) -> Iterator[Sheet]:
        """Yield them in the order of their tabs."""
        for state in list(self._book.state.sheets):
            yield Sheet(self._book, state)

    def __contains__(self, key: object) -> bool:
        """Whether there is a sheet of a name or at a place."""
        try:
            self(key)  # type: ignore[arg-type]
        except (KeyError, IndexError):
            return False
        return True

    def add(self, before: Sheet | None = None, after: Sheet | None = None, name: str | None = None) -> Sheet:
        """Add an empty sheet, in front of the active one where no place is given."""
        return Sheet(self._book, self._book.add_sheet(before, after, name))
