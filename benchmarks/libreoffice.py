"""FORECAST.ETS as LibreOffice calculates it: what a spreadsheet offers for a forecast without this project."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import openpyxl
import pandas as pd
from openpyxl.utils import get_column_letter

_LIMIT_SECONDS = 280


def absent() -> str | None:
    """Return why FORECAST.ETS cannot be measured here, None where it can."""
    return None if shutil.which("soffice") else "LibreOffice (soffice) is not on this machine"


def forecast_ets(train: pd.DataFrame, horizon: int, season_length: int) -> pd.DataFrame:
    """Return ``unique_id, forecast`` by FORECAST.ETS with the season given, one formula a step, never below 0.

    A workbook with a column a series is written, calculated by LibreOffice without a window, and read back.

    Args:
        train: `unique_id, y`, in the order of time.
        horizon: number of periods to forecast.
        season_length: periods per season.
    """
    names = [str(name) for name in train["unique_id"].unique()]
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "ets.xlsx"
        _write(
            book, [group["y"].tolist() for _, group in train.groupby("unique_id", sort=False)], horizon, season_length
        )
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", "csv", "--outdir", folder, str(book)]
        subprocess.run(command, check=True, capture_output=True, timeout=_LIMIT_SECONDS)
        made = pd.read_csv(book.with_suffix(".csv"), header=None, nrows=horizon)
    made.columns = pd.Index(names)
    long = made.melt(var_name="unique_id", value_name="forecast")
    long["forecast"] = pd.to_numeric(long["forecast"], errors="coerce").clip(lower=0)
    return long


def _write(path: Path, histories: list[list[float]], horizon: int, season_length: int) -> None:
    """Write a sheet with a formula a step and series, and a second one with the histories and their periods."""
    book = openpyxl.Workbook()
    forecasts, numbers = book.worksheets[0], book.create_sheet("history")
    for period in range(1, max(map(len, histories)) + horizon + 1):
        numbers.cell(period, 1, period)
    for column, history in enumerate(histories, start=2):
        letter, end = get_column_letter(column), len(history)
        for period, quantity in enumerate(history, start=1):
            numbers.cell(period, column, quantity)
        values, times = (f"history!${name}$1:${name}${end}" for name in (letter, "A"))
        for step in range(1, horizon + 1):
            target = f"history!$A${end + step}"
            forecasts.cell(step, column - 1, f"=_xlfn.FORECAST.ETS({target},{values},{times},{season_length})")
    book.save(path)
