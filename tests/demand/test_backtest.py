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
