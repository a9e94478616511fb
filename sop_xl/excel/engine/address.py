"""Addresses of cells as Excel writes them, and the areas they stand for; rows and columns count from one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from sop_xl.workbook.package import MAX_COLUMNS, MAX_ROWS
from sop_xl.workbook.package import column_letters as _letters_from_zero

_CELL = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_COLUMN = re.compile(r"\$?([A-Z]{1,3})")
_ROW = re.compile(r"\$?([0-9]{1,7})")
_PLAIN_SHEET = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_LOOKS_LIKE_CELL = re.compile(r"(?:[A-Za-z]{1,3}[0-9]+|[Rr][0-9]*[Cc][0-9]*|[Rr]|[Cc])")


class Area(NamedTuple):
    """A rectangle of cells, its last row and column included."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.bottom - self.top + 1, self.right - self.left + 1

    @property
    def size(self) -> int:
        """Number of cells."""
        rows, columns = self.shape
        return rows * columns

    def meets(self, other: Area) -> bool:
        """Whether a cell belongs to both."""
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )

    def holds(self, row: int, column: int) -> bool:
        """Whether a cell belongs to it."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    def within(self, other: Area) -> Area | None:
        """Return the cells that belong to both, or None."""
        if not self.meets(other):
            return None
        return Area(
            max(self.top, other.top),
            max(self.left, other.left),
            min(self.bottom, other.bottom),
            min(self.right, other.right),
        )

    def cells(self) -> Iterator[tuple[int, int]]:
        """Yield row and column of every cell, row by row."""
        for row in range(self.top, self.bottom + 1):
            for column in range(self.left, self.right + 1):
                yield row, column


WHOLE_SHEET = Area(1, 1, MAX_ROWS, MAX_COLUMNS)
FIRST_CELL = Area(1, 1, 1, 1)


class AddressError(ValueError):
    """A text that is no address of cells, or lies outside every sheet."""


@cache
def column_letters(column: int) -> str:
    """Return the letters of a column: 1 is A, 27 is AA."""
    return _letters_from_zero(column - 1)


@cache
def column_number(letters: str) -> int:
    """Return the number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def area_of(address: str) -> Area:
    """Return the area of an address such as ``B5``, ``$A$1:C9``, ``A:C`` or ``2:7``.

    Raises:
        AddressError: where it is none.
    """
    corners = address.strip().upper().split(":")
    if len(corners) <= 2:
        first, last = corners[0], corners[-1]
        for pattern in (_CELL, _COLUMN, _ROW):
            start, end = pattern.fullmatch(first), pattern.fullmatch(last)
            if not (start and end) or (pattern is not _CELL and len(corners) == 1):
                continue
            if pattern is _CELL:
                rows, columns = (int(start[2]), int(end[2])), (column_number(start[1]), column_number(end[1]))
            elif pattern is _COLUMN:
                rows, columns = (1, MAX_ROWS), (column_number(start[1]), column_number(end[1]))
            else:
                rows, columns = (int(start[1]), int(end[1])), (1, MAX_COLUMNS)
            found = Area(min(rows), min(columns), max(rows), max(columns))
            if found.within(WHOLE_SHEET) == found:
                return found
    raise AddressError(f"'{address[:60]}' is no address of cells")


def address_of(area: Area, *, rows: str = "$", columns: str = "$") -> str:
    """Return the address of an area; ``rows`` and ``columns`` are the signs before numbers and letters."""
    first, last = column_letters(area.left), column_letters(area.right)
    if area.top == 1 and area.bottom == MAX_ROWS and (area.left, area.right) != (1, MAX_COLUMNS):
        return f"{columns}{first}:{columns}{last}"
    if area.left == 1 and area.right == MAX_COLUMNS:
        return f"{rows}{area.top}:{rows}{area.bottom}"
    start = f"{columns}{first}{rows}{area.top}"
    return start if area.size == 1 else f"{start}:{columns}{last}{rows}{area.bottom}"


def plain_address(area: Area) -> str:
    """Return the address without dollar signs: ``B5:D9``."""
    return address_of(area, rows="", columns="")


def quoted_sheet(name: str) -> str:
    """Return a sheet's name as a formula writes it: in apostrophes where it is no plain word."""
    if _PLAIN_SHEET.fullmatch(name) and not _LOOKS_LIKE_CELL.fullmatch(name):
        return name
    return "'" + name.replace("'", "''") + "'"


def split_sheet(reference: str) -> tuple[str | None, str]:
    """Return the sheet (None where there is none) and the address of a reference such as ``'My plan'!$A$1``."""
    sheet, mark, address = reference.strip().removeprefix("=").rpartition("!")
    if not mark:
        return None, address
    if sheet.startswith("'") and sheet.endswith("'"):
        sheet = sheet[1:-1].replace("''", "'")
    return sheet, address
