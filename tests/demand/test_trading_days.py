"""Working days of a month: found where sales follow them, not where there is nothing; given back to the forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sop_xl.demand.baseline import forecast
from sop_xl.demand.calendar_completion import Series
from sop_xl.demand.frequency import Frequency, Unit
from sop_xl.demand.trading_days import trading_day_elasticities, trading_day_factors

MONTHS = Frequency(Unit.MONTH)
START = 12 * 34  # January 2004


def series(elasticity: float, seed: int, periods: int = 120) -> Series:
    """Return sales with a season, noise of 1 % and, to the given power, the days from Monday to Friday."""
    stamps = pd.date_range("2004-01-01", periods=periods, freq="MS")
    days = np.busday_count(
        stamps.to_numpy("datetime64[D]"), (stamps + pd.offsets.MonthBegin()).to_numpy("datetime64[D]")
    )
    season = 1 + 0.2 * np.sin(2 * np.pi * np.arange(periods) / 12)
    noise = np.random.default_rng(seed).normal(1, 0.01, periods)
    return Series(f"s{seed:02d}", START, 1000 * season * days**elasticity * noise, np.ones(periods, dtype=bool))


def test_the_elasticity_is_found_where_sales_follow_the_working_days() -> None:
    found = trading_day_elasticities([series(0.8, seed) for seed in range(25)], MONTHS)
    assert len(found) == 25
    assert np.mean(list(found.values())) == pytest.approx(0.8, abs=0.05)


def test_nothing_is_found_without_an_effect_in_short_histories_and_in_other_periods() -> None:
    assert trading_day_elasticities([series(0.0, seed) for seed in range(25)], MONTHS) == {}
    assert trading_day_elasticities([series(1.0, 0, periods=59)], MONTHS) == {}
    assert trading_day_elasticities([series(1.0, 0)], Frequency(Unit.QUARTER)) == {}


def test_a_few_of_many_are_taken_for_chance() -> None:
    few = [series(0.8 if seed < 5 else 0.0, seed) for seed in range(40)]
    assert trading_day_elasticities(few, MONTHS) == {}
    assert len(trading_day_elasticities(few[:5], MONTHS)) == 5


def test_factors_lie_around_one_and_follow_the_days() -> None:
    """February 2010 has 20 working days as usual, March 2010 has 23 instead of 22 on average."""
    item = series(1.0, 0)
    february, march = trading_day_factors({"s00": 1.0}, item, 12 * 40 + 1, 2, MONTHS)
    assert february == pytest.approx(20 / 20.2, abs=0.01)
    assert march == pytest.approx(23 / 22.1, abs=0.01)
    assert trading_day_factors({}, item, 0, 3, MONTHS).tolist() == [1, 1, 1]


def test_a_forecast_knows_the_working_days_ahead() -> None:
    whole = [series(1.0, seed, periods=132) for seed in range(4)]
    stamps = pd.date_range("2004-01-01", periods=132, freq="MS")
    history = pd.concat([pd.DataFrame({"unique_id": s.unique_id, "ds": stamps[:120], "y": s.y[:120]}) for s in whole])
    made = forecast(history, 12, "MS").frame
    assert made["method"].str.contains("; working days, elasticity").all()
    actual = np.concatenate([s.y[120:] for s in whole])
    assert np.abs(made["forecast"].to_numpy() / actual - 1).mean() < 0.02
    assert ((made["p10"] <= made["forecast"]) & (made["forecast"] <= made["p90"])).all()
