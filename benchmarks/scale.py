"""Measure what a large portfolio costs: CPU per series, memory of all processes together, growth with its size.

Run from anywhere: ``python benchmarks/scale.py`` (100 and 1,000 monthly series, 18 months ahead), ``--series 100 1000
10000`` for the whole table, ``--engine dask`` or another to measure that engine. Each size runs in a process of its
own. The portfolio is drawn from the training parts of M3 and Tourism monthly in ``../shared/data``: a random series,
cut at a random start, scaled and with noise of a few percent, so that no two are alike. One series in five is made
intermittent.

CPU is that of this process and all it started (user + system), libraries already loaded. Memory is the greatest sum of
resident sizes over the process tree, read four times a second; pages shared by forked processes count in each.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np
import pandas as pd
import psutil

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
AHEAD = 18
_LEAST_MONTHS = 36


def portfolio(count: int, seed: int = 0) -> pd.DataFrame:
    """Return `count` monthly series made from public ones."""
    frames = [pd.read_parquet(DATA / f"{name}_monthly.parquet") for name in ("m3", "tourism")]
    known = pd.concat([frame[~frame["test"]] for frame in frames])
    sources = [group["y"].to_numpy(dtype=float) for _, group in known.groupby("unique_id")]
    rng = np.random.default_rng(seed)
    months = pd.date_range(end="2025-12-01", periods=max(map(len, sources)), freq="MS")
    parts = []
    for number in range(count):
        y = sources[rng.integers(len(sources))]
        y = y[rng.integers(0, max(len(y) - _LEAST_MONTHS, 0) + 1) :]
        y = y * rng.lognormal(0, 1) * rng.lognormal(0, 0.03, len(y))
        if number % 5 == 0:
            y = np.where(rng.random(len(y)) < 0.3, np.ceil(5 * y / y.mean()), 0.0)
        parts.append(pd.DataFrame({"unique_id": f"S{number:05d}", "ds": months[-len(y) :], "y": y}))
    return pd.concat(parts, ignore_index=True)


class Memory:
    """Watches the resident size of this process and all its children, in MB."""

    def __init__(self) -> None:
        """Start watching."""
        self.peak = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        own = psutil.Process()
        while not self._stopped.wait(0.25):
            total = 0
            for process in (own, *own.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.peak = max(self.peak, total / 2**20)

    def stop(self) -> float:
        """Stop, and return the greatest sum seen."""
        self._stopped.set()
        self._thread.join()
        return self.peak


def cpu() -> float:
    """Return the CPU seconds of this process and of all children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in used)


def measure(count: int, engine: str) -> dict[str, float]:
    """Return CPU, wall clock and memory of one size, in this process."""
    from sop_xl.cluster import engine as spread_on
    from sop_xl.demand.baseline import forecast

    forecast(portfolio(40, seed=1), AHEAD, "MS")
    history = portfolio(count)
    memory, clock, start = Memory(), time.perf_counter(), cpu()
    with spread_on(engine):
        made = forecast(history, AHEAD, "MS").frame
    wall, used = time.perf_counter() - clock, cpu() - start
    if len(made) != count * AHEAD or not np.isfinite(made["forecast"]).all():
        raise SystemExit("the forecast is not complete")
    return {"series": count, "cpu": used, "wall": wall, "peak": memory.stop()}


def main() -> None:
    """Parse the command line and run every size in a process of its own."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--series", type=int, nargs="+", default=[100, 1000], help="sizes of the portfolio")
    parser.add_argument("--engine", default="processes", help="where the work is done")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.engine)))
        return
    if not (DATA / "m3_monthly.parquet").exists():
        print("skipped: m3_monthly.parquet is not in ../shared/data")
        return
    print(f"{'series':>8}{'CPU s':>10}{'CPU ms/series':>15}{'wall s':>10}{'peak MB':>10}")
    rows = []
    for count in options.series:
        command = [sys.executable, __file__, "--one", str(count), "--engine", options.engine]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        row = json.loads(done.stdout.strip().splitlines()[-1])
        rows.append(row)
        each = 1000 * row["cpu"] / row["series"]
        print(f"{count:8}{row['cpu']:10.1f}{each:15.1f}{row['wall']:10.1f}{row['peak']:10.0f}", flush=True)
    if len(rows) > 1:
        ratio = (rows[-1]["cpu"] / rows[-1]["series"]) / (rows[0]["cpu"] / rows[0]["series"])
        print(f"cost per series, {rows[-1]['series']:.0f} against {rows[0]['series']:.0f}: × {ratio:.2f}")


if __name__ == "__main__":
    main()
