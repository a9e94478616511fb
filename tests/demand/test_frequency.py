"""Period stamps: what is read, what is refused, and which grid is found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_xl.demand.frequency import Frequency, Unit, frequency_of, infer_frequency, read_stamps


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[ns]")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["2024-03-01"], "2024-03-01"),
        (["2024-03"], "2024-03-01"),
        ([202403], "2024-03-01"),
        (["202403"], "2024-03-01"),
        ([20240301], "2024-03-01"),
        ([45352], "2024-03-01"),  # Excel's day number of 1 March 2024
        ([45352.0], "2024-03-01"),
        (["2024Q2"], "2024-04-01"),
        (["2024-W10"], "2024-03-04"),
        ([2024], "2024-01-01"),
        (["31.03.2024"], "2024-03-31"),
        (["31.03.24"], "2024-03-31"),
        (["03.2024"], "2024-03-01"),
        (["3/2024"], "2024-03-01"),
        (["2024M03"], "2024-03-01"),
        (["Q2 2024"], "2024-04-01"),
        (["KW 10/2024"], "2024-03-04"),
        (["3/31/24"], "2024-03-31"),
        (["31/03/2024 12:00:00 AM"], "2024-03-31"),
        (["Mar 2024"], "2024-03-01"),
        (["2024-03-01T00:00:00"], "2024-03-01"),
        (["2024-03-01T00:00:00+02:00"], "2024-03-01"),  # the day that is written, not the day in Greenwich
        (["28/02/2024"], "2024-02-28"),
        (["02/28/2024"], "2024-02-28"),
    ],
)
def test_a_stamp_is_read_as_people_write_it(written: list[object], meant: str) -> None:
    assert read_stamps(pd.Series(written, dtype=object))[0] == np.datetime64(meant)


@pytest.mark.parametrize(
    "written", ["soon", "13", "3.7", "13.2024", "01/02/24", "KW 60/2024", "2024-W60", "", None, "1.2.3"]
)
def test_what_is_not_a_date_stays_unread(written: object) -> None:
    assert np.isnat(read_stamps(pd.Series([written], dtype=object))[0])


def test_slashed_dates_are_read_only_where_the_column_shows_which_number_is_the_day() -> None:
    assert np.isnat(read_stamps(pd.Series(["01/02/2024"], dtype=object))[0])
    month_first = read_stamps(pd.Series(["01/01/2024", "02/01/2024", "03/01/2024"], dtype=object))
    assert list(month_first) == list(days("2024-01-01", "2024-02-01", "2024-03-01"))


@pytest.mark.parametrize(
    ("stamps", "alias"),
    [
        (pd.date_range("2024-01-01", periods=6, freq="MS"), "MS"),
        (pd.date_range("2024-01-31", periods=6, freq="ME"), "MS"),
        (pd.date_range("2024-01-15", periods=6, freq=pd.DateOffset(months=1)), "MS"),
        (pd.date_range("2024-01-03", periods=6, freq="W-WED"), "W-WED"),
        (pd.date_range("2024-01-01", periods=6, freq="QS"), "QS-JAN"),
        (pd.date_range("2024-03-31", periods=6, freq="QE"), "QS-JAN"),
        (pd.date_range("2024-02-01", periods=6, freq="QS-FEB"), "QS-FEB"),
        (pd.date_range("2014-04-01", periods=6, freq="YS-APR"), "YS-APR"),
        (pd.date_range("2014-12-31", periods=6, freq="YE"), "YS-JAN"),
        (pd.date_range("2024-01-01", periods=6, freq="D"), "D"),
    ],
)
def test_the_grid_is_found_from_the_dates(stamps: pd.DatetimeIndex, alias: str) -> None:
    found = infer_frequency(np.repeat("A", len(stamps)), stamps.to_numpy())
    assert found is not None
    assert found.alias == alias


def test_missing_months_do_not_make_quarters() -> None:
    stamps = days("2024-01-01", "2024-04-01", "2024-07-01", "2024-08-01", "2024-11-01")
    found = infer_frequency(np.repeat("A", 5), stamps)
    assert found == Frequency(Unit.MONTH)


def test_one_period_shows_no_frequency() -> None:
    assert infer_frequency(np.array(["A", "B"]), days("2024-01-01", "2024-01-01")) is None


@pytest.mark.parametrize("alias", ["H", "", "W-XYZ", "QS-3"])
def test_an_unknown_frequency_is_refused(alias: str) -> None:
    with pytest.raises(ValueError, match="frequency"):
        frequency_of(alias, days("2024-01-01"))


@given(
    st.sampled_from(["D", "W-MON", "W-SUN", "W-THU", "MS", "QS-JAN", "QS-FEB", "YS-JAN", "YS-OCT"]),
    st.dates(min_value=pd.Timestamp("1901-01-01").date(), max_value=pd.Timestamp("2199-12-31").date()),
)
def test_numbering_and_first_days_are_inverse_and_agree_with_pandas(alias: str, day: object) -> None:
    stamp = np.array([day], dtype="datetime64[ns]")
    frequency = frequency_of(alias, stamp)
    ordinal = frequency.ordinals(stamp)
    first, after = frequency.first_days(ordinal), frequency.first_days(ordinal + 1)
    assert first[0] <= stamp[0] < after[0]
    assert frequency.ordinals(first)[0] == ordinal[0]
    assert list(pd.date_range(first[0], periods=2, freq=frequency.alias)) == [first[0], after[0]]


@pytest.mark.parametrize(
    ("alias", "day", "position"),
    [
        ("MS", "2026-01-01", 0),
        ("MS", "2026-12-01", 11),
        ("QS-JAN", "2026-07-01", 2),
        ("QS-FEB", "2026-05-01", 1),
        ("W-MON", "2025-12-29", 0),
        ("W-MON", "2020-12-28", 51),
        ("D", "2026-07-05", 6),
        ("YS-JAN", "2026-01-01", 0),
    ],
)
def test_a_period_knows_its_place_in_the_season(alias: str, day: str, position: int) -> None:
    stamps = np.array([day], dtype="datetime64[ns]")
    frequency = frequency_of(alias, stamps)
    assert frequency.position_in_season(int(frequency.ordinals(stamps)[0])) == position
