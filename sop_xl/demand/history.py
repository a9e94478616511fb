"""Reading a sales history as people keep it: every problem found at once, with the row it is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sop_xl.demand.frequency import Frequency, coarser_series, frequency_of, infer_frequency, read_stamps
from sop_xl.demand.written_numbers import dots_look_like_thousands, written_numbers
from sop_xl.model.issue import InputErrors, Issue, Severity, errors

COLUMNS = ("unique_id", "ds", "y")
OPTIONAL = ("stock_out", "lost_units")
"""Columns read where they are given: whether stock had run out, and what could have been sold beyond `y`."""
_FIRST_DATA_ROW = 2
_LISTED = 20
_MOST_SEASONS_APART = 10
_MOST_APART = 60


@dataclass(frozen=True, slots=True)
class CleanHistory:
    """One known value per series and period.

    Attributes:
        frame: ``unique_id`` (text), ``period`` (ordinal of `frequency`), ``y`` (finite, >= 0), ``recorded`` (as given,
            returns below zero), ``stock_out`` (True where stock had run out), ``lost`` (units that could have been
            sold beyond, NaN where not told); sorted.
        frequency: the grid of the periods.
        issues: what was found on the way (no errors among them).
    """

    frame: pd.DataFrame
    frequency: Frequency
    issues: tuple[Issue, ...]


def read_history(history: pd.DataFrame, freq: str | None = None, table: str = "history") -> CleanHistory:
    """Return one known value per series and period from rows of `unique_id, ds, y`, with all findings.

    The columns `stock_out` (yes, true, 1, x) and `lost_units` are read where they are given. Others are named and left
    out. Blank values count as unknown, negative values as 0 (returns above sales), stamps inside a period as its first
    day; equal duplicate rows count once. Text, infinity, an unreadable date, a missing key and duplicate rows that
    differ are errors. Rows are numbered as in a sheet with one header line: the first data row is 2.

    Raises:
        InputErrors: with all findings, where any is an error or nothing is left to forecast.
    """
    issues: list[Issue] = []
    missing = [name for name in COLUMNS if name not in history.columns]
    doubled = [name for name in (*COLUMNS, *OPTIONAL) if list(history.columns).count(name) > 1]
    if doubled:
        raise InputErrors(
            [
                Issue(Severity.ERROR, f"The column {name} is there twice.", "Keep one of them.", table=table)
                for name in doubled
            ]
        )
    if missing:
        there = ", ".join(str(name) for name in history.columns[:_LISTED]) or "none"
        hint = (
            "Give the columns unique_id (series), ds (period) and y (quantity), a row for each series and period, with "
            f"their names in the first row of the first sheet. Found there: {there}."
        )
        raise InputErrors(
            [Issue(Severity.ERROR, f"The column {name} is missing.", hint, table=table) for name in missing]
        )
    extra = [str(name) for name in history.columns if name not in (*COLUMNS, *OPTIONAL)]
    if extra:
        issues.append(
            Issue(
                Severity.INFO,
                f"Columns not used: {', '.join(extra)}.",
                "Only unique_id, ds, y, stock_out and lost_units are read.",
                table=table,
            )
        )
    if history.empty:
        issues.append(Issue(Severity.ERROR, "There are no rows.", "Give at least one period of history.", table=table))
        raise InputErrors(issues)

    rows = np.arange(len(history)) + _FIRST_DATA_ROW
    filled = ~_empty_rows(history)
    if filled.any() and not filled.all():
        history, rows = history[filled], rows[filled]
    ids = _keys(history["unique_id"].reset_index(drop=True), rows, table, issues)
    stamps = read_stamps(history["ds"].reset_index(drop=True))
    _report_dates(history["ds"], stamps, rows, table, issues)
    values, recorded = _quantities(history["y"].reset_index(drop=True), rows, table, issues)
    out, lost = _shortages(history.reset_index(drop=True), rows, table, issues)

    dated = ~np.isnat(stamps) & (ids != "")
    frequency = _frequency(ids[dated], stamps[dated], freq, table, issues)
    if frequency is None:
        raise InputErrors(issues)
    frame = pd.DataFrame(
        {
            "unique_id": ids[dated],
            "period": frequency.ordinals(stamps[dated]),
            "y": values[dated],
            "recorded": recorded[dated],
            "stock_out": out[dated],
            "lost": lost[dated],
            "row": rows[dated],
        }
    )
    _report_mixed(ids[dated], stamps[dated], frequency, table, issues)
    _report_jumps(frame, frequency, table, issues)
    _report_shifted(stamps[dated], frame["period"].to_numpy(), frequency, table, issues)
    frame = _without_duplicates(frame, frequency, table, issues)
    if errors(issues):
        raise InputErrors(issues)
    known = frame[frame["y"].notna()]
    lost = sorted(set(frame["unique_id"]) - set(known["unique_id"]))
    for unique_id in lost:
        issues.append(
            Issue(
                Severity.ERROR,
                f"Series {unique_id} has no value at all.",
                "Give at least one quantity, or leave the series out.",
                table=table,
            )
        )
    if lost or known.empty:
        raise InputErrors(issues)
    known = known.sort_values(["unique_id", "period"], kind="stable").reset_index(drop=True)
    return CleanHistory(known.drop(columns="row"), frequency, tuple(issues))


def _empty_rows(history: pd.DataFrame) -> np.ndarray:
    """Return which rows have neither series, period nor quantity."""
    period = history["ds"]
    dated = pd.api.types.is_datetime64_any_dtype(period)
    empty = (period.isna() if dated else period.map(_is_blank)).to_numpy(dtype=bool)
    if empty.any():
        empty[empty] = history.loc[empty, ["unique_id", "y"]].map(_is_blank).to_numpy().all(axis=1)
    return empty


def _keys(column: pd.Series, rows: np.ndarray, table: str, issues: list[Issue]) -> np.ndarray:
    if pd.api.types.is_float_dtype(column):
        text = column.map(lambda value: "" if pd.isna(value) else f"{value:.0f}" if value.is_integer() else str(value))
    else:
        text = column.map(lambda value: "" if pd.isna(value) else str(value).strip())
    nameless = rows[(text == "").to_numpy()]
    said = ["The series has no name."] * nameless.size
    hint = "Give unique_id, for example the product code."
    issues += _per_row(Severity.ERROR, "unique_id", nameless, said, hint, table)
    return text.to_numpy(dtype=object)


def _report_dates(column: pd.Series, stamps: np.ndarray, rows: np.ndarray, table: str, issues: list[Issue]) -> None:
    unread = np.isnat(stamps)
    said = [
        "The period is empty."
        if _is_blank(value)
        else f"The period {str(value)!r} is not a date that can be read safely."
        for value in column.to_numpy(dtype=object)[unread]
    ]
    hint = "Write the first day of the period as 2024-01-31 is written: year, month, day."
    issues += _per_row(Severity.ERROR, "ds", rows[unread], said, hint, table)


def _quantities(column: pd.Series, rows: np.ndarray, table: str, issues: list[Issue]) -> tuple[np.ndarray, np.ndarray]:
    """Return finite values >= 0, NaN where blank, and the same with negatives as they are.

    Text and infinity are errors, blanks and negatives warnings.
    """
    raw = column.to_numpy(dtype=object)
    blank = _blanks(column)
    numeric = _numbers(column, blank)
    if not _plain(column) and dots_look_like_thousands([value for value in raw if isinstance(value, str)]):
        said = "Every quantity with a dot has three digits behind it; it was read as decimals."
        issues.append(Issue(Severity.WARNING, said, "Write 1250 where 1.250 means thousands.", table=table, cell="y"))
    text, infinite = np.isnan(numeric) & ~blank, np.isinf(numeric)
    negative = np.isfinite(numeric) & (numeric < 0)
    plain = "Write the quantity as a plain number, such as 1250 or 12.5."
    returns = "Book returns in the period of the sale, or keep them out of the sales history."
    unknown = "The quantity is empty and counts as unknown."
    for severity, where, said, hint in (
        (Severity.ERROR, text, [f"{str(value)!r} is not a number." for value in raw[text]], plain),
        (Severity.ERROR, infinite, ["The quantity is infinite."] * int(infinite.sum()), plain),
        (Severity.WARNING, blank, [unknown] * int(blank.sum()), "Write 0 where nothing was sold."),
        (
            Severity.WARNING,
            negative,
            [f"The quantity {value:g} is negative and counts as 0." for value in numeric[negative]],
            returns,
        ),
    ):
        issues += _per_row(severity, "y", rows[where], said, hint, table)
    finite = np.where(infinite, np.nan, numeric)
    return np.where(negative, 0.0, finite), finite


def _shortages(
    history: pd.DataFrame, rows: np.ndarray, table: str, issues: list[Issue]
) -> tuple[np.ndarray, np.ndarray]:
    """Return where stock had run out, and the units lost by it (NaN where not told); other texts are errors."""
    out, lost = np.zeros(rows.size, dtype=bool), np.full(rows.size, np.nan)
    if "stock_out" in history:
        marks = [_mark(value) for value in history["stock_out"].to_numpy(dtype=object)]
        wrong = np.array([mark is None for mark in marks])
        said = [f"{str(value)!r} does not say whether stock had run out." for value in history["stock_out"][wrong]]
        issues += _per_row(Severity.ERROR, "stock_out", rows[wrong], said, "Write yes or no.", table)
        out = np.array([mark is True for mark in marks])
    if "lost_units" in history:
        column = history["lost_units"]
        blank = _blanks(column)
        numeric = _numbers(column, blank)
        wrong = ~blank & ~(np.isfinite(numeric) & (numeric >= 0))
        said = [f"{str(value)!r} is not a number of units lost." for value in column[wrong]]
        hint = "Write what could have been sold beyond the sales, or leave it empty to have it estimated."
        issues += _per_row(Severity.ERROR, "lost_units", rows[wrong], said, hint, table)
        lost = np.where(wrong | blank, np.nan, numeric)
        out |= lost > 0
    return out, lost


def _mark(value: object) -> bool | None:
    """Return whether a cell says yes or no; None for anything else."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    text = "" if _is_blank(value) else str(value).strip().casefold()
    if text in {"", "no", "n", "false", "0", "0.0", "-"}:
        return False
    return True if text in {"yes", "y", "true", "1", "1.0", "x"} else None


