"""Values of cells on their way between files, Python and Excel: numbers are floats, dates follow the number format."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sop_xl.schema.raw import CellError

_EPOCH = datetime(1899, 12, 30)
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.I)
_BUILT_IN_DATES = frozenset((14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 59)))

CellValue = float | str | bool | datetime | CellError | None
"""What a cell holds: a number, text, a truth value, a date (where its format shows one), a failure, or nothing."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula set in this session: nobody has reckoned its result yet."""

    text: str
    array: str = ""


def serial_of(moment: date) -> float:
    """Return Excel's serial number of a day, or of a moment as days with a fraction."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    return (moment.replace(tzinfo=None) - _EPOCH) / timedelta(days=1)


def moment_of(serial: float) -> datetime | float:
    """Return the moment of a serial number, to the millisecond; the number itself where it is no date."""
    if not 1 <= serial < 2_958_466:
        return serial
    return _EPOCH + timedelta(milliseconds=round(serial * 86_400_000))


def shows_date(code: str, number: int = -1) -> bool:
    """Whether a number format shows a date; a time of day or a duration alone stays a number, as in Excel."""
    if number in _BUILT_IN_DATES:
        return True
    signs = _LITERAL.sub("", code.split(";", 1)[0]).lower()
    if "general" in signs:
        return False
    if "y" in signs or "d" in signs:
        return True
    return "m" in signs and not re.search(r"[hs0#?]", signs)


def as_stored(value: Any) -> CellValue:
    """Return a value read from a file as a cell holds it: dates as moments, times and durations as parts of a day."""
    if value is None or value == "":
        return None
    if isinstance(value, (str, bool, float, datetime, CellError)):
        return value
    if isinstance(value, int):
        return float(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, time):
        return (datetime.combine(_EPOCH, value) - _EPOCH) / timedelta(days=1)
    if isinstance(value, timedelta):
        return value / timedelta(days=1)
    return str(value)


def for_excel(value: Any, options: Any = None) -> Any:
    """Return a Python value as Excel takes it: nothing, NaN and NaT as "", numbers as floats, days as moments.

    Raises:
        TypeError: where no cell can hold such a value.
    """
    if isinstance(value, str):
        return str(value)
    if value is None:
        return ""
    if isinstance(value, (bool, CellError)):
        return value
    if isinstance(value, (int, float, Decimal)):
        return _number(float(value))
    if isinstance(value, datetime):
        moment = getattr(value, "to_pydatetime", None)
        return "" if value != value else (moment(warn=False) if moment else value).replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, (time, timedelta)):
        return as_stored(value)
    return _from_arrays(value)


def _number(value: float) -> Any:
    if math.isnan(value):
        return ""
    return CellError("#NUM!") if math.isinf(value) else value


def _from_arrays(value: Any) -> Any:
    import numpy as np
    import pandas as pd

    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.number):
        return _number(float(value))
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if isinstance(value, np.datetime64):
        return pd.Timestamp(value).to_pydatetime()
    if isinstance(value, np.timedelta64):
        return pd.Timedelta(value) / pd.Timedelta(days=1)
    raise TypeError(f"a cell cannot hold a {type(value).__name__}")


def for_python(
    rows: list[list[Any]],
    build_date: Callable[..., Any],
    empty: Any,
    build_number: Callable[[float], Any] | None,
    errors_as_text: bool,
) -> list[list[Any]]:
    """Return cells as the options of the range ask for them: kind of dates, of numbers, of empty cells."""

    def converted(value: Any) -> Any:
        if value is None or value == "":
            return empty
        if isinstance(value, datetime):
            return build_date(
                year=value.year,
                month=value.month,
                day=value.day,
                hour=value.hour,
                minute=value.minute,
                second=value.second,
                microsecond=value.microsecond,
                tzinfo=None,
            )
        if isinstance(value, CellError):
            return value.code if errors_as_text else None
        return value

    if build_number is None:
        plain = (float, str, bool)
        return [[v if type(v) in plain and v != "" else converted(v) for v in row] for row in rows]
    return [[build_number(v) if type(v) is float else converted(v) for v in row] for row in rows]


def as_text(value: Any) -> str:
    """Return a value as the formula bar of Excel shows it in English."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        value = serial_of(value)
    if isinstance(value, float):
        return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    return str(value)
