"""Money in the pack: profit and loss by family and quarter, the bridge from the budget, and scenarios side by side."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sop_xl.schema.catalogue import table
from sop_xl.workbook.content import PackContent
from sop_xl.workbook.frame import FIRST_COLUMN, a1, write_band
from sop_xl.workbook.report import Formula, ReportColumn, pretty, write_nothing, write_report
from sop_xl.workbook.style import LINE, SERIES, Formats

LINES = (
    "units",
    "revenue",
    "rebates",
    "material",
    "conversion",
    "freight",
    "supply_premium",
    "gross_margin",
    "holding",
)
_MONEY = "#,##0;[Red]-#,##0"
_SHARE = "0.0%;[Red]-0.0%"


def write_profit_and_loss(
    workbook: Workbook, sheet: Worksheet, formats: Formats, content: PackContent, note: str
) -> None:
    """Write profit and loss by family and by quarter: sums of the data section, live; and the bridge."""
    lead = "Sums of the table ProfitAndLoss at the end of this pack: by family over the horizon, then by quarter."
    write_band(sheet, formats, "Profit and loss", lead, len(LINES) + 4, note, "Cover")
    pnl = content.tables.get("profit_and_loss")
    if pnl is None or pnl.empty:
        write_nothing(sheet, formats, 4, "No profit and loss was given with this version.")
        return
    row = _by_family(sheet, formats, pnl, content, 4)
    row = _by_quarter(sheet, formats, pnl, content, row + 3)
    _write_bridge(workbook, sheet, formats, content, row + 3)
    sheet.freeze_panes(5, FIRST_COLUMN + 1)


def _ref(name: str) -> str:
    shape = table("profit_and_loss")
    return f"{shape.excel_name}[{shape.column(name).header}]"


def _by_family(sheet: Worksheet, formats: Formats, pnl: pd.DataFrame, content: PackContent, top: int) -> int:
    last_period = pnl["period"].max()
    units = {"units": "units"}
    columns = [ReportColumn("Family", width=20)]
    columns += [ReportColumn(pretty(n), _MONEY, 13, units.get(n, content.currency), "cross") for n in LINES]
    columns += [
        ReportColumn("Margin share", _SHARE, 12),
        ReportColumn("Stock value at the end", _MONEY, 14, content.currency, "cross"),
    ]
    families = list(dict.fromkeys(pnl["family"]))
    sums = pnl.groupby("family")[list(LINES)].sum()
    ends = pnl[pnl["period"] == last_period].groupby("family")["stock_value"].sum()
    margin_at, revenue_at = 1 + LINES.index("gross_margin"), 1 + LINES.index("revenue")
    rows: list[list[Any]] = []
    end_date = f"DATE({last_period.year},{last_period.month},{last_period.day})"
    for offset, family in enumerate(families):
        row = top + 1 + offset
        name = a1(row, FIRST_COLUMN, fixed_column=True)
        cells = [
            Formula(f"=SUMIFS({_ref(line)},{_ref('family')},{name})", float(sums.loc[family, line])) for line in LINES
        ]
        stock = f"=SUMIFS({_ref('stock_value')},{_ref('family')},{name},{_ref('period')},{end_date})"
        share = _share(row, margin_at, revenue_at, cells[margin_at - 1], cells[revenue_at - 1])
        rows.append([family, *cells, share, Formula(stock, float(ends.get(family, 0.0)))])
    row = top + 1 + len(families)
    total: list[Any] = ["Total"]
    for position in range(1, len(LINES) + 1):
        span = f"{a1(top + 1, FIRST_COLUMN + position)}:{a1(row - 1, FIRST_COLUMN + position)}"
        total.append(Formula(f"=SUM({span})", math.fsum(float(r[position].value) for r in rows)))
    total.append(_share(row, margin_at, revenue_at, total[margin_at], total[revenue_at]))
    at = FIRST_COLUMN + len(LINES) + 2
    span = f"{a1(top + 1, at)}:{a1(row - 1, at)}"
    total.append(Formula(f"=SUM({span})", math.fsum(float(r[-1].value) for r in rows)))
    return write_report(sheet, formats, top, columns, [*rows, total], strong_last=True)


def _share(row: int, margin_at: int, revenue_at: int, margin: Formula, revenue: Formula) -> Formula:
    top, base = a1(row, FIRST_COLUMN + margin_at), a1(row, FIRST_COLUMN + revenue_at)
    value = float(margin.value) / float(revenue.value) if revenue.value else ""
    return Formula(f'=IF({base}=0,"",{top}/{base})', value)


def _by_quarter(sheet: Worksheet, formats: Formats, pnl: pd.DataFrame, content: PackContent, top: int) -> int:
    quarters = pnl["period"].dt.to_period("Q")
    labels = sorted(quarters.unique())
    columns = [ReportColumn("Quarter", width=20)]
    columns += [ReportColumn(pretty(n), _MONEY, 13, "", "cross") for n in LINES]
    columns.append(ReportColumn("Margin share", _SHARE, 12))
    sums = pnl.groupby(quarters)[list(LINES)].sum()
    margin_at, revenue_at = 1 + LINES.index("gross_margin"), 1 + LINES.index("revenue")
    rows: list[list[Any]] = []
    for offset, quarter in enumerate(labels):
        row = top + 1 + offset
        first, after = quarter.start_time, (quarter + 1).start_time
        bounds = [f"DATE({d.year},{d.month},{d.day})" for d in (first, after)]
        within = f'{_ref("period")},">="&{bounds[0]},{_ref("period")},"<"&{bounds[1]}'
        cells = [Formula(f"=SUMIFS({_ref(n)},{within})", float(sums.loc[quarter, n])) for n in LINES]
        share = _share(row, margin_at, revenue_at, cells[margin_at - 1], cells[revenue_at - 1])
        rows.append([f"Q{quarter.quarter} {quarter.year}", *cells, share])
    return write_report(sheet, formats, top, columns, rows, set_widths=False)


def _write_bridge(workbook: Workbook, sheet: Worksheet, formats: Formats, content: PackContent, row: int) -> None:
    frame = content.tables.get("bridge")
    if frame is None or frame.empty:
        return
    sheet.write_string(row, FIRST_COLUMN, "Bridge to the plan", formats("section"))
    columns = [
        ReportColumn("Step", width=20),
        ReportColumn("Revenue", _MONEY),
        ReportColumn("Margin", _MONEY),
        ReportColumn("Running", _MONEY, style="quiet"),
        ReportColumn("Base", _MONEY, style="quiet"),
        ReportColumn("Up", _MONEY, style="quiet"),
        ReportColumn("Down", _MONEY, style="quiet"),
    ]
    top = row + 1
    rows, running = [], 0.0
    count = len(frame)
    for offset, step in enumerate(frame.itertuples(index=False)):
        at = top + 1 + offset
        ends = offset in (0, count - 1)
        margin = 0.0 if pd.isna(step.margin) else float(step.margin)
        before, running = running, margin if ends else running + margin
        m, run, above = (a1(at, FIRST_COLUMN + 2), a1(at, FIRST_COLUMN + 3), a1(at - 1, FIRST_COLUMN + 3))
        rows.append(
            [
                pretty(str(step.step)),
                step.revenue,
                margin,
                Formula(f"={m}" if ends else f"={above}+{m}", running),
                0.0 if ends else Formula(f"=MIN({above},{run})", min(before, running)),
                Formula(f"={m}" if ends else f"=MAX({m},0)", margin if ends else max(margin, 0.0)),
                0.0 if ends else Formula(f"=MAX(-{m},0)", max(-margin, 0.0)),
            ]
        )
    last = write_report(sheet, formats, top, columns, rows, set_widths=False)
    gap, prior = a1(last, FIRST_COLUMN + 2), a1(last - 1, FIRST_COLUMN + 3)
    good = abs(float(rows[-1][2]) - float(rows[-2][3].value)) < 0.5 if count > 1 else True
    sheet.write_string(last + 1, FIRST_COLUMN, "Bars add up", formats("total_label"))
    formula = f'=IF(ABS({gap}-{prior})<0.5,"OK","check")' if count > 1 else '="OK"'
    sheet.write_formula(last + 1, FIRST_COLUMN + 2, formula, formats("check"), "OK" if good else "check")
    lowest = min(float(row[4].value if isinstance(row[4], Formula) else row[2]) for row in rows)
    _bridge_chart(workbook, sheet, top, last, content.currency, lowest)


def _bridge_chart(workbook: Workbook, sheet: Worksheet, top: int, last: int, currency: str, lowest: float) -> None:
    cut = _cut(lowest)
    name = sheet.get_name()
    chart = workbook.add_chart({"type": "column", "subtype": "stacked"})
    categories = [name, top + 1, FIRST_COLUMN, last, FIRST_COLUMN]
    for position, text, fill in (
        (4, "Base", {"none": True}),
        (5, "Up", {"color": SERIES[1]}),
        (6, "Down", {"color": SERIES[4]}),
    ):
        values = [name, top + 1, FIRST_COLUMN + position, last, FIRST_COLUMN + position]
        chart.add_series({"name": text, "categories": categories, "values": values, "fill": fill, "gap": 40})
    title = f"Gross margin from budget to plan, {currency}" + (" (axis cut)" if cut else "")
    chart.set_title({"name": title, "name_font": {"size": 11, "color": SERIES[0]}})
    chart.set_legend({"none": True})
    small = {"size": 9, "color": "#5B6B7F"}
    grid = {"visible": True, "line": {"color": LINE, "width": 0.5}}
    chart.set_x_axis({"num_font": small, "line": {"color": LINE}})
    axis = {"num_font": small, "num_format": "#,##0", "major_gridlines": grid, "line": {"none": True}}
    chart.set_y_axis({**axis, "min": cut} if cut else axis)
    chart.set_chartarea({"border": {"color": LINE}})
    chart.set_size({"width": 560, "height": 260})
    options = {"object_position": 2, "description": "Bridge of gross margin from budget to plan"}
    sheet.insert_chart(top - 1, FIRST_COLUMN + 8, chart, options)


def _cut(lowest: float) -> float:
    """Return where the axis of a bridge starts so that its steps can be seen: 0 where the bars may go below."""
    if lowest <= 0:
        return 0.0
    step = 10.0 ** (len(str(int(lowest))) - 2)
    return math.floor(lowest * 0.9 / step) * step
