"""Blocks of numbers in a sheet: which way time runs, where headings stand, what each cell holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sop_xl.functions.cells import Cell, Grid, blank, heading, label_in, place, required_number, transposed
from sop_xl.functions.problem import CellProblem


@dataclass(frozen=True, slots=True)
class Block:
    """Series of numbers over the same periods, as they stand in a range.

    Attributes:
        rows: the values of each series in the order of time, None where a cell is blank. All of one length.
        across: True where periods run to the right and every series is a row.
        labels: heading of each series, '' where it has none.
        periods: heading of each period, '' where it has none.
        headed: number of heading cells before the first period.
        titled: number of heading rows (or columns) before the first series.
    """

    rows: tuple[tuple[float | None, ...], ...]
    across: bool
    labels: tuple[str, ...]
    periods: tuple[str, ...]
    headed: int
    titled: int

    def laid_out(self, rows: Sequence[Sequence[Cell]]) -> Grid:
        """Return results, a row a series, in the direction of the block."""
        given = [list(row) for row in rows]
        return given if self.across else transposed(given)


def read_block(cells: Grid, name: str, *, down: bool | None = None) -> Block:
    """Return the numbers of a trimmed range with their headings.

    One row or one column is one series. In a block every row is a series and time runs to the right, unless headings
    stand on top of the columns but not before the rows.

    Args:
        cells: the range, see :func:`sop_xl.functions.cells.trimmed`.
        name: name of the argument, for problems.
        down: whether time runs down, where that is known.

    Raises:
        CellProblem: the range is empty, or a cell is neither number nor heading.
    """
    if not cells or not cells[0]:
        raise CellProblem(f"{name} is empty; select the cells with the numbers")
    runs_down = _runs_down(cells) if down is None else down
    series = transposed(cells) if runs_down else cells
    headed = int(any(heading(row[0]) for row in series) and len(series[0]) > 1)
    titled = int(len(series) > 1 and only_headings(series[0][headed:]))
    rows = []
    for at, row in enumerate(series[titled:], start=titled):
        values = []
        for position, cell in enumerate(row[headed:], start=headed):
            where = (position, at) if runs_down else (at, position)
            values.append(required_number(cell, name, place(*where, cells)))
        rows.append(tuple(values))
    top = series[0][headed:] if titled else [None] * (len(series[0]) - headed)
    return Block(
        rows=tuple(rows),
        across=not runs_down,
        labels=tuple(label_in(row[0]) if headed else "" for row in series[titled:]),
        periods=tuple(map(label_in, top)),
        headed=headed,
        titled=titled,
    )


def only_headings(row: Sequence[Cell]) -> bool:
    """Tell whether a row says something and all it says is headings."""
    said = [cell for cell in row if not blank(cell)]
    return bool(said) and all(map(heading, said))


def _runs_down(cells: Grid) -> bool:
    if len(cells[0]) == 1:
        return len(cells) > 1
    if len(cells) == 1:
        return False
    return only_headings(cells[0]) and not any(heading(row[0]) for row in cells[1:])