def _per_row(
    severity: Severity, column: str, rows: np.ndarray, messages: Sequence[str], hint: str, table: str
) -> list[Issue]:
    """Return one issue per row; beyond the first twenty rows one issue that counts the rest."""
    listed = [
        Issue(severity, message, hint, table=table, cell=f"{column}:{row}")
        for row, message in zip(rows[:_LISTED], messages, strict=False)
    ]
    if rows.size > _LISTED:
        rest = f"{rows.size - _LISTED} more rows of {column} like these, the last in row {rows[-1]}."
        listed.append(Issue(severity, rest, hint, table=table, cell=f"{column}:{rows[_LISTED]}"))
    return listed


def _plain(column: pd.Series) -> bool:
    """Return whether a column holds numbers and nothing else."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _blanks(column: pd.Series) -> np.ndarray:
    if _plain(column):
        return column.isna().to_numpy(dtype=bool)
    return np.array([_is_blank(value) for value in column.to_numpy(dtype=object)])


def _numbers(column: pd.Series, blank: np.ndarray) -> np.ndarray:
    """Return the numbers of a column, NaN where blank or not to be read; commas by the column as a whole."""
    if _plain(column):
        return column.to_numpy(dtype=float, na_value=np.nan, copy=True)
    values = column.to_numpy(dtype=object)
    numeric = pd.to_numeric(
        column.map(lambda value: None if isinstance(value, (str, bool, np.bool_)) else value), errors="coerce"
    ).to_numpy(dtype=float, copy=True)
    written = np.flatnonzero([isinstance(value, str) for value in values] & ~blank)
    if written.size:
        read = written_numbers([values[row] for row in written])
        numeric[written] = [np.nan if number is None else number for number in read]
    return numeric


def _is_blank(value: object) -> bool:
    if isinstance(value, str):
        return value.strip() == "" or value.strip().lower() in {"nan", "na", "n/a", "null", "none"}
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value))


def _frequency(
    ids: np.ndarray, stamps: np.ndarray, freq: str | None, table: str, issues: list[Issue]
) -> Frequency | None:
    if freq is not None:
        try:
            return frequency_of(freq, stamps)
        except ValueError as problem:
            issues.append(
                Issue(
                    Severity.ERROR,
                    f"{problem}.",
                    "Leave it out to have it found from the dates.",
                    table=table,
                )
            )
            return None
    found = infer_frequency(ids, stamps) if stamps.size else None
    if found is None and stamps.size:
        issues.append(
            Issue(
                Severity.ERROR,
                "The dates do not show whether the history is daily, weekly, monthly, quarterly or yearly.",
                "Name the frequency: D, W, MS, QS or YS.",
                table=table,
            )
        )
    return found


def _report_mixed(ids: np.ndarray, stamps: np.ndarray, frequency: Frequency, table: str, issues: list[Issue]) -> None:
    """Report series counted by a longer period: their quantities are no quantities of the history's period."""
    others = coarser_series(ids, stamps, frequency)
    if others:
        name, period = next(iter(others.items()))
        issues.append(
            Issue(
                Severity.ERROR,
                f"{len(others)} series (such as {name}) are counted by the {period}, the others by the "
                f"{frequency.period_name}.",
                "Forecast them apart, in a file of their own.",
                table=table,
                cell="ds",
            )
        )


