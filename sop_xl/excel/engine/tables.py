"""Excel Tables of the file engine, as xlwings asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sop_xl.excel.engine.address import Area, plain_address
from sop_xl.excel.engine.book_state import TableState
from sop_xl.excel.engine.journal import TableAdd, TableResize, TableSet
from sop_xl.excel.engine.mentions import column_is_mentioned
from sop_xl.excel.engine.table_parts import TableColumns, TableRows
from sop_xl.excel.engine.table_rules import check_free, check_name, header_texts, name_headers
from sop_xl.excel.engine.unsupported import FileObject, NativeObject, refuse

if TYPE_CHECKING:
    from sop_xl.excel.engine.ranges import Range
    from sop_xl.excel.engine.sheets import Sheet


class Table(FileObject):
    """One Excel Table."""

    _what = "Table"

    def __init__(self, sheet: Sheet, state: TableState) -> None:
        """Belong to a sheet."""
        self._sheet, self._state = sheet, state

    @property
    def api(self) -> NativeObject:
        """A stand-in for Excel's own object."""
        return NativeObject("Table")

    @property
    def parent(self) -> Sheet:
        """The sheet it lies on."""
        return self._sheet

    def _record(self, name: str, value: Any) -> None:
        self._state.changed = True
        self._sheet.book.state.record(TableSet(self._state.name, self._sheet.name, name, value))

    @property
    def name(self) -> str:
        """Its name."""
        return self._state.name

    @name.setter
    def name(self, value: str) -> None:
        if value == self._state.name:
            return
        check_name(self._sheet, value, self._state)
        if self._state.part:
            refuse("Table.name = ... of a table that formulas may mention")
        self._record("name", value)
        self._state.name = value

    display_name = name

    @property
    def range(self) -> Range:
        """All of it, header and totals included."""
        return self._sheet.part(self._state.area)

    @property
    def data_body_range(self) -> Range | None:
        """Its data rows, or None where there are none."""
        body = self._state.body
        return self._sheet.part(body) if body else None

    @property
    def header_row_range(self) -> Range | None:
        """Its header row, or None where it has none."""
        area = self._state.area
        return self._sheet.part(area._replace(bottom=area.top)) if self._state.header_rows else None

    @property
    def totals_row_range(self) -> Range | None:
        """Its row of totals, or None where it has none."""
        area = self._state.area
        return self._sheet.part(area._replace(top=area.bottom)) if self._state.totals_rows else None

    @property
    def insert_row_range(self) -> None:
        """None: a table in a file always has a row of its own."""
        return None

    @property
    def show_headers(self) -> bool:
        """Whether it has a header row."""
        return self._state.header_rows > 0

    @show_headers.setter
    def show_headers(self, value: bool) -> None:
        if value != self.show_headers:
            refuse("Table.show_headers = ...")

    @property
    def show_totals(self) -> bool:
        """Whether it has a row of totals."""
        return self._state.totals_rows > 0

    @show_totals.setter
    def show_totals(self, value: bool) -> None:
        if value != self.show_totals:
            refuse("Table.show_totals = ...")

    @property
    def show_autofilter(self) -> bool:
        """Whether its headers have filter buttons."""
        return self._state.autofilter

    @show_autofilter.setter
    def show_autofilter(self, value: bool) -> None:
        self._state.autofilter = bool(value)
        self._record("show_autofilter", bool(value))

    @property
    def show_table_style_first_column(self) -> bool:
        """Whether the first column stands out."""
        return self._state.first_column

    @show_table_style_first_column.setter
    def show_table_style_first_column(self, value: bool) -> None:
        self._state.first_column = bool(value)
        self._record("show_first_column", bool(value))

    @property
    def show_table_style_last_column(self) -> bool:
        """Whether the last column stands out."""
        return self._state.last_column

    @show_table_style_last_column.setter
    def show_table_style_last_column(self, value: bool) -> None:
        self._state.last_column = bool(value)
        self._record("show_last_column", bool(value))

    @property
    def show_table_style_row_stripes(self) -> bool:
        """Whether rows are striped."""
        return self._state.row_stripes

    @show_table_style_row_stripes.setter
    def show_table_style_row_stripes(self, value: bool) -> None:
        self._state.row_stripes = bool(value)
        self._record("show_row_stripes", bool(value))

    @property
    def show_table_style_column_stripes(self) -> bool:
        """Whether columns are striped."""
        return self._state.column_stripes

    @show_table_style_column_stripes.setter
    def show_table_style_column_stripes(self, value: bool) -> None:
        self._state.column_stripes = bool(value)
        self._record("show_column_stripes", bool(value))

    @property
    def table_style(self) -> str:
        """Name of its style."""
        return self._state.style

    @table_style.setter
    def table_style(self, value: str) -> None:
        self._state.style = str(value)
        self._record("style", str(value))

    def resize(self, target: Any) -> None:
        """Lay it over other cells; the header row stays where it is, as Excel demands.

        Raises:
            ValueError: where the header row would move, no data row is left, or another table is met.
        """
        area: Area = target.impl._area if hasattr(target, "impl") else target._area
        state = self._state
        if area.top != state.area.top:
            raise ValueError("the header row of a table stays where it is: begin the new range in the same row")
        if not area.meets(state.area):
            raise ValueError("the new range of a table must touch the old one")
        if area.shape[0] < 1 + state.header_rows + state.totals_rows:
            raise ValueError("a table needs at least one data row")
        check_free(self._sheet, area, state)
        if state.totals_rows and area.bottom != state.area.bottom:
            refuse("Table.resize of a table with a row of totals")
        self._sheet.check_formats()
        self._check_dropped(area)
        state.area, state.changed = area, True
        self._sheet.book.state.record(TableResize(state.name, self._sheet.name, plain_address(area)))
        name_headers(self._sheet, state)

    def _check_dropped(self, area: Area) -> None:
        state = self._state
        if not (state.part and state.header_rows):
            return
        for column, header in enumerate(header_texts(state), state.area.left):
            if not area.left <= column <= area.right and column_is_mentioned(self._sheet.book.state, header):
                refuse(f"dropping the column '{header}' of the table {state.name}, which formulas mention,")

    @property
    def columns(self) -> TableColumns:
        """Its columns."""
        return TableColumns(self)

    @property
    def rows(self) -> TableRows:
        """Its data rows."""
        return TableRows(self)


