"""Measure the statistical baseline on public series beside other methods, what was published, and a spreadsheet.

Run from anywhere: ``python benchmarks/forecasting.py`` (all of M3 and Tourism monthly, some four minutes of one core),
``--sample 200`` for a quick look. The series are read from ``../shared/data`` beside the repository.

The hold-outs (column `test`) are used for scoring only. What the engine knows was learned on training parts
(``benchmarks/learn_ranges.py``) or chosen on windows cut from them (``docs/forecasting.md`` says which choice where).
Slow methods are measured on a sample of the series; the baseline is then scored on the same ones as well.
"""

from __future__ import annotations

import argparse
import os
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"
os.environ["SOP_XL_CORES"] = "1"  # CPU time is counted in this process: no work may leave it

import libreoffice
import numpy as np
import pandas as pd

from sop_xl.demand import accuracy
from sop_xl.demand.baseline import forecast
from sop_xl.demand.ensemble import Mode

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SETS = ("m3", "tourism")
MONTHS = 12
SAMPLED = 100
PUBLISHED = {"ForecastPro": "Forecast Pro", "THETA": "Theta", "ForcX": "ForecastX"}
DRAWS = 2000

Method = Callable[[pd.DataFrame, int], pd.DataFrame]


@dataclass(frozen=True)
class Errors:
    """sMAPE and MASE of every series, of a method and of Naive2 (series × 4), and what was covered."""

    unique_id: list[str]
    table: np.ndarray
    covered_80: float
    covered_95: float
    milliseconds: float

    def owa(self) -> float:
        """Return the overall weighted average over all series."""
        return accuracy.owa(*np.nanmean(self.table, axis=0))

    def __str__(self) -> str:
        smape, mase, _, _ = np.nanmean(self.table, axis=0)
        shares = [f"{share:8.1%}" if np.isfinite(share) else "       –" for share in (self.covered_80, self.covered_95)]
        cost = f"{self.milliseconds:8.1f}" if np.isfinite(self.milliseconds) else "       –"
        return f"{self.owa():6.3f} {smape:7.2f} {mase:7.3f}{''.join(shares)}{cost}  {len(self.unique_id):5}"


def load(name: str, sample: int | None) -> pd.DataFrame | None:
    """Return one set as `unique_id, ds, y, test`, or None with a message where the file is absent."""
    path = DATA / f"{name}_monthly.parquet"
    if not path.exists():
        print(f"{name}: skipped, {path.name} is not in ../shared/data")
        return None
    frame = pd.read_parquet(path).sort_values(["unique_id", "ds"], kind="stable")
    if sample:
        frame = frame[frame["unique_id"].isin(some(frame, sample))]
    return frame


def some(frame: pd.DataFrame, count: int) -> Sequence[str]:
    """Return the names of a random sample of the series, always the same."""
    return list(np.random.default_rng(0).permutation(sorted(frame["unique_id"].unique()))[:count])


def errors(frame: pd.DataFrame, made: pd.DataFrame, seconds: float = np.nan) -> Errors:
    """Return the errors of forecasts `unique_id, forecast[, p2_5, p10, p90, p97_5]`, in the order of time."""
    names, rows = [], []
    actual = {name: part["y"].to_numpy() for name, part in frame[frame["test"]].groupby("unique_id")}
    history = {name: part["y"].to_numpy() for name, part in frame[~frame["test"]].groupby("unique_id")}
    for name, part in made.groupby("unique_id"):
        y, a, f = history[name], actual[name], part["forecast"].to_numpy()
        reference = accuracy.naive2(y, len(a), MONTHS)
        names.append(str(name))
        rows.append([*_measures(a, f, y), *_measures(a, reference, y)])
    covered = [np.nan, np.nan]
    if "p10" in made:
        true = np.concatenate([actual[name] for name, _ in made.groupby("unique_id")])
        ordered = made.sort_values("unique_id", kind="stable")
        covered = [accuracy.coverage(true, ordered[a], ordered[b]) for a, b in (("p10", "p90"), ("p2_5", "p97_5"))]
    return Errors(names, np.array(rows), *covered, 1000 * seconds / len(rows))


def _measures(actual: np.ndarray, made: np.ndarray, history: np.ndarray) -> tuple[float, float]:
    return accuracy.smape(actual, made), accuracy.mase(actual, made, history, MONTHS)


