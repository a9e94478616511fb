"""How fast buttons answer: a re-forecast of 100 products × 18 months through the macro, cold and warm.

Run: python benchmarks/buttons.py

Cold is what a click costs in a fresh process that loads everything itself; warm is a click that asks the process kept
for it (reading the workbook, the question, the forecast, writing the answer). Ratios hold on any machine, seconds on
this one.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from sop_xl.parallel import cores

PRODUCTS, MONTHS, HISTORY = 100, 18, 60
CLICK = """
import sys
from pathlib import Path
from sop_xl.excel.desk import Desk, Here, company_of
from sop_xl.excel.pressing import press
folder = Path(sys.argv[1])
pressed = press("reforecast", (folder / "sales.xlsx").read_bytes(), desk=Desk(Here(company_of(folder / "inputs"))))
assert "100 products" in pressed.message, pressed.message
"""


def main() -> None:
    """Print cold and warm seconds of a click, and what of it is reading, asking and writing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["SOP_XL_CONFIG"] = str(folder / "settings.toml")
        company(folder)
        cold = [cold_click(folder) for _ in range(2)]
        warm, face, calculation = warm_clicks(folder, 6)
    print(f"{PRODUCTS} products × {MONTHS} months, {HISTORY} months of history")
    print(f"cold click   {min(cold):6.2f} s wall  (a process that loads everything)")
    print(f"first click  {warm[0]:6.2f} s wall  (starts the warm process and waits for it)")
    best, middle = min(warm[1:]), float(np.median(warm[1:]))
    print(f"warm click   {best:6.2f} s wall best, {middle:.2f} s median")
    print(f"             {face:6.2f} s CPU of the face, {calculation:.2f} s CPU of the calculation on {cores()} cores")
    print(f"cold / warm  {min(cold) / best:6.1f} ×")
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"warm re-forecast under 3 s: {'yes' if middle < 3 else 'no'} ({middle:.2f} s{load})")


def company(folder: Path) -> None:
    """Write the inputs of a company with 100 products and the sales book issued from them."""
    from sop_xl.gather.inputs import require_inputs
    from sop_xl.schema import frames
    from sop_xl.workbook.content import BookContent
    from sop_xl.workbook.writing import write_book

    random = np.random.default_rng(1)
    months = pd.date_range("2021-07-01", periods=HISTORY, freq="MS")
    names = [f"P{number:03d}" for number in range(PRODUCTS)]
    season = 1 + 0.4 * np.sin(2 * np.pi * (np.arange(HISTORY) + np.arange(PRODUCTS)[:, None]) / 12)
    units = (100 + 10 * np.arange(PRODUCTS))[:, None] * season * random.normal(1, 0.08, (PRODUCTS, HISTORY))
    history = pd.DataFrame(
        {
            "product": np.repeat(names, HISTORY),
            "location": "PLANT",
            "channel": "ALL",
            "period": np.tile(months, PRODUCTS),
            "units": units.round().clip(0).ravel(),
        }
    )
    products = pd.DataFrame({"product": names, "family": [f"F{number % 8}" for number in range(PRODUCTS)]})
    inputs = folder / "inputs"
    inputs.mkdir()
    history.to_csv(inputs / "history.csv", index=False)
    products.to_csv(inputs / "products.csv", index=False)
    tables = {"history": frames.typed("history", history), "products": frames.typed("products", products)}
    gathered = require_inputs(tables)
    starts = pd.DatetimeIndex(gathered.calendar.starts)
    grid = pd.MultiIndex.from_product([names, starts], names=["product", "period"]).to_frame(index=False)
    flat = grid.assign(location="ALL", channel="ALL", baseline=0.0)
    sink = io.BytesIO()
    forecast = frames.typed("sales_forecast", flat)
    write_book("sales", BookContent({**gathered.tables, "sales_forecast": forecast}, gathered.calendar), sink)
    (folder / "sales.xlsx").write_bytes(sink.getvalue())


def cold_click(folder: Path) -> float:
    """Return the seconds of a click in a fresh process."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", CLICK, str(folder)], check=True)
    return time.perf_counter() - begun


def warm_clicks(folder: Path, count: int) -> tuple[list[float], float, float]:
    """Return the seconds of clicks that ask the warm process, and of the last one the CPU of this side and of that."""
    from sop_xl.excel import worker
    from sop_xl.excel.desk import Desk, Warm
    from sop_xl.excel.pressing import press

    book = (folder / "sales.xlsx").read_bytes()
    found, face, calculation = [], 0.0, float("nan")
    try:
        for _ in range(count):
            begun, before, there = time.perf_counter(), time.process_time(), cpu_of_worker()
            pressed = press("reforecast", book, desk=Desk(Warm(folder / "inputs")))
            found.append(time.perf_counter() - begun)
            face, calculation = time.process_time() - before, cpu_of_worker() - there
            assert "100 products" in pressed.message, pressed.message
    finally:
        worker.stop()
    return found, face, calculation


def cpu_of_worker() -> float:
    """Return the CPU seconds of the warm process and of those it has started; NaN where the system does not tell."""
    from sop_xl.excel.worker import state_file

    try:
        number = json.loads(state_file().read_text("utf-8"))["pid"]
        ticks = Path(f"/proc/{number}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[11:15]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return float("nan")


if __name__ == "__main__":
    main()
