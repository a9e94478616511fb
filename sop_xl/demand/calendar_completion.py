"""Making every series contiguous: a missing period is filled and reported, never skipped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sop_xl.demand.frequency import Frequency
from sop_xl.demand.history import CleanHistory
from sop_xl.model.issue import Issue, Severity


@dataclass(frozen=True, slots=True)
class Series:
    """One contiguous demand history.

    Attributes:
        unique_id: name of the series.
        start: ordinal of the first period.
        y: quantity per period, finite and >= 0.
        known: False where the quantity was missing and has been filled.
    """

    unique_id: str
    start: int
    y: np.ndarray
    known: np.ndarray

    @property
    def end(self) -> int:
        """Return the ordinal of the last period."""
        return self.start + len(self.y) - 1


def complete_calendar(history: CleanHistory, table: str = "history") -> tuple[list[Series], list[Issue]]:
    """Return every series without holes between its first and last period, and a warning per filled series.

    Holes are filled on the log scale by a line between their neighbours, carried by the seasonal profile of
    the series where two whole seasons are known.
    """
    frequency = history.frequency
    series, issues = [], []
    frame = history.frame
    bounds = np.flatnonzero(np.r_[True, frame["unique_id"].to_numpy()[1:] != frame["unique_id"].to_numpy()[:-1]])
    ids, periods, values = (frame[name].to_numpy() for name in ("unique_id", "period", "y"))
    for begin, stop in zip(bounds, np.r_[bounds[1:], len(frame)], strict=True):
        start = int(periods[begin])
        offsets = periods[begin:stop] - start
        known = np.zeros(int(offsets[-1]) + 1, dtype=bool)
        known[offsets] = True
        y = np.full(known.size, np.nan)
        y[offsets] = values[begin:stop]
        if not known.all():
            y = filled(y, known, frequency.season_length)
            issues.append(_gap_issue(str(ids[begin]), start, known, frequency, table))
        series.append(Series(str(ids[begin]), start, y, known))
    last = max(item.end for item in series)
    early = [item.unique_id for item in series if item.end < last]
    if early:
        issues.append(
            Issue(
                Severity.INFO,
                f"{len(early)} of {len(series)} series end before {frequency.first_day_text(last)} "
                f"(such as {', '.join(early[:3])}); "
                f"the forecast of each begins after its own last {frequency.period_name}.",
                "Write 0 for periods in which nothing was sold.",
                table=table,
            )
        )
    return series, issues


def filled(y: np.ndarray, known: np.ndarray, season_length: int) -> np.ndarray:
    """Return a history whose unknown periods are filled, never below 0 nor above the largest known quantity.

    On the log scale: a line between the known neighbours, carried by the seasonal profile where two whole seasons are
    known; before the first and after the last known period its level goes on.

    Args:
        y: quantity per period, >= 0 where known.
        known: False where the quantity is to be filled; True at least once.
        season_length: periods per season, 1 for none.
    """
    positions = np.arange(y.size)
    level = np.log1p(y[known])
    season = np.zeros(y.size)
    if season_length > 1 and known.sum() >= 2 * season_length:
        slope, intercept = np.polyfit(positions[known], level, 1)
        deviation = level - (slope * positions[known] + intercept)
        slot = positions % season_length
        for index in np.unique(slot):
            of_slot = deviation[slot[known] == index]
            season[slot == index] = of_slot.mean() if of_slot.size else 0.0
    logs = np.interp(positions, positions[known], level - season[known]) + season
    return np.where(known, y, np.clip(np.expm1(logs), 0.0, y[known].max()))


def _gap_issue(unique_id: str, start: int, known: np.ndarray, frequency: Frequency, table: str) -> Issue:
    holes = np.flatnonzero(~known)
    listed = ", ".join(frequency.first_day_text(start + int(hole)) for hole in holes[:3])
    more = " …" if holes.size > 3 else ""
    name = frequency.period_name + ("s" if holes.size > 1 else "")
    return Issue(
        Severity.WARNING,
        f"Series {unique_id} lacks {holes.size} {name} ({listed}{more}); "
        "filled from the neighbouring and seasonal values.",
        "Give the missing quantities, or 0 where nothing was sold.",
        table=table,
    )
