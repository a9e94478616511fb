"""Values of cells as Excel, Office.js and the command line hand them over, told apart the way Excel people do.

A range is a list of rows. A cell is a number, text, True or False, a date (a date object on the desktop, its day number
elsewhere), an error value, or blank: None or a text of nothing but spaces.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from numbers import Real
from typing import Annotated, Any

from sop_xl.functions.problem import MARK, CellProblem

Range = Annotated[Any, "range"]
"""Argument that is a range of cells, one cell included."""
Number = Annotated[Any, "number"]
"""Argument that is one number."""
Text = Annotated[Any, "text"]
"""Argument that is one text."""
Anything = Annotated[Any, "any"]
"""Argument that may be one value or a range of values."""

Cell = Any
Grid = list[list[Cell]]

MOST_CELLS = 2_000_000
LARGEST = 1e15
"""Largest number that counts as a quantity or money: beyond it Excel itself keeps no single units."""
_BEYOND = 10**300
DAY_ZERO = datetime(1899, 12, 30)
LAST_DAY = 2_958_465
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?(\s?%)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}( \d{3})+(\.\d+)?")
_SIGNS = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2212": "-"})
_ERROR = re.compile(r"#(N/A|DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|BUSY!|GETTING_DATA)")
_ERROR_CODES = {
    -2146826281: "#DIV/0!",
    -2146826246: "#N/A",
    -2146826259: "#NAME?",
    -2146826288: "#NULL!",
    -2146826252: "#NUM!",
    -2146826265: "#REF!",
    -2146826273: "#VALUE!",
}


def plain(cell: Cell) -> Cell:
    """Return a cell as a plain Python value: numpy scalars as numbers, NaN and not-a-time as blank."""
    if cell is None or isinstance(cell, (str, bool)):
        return cell
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    if type(cell) is int:
        return _ERROR_CODES.get(cell, cell) if abs(cell) < _BEYOND else f"{str(cell)[:20]}…"
    if isinstance(cell, (datetime, date)):
        return None if cell != cell else cell
    if hasattr(cell, "item") and getattr(cell, "shape", None) == ():
        value = cell.item()
        return plain(value) if isinstance(value, (str, bool, int, float, datetime, date)) else str(cell)
    if isinstance(cell, Real):
        return plain(float(cell))
    return str(cell)


def grid(value: Any) -> Grid:
    """Return any argument as rows of equal length: one cell is 1 × 1, a flat list one row, ragged rows end in blanks.

    Raises:
        CellProblem: more cells than anybody means to give.
    """
    rows = _rows(value)
    width = max(map(len, rows), default=0)
    if len(rows) * width > MOST_CELLS:
        raise CellProblem("the range is too large; select the part that holds the data")
    full = [[cell if cell is None or type(cell) is str else plain(_only(cell)) for cell in row] for row in rows]
    return [row if len(row) == width else row + [None] * (width - len(row)) for row in full]


def _rows(value: Any) -> list[Sequence[Any]]:
    if hasattr(value, "tolist") and getattr(value, "shape", ()) != ():
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        return [[value]]
    if not any(isinstance(row, (list, tuple)) for row in value):
        return [value]
    return [row if isinstance(row, (list, tuple)) else [row] for row in value]


def _only(cell: Any) -> Any:
    """Return what a list deeper than rows of cells holds: its one value, or the list as text."""
    while isinstance(cell, (list, tuple)) and len(cell) == 1:
        cell = cell[0]
    return str(cell)[:50] if isinstance(cell, (list, tuple)) else cell


def trimmed(cells: Grid) -> Grid:
    """Return a grid without the blank rows below and the blank columns right of the last value."""
    height = next((at for at in range(len(cells), 0, -1) if not all(map(blank, cells[at - 1]))), 0)
    rows = cells[:height]
    width = 0
    for row in rows:
        while width < len(row) and not all(map(blank, row[width:])):
            width += 1
    return [row[:width] for row in rows]


def at_least(cells: Grid, rows: int, columns: int) -> Grid:
    """Return a range trimmed, but not below so many rows and columns as far as it has them.

    A blank cell within what a formula asks for is a blank, not the end of the range.
    """
    kept = trimmed(cells)
    height = max(len(kept), min(rows, len(cells)))
    width = max(len(kept[0]) if kept else 0, min(columns, len(cells[0]) if cells else 0))
    return [row[:width] for row in cells[:height]]


def line_in(cells: Grid, count: int) -> list[Cell]:
    """Return the cells of a range one after the other, blanks behind the last value left out.

    Of a range of several cells at least ``count`` are kept, as far as it has them: one number and blanks beside it are
    not one number for all.
    """
    found = [cell for row in trimmed(cells) for cell in row]
    given = len(cells) * len(cells[0]) if cells else 0
    wanted = min(count + bool(found and heading(found[0])), given)
    return found + [None] * (wanted - len(found))


def transposed(cells: Grid) -> Grid:
    """Return a grid with rows and columns exchanged."""
    return [list(column) for column in zip(*cells, strict=True)]


def blank(cell: Cell) -> bool:
    """Tell whether a cell is empty to a person: nothing, or a text of spaces."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def error_in(cell: Cell) -> str:
    """Return the error value of a cell, our own problems included; '' where it holds none."""
    if isinstance(cell, str):
        text = cell.strip()
        if text.startswith(MARK.strip()) or _ERROR.fullmatch(text):
            return text
    return ""


