"""Measure demand sensing on weekly orange juice: the same models with and without prices and promotions.

Run from anywhere: ``python benchmarks/sensing.py`` (a few seconds of CPU; ``--stores 83`` for all stores,
``--baseline`` adds the statistical baseline of the product). The series are those of 20 stores drawn once with a fixed
seed; prices, deals and features are known ahead. Every origin knows what was known then; nothing is fitted to the
weeks that are scored. The method was chosen on 15 other stores and the origins up to week 128.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["SOP_XL_CORES"] = "1"  # CPU time is counted in this process: no work may leave it

import numpy as np
import pandas as pd

from sop_xl.demand.baseline import forecast
from sop_xl.demand.frequency import Frequency, Unit
from sop_xl.demand.sensing.gain import Portfolio, last_day, measure_gain
from sop_xl.demand.sensing.signals import Signal, read_signals
from sop_xl.demand.sensing.told import USUAL
from sop_xl.schema import frames

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "oj_weekly_store_brand.parquet"
HORIZON, ORIGINS = 8, 8
CHOSEN_ON, SCORED = 15, 20
"""Stores the method was chosen on, and stores scored, in the order drawn."""


def load(stores: int) -> tuple[pd.DataFrame, Frequency]:
    """Return the rows of the scored stores and the weeks they lie on."""
    rows = pd.read_parquet(DATA)
    order = np.random.default_rng(0).permutation(sorted(rows["store"].unique()))
    rows = rows[rows["store"].isin(order[CHOSEN_ON : CHOSEN_ON + stores] if stores < len(order) else order)]
    days = rows["ds"].to_numpy("datetime64[D]")
    weekday = int((days[0].astype(int) + 3) % 7)
    return rows.assign(store=rows["store"].astype(str)), Frequency(Unit.WEEK, weekday)


def signal_table(rows: pd.DataFrame, *, ahead: bool) -> pd.DataFrame:
    """Return price, deal, feature and the mean price of the store's other products, as a table of signals."""
    total = rows.groupby(["store", "ds"])["price"].transform("sum")
    count = rows.groupby(["store", "ds"])["price"].transform("count")
    rivals = (total - rows["price"]) / (count - 1)
    kinds = {
        "price": ("price", rows["price"]),
        "deal": ("promotion", rows["deal"]),
        "feature": ("promotion", rows["feat"]),
        "rivals": ("competitor", rivals),
    }
    known = rows["ds"] - pd.Timedelta(weeks=HORIZON + 1) if ahead else rows["ds"] + pd.Timedelta(days=6)
    parts = [
        pd.DataFrame(
            {
                "signal": name,
                "kind": kind,
                "product": rows["code"],
                "location": rows["store"],
                "period": rows["ds"],
                "value": values.astype(float),
                "available_from": known,
                "known_ahead": ahead,
            }
        ).dropna()
        for name, (kind, values) in kinds.items()
    ]
    return frames.typed("signals", pd.concat(parts, ignore_index=True))


def portfolio(rows: pd.DataFrame, weeks: Frequency) -> Portfolio:
    """Return the series of all store-product pairs on one calendar of weeks."""
    placed = rows.assign(week_number=weeks.ordinals(rows["ds"].to_numpy()), units=rows["units"].astype(float))
    wide = placed.pivot(index=["code", "store"], columns="week_number", values="units")
    wide = wide.reindex(columns=range(int(wide.columns.min()), int(wide.columns.max()) + 1))
    keys = tuple(((str(code), str(store), "ALL"), "OJ") for code, store in wide.index)
    return Portfolio(keys, wide.to_numpy(dtype=float), int(wide.columns[0]), weeks)


def line(name: str, actual: float, plain: float, sensed: float, biases: Sequence[float], seconds: float) -> str:
    """Return a line of the table."""
    cut = 1 - sensed / plain
    return (
        f"{name:44}{plain / actual:9.1%}{sensed / actual:9.1%}{cut:9.1%}"
        f"{biases[0] / actual:+10.1%}{biases[1] / actual:+9.1%}{seconds:9.1f}"
    )


