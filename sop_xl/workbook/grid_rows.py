"""The rows of a product on the forecast sheet: what is known, what sales types, and what follows from both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from xlsxwriter.worksheet import Worksheet

from sop_xl.workbook.cells import write
from sop_xl.workbook.frame import FIRST_COLUMN, a1
from sop_xl.workbook.grid_shape import FORECAST, NUMBER, TO_SPREAD, Block, GridShape, Members, family_forecast
from sop_xl.workbook.row_grid import Book


def write_block(
    sheet: Worksheet,
    book: Book,
    shape: GridShape,
    block: Block,
    row: int,
    totals: dict[str, list[float]],
    members: Members | None,
) -> tuple[int, int, int]:
    """Write the rows of a product, or of a family above its ``members``, and add up what counts towards the totals.

    Returns:
        The row after the block, how many override rows are filled, and how many of them are in order.
    """
    top: dict[str, Any] = {"top": 1, "top_color": "#5B6B7F"}
    lines: dict[str, int] = {}
    first = row
    for column in shape.shown:
        quiet = column.name != "baseline"
        more = top if row == first else {}
        style = "quiet" if quiet else "calc"
        _labels(sheet, book, shape, block, row, column.header, style, more, first)
        form = book.formats(style, NUMBER, **more)
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
    if members is None:
        _forecast_row(sheet, book, shape, block, row, lines["baseline"], typed, first)
        for at in range(shape.periods):
            totals["Baseline"][at] += block.values["baseline"].get(at) or 0.0
            totals[FORECAST][at] += block.forecast(at) or 0.0
        return row + 1, filled, in_order
    added = _family_rows(sheet, book, shape, block, row, typed, first, members)
    totals[FORECAST] = [total + more for total, more in zip(totals[FORECAST], added, strict=True)]
    return row + 2, filled, in_order


def _labels(
    sheet: Worksheet,
    book: Book,
    shape: GridShape,
    block: Block,
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


def _rest(sheet: Worksheet, book: Book, shape: GridShape, row: int, more: dict[str, Any]) -> None:
    form = book.formats("calc", **more)
    for at in range(shape.total_at + 1, shape.check_at + 1):
        sheet.write_blank(row, at, None, form)


def _row_total(
    sheet: Worksheet, book: Book, shape: GridShape, row: int, values: dict[int, float], more: dict[str, Any]
) -> None:
    span = f"{a1(row, shape.first_period)}:{a1(row, shape.total_at - 1)}"
    form = book.formats("strong", NUMBER, **more)
    value = math.fsum(values.values()) if values else ""
    sheet.write_formula(row, shape.total_at, f'=IF(COUNT({span})=0,"",SUM({span}))', form, value)


def _override_row(
    sheet: Worksheet,
    book: Book,
    shape: GridShape,
    block: Block,
    row: int,
    words: tuple[str, ...],
    values: dict[int, float],
    first: int,
) -> bool:
    _labels(sheet, book, shape, block, row, shape.override.header, "calc", {"bold": True}, first)
    form = book.formats("input", NUMBER)
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
    shape: GridShape,
    block: Block,
    row: int,
    baseline: int,
    typed: Sequence[int],
    first: int,
) -> None:
    _labels(sheet, book, shape, block, row, FORECAST, "strong", {}, first)
    form = book.formats("strong", NUMBER)
    total, known_any = 0.0, False
    for at in range(shape.periods):
        column = shape.first_period + at
        base = a1(baseline, column)
        known = block.values["baseline"].get(at)
        keep = base if known is not None else f'IF({base}="","",{base})'
        if len(typed) == 1:
            own = a1(typed[0], column)
            formula = f'=IF({own}="",{keep},{own})'
        else:
            own = f"{a1(typed[0], column)}:{a1(typed[-1], column)}"
            formula = f"=IF(COUNT({own})=0,{keep},SUM({own}))"
        number = block.forecast(at)
        total, known_any = total + (number or 0.0), known_any or number is not None
        sheet.write_formula(row, column, formula, form, "" if number is None else number)
    span = f"{a1(row, shape.first_period)}:{a1(row, shape.total_at - 1)}"
    formula = f'=IF(COUNT({span})=0,"",SUM({span}))'
    sheet.write_formula(row, shape.total_at, formula, form, total if known_any else "")
    _rest(sheet, book, shape, row, {})


def _family_rows(
    sheet: Worksheet,
    book: Book,
    shape: GridShape,
    block: Block,
    row: int,
    typed: Sequence[int],
    first: int,
    members: Members,
) -> list[float]:
    """Write forecast and change of a family, and return the change by bucket.

    The forecast is the override, but no less than what is overridden below; without one the sum of the products.
    """
    measure_at = shape.measure_at
    measure = (
        f"{a1(members.first, measure_at, fixed_row=True, fixed_column=True)}:"
        f"{a1(members.last, measure_at, fixed_row=True, fixed_column=True)}"
    )
    _labels(sheet, book, shape, block, row, FORECAST, "strong", {}, first)
    _labels(sheet, book, shape, block, row + 1, TO_SPREAD, "quiet", {}, first)
    strong, quiet = book.formats("strong", NUMBER), book.formats("quiet", "+#,##0;[Red]-#,##0;0")
    forecast = family_forecast(block, members)
    added = [value - products for value, products in zip(forecast, members.forecast, strict=True)]
    for at in range(shape.periods):
        column = shape.first_period + at
        below = f"{a1(members.first, column)}:{a1(members.last, column)}"
        products = f'SUMIFS({below},{measure},"{FORECAST}")'
        claimed = f'SUMIFS({below},{measure},"{shape.override.header}")'
        own = f"{a1(typed[0], column)}:{a1(typed[-1], column)}"
        formula = f"=IF(COUNT({own})=0,{products},MAX(SUM({own}),{claimed}))"
        sheet.write_formula(row, column, formula, strong, forecast[at])
        sheet.write_formula(row + 1, column, f"={a1(row, column)}-{products}", quiet, added[at])
    for line, values, form in ((row, forecast, strong), (row + 1, added, quiet)):
        span = f"{a1(line, shape.first_period)}:{a1(line, shape.total_at - 1)}"
        sheet.write_formula(line, shape.total_at, f"=SUM({span})", form, math.fsum(values))
        _rest(sheet, book, shape, line, {})
    sheet.set_row(row + 1, None, None, {"level": 1})
    return added
