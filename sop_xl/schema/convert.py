"""From what stands in a cell to what the schema says it is; whatever does not fit is said, never guessed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from sop_xl.model.calendar import period_start
from sop_xl.schema.catalogue import Column
from sop_xl.schema.frames import default_of, dtype_of
from sop_xl.schema.raw import CellError

Finding = tuple[int, str, str]
"""Row position, message and hint."""

_YES, _NO = {"yes", "y", "true", "1", "x"}, {"no", "n", "false", "0"}


class _NotThis(ValueError):
    """The value is not of the column's type; carries message and hint."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def is_blank(value: object) -> bool:
    """True for an empty cell."""
    return value is None or (isinstance(value, str) and not value.strip()) or value is pd.NaT or value != value


def convert(column: Column, values: Sequence[object]) -> tuple[pd.Series, list[Finding]]:
    """Return a column in its type, with a finding for every value that does not fit (its place then is empty)."""
    read, kind = _READERS[column.type], dtype_of(column)
    blank: Any = default_of(column)
    quick = _all_numbers(values) if kind == "float64" else None
    if quick is not None:
        array = quick if column.default is None else np.where(np.isnan(quick), blank, quick)
        return pd.Series(array, dtype=kind), _limits(column, array)
    out: list[object] = []
    findings: list[Finding] = []
    for position, value in enumerate(values):
        try:
            out.append(blank if is_blank(value) else read(column, value))
        except _NotThis as problem:
            out.append(float("nan") if kind == "float64" else pd.NaT if kind.startswith("date") else blank)
            findings.append((position, str(problem), problem.hint))
    series = pd.Series(pd.to_datetime(out), dtype=kind) if kind.startswith("date") else pd.Series(out, dtype=kind)
    if column.numeric:
        findings += _limits(column, series.to_numpy())
    return series, findings


def _all_numbers(values: Sequence[object]) -> np.ndarray | None:
    """Return the column as floats where every value is a plain finite number or blank, else None."""
    if any(isinstance(v, (bool, CellError, date)) for v in values):
        return None
    try:
        array = np.array([float("nan") if is_blank(v) else float(v) for v in values])  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    blanks = np.array([is_blank(v) for v in values], dtype=bool)
    return array if np.isfinite(array[~blanks]).all() else None


def _limits(column: Column, array: np.ndarray) -> list[Finding]:
    findings: list[Finding] = []
    if column.type == "integer":
        whole = np.where(np.isnan(array), 0, array) % 1 == 0
        findings += [
            (int(i), f"{column.header} is {array[i]:g}, but must be a whole number.", "Round it.")
            for i in np.flatnonzero(~whole)
        ]
    percent = column.type == "percent"
    unit = "" if percent or not column.unit else f" {column.unit}"
    show = (lambda x: f"{x:.0%}") if percent else (lambda x: f"{x:g}{unit}")
    hint = "Write 15 % as 15% or 0.15." if percent else "Correct the value."
    for limit, wrong, word in (
        (column.min, lambda a, b: a < b, "least"),
        (column.max, lambda a, b: a > b, "most"),
    ):
        if limit is None:
            continue
        with np.errstate(invalid="ignore"):
            beyond = np.flatnonzero(wrong(array, limit))
        findings += [
            (int(i), f"{column.header} is {show(array[i])}, but may be at {word} {show(limit)}.", hint) for i in beyond
        ]
    return findings


def _shown(value: object) -> str:
    text = str(value)
    return f"'{text[:40]}…'" if len(text) > 40 else f"'{text}'"


def _refuse_error(column: Column, value: object) -> None:
    if isinstance(value, CellError):
        raise _NotThis(
            f"{column.header} shows {value.code}.", "Repair the formula or type the value, then submit again."
        )


def _text(column: Column, value: object) -> str:
    _refuse_error(column, value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return str(value).strip()


def _number(column: Column, value: object) -> float:
    _refuse_error(column, value)
    kind = "a percentage" if column.type == "percent" else "a number"
    if isinstance(value, (bool, date, datetime)):
        raise _NotThis(f"{column.header} is {_shown(value)}, which is not {kind}.", "Type a number.")
    if isinstance(value, (int, float, np.integer, np.floating)):
        number = float(value)
    else:
        text = str(value).strip()
        share = column.type == "percent" and text.endswith("%")
        try:
            number = float(text.removesuffix("%")) / (100 if share else 1) if share else float(text)
        except ValueError:
            hint = "Type a number with a decimal point and without thousands separators."
            if not any(sign.isdigit() for sign in text):
                hint = "Type a number, or leave the cell empty."
            raise _NotThis(f"{column.header} is {_shown(value)}, which is not {kind}.", hint) from None
    if not math.isfinite(number):
        raise _NotThis(f"{column.header} is {_shown(value)}, which is not a finite number.", "Type a number.")
    return number


def _date(column: Column, value: object) -> pd.Timestamp:
    _refuse_error(column, value)
    if isinstance(value, (datetime, date)):
        try:
            return pd.Timestamp(value).normalize().tz_localize(None)
        except (ValueError, OverflowError):
            raise _NotThis(f"{column.header} is {_shown(value)}, a date too far away.", "Correct the year.") from None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    day = period_start(text[:10] if len(text) > 10 and text[10] in "T " else text)
    if day is None or not 1900 <= day.year <= 2200:
        example = "2026-07 or 2026-07-01" if column.type == "period" else "2026-07-01"
        raise _NotThis(f"{column.header} is {_shown(value)}, which is not a date.", f"Write it as {example}.")
    return pd.Timestamp(day)


def _boolean(column: Column, value: object) -> bool:
    _refuse_error(column, value)
    text = str(value).strip().lower().removesuffix(".0")
    if text in _YES or text in _NO:
        return text in _YES
    raise _NotThis(f"{column.header} is {_shown(value)}.", "Write yes or no.")


def _choice(column: Column, value: object) -> str:
    text = _text(column, value)
    by_name = {choice.lower(): choice for choice in column.choices}
    if text.lower() in by_name:
        return by_name[text.lower()]
    raise _NotThis(
        f"{column.header} is {_shown(value)}, which is not one of its choices.",
        suggestion(text, column.choices),
    )


def suggestion(text: str, known: Sequence[str]) -> str:
    """Return a hint with the nearest known words, or with the first of them."""
    lower = {word.lower(): word for word in known}
    near = get_close_matches(text.lower(), list(lower), n=2, cutoff=0.6)
    if near:
        return "Did you mean " + " or ".join(f"'{lower[word]}'" for word in near) + "?"
    listed = ", ".join(sorted(known)[:8]) + (" …" if len(known) > 8 else "")
    return f"Choose one of: {listed}."


_READERS: dict[str, Callable[[Column, object], object]] = {
    "code": _text,
    "text": _text,
    "number": _number,
    "integer": _number,
    "percent": _number,
    "money": _number,
    "date": _date,
    "period": _date,
    "boolean": _boolean,
    "choice": _choice,
}