def compare(series: Portfolio, signals: Sequence[Signal], name: str) -> None:
    """Print errors of all series and origins with and without signals, then those that the gate lets through."""
    start = time.process_time()
    gain = measure_gain(series, signals, origins=ORIGINS, horizon=HORIZON)
    assert gain is not None
    seconds = time.process_time() - start
    totals = [float(part.sum()) for part in (gain.actual, gain.plain, gain.sensed)]
    print(line(name, *totals, (float(gain.plain_bias.sum()), float(gain.sensed_bias.sum())), seconds), flush=True)
    per_origin = [f"{b / a:+.0%}" for a, b in zip(gain.actual.sum(axis=0), gain.sensed_bias.sum(axis=0), strict=True)]
    print(
        f"    {int(gain.used.sum())} of {len(series.keys)} series would use them; bias by origin {' '.join(per_origin)}"
    )


def engine(series: Portfolio, signals: Sequence[Signal], origins: int) -> None:
    """Print the statistical baseline of the product, and the same with the signals laid over it as a plan does."""
    start = time.process_time()
    sums = np.zeros(5)
    for number in range(origins, 0, -1):
        last = series.last - number * HORIZON
        at = last - series.first + 1
        known = series.units[:, :at]
        row, column = np.nonzero(np.isfinite(known))
        names = np.array([f"{position:04d}" for position in range(len(known))])
        past = pd.DataFrame(
            {
                "unique_id": names[row],
                "ds": series.frequency.first_days(column + series.first),
                "y": known[row, column],
            }
        )
        made = forecast(past, HORIZON + 4, series.frequency.alias).frame
        number_of = series.frequency.ordinals(made["ds"].to_numpy())
        wide = made.assign(period=number_of).pivot(index="unique_id", columns="period", values="forecast")
        base = wide.reindex(columns=range(last + 1, last + HORIZON + 1)).to_numpy()
        sensing = series.forecast(signals, last, HORIZON, last_day(series.frequency, last))
        pull = sensing.pull.sum(axis=2)
        usual = np.exp(pull[:, at - USUAL : at]).mean(axis=1, keepdims=True)
        laid = base * np.exp(pull[:, at:]) / usual
        actual = series.units[:, at : at + HORIZON]
        there = np.isfinite(actual) & np.isfinite(base)
        errors = [np.where(there, part - actual, 0.0) for part in (base, laid)]
        sums += [np.where(there, actual, 0.0).sum(), *(np.abs(e).sum() for e in errors), *(e.sum() for e in errors)]
    seconds = time.process_time() - start
    print(line(f"statistical baseline ({origins} origins)", *sums[:3], sums[3:], seconds), flush=True)


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--stores", type=int, default=SCORED, help="number of stores scored; 83 takes all")
    parser.add_argument("--baseline", action="store_true", help="add the statistical baseline of the product")
    options = parser.parse_args()
    if not DATA.exists():
        print(f"skipped: {DATA.name} is not in ../shared/data")
        return
    rows, weeks = load(options.stores)
    series = portfolio(rows, weeks)
    print(
        f"Orange juice, weekly: {rows['store'].nunique()} stores × {rows['code'].nunique()} products = "
        f"{len(series.keys)} series, {ORIGINS} origins × {HORIZON} weeks"
    )
    print(f"{'model':44}{'without':>9}{'with':>9}{'less':>9}{'bias w/o':>10}{'bias':>9}{'CPU s':>9}")
    ahead = read_signals(signal_table(rows, ahead=True), weeks)
    compare(series, ahead, "level model, prices and promotions known ahead")
    behind = read_signals(signal_table(rows, ahead=False), weeks)
    compare(series, behind, "level model, known only afterwards")
    if options.baseline:
        engine(series, ahead, 3)


if __name__ == "__main__":
    main()