def _report_jumps(frame: pd.DataFrame, frequency: Frequency, table: str, issues: list[Issue]) -> None:
    """Report dates so far from their neighbours that they are most likely mistyped."""
    ordered = frame.sort_values(["unique_id", "period"], kind="stable")
    distance = ordered.groupby("unique_id")["period"].diff()
    far = ordered[distance > max(_MOST_SEASONS_APART * frequency.season_length, _MOST_APART)]
    before = far["period"] - distance[far.index]
    said = [
        f"Series {unique_id} jumps from {frequency.first_day_text(int(start))} to {frequency.first_day_text(int(end))}."
        for unique_id, start, end in zip(far["unique_id"], before, far["period"], strict=True)
    ]
    hint = "Correct the date; where nothing was recorded for so long, leave the older rows out."
    issues += _per_row(Severity.ERROR, "ds", far["row"].to_numpy(), said, hint, table)


def _report_shifted(
    stamps: np.ndarray, periods: np.ndarray, frequency: Frequency, table: str, issues: list[Issue]
) -> None:
    shifted = int(np.sum(frequency.first_days(periods) != stamps.astype("datetime64[D]").astype("datetime64[ns]")))
    if shifted:
        issues.append(
            Issue(
                Severity.INFO,
                f"{shifted} of {len(stamps)} dates are not the first day of a {frequency.period_name}; "
                f"each was put on the first day of its {frequency.period_name}.",
                "Nothing to do where the dates are period ends.",
                table=table,
                cell="ds",
            )
        )


