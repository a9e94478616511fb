"""Measure the statistical baseline on public series beside the seasonal naive and Theta.

Run from anywhere: ``python benchmarks/forecasting.py`` (all of M3 and Tourism monthly, about a minute),
``--sample 200`` for a quick look, ``--with-auto-ets`` to add AutoETS on at most 200 series, ``--learn-ranges`` to
print the factors of `sop_xl/demand/ranges.py`. The series are read from ``../shared/data`` beside the repository.

The hold-outs (column `test`) are used for scoring only. The range factors are learned on the training parts:
each is cut again by its forecast horizon, and the cut-off end plays the actual.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sop_xl.demand import accuracy
from sop_xl.demand.baseline import forecast
from sop_xl.demand.ladder import Route
from sop_xl.demand.ranges import factor_for

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SETS = ("m3", "tourism")
MONTHS = 12
os.environ["SOP_XL_CORES"] = "1"  # CPU time is counted in this process: no work may leave it
METHOD_STARTS = {
    Route.ENSEMBLE: "ensemble of",
    Route.SEASONAL_SHORT: "mean of Theta and last season",
    Route.SHORT: "mean of Theta and",
    Route.VERY_SHORT: ("mean of the last", "last value"),
}


@dataclass(frozen=True)
class Scores:
    """Accuracy of one method on one set of series."""

    owa: float
    smape: float
    mase: float
    coverage: float
    milliseconds: float

    def __str__(self) -> str:
        covered = f"{self.coverage:7.1%}" if np.isfinite(self.coverage) else "      –"
        return f"{self.owa:6.3f} {self.smape:7.2f} {self.mase:7.3f} {covered} {self.milliseconds:10.1f}"


def load(name: str, sample: int | None) -> pd.DataFrame | None:
    """Return one set as `unique_id, ds, y, test`, or None with a message where the file is absent."""
    path = DATA / f"{name}_monthly.parquet"
    if not path.exists():
        print(f"{name}: skipped, {path.name} is not in ../shared/data")
        return None
    frame = pd.read_parquet(path)
    if sample:
        ids = np.random.default_rng(0).permutation(sorted(frame["unique_id"].unique()))[:sample]
        frame = frame[frame["unique_id"].isin(ids)]
    return frame


def score(train: pd.DataFrame, made: pd.DataFrame, test: pd.DataFrame, seconds: float) -> Scores:
    """Return the M4 scores of forecasts `unique_id, step, forecast[, p10, p90]` against the hold-out."""
    history = {unique_id: group["y"].to_numpy() for unique_id, group in train.groupby("unique_id")}
    actual = {unique_id: group["y"].to_numpy() for unique_id, group in test.groupby("unique_id")}
    rows = []
    for unique_id, group in made.groupby("unique_id"):
        y, a, f = history[unique_id], actual[unique_id], group["forecast"].to_numpy()
        reference = accuracy.naive2(y, len(a), MONTHS)
        rows.append(
            (
                accuracy.smape(a, f),
                accuracy.mase(a, f, y, MONTHS),
                accuracy.smape(a, reference),
                accuracy.mase(a, reference, y, MONTHS),
            )
        )
    means = np.nanmean(np.array(rows), axis=0)
    covered = np.nan
    if "p10" in made:
        order = np.concatenate([actual[unique_id] for unique_id, _ in made.groupby("unique_id")])
        covered = accuracy.coverage(order, made["p10"], made["p90"])
    return Scores(accuracy.owa(*means), means[0], means[1], covered, 1000 * seconds / len(rows))


def each_series(model: Callable[[np.ndarray, int], np.ndarray]) -> Callable[[pd.DataFrame, int], pd.DataFrame]:
    """Return a method that forecasts every series by itself."""

    def run(train: pd.DataFrame, horizon: int) -> pd.DataFrame:
        parts = [
            pd.DataFrame({"unique_id": unique_id, "forecast": model(group["y"].to_numpy(dtype=float), horizon)})
            for unique_id, group in train.groupby("unique_id")
        ]
        return pd.concat(parts, ignore_index=True)

    return run


def theta(y: np.ndarray, horizon: int) -> np.ndarray:
    """Return the Dynamic Optimized Theta forecast."""
    from statsforecast.models import DynamicOptimizedTheta

    return np.clip(DynamicOptimizedTheta(season_length=MONTHS).forecast(y, horizon)["mean"], 0, None)


def auto_ets(y: np.ndarray, horizon: int) -> np.ndarray:
    """Return the forecast of exponential smoothing chosen by AICc."""
    from statsforecast.models import AutoETS

    return np.clip(AutoETS(season_length=MONTHS).forecast(y, horizon)["mean"], 0, None)


def baseline(train: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """Return the baseline with its ranges."""
    return forecast(train, horizon, "MS", seed=0).frame


def compare(sample: int | None, with_auto_ets: bool) -> None:
    """Print one line per set and method."""
    print(f"{'set':9}{'method':22}   OWA   sMAPE    MASE  80% cov  CPU ms/series")
    for name in SETS:
        frame = load(name, sample)
        if frame is None:
            continue
        methods: dict[str, Callable[[pd.DataFrame, int], pd.DataFrame]] = {
            "SeasonalNaive": each_series(lambda y, h: accuracy.seasonal_naive(y, h, MONTHS)),
            "Theta (DOT)": each_series(theta),
            "baseline": baseline,
        }
        if with_auto_ets:
            methods |= {"baseline (sample)": baseline, "AutoETS (sample)": each_series(auto_ets)}
        for method, run in methods.items():
            ids = frame["unique_id"].unique()[: 200 if "sample" in method else None]
            chosen = frame[frame["unique_id"].isin(ids)]
            train, test = chosen[~chosen["test"]], chosen[chosen["test"]]
            horizon = int(test.groupby("unique_id").size().iloc[0])
            start = time.process_time()
            made = run(train[["unique_id", "ds", "y"]], horizon)
            print(f"{name:9}{method:22}{score(train, made, test, time.process_time() - start)}", flush=True)


def learned_factor(train: pd.DataFrame, horizon: int, freq: str, route: Route, season_length: int) -> str:
    """Return the factor line for the series of a training part, its last `horizon` periods playing the actual.

    The half-width is recovered from the P90 that the present factor gave, so the two need not be stored.
    """
    length = train.groupby("unique_id")["ds"].transform("size")
    rank = train.groupby("unique_id")["ds"].rank(method="first")
    made = forecast(train[rank <= length - horizon], horizon, freq, seed=0).frame
    joined = made.merge(train, on=["unique_id", "ds"])
    _, high = factor_for(route, season_length).at(horizon)
    step = joined.groupby("unique_id").cumcount().to_numpy()
    half_width = (joined["p90"] - joined["forecast"]) / high[step]
    usable = (half_width > 0) & joined["method"].str.startswith(METHOD_STARTS[route])
    ratio = ((joined["y"] - joined["forecast"]) / half_width)[usable]
    quantiles = ratio.groupby(step[usable] + 1).quantile([0.1, 0.9]).unstack()
    log_step = np.log(quantiles.index.to_numpy(dtype=float))
    fits = []
    for level in (0.1, 0.9):
        slope, start = np.polyfit(log_step, quantiles[level], 1) if horizon > 1 else (0.0, quantiles[level].iloc[0])
        fits.append(f"({start:.2f}, {slope:.2f})")
    covered = accuracy.coverage(joined["y"][usable], joined["p10"][usable], joined["p90"][usable])
    return (
        f"    (Route.{route.name}, {season_length}): WidthFactor({fits[0]}, {fits[1]}, {horizon}),"
        f"  # {joined['unique_id'][usable].nunique()} series, {covered:.1%} covered with the present factor"
    )


def summed(train: pd.DataFrame, rule: str, months: int) -> pd.DataFrame:
    """Return whole quarters or years of monthly series."""
    grouped = train.set_index("ds").groupby("unique_id")["y"].resample(rule)
    total = grouped.agg(["sum", "size"]).reset_index()
    return total[total["size"] == months].rename(columns={"sum": "y"})[["unique_id", "ds", "y"]]


def last_of_each(train: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the last `count` periods of every series."""
    return train.groupby("unique_id").tail(count)


