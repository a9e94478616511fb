"""Histories in a sheet: which way time runs, where the headings are, which day each value belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sop_xl.functions.arguments import one_cell, one_of
from sop_xl.functions.blocks import Block, read_block
from sop_xl.functions.cells import Cell, blank, error_in, grid, number_in, trimmed
from sop_xl.functions.problem import CellProblem

if TYPE_CHECKING:
    import pandas as pd

    from sop_xl.demand.calendar_completion import Series
    from sop_xl.demand.frequency import Frequency

MOST_SERIES = 1_000
MOST_PERIODS = 5_000
SEASONS = {12: "MS", 4: "QS", 52: "W-MON", 7: "D", 1: "YS"}
"""Periods that make a season, and the frequency of the engine that has it."""
_WORDS = {
    **dict.fromkeys(("monthly", "month", "months", "m", "ms"), "monthly"),
    **dict.fromkeys(("quarterly", "quarter", "quarters", "q", "qs"), "quarterly"),
    **dict.fromkeys(("weekly", "week", "weeks", "w"), "weekly"),
    **dict.fromkeys(("daily", "day", "days", "d"), "daily"),
    **dict.fromkeys(("yearly", "year", "years", "annual", "none", "y"), "yearly"),
}
_ALIASES = {"monthly": "MS", "quarterly": "QS", "weekly": "W-MON", "daily": "D", "yearly": "YS"}
_FIRST_YEAR, LAST_YEAR = 1700, 2260
"""Years that histories and forecasts may lie in; the engine counts nanoseconds and knows few more."""
_MOST_PERIODS = {"YS": 300, "QS": 1_200}


@dataclass(frozen=True, slots=True)
class Histories:
    """One or more series over the same periods.

    Attributes:
        rows: the values of each series in the order of time; None where nothing is known. All of one length, and no
            series is known after the last value of the longest.
        block: the range they were read from, with its headings.
        alias: frequency as the engine names it; None where the days tell.
        days: first day of each period as given; None where no dates were given.
    """

    rows: tuple[tuple[float | None, ...], ...]
    block: Block
    alias: str | None
    days: tuple[Any, ...] | None

    @property
    def periods(self) -> int:
        """Number of periods."""
        return len(self.rows[0])

    def frame(self) -> tuple[pd.DataFrame, Frequency]:
        """Return the known values as ``unique_id, ds, y`` for the engine, and their frequency.

        ``unique_id`` is the position of the series with leading zeros, so that the order of the engine is that of the
        sheet.

        Raises:
            CellProblem: the dates do not show a frequency.
        """
        import numpy as np
        import pandas as pd

        from sop_xl.demand.frequency import frequency_of, infer_frequency

        series, periods = np.nonzero([[value is not None for value in row] for row in self.rows])
        if self.days is None:
            frequency = frequency_of(self.alias or "MS", np.array([], dtype="datetime64[ns]"))
            first = int(frequency.ordinals(np.array([f"{_FIRST_YEAR}-01-04"], dtype="datetime64[D]"))[0])
            stamps = frequency.first_days(np.arange(first, first + self.periods))
        else:
            stamps = np.array(self.days, dtype="datetime64[ns]")
            known = stamps[periods]
            found = frequency_of(self.alias, known) if self.alias else infer_frequency(series, known)
            if found is None:
                raise CellProblem(
                    "dates do not show whether periods are days, weeks, months, quarters or years; give season as well"
                )
            frequency = found
        ids = np.array([f"{at:06d}" for at in range(len(self.rows))], dtype=object)
        values = [self.rows[row][column] for row, column in zip(series, periods, strict=True)]
        frame = pd.DataFrame({"unique_id": ids[series], "ds": stamps[periods], "y": values}).astype({"y": "float64"})
        return frame, frequency


def completed(given: Histories) -> tuple[list[Series], Frequency]:
    """Return the series without holes, unknown periods filled as the forecast fills them, and their frequency."""
    from sop_xl.demand.calendar_completion import complete_calendar
    from sop_xl.demand.history import read_history

    frame, frequency = given.frame()
    series, _ = complete_calendar(read_history(frame, frequency.alias))
    return series, frequency


def histories(history: Any, dates: Any = None, season: Any = None, *, name: str = "history") -> Histories:
    """Return the series of a range with the days of their periods.

    One row or one column is one series. In a block every row is a series and time runs to the right, unless the dates
    run down or headings stand on top of the columns but not before the rows. Headings are skipped, blank cells inside
    are unknown, blank cells at the end are not part of the history.

    Args:
        history: the range.
        dates: days of the periods, a row or a column; None for none.
        season: periods a season (12, 4, 52, 7, 1) or a word such as ``weekly``; None for what the dates tell, or 12.
        name: of the argument, for problems.

    Raises:
        CellProblem: cells that are no numbers, dates that do not fit, fewer than two numbers.
    """
    cells = trimmed(grid(history))
    if not cells:
        raise CellProblem(f"{name} is empty; select at least 2 numbers")
    stamps = None if left_empty(dates) else _vector(dates)
    down = stamps[1] if stamps and min(len(cells), len(cells[0])) > 1 else None
    block = read_block(cells, name, down=down)
    width = max((at + 1 for row in block.rows for at, value in enumerate(row) if value is not None), default=0)
    known = max((sum(value is not None for value in row) for row in block.rows), default=0)
    if known < 2:
        raise CellProblem(f"{name} needs at least 2 numbers")
    alias = season_alias(season)
    most = _MOST_PERIODS.get(alias or "", MOST_PERIODS)
    if len(block.rows) > MOST_SERIES or width > most:
        raise CellProblem(f"{name} is {len(block.rows)} series of {width} periods; at most {MOST_SERIES} of {most}")
    days = None if stamps is None else _days(stamps[0], block.rows, width, name)
    if days is None and alias is None:
        alias = "MS"
    return Histories(tuple(row[:width] for row in block.rows), block, alias, days)


def left_empty(value: Any) -> bool:
    """Tell whether an optional range was left out: nothing, or blank cells only."""
    return value is None or not trimmed(grid(value))


def season_alias(season: Any) -> str | None:
    """Return the engine's name of the frequency that has a season of so many periods; None where none is given.

    Raises:
        CellProblem: no calendar has such a season.
    """
    cell = one_cell(season, "season")
    if cell is None:
        return None
    number = number_in(cell)
    if number is None:
        return _ALIASES[one_of(cell, "season", _WORDS)]
    if number not in SEASONS:
        raise CellProblem(
            f"season is {number:g}; write 12 for months, 4 for quarters, 52 for weeks, 7 for days or 1 for none"
        )
    return SEASONS[int(number)]


def season_length(season: Any) -> int:
    """Return the periods of a season that an argument names; 12 where it is left out."""
    alias = season_alias(season) or "MS"
    return next(length for length, name in SEASONS.items() if name == alias)


def _vector(dates: Any) -> tuple[list[Cell], bool]:
    """Return dates in order and whether they run down."""
    cells = trimmed(grid(dates))
    if len(cells) > 1 and len(cells[0]) > 1:
        raise CellProblem("dates must be one row or one column, one date a period")
    return [cell for row in cells for cell in row], len(cells) > 1


def _days(stamps: Sequence[Cell], rows: Sequence[Sequence[float | None]], width: int, name: str) -> tuple[Any, ...]:
    """Return the day of every period, not-a-time where nothing is known in it.

    Raises:
        CellProblem: a date that is missing, cannot be read, or stands twice.
    """
    import numpy as np
    import pandas as pd

    from sop_xl.demand.frequency import read_stamps

    for cell in stamps:
        if found := error_in(cell):
            raise CellProblem(f"dates has {found}; correct it")
    read = read_stamps(pd.Series([None if isinstance(cell, bool) else cell for cell in stamps], dtype=object))
    if np.isnat(read[0]) and len(read) > width:
        stamps, read = stamps[1:], read[1:]
    if len(read) < width:
        raise CellProblem(f"dates has {len(read)} dates for {width} periods of {name}; select as many")
    read = read[:width]
    used = [any(row[at] is not None for row in rows) for at in range(width)]
    for at, day in enumerate(read):
        if used[at] and np.isnat(day):
            said = "is empty" if blank(stamps[at]) else f"has {str(stamps[at])[:20]!r}, which is no date,"
            raise CellProblem(f"dates {said} at period {at + 1}; write it like 2026-01-31")
        if used[at] and not _FIRST_YEAR <= int(str(day)[:4]) <= LAST_YEAR:
            raise CellProblem(f"dates has {str(day)[:10]}; write years from {_FIRST_YEAR} to {LAST_YEAR}")
    known = read[np.array(used)]
    unique, counts = np.unique(known, return_counts=True)
    if (counts > 1).any():
        raise CellProblem(f"dates has {str(unique[counts > 1][0])[:10]} twice; keep one row a period")
    return tuple(read)
