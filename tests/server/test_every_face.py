"""Golden cases through every face: the same numbers in a desktop cell, on the command line and over HTTP.

(The same through the Office.js page, in a browser: tests/server/office/test_taskpane.py.)
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import Site

from sop_xl.cli import cli
from sop_xl.excel import udfs

DEMAND = [[1600.0], [3000.0], [3200.0], [3800.0], [2200.0], [2200.0]]
"""Red Tomato Tools, January to June (Chopra & Meindl, Supply Chain Management, aggregate planning)."""


def on_the_command_line(name: str, ranges: dict[str, list[list[float]]], folder: Path, *values: str) -> Any:
    """Return what ``sop-xl call`` prints, the ranges handed over in CSV files."""
    arguments = ["call", name, "--json", *values]
    for argument, rows in ranges.items():
        file = folder / f"{argument}.csv"
        with file.open("w", newline="") as target:
            csv.writer(target).writerows(rows)
        arguments += ["--range", f"{argument}={file}"]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_a_forecast_that_is_high_by_a_tenth_has_a_wape_of_a_tenth_on_every_face(
    empty_site: Site, tmp_path: Path
) -> None:
    high = [[1.1 * units] for (units,) in DEMAND]
    cell = udfs.SOP_ACCURACY(DEMAND, high, measure="WAPE")
    sent = {"arguments": [DEMAND, high, None, None, "WAPE"]}
    assert cell == pytest.approx(0.1)
    assert empty_site.post("/functions/ACCURACY", 200, json=sent)["value"] == cell
    ranges = {"actual": DEMAND, "forecast": high}
    assert on_the_command_line("ACCURACY", ranges, tmp_path, "--arg", "measure=WAPE") == cell


def test_the_season_of_three_equal_years_is_carried_on_by_every_face(empty_site: Site, tmp_path: Path) -> None:
    history = [[float(100 + 10 * (month % 12))] for month in range(36)]
    cell = udfs.SOP_FORECAST(history, 6)
    assert [value for row in cell for value in row] == pytest.approx([100, 110, 120, 130, 140, 150], rel=0.03)
    sent = {"arguments": [history, 6]}
    assert empty_site.post("/functions/FORECAST", 200, json=sent)["value"] == cell
    assert on_the_command_line("FORECAST", {"history": history}, tmp_path, "--arg", "periods=6") == cell
