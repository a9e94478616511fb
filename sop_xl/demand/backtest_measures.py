"""How good a backtest was: over all series, and series by series, always beside the seasonal naive."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sop_xl.demand import accuracy

SERIES_COLUMNS = (
    "unique_id",
    "method",
    "origins",
    "actual",
    "wape",
    "wape_naive",
    "value_added",
    "mase",
    "mase_naive",
    "rmsse",
    "rmsse_naive",
    "bias",
    "coverage",
    "coverage_95",
)


@dataclass(frozen=True, slots=True)
class BacktestSummary:
    """Accuracy of the baseline over all series, origins and steps of a backtest.

    Attributes:
        series: number of series compared.
        origins: number of origins.
        horizon: periods forecast from each.
        wape: Σ|A−F| / ΣA as a share.
        wape_naive: the same for the seasonal naive.
        mase: mean over series of the mean absolute scaled error.
        mase_naive: the same for the seasonal naive.
        rmsse: mean over series of the root mean squared scaled error, the measure to judge intermittent items by.
        rmsse_naive: the same for the seasonal naive.
        bias: Σ(F−A) / ΣA as a share, positive = over-forecast.
        bias_naive: the same for the seasonal naive.
        coverage: share of actuals between P10 and P90; 0.8 is meant.
        coverage_95: share of actuals between P2.5 and P97.5; 0.95 is meant.
        value_added: WAPE of the seasonal naive − WAPE of the baseline, with a bootstrap interval.
    """

    series: int
    origins: int
    horizon: int
    wape: float
    wape_naive: float
    mase: float
    mase_naive: float
    rmsse: float
    rmsse_naive: float
    bias: float
    bias_naive: float
    coverage: float
    coverage_95: float
    value_added: accuracy.ValueAdded

    @property
    def verdict(self) -> str:
        """Say whether the baseline is better than the seasonal naive, and where it is not."""
        gain = self.value_added
        if math.isnan(gain.value):
            return "no comparison with the seasonal naive is possible"
        if gain.low > 0:
            return "better than the seasonal naive"
        if gain.value > 0:
            return "better than the seasonal naive, but not by more than chance"
        return "does NOT beat the seasonal naive"

    def __str__(self) -> str:
        """Say the result in one line, including where the baseline does not beat the naive."""
        return (
            f"{self.series} series, {self.origins} origin(s), {self.horizon} periods: WAPE {self.wape:.1%} "
            f"(seasonal naive {self.wape_naive:.1%}), MASE {self.mase:.3f}, bias {self.bias:+.1%}, "
            f"{self.coverage:.0%} of actuals between P10 and P90, {self.coverage_95:.0%} between P2.5 and P97.5; "
            f"{self.verdict}."
        )


def summary_of(frame: pd.DataFrame, scales: pd.DataFrame, origins: int, horizon: int, seed: int) -> BacktestSummary:
    """Return the accuracy over all rows of a backtest.

    Args:
        frame: rows of forecasts beside actuals (see `sop_xl.demand.backtest.BACKTEST_COLUMNS`).
        scales: `absolute` and `squared` in-sample error of the seasonal naive, index `unique_id`.
        origins: number of origins.
        horizon: periods forecast from each.
        seed: seed of the bootstrap.
    """
    by_series = series_measures(frame, scales, pd.Series(dtype=object))
    return BacktestSummary(
        series=int(frame["unique_id"].nunique()),
        origins=origins,
        horizon=horizon,
        wape=accuracy.wape(frame["actual"], frame["forecast"]),
        wape_naive=accuracy.wape(frame["actual"], frame["seasonal_naive"]),
        mase=_mean(by_series["mase"]),
        mase_naive=_mean(by_series["mase_naive"]),
        rmsse=_mean(by_series["rmsse"]),
        rmsse_naive=_mean(by_series["rmsse_naive"]),
        bias=accuracy.bias(frame["actual"], frame["forecast"]),
        bias_naive=accuracy.bias(frame["actual"], frame["seasonal_naive"]),
        coverage=accuracy.coverage(frame["actual"], frame["p10"], frame["p90"]),
        coverage_95=accuracy.coverage(frame["actual"], frame["p2_5"], frame["p97_5"]),
        value_added=accuracy.forecast_value_added(
            frame["actual"], frame["seasonal_naive"], frame["forecast"], seed=seed
        ),
    )


def series_measures(frame: pd.DataFrame, scales: pd.DataFrame, methods: pd.Series) -> pd.DataFrame:
    """Return one row of measures per series (`SERIES_COLUMNS`), sorted by name; undefined ones are NaN.

    Args:
        frame: see `summary_of`.
        scales: see `summary_of`.
        methods: method of the last origin, index `unique_id`; empty for none.
    """
    key = frame["unique_id"]
    scale = scales.groupby(level=0).mean()
    actual = frame["actual"].groupby(key).sum()
    measures: dict[str, pd.Series] = {
        "method": methods.reindex(actual.index).fillna(""),
        "origins": frame["origin"].groupby(key).nunique(),
        "actual": actual,
    }
    for name, column in (("", "forecast"), ("_naive", "seasonal_naive")):
        error = frame[column] - frame["actual"]
        absolute, squared = error.abs().groupby(key), (error**2).groupby(key)
        measures[f"wape{name}"] = absolute.sum() / actual.where(actual > 0)
        measures[f"mase{name}"] = absolute.mean() / scale["absolute"].where(scale["absolute"] > 0)
        measures[f"rmsse{name}"] = np.sqrt(squared.mean() / scale["squared"].where(scale["squared"] > 0))
    measures["value_added"] = measures["wape_naive"] - measures["wape"]
    measures["bias"] = (frame["forecast"] - frame["actual"]).groupby(key).sum() / actual.where(actual > 0)
    for name, low, high in (("coverage", "p10", "p90"), ("coverage_95", "p2_5", "p97_5")):
        within = (frame["actual"] >= frame[low]) & (frame["actual"] <= frame[high])
        measures[name] = within.groupby(key).mean()
    made = pd.DataFrame(measures).reindex(actual.index).rename_axis("unique_id").reset_index()
    return made[list(SERIES_COLUMNS)]


def _mean(values: pd.Series) -> float:
    return float(values.mean()) if values.notna().any() else math.nan
