"""Fill a book as a person would: a value typed into a cell, a row added below the others; nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sop_xl.model.calendar import period_start
from sop_xl.schema.catalogue import EVERYWHERE, Column, Table, table
from sop_xl.schema.convert import convert, is_blank
from sop_xl.schema.grid import MEASURE, is_wide, row_keys
from sop_xl.schema.parse import match_headers
from sop_xl.schema.raw import RawTable
from sop_xl.workbook.patching import CellValue, drop_cached_results, patch_cells
from sop_xl.workbook.reading import read_workbook

Key = Mapping[str, str | date]


class NoPlaceError(LookupError):
    """There is no row of that key, or no empty row left."""


class Filler:
    """Collects what is typed into a workbook and writes it all at once.

    Cells are found by table, key and column, in grids by the row of the measure and the column of the period. Remarks
    of a grid (reason, note) go to the row of the last measure typed for that key.
    """

    def __init__(self, workbook: bytes) -> None:
        """Read where everything stands."""
        self._workbook = workbook
        self._tables = {raw.name: raw for raw in read_workbook(workbook).raw_tables}
        self._columns = {name: _columns(table(name), raw) for name, raw in self._tables.items()}
        self._taken: dict[str, int] = {}
        self._rows: dict[tuple[str, tuple[str, ...]], dict[tuple[object, ...], int]] = {}
        self._edits: dict[tuple[str, str], CellValue] = {}

    def type(self, name: str, key: Key, column: str, value: CellValue) -> tuple[str, str]:
        """Type a value into the cell of a row and return its sheet and address; a key not there is added as a row.

        Raises:
            NoPlaceError: where the table has no empty row left, or a grid no row for the key.
        """
        raw = self._tables[name]
        shape = table(name)
        if shape.layout == "grid" and is_wide(shape, raw):
            return self._put(raw, *self._grid_place(raw, shape, key, column), value)
        row = self._row(raw, shape, key)
        if row is None:
            self.add(name, {**key, column: value})
            row = self._taken[name]
        return self._put(raw, self._columns[name][column], row, value)

    def add(self, name: str, values: Mapping[str, CellValue]) -> None:
        """Type a new row below those of a table.

        Raises:
            NoPlaceError: where the table has no empty row left.
        """
        raw, shape = self._tables[name], table(name)
        inputs = [self._columns[name][c.name] for c in shape.inputs if c.name in self._columns[name]]
        first = self._taken.get(name, -1) + 1
        for row in range(first, len(raw)):
            if all(is_blank(raw.data[column][row]) for column in inputs):
                break
        else:
            raise NoPlaceError(f"{raw.sheet}: the table {name} has no empty row left")
        self._taken[name] = row
        for column, value in values.items():
            self._put(raw, self._columns[name][column], row, value)

    def save(self) -> bytes:
        """Return the workbook with everything typed; results of formulas wait for the next calculation."""
        return drop_cached_results(patch_cells(self._workbook, self._edits))

    def _put(self, raw: RawTable, column: int, row: int, value: CellValue) -> tuple[str, str]:
        place = (raw.sheet, raw.address(column, row))
        self._edits[place] = value
        return place

    def _row(self, raw: RawTable, shape: Table, key: Key) -> int | None:
        names = tuple(sorted(key))
        index = self._rows.get((shape.name, names))
        if index is None:
            columns = [_typed(shape.column(name), raw.data[self._columns[shape.name][name]]) for name in names]
            rows = range(len(raw) - 1, -1, -1)
            index = {tuple(column[row] for column in columns): row for row in rows}
            self._rows[shape.name, names] = index
        return index.get(tuple(_typed(shape.column(name), [key[name]])[0] for name in names))

    def _grid_place(self, raw: RawTable, shape: Table, key: Key, column: str) -> tuple[int, int]:
        headers = [str(header).strip() for header in raw.headers]
        keys = row_keys(shape)
        index = self._rows.get((shape.name, ()))
        if index is None:
            columns = [raw.data[headers.index(name)] for name in (MEASURE, *(c.header for c in keys))]
            rows = range(len(raw) - 1, -1, -1)
            index = {tuple[object, ...](str(c[row]) for c in columns): row for row in rows}
            self._rows[shape.name, ()] = index
        target = shape.column(column)
        measure = target.header if target.numeric else next(c.header for c in shape.measures if c.role == "input")
        row = index.get((measure, *(str(key.get(c.name, EVERYWHERE)) for c in keys)))
        wanted = key.get("period") if target.numeric else target.header
        for at, header in enumerate(headers):
            if row is not None and wanted in (header, period_start(header)):
                return at, row
        raise NoPlaceError(f"{raw.sheet}: no row of {measure} for {dict(key)}")


def _columns(shape: Table, raw: RawTable) -> dict[str, int]:
    return match_headers(shape, raw)[0]


def _typed(column: Column, values: Sequence[object]) -> list[object]:
    """Return values as the schema reads them, so that a date equals its cell and 7 equals '7'; empty ones as ''."""
    converted = convert(column, values)[0].tolist()
    return ["" if is_blank(value) else read for value, read in zip(values, converted, strict=True)]


def fill(workbook: bytes, cells: Iterable[tuple[str, Key, str, CellValue]]) -> bytes:
    """Return a workbook with values typed into it, each given as table, key, column and value."""
    filler = Filler(workbook)
    for name, key, column, value in cells:
        filler.type(name, key, column, value)
    return filler.save()
