"""Testing the baseline on the past: forecast from earlier origins and compare with what then happened."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from sop_xl.demand import accuracy
from sop_xl.demand.baseline import forecast
from sop_xl.demand.frequency import Frequency
from sop_xl.demand.history import CleanHistory, read_history
from sop_xl.model.issue import InputErrors, Issue, Severity

BACKTEST_COLUMNS = ("unique_id", "origin", "step", "ds", "actual", "forecast", "p10", "p90", "seasonal_naive")
_LEAST_HISTORY = 3


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
        bias: Σ(F−A) / ΣA as a share, positive = over-forecast.
        bias_naive: the same for the seasonal naive.
        coverage: share of actuals between P10 and P90; 0.8 is meant.
        value_added: WAPE of the seasonal naive − WAPE of the baseline, with a bootstrap interval.
    """

    series: int
    origins: int
    horizon: int
    wape: float
    wape_naive: float
    mase: float
    mase_naive: float
    bias: float
    bias_naive: float
    coverage: float
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
            f"{self.coverage:.0%} of actuals between P10 and P90; {self.verdict}."
        )


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """A backtest: every forecast against its actual, and the summary.

    Attributes:
        frame: `unique_id, origin, step, ds, actual, forecast, p10, p90, seasonal_naive`; `origin` is the first
            day of the last period the forecast knew.
        summary: accuracy over all rows.
        issues: findings on the history, and series too short to test.
        freq: pandas alias of the periods.
    """

    frame: pd.DataFrame
    summary: BacktestSummary
    issues: tuple[Issue, ...]
    freq: str


def backtest(
    history: pd.DataFrame,
    horizon: int,
    *,
    origins: int = 1,
    freq: str | None = None,
    seed: int = 0,
    progress: Callable[[float, str], None] | None = None,
) -> BacktestResult:
    """Forecast from one or more past origins with only what was known then, and compare with the actuals.

    The last origin of a series lies `horizon` periods before its end, each earlier one another `horizon`
    before, so the tested windows do not overlap. Periods without a known quantity are not compared.
    Grain: series × origin × step.

    Args:
        history: rows of `unique_id, ds, y`.
        horizon: periods to forecast from each origin.
        origins: number of origins.
        freq: see `forecast`.
        seed: see `forecast`.
        progress: see `forecast`.

    Raises:
        InputErrors: the history has errors, or no series is long enough to be tested.
    """
    clean = read_history(history, freq)
    frequency = clean.frequency
    tell = progress or (lambda share, text: None)
    ends = clean.frame.groupby("unique_id")["period"].transform("max")
    parts, scales = [], []
    for index in range(origins):
        known = clean.frame[clean.frame["period"] <= ends - horizon * (index + 1)]
        long_enough = known.groupby("unique_id")["period"].transform("size") >= _LEAST_HISTORY
        known = known[long_enough]
        if known.empty:
            break
        part, scale = _from_origin(clean, known, horizon, seed, partial(_within, tell, index, origins))
        parts.append(part)
        scales.append(scale)
    if not parts:
        raise InputErrors(
            [
                Issue(
                    Severity.ERROR,
                    f"No series is longer than {horizon + _LEAST_HISTORY - 1} {frequency.period_name}s.",
                    "Shorten the horizon or give a longer history.",
                    table="history",
                )
            ]
        )
    frame = pd.concat(parts, ignore_index=True)
    summary = _summary(frame, pd.concat(scales), len(parts), horizon, seed)
    return BacktestResult(frame, summary, clean.issues + _too_short(clean, frame, frequency), frequency.alias)


def _within(tell: Callable[[float, str], None], index: int, origins: int, share: float, text: str) -> None:
    tell((index + share) / origins, text)


def _from_origin(
    clean: CleanHistory, known: pd.DataFrame, horizon: int, seed: int, progress: Callable[[float, str], None]
) -> tuple[pd.DataFrame, pd.Series]:
    """Return the forecasts of one origin beside their actuals, and the seasonal-naive error of each series."""
    frequency = clean.frequency
    season_length = frequency.season_length
    past = known.assign(ds=frequency.first_days(known["period"].to_numpy()))[["unique_id", "ds", "y"]]
    made = forecast(past, horizon, frequency.alias, seed=seed, progress=progress).frame
    naive, scale, origin = [], {}, []
    for unique_id, series in known.groupby("unique_id", sort=True):
        y = series.set_index("period")["y"]
        y = y.reindex(range(y.index[0], y.index[-1] + 1))
        naive.append(accuracy.seasonal_naive(y.ffill(), horizon, season_length))
        lag = season_length if len(y) > season_length else 1
        scale[unique_id] = np.nanmean(np.abs(y.to_numpy()[lag:] - y.to_numpy()[:-lag]))
        origin.append(np.full(horizon, y.index[-1]))
    made["origin"] = frequency.first_days(np.concatenate(origin))
    made["step"] = np.tile(np.arange(1, horizon + 1), len(naive))
    made["seasonal_naive"] = np.concatenate(naive)
    made["period"] = frequency.ordinals(made["ds"].to_numpy())
    actual = clean.frame.rename(columns={"y": "actual"})
    compared = made.merge(actual, on=["unique_id", "period"], how="inner", validate="one_to_one")
    return compared[list(BACKTEST_COLUMNS)], pd.Series(scale, name="scale")


def _summary(frame: pd.DataFrame, scales: pd.Series, origins: int, horizon: int, seed: int) -> BacktestSummary:
    scale = scales.groupby(level=0).mean()
    return BacktestSummary(
        series=int(frame["unique_id"].nunique()),
        origins=origins,
        horizon=horizon,
        wape=accuracy.wape(frame["actual"], frame["forecast"]),
        wape_naive=accuracy.wape(frame["actual"], frame["seasonal_naive"]),
        mase=_scaled_error(frame, "forecast", scale),
        mase_naive=_scaled_error(frame, "seasonal_naive", scale),
        bias=accuracy.bias(frame["actual"], frame["forecast"]),
        bias_naive=accuracy.bias(frame["actual"], frame["seasonal_naive"]),
        coverage=accuracy.coverage(frame["actual"], frame["p10"], frame["p90"]),
        value_added=accuracy.forecast_value_added(
            frame["actual"], frame["seasonal_naive"], frame["forecast"], seed=seed
        ),
    )


def _scaled_error(frame: pd.DataFrame, method: str, scale: pd.Series) -> float:
    """Return the mean over series of the mean absolute error of a method in parts of the series' scale."""
    error = (frame["actual"] - frame[method]).abs().groupby(frame["unique_id"]).mean()
    scaled = (error / scale[scale > 0]).dropna()
    return float(scaled.mean()) if len(scaled) else math.nan


def _too_short(clean: CleanHistory, frame: pd.DataFrame, frequency: Frequency) -> tuple[Issue, ...]:
    untested = sorted(set(clean.frame["unique_id"]) - set(frame["unique_id"]))
    if not untested:
        return ()
    return (
        Issue(
            Severity.INFO,
            f"{len(untested)} series are too short to be tested (such as {', '.join(untested[:3])}).",
            f"Their accuracy is unknown until more {frequency.period_name}s have passed.",
            table="history",
        ),
    )
