"""Long tables in files: CSV, Parquet or the first sheet of an Excel workbook, read and written by their ending."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from sop_xl.model.issue import InputErrors, Issue, Severity

ENDINGS = (".csv", ".parquet", ".xlsx", ".xlsm")


def read_frame(source: Path) -> pd.DataFrame:
    """Return a table from a CSV, Parquet or Excel file as it stands; text stays text, so that nothing is guessed.

    Raises:
        InputErrors: where the file is of another kind or cannot be read.
    """
    ending = source.suffix.lower()
    try:
        if ending == ".csv":
            header = source.read_text(encoding="utf-8-sig").split("\n", 1)[0]
            separator = max(",;\t", key=header.count)
            return pd.read_csv(source, sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        if ending == ".parquet":
            return pd.read_parquet(source)
        if ending in (".xlsx", ".xlsm"):
            return pd.read_excel(source, engine="calamine")
    except Exception as problem:
        said = (str(problem).splitlines() or [type(problem).__name__])[0]
        text = f"The file cannot be read: {said}."
        hint = "Save it again as CSV UTF-8, Parquet or xlsx."
        raise InputErrors([Issue(Severity.ERROR, text, hint, file=source.name)]) from problem
    hint = f"Use a file that ends in {', '.join(ENDINGS)}."
    raise InputErrors([Issue(Severity.ERROR, f"'{source.name}' is no table file.", hint, file=source.name)])


def write_frame(frame: pd.DataFrame, target: Path) -> None:
    """Write a table as CSV, Parquet or Excel, by the ending of the file."""
    ending = target.suffix.lower()
    if ending == ".csv":
        frame.to_csv(target, index=False, date_format="%Y-%m-%d")
    elif ending == ".parquet":
        frame.to_parquet(target, index=False)
    elif ending in (".xlsx", ".xlsm"):
        write_sheets({"Table": frame}, target)
    else:
        raise ValueError(f"no table format ends in {ending!r}")


def write_sheets(frames: Mapping[str, pd.DataFrame], target: Path) -> None:
    """Write tables into a new Excel workbook, a sheet each, named after them."""
    days = "yyyy-mm-dd"
    with pd.ExcelWriter(target, engine="xlsxwriter", date_format=days, datetime_format=days) as book:
        for name, frame in frames.items():
            frame.to_excel(book, index=False, sheet_name=name)
            book.sheets[name].autofit()
            book.sheets[name].freeze_panes(1, 0)
