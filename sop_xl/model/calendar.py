"""The planning calendar: weekly buckets near, monthly buckets mid term, yearly buckets far, without gap or overlap."""

from __future__ import annotations

import calendar as _calendar
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise


class BucketKind(StrEnum):
    """Length of a bucket."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS = {BucketKind.MONTH: 1, BucketKind.QUARTER: 3, BucketKind.YEAR: 12}
_LABEL = re.compile(r"^(\d{4})(?:-(?:Q([1-4])|(\d{2})(?:-(\d{2}))?))?$")


def add_months(day: date, months: int) -> date:
    """Return the same day of a later (or earlier) month, or the last day of a shorter one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, _calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True, order=True)
class Bucket:
    """A stretch of time that is planned as one: first day, the day after the last, and its kind."""

    start: date
    end: date
    kind: BucketKind

    @property
    def label(self) -> str:
        """Name in grids and pages: ``2008-07-07`` for a week, ``2008-07`` a month, ``2008-Q3``, ``2008`` a year."""
        if self.kind is BucketKind.WEEK:
            return self.start.isoformat()
        if self.kind is BucketKind.MONTH:
            return f"{self.start:%Y-%m}"
        if self.kind is BucketKind.QUARTER:
            return f"{self.start.year}-Q{(self.start.month + 2) // 3}"
        return f"{self.start.year}" if self.start.month == 1 else f"{self.start:%Y-%m}+12"

    @property
    def days(self) -> int:
        """Calendar days in the bucket."""
        return (self.end - self.start).days

    @property
    def months(self) -> float:
        """Length in months, each month counting by its own days: a month is 1, a week of July 7/31, a year 12."""
        total, day = 0.0, self.start
        while day < self.end:
            month_end = add_months(day.replace(day=1), 1)
            upto = min(month_end, self.end)
            total += (upto - day).days / _calendar.monthrange(day.year, day.month)[1]
            day = upto
        return total


@dataclass(frozen=True, slots=True)
class Calendar:
    """The buckets of a horizon in order, each starting where the one before ends."""

    buckets: tuple[Bucket, ...]

    def __post_init__(self) -> None:
        """Refuse an empty calendar, and gaps or overlaps between buckets."""
        if not self.buckets:
            raise ValueError("a calendar needs at least one bucket")
        for before, after in pairwise(self.buckets):
            if before.end != after.start:
                raise ValueError(f"bucket {after.label} does not start where {before.label} ends")

    @classmethod
    def telescoping(
        cls, start: date, *, weekly_months: int = 0, monthly: int = 18, quarterly: int = 0, yearly: int = 0
    ) -> Calendar:
        """Return weekly buckets for some months, then months, quarters and years.

        Weeks start on Monday and are cut where a month ends, so that every bucket lies within one month and months
        add up from weeks exactly.
        """
        day = start.replace(day=1)
        buckets: list[Bucket] = []
        weeks_end = add_months(day, weekly_months)
        while day < weeks_end:
            monday = day + timedelta(days=7 - day.weekday())
            end = min(monday, add_months(day.replace(day=1), 1))
            buckets.append(Bucket(day, end, BucketKind.WEEK))
            day = end
        kinds = ((BucketKind.MONTH, monthly), (BucketKind.QUARTER, quarterly), (BucketKind.YEAR, yearly))
        for kind, count in kinds:
            for _ in range(count):
                end = add_months(day, _MONTHS[kind])
                buckets.append(Bucket(day, end, kind))
                day = end
        return cls(tuple(buckets))

    @classmethod
    def from_starts(cls, starts: Iterable[date], kinds: Sequence[BucketKind] | None = None) -> Calendar:
        """Return the calendar whose buckets start on these days; kinds are told from the distances where not given.

        Raises:
            ValueError: where the days do not follow each other without a gap.
        """
        days = sorted(set(starts))
        if kinds is None:
            gaps = [(after - before).days for before, after in pairwise(days)]
            kinds = [_kind_of(gap) for gap in [*gaps, gaps[-1] if gaps else 31]]
        buckets = []
        for position, (day, kind) in enumerate(zip(days, kinds, strict=True)):
            end = day + timedelta(days=7) if kind is BucketKind.WEEK else add_months(day, _MONTHS[kind])
            following = days[position + 1] if position + 1 < len(days) else end
            if kind is BucketKind.WEEK and following < end:
                end = following
            if end != following:
                raise ValueError(f"bucket {day} ({kind}) ends on {end}, but the next starts on {following}")
            buckets.append(Bucket(day, end, kind))
        return cls(tuple(buckets))

    def __len__(self) -> int:
        """Return the number of buckets."""
        return len(self.buckets)

    @property
    def start(self) -> date:
        """First day of the horizon."""
        return self.buckets[0].start

    @property
    def end(self) -> date:
        """Day after the last of the horizon."""
        return self.buckets[-1].end

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the buckets, in order."""
        return tuple(bucket.label for bucket in self.buckets)

    @property
    def starts(self) -> tuple[date, ...]:
        """First days of the buckets, in order."""
        return tuple(bucket.start for bucket in self.buckets)

    def index_of(self, day: date) -> int | None:
        """Return the position of the bucket that holds a day, or None outside the horizon."""
        if not self.start <= day < self.end:
            return None
        return bisect_right(self.starts, day) - 1

    def bucket_of(self, day: date) -> Bucket | None:
        """Return the bucket that holds a day, or None outside the horizon."""
        position = self.index_of(day)
        return None if position is None else self.buckets[position]

    def parse(self, text: str) -> Bucket | None:
        """Return the bucket a label or an ISO date names, or None where it names none of this calendar."""
        for bucket in self.buckets:
            if bucket.label == text:
                return bucket
        day = period_start(text)
        return self.bucket_of(day) if day else None


def _kind_of(days: int) -> BucketKind:
    if days <= 7:
        return BucketKind.WEEK
    if days <= 31:
        return BucketKind.MONTH
    return BucketKind.QUARTER if days <= 92 else BucketKind.YEAR


def period_start(label: str) -> date | None:
    """Return the first day a period label names (``2008``, ``2008-Q3``, ``2008-07``, ``2008-07-14``), else None."""
    found = _LABEL.match(label.strip().removesuffix("+12"))
    if not found:
        return None
    year, quarter, month, day = found.groups()
    try:
        return date(int(year), int(month or (int(quarter) * 3 - 2 if quarter else 1)), int(day or 1))
    except ValueError:
        return None
