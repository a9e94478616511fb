"""The planning calendar: no gap, no overlap, months add up from weeks."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_xl.model.calendar import Bucket, BucketKind, Calendar, add_months, period_start

STARTS = st.dates(min_value=date(1995, 1, 1), max_value=date(2060, 12, 31))


@given(start=STARTS, weekly=st.integers(0, 4), monthly=st.integers(1, 30), yearly=st.integers(0, 3))
def test_buckets_cover_the_horizon_once(start: date, weekly: int, monthly: int, yearly: int) -> None:
    calendar = Calendar.telescoping(start, weekly_months=weekly, monthly=monthly, yearly=yearly)
    assert calendar.start == start.replace(day=1)
    assert calendar.end == add_months(calendar.start, weekly + monthly + 12 * yearly)
    assert all(before.end == after.start for before, after in pairwise(calendar.buckets))
    assert sum(bucket.months for bucket in calendar.buckets) == pytest.approx(weekly + monthly + 12 * yearly)
    assert len(set(calendar.labels)) == len(calendar)


@given(start=STARTS, weekly=st.integers(1, 3), offset=st.integers(-40, 800))
def test_every_day_lies_in_the_bucket_that_says_so(start: date, weekly: int, offset: int) -> None:
    calendar = Calendar.telescoping(start, weekly_months=weekly, monthly=6, yearly=1)
    day = calendar.start + timedelta(days=offset)
    bucket = calendar.bucket_of(day)
    if calendar.start <= day < calendar.end:
        assert bucket is not None and bucket.start <= day < bucket.end
        assert calendar.parse(bucket.label) == bucket
        assert period_start(bucket.label) == bucket.start
    else:
        assert bucket is None


def test_weeks_start_on_monday_and_are_cut_at_the_end_of_the_month() -> None:
    calendar = Calendar.telescoping(date(2008, 7, 1), weekly_months=1, monthly=1)
    assert calendar.labels == ("2008-07-01", "2008-07-07", "2008-07-14", "2008-07-21", "2008-07-28", "2008-08")
    assert [bucket.days for bucket in calendar.buckets] == [6, 7, 7, 7, 4, 31]
    assert calendar.buckets[1].months == pytest.approx(7 / 31)


def test_kinds_are_told_from_the_distance_of_the_starts() -> None:
    weeks = Calendar.from_starts([date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19)])
    assert [b.kind for b in weeks.buckets] == [BucketKind.WEEK] * 3
    quarters = Calendar.from_starts([date(2026, 1, 1), date(2026, 4, 1)])
    assert quarters.labels == ("2026-Q1", "2026-Q2")
    assert Calendar.from_starts([date(2026, 1, 1)]).labels == ("2026-01",)


def test_a_hole_between_buckets_is_refused() -> None:
    with pytest.raises(ValueError, match="next starts on 2026-03-01"):
        Calendar.from_starts([date(2026, 1, 1), date(2026, 3, 1)], [BucketKind.MONTH, BucketKind.MONTH])
    with pytest.raises(ValueError, match="does not start where"):
        Calendar(
            (
                Bucket(date(2026, 1, 1), date(2026, 2, 1), BucketKind.MONTH),
                Bucket(date(2026, 3, 1), date(2026, 4, 1), BucketKind.MONTH),
            )
        )


@pytest.mark.parametrize(
    ("label", "day"),
    [
        ("2026", date(2026, 1, 1)),
        ("2026-Q3", date(2026, 7, 1)),
        ("2026-07", date(2026, 7, 1)),
        ("2026-07-14", date(2026, 7, 14)),
    ],
)
def test_labels_name_their_first_day(label: str, day: date) -> None:
    assert period_start(label) == day


@pytest.mark.parametrize("label", ["July 2026", "26-07", "2026-13", "2026-Q5", "2026-02-30", "", "2026-7"])
def test_anything_else_names_no_period(label: str) -> None:
    assert period_start(label) is None
