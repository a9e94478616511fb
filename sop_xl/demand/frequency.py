"""How often a history is counted: reading period stamps, numbering periods and finding the frequency."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import pandas as pd

_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday


class Unit(StrEnum):
    """Length of one period."""

    DAY = "D"
    WEEK = "W"
    MONTH = "M"
    QUARTER = "Q"
    YEAR = "Y"


_SEASON_LENGTH = {Unit.DAY: 7, Unit.WEEK: 52, Unit.MONTH: 12, Unit.QUARTER: 4, Unit.YEAR: 1}
_MONTHS_IN = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}
_NAMES = {
    Unit.DAY: "day",
    Unit.WEEK: "week",
    Unit.MONTH: "month",
    Unit.QUARTER: "quarter",
    Unit.YEAR: "year",
}
_ALIASES = {
    "D": Unit.DAY,
    "W": Unit.WEEK,
    "M": Unit.MONTH,
    "MS": Unit.MONTH,
    "ME": Unit.MONTH,
    "Q": Unit.QUARTER,
    "QS": Unit.QUARTER,
    "QE": Unit.QUARTER,
    "Y": Unit.YEAR,
    "YS": Unit.YEAR,
    "YE": Unit.YEAR,
    "A": Unit.YEAR,
    "AS": Unit.YEAR,
}
_SPACING_IN_DAYS = (  # finest first: unit, shortest and longest distance between neighbouring stamps
    (Unit.DAY, 1, 4),
    (Unit.WEEK, 5, 9),
    (Unit.MONTH, 26, 35),
    (Unit.QUARTER, 80, 100),
    (Unit.YEAR, 355, 375),
)
_RARE_SPACING = 0.1
_LEAST_SPACINGS = 4
_LAST_OF_20 = 69  # years of two digits: 00 … 68 are 20.., 69 … 99 are 19.., as in POSIX
_REGULAR = 0.9


@dataclass(frozen=True, slots=True)
class Frequency:
    """A grid of consecutive, equally counted periods, each named by its first day.

    Attributes:
        unit: length of one period.
        phase: which grid: first weekday (0 = Monday) for weeks, first month modulo the period's months
            (0 = January) for quarters and years, 0 for days and months.
    """

    unit: Unit
    phase: int = 0

    @property
    def season_length(self) -> int:
        """Return the number of periods after which the seasons repeat (12 for months, 1 for years)."""
        return _SEASON_LENGTH[self.unit]

    @property
    def period_name(self) -> str:
        """Return the word for one period, such as ``month``."""
        return _NAMES[self.unit]

    @property
    def alias(self) -> str:
        """Return the pandas alias of the first days: ``MS``, ``W-MON``, ``QS-OCT``, ``YS-JAN``, ``D``."""
        if self.unit is Unit.DAY:
            return "D"
        if self.unit is Unit.WEEK:
            return f"W-{_WEEKDAYS[self.phase]}"
        if self.unit is Unit.MONTH:
            return "MS"
        return f"{self.unit.value}S-{_MONTHS[self.phase]}"

    def ordinals(self, stamps: np.ndarray) -> np.ndarray:
        """Return the running number of the period that contains each date, as int64."""
        days = stamps.astype("datetime64[D]").astype(np.int64)
        if self.unit is Unit.DAY:
            return days
        if self.unit is Unit.WEEK:
            return (days + _EPOCH_WEEKDAY - self.phase) // 7
        months = stamps.astype("datetime64[M]").astype(np.int64)
        return (months - self.phase) // _MONTHS_IN[self.unit]

    def first_days(self, ordinals: np.ndarray) -> np.ndarray:
        """Return the first day of each numbered period, as datetime64[ns]; the inverse of `ordinals`."""
        numbers = np.asarray(ordinals, dtype=np.int64)
        if self.unit is Unit.DAY:
            days = numbers.astype("datetime64[D]")
        elif self.unit is Unit.WEEK:
            days = (numbers * 7 - _EPOCH_WEEKDAY + self.phase).astype("datetime64[D]")
        else:
            months = numbers * _MONTHS_IN[self.unit] + self.phase
            days = months.astype("datetime64[M]").astype("datetime64[D]")
        return days.astype("datetime64[ns]")

    def first_day_text(self, ordinal: int) -> str:
        """Return the first day of one period as ``2024-01-01``."""
        return str(self.first_days(np.array([ordinal]))[0].astype("datetime64[D]"))

    def position_in_season(self, ordinal: int) -> int:
        """Return which period of its year (of its week, for days) a numbered period is, from 0.

        January, the first quarter and Monday are 0; a week is counted by its ISO number, week 53 as the one before.
        """
        first = date.fromisoformat(self.first_day_text(ordinal))
        if self.unit is Unit.DAY:
            return first.weekday()
        if self.unit is Unit.WEEK:
            return min(first.isocalendar().week, 52) - 1
        return (first.month - 1) // _MONTHS_IN[self.unit] if self.unit is not Unit.YEAR else 0


def frequency_of(alias: str, stamps: np.ndarray) -> Frequency:
    """Return the frequency a pandas alias names, its grid taken from the alias or else from the data.

    ``W`` without an anchor takes the commonest weekday of the stamps; ``QS`` and ``YS`` without an anchor
    take the fiscal grid the stamps lie on. Every anchor names the *first* day of a period.

    Raises:
        ValueError: the alias is not one of D, W, MS, QS, YS or a spelling of these.
    """
    head, _, anchor = alias.strip().upper().partition("-")
    if head not in _ALIASES:
        raise ValueError(f"frequency {alias!r} is not known: use D, W, MS, QS or YS")
    unit = _ALIASES[head]
    if unit in (Unit.DAY, Unit.MONTH):
        return Frequency(unit)
    if unit is Unit.WEEK:
        if anchor and anchor not in _WEEKDAYS:
            raise ValueError(f"frequency {alias!r}: the anchor must be a weekday, such as W-MON")
        return Frequency(unit, _WEEKDAYS.index(anchor) if anchor else _commonest_weekday(stamps))
    if anchor and anchor not in _MONTHS:
        raise ValueError(f"frequency {alias!r}: the anchor must be a month, such as QS-JAN")
    if anchor and head.endswith("S"):
        return Frequency(unit, _MONTHS.index(anchor) % _MONTHS_IN[unit])
    return Frequency(unit, _first_month_phase(stamps, _MONTHS_IN[unit]))


def infer_frequency(unique_ids: np.ndarray, stamps: np.ndarray) -> Frequency | None:
    """Return the frequency on which the stamps of the series lie, or None where the spacing fits none.

    The finest spacing that at least a tenth of all neighbouring stamps show is taken, so that months
    missing from a history do not turn it into quarters.
    """
    order = np.lexsort((stamps, unique_ids))
    days = stamps[order].astype("datetime64[D]").astype(np.int64)
    same_series = unique_ids[order][1:] == unique_ids[order][:-1]
    spacing = np.diff(days)[same_series]
    spacing = spacing[spacing > 0]
    if spacing.size == 0:
        return None
    for unit, shortest, longest in _SPACING_IN_DAYS:
        if np.mean((spacing >= shortest) & (spacing <= longest)) >= _RARE_SPACING:
            return frequency_of(unit.value, stamps)
    return None


def coarser_series(unique_ids: np.ndarray, stamps: np.ndarray, frequency: Frequency) -> dict[str, str]:
    """Return the series that are counted by a longer period than the rest, with the name of that period.

    Nine in ten of the distances between a series' neighbouring stamps, of four at least, fit the longer period and none
    the frequency itself. Items recorded only when they sell are not that regular.
    """
    order = np.lexsort((stamps, unique_ids))
    ids, days = unique_ids[order], stamps[order].astype("datetime64[D]").astype(np.int64)
    bounds = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]])
    units = [unit for unit, _, _ in _SPACING_IN_DAYS]
    limits = {unit: (shortest, longest) for unit, shortest, longest in _SPACING_IN_DAYS}
    longer = units[units.index(frequency.unit) + 1 :]
    found = {}
    for begin, stop in zip(bounds, np.r_[bounds[1:], len(ids)], strict=True):
        spacing = np.diff(days[begin:stop])
        if spacing.size < _LEAST_SPACINGS or (spacing <= limits[frequency.unit][1]).any():
            continue
        for unit in longer:
            shortest, longest = limits[unit]
            if np.mean((spacing >= shortest) & (spacing <= longest)) >= _REGULAR:
                found[str(ids[begin])] = _NAMES[unit]
                break
    return found


def _commonest_weekday(stamps: np.ndarray) -> int:
    weekdays = (stamps.astype("datetime64[D]").astype(np.int64) + _EPOCH_WEEKDAY) % 7
    return int(np.bincount(weekdays, minlength=7).argmax()) if weekdays.size else 0


def _first_month_phase(stamps: np.ndarray, months_in_period: int) -> int:
    """Return the first month of the grid: fiscal where stamps are month starts or ends, else calendar."""
    if not stamps.size:
        return 0
    dates = pd.DatetimeIndex(stamps)
    months = dates.month.to_numpy() - 1
    if np.mean(dates.day == 1) > 0.5:
        first = months
    elif np.mean(dates.is_month_end) > 0.5:
        first = months + 1
    else:
        return 0
    return int(np.bincount(first % months_in_period, minlength=months_in_period).argmax())


def read_stamps(column: pd.Series) -> np.ndarray:
    """Return datetime64[ns] from dates, text, years, quarters, weeks, YYYYMM, MM.YYYY or Excel day numbers; else NaT.

    Slashed dates are read only where the column itself shows which number is the day; otherwise they stay
    NaT, because a guess would be a silent wrong number.
    """
    if pd.api.types.is_datetime64_any_dtype(column):
        naive = column.dt.tz_localize(None) if getattr(column.dt, "tz", None) is not None else column
        return naive.to_numpy("datetime64[ns]")
    text = column.map(_stamp_text)
    parsed = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None).copy()
    for pattern in ("%d.%m.%Y", "%b %Y", "%b-%Y", "%b-%y", "%B %Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y"):
        open_rows = parsed.isna()
        if not open_rows.any():
            break
        parsed[open_rows] = pd.to_datetime(text[open_rows], format=pattern, errors="coerce")
    if parsed.isna().any():
        parsed = parsed.fillna(_slashed(text))
    return parsed.to_numpy("datetime64[ns]")


def _stamp_text(value: object) -> str | None:
    """Return a stamp as ISO text where its form is clear, otherwise the stripped text itself."""
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        value = f"{value:.0f}" if float(value).is_integer() else str(value)
    text = re.sub(r"(?<=\d{4}-\d{2}-\d{2})[T ].*", "", str(value).strip())
    if match := re.fullmatch(r"(\d{1,2}([./])\d{1,2}\2)(\d{4}|\d{2})( \d{1,2}:.*)?", text):
        century = "" if len(match[3]) == 4 else "20" if int(match[3]) < _LAST_OF_20 else "19"
        text = f"{match[1]}{century}{match[3]}"
    if match := re.fullmatch(r"(\d{4})M(\d{1,2})|(\d{1,2})[./](\d{4})", text, re.IGNORECASE):
        year, month = int(match[1] or match[4]), int(match[2] or match[3])
        return f"{year}-{month:02d}-01" if 1 <= month <= 12 else None
    if match := re.fullmatch(r"Q([1-4])[-/\s]?(\d{4})", text, re.IGNORECASE):
        return f"{match[2]}-{3 * int(match[1]) - 2:02d}-01"
    if match := re.fullmatch(r"(?:W|CW|KW|WK)[-\s]?(\d{1,2})[-/.\s](\d{4})", text, re.IGNORECASE):
        return _monday_of(int(match[2]), int(match[1]))
    if match := re.fullmatch(r"(\d{4})[-\s]?Q([1-4])", text, re.IGNORECASE):
        return f"{match[1]}-{3 * int(match[2]) - 2:02d}-01"
    if match := re.fullmatch(r"(\d{4})[-\s]?W(\d{2})", text, re.IGNORECASE):
        return _monday_of(int(match[1]), int(match[2]))
    if re.fullmatch(r"(1[5-9]|2[0-4])\d{2}(0[1-9]|1[0-2])", text):
        return f"{text[:4]}-{text[4:]}-01"
    if re.fullmatch(r"(1[5-9]|2[0-4])\d{2}", text):
        return f"{text}-01-01"
    if re.fullmatch(r"[2-7]\d{4}", text):
        return str(np.datetime64("1899-12-30") + int(text))
    if re.fullmatch(r"[\d.]+", text) and not re.fullmatch(r"\d{8}|\d{1,2}\.\d{1,2}\.\d{4}", text):
        return None
    return text


def _monday_of(year: int, week: int) -> str | None:
    try:
        return date.fromisocalendar(year, week, 1).isoformat()
    except ValueError:
        return None


def _slashed(text: pd.Series) -> pd.Series:
    """Return ``a/b/yyyy`` dates where the column shows which of a and b is the day."""
    parts = text.astype("string").str.extract(r"^(\d{1,2})/(\d{1,2})/(\d{4})$").astype("float64")
    first, second = parts[0].dropna(), parts[1].dropna()
    unreadable = pd.Series(pd.NaT, index=text.index)
    if first.empty:
        return unreadable
    day_first = bool((first > 12).any() or (first.nunique() == 1 and second.nunique() > 1))
    month_first = bool((second > 12).any() or (second.nunique() == 1 and first.nunique() > 1))
    if day_first == month_first:
        return unreadable
    return pd.to_datetime(text, format="%d/%m/%Y" if day_first else "%m/%d/%Y", errors="coerce")
