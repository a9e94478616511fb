"""The chart of a family page: sales and production as columns, inventory as a line."""

from __future__ import annotations

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sop_xl.workbook.page import (
    FIRST_PERIOD,
    HEAD_ROW,
    Layout,
    Page,
)
from sop_xl.workbook.style import LINE, SERIES


def add_chart(workbook: Workbook, sheet: Worksheet, page: Page, layout: Layout) -> None:
    def span(name: str) -> list[object]:
        row = layout.row_of[name]
        return [page.sheet, row, FIRST_PERIOD, row, layout.last_period]

    categories = [page.sheet, HEAD_ROW, FIRST_PERIOD, HEAD_ROW, layout.last_period]
    columns = workbook.add_chart({"type": "column"})
    line = workbook.add_chart({"type": "line"})
    if columns is None or line is None:
        raise RuntimeError("the chart types are fixed")
    for name, text, colour in (("chart_sales", "Sales", SERIES[0]), ("chart_production", "Production", SERIES[1])):
        columns.add_series(
            {"name": text, "categories": categories, "values": span(name), "fill": {"color": colour}, "gap": 60}
        )
    line.add_series(
        {
            "name": "Inventory (right axis)",
            "categories": categories,
            "values": span("chart_inventory"),
            "line": {"color": SERIES[2], "width": 2.25},
            "y2_axis": True,
        }
    )
    columns.combine(line)
    small = {"size": 9, "color": "#5B6B7F"}
    columns.set_x_axis({"num_font": small, "num_format": "mmm yy", "line": {"color": LINE}, "text_axis": True})
    grid = {"visible": True, "line": {"color": LINE, "width": 0.5}}
    columns.set_y_axis(
        {"num_font": small, "num_format": "#,##0", "major_gridlines": grid, "line": {"none": True}, "min": 0}
    )
    line.set_y2_axis({"num_font": small, "num_format": "#,##0", "line": {"none": True}, "min": 0})
    columns.set_legend({"position": "top", "font": small})
    columns.set_chartarea({"border": {"none": True}})
    columns.set_size({"width": 70 * (len(layout.columns) + 4), "height": 300})
    options = {"object_position": 2, "description": f"Sales, production and inventory of {page.code}"}
    sheet.insert_chart(4, FIRST_PERIOD, columns, {**options, "x_offset": 12, "y_offset": 2})
