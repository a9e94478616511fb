"""Front of the pack: cover, key figures with their tiles and charts, and the list of sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sop_xl.workbook.content import PackContent
from sop_xl.workbook.frame import FIRST_COLUMN, a1, quoted, write_band
from sop_xl.workbook.page import HEAD_ROW, TOTAL, Layout, monthly, months_of
from sop_xl.workbook.report import ReportColumn, pretty, write_nothing
from sop_xl.workbook.style import DATE, LINE, SERIES, Formats, unit_format

TILES = ("revenue", "gross_margin", "margin_pct", "fill_rate", "average_stock_value", "cash")
_TILE_WIDTH = 2


@dataclass(frozen=True, slots=True)
class Section:
    """A sheet of the pack and what it answers."""

    sheet: str
    text: str


def write_cover(sheet: Worksheet, formats: Formats, content: PackContent, sections: Sequence[Section]) -> None:
    """Write the cover: what this is, which version, what matters, and the way to every section."""
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 1.7)
    sheet.set_column(1, 1, 26)
    sheet.set_column(2, 2, 96)
    for row, height in ((0, 16), (1, 44), (2, 26)):
        sheet.set_row(row, height)
        for column in (1, 2):
            sheet.write_blank(row, column, None, formats("band"))
    title = f"Executive S&OP · {content.cycle}" if content.cycle else "Executive S&OP"
    sheet.write_string(1, 1, title, formats("band", font_size=26))
    owner = " · ".join(part for part in (content.company, f"plan {content.status}") if part)
    sheet.write_string(2, 1, owner, formats("band", font_size=12, bold=False, font_color="#C9D6E4"))
    facts = [
        ("Version", content.version or "not committed"),
        ("Status", content.status),
        ("Scenario", content.scenario),
        ("Horizon", f"{content.calendar.labels[0]} to {content.calendar.labels[-1]}"),
        ("Currency", content.currency),
    ]
    row = 4
    for label, value in facts:
        sheet.write_string(row, 1, label, formats("label"))
        sheet.write_string(row, 2, value, formats("fact_left"))
        row += 1
    if content.issued:
        sheet.write_string(row, 1, "Issued", formats("label"))
        sheet.write_datetime(row, 2, content.issued, formats("fact_left", DATE))
        row += 1
    if content.illustrative:
        text = "Illustrative data: supply and cost figures of this pack are invented to show how it works."
        sheet.merge_range(row + 1, 1, row + 1, 2, text, formats("remark"))
        sheet.set_row(row + 1, 22)
        row += 2
    row = _heading(sheet, formats, row + 1, "What matters")
    for message in content.messages or ("No headlines were given with this version.",):
        lines = -(-len(message) // 110)
        sheet.merge_range(row, 1, row, 2, f"•  {message}", formats("plain", text_wrap=True, font_size=11, indent=1))
        sheet.set_row(row, 16 * lines + 3)
        row += 1
    row = _heading(sheet, formats, row + 1, "In this pack")
    for section in sections:
        sheet.write_url(row, 1, f"internal:{quoted(section.sheet)}!A1", formats("link"), section.sheet)
        sheet.write_string(row, 2, section.text, formats("plain"))
        row += 1
    text = "Every page prints the version it shows. Figures of families follow by formula from the tables at the end."
    sheet.write_string(row + 1, 1, text, formats("lead"))


def _heading(sheet: Worksheet, formats: Formats, row: int, text: str) -> int:
    sheet.write_string(row, 1, text, formats("section"))
    sheet.write_blank(row, 2, None, formats("section"))
    return row + 1


def write_dashboard(workbook: Workbook, sheet: Worksheet, formats: Formats, content: PackContent, note: str) -> None:
    """Write the key figures: tiles, the table against budget, prior year and committed plan, and two charts."""
    width = 12
    write_band(
        sheet,
        formats,
        "Dashboard",
        "Key figures over the whole horizon, and against the yardsticks.",
        width,
        note,
        "Cover",
    )
    frame = content.tables.get("dashboard")
    if frame is None or frame.empty:
        write_nothing(sheet, formats, 4, "No key figures were given with this version.")
        return
    top = 31
    columns = [
        ReportColumn("Key figure", width=20),
        ReportColumn("Unit", width=10),
        ReportColumn("Plan", "#,##0"),
        ReportColumn("Budget", "#,##0"),
        ReportColumn("Prior year", "#,##0"),
        ReportColumn("Committed", "#,##0"),
        ReportColumn("Δ budget", "0.0%;[Red]-0.0%"),
        ReportColumn("Δ prior year", "0.0%;[Red]-0.0%"),
        ReportColumn("Δ committed", "0.0%;[Red]-0.0%"),
    ]
    for position in range(width):
        sheet.set_column(FIRST_COLUMN + position, FIRST_COLUMN + position, 14)
    _write_figures(sheet, formats, frame, top, columns)
    _write_tiles(sheet, formats, frame, top)
    _write_charts(workbook, sheet, content)


def _write_figures(
    sheet: Worksheet, formats: Formats, frame: pd.DataFrame, top: int, columns: Sequence[ReportColumn]
) -> None:
    shift = (0, 3, 4, 5, 6, 7, 8, 9, 10)
    for at, column in zip(shift, columns, strict=True):
        form = formats("header_text" if column.text else "header")
        if at:
            sheet.write_string(top, FIRST_COLUMN + at, column.header, form)
    sheet.merge_range(top, FIRST_COLUMN, top, FIRST_COLUMN + 2, columns[0].header, formats("header_text"))
    for offset, figure in enumerate(frame.itertuples(index=False)):
        row = top + 1 + offset
        number = unit_format(str(figure.unit))
        sheet.merge_range(
            row, FIRST_COLUMN, row, FIRST_COLUMN + 2, pretty(str(figure.kpi)), formats("calc", indent=1, align="left")
        )
        sheet.write_string(row, FIRST_COLUMN + 3, str(figure.unit), formats("quiet"))
        values = [figure.plan, figure.budget, figure.prior_year, figure.committed]
        for position, value in enumerate(values):
            form = formats("strong" if position == 0 else "calc", number)
            at = FIRST_COLUMN + 4 + position
            if pd.isna(value):
                sheet.write_blank(row, at, None, form)
            else:
                sheet.write_number(row, at, float(value), form)
        plan = a1(row, FIRST_COLUMN + 4)
        for position, value in enumerate(values[1:]):
            other = a1(row, FIRST_COLUMN + 5 + position)
            known = not (pd.isna(value) or pd.isna(figure.plan)) and value != 0
            result = float(figure.plan) / float(value) - 1 if known else ""
            formula = f'=IF(OR({plan}="",{other}="",{other}=0),"",{plan}/{other}-1)'
            form = formats("calc", "+0.0%;[Red]-0.0%;0.0%")
            sheet.write_formula(row, FIRST_COLUMN + 8 + position, formula, form, result)


def _write_tiles(sheet: Worksheet, formats: Formats, frame: pd.DataFrame, top: int) -> None:
    names = list(frame["kpi"])
    shown = [name for name in TILES if name in names]
    shown += [name for name in names if name not in shown and " against " not in name][: 6 - len(shown)]
    for position, name in enumerate(shown[:6]):
        row = top + 1 + names.index(name)
        figure = frame.iloc[names.index(name)]
        left = FIRST_COLUMN + position * _TILE_WIDTH
        right = left + _TILE_WIDTH - 1
        unit = str(figure["unit"])
        label = pretty(name) + ("" if unit in ("%", "") else f", {unit}")
        edge: dict[str, Any] = {"bg_color": "#F3F6F9", "left": 5, "left_color": "#2B7A78", "indent": 1, "align": "left"}
        sheet.merge_range(4, left, 4, right, label, formats("label", **edge))
        value = figure["plan"]
        big = formats("big", _tile_format(unit, value), **edge)
        sheet.merge_range(5, left, 5, right, "", big)
        cell = a1(row, FIRST_COLUMN + 4)
        sheet.write_formula(5, left, f'=IF({cell}="","",{cell})', big, "" if pd.isna(value) else float(value))
        _tile_note(sheet, formats, frame, name, top, left, right, edge)
    sheet.set_row(4, 18)
    sheet.set_row(5, 32)
    sheet.set_row(6, 18)


def _tile_format(unit: str, value: float) -> str:
    if unit == "%":
        return "0.0%"
    if not pd.isna(value) and abs(value) >= 1e6:
        return '#,##0.0,," m"'
    return unit_format(unit)


def _tile_note(
    sheet: Worksheet,
    formats: Formats,
    frame: pd.DataFrame,
    name: str,
    top: int,
    left: int,
    right: int,
    edge: Mapping[str, Any],
) -> None:
    form = formats("label", font_size=9, **edge)
    for yardstick, at in (("budget", 8), ("prior year", 9), ("committed", 10)):
        prefix = f"{name} against {yardstick}"
        rows = [i for i, kpi in enumerate(frame["kpi"]) if str(kpi).startswith(prefix)]
        column = yardstick.replace(" ", "_")
        if not rows and pd.isna(frame.iloc[list(frame["kpi"]).index(name)][column]):
            continue
        index = rows[0] if rows else list(frame["kpi"]).index(name)
        figure = frame.iloc[index]
        if pd.isna(figure[column]) or figure[column] == 0 or pd.isna(figure["plan"]):
            continue
        form = formats("label", f'+0.0%" to {yardstick}";[Red]-0.0%" to {yardstick}"', font_size=9, **edge)
        value = float(figure["plan"]) / float(figure[column]) - 1
        sheet.merge_range(6, left, 6, right, "", form)
        sheet.write_formula(6, left, f"={a1(top + 1 + index, FIRST_COLUMN + at)}", form, value)
        return
    sheet.merge_range(6, left, 6, right, "", form)


def _write_charts(workbook: Workbook, sheet: Worksheet, content: PackContent) -> None:
    pages = content.tables.get("family_pages")
    if pages is None or pages.empty:
        return
    layout = Layout(months_of(monthly(pages), content.calendar.start))
    first, last = layout.first_ahead, layout.last_period
    categories = [TOTAL, HEAD_ROW, first, HEAD_ROW, last]

    def series(name: str, text: str, colour: str, **more: object) -> dict[str, object]:
        row = layout.row_of[name]
        return {"name": text, "categories": categories, "values": [TOTAL, row, first, row, last], **more}

    money = workbook.add_chart({"type": "column"})
    money.add_series(series("revenue", "Revenue, plan", SERIES[0], fill={"color": SERIES[0]}, gap=60))
    lines = workbook.add_chart({"type": "line"})
    for name, text, colour, dash in (
        ("revenue_budget", "Budget", SERIES[2], "solid"),
        ("revenue_prior_year", "Prior year", SERIES[3], "dash"),
    ):
        lines.add_series(series(name, text, colour, line={"color": colour, "width": 2.25, "dash_type": dash}))
    money.combine(lines)
    units = workbook.add_chart({"type": "line"})
    for name, text, colour in (
        ("consensus_demand", "Consensus demand", SERIES[2]),
        ("sales_plan", "Sales plan", SERIES[0]),
        ("production_plan", "Production plan", SERIES[1]),
    ):
        units.add_series(series(name, text, colour, line={"color": colour, "width": 2.25}))
    small = {"size": 9, "color": "#5B6B7F"}
    for chart, title, at in (
        (money, f"Revenue against budget and prior year, {content.currency}", FIRST_COLUMN),
        (units, "Demand, sales and production, units", FIRST_COLUMN + 6),
    ):
        chart.set_title({"name": title, "name_font": {"size": 11, "color": SERIES[0]}, "overlay": False})
        chart.set_x_axis({"num_font": small, "num_format": "mmm yy", "line": {"color": LINE}, "text_axis": True})
        chart.set_y_axis(
            {
                "num_font": small,
                "num_format": "#,##0",
                "major_gridlines": {"visible": True, "line": {"color": LINE, "width": 0.5}},
                "line": {"none": True},
                "min": 0,
            }
        )
        chart.set_legend({"position": "bottom", "font": small})
        chart.set_chartarea({"border": {"color": LINE}})
        chart.set_size({"width": 610, "height": 420})
        sheet.insert_chart(8, at, chart, {"object_position": 2, "description": title})
