"""From what is selected to what it stands for: rows of a table, or one cell with its table, key and column."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sop_xl.buttons.request import Selection
from sop_xl.model.calendar import period_start
from sop_xl.schema.catalogue import EVERYWHERE, Column, Table, table
from sop_xl.schema.convert import is_blank
from sop_xl.schema.grid import MEASURE, is_wide, row_keys
from sop_xl.schema.parse import match_headers
from sop_xl.schema.raw import RawTable

_AREA = re.compile(r"^\$?([A-Za-z]{1,3})?\$?(\d+)?(?::\$?([A-Za-z]{1,3})?\$?(\d+)?)?$")
_LAST = 1_048_576


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells; rows and columns count from 1, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int


def areas(address: str) -> tuple[Area, ...]:
    """Return the rectangles of an address: ``B5``, ``B5:D9``, ``5:7``, ``B:C``, or several with commas.

    An address that is none of these is left out.
    """
    found = []
    for part in address.split(","):
        match = _AREA.match(part.strip().rsplit("!", 1)[-1])
        if not match or not any(match.groups()):
            continue
        left, top, right, bottom = match.groups()
        first_row, last_row = int(top or 1), int(bottom or (top if right is None or top else 0) or _LAST)
        first = _number(left) if left else 1
        last = _number(right) if right else (first if left else 16_384)
        found.append(Area(min(first_row, last_row), min(first, last), max(first_row, last_row), max(first, last)))
    return tuple(found)


def _number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def selected_rows(raw: RawTable, selection: Selection) -> list[int]:
    """Return the positions of the rows of a table that the selection touches."""
    if raw.sheet != selection.sheet:
        return []
    spans = [(area.top, area.bottom) for area in areas(selection.address)]
    return [row for row, number in enumerate(raw.row_numbers) if any(top <= number <= end for top, end in spans)]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table of the schema.

    Attributes:
        shape: the table.
        address: where it stands.
        column: the schema column; None for a calculated row or column that the schema does not know.
        header: what stands above it, or in a grid the measure of its row.
        key: key columns by name, as far as they are filled; periods as ISO dates.
        value: what stands in it.
        refers: codes of master data in the row, by column name: product, resource …
    """

    shape: Table
    sheet: str
    address: str
    column: Column | None
    header: str
    key: dict[str, str]
    value: object
    refers: dict[str, str] = field(default_factory=dict)


def selected_cell(tables: tuple[RawTable, ...], selection: Selection) -> Cell | None:
    """Return the first selected cell with the table it is in; None where it lies in no table."""
    found = areas(selection.address)
    if not found:
        return None
    top, left = found[0].top, found[0].left
    for raw in tables:
        numbers = list(raw.row_numbers)
        letters = [_number(letter) for letter in raw.letters]
        if raw.sheet != selection.sheet or top not in numbers or not letters or left not in letters:
            continue
        row, at = numbers.index(top), letters.index(left)
        shape = table(raw.name)
        if shape.layout == "grid" and is_wide(shape, raw):
            return _of_grid(shape, raw, row, at)
        return _of_rows(shape, raw, row, at)
    return None


def _of_rows(shape: Table, raw: RawTable, row: int, at: int) -> Cell:
    columns = match_headers(shape, raw)[0]
    by_position = {position: name for name, position in columns.items()}
    key = {name: _text(raw.data[columns[name]][row], shape.column(name)) for name in shape.keys if name in columns}
    column = shape.column(by_position[at]) if at in by_position else None
    header = str(raw.headers[at])
    said = {name: _text(raw.data[p][row], shape.column(name)) for name, p in columns.items() if shape.column(name).ref}
    value = raw.data[at][row]
    return Cell(shape, raw.sheet, raw.address(at, row), column, header, _filled(key), value, _filled(said))


def _of_grid(shape: Table, raw: RawTable, row: int, at: int) -> Cell:
    headers = [str(header).strip() for header in raw.headers]
    key = {c.name: _text(raw.data[headers.index(c.header)][row], c) for c in row_keys(shape) if c.header in headers}
    measure = str(raw.data[headers.index(MEASURE)][row] or "")
    day = period_start(headers[at])
    if day is not None:
        key["period"] = day.isoformat()
    names = {c.header: c for c in shape.columns} | {c.name: c for c in shape.columns}
    column = names.get(measure) if day is not None or headers[at] not in names else names[headers[at]]
    return Cell(shape, raw.sheet, raw.address(at, row), column, measure or headers[at], _filled(key), raw.data[at][row])


def _filled(key: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in key.items() if value}


def _text(value: object, column: Column) -> str:
    if is_blank(value):
        return EVERYWHERE if column.default == EVERYWHERE else ""
    if column.type in ("period", "date"):
        day = value if hasattr(value, "year") else period_start(str(value))
        return f"{day.year:04d}-{day.month:02d}-{day.day:02d}" if day is not None else ""  # type: ignore[attr-defined]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
