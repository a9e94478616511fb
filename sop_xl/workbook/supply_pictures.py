"""Pictures of the operations book: heat maps of load and of stock-outs, and the steps from demand to what is served.

Everything is a formula on the answer sheets, so the pictures follow when a button is pressed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from xlsxwriter.chart import Chart
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sop_xl.schema.catalogue import table
from sop_xl.supply.served_from import SOURCES, STEPS
from sop_xl.workbook.content import BookContent
from sop_xl.workbook.frame import FIRST_COLUMN, a1, write_band
from sop_xl.workbook.row_grid import Book
from sop_xl.workbook.style import GOLD, LINE, NAVY, SERIES, TEAL

SHEET = "SupplyPictures"
_FIRST_ROW = 4
_CHART_ROWS = 17
_COLOURS = {
    "regular": NAVY,
    "overtime": SERIES[3],
    "outsourced": SERIES[6],
    "receipts": SERIES[7],
    "built_ahead": TEAL,
    "late": GOLD,
    "lost": SERIES[4],
}
_SHORT = {
    "regular": "Regular hours",
    "overtime": "Overtime",
    "outsourced": "Partners",
    "receipts": "Receipts",
    "built_ahead": "From stock",
    "late": "Late",
    "lost": "Lost",
}


@dataclass(frozen=True, slots=True)
class _Heat:
    """A heat map: its table with row and value column, its rows, and the numbers at which colours change."""

    title: str
    table: str
    by: str
    column: str
    codes: Sequence[str]
    scale: tuple[float, float, float]


def write_supply_pictures(workbook: Workbook, sheet: Worksheet, book: Book, content: BookContent, note: str) -> None:
    """Write the pictures on a sheet of the operations book.

    Args:
        workbook: for its charts.
        sheet: an empty sheet named :data:`SHEET`.
        book: formats of the book.
        content: resources and families give the rows; ``resource_load``, ``stockout_risk`` and ``demand_served`` the
            values that stand until a button is pressed.
        note: cycle and state, at the right of the title.
    """
    starts = [pd.Timestamp(start) for start in content.calendar.starts]
    width = max(len(starts) + 1, 12)
    lead = "Drawn from the answers of Check feasibility and Simulate: press one of them, and the pictures follow."
    write_band(sheet, book.formats, "Supply in pictures", lead, width, note)
    sheet.set_column(FIRST_COLUMN, FIRST_COLUMN, 20)
    sheet.set_column(FIRST_COLUMN + 1, FIRST_COLUMN + width, 9.2)
    load = "How full the resources are: hours planned of the regular hours; above 100 % is overtime and bought hours"
    risk = "Risk of stock-outs: chance that a family cannot serve all its demand, simulated from plan data"
    row = _FIRST_ROW
    resources, families = _codes(content, "resources", "resource"), _codes(content, "families", "family")
    for heat in (
        _Heat(load, "resource_load", "resource", "utilisation", resources, (0.6, 0.95, 1.1)),
        _Heat(risk, "stockout_risk", "family", "chance", families, (0.0, 0.1, 0.5)),
    ):
        row = _write_heat(sheet, book, content, heat, row, starts) + 2
    row = _write_waterfall(workbook, sheet, book, content, row, width) + 1
    _write_by_bucket(workbook, sheet, book, content, row, starts, width)
    sheet.freeze_panes(3, FIRST_COLUMN + 1)


def _codes(content: BookContent, name: str, key: str) -> list[str]:
    frame = content.tables.get(name)
    return [] if frame is None else sorted(str(code) for code in frame[key])


def _header(sheet: Worksheet, book: Book, row: int, text: str, starts: Sequence[pd.Timestamp]) -> None:
    sheet.write_string(row, FIRST_COLUMN, text, book.formats("header_text"))
    look = book.formats("header", "mmm yy" if book.monthly else "dd mmm yy")
    for position, start in enumerate(starts, start=1):
        sheet.write_datetime(row, FIRST_COLUMN + position, start.to_pydatetime(), look)


def _write_heat(
    sheet: Worksheet, book: Book, content: BookContent, heat: _Heat, row: int, starts: Sequence[pd.Timestamp]
) -> int:
    sheet.write_string(row, FIRST_COLUMN, heat.title, book.formats("section"))
    head = row + 1
    _header(sheet, book, head, table(heat.table).column(heat.by).header, starts)
    known = _known(content, heat)
    look = book.formats("calc", "0%", align="center")
    for offset, code in enumerate(heat.codes, start=1):
        at = head + offset
        sheet.write_string(at, FIRST_COLUMN, code, book.formats("calc", align="left", indent=1))
        for position, start in enumerate(starts, start=1):
            name, period = a1(at, FIRST_COLUMN, fixed_column=True), a1(head, FIRST_COLUMN + position, fixed_row=True)
            asked = f"{_ref(heat.table, heat.by)},{name},{_ref(heat.table, 'period')},{period}"
            formula = f'=IF(COUNTIFS({asked})=0,"",SUMIFS({_ref(heat.table, heat.column)},{asked}))'
            sheet.write_formula(at, FIRST_COLUMN + position, formula, look, known.get((code, start), ""))
    last = head + max(len(heat.codes), 1)
    colours = dict(zip(("min_color", "mid_color", "max_color"), ("#FFFFFF", "#FDEBCB", "#E5989B"), strict=True))
    values = dict(zip(("min_value", "mid_value", "max_value"), heat.scale, strict=True))
    types = dict.fromkeys(("min_type", "mid_type", "max_type"), "num")
    rule = {"type": "3_color_scale", **types, **values, **colours}
    sheet.conditional_format(head + 1, FIRST_COLUMN + 1, last, FIRST_COLUMN + len(starts), rule)
    return last


def _known(content: BookContent, heat: _Heat) -> dict[tuple[str, pd.Timestamp], float]:
    frame = content.tables.get(heat.table)
    if frame is None:
        return {}
    rows = frame[[heat.by, "period", heat.column]].dropna().itertuples(index=False, name=None)
    return {(str(code), pd.Timestamp(day)): float(value) for code, day, value in rows}


def _ref(name: str, column: str) -> str:
    shape = table(name)
    return f"{shape.excel_name}[{shape.column(column).header}]"


def _write_waterfall(
    workbook: Workbook, sheet: Worksheet, book: Book, content: BookContent, row: int, width: int
) -> int:
    """Write the steps with the height at which each begins, and draw them as floating columns."""
    title = "From demand to what is served: units over the horizon"
    sheet.write_string(row, FIRST_COLUMN, title, book.formats("section"))
    head = row + 1
    for offset, text in enumerate(("Step", "Units", "Begins at", "Share")):
        sheet.write_string(head, FIRST_COLUMN + offset, text, book.formats("header" if offset else "header_text"))
    sums = _sums(content)
    demand = sums["demand"]
    at, reached, steps = head, 0.0, len(STEPS) + 2
    units = book.formats("calc", "#,##0")
    total = a1(head + steps, FIRST_COLUMN + 1, fixed_row=True)
    for name in (*SOURCES, "on time", "late", "lost", "demand"):
        at += 1
        above = f"{a1(at - 1, FIRST_COLUMN + 2)}+{a1(at - 1, FIRST_COLUMN + 1)}"
        first = a1(head + 1, FIRST_COLUMN + 1)
        start, begin = 0.0, "=0"
        if name == "on time":
            text, value, formula = "On time", reached, f"=SUM({first}:{a1(at - 1, FIRST_COLUMN + 1)})"
        elif name == "demand":
            text, value, formula = "Demand", demand, f"=SUM({_ref('demand_served', 'demand')})"
        else:
            text, value, formula = _SHORT[name], sums[name], f"=SUM({_ref('demand_served', name)})"
            if at > head + 1:
                start, begin = reached, f"={above}"
            reached += value
        sheet.write_string(at, FIRST_COLUMN, text, book.formats("calc", align="left", indent=1))
        sheet.write_formula(at, FIRST_COLUMN + 1, formula, units, value)
        sheet.write_formula(at, FIRST_COLUMN + 2, begin, units, start)
        share = value / demand if demand else ""
        own = a1(at, FIRST_COLUMN + 1)
        sheet.write_formula(
            at, FIRST_COLUMN + 3, f'=IF({total}=0,"",{own}/{total})', book.formats("calc", "0.0%"), share
        )
    _draw_waterfall(workbook, sheet, head, width)
    return max(at, head + _CHART_ROWS)


def _draw_waterfall(workbook: Workbook, sheet: Worksheet, head: int, width: int) -> None:
    names = (*SOURCES, "on time", "late", "lost", "demand")
    span = [[SHEET, head + 1, FIRST_COLUMN + offset, head + len(names), FIRST_COLUMN + offset] for offset in (0, 1, 2)]
    chart = _chart(workbook)
    chart.add_series({"name": "Begins at", "categories": span[0], "values": span[2], "fill": {"none": True}, "gap": 40})
    points = [{"fill": {"color": _COLOURS.get(name, SERIES[0])}} for name in names]
    chart.add_series({"name": "Units", "categories": span[0], "values": span[1], "points": points, "gap": 40})
    chart.set_legend({"none": True})
    chart.set_size({"width": 64 * (width - 4), "height": 20 * _CHART_ROWS})
    text = "Waterfall from what serves demand on time, over what is late or lost, to all demand; figures at the left"
    sheet.insert_chart(head, FIRST_COLUMN + 5, chart, {"object_position": 2, "description": text})


def _write_by_bucket(
    workbook: Workbook,
    sheet: Worksheet,
    book: Book,
    content: BookContent,
    row: int,
    starts: Sequence[pd.Timestamp],
    width: int,
) -> None:
    sheet.write_string(row, FIRST_COLUMN, "What serves the demand of every bucket, units", book.formats("section"))
    head = row + 1
    _header(sheet, book, head, "Step", starts)
    frame = content.tables.get("demand_served")
    chart = _chart(workbook)
    units = book.formats("calc", "#,##0")
    for offset, name in enumerate(STEPS, start=1):
        at = head + offset
        sums = {} if frame is None else frame.groupby("period")[name].sum().to_dict()
        sheet.write_string(at, FIRST_COLUMN, _SHORT[name], book.formats("calc", align="left", indent=1))
        for position, start in enumerate(starts, start=1):
            period = a1(head, FIRST_COLUMN + position, fixed_row=True)
            formula = f"=SUMIFS({_ref('demand_served', name)},{_ref('demand_served', 'period')},{period})"
            sheet.write_formula(at, FIRST_COLUMN + position, formula, units, float(sums.get(start, 0.0)))
        span = [SHEET, at, FIRST_COLUMN + 1, at, FIRST_COLUMN + len(starts)]
        months = [SHEET, head, FIRST_COLUMN + 1, head, FIRST_COLUMN + len(starts)]
        fill = {"color": _COLOURS[name]}
        chart.add_series({"name": _SHORT[name], "categories": months, "values": span, "fill": fill, "gap": 40})
    chart.set_legend({"position": "top", "font": {"size": 9, "color": "#5B6B7F"}})
    chart.set_size({"width": 64 * (width + 1), "height": 20 * _CHART_ROWS})
    text = "Units that serve the demand of every bucket, stacked by source, with what is late or lost"
    sheet.insert_chart(head + len(STEPS) + 2, FIRST_COLUMN, chart, {"object_position": 2, "description": text})


def _chart(workbook: Workbook) -> Chart:
    chart = workbook.add_chart({"type": "column", "subtype": "stacked"})
    if chart is None:
        raise RuntimeError("the chart type is fixed")
    small = {"size": 9, "color": "#5B6B7F"}
    chart.set_x_axis({"num_font": small, "num_format": "mmm yy", "line": {"color": LINE}, "text_axis": True})
    grid = {"visible": True, "line": {"color": LINE, "width": 0.5}}
    plain = {"num_font": small, "num_format": "#,##0", "line": {"none": True}, "min": 0}
    chart.set_y_axis({**plain, "major_gridlines": grid})
    chart.set_chartarea({"border": {"none": True}})
    return chart


def _sums(content: BookContent) -> dict[str, float]:
    frame = content.tables.get("demand_served")
    names = ("demand", *STEPS)
    return {name: 0.0 if frame is None else float(frame[name].sum()) for name in names}
