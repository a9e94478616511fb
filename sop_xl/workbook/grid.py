"""The wide forecast sheet: a block of rows a product, a column a period, the override where sales types."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from sop_xl.model.calendar import Bucket, BucketKind, Calendar
from sop_xl.schema.catalogue import Column, Table
from sop_xl.schema.frames import empty
from sop_xl.schema.grid import MEASURE, TOTAL, remarks, row_keys
from sop_xl.workbook.cells import runs, write
from sop_xl.workbook.frame import FIRST_COLUMN, a1
from sop_xl.workbook.lists import rule
from sop_xl.workbook.rows import Book, Placed
from sop_xl.workbook.rules import CHECK
from sop_xl.workbook.style import DATE

FORECAST = "Sales forecast"
"""Row that a formula fills: the override, or the baseline where there is none."""

NAME = "Name"
"""Column with the name of the product; shown, never read."""

HEADER_ROW = 8
_TOTALS_ROW, _BAND_ROW, _DATE_ROW = 3, 6, 7
_NUMBER = "#,##0;[Red]-#,##0"


@dataclass(frozen=True)
class _Block:
    """The rows of one product, location and channel, by measure and period position."""

    labels: tuple[str, ...]
    values: dict[str, dict[int, float]]
    overrides: tuple[tuple[tuple[str, ...], dict[int, float]], ...]


@dataclass(frozen=True)
class _Shape:
    """Positions of the columns of the sheet."""

    keys: tuple[Column, ...]
    notes: tuple[Column, ...]
    override: Column
    shown: tuple[Column, ...]
    periods: int

    @property
    def measure_at(self) -> int:
        return FIRST_COLUMN + 1 + len(self.keys) + 1

    @property
    def first_period(self) -> int:
        return self.measure_at + 1

    @property
    def total_at(self) -> int:
        return self.first_period + self.periods

    @property
    def check_at(self) -> int:
        return self.total_at + 1 + len(self.notes)


def _shape(table: Table, calendar: Calendar) -> _Shape:
    override = next(c for c in table.measures if c.role == "input")
    shown = tuple(c for c in table.measures if c.role == "calculation")
    return _Shape(row_keys(table), remarks(table), override, shown, len(calendar))


def _blocks(shape: _Shape, frame: pd.DataFrame, calendar: Calendar, names: dict[str, str]) -> list[_Block]:
    position = {pd.Timestamp(start): i for i, start in enumerate(calendar.starts)}
    found: list[_Block] = []
    if frame.empty:
        return found
    periods = frame["period"].map(position)
    kept = frame[periods.notna()].assign(_at=periods.dropna().astype(int))
    for _, part in kept.groupby([c.name for c in shape.keys], sort=False):
        values = {
            c.name: {int(a): float(v) for a, v in zip(part["_at"], part[c.name], strict=True) if not pd.isna(v)}
            for c in shape.shown
        }
        overrides: dict[tuple[str, ...], dict[int, float]] = {}
        notes = [part[c.name] for c in shape.notes]
        for a, v, *words in zip(part["_at"], part[shape.override.name], *notes, strict=True):
            if not pd.isna(v):
                overrides.setdefault(tuple(map(str, words)), {})[int(a)] = float(v)
        first = part.iloc[0]
        product = str(first["product"])
        labels = (str(first.get("family", "")), *(str(first[c.name]) for c in shape.keys))
        labels = (*labels[:2], names.get(product, ""), *labels[2:])
        rows = tuple(overrides.items()) or ((tuple("" for _ in shape.notes), {}),)
        found.append(_Block(labels, values, rows))
    return found


def write_grid(
    sheet: Worksheet,
    sheet_name: str,
    book: Book,
    table: Table,
    frame: pd.DataFrame | None,
    calendar: Calendar,
    names: dict[str, str],
) -> Placed:
    """Write the grid of a table; reading it back gives the rows it was written from."""
    frame = empty(table.name) if frame is None else frame
    shape = _shape(table, calendar)
    blocks = _blocks(shape, frame, calendar, names)
    height = sum(len(shape.shown) + len(b.overrides) + 1 for b in blocks) or 1
    last = HEADER_ROW + height
    _add_excel_table(sheet, book, table, shape, calendar, last)
    _write_calendar(sheet, book, shape, calendar)
    totals = {"Baseline": [0.0] * shape.periods, FORECAST: [0.0] * shape.periods}
    row, filled, in_order = HEADER_ROW + 1, 0, 0
    for block in blocks:
        row, used, good = _write_block(sheet, book, shape, block, row, totals)
        filled, in_order = filled + used, in_order + good
    if not blocks:
        sheet.write_string(row, shape.measure_at, "no baseline yet", book.formats("quiet"))
    _write_totals(sheet, book, shape, last, totals)
    _add_rules(sheet, book, table, shape, last)
    sheet.freeze_panes(HEADER_ROW + 1, shape.first_period)
    key = f"${xl_col_to_name(FIRST_COLUMN + 1)}${HEADER_ROW + 2}:${xl_col_to_name(FIRST_COLUMN + 1)}${last + 1}"
    width = shape.check_at - FIRST_COLUMN + 1
    return Placed(table.name, sheet_name, table.excel_name, HEADER_ROW, last, width, filled, in_order, key)


def _add_excel_table(sheet: Worksheet, book: Book, table: Table, shape: _Shape, calendar: Calendar, last: int) -> None:
    text, number, calc = (book.formats(s) for s in ("header_text", "header", "header_calc"))
    headers: list[tuple[str, Any, str]] = [("Family", text, "Family of the product.")]
    headers += [(shape.keys[0].header, text, shape.keys[0].description), (NAME, text, "Name of the product.")]
    headers += [(c.header, text, c.description) for c in shape.keys[1:]]
    headers.append((MEASURE, text, "What the row shows. Type in the rows 'Sales override'."))
    headers += [(label, number, "") for label in calendar.labels]
    headers.append((TOTAL, calc, "Sum of the row over the horizon. Quantiles are not added up."))
    headers += [(c.header, text, c.description) for c in shape.notes]
    headers.append((CHECK, calc, "OK where every override has its reason."))
    columns = [{"header": header, "header_format": form} for header, form, _ in headers]
    options: dict[str, Any] = {"name": table.excel_name, "columns": columns, "style": None}
    sheet.add_table(HEADER_ROW, FIRST_COLUMN, last, shape.check_at, options)
    for position, (header, _, tip) in enumerate(headers):
        if tip:
            at = FIRST_COLUMN + position
            prompt = {"validate": "any", "input_title": header, "input_message": tip[:255]}
            sheet.data_validation(HEADER_ROW, at, HEADER_ROW, at, prompt)
    widths: list[float] = [12, 13, 22, *(10 for _ in shape.keys[1:]), 14]
    widths += [9.5] * shape.periods + [11, 19, 30, 13, 15]
    for position, width in enumerate(widths):
        sheet.set_column(FIRST_COLUMN + position, FIRST_COLUMN + position, width)
    sheet.set_row(HEADER_ROW, 20)


def _write_calendar(sheet: Worksheet, book: Book, shape: _Shape, calendar: Calendar) -> None:
    bands: dict[tuple[str, str], list[int]] = {}
    for position, bucket in enumerate(calendar.buckets):
        at = shape.first_period + position
        monthly = bucket.kind is BucketKind.MONTH
        form = book.formats("quarter", "mmm yy" if monthly else DATE, bold=False, font_size=9)
        sheet.write_datetime(_DATE_ROW, at, bucket.start, form)
        bands.setdefault(_band(bucket), []).append(at)
    for style, (form, (_, label)) in zip(
        range(len(bands)), ((book.formats("quarter"), key) for key in bands), strict=True
    ):
        ats = list(bands.values())[style]
        for first, last in runs(ats):
            if first == last:
                sheet.write_string(_BAND_ROW, first, label, form)
            else:
                sheet.merge_range(_BAND_ROW, first, _BAND_ROW, last, label, form)


def _band(bucket: Bucket) -> tuple[str, str]:
    year = str(bucket.start.year)
    if bucket.kind in (BucketKind.WEEK, BucketKind.MONTH):
        return (year, f"Q{(bucket.start.month + 2) // 3} {year}")
    return (year, year)


def _write_block(
    sheet: Worksheet, book: Book, shape: _Shape, block: _Block, row: int, totals: dict[str, list[float]]
) -> tuple[int, int, int]:
    top: dict[str, Any] = {"top": 1, "top_color": "#5B6B7F"}
    lines: dict[str, int] = {}
    first = row
    for column in shape.shown:
        quiet = column.name != "baseline"
        more = top if row == first else {}
        style = "quiet" if quiet else "calc"
        _labels(sheet, book, shape, block, row, column.header, style, more, first)
        form = book.formats(style, _NUMBER, **more)
        for at in range(shape.periods):
            write(sheet, row, shape.first_period + at, block.values[column.name].get(at), form)
        if column.over_time == "sum":
            _row_total(sheet, book, shape, row, block.values[column.name], more)
        else:
            sheet.write_blank(row, shape.total_at, None, book.formats("calc", **more))
        if quiet:
            sheet.set_row(row, None, None, {"level": 1})
        _rest(sheet, book, shape, row, more)
        lines[column.name] = row
        row += 1
    typed: list[int] = []
    filled = in_order = 0
    for words, values in block.overrides:
        good = _override_row(sheet, book, shape, block, row, words, values, first)
        filled, in_order = filled + bool(values), in_order + good
        typed.append(row)
        row += 1
    _forecast_row(sheet, book, shape, block, row, lines["baseline"], typed, first)
    for at in range(shape.periods):
        given = [values[at] for _, values in block.overrides if at in values]
        base = block.values["baseline"].get(at)
        totals["Baseline"][at] += base or 0.0
        totals[FORECAST][at] += math.fsum(given) if given else base or 0.0
    return row + 1, filled, in_order


def _labels(
    sheet: Worksheet,
    book: Book,
    shape: _Shape,
    block: _Block,
    row: int,
    measure: str,
    style: str,
    more: dict[str, Any],
    first: int,
) -> None:
    form = book.formats("fact" if row == first else "quiet", border=1, border_color="#D5DCE4", **more)
    for position, label in enumerate(block.labels):
        write(sheet, row, FIRST_COLUMN + position, label, form)
    sheet.write_string(row, shape.measure_at, measure, book.formats(style, **more))


def _rest(sheet: Worksheet, book: Book, shape: _Shape, row: int, more: dict[str, Any]) -> None:
    form = book.formats("calc", **more)
    for at in range(shape.total_at + 1, shape.check_at + 1):
        sheet.write_blank(row, at, None, form)


def _row_total(
    sheet: Worksheet, book: Book, shape: _Shape, row: int, values: dict[int, float], more: dict[str, Any]
) -> None:
    span = f"{a1(row, shape.first_period)}:{a1(row, shape.total_at - 1)}"
    form = book.formats("strong", _NUMBER, **more)
    value = math.fsum(values.values()) if values else ""
    sheet.write_formula(row, shape.total_at, f'=IF(COUNT({span})=0,"",SUM({span}))', form, value)


def _override_row(
    sheet: Worksheet,
    book: Book,
    shape: _Shape,
    block: _Block,
    row: int,
    words: tuple[str, ...],
    values: dict[int, float],
    first: int,
) -> bool:
    _labels(sheet, book, shape, block, row, shape.override.header, "calc", {"bold": True}, first)
    form = book.formats("input", _NUMBER)
    for at in range(shape.periods):
        write(sheet, row, shape.first_period + at, values.get(at), form)
    _row_total(sheet, book, shape, row, values, {})
    for offset, word in enumerate(words):
        style = "input_wrap" if shape.notes[offset].name == "note" else "input"
        write(sheet, row, shape.total_at + 1 + offset, word, book.formats(style))
    span = f"{a1(row, shape.first_period)}:{a1(row, shape.total_at - 1)}"
    by_name = {c.name: (a1(row, shape.total_at + 1 + i), words[i]) for i, c in enumerate(shape.notes)}
    (reason, reason_is), (note, note_is) = by_name["reason"], by_name["note"]
    formula = (
        f'=IF(COUNT({span})=0,"",IF({reason}="","Reason missing",'
        f'IF(AND({reason}="other",{note}=""),"Note missing","OK")))'
    )
    result = ""
    if values:
        result = "Reason missing" if not reason_is else "OK"
        result = "Note missing" if reason_is == "other" and not note_is else result
    sheet.write_formula(row, shape.check_at, formula, book.formats("check"), result)
    return result == "OK"


def _forecast_row(
    sheet: Worksheet,
    book: Book,
    shape: _Shape,
    block: _Block,
    row: int,
    baseline: int,
    typed: Sequence[int],
    first: int,
) -> None:
    _labels(sheet, book, shape, block, row, FORECAST, "strong", {}, first)
    form = book.formats("strong", _NUMBER)
    total, known_any = 0.0, False
    for at in range(shape.periods):
        column = shape.first_period + at
        base = a1(baseline, column)
        known = block.values["baseline"].get(at)
        given = [values[at] for _, values in block.overrides if at in values]
        keep = base if known is not None else f'IF({base}="","",{base})'
        if len(typed) == 1:
            own = a1(typed[0], column)
            formula = f'=IF({own}="",{keep},{own})'
        else:
            own = f"{a1(typed[0], column)}:{a1(typed[-1], column)}"
            formula = f"=IF(COUNT({own})=0,{keep},SUM({own}))"
        number = math.fsum(given) if given else known
        total, known_any = total + (number or 0.0), known_any or number is not None
        sheet.write_formula(row, column, formula, form, "" if number is None else number)
    span = f"{a1(row, shape.first_period)}:{a1(row, shape.total_at - 1)}"
    formula = f'=IF(COUNT({span})=0,"",SUM({span}))'
    sheet.write_formula(row, shape.total_at, formula, form, total if known_any else "")
    _rest(sheet, book, shape, row, {})


def _write_totals(sheet: Worksheet, book: Book, shape: _Shape, last: int, totals: dict[str, list[float]]) -> None:
    measure = f"${xl_col_to_name(shape.measure_at)}${HEADER_ROW + 2}:${xl_col_to_name(shape.measure_at)}${last + 1}"
    columns = [*range(shape.first_period, shape.total_at), shape.total_at]
    sums = {name: [*values, math.fsum(values)] for name, values in totals.items()}
    for offset, name in enumerate(sums):
        row = _TOTALS_ROW + offset
        sheet.write_string(row, shape.measure_at, f"Σ {name}", book.formats("total_label"))
        for position, at in enumerate(columns):
            letter = xl_col_to_name(at)
            span = f"{letter}${HEADER_ROW + 2}:{letter}${last + 1}"
            formula = f'=SUMIFS({span},{measure},"{name}")'
            sheet.write_formula(row, at, formula, book.formats("total", _NUMBER), sums[name][position])
    row = _TOTALS_ROW + 2
    sheet.write_string(row, shape.measure_at, "Change", book.formats("total_label"))
    for position, at in enumerate(columns):
        base, now = a1(_TOTALS_ROW, at), a1(_TOTALS_ROW + 1, at)
        before = sums["Baseline"][position]
        value = sums[FORECAST][position] / before - 1 if before else ""
        formula = f'=IF({base}=0,"",{now}/{base}-1)'
        form = book.formats("total", "+0.0%;[Red]-0.0%;0.0%", bold=False, font_size=9)
        sheet.write_formula(row, at, formula, form, value)


def _add_rules(sheet: Worksheet, book: Book, table: Table, shape: _Shape, last: int) -> None:
    first, left, right = HEADER_ROW + 1, shape.first_period, shape.total_at - 1
    limits = rule(shape.override, None, table)
    if limits:
        text = "Type the units you expect instead of the baseline. Empty keeps the baseline, 0 plans zero."
        sheet.data_validation(first, left, last, right, {**limits, "error_message": text})
    for offset, column in enumerate(shape.notes):
        found = rule(column, book.drops.source(column), table)
        if found:
            at = shape.total_at + 1 + offset
            sheet.data_validation(first, at, last, at, found)
    cell, mark = a1(first, left), a1(first, shape.measure_at, fixed_column=True)
    above, above_mark = a1(first - 3, left), a1(first - 3, shape.measure_at, fixed_column=True)
    second = a1(first - 2, left)
    far = (
        f'=AND({mark}="{shape.override.header}",{above_mark}="Baseline",ISNUMBER({cell}),'
        f"ABS({cell}-{above})>{book.highlight_pct:g}*{above})"
    )
    outside = (
        f'=AND({mark}="{FORECAST}",{above_mark}="P10",ISNUMBER({cell}),ISNUMBER({above}),'
        f"OR({cell}<{above},{cell}>{second}))"
    )
    for test, style in ((far, "warn"), (outside, "warn")):
        sheet.conditional_format(
            first,
            left,
            last,
            right,
            {"type": "formula", "criteria": test, "format": book.formats.signal(style)},
        )
    check = a1(first, shape.check_at)
    good = {"type": "formula", "criteria": f'={check}="OK"', "format": book.formats.signal("good")}
    bad = {"type": "formula", "criteria": f"=LEN({check})>0", "format": book.formats.signal("bad")}
    sheet.conditional_format(first, shape.check_at, last, shape.check_at, {**good, "stop_if_true": True})
    sheet.conditional_format(first, shape.check_at, last, shape.check_at, bad)
