"""Tables to be read, not typed into: headed columns of values and formulas on the sheets of a pack."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from sop_xl.workbook.cells import write
from sop_xl.workbook.frame import FIRST_COLUMN, a1
from sop_xl.workbook.style import Formats

_UPPER = {"dio", "dso", "dpo", "co2", "wape", "sku", "kpi", "fx", "gmroi", "p10", "p50", "p90"}


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula with the value it gives."""

    text: str
    value: float | str


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A column of a report: header, unit above it, number format, width, and whether long text wraps."""

    header: str
    num_format: str = ""
    width: float = 13
    unit: str = ""
    style: str = "calc"
    wrap: bool = False

    @property
    def text(self) -> bool:
        """True for a column of words."""
        return not self.num_format


def pretty(name: str) -> str:
    """Return a name as people read it: ``gross_margin`` is Gross margin, ``margin_pct`` Margin %, ``dio`` DIO."""
    head, _, rest = name.partition(",")
    words = [w.upper() if w.lower() in _UPPER else w for w in head.replace("_pct", " %").replace("_", " ").split()]
    text = " ".join(words)
    return (text[:1].upper() + text[1:]) + (f",{rest}" if rest else "")


def clean(value: Any) -> Any:
    """Return a value as a cell holds it: None for NaN, NaT and '', datetime for a timestamp, yes/no for a boolean."""
    if isinstance(value, (str, Formula)):
        return value or None if isinstance(value, str) else value
    if value is None or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "yes" if value else "no"
    return float(value)


def write_cell(sheet: Worksheet, row: int, column: int, value: Any, form: Any) -> None:
    """Write a value or a formula with its value."""
    if isinstance(value, Formula):
        sheet.write_formula(row, column, value.text, form, value.value)
    else:
        write(sheet, row, column, value, form)


def write_report(
    sheet: Worksheet,
    formats: Formats,
    top: int,
    columns: Sequence[ReportColumn],
    rows: Sequence[Sequence[Any]],
    *,
    left: int = FIRST_COLUMN,
    strong_last: bool = False,
    set_widths: bool = True,
) -> int:
    """Write a report with its header at ``top`` and the units above; return the row of its last line."""
    for position, column in enumerate(columns):
        at = left + position
        if set_widths:
            sheet.set_column(at, at, column.width)
        if column.unit:
            sheet.write_string(top - 1, at, column.unit, formats("unit"))
        sheet.write_string(top, at, column.header, formats("header_text" if column.text else "header"))
    sheet.set_row(top, 30)
    for offset, values in enumerate(rows):
        strong = strong_last and offset == len(rows) - 1
        lines = 1
        for position, (column, value) in enumerate(zip(columns, values, strict=True)):
            value = clean(value)
            style = "strong" if strong else column.style
            more: dict[str, Any] = {"align": "left", "indent": 1} if column.text else {}
            if column.wrap:
                more |= {"text_wrap": True}
                lines = max(lines, -(-len(str(value or "")) // max(int(column.width * 1.12), 1)))
            write_cell(sheet, top + 1 + offset, left + position, value, formats(style, column.num_format, **more))
        if any(column.wrap for column in columns):
            sheet.set_row(top + 1 + offset, 14 * max(lines, 1) + 3)
    return top + len(rows)


def column_sum(rows: Sequence[Sequence[Any]], top: int, position: int, left: int = FIRST_COLUMN) -> Formula:
    """Return the sum of a column of the report above, as formula and value."""
    known = [_number(row[position]) for row in rows]
    total = math.fsum(v for v in known if v is not None)
    first, last = a1(top + 1, left + position), a1(top + len(rows), left + position)
    return Formula(f"=SUM({first}:{last})", float(total))


def _number(value: Any) -> float | None:
    value = clean(value)
    if isinstance(value, Formula):
        value = value.value
    return float(value) if isinstance(value, (int, float)) else None


def write_nothing(sheet: Worksheet, formats: Formats, row: int, text: str) -> int:
    """Write that a section has nothing to show, and why; return the row."""
    sheet.write_string(row, FIRST_COLUMN, text, formats("lead"))
    return row


def write_spans(
    sheet: Worksheet,
    formats: Formats,
    row: int,
    spans: Sequence[tuple[int, int, str]],
    names: Sequence[str],
    numbers: Sequence[str],
    frame: pd.DataFrame,
) -> int:
    """Write a second table below another one, its columns laid over several of the sheet's; return its last row.

    ``spans`` gives first and last column (from the left edge) and header; ``names`` the columns of the frame,
    ``numbers`` their formats, '' for text.
    """
    heads: list[list[Any]] = [[text for _, _, text in spans]]
    lines = heads + frame[list(names)].to_numpy(dtype=object).tolist()
    for offset, values in enumerate(lines):
        for value, number, (first, last, _) in zip(values, numbers, spans, strict=True):
            more: dict[str, Any] = {} if number else {"align": "left", "indent": 1}
            form = formats("calc", number, **more)
            if offset == 0:
                form = formats("header" if number else "header_text")
            if first < last:
                sheet.merge_range(row + offset, FIRST_COLUMN + first, row + offset, FIRST_COLUMN + last, "", form)
            write_cell(sheet, row + offset, FIRST_COLUMN + first, clean(value), form)
    return row + len(lines) - 1
