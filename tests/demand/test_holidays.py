"""Holidays: a known effect is found and carried ahead, chance is refused, nothing changes without a country."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from dateutil.easter import easter

from sop_xl.demand.backtest import backtest
from sop_xl.demand.baseline import forecast
from sop_xl.demand.holidays import days_off, public_holidays
from sop_xl.model.issue import InputErrors


def shop(freq: str, periods: int, effect: float, count: int = 4, noise: float = 0.03) -> pd.DataFrame:
    """Sales around 1,000 that rise by `effect` in the period of Easter's Thursday, with a season and some noise."""
    days = pd.date_range("2012-01-02" if freq.startswith("W") else "2012-01-01", periods=periods, freq=freq)
    ends = days + (pd.Timedelta(days=7) if freq.startswith("W") else pd.offsets.MonthBegin(1))
    thursdays = [pd.Timestamp(easter(year)) - pd.Timedelta(days=3) for year in range(2012, 2030)]
    hit = np.array([any(a <= day < b for day in thursdays) for a, b in zip(days, ends, strict=True)])
    season = 0.1 * np.sin(2 * np.pi * days.dayofyear.to_numpy() / 365.25)
    rng = np.random.default_rng(5)
    return pd.concat(
        pd.DataFrame(
            {
                "unique_id": f"S{i}",
                "ds": days,
                "y": 1000 * np.exp(effect * hit + season + rng.normal(0, noise, periods)),
            }
        )
        for i in range(count)
    )


def test_the_days_are_those_of_the_calendar() -> None:
    events = {event.name: event for event in public_holidays("DE")}
    feast = events["Good Friday to Easter Monday"]
    assert feast.moves and not events["Christmas Day to Second Day of Christmas"].moves
    at = int(np.searchsorted(feast.first, np.datetime64("2024-01-01")))
    assert (feast.first[at], feast.last[at]) == (np.datetime64("2024-03-29"), np.datetime64("2024-04-01"))
    assert "Easter Sunday" in {event.name for event in public_holidays("US")}, "shops know it where offices do not"
    off = days_off("AU-NSW")
    assert np.datetime64("2007-01-26") in off and np.datetime64("2007-01-25") not in off


@pytest.mark.parametrize(("freq", "periods", "least"), [("MS", 108, 0.1), ("W-MON", 278, 0.05)])
def test_an_easter_that_moves_makes_the_backtest_better(freq: str, periods: int, least: float) -> None:
    sales = shop(freq, periods, effect=0.35)
    horizon = 12 if freq == "MS" else 16
    plain, known = (backtest(sales, horizon, origins=1, country=place).summary for place in ("", "DE"))
    assert known.wape < (1 - least) * plain.wape
    made = forecast(sales, horizon, country="DE")
    assert made.frame["method"].str.contains("Good Friday to Easter Monday").all()
    assert any("4 are moved by single holidays" in issue.message for issue in made.issues)


def test_chance_is_hardly_ever_taken_for_a_holiday() -> None:
    made = forecast(shop("MS", 108, effect=0.0, count=40, noise=0.08), 3, country="DE")
    methods = made.frame.drop_duplicates("unique_id")["method"]
    assert methods.str.contains("smaller").sum() <= 2


def test_a_place_without_known_holidays_is_refused_in_words() -> None:
    with pytest.raises(InputErrors, match="No holidays are known for 'XX'"):
        forecast(shop("MS", 40, 0.0, count=1), 3, country="XX")
    with pytest.raises(InputErrors, match="No holidays are known for 'AU-ZZ'"):
        forecast(shop("MS", 40, 0.0, count=1), 3, country="AU-ZZ")