def _without_duplicates(frame: pd.DataFrame, frequency: Frequency, table: str, issues: list[Issue]) -> pd.DataFrame:
    key = ["unique_id", "period"]
    doubled = frame[frame.duplicated(key, keep=False)]
    if doubled.empty:
        return frame
    for _, group in doubled.groupby(key, sort=True):
        where = f"{group['unique_id'].iloc[0]}, {frequency.first_day_text(int(group['period'].iloc[0]))}"
        listed = ", ".join(str(row) for row in group["row"].head(_LISTED))
        cell = f"y:{group['row'].iloc[-1]}"
        if group["y"].nunique(dropna=False) == 1:
            issues.append(
                Issue(
                    Severity.WARNING,
                    f"Rows {listed} say the same for {where}; they count once.",
                    "Delete the copies.",
                    table=table,
                    cell=cell,
                )
            )
        else:
            values = ", ".join("empty" if pd.isna(value) else f"{value:g}" for value in group["y"].head(_LISTED))
            issues.append(
                Issue(
                    Severity.ERROR,
                    f"Rows {listed} give different quantities for {where}: {values}.",
                    f"Keep one row per series and {frequency.period_name}; add quantities up where they are parts.",
                    table=table,
                    cell=cell,
                )
            )
    return frame.drop_duplicates(key, keep="last")
