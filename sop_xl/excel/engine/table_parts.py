"""Columns and rows of Excel Tables, as xlwings asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sop_xl.excel.engine.address import Area
from sop_xl.excel.engine.unsupported import FileObject, refuse

if TYPE_CHECKING:
    from sop_xl.excel.engine.ranges import Range
    from sop_xl.excel.engine.tables import Table


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
