"""Excel Tables of the file engine, as xlwings asks for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sop_xl.excel.engine.address import Area, plain_address
from sop_xl.excel.engine.book_state import TableState
from sop_xl.excel.engine.journal import TableAdd, TableResize, TableSet
from sop_xl.excel.engine.unsupported import FileObject, NativeObject, refuse
from sop_xl.excel.engine.values import as_text

if TYPE_CHECKING:
    from sop_xl.excel.engine.ranges import Range
    from sop_xl.excel.engine.sheets import Sheet

_GOOD = re.compile(r"[A-Za-z_\\À-￿][\w.\\À-￿]{0,254}")


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
        self._record("show_table_style_first_column", bool(value))

    @property
    def show_table_style_last_column(self) -> bool:
        """Whether the last column stands out."""
        return self._state.last_column

    @show_table_style_last_column.setter
    def show_table_style_last_column(self, value: bool) -> None:
        self._state.last_column = bool(value)
        self._record("show_table_style_last_column", bool(value))

    @property
    def show_table_style_row_stripes(self) -> bool:
        """Whether rows are striped."""
        return self._state.row_stripes

    @show_table_style_row_stripes.setter
    def show_table_style_row_stripes(self, value: bool) -> None:
        self._state.row_stripes = bool(value)
        self._record("show_table_style_row_stripes", bool(value))

    @property
    def show_table_style_column_stripes(self) -> bool:
        """Whether columns are striped."""
        return self._state.column_stripes

    @show_table_style_column_stripes.setter
    def show_table_style_column_stripes(self, value: bool) -> None:
        self._state.column_stripes = bool(value)
        self._record("show_table_style_column_stripes", bool(value))

    @property
    def table_style(self) -> str:
        """Name of its style."""
        return self._state.style

    @table_style.setter
    def table_style(self, value: str) -> None:
        self._state.style = str(value)
        self._record("table_style", str(value))

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
        state.area, state.changed = area, True
        self._sheet.book.state.record(TableResize(state.name, self._sheet.name, plain_address(area)))
        name_headers(self._sheet, state)

    @property
    def columns(self) -> TableColumns:
        """Its columns."""
        return TableColumns(self)

    @property
    def rows(self) -> TableRows:
        """Its data rows."""
        return TableRows(self)


class TableColumn(FileObject):
    """One column of an Excel Table."""

    _what = "TableColumn"

    def __init__(self, table: Table, index: int) -> None:
        """Be the column of a place, from one."""
        self._table, self._index = table, index

    @property
    def index(self) -> int:
        """Its place, from one."""
        return self._index

    @property
    def name(self) -> str:
        """Its header."""
        header = self._table.header_row_range
        return "" if header is None else str(header(1, self._index).raw_value or "")

    @property
    def range(self) -> Range:
        """All its cells, header included."""
        whole = self._table.range
        column = whole.column + self._index - 1
        return whole.sheet.part(Area(whole.row, column, whole.row + whole.shape[0] - 1, column))

    @property
    def data_body_range(self) -> Range | None:
        """Its data cells."""
        body = self._table.data_body_range
        if body is None:
            return None
        column = body.column + self._index - 1
        return body.sheet.part(Area(body.row, column, body.row + body.shape[0] - 1, column))


class TableColumns(FileObject):
    """The columns of an Excel Table."""

    _what = "TableColumns"

    def __init__(self, table: Table) -> None:
        """Belong to a table."""
        self._table = table

    def __len__(self) -> int:
        """Return their number."""
        return self._table.range.shape[1]

    def __call__(self, key: int | str) -> TableColumn:
        """Return a column by its header or its place from one.

        Raises:
            KeyError: where there is none.
        """
        for column in self:
            if key == column.index or (isinstance(key, str) and key.casefold() == column.name.casefold()):
                return column
        raise KeyError(key)

    def __iter__(self) -> Iterator[TableColumn]:
        """Yield them from left to right."""
        return (TableColumn(self._table, index) for index in range(1, len(self) + 1))

    def __contains__(self, key: object) -> bool:
        """Whether there is such a column."""
        return any(key in (column.index, column.name) for column in self)


class TableRow(FileObject):
    """One data row of an Excel Table."""

    _what = "TableRow"

    def __init__(self, table: Table, index: int) -> None:
        """Be the row of a place, from one."""
        self._table, self._index = table, index

    @property
    def index(self) -> int:
        """Its place, from one."""
        return self._index

    @property
    def range(self) -> Range:
        """Its cells."""
        body = self._table.data_body_range
        if body is None:
            raise KeyError(self._index)
        row = body.row + self._index - 1
        return body.sheet.part(Area(row, body.column, row, body.column + body.shape[1] - 1))


class TableRows(FileObject):
    """The data rows of an Excel Table."""

    _what = "TableRows"

    def __init__(self, table: Table) -> None:
        """Belong to a table."""
        self._table = table

    @property
    def column_count(self) -> int:
        """Number of columns."""
        return self._table.range.shape[1]

    def __len__(self) -> int:
        """Return their number."""
        body = self._table.data_body_range
        return body.shape[0] if body else 0

    def __call__(self, key: int) -> TableRow:
        """Return a row by its place from one.

        Raises:
            KeyError: where there is none.
        """
        if not 1 <= key <= len(self):
            raise KeyError(key)
        return TableRow(self._table, key)

    def __iter__(self) -> Iterator[TableRow]:
        """Yield them from top to bottom."""
        return (TableRow(self._table, index) for index in range(1, len(self) + 1))

    def add(self, values: list[Any] | None, index: int | None) -> TableRow:
        """Add a row at the end; elsewhere it would move cells, which needs Excel."""
        whole = self._table.range
        if (index is not None and index != len(self) + 1) or self._table.show_totals:
            refuse("Table.rows.add inside a table")
        area = Area(whole.row, whole.column, whole.row + whole.shape[0], whole.column + whole.shape[1] - 1)
        below = area._replace(top=area.bottom)
        if any(whole.sheet.state.filled(below)):
            refuse("Table.rows.add above filled cells")
        self._table.resize(whole.sheet.part(area))
        row = TableRow(self._table, len(self))
        if values is not None:
            row.range.raw_value = [values]
        return row


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


def check_name(sheet: Sheet, name: str, own: TableState | None) -> None:
    """Refuse a table name that Excel would not take.

    Raises:
        ValueError: where it is taken or no name.
    """
    from sop_xl.excel.engine.names import _is_address

    book = sheet.book.state
    taken = [each.name for each in book.tables if each is not own] + [n.name for n in book.names if n.sheet is None]
    if name.casefold() in (each.casefold() for each in taken):
        raise ValueError(f"the name '{name}' is taken in this workbook")
    if not _GOOD.fullmatch(name) or _is_address(name):
        raise ValueError(f"'{name}' is no table name that Excel takes: letters, digits, '_' and '.', no cell address")


def check_free(sheet: Sheet, area: Area, own: TableState | None) -> None:
    """Refuse cells that another table covers.

    Raises:
        ValueError: where one does.
    """
    for each in sheet.book.state.tables:
        if each is not own and each.sheet is sheet.state and each.area.meets(area):
            raise ValueError(f"{plain_address(area)} meets the table {each.name}")


def header_texts(table: TableState) -> list[str]:
    """Return the headers that Excel would show: text, none empty, none twice."""
    row = table.area._replace(bottom=table.area.top)
    present = [as_text(value) for value in table.sheet.values(row)[0]]
    seen: set[str] = set()
    taken = {text.casefold() for text in present}
    texts = []
    for text in present:
        unique, number = text or "Column1", 2
        while unique.casefold() in seen or (not text and unique.casefold() in taken):
            unique, number = f"{text or 'Column'}{number}", number + 1
        seen.add(unique.casefold())
        texts.append(unique)
    return texts


def name_headers(sheet: Sheet, table: TableState) -> None:
    """Write headers where cells are empty, no text, or say the same twice: Excel does so too."""
    if not table.header_rows:
        return
    area = table.area
    present = table.sheet.values(area._replace(bottom=area.top))[0]
    for column, (text, value) in enumerate(zip(header_texts(table), present, strict=True), area.left):
        if text != value:
            sheet.cell(area.top, column).raw_value = text