def orange_juice() -> pd.DataFrame:
    """Return weekly units of the store-brand pairs with a full history, without the last quarter."""
    frame = pd.read_parquet(DATA / "oj_weekly_store_brand.parquet", columns=["store", "code", "ds", "units"])
    frame["unique_id"] = frame["store"].astype(str) + "-" + frame["code"]
    frame = frame.rename(columns={"units": "y"})[["unique_id", "ds", "y"]].sort_values(["unique_id", "ds"])
    size = frame.groupby("unique_id")["ds"].transform("size")
    full = frame[size == size.max()]
    return full[full["ds"] <= full["ds"].max() - pd.Timedelta(weeks=13)]


def learn_ranges() -> None:
    """Print the factor table of `sop_xl/demand/ranges.py` from the training parts."""
    frames = {name: load(name, None) for name in SETS}
    parts = [frame[~frame["test"]] for frame in frames.values() if frame is not None]
    if len(parts) < len(SETS):
        return
    m3, tourism = parts
    both = pd.concat([m3, tourism])
    print(learned_factor(m3, 18, "MS", Route.ENSEMBLE, 12), flush=True)
    print(learned_factor(summed(both, "QS", 3), 8, "QS", Route.ENSEMBLE, 4), flush=True)
    print(learned_factor(summed(tourism, "YS", 12), 4, "YS", Route.ENSEMBLE, 1), flush=True)
    print(learned_factor(last_of_each(m3, 18 + 16), 18, "MS", Route.SEASONAL_SHORT, 12), flush=True)
    print(learned_factor(last_of_each(m3, 12 + 9), 12, "MS", Route.SHORT, 12), flush=True)
    print(learned_factor(last_of_each(m3, 12 + 4), 12, "MS", Route.VERY_SHORT, 12), flush=True)
    yearly = summed(both, "YS", 12)
    print(learned_factor(last_of_each(yearly, 4 + 8), 4, "YS", Route.SHORT, 1), flush=True)
    print(learned_factor(last_of_each(yearly, 4 + 5), 4, "YS", Route.VERY_SHORT, 1), flush=True)
    print(learned_factor(orange_juice(), 13, "W", Route.ENSEMBLE, 52), flush=True)


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sample", type=int, help="number of series per set; all when left out")
    parser.add_argument("--with-auto-ets", action="store_true", help="add AutoETS on at most 200 series")
    parser.add_argument("--learn-ranges", action="store_true", help="print the factors of the ranges and stop")
    options = parser.parse_args()
    if options.learn_ranges:
        learn_ranges()
    else:
        compare(options.sample, options.with_auto_ets)


if __name__ == "__main__":
    main()
