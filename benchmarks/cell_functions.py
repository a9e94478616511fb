"""Measure what a cell function of desktop Excel costs beside its own calculation, and what some calculations cost.

Run from anywhere: ``python benchmarks/cell_functions.py``. A range of 1,000 rows × 5 columns goes through xlwings'
own converters as on Windows, through the catalogue's reading of cells, back as a table of the same size, and through
the converters again. Only Excel itself is missing: its engine is replaced by one that cleans and prepares cells the way
xlwings' Windows engine does. Figures are CPU milliseconds, the median of some runs; the promise is below 20.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import xlwings as xw
from xlwings import conversion

from sop_xl.functions.calling import call, in_cells
from sop_xl.functions.histories import histories

ROWS, COLUMNS = 1_000, 5
PROMISE_MS = 20.0
RUNS = 21


class Cells:
    """Cleans and prepares cells as xlwings' engine of Windows does, without Excel."""

    name, type = "excel", "desktop"

    @staticmethod
    def clean_value_data(data: Any, days: Any, empty_as: Any, numbers: Any, err_to_str: bool) -> list[list[Any]]:
        """Return cells as Python values."""
        return [[Cells._cleaned(cell, days, empty_as, numbers) for cell in row] for row in data]

    @staticmethod
    def _cleaned(cell: Any, days: Any, empty_as: Any, numbers: Any) -> Any:
        if cell in ("", None):
            return empty_as
        if isinstance(cell, dt.datetime):
            return days(cell.year, cell.month, cell.day)
        return numbers(cell) if numbers is not None and isinstance(cell, float) else cell

    @staticmethod
    def prepare_xl_data_element(cell: Any, options: Any) -> Any:
        """Return a value as Excel takes it."""
        if isinstance(cell, dt.datetime):
            return cell
        if pd.isna(cell):
            return ""
        if isinstance(cell, (np.floating, float)) and np.isnan(cell):
            return ""
        return float(cell) if isinstance(cell, np.number) else cell


def cpu_ms(work: Callable[[], Any], runs: int = RUNS) -> float:
    """Return the median CPU time of some runs, the first left out."""
    work()
    taken = []
    for _ in range(runs):
        start = time.process_time()
        work()
        taken.append(1000 * (time.process_time() - start))
    return statistics.median(taken)


def there_and_back(cells: Any) -> Any:
    """Send a range through the converters, the reading of a history, and back as a table of its size."""
    arrived = conversion.read(None, cells, {"ndim": 2, "err_to_str": True})
    read = histories(arrived, None, "monthly")
    result = in_cells(read.block.laid_out(read.rows))
    return conversion.write(result, None, {})


def main() -> None:
    """Print the overhead of a 1,000 × 5 range and the time of a few calls."""
    xw.engines.add(xw.Engine(impl=Cells()))
    block = tuple(
        (f"product {row}", *(float(100 + row + 10 * math.sin(column)) for column in range(COLUMNS - 1)))
        for row in range(ROWS)
    )
    overhead = cpu_ms(lambda: there_and_back(block))
    verdict = "kept" if overhead < PROMISE_MS else "BROKEN"
    print(f"conversion both ways, {ROWS} × {COLUMNS} cells: {overhead:.1f} ms CPU (promise {PROMISE_MS:g}: {verdict})")
    whole_column = tuple((float(row),) if row < 36 else (None,) for row in range(100_000))
    print(f"a column of 36 numbers and 99,964 blanks: {cpu_ms(lambda: there_and_back(whole_column), 5):.1f} ms")
    history = [[100 + month + 20 * math.sin(month / 6 * math.pi)] for month in range(60)]
    plan = [[80.0, 100.0, 150.0, 90.0] * 3]
    changed = iter(range(10_000))
    for said, work in (
        ("FORECAST, 60 months → 12, a new history", lambda: call("FORECAST", [[*history, [float(next(changed))]], 12])),
        ("FORECAST, the same history again", lambda: call("FORECAST", [history, 12, 0.9])),
        ("SAFETYSTOCK of 60 months", lambda: call("SAFETYSTOCK", [history, 2])),
        ("FEASIBLE, 12 periods", lambda: call("FEASIBLE", [plan, 100, 20])),
        ("CAPACITY, 12 periods", lambda: call("CAPACITY", [plan, 1, 100])),
    ):
        print(f"{said}: {cpu_ms(work, 7):.1f} ms")


if __name__ == "__main__":
    main()
