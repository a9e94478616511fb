"""The forecast as a picture: history, corrections, baseline with its range and what sales makes of it, for one pick."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sop_xl.model.calendar import BucketKind, Calendar
from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.workbook.frame import FIRST_COLUMN, a1, quoted, write_band
from sop_xl.workbook.grid_shape import (
    FORECAST,
    HEADER_ROW,
    NUMBER,
    TOTALS_ROW,
    Block,
    GridShape,
    family_forecast,
    height,
    members_of,
)
from sop_xl.workbook.row_grid import Book
from sop_xl.workbook.style import GOLD, LINE, NAVY, TEAL, WARN

SHEET, DATA_SHEET = "ForecastChart", "ChartData"
ALL_PRODUCTS = "All products"
_PICK_ROW, _CHART_ROW, _TABLE_ROW = 4, 6, 30
_LEGEND = ("History", "Used instead", "Baseline", "P10", "P10 to P90", FORECAST)
_BAND = "#CFE3E2"
_PAST_MONTHS = 24
_MOST_CELLS = 300_000
_WORTH_SHOWING = 0.005


@dataclass(frozen=True, slots=True)
class Pick:
    """What can be looked at: its name in the list, the rows of the forecast sheet, and its months before the plan.

    Attributes:
        label: name in the list.
        rows: rows of baseline, P10, P90 and forecast on the forecast sheet; an empty row where there is none.
        sold: units by past month, None where nothing is known.
        used: units the forecast was made from, where they are not those sold.
        ahead: baseline, P10, P90 and forecast by bucket, None where empty.
        method: how the baseline was made and why so, as issued; empty where not known.
    """

    label: str
    rows: tuple[int, int, int, int]
    sold: tuple[float | None, ...]
    used: tuple[float | None, ...]
    ahead: tuple[tuple[float | None, ...], ...]
    method: str = ""


def drawable(calendar: Calendar, blocks: Sequence[Block]) -> bool:
    """True where the buckets are months and the picks few enough for a sheet."""
    monthly = all(bucket.kind is BucketKind.MONTH for bucket in calendar.buckets)
    return monthly and bool(blocks) and len(blocks) * (_PAST_MONTHS + 4) < _MOST_CELLS


def picks(
    shape: GridShape, blocks: Sequence[Block], calendar: Calendar, tables: Mapping[str, pd.DataFrame]
) -> tuple[list[pd.Timestamp], list[Pick]]:
    """Return the past months and everything that can be looked at: all products, families, products.

    Args:
        shape: columns of the forecast sheet.
        blocks: its blocks in order.
        calendar: buckets of the plan.
        tables: typed tables; ``history``, ``history_corrections``, ``products`` and, for the methods, the
            ``baseline_ranges`` of a cycle are read where there.
    """
    months = list(
        pd.date_range(end=pd.Timestamp(calendar.start) - pd.offsets.MonthBegin(1), periods=_PAST_MONTHS, freq="MS")
    )
    sold, used = _past(tables, months)
    methods = _methods(tables.get("baseline_ranges"))
    nothing = HEADER_ROW + 3 + sum(height(shape, block) for block in blocks)
    found, row = [], HEADER_ROW + 1
    totals = [[0.0] * shape.periods, [0.0] * shape.periods]
    for position, block in enumerate(blocks):
        lines = {column.name: row + offset for offset, column in enumerate(shape.shown)}
        forecast_row = row + len(shape.shown) + len(block.overrides)
        values = [
            tuple(block.values[name].get(at) for at in range(shape.periods)) for name in ("baseline", "p10", "p90")
        ]
        forecast = [block.forecast(at) for at in range(shape.periods)]
        if block.whole_family:
            members = members_of(shape, blocks, position, row)
            whole = family_forecast(block, members)
            totals[1] = [a + b - c for a, b, c in zip(totals[1], whole, members.forecast, strict=True)]
            forecast = [*whole]
        key = tuple(block.labels[1:2]) + tuple(block.labels[3:])
        label = " / ".join(code for code in key if code and code != EVERYWHERE)
        name = block.labels[2]
        found.append(
            Pick(
                f"{label} · {name}" if name else label,
                (lines["baseline"], lines["p10"], lines["p90"], forecast_row),
                _of(sold, key, months, whole=block.whole_family),
                _of(used, key, months, whole=block.whole_family),
                (*values, tuple(forecast)),
                _method_of(methods, key, whole=block.whole_family),
            )
        )
        if not block.whole_family:
            for at in range(shape.periods):
                totals[0][at] += values[0][at] or 0.0
                totals[1][at] += forecast[at] or 0.0
        row += height(shape, block)
    empty: tuple[float | None, ...] = (None,) * shape.periods
    everything = Pick(
        ALL_PRODUCTS,
        (TOTALS_ROW, nothing, nothing, TOTALS_ROW + 1),
        _of(sold, (EVERYWHERE,), months, whole=True),
        _of(used, (EVERYWHERE,), months, whole=True),
        (tuple(totals[0]), empty, empty, tuple(totals[1])),
        methods.get(("total", EVERYWHERE), ""),
    )
    return months, [everything, *found]


def write_forecast_chart(
    workbook: Workbook,
    sheet: Worksheet,
    data: Worksheet,
    book: Book,
    forecast_sheet: str,
    shape: GridShape,
    months: Sequence[pd.Timestamp],
    found: Sequence[Pick],
    calendar: Calendar,
    note: str = "",
) -> None:
    """Write the picture, its list and its numbers; everything follows the pick and what is typed on the forecast sheet.

    Args:
        workbook: the book.
        sheet: the sheet that is seen.
        data: the hidden sheet that knows the past and the rows of every pick.
        book: formats.
        forecast_sheet: name of the sheet of the grid.
        shape: its columns.
        months: past months shown.
        found: what can be looked at, see `picks`.
        calendar: buckets of the plan.
        note: words at the right of the title.
    """
    _write_data(data, months, found)
    sheet.set_column(FIRST_COLUMN, FIRST_COLUMN, 14)
    sheet.set_column(FIRST_COLUMN + 1, FIRST_COLUMN + 6, 15)
    lead = "Choose a family or product in the yellow cell. The gold line follows what you type on the forecast sheet."
    write_band(sheet, book.formats, "Forecast in a picture", lead, 9, note)
    shown = next((item for item in found[1:] if item.ahead[1][0] is not None), found[0])
    sheet.write_string(_PICK_ROW, FIRST_COLUMN, "Look at", book.formats("lead", italic=False, bold=True))
    sheet.merge_range(_PICK_ROW, FIRST_COLUMN + 1, _PICK_ROW, FIRST_COLUMN + 3, shown.label, book.formats("input"))
    span = f"={quoted(DATA_SHEET)}!$A$2:$A${len(found) + 1}"
    sheet.data_validation(
        _PICK_ROW, FIRST_COLUMN + 1, _PICK_ROW, FIRST_COLUMN + 1, {"validate": "list", "source": span}
    )
    pick = a1(_PICK_ROW, FIRST_COLUMN + 1, fixed_row=True, fixed_column=True)
    number = a1(_PICK_ROW, FIRST_COLUMN + 7, fixed_row=True, fixed_column=True)
    match = f"=MATCH({pick},{span[1:]},0)"
    sheet.write_formula(
        _PICK_ROW, FIRST_COLUMN + 7, match, book.formats("lead", font_color="#FFFFFF"), found.index(shown) + 1
    )
    _write_method(sheet, book, len(months), found, shown, number)
    heads = ("Month", *_LEGEND)
    for position, head in enumerate(heads):
        sheet.write_string(_TABLE_ROW, FIRST_COLUMN + position, head, book.formats("header"))
    _write_past(sheet, book, months, found, shown, number)
    _write_ahead(sheet, book, forecast_sheet, shape, len(months), found, shown, number, calendar)
    last = _TABLE_ROW + len(months) + len(calendar)
    unknown = {"type": "formula", "criteria": f"=ISNA({a1(_TABLE_ROW + 1, FIRST_COLUMN + 1)})"}
    hidden = workbook.add_format({"font_color": "#FFFFFF"})
    sheet.conditional_format(
        _TABLE_ROW + 1, FIRST_COLUMN + 1, last, FIRST_COLUMN + len(_LEGEND), {**unknown, "format": hidden}
    )
    sheet.print_area(0, 0, _TABLE_ROW - 1, FIRST_COLUMN + 8)
    _draw(workbook, sheet, len(months) + len(calendar))


def _write_data(data: Worksheet, months: Sequence[pd.Timestamp], found: Sequence[Pick]) -> None:
    count = len(months)
    for position, head in enumerate(("Pick", "Baseline row", "P10 row", "P90 row", "Forecast row")):
        data.write_string(0, position, head)
    for position, month in enumerate(months):
        for start in (5, 5 + count):
            data.write_string(0, start + position, f"{month:%Y-%m}")
    for row, item in enumerate(found, start=1):
        data.write_string(row, 0, item.label)
        if item.method:
            data.write_string(row, _method_column(count), item.method)
        for position, line in enumerate(item.rows):
            data.write_number(row, 1 + position, line + 1)
        for start, values in ((5, item.sold), (5 + count, item.used)):
            for position, value in enumerate(values):
                if value is not None:
                    data.write_number(row, start + position, value)


def _write_method(sheet: Worksheet, book: Book, past: int, found: Sequence[Pick], shown: Pick, number: str) -> None:
    """Write how the baseline was made and why so, below the pick."""
    if not any(item.method for item in found):
        return
    row, column = _PICK_ROW + 1, _method_column(past)
    top, end = (a1(line, column, fixed_row=True, fixed_column=True) for line in (1, len(found)))
    sheet.set_row(row, 30)
    sheet.write_string(row, FIRST_COLUMN, "Baseline", book.formats("lead", italic=False, bold=True))
    form = book.formats("lead", text_wrap=True, valign="top")
    sheet.merge_range(row, FIRST_COLUMN + 1, row, FIRST_COLUMN + 6, "", form)
    formula = f'=INDEX({quoted(DATA_SHEET)}!{top}:{end},{number})&""'
    sheet.write_formula(row, FIRST_COLUMN + 1, formula, form, shown.method)


def _method_column(past: int) -> int:
    return 5 + 2 * past


def _write_past(
    sheet: Worksheet, book: Book, months: Sequence[pd.Timestamp], found: Sequence[Pick], shown: Pick, number: str
) -> None:
    label, value_format = book.formats("fact"), book.formats("calc", NUMBER)
    for position, month in enumerate(months):
        row = _TABLE_ROW + 1 + position
        sheet.write_string(row, FIRST_COLUMN, f"{month:%b %y}", label)
        for column, start, values in ((1, 5, shown.sold), (2, 5 + len(months), shown.used)):
            at = start + position
            top, end = (a1(line, at, fixed_row=True, fixed_column=True) for line in (1, len(found)))
            span = f"{top}:{end}"
            cell = f"INDEX({quoted(DATA_SHEET)}!{span},{number})"
            value = values[position]
            sheet.write_formula(
                row,
                FIRST_COLUMN + column,
                f'=IF({cell}="",NA(),{cell})',
                value_format,
                "#N/A" if value is None else value,
            )
        for column in (3, 6):
            _last_known(sheet, row, column, position == len(months) - 1, shown.sold[position], value_format)
        base = a1(row, FIRST_COLUMN + 1)
        sheet.write_formula(row, FIRST_COLUMN + 4, f"=IFERROR({base},0)", value_format, shown.sold[position] or 0.0)
        sheet.write_number(row, FIRST_COLUMN + 5, 0, value_format)


def _last_known(sheet: Worksheet, row: int, column: int, joint: bool, value: float | None, form: Any) -> None:
    """Write where the lines of the forecast begin: at the last month known."""
    if joint:
        known = a1(row, FIRST_COLUMN + 1)
        sheet.write_formula(row, FIRST_COLUMN + column, f"={known}", form, "#N/A" if value is None else value)
    else:
        sheet.write_formula(row, FIRST_COLUMN + column, "=NA()", form, "#N/A")


def _write_ahead(
    sheet: Worksheet,
    book: Book,
    forecast_sheet: str,
    shape: GridShape,
    past: int,
    found: Sequence[Pick],
    shown: Pick,
    number: str,
    calendar: Calendar,
) -> None:
    label, value_format = book.formats("fact"), book.formats("calc", NUMBER)
    last = len(found) + 1
    for position, bucket in enumerate(calendar.buckets):
        row = _TABLE_ROW + 1 + past + position
        sheet.write_string(row, FIRST_COLUMN, f"{bucket.start:%b %y}", label)
        at = a1(0, shape.first_period + position).rstrip("1")
        cells = [
            f"INDEX({quoted(forecast_sheet)}!${at}:${at},INDEX({quoted(DATA_SHEET)}!${line}$2:${line}${last},{number}))"
            for line in "BCDE"
        ]
        baseline, low, high, forecast = (values[position] for values in shown.ahead)
        for column in (1, 2):
            sheet.write_formula(row, FIRST_COLUMN + column, "=NA()", value_format, "#N/A")
        for column, cell, value in ((3, cells[0], baseline), (6, cells[3], forecast)):
            known = "#N/A" if value is None else value
            sheet.write_formula(row, FIRST_COLUMN + column, f'=IF({cell}="",NA(),{cell})', value_format, known)
        start = low if low is not None else (baseline or 0.0)
        width = high - low if low is not None and high is not None else 0.0
        sheet.write_formula(
            row, FIRST_COLUMN + 4, f'=IF({cells[1]}="",IF({cells[0]}="",0,{cells[0]}),{cells[1]})', value_format, start
        )
        formula = f'=IF(OR({cells[1]}="",{cells[2]}=""),0,{cells[2]}-{cells[1]})'
        sheet.write_formula(row, FIRST_COLUMN + 5, formula, value_format, width)


def _draw(workbook: Workbook, sheet: Worksheet, count: int) -> None:
    def span(column: int) -> list[object]:
        return [SHEET, _TABLE_ROW + 1, FIRST_COLUMN + column, _TABLE_ROW + count, FIRST_COLUMN + column]

    area = workbook.add_chart({"type": "area", "subtype": "stacked"})
    line = workbook.add_chart({"type": "line"})
    if area is None or line is None:
        raise RuntimeError("the chart types are fixed")
    months = span(0)
    area.add_series({"name": "P10", "categories": months, "values": span(4), "fill": {"none": True}})
    area.add_series(
        {"name": "P10 to P90: 8 of 10 months", "categories": months, "values": span(5), "fill": {"color": _BAND}}
    )
    looks: tuple[tuple[int, str, dict[str, Any]], ...] = (
        (1, "History", {"line": {"color": NAVY, "width": 2}}),
        (3, "Baseline", {"line": {"color": TEAL, "width": 2}}),
        (6, FORECAST, {"line": {"color": GOLD, "width": 2.25, "dash_type": "dash"}}),
        (
            2,
            "Used for the forecast instead",
            {
                "line": {"none": True},
                "marker": {
                    "type": "diamond",
                    "size": 7,
                    "fill": {"color": WARN},
                    "border": {"color": WARN, "width": 1.75},
                },
            },
        ),
    )
    for column, name, look in looks:
        line.add_series({"name": name, "categories": months, "values": span(column), **look})
    area.combine(line)
    small = {"size": 9, "color": "#5B6B7F"}
    area.set_x_axis(
        {"num_font": {**small, "rotation": -45}, "line": {"color": LINE}, "text_axis": True, "interval_unit": 2}
    )
    grid = {"visible": True, "line": {"color": LINE, "width": 0.5}}
    area.set_y_axis(
        {
            "num_font": small,
            "num_format": "#,##0",
            "major_gridlines": grid,
            "line": {"none": True},
            "name": "Units a month",
            "name_font": small,
        }
    )
    area.set_legend({"position": "top", "font": small, "delete_series": [0]})
    area.set_chartarea({"border": {"none": True}})
    area.set_size({"width": 885, "height": 460})
    text = (
        "History, baseline with its range from P10 to P90, and the sales forecast of the family or product chosen above"
    )
    sheet.insert_chart(_CHART_ROW, FIRST_COLUMN, area, {"object_position": 2, "description": text})


_Past = dict[tuple[str, ...], dict[pd.Timestamp, float]]


def _past(tables: Mapping[str, pd.DataFrame], months: Sequence[pd.Timestamp]) -> tuple[_Past, _Past]:
    """Return units sold, and the units used where they differ, by product, by its places, by family and of all."""
    history, corrected, products = (tables.get(name) for name in ("history", "history_corrections", "products"))
    sold: _Past = {}
    used: _Past = {}
    if history is None or history.empty:
        return sold, used
    families = {} if products is None else dict(zip(products["product"], products["family"], strict=True))
    first, after = months[0], months[-1] + pd.offsets.MonthBegin(1)

    def keys(row: Any) -> list[tuple[str, ...]]:
        own = (row.product, row.location, row.channel)
        places = {own, (row.product, EVERYWHERE, EVERYWHERE), (row.product, row.location, EVERYWHERE)}
        return [*places, (row.product, EVERYWHERE, row.channel), ("", families.get(row.product, "")), ("", EVERYWHERE)]

    for row in history[(history["period"] >= first) & (history["period"] < after)].itertuples(index=False):
        month = row.period.replace(day=1)
        for key in set(keys(row)):
            of = sold.setdefault(key, {})
            of[month] = of.get(month, 0.0) + float(row.units)
    if corrected is not None and len(corrected):
        inside = corrected[(corrected["period"] >= first) & (corrected["period"] < after)]
        for row in inside.itertuples(index=False):
            change = float(row.used) - (0.0 if math.isnan(row.recorded) else float(row.recorded))
            month = row.period.replace(day=1)
            for key in set(keys(row)) if change else ():
                of = used.setdefault(key, {})
                of[month] = of.get(month, sold.get(key, {}).get(month, 0.0)) + change
    for key, of in used.items():
        recorded = sold.get(key, {})
        small = [m for m, units in of.items() if abs(units - recorded.get(m, 0.0)) < _WORTH_SHOWING * units]
        for month in small:
            del of[month]
    return sold, used


def _methods(ranges: pd.DataFrame | None) -> dict[tuple[str, str], str]:
    """Return the method of every level and code."""
    if ranges is None or ranges.empty:
        return {}
    first = ranges.drop_duplicates(["level", "code"])
    return {(row.level, row.code): str(row.method) for row in first.itertuples(index=False)}


def _method_of(methods: Mapping[tuple[str, str], str], key: tuple[str, ...], *, whole: bool) -> str:
    if whole:
        return methods.get(("family", key[0]), "")
    return methods.get(("product", key[0]), "") if set(key[1:]) <= {EVERYWHERE} else ""


def _of(past: _Past, key: tuple[str, ...], months: Sequence[pd.Timestamp], *, whole: bool) -> tuple[float | None, ...]:
    of = past.get(("", key[0]) if whole else key, {})
    return tuple(of.get(month) for month in months)
