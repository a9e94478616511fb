"""Where Ctrl+arrow and Ctrl+A lead in a sheet of the file engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sop_xl.excel.engine.address import WHOLE_SHEET, Area
from sop_xl.workbook.package import MAX_COLUMNS, MAX_ROWS

if TYPE_CHECKING:
    from sop_xl.excel.engine.sheet_state import SheetState

_STEPS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
_STEPS |= {direction[0]: step for direction, step in _STEPS.items()}


def end_of(state: SheetState, row: int, column: int, direction: str) -> tuple[int, int]:
    """Return row and column of the cell that Ctrl+arrow reaches: the end of a block, the next one, or the sheet's edge.

    Raises:
        ValueError: the direction is none of up, down, left, right or their first letters.
    """
    if direction not in _STEPS:
        raise ValueError(f"{direction!r} is no direction: up, down, left or right")
    down, right = _STEPS[direction]
    limit = ({1: MAX_ROWS, -1: 1, 0: row}[down], {1: MAX_COLUMNS, -1: 1, 0: column}[right])
    if (row, column) == limit:
        return limit
    empty = state.is_empty
    if not empty(row, column) and not empty(row + down, column + right):
        while (row, column) != limit and not empty(row + down, column + right):
            row, column = row + down, column + right
        return row, column
    used = state.used()
    row, column = row + down, column + right
    while (row, column) != limit and empty(row, column):
        if not used.holds(row, column) and not _ahead(used, row, column, down, right):
            return limit
        row, column = row + down, column + right
    return row, column


def region_of(state: SheetState, row: int, column: int) -> Area:
    """Return the block of filled cells around a cell, bordered by empty rows and columns."""
    area, grown = Area(row, column, row, column), True
    while grown:
        grown = False
        for side in ("bottom", "right", "top", "left"):
            while (wider := _wider(state, area, side)) is not None:
                area, grown = wider, True
    return area


def _ahead(used: Area, row: int, column: int, down: int, right: int) -> bool:
    """Whether cells in use lie further on in the direction."""
    if down:
        return used.left <= column <= used.right and (row < used.top if down > 0 else row > used.bottom)
    return used.top <= row <= used.bottom and (column < used.left if right > 0 else column > used.right)


def _wider(state: SheetState, area: Area, side: str) -> Area | None:
    """Return the area with the next row or column of a side where that holds something beside or at its corners."""
    step = 1 if side in ("bottom", "right") else -1
    edge = getattr(area, side) + step
    if side in ("top", "bottom"):
        line = Area(edge, max(area.left - 1, 1), edge, min(area.right + 1, MAX_COLUMNS))
    else:
        line = Area(max(area.top - 1, 1), edge, min(area.bottom + 1, MAX_ROWS), edge)
    if line.within(WHOLE_SHEET) != line or next(state.filled(line), None) is None:
        return None
    return area._replace(**{side: edge})
