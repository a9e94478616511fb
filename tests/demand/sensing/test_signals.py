"""Signals by hand: what is known on which day, which rows a series listens to, and that nobody sees the future."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_xl.demand.frequency import Frequency, Unit
from sop_xl.demand.sensing.gain import Portfolio, last_day
from sop_xl.demand.sensing.signals import driver_names, driver_values, known_values, read_signals
from sop_xl.schema import frames

MONTHS = Frequency(Unit.MONTH)
JAN, FEB, MAR, APR = (pd.Timestamp(2024, month, 1) for month in range(1, 5))
PERIODS = MONTHS.ordinals(pd.date_range("2024-01-01", "2024-06-01", freq="MS").to_numpy())


def rows(*given_rows: dict) -> pd.DataFrame:
    return frames.rows("signals", [{"signal": "S", "available_from": row["period"], **row} for row in given_rows])


def seen(table: pd.DataFrame, on: str, last: pd.Timestamp) -> list[float]:
    """What is seen of the only signal over January … June on a day, with sales known up to a month."""
    (signal,) = read_signals(table, MONTHS)
    (scope,) = signal.scopes.values()
    number = int(MONTHS.ordinals(np.array([last], dtype="datetime64[D]"))[0])
    return known_values(scope, signal.kind, np.datetime64(on), number, PERIODS, 12).tolist()


def test_a_value_holds_until_the_next_one_and_the_last_one_goes_on() -> None:
    table = rows({"period": JAN, "value": 5}, {"period": MAR, "value": 7})
    assert seen(table, "2024-04-30", APR) == [5, 5, 7, 7, 7, 7]


def test_a_value_published_late_is_not_known_before() -> None:
    table = rows({"period": JAN, "value": 5}, {"period": MAR, "value": 7, "available_from": "2024-05-10"})
    assert seen(table, "2024-05-09", APR) == [5] * 6
    assert seen(table, "2024-05-10", APR) == [5, 5, 7, 7, 7, 7]


def test_only_what_is_known_ahead_is_seen_of_the_future() -> None:
    early = {"period": APR, "value": 9, "available_from": "2024-01-01"}
    first = {"period": JAN, "value": 5}
    assert seen(rows(first, early), "2024-02-29", FEB) == [5] * 6
    assert seen(rows(first, {**early, "known_ahead": True}), "2024-02-29", FEB) == [5, 5, 5, 9, 9, 9]


def test_before_its_first_value_a_signal_is_unknown() -> None:
    assert np.isnan(seen(rows({"period": MAR, "value": 7}), "2024-04-30", APR)[:2]).all()


def test_the_future_of_the_weather_is_the_mean_of_the_same_month_in_the_years_before() -> None:
    past = [
        {"period": pd.Timestamp(year, month, 1), "value": 10 * month + year - 2022, "kind": "weather"}
        for year in (2022, 2023)
        for month in range(1, 13)
    ]
    assert seen(rows(*past), "2023-12-31", pd.Timestamp(2023, 12, 1)) == [10 * month + 0.5 for month in range(1, 7)]


def test_prices_act_in_per_cent_and_weeks_are_averaged_into_months() -> None:
    weeks = [{"period": JAN + pd.Timedelta(days=7 * week), "value": 2.0, "kind": "price"} for week in range(4)]
    assert seen(rows(*weeks), "2024-02-29", FEB) == pytest.approx([np.log(2.0)] * 6)


def test_the_narrowest_row_counts() -> None:
    table = rows(
        {"period": JAN, "value": 1},
        {"period": JAN, "value": 2, "product": "F"},
        {"period": JAN, "value": 3, "product": "A", "channel": "X"},
    )
    (signal,) = read_signals(table, MONTHS)
    heard = {
        key: float(signal.rows_for(key, family).value[0])
        for key, family in ((("A", "DC", "X"), "F"), (("A", "DC", "Y"), "F"), (("C", "DC", "X"), "G"))
    }
    assert list(heard.values()) == [3, 2, 1]


def test_promotions_act_together_with_prices() -> None:
    table = pd.concat(
        [rows({"period": JAN, "value": 1, "kind": kind, "signal": kind}) for kind in ("price", "promotion")]
    )
    assert driver_names(read_signals(table, MONTHS)) == ("price", "promotion", "promotion × price")


DAY = date(2023, 1, 1)
ROW = st.fixed_dictionaries(
    {
        "period": st.dates(DAY, date(2024, 12, 31)).map(lambda day: day.replace(day=1)),
        "value": st.floats(1, 100),
        "available_from": st.dates(DAY, date(2025, 6, 30)),
        "known_ahead": st.booleans(),
    }
)


@settings(max_examples=25, deadline=None)
@given(
    listed=st.lists(ROW, min_size=1, max_size=30, unique_by=lambda row: row["period"]),
    kind=st.sampled_from(["price", "promotion", "weather", "other"]),
    late=st.integers(0, 700),
    change=st.floats(1, 100),
)
def test_no_forecast_sees_a_value_before_its_day(listed: list[dict], kind: str, late: int, change: float) -> None:
    """Whatever is written into rows that are available later, or into the future of signals not known ahead."""
    origin = DAY + timedelta(days=late)
    last = origin.replace(day=1) - timedelta(days=1)
    hidden = [
        {**row, "value": change}
        if row["available_from"] > origin or (not row["known_ahead"] and row["period"] > last)
        else row
        for row in listed
    ]
    key = (("A", "DC", "X"), "F")
    number = int(MONTHS.ordinals(np.array([last], dtype="datetime64[D]"))[0])
    periods = np.arange(number - 23, number + 13)
    first, second = (
        driver_values(read_signals(rows(*({**row, "kind": kind} for row in version)), MONTHS), [key],
                      np.datetime64(origin), number, periods, 12)
        for version in (listed, hidden)
    )  # fmt: skip
    np.testing.assert_array_equal(first, second)


def test_a_test_in_the_past_knows_what_was_known_on_the_last_day_of_its_last_month() -> None:
    assert last_day(MONTHS, int(PERIODS[1])) == np.datetime64("2024-02-29")
    rng = np.random.default_rng(1)
    portfolio = Portfolio(((("A", "DC", "X"), "F"),), 100 + rng.normal(size=(1, 60)), int(PERIODS[0]) - 59, MONTHS)
    starts = MONTHS.first_days(np.arange(portfolio.first, portfolio.last + 1))
    told = [{"period": day, "value": 100 + position % 7, "kind": "price"} for position, day in enumerate(starts)]
    rewritten = [{**row, "value": 500.0} if row["period"] > starts[47] else row for row in told]
    made = [
        portfolio.forecast(
            read_signals(rows(*version), MONTHS), portfolio.last - 12, 6, last_day(MONTHS, portfolio.last - 12)
        )
        for version in (told, rewritten)
    ]
    np.testing.assert_array_equal(made[0].sensed, made[1].sensed)
