"""The wide forecast sheet: a block of rows a product, a column a period, the override where sales types."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from sop_xl.model.calendar import Bucket, BucketKind, Calendar
from sop_xl.schema.catalogue import Table
from sop_xl.schema.frames import empty
from sop_xl.schema.grid import MEASURE, TOTAL
from sop_xl.workbook.cells import runs
from sop_xl.workbook.frame import FIRST_COLUMN, a1
from sop_xl.workbook.grid_rows import write_block
from sop_xl.workbook.grid_shape import (
    BAND_ROW,
    DATE_ROW,
    FORECAST,
    HEADER_ROW,
    NAME,
    NUMBER,
    TO_SPREAD,
    TOTALS_ROW,
    WHOLE_FAMILY,
    GridShape,
    grid_blocks,
    grid_shape,
    height,
    members_of,
)
from sop_xl.workbook.lists import rule
from sop_xl.workbook.row_grid import Book, Placed
from sop_xl.workbook.rules import CHECK
from sop_xl.workbook.style import DATE


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
    shape = grid_shape(table, calendar)
    blocks = grid_blocks(shape, frame, calendar, names)
    last = HEADER_ROW + (sum(height(shape, block) for block in blocks) or 1)
    _add_excel_table(sheet, book, table, shape, calendar, last)
    _write_calendar(sheet, book, shape, calendar)
    totals = {"Baseline": [0.0] * shape.periods, FORECAST: [0.0] * shape.periods}
    row, filled, in_order = HEADER_ROW + 1, 0, 0
    for position, block in enumerate(blocks):
        members = members_of(shape, blocks, position, row) if block.whole_family else None
        row, used, good = write_block(sheet, book, shape, block, row, totals, members)
        filled, in_order = filled + used, in_order + good
    if not blocks:
        sheet.write_string(row, shape.measure_at, "no baseline yet", book.formats("quiet"))
    _write_totals(sheet, book, shape, last, totals, families=any(block.whole_family for block in blocks))
    _add_rules(sheet, book, table, shape, last)
    sheet.freeze_panes(HEADER_ROW + 1, shape.first_period)
    key = f"${xl_col_to_name(FIRST_COLUMN + 1)}${HEADER_ROW + 2}:${xl_col_to_name(FIRST_COLUMN + 1)}${last + 1}"
    width = shape.check_at - FIRST_COLUMN + 1
    return Placed(table.name, sheet_name, table.excel_name, HEADER_ROW, last, width, filled, in_order, key)


def _add_excel_table(
    sheet: Worksheet, book: Book, table: Table, shape: GridShape, calendar: Calendar, last: int
) -> None:
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


def _write_calendar(sheet: Worksheet, book: Book, shape: GridShape, calendar: Calendar) -> None:
    bands: dict[tuple[str, str], list[int]] = {}
    for position, bucket in enumerate(calendar.buckets):
        at = shape.first_period + position
        monthly = bucket.kind is BucketKind.MONTH
        form = book.formats("quarter", "mmm yy" if monthly else DATE, bold=False, font_size=9)
        sheet.write_datetime(DATE_ROW, at, bucket.start, form)
        bands.setdefault(_band(bucket), []).append(at)
    for style, (form, (_, label)) in zip(
        range(len(bands)), ((book.formats("quarter"), key) for key in bands), strict=True
    ):
        ats = list(bands.values())[style]
        for first, last in runs(ats):
            if first == last:
                sheet.write_string(BAND_ROW, first, label, form)
            else:
                sheet.merge_range(BAND_ROW, first, BAND_ROW, last, label, form)


def _band(bucket: Bucket) -> tuple[str, str]:
    year = str(bucket.start.year)
    if bucket.kind in (BucketKind.WEEK, BucketKind.MONTH):
        return (year, f"Q{(bucket.start.month + 2) // 3} {year}")
    return (year, year)


def _write_totals(
    sheet: Worksheet, book: Book, shape: GridShape, last: int, totals: dict[str, list[float]], *, families: bool
) -> None:
    """Write the sums over all products; with families, what their overrides add to the products comes on top."""
    measure = f"${xl_col_to_name(shape.measure_at)}${HEADER_ROW + 2}:${xl_col_to_name(shape.measure_at)}${last + 1}"
    name_at = xl_col_to_name(FIRST_COLUMN + 2)
    one_each = f',${name_at}${HEADER_ROW + 2}:${name_at}${last + 1},"<>{WHOLE_FAMILY}"' if families else ""
    columns = [*range(shape.first_period, shape.total_at), shape.total_at]
    sums = {name: [*values, math.fsum(values)] for name, values in totals.items()}
    for offset, name in enumerate(sums):
        row = TOTALS_ROW + offset
        sheet.write_string(row, shape.measure_at, f"Σ {name}", book.formats("total_label"))
        for position, at in enumerate(columns):
            letter = xl_col_to_name(at)
            span = f"{letter}${HEADER_ROW + 2}:{letter}${last + 1}"
            formula = f'=SUMIFS({span},{measure},"{name}"{one_each})'
            if families and name == FORECAST:
                formula += f'+SUMIFS({span},{measure},"{TO_SPREAD}")'
            sheet.write_formula(row, at, formula, book.formats("total", NUMBER), sums[name][position])
    row = TOTALS_ROW + 2
    sheet.write_string(row, shape.measure_at, "Change", book.formats("total_label"))
    for position, at in enumerate(columns):
        base, now = a1(TOTALS_ROW, at), a1(TOTALS_ROW + 1, at)
        before = sums["Baseline"][position]
        value = sums[FORECAST][position] / before - 1 if before else ""
        formula = f'=IF({base}=0,"",{now}/{base}-1)'
        form = book.formats("total", "+0.0%;[Red]-0.0%;0.0%", bold=False, font_size=9)
        sheet.write_formula(row, at, formula, form, value)


def _add_rules(sheet: Worksheet, book: Book, table: Table, shape: GridShape, last: int) -> None:
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
