"""CLEAN: a history corrected for stock-outs, outliers and gaps, and what was changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sop_xl.functions.arguments import one_of
from sop_xl.functions.cells import (
    Cell,
    Grid,
    Range,
    Text,
    error_in,
    grid,
    label_in,
    number_in,
    transposed,
)
from sop_xl.functions.histories import Histories, histories, left_empty
from sop_xl.functions.problem import CellProblem

_SHOWN = {
    "history": "history",
    "change": "change",
    "changes": "change",
    "reason": "reason",
    "reasons": "reason",
    "why": "reason",
}
_NOT_OUT = ("", "no", "n", "false", "-")
"""Marks that say that there was stock."""


def clean(
    history: Range, stockouts: Range = None, show: Text = "history", dates: Range = None, season: Text = None
) -> Grid:
    """Corrects a history for stock-outs, single absurd values and gaps, and shows the result or what was changed.

    Unknown periods and those out of stock are filled from their neighbours and season; what was sold in a stock-out is
    the least that counts. A single value is absurd where it is further from neighbours and season than six times the
    usual spread and a factor of three; longer bursts are a change of level and stay. Blank cells before the first and
    after the last value stay blank.

    Args:
        history: Quantities in the order of time, as for SOP_FORECAST.
        stockouts: A range of the same size: TRUE, 1, yes or any other mark where stock had run out, so that sales were
            below demand.
        show: history (if left out) for the corrected quantities, change for what was added to each, reason for why.
        dates: Days of the periods, one row or column as long as history.
        season: Periods a season where no dates are given: 12, 4, 52, 7 or 1, or a word such as weekly. Left out: 12.

    Returns:
        A range of the size of the history, so that it can stand beside it; headings are repeated.

    Example:
        =SOP_CLEAN(B2:B61, C2:C61)
    """
    shown = one_of(show, "show", _SHOWN)
    given = histories(history, dates, season)
    marks = _marks(grid(history), stockouts, given)
    positions, length = _calendar(given)
    block = given.block
    corrected = [
        _shown(row, flags, positions, length, shown) if any(value is not None for value in row) else [None] * len(row)
        for row, flags in zip(given.rows, marks, strict=True)
    ]
    named = [[label] * block.headed + row for label, row in zip(block.labels, corrected, strict=True)]
    top = [[None] * block.headed + list(block.periods[: given.periods])] * block.titled
    return block.laid_out([*top, *named])


def _shown(
    row: Sequence[float | None], marks: Sequence[bool], positions: Sequence[int], length: int, shown: str
) -> list[Cell]:
    """Return one series corrected, or what was changed; None before its first and after its last known value.

    Args:
        row: recorded quantities, None where unknown.
        marks: whether stock had run out.
        positions: running number of each period in the calendar.
        length: periods per season.
        shown: history, change or reason.
    """
    import numpy as np

    from sop_xl.demand.cleaning import cleaned

    said = [at for at, value in enumerate(row) if value is not None]
    inside = [at for at in range(len(row)) if positions[said[0]] <= positions[at] <= positions[said[-1]]]
    start = positions[said[0]]
    recorded = np.full(positions[said[-1]] - start + 1, np.nan)
    out = np.zeros(recorded.size, dtype=bool)
    for at in inside:
        value = row[at]
        recorded[positions[at] - start] = np.nan if value is None else value
        out[positions[at] - start] = marks[at]
    try:
        result = cleaned(recorded, out, length)
    except ValueError:
        raise CellProblem("stockouts marks every period; leave at least one in stock") from None
    cells: list[Cell] = [None] * len(row)
    for at in inside:
        where = positions[at] - start
        change = result.y[where] - recorded[where]
        cells[at] = {"history": float(result.y[where]), "change": float(change), "reason": result.reasons[where].value}[
            shown
        ]
    return cells


def _calendar(given: Histories) -> tuple[list[int], int]:
    """Return the running number of every period, and the periods per season.

    Raises:
        CellProblem: two dates lie in the same period.
    """
    _, frequency = given.frame()
    if given.days is None:
        return list(range(given.periods)), frequency.season_length
    import numpy as np

    days = np.array(given.days, dtype="datetime64[ns]")
    if np.isnat(days).any():
        raise CellProblem("dates is empty in a period; write the date there as well")
    numbers = [int(number) for number in frequency.ordinals(days)]
    if len(set(numbers)) < len(numbers):
        raise CellProblem(f"dates has two in the same {frequency.period_name}; keep one row a period")
    if numbers != sorted(numbers):
        raise CellProblem("dates do not go from old to new; sort the rows by date")
    return numbers, frequency.season_length


def _marks(history: Grid, stockouts: Any, given: Histories) -> list[list[bool]]:
    """Return, for every series and period, whether stock had run out.

    Raises:
        CellProblem: the range of marks has another size than the history.
    """
    periods, block = given.periods, given.block
    if left_empty(stockouts):
        return [[False] * periods for _ in given.rows]
    cells = grid(stockouts)
    if (len(cells), len(cells[0])) != (len(history), len(history[0])):
        raise CellProblem(
            f"stockouts is {len(cells)} × {len(cells[0])} cells and history {len(history)} × {len(history[0])}; "
            "select ranges of the same size"
        )
    series = cells if block.across else transposed(cells)
    return [
        [_marked(cell) for cell in row[block.headed : block.headed + periods]]
        for row in series[block.titled : block.titled + len(given.rows)]
    ]


def _marked(cell: Cell) -> bool:
    if found := error_in(cell):
        raise CellProblem(f"stockouts has {found}; correct it, or leave the cell empty")
    number = number_in(cell)
    if number is not None:
        return number != 0
    return bool(cell) if isinstance(cell, bool) else label_in(cell).casefold() not in _NOT_OUT
