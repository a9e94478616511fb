"""Sensing from tables: a known elasticity is found, noise is refused, the parts add up to the change of the plan."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from sop_xl.demand.sensing.pooled_regression import learn_effects
from sop_xl.demand.sensing.sense import SensedDemand, sense
from sop_xl.demand.sensing.sensed_forecast import log_units, smearing
from sop_xl.model.calendar import Calendar
from sop_xl.schema import frames

CALENDAR = Calendar.telescoping(date(2024, 1, 1), monthly=6)
PAST = pd.date_range("2018-01-01", "2023-12-01", freq="MS")
PRODUCTS = frames.rows("products", [{"product": code, "family": "F"} for code in "ABCD"])
ELASTICITY = {"A": -2.0, "B": -1.5, "C": -1.0, "D": -0.5}


def market(seed: int = 3) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sales of four products around 1,000 a month, moved by their price and a season, with 3 % noise."""
    rng = np.random.default_rng(seed)
    sales, told = [], []
    for code, elasticity in ELASTICITY.items():
        price = 10 * np.exp(np.repeat(rng.normal(0, 0.12, len(PAST) // 3), 3))
        season = 0.1 * np.sin(2 * np.pi * np.arange(len(PAST)) / 12)
        units = 1000 * np.exp(elasticity * np.log(price / 10) + season + rng.normal(0, 0.03, len(PAST)))
        sales += [
            {"product": code, "location": "DC", "channel": "X", "period": day, "units": u}
            for day, u in zip(PAST, units, strict=True)
        ]
        told += [price_row(code, day, value) for day, value in zip(PAST, price, strict=True)]
    return frames.rows("history", sales), frames.rows("signals", told)


def price_row(code: str, day: pd.Timestamp, value: float, **fields: object) -> dict:
    known = day - pd.DateOffset(months=9)
    row = {"signal": "shelf price", "kind": "price", "product": code, "period": day, "value": value}
    return {**row, "available_from": known, "known_ahead": True, **fields}


def flat_baseline(codes: str = "ABCD") -> pd.DataFrame:
    return frames.rows(
        "baseline",
        [
            {"product": code, "location": "DC", "channel": "X", "period": day, "baseline": 1000.0}
            for code in codes
            for day in CALENDAR.starts
        ],
    )


def sensed(history: pd.DataFrame, signals: pd.DataFrame, as_of: date = date(2023, 12, 31)) -> SensedDemand:
    return sense(history, PRODUCTS, signals, flat_baseline(), CALENDAR, as_of)


def test_a_known_elasticity_is_found_and_told_in_units() -> None:
    result = sensed(*market())
    assert result.gain["used"].all()
    found = result.effects.set_index("product")
    for code, elasticity in ELASTICITY.items():
        assert found.loc[code, "effect"] == pytest.approx(elasticity, abs=0.12)
        assert found.loc[code, "low"] < found.loc[code, "effect"] < found.loc[code, "high"]
    assert found.loc["A", "step_units"] == pytest.approx(1000 * (1.03**-2 - 1), rel=0.08)
    assert "shelf price +3 %: −" in found.loc["A", "statement"]


def test_months_out_of_stock_do_not_pass_for_weak_demand() -> None:
    sales, signals = market()
    out = sales.merge(signals, on=["product", "period"])["value"].to_numpy() < 9
    empty = sales.assign(stock_out=out, units=sales["units"].mask(out, 300.0))
    found = sensed(empty, signals).effects.set_index("product")["effect"]
    assert found.to_dict() == pytest.approx(ELASTICITY, abs=0.25)
    told = empty.assign(lost_units=(sales["units"] - 300.0).clip(lower=0).where(out))
    assert sensed(told, signals).effects.set_index("product")["effect"].to_dict() == pytest.approx(ELASTICITY, abs=0.12)


def test_a_price_list_of_the_horizon_moves_demand_from_its_first_month_on() -> None:
    history, signals = market()
    usual = signals[(signals["product"] == "A") & (signals["period"] >= "2023-01-01")]["value"]
    level = float(np.exp(np.log(usual).mean()))
    months = [price_row("A", pd.Timestamp(day), level * (1.1 if day.month >= 4 else 1.0)) for day in CALENDAR.starts]
    result = sensed(history, pd.concat([signals, frames.rows("signals", months)], ignore_index=True))
    row = result.keys.index(("A", "DC", "X"))
    added = result.units[row].sum(axis=0)
    rise = (1000 + added[3:]) / (1000 + added[:3])
    assert rise == pytest.approx([1.1**-2] * 3, rel=0.02)


def test_a_future_price_that_is_known_only_later_is_not_used() -> None:
    history, signals = market()
    late = frames.rows("signals", [price_row("A", pd.Timestamp(2024, 4, 1), 20.0, available_from="2024-02-01")])
    told = pd.concat([signals, late], ignore_index=True)
    np.testing.assert_allclose(sensed(history, told).units, sensed(history, signals).units)
    assert not np.allclose(sensed(history, told, date(2024, 2, 1)).units, sensed(history, signals).units)


def test_noise_is_tested_and_not_used() -> None:
    history, signals = market()
    rng = np.random.default_rng(5)
    noise = signals.assign(value=rng.uniform(1, 2, len(signals)), signal="noise", kind="other")
    result = sensed(history, noise)
    assert len(result.gain) == 4
    assert result.gain["used"].sum() <= 1
    assert result.gain["verdict"].str.contains("ot used").sum() >= 3


def test_sales_too_short_to_test_use_no_signal_and_that_is_said() -> None:
    history, signals = market()
    result = sensed(history[history["period"] >= "2021-09-01"].reset_index(drop=True), signals)
    assert not result.gain["used"].any()
    assert set(result.gain["verdict"]) == {"Too little history to test: not used."}
    short = sensed(history[history["period"] >= "2023-01-01"].reset_index(drop=True), signals)
    assert "two years of regular sales" in short.issues[-1].message


def test_without_signals_nothing_is_sensed() -> None:
    history, _ = market()
    result = sensed(history, frames.empty("signals"))
    assert (result.keys, len(result.gain), result.issues) == ((), 0, ())


def test_prices_at_zero_and_contradictory_days_are_reported() -> None:
    history, signals = market()
    wrong = frames.rows(
        "signals",
        [
            price_row("A", pd.Timestamp(2016, 1, 1), 0.0),
            price_row("B", pd.Timestamp(2016, 1, 1), 5.0, known_ahead=False),
        ],
    )
    messages = " ".join(
        issue.message for issue in sensed(history, pd.concat([signals, wrong], ignore_index=True)).issues
    )
    assert "1 values of shelf price are not above 0" in messages
    assert "not marked as known ahead" in messages


def test_a_series_with_little_to_tell_keeps_the_effect_of_its_group() -> None:
    rng = np.random.default_rng(2)
    drivers = rng.normal(size=(6, 60, 1))
    drivers[5] *= 0.001
    logs = 5 - 2 * drivers[..., 0] + rng.normal(0, 0.1, (6, 60))
    effects = learn_effects(logs, drivers, 12, (np.zeros(6, dtype=int), np.arange(6)))
    assert effects.coefficient[:, 0] == pytest.approx([-2] * 6, abs=0.1)
    assert effects.spread[5, 0] >= effects.spread[:5, 0].max()


def test_smearing_is_the_mean_of_the_exponential_of_the_errors() -> None:
    errors = np.array([[np.nan, *([0.5, -0.5] * 8)], [np.nan] * 15 + [0.4, -0.4]])
    assert smearing(errors) == pytest.approx([np.log(np.cosh(0.5)), 0.08])


def test_no_sale_counts_as_one_per_cent_of_the_mean() -> None:
    assert log_units(np.array([[0.0, 300.0, np.nan]]))[0, :2] == pytest.approx(np.log([1.5, 300.0]))
