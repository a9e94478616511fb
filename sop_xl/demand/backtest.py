"""Testing the baseline on the past: forecast from earlier origins and compare with what then happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from sop_xl.demand import accuracy
from sop_xl.demand.backtest_measures import BacktestSummary, series_measures, summary_of
from sop_xl.demand.baseline import forecast, with_plain_names
from sop_xl.demand.frequency import Frequency
from sop_xl.demand.history import CleanHistory, read_history
from sop_xl.model.issue import InputErrors, Issue, Severity

BACKTEST_COLUMNS = (
    "unique_id",
    "origin",
    "step",
    "ds",
    "actual",
    "forecast",
    "p2_5",
    "p10",
    "p90",
    "p97_5",
    "seasonal_naive",
)
_LEAST_HISTORY = 3


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """A backtest: every forecast against its actual, and the summary.

    Attributes:
        frame: `unique_id, origin, step, ds, actual, forecast, p2_5, p10, p90, p97_5, seasonal_naive`; `origin` is the
            first day of the last period the forecast knew.
        series: measures of every series beside those of the seasonal naive, with its method at the last origin
            (see `sop_xl.demand.backtest_measures.SERIES_COLUMNS`).
        summary: accuracy over all rows.
        issues: findings on the history, and series too short to test.
        freq: pandas alias of the periods.
    """

    frame: pd.DataFrame
    series: pd.DataFrame
    summary: BacktestSummary
    issues: tuple[Issue, ...]
    freq: str


def backtest(
    history: pd.DataFrame,
    horizon: int,
    *,
    origins: int = 1,
    step: int | None = None,
    freq: str | None = None,
    country: str = "",
    seed: int = 0,
    progress: Callable[[float, str], None] | None = None,
) -> BacktestResult:
    """Forecast from one or more past origins with only what was known then, and compare with the actuals.

    The last origin of a series lies `horizon` periods before its end, each earlier one another `step` before.
    Periods without a known quantity, and those out of stock, where sales say little of demand, are not compared.
    Grain: series × origin × step.

    Args:
        history: rows of `unique_id, ds, y`; optionally `stock_out` and `lost_units` (see `forecast`).
        horizon: periods to forecast from each origin.
        origins: number of origins.
        step: periods between two origins; None for `horizon`, where the tested windows do not overlap.
        freq: see `forecast`.
        country: see `forecast`.
        seed: see `forecast`.
        progress: see `forecast`.

    Raises:
        InputErrors: the history has errors, or no series is long enough to be tested.
    """
    clean = read_history(history, freq)
    frequency = clean.frequency
    tell = progress or (lambda share, text: None)
    ends = clean.frame.groupby("unique_id")["period"].transform("max")
    parts, scales, methods = [], [], []
    for index in range(origins):
        known = clean.frame[clean.frame["period"] <= ends - horizon - (step or horizon) * index]
        long_enough = known.groupby("unique_id")["period"].transform("size") >= _LEAST_HISTORY
        known = known[long_enough]
        if known.empty:
            break
        part, scale, method = _from_origin(clean, known, horizon, country, seed, partial(_within, tell, index, origins))
        parts.append(part)
        scales.append(scale)
        methods.append(method)
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
    scale, method = pd.concat(scales), pd.concat(methods).groupby(level=0).first()
    return BacktestResult(
        frame,
        series_measures(frame, scale, method),
        summary_of(frame, scale, len(parts), horizon, seed),
        clean.issues + _too_short(clean, frame, frequency),
        frequency.alias,
    )


def backtest_table(
    table: pd.DataFrame,
    horizon: int,
    *,
    origins: int = 1,
    step: int | None = None,
    freq: str | None = None,
    country: str = "",
    seed: int = 0,
    progress: Callable[[float, str], None] | None = None,
) -> BacktestResult:
    """Test the baseline on a table as read from a file; headers in any case, every cell may be text.

    Otherwise as `backtest`.

    Args:
        table: the rows as read.
        horizon: see `backtest`.
        origins: see `backtest`.
        step: see `backtest`.
        freq: see `forecast`.
        country: see `forecast`.
        seed: see `forecast`.
        progress: see `forecast`.

    Raises:
        InputErrors: as `backtest`.
    """
    named, said = with_plain_names(table)
    made = backtest(
        named, horizon, origins=origins, step=step, freq=freq, country=country, seed=seed, progress=progress
    )
    return replace(made, issues=(*said, *made.issues))


def _within(tell: Callable[[float, str], None], index: int, origins: int, share: float, text: str) -> None:
    tell((index + share) / origins, text)


def _from_origin(
    clean: CleanHistory,
    known: pd.DataFrame,
    horizon: int,
    country: str,
    seed: int,
    progress: Callable[[float, str], None],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Return the forecasts of one origin beside their actuals, the seasonal-naive errors and methods of the series."""
    frequency = clean.frequency
    season_length = frequency.season_length
    past = known.assign(ds=frequency.first_days(known["period"].to_numpy()), lost_units=known["lost"])
    made = forecast(
        past[["unique_id", "ds", "y", "stock_out", "lost_units"]],
        horizon,
        frequency.alias,
        country=country,
        seed=seed,
        progress=progress,
    ).frame
    naive, scale, origin = [], {}, []
    for unique_id, series in known.groupby("unique_id", sort=True):
        y = series.set_index("period")["y"]
        y = y.reindex(range(y.index[0], y.index[-1] + 1))
        naive.append(accuracy.seasonal_naive(y.ffill(), horizon, season_length))
        lag = season_length if len(y) > season_length else 1
        change = y.to_numpy()[lag:] - y.to_numpy()[:-lag]
        scale[unique_id] = (np.nanmean(np.abs(change)), np.nanmean(change**2))
        origin.append(np.full(horizon, y.index[-1]))
    made["origin"] = frequency.first_days(np.concatenate(origin))
    made["step"] = np.tile(np.arange(1, horizon + 1), len(naive))
    made["seasonal_naive"] = np.concatenate(naive)
    made["period"] = frequency.ordinals(made["ds"].to_numpy())
    asked = clean.frame[~clean.frame["stock_out"]].rename(columns={"y": "actual"})[["unique_id", "period", "actual"]]
    compared = made.merge(asked, on=["unique_id", "period"], how="inner", validate="one_to_one")
    scales = pd.DataFrame.from_dict(scale, orient="index", columns=["absolute", "squared"])
    methods = made.drop_duplicates("unique_id").set_index("unique_id")["method"]
    return compared[list(BACKTEST_COLUMNS)], scales, methods


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
