"""Fingerprints of what a button read, so that the page can tell whether somebody typed into it meanwhile.

Page and server write the same text of a cell: ``n`` and the number with 15 digits, ``s`` and the text, ``b1`` or
``b0``, nothing for an empty cell, and ``f`` for a formula whatever its result, which moves when other cells do.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from sop_xl.excel.engine.address import Area, column_number, plain_address
from sop_xl.excel.engine.book_state import BookState, NotAWorkbook, TableState
from sop_xl.excel.engine.sheet_state import SheetState
from sop_xl.excel.engine.values import serial_of
from sop_xl.schema.catalogue import tables
from sop_xl.schema.raw import CellError

_FIFTEEN = Context(prec=15, rounding=ROUND_HALF_UP)
_DATE_CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*<v>([^<]+)</v>')
FORMULA = "f"
MOST_CELLS = 3_000_000


@dataclass(frozen=True, slots=True)
class Input:
    """A range that was read: a whole Excel Table, headers included, and its fingerprint."""

    table: str
    sheet: str
    address: str
    hash: str

    def to_json(self) -> dict[str, str]:
        """Return it as a JSON object."""
        return asdict(self)


def inputs_of(book: BookState) -> tuple[Input, ...]:
    """Return the tables of the schema in a workbook, as its file has them, with their fingerprints.

    Raises:
        NotAWorkbook: where they are larger than any honest table.
    """
    known = {shape.excel_name.lower() for shape in tables().values()}
    ours = [found for found in book.tables if found.name.lower() in known]
    size = sum(found.area.size for found in ours)
    if size > MOST_CELLS:
        raise NotAWorkbook(f"The tables of the workbook span {size:,} cells; at most {MOST_CELLS:,} are read.")
    return tuple(Input(t.name, t.sheet.name, plain_address(t.area), fingerprint(_rows(t))) for t in ours)


def fingerprint(rows: list[str]) -> str:
    """Return the SHA-256 of rows."""
    return hashlib.sha256("\x1e".join(rows).encode("utf-8")).hexdigest()


def canonical_cell(value: Any, formula: str | None) -> str:
    """Return one cell as it counts for the fingerprint."""
    if formula is not None or (isinstance(value, str) and value.startswith("=")):
        return FORMULA
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "b1" if value else "b0"
    if isinstance(value, datetime):
        value = serial_of(value)
    if isinstance(value, (int, float)):
        return f"n{_digits(float(value))}"
    text = value.code if isinstance(value, CellError) else str(value)
    return "s" + re.sub(r"\r\n?", "\n", text)


def _digits(number: float) -> str:
    """Return a number as JavaScript's ``toExponential(14)`` writes it."""
    if number == 0:
        return f"{0:.14f}e+0"
    if number.is_integer() and abs(number) < 1e15:
        return f"{Decimal(number):.14e}"
    return f"{_FIFTEEN.create_decimal(Decimal(number)):.14e}"


def _rows(table: TableState) -> list[str]:
    sheet, area = table.sheet, table.area
    exact, values = _times(sheet, area), sheet.values(area)
    return ["\x1f".join(_row(sheet, exact, row, area.left, line)) for row, line in enumerate(values, area.top)]


def _row(
    sheet: SheetState, exact: Mapping[tuple[int, int], float], row: int, left: int, values: Sequence[Any]
) -> Iterator[str]:
    for column, value in enumerate(values, left):
        formula = FORMULA if sheet.source_formula(row, column) is not None else None
        yield canonical_cell(exact.get((row, column), value), formula)


def _times(sheet: SheetState, area: Area) -> dict[tuple[int, int], float]:
    """Return the exact numbers of cells that show a time of day, which reading rounds to the millisecond."""
    moments = [v for row in sheet.values(area) for v in row if isinstance(v, datetime)]
    if all(moment.time() == datetime.min.time() for moment in moments) or sheet.source is None:
        return {}
    found = {}
    for letters, row, number in _DATE_CELL.findall(sheet.source.xml):
        place = (int(row), column_number(letters.decode()))
        if area.holds(*place) and isinstance(sheet.value(*place), datetime):
            found[place] = float(number)
    return found
