"""Long tables in files: CSV, Parquet or the first sheet of an Excel workbook, read and written by their ending."""

from __future__ import annotations

import codecs
import io
import re
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
            return _read_csv(source)
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


def _read_csv(source: Path) -> pd.DataFrame:
    """Return a CSV file as text: UTF-8, UTF-16 with its mark, or else Windows-1252 as Excel saves it in the West."""
    raw = source.read_bytes()
    encoding = "utf-16" if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = raw.decode("cp1252")
    text = text.lstrip("\r\n")
    first, _, rest = text.partition("\n")
    told = re.fullmatch(r"sep=(.)\s*", first, re.IGNORECASE)
    if told:
        text = rest
    separator = told[1] if told else max(",;\t", key=first.count)
    if not text.strip():
        raise ValueError("it is empty")
    try:
        table = pd.read_csv(io.StringIO(text), sep=separator, dtype=str, keep_default_na=False, skip_blank_lines=False)
    except pd.errors.ParserError as problem:
        found = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(problem))
        if found is None:
            raise
        said = f"row {found[2]} has {found[3]} cells, the rows above {found[1]}"
        raise ValueError(f"{said}; {_quotes(separator)}") from problem
    if not isinstance(table.index, pd.RangeIndex):
        raise ValueError(f"its rows have more cells than its header; {_quotes(separator)}")
    return table


def _quotes(separator: str) -> str:
    return f"a cell with '{separator}' in it must stand in quotes"


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