class Tables(FileObject):
    """The Excel Tables of a sheet."""

    _what = "Tables"

    def __init__(self, sheet: Sheet) -> None:
        """Belong to a sheet."""
        self._sheet = sheet

    @property
    def api(self) -> NativeObject:
        """A stand-in for Excel's own object."""
        return NativeObject("Tables")

    def _found(self) -> list[TableState]:
        return [each for each in self._sheet.book.state.tables if each.sheet is self._sheet.state]

    def __len__(self) -> int:
        """Return their number."""
        return len(self._found())

    def __iter__(self) -> Iterator[Table]:
        """Yield them."""
        return (Table(self._sheet, each) for each in self._found())

    def __call__(self, key: int | str) -> Table:
        """Return a table by its name or its place from one.

        Raises:
            KeyError: where there is none.
        """
        if isinstance(key, str):
            return Table(self._sheet, self._sheet.book.state.table(key, self._sheet.state))
        found = self._found()
        if not 1 <= key <= len(found):
            raise KeyError(key)
        return Table(self._sheet, found[int(key) - 1])

    def __contains__(self, key: object) -> bool:
        """Whether there is such a table on the sheet."""
        if isinstance(key, str):
            return any(each.name.casefold() == key.casefold() for each in self._found())
        return isinstance(key, int) and 1 <= key <= len(self)

    def add(
        self,
        source_type: Any = None,
        source: Any = None,
        link_source: Any = None,
        has_headers: bool = True,
        destination: Any = None,
        table_style_name: str | None = "TableStyleMedium2",
        name: str | None = None,
    ) -> Table:
        """Add an Excel Table around cells.

        Raises:
            ValueError: where another table is met or the name is taken.
        """
        if not has_headers:
            refuse("Tables.add(has_headers=False)")
        area: Area = source.impl._area
        if len(source.impl) == 1:
            area = source.impl.current_region._area
        if area.shape[0] == 1:
            area = area._replace(bottom=area.top + 1)
        sheet, book = self._sheet, self._sheet.book.state
        self._sheet.check_formats()
        check_free(sheet, area, None)
        if name is None:
            taken = {each.name.casefold() for each in book.tables}
            name = next(f"Table{n}" for n in range(1, len(taken) + 2) if f"table{n}" not in taken)
        check_name(sheet, name, None)
        state = TableState(name, sheet.state, area, style=table_style_name or "", changed=True)
        book.tables.append(state)
        name_headers(sheet, state)
        book.record(TableAdd(sheet.name, name, plain_address(area), table_style_name or ""))
        return Table(sheet, state)