def number_in(cell: Cell) -> float | None:
    """Return the number of a cell, plain numbers written as text included; None where it holds none.

    ``1250``, ``12 500``, ``12.5``, ``-3e2`` and ``15%`` count as numbers when written as text; a comma does not: it may
    separate thousands or decimals.
    """
    if isinstance(cell, bool):
        return None
    if isinstance(cell, (int, float)):
        value = float(cell)
        return value if math.isfinite(value) else None
    if isinstance(cell, str):
        text = cell.strip().translate(_SIGNS)
        text = text.replace(" ", "") if _GROUPED.fullmatch(text) else text
        if _PLAIN_NUMBER.fullmatch(text):
            value = float(text.rstrip("% ")) / (100 if text.endswith("%") else 1)
            return value if math.isfinite(value) else None
    return None


def day_in(cell: Cell) -> datetime | None:
    """Return the day of a cell: a date, or the day number Excel keeps for one; None otherwise."""
    if isinstance(cell, datetime):
        return datetime(cell.year, cell.month, cell.day)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and 1 <= cell <= LAST_DAY:
        return DAY_ZERO + timedelta(days=int(cell))
    return None


def day_number(day: date) -> float:
    """Return the number Excel keeps for a date or a moment."""
    if isinstance(day, datetime):
        gone = day.replace(tzinfo=None) - DAY_ZERO
        return gone.days + gone.seconds / 86_400
    return float((datetime(day.year, day.month, day.day) - DAY_ZERO).days)


def label_in(cell: Cell) -> str:
    """Return a cell as the code or name a person means: text without outer spaces, 4711.0 as 4711."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell).strip()


def heading(cell: Cell) -> bool:
    """Tell whether a cell is a heading: text that is neither a number nor an error."""
    return isinstance(cell, str) and not blank(cell) and number_in(cell) is None and not error_in(cell)


def place(row: int, column: int, cells: Sequence[Sequence[Cell]]) -> str:
    """Return where a cell stands, in words: ``cell 5`` of a single row or column, else ``row 2, column 3``."""
    if len(cells) == 1:
        return f"cell {column + 1}"
    if cells and len(cells[0]) == 1:
        return f"cell {row + 1}"
    return f"row {row + 1}, column {column + 1}"


def required_number(cell: Cell, name: str, where: str) -> float | None:
    """Return the number of a cell of a range, None where it is blank.

    Raises:
        CellProblem: the cell holds something else; the text of an error that was ours is handed on as it is.
    """
    if blank(cell):
        return None
    value = number_in(cell)
    if value is not None:
        if abs(value) > LARGEST:
            raise CellProblem(f"{name} has {value:g} in {where}; that is too large for a quantity")
        return value
    found = error_in(cell)
    if found.startswith(MARK.strip()):
        raise CellProblem(found)
    if found:
        raise CellProblem(f"{name} has {found} in {where}; correct it, or leave the cell empty")
    if isinstance(cell, (datetime, date)):
        raise CellProblem(f"{name} has a date in {where}; select the numbers only")
    said = str(cell).strip()
    shown = said if len(said) <= 20 else said[:19] + "…"
    raise CellProblem(f"{name} has {shown!r} in {where}, which is no number; write it plainly, such as 1250 or 12.5")
