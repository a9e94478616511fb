"""Measure the routing of intermittent items on a mixed portfolio: spare parts beside ordinary monthly series.

Run from anywhere: ``python benchmarks/intermittent.py``; ``--origins 4`` adds three earlier origins of the spare
parts, which is where the method was chosen (the last six months are for scoring only). The series are read from
``../shared/data`` beside the repository.

All 2,674 spare parts and a sample of M3 go through one call of `forecast`. The measure is the sum of the next six
months per part, the quantity a planner buys: WAPE = Σ|ΣF−ΣA| / ΣΣA and bias = Σ(ΣF−ΣA) / ΣΣA over the parts whose
six months are known. Parts that end before the hold-out have none. Errors per month (MAE, MASE) are not shown: a
forecast of nothing would win them.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
AHEAD = 6
os.environ["SOP_XL_CORES"] = "1"  # CPU time is counted in this process: no work may leave it

from statsforecast.models import IMAPA, TSB, CrostonSBA

from sop_xl.demand.baseline import forecast


def parts() -> pd.DataFrame:
    """Return the spare parts as months × parts; NaN where unknown."""
    frame = pd.read_parquet(DATA / "carparts_monthly.parquet")
    return frame.pivot(index="ds", columns="unique_id", values="y")


def mixed(known: pd.DataFrame, ordinary: int) -> pd.DataFrame:
    """Return the known months of the parts and the training parts of some M3 series as one history."""
    rows = known.melt(ignore_index=False, var_name="unique_id", value_name="y").reset_index().dropna(subset="y")
    m3 = pd.read_parquet(DATA / "m3_monthly.parquet")
    ids = np.random.default_rng(0).permutation(sorted(m3["unique_id"].unique()))[:ordinary]
    m3 = m3[m3["unique_id"].isin(ids) & ~m3["test"]]
    return pd.concat([rows, m3.assign(unique_id="M3 " + m3["unique_id"].astype(str))])[["unique_id", "ds", "y"]]


def line(name: str, actual: pd.DataFrame, summed: pd.Series, milliseconds: float) -> str:
    """Return one line of the table: measures over the sums of all months."""
    asked = actual.sum()
    error = summed.reindex(asked.index) - asked
    weight = asked.sum()
    rmse = float(np.sqrt((error**2).mean()))
    return f"{name:22}{error.abs().sum() / weight:7.3f}{error.sum() / weight:+9.1%}{rmse:8.3f}{milliseconds:10.1f}"


def each(model: object, known: pd.DataFrame) -> pd.Series:
    """Return six times the flat forecast of a model for every part."""
    made = {name: model.forecast(column.dropna().to_numpy(), 1)["mean"][0] for name, column in known.items()}
    return AHEAD * pd.Series(made)


def measure(months: pd.DataFrame, last: int, ordinary: int) -> None:
    """Print the table of one origin: `last` months are known."""
    known, actual = months.iloc[:last], months.iloc[last : last + AHEAD]
    actual = actual.loc[:, actual.notna().all() & (known > 0).any()]
    print(f"\norigin after {known.index[-1]:%Y-%m}: {actual.shape[1]} parts scored")
    print(f"{'method':22}{'WAPE':>7}{'bias':>9}{'RMSE':>8}{'CPU ms':>10}")
    print(line("nothing at all", actual, pd.Series(0.0, actual.columns), 0.0))
    print(line("mean of 12 months", actual, AHEAD * known.iloc[-12:].mean(), 0.0))
    for name, model in {"Croston SBA": CrostonSBA(), "TSB (0.2, 0.2)": TSB(0.2, 0.2), "IMAPA": IMAPA()}.items():
        start = time.process_time()
        made = each(model, known[actual.columns])
        print(line(name, actual, made, 1000 * (time.process_time() - start) / len(made)))
    history = mixed(known, ordinary)
    start = time.process_time()
    result = forecast(history, AHEAD, "MS", seed=0).frame
    spent = 1000 * (time.process_time() - start) / result["unique_id"].nunique()
    own = result[result["unique_id"].isin(actual.columns)]
    print(line("sop-xl, mixed", actual, own.groupby("unique_id")["forecast"].sum(), spent), flush=True)
    joined = own.merge(actual.melt(ignore_index=False, var_name="unique_id").reset_index(), on=["unique_id", "ds"])
    below, above = (joined["value"] < joined["p10"]).mean(), (joined["value"] > joined["p90"]).mean()
    print(f"P10 … P90 by month: {below:.1%} below, {above:.1%} above (at most 10 % each are meant)")
    kinds = own.drop_duplicates("unique_id")["method"].str.partition(":")[0].str.partition(" of ")[0].value_counts()
    print("methods: " + ", ".join(f"{kind} {count}" for kind, count in kinds.items()))


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--origins", type=int, default=1, help="origins, six months apart; the last is the hold-out")
    parser.add_argument("--ordinary", type=int, default=100, help="M3 series in the same call")
    options = parser.parse_args()
    if not (DATA / "carparts_monthly.parquet").exists():
        print("skipped: carparts_monthly.parquet is not in ../shared/data")
        return
    months = parts()
    for back in range(options.origins, 0, -1):
        measure(months, len(months) - AHEAD * back, options.ordinary)


if __name__ == "__main__":
    main()
