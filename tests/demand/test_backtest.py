"""Backtests know only what was known at their origin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sop_xl.demand import accuracy
from sop_xl.demand.backtest import BACKTEST_COLUMNS, backtest
from sop_xl.demand.baseline import forecast
from sop_xl.model.issue import InputErrors


def portfolio(periods: int = 60, series: int = 4) -> pd.DataFrame:
    stamps = pd.date_range("2019-01-01", periods=periods, freq="MS")
    t = np.arange(periods)
    rng = np.random.default_rng(0)
    parts = [
        pd.DataFrame(
            {"unique_id": f"P{i}", "ds": stamps, "y": 100 + t + 30 * np.sin(t * np.pi / 6) + rng.normal(0, 8, periods)}
        )
        for i in range(series)
    ]
    return pd.concat(parts, ignore_index=True)


def test_a_backtest_is_the_forecast_from_the_shortened_history_beside_the_actuals() -> None:
    history = portfolio()
    result = backtest(history, 6)
    assert tuple(result.frame.columns) == BACKTEST_COLUMNS
    expected = forecast(history[history["ds"] < "2023-07-01"], 6).frame
    assert result.frame["forecast"].tolist() == expected["forecast"].tolist()
    assert (result.frame["origin"] == pd.Timestamp("2023-06-01")).all()
    assert result.frame["actual"].tolist() == history[history["ds"] >= "2023-07-01"]["y"].tolist()
    last_year = history[(history["ds"] >= "2022-07-01") & (history["ds"] < "2023-01-01")]
    assert result.frame["seasonal_naive"].tolist() == last_year["y"].tolist()


def test_the_summary_follows_from_the_frame() -> None:
    result = backtest(portfolio(), 6, origins=2)
    frame, summary = result.frame, result.summary
    assert (summary.series, summary.origins, len(frame)) == (4, 2, 48)
    assert summary.wape == accuracy.wape(frame["actual"], frame["forecast"])
    assert summary.bias == accuracy.bias(frame["actual"], frame["forecast"])
    assert summary.coverage == accuracy.coverage(frame["actual"], frame["p10"], frame["p90"])
    assert summary.coverage_95 == accuracy.coverage(frame["actual"], frame["p2_5"], frame["p97_5"])
    assert summary.coverage <= summary.coverage_95
    assert summary.value_added.value == pytest.approx(summary.wape_naive - summary.wape)
    assert "better than the seasonal naive" in str(summary)


def test_a_random_walk_is_not_said_to_be_forecast_well() -> None:
    """White noise around a level has nothing to find beyond the mean; the verdict must not be invented."""
    history = portfolio(series=1).assign(y=np.tile([50.0, 150.0] * 6, 5))
    assert "does NOT beat the seasonal naive" in str(backtest(history, 6).summary)


def test_unknown_periods_are_not_compared_and_short_series_are_named() -> None:
    history = portfolio(series=2)
    short = pd.DataFrame({"unique_id": "new", "ds": pd.date_range("2023-11-01", periods=2, freq="MS"), "y": [1.0, 2]})
    holed = history.drop(index=[57])
    result = backtest(pd.concat([holed, short]), 6)
    assert len(result.frame) == 11
    assert any("too short" in issue.message and "new" in issue.message for issue in result.issues)


def test_nothing_to_test_is_said() -> None:
    with pytest.raises(InputErrors, match="No series is longer than 14 months"):
        backtest(portfolio(periods=10), 12)


def test_every_series_is_measured_beside_the_seasonal_naive() -> None:
    result = backtest(portfolio(), 6, origins=2)
    assert result.series["unique_id"].tolist() == ["P0", "P1", "P2", "P3"]
    assert (result.series["origins"] == 2).all()
    own = result.frame[result.frame["unique_id"] == "P2"]
    row = result.series.set_index("unique_id").loc["P2"]
    assert row["wape"] == pytest.approx(accuracy.wape(own["actual"], own["forecast"]))
    assert row["bias"] == pytest.approx(accuracy.bias(own["actual"], own["forecast"]))
    assert row["value_added"] == pytest.approx(row["wape_naive"] - row["wape"])
    assert row["method"].startswith("ensemble of")
    assert result.summary.mase == pytest.approx(result.series["mase"].mean())


def test_scaled_errors_are_those_of_their_definition() -> None:
    history = portfolio(series=1)
    row = backtest(history, 6).series.iloc[0]
    made = backtest(history, 6).frame
    past = history["y"].to_numpy()[:-6]
    assert row["mase"] == pytest.approx(accuracy.mase(made["actual"], made["forecast"], past, 12))
    assert row["rmsse"] == pytest.approx(accuracy.rmsse(made["actual"], made["forecast"], past, 12))


def test_origins_may_lie_closer_than_the_horizon() -> None:
    result = backtest(portfolio(series=1), 6, origins=3, step=1)
    origins = sorted(result.frame["origin"].unique())
    assert [f"{origin:%Y-%m}" for origin in pd.DatetimeIndex(origins)] == ["2023-04", "2023-05", "2023-06"]
    assert len(result.frame) == 3 * 6


def test_sales_in_a_stock_out_are_no_measure_of_a_forecast() -> None:
    history = portfolio(series=1).assign(stock_out=False)
    history.loc[57, ["y", "stock_out"]] = [0.0, True]
    result = backtest(history, 6)
    assert len(result.frame) == 5
    assert pd.Timestamp("2023-10-01") not in set(result.frame["ds"])