def cpu_seconds() -> float:
    """Return the processor time of this process and of the processes it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in used)


def measured(frame: pd.DataFrame, method: Method) -> tuple[Errors, pd.DataFrame]:
    """Run a method on the training parts and return its errors and its forecasts."""
    horizon = int(frame[frame["test"]].groupby("unique_id").size().iloc[0])
    start = cpu_seconds()
    made = method(frame.loc[~frame["test"], ["unique_id", "ds", "y"]], horizon)
    return errors(frame, made, cpu_seconds() - start), made


def each_series(model: Callable[[np.ndarray, int], dict[str, np.ndarray]]) -> Method:
    """Return a method that forecasts every series by itself."""

    def run(train: pd.DataFrame, horizon: int) -> pd.DataFrame:
        parts = [
            pd.DataFrame({"unique_id": name, **model(part["y"].to_numpy(dtype=float), horizon)})
            for name, part in train.groupby("unique_id")
        ]
        return pd.concat(parts, ignore_index=True)

    return run


def seasonal_naive(y: np.ndarray, horizon: int) -> dict[str, np.ndarray]:
    """Return the last year repeated."""
    return {"forecast": accuracy.seasonal_naive(y, horizon, MONTHS)}


def theta(y: np.ndarray, horizon: int) -> dict[str, np.ndarray]:
    """Return the Dynamic Optimized Theta forecast with its own ranges."""
    from statsforecast.models import DynamicOptimizedTheta

    return _named(DynamicOptimizedTheta(season_length=MONTHS).forecast(y, horizon, level=[80, 95]))


def auto_ets(y: np.ndarray, horizon: int) -> dict[str, np.ndarray]:
    """Return the forecast of exponential smoothing chosen by AICc with its own ranges."""
    from statsforecast.models import AutoETS

    return _named(AutoETS(season_length=MONTHS).forecast(y, horizon, level=[80, 95]))


def _named(made: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    names = {"forecast": "mean", "p2_5": "lo-95", "p10": "lo-80", "p90": "hi-80", "p97_5": "hi-95"}
    return {name: np.clip(made[key], 0, None) for name, key in names.items()}


def spreadsheet(train: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """Return FORECAST.ETS as LibreOffice calculates it."""
    return libreoffice.forecast_ets(train, horizon, MONTHS)


def engine(mode: Mode) -> Method:
    """Return the engine's baseline in one mode."""
    return lambda train, horizon: forecast(train, horizon, "MS", seed=0, mode=mode).frame


def published(frame: pd.DataFrame) -> dict[str, Errors]:
    """Return the errors of the forecasts that were submitted to the M3 competition."""
    path = DATA / "m3_monthly_published.parquet"
    if not path.exists():
        print(f"published forecasts: skipped, {path.name} is not in ../shared/data")
        return {}
    given = pd.read_parquet(path).sort_values(["unique_id", "step"], kind="stable")
    given = given[given["unique_id"].isin(frame["unique_id"].unique())]
    return {
        f"{name}, as submitted": errors(frame, given[["unique_id", column]].rename(columns={column: "forecast"}))
        for column, name in PUBLISHED.items()
    }


def comparison(ours: Errors, other: Errors) -> str:
    """Return the differences of OWA, sMAPE and MASE with 95 % intervals from drawing series with replacement."""
    drawn = np.random.default_rng(0).integers(0, len(ours.unique_id), (DRAWS, len(ours.unique_id)))
    mine, theirs = (np.nanmean(part.table[drawn], axis=1) for part in (ours, other))
    owa = [_owa(means) for means in (mine, theirs)]
    texts = []
    for name, whole, draws in (
        ("OWA", ours.owa() - other.owa(), owa[0] - owa[1]),
        ("sMAPE", np.nanmean(ours.table[:, 0] - other.table[:, 0]), mine[:, 0] - theirs[:, 0]),
        ("MASE", np.nanmean(ours.table[:, 1] - other.table[:, 1]), mine[:, 1] - theirs[:, 1]),
    ):
        low, high = np.quantile(draws, [0.025, 0.975])
        texts.append(f"{name} {whole:+.3f} ({low:+.3f} … {high:+.3f})")
    return ", ".join(texts)


def _owa(means: np.ndarray) -> np.ndarray:
    return (means[:, 0] / means[:, 2] + means[:, 1] / means[:, 3]) / 2


def part_of(frame: pd.DataFrame, made: pd.DataFrame, names: Sequence[str]) -> Errors:
    """Return the errors of forecasts already made, on some of the series."""
    return errors(frame[frame["unique_id"].isin(names)], made[made["unique_id"].isin(names)])


def compare(sample: int | None) -> None:
    """Print one line per set and method, and how surely the baseline differs from what was submitted."""
    print(f"{'set':8}{'method':28}   OWA   sMAPE    MASE 80% cov 95% cov  CPU ms series")
    for name in SETS:
        frame = load(name, sample)
        if frame is None:
            continue

        def show(method: str, found: Errors, name: str = name) -> None:
            print(f"{name:8}{method:28}{found}", flush=True)

        show("SeasonalNaive", measured(frame, each_series(seasonal_naive))[0])
        show("Theta (DOT)", measured(frame, each_series(theta))[0])
        submitted = published(frame) if name == "m3" else {}
        for method, found in submitted.items():
            show(method, found)
        show("preview", measured(frame, engine(Mode.PREVIEW))[0])
        ours, made = measured(frame, engine(Mode.FULL))
        show("baseline", ours)
        few = some(frame, SAMPLED)
        sampled = frame[frame["unique_id"].isin(few)]
        show("AutoETS, sample", measured(sampled, each_series(auto_ets))[0])
        if reason := libreoffice.absent():
            print(f"{name:8}FORECAST.ETS: skipped, {reason}")
        else:
            show("FORECAST.ETS, sample", measured(sampled, spreadsheet)[0])
        show("baseline, the same sample", part_of(frame, made, few))
        for method, found in submitted.items():
            print(f"{name:8}baseline less {method.partition(',')[0]}: {comparison(ours, found)}")


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sample", type=int, help="number of series per set; all when left out")
    compare(parser.parse_args().sample)


if __name__ == "__main__":
    main()
