"""Money in the pack: profit and loss by family and quarter, the bridge from the budget, and scenarios side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sop_xl.schema.catalogue import table
from sop_xl.workbook.content import PackContent
from sop_xl.workbook.frame import FIRST_COLUMN, a1, write_band
from sop_xl.workbook.pack_plan import weights_by_figure
from sop_xl.workbook.report import Formula, ReportColumn, pretty, write_nothing, write_report
from sop_xl.workbook.style import LINE, SERIES, Formats, number_format

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


_BESIDE = 5
"""Up to so many scenarios the chart stands beside the table, else below it."""

_FIGURES = (
    "demand_units",
    "revenue",
    "gross_margin",
    "margin_pct",
    "fill_rate",
    "gap_units",
    "stock_value",
    "peak_load",
    "cash",
    "co2",
    "score",
)


def write_scenarios(workbook: Workbook, sheet: Worksheet, formats: Formats, content: PackContent, note: str) -> None:
    """Write scenarios as columns, figures as rows with their weights, the difference to the plan, and a chart."""
    frame = content.tables.get("scenario_comparison")
    count = 0 if frame is None else len(frame)
    lead = "Every scenario solved in full. The recommended one scores highest under the weights shown."
    write_band(sheet, formats, "Scenarios", lead, 3 + count + (8 if count <= _BESIDE else 0), note, "Cover")
    if frame is None or frame.empty:
        write_nothing(sheet, formats, 4, "No scenarios were solved with this version.")
        return
    sheet.set_column(FIRST_COLUMN, FIRST_COLUMN, 24)
    sheet.set_column(FIRST_COLUMN + 1, FIRST_COLUMN + 2, 9)
    sheet.set_column(FIRST_COLUMN + 3, FIRST_COLUMN + 2 + count, 17)
    records = frame.to_dict("records")
    _scenario_heads(sheet, formats, records, 4)
    first = 7
    weights = weights_by_figure(content.weights)
    for offset, name in enumerate(_FIGURES):
        _scenario_row(sheet, formats, records, name, first + offset, weights.get(name), content.currency)
    row = first + len(_FIGURES)
    for name, text in (("status", "Solver"), ("pareto", "On the efficient frontier")):
        sheet.write_string(row, FIRST_COLUMN, text, formats("calc", align="left", indent=1))
        for column in (1, 2):
            sheet.write_blank(row, FIRST_COLUMN + column, None, formats("calc"))
        for position, record in enumerate(records):
            value = record[name]
            shown = str(value) if isinstance(value, str) else ("yes" if value else "no")
            sheet.write_string(row, FIRST_COLUMN + 3 + position, shown, formats("calc", align="center"))
        row += 1
    base = next((i for i, r in enumerate(records) if r["scenario"] == content.scenario), 0)
    _against_base(sheet, formats, records, base, first, row + 1)
    at = (4, FIRST_COLUMN + 4 + count) if count <= _BESIDE else (row + 3 + len(_FIGURES), FIRST_COLUMN)
    _scenario_chart(workbook, sheet, records, first, at, content.currency)
    sheet.freeze_panes(7, FIRST_COLUMN + 3)


def _scenario_heads(sheet: Worksheet, formats: Formats, records: Sequence[dict[Any, Any]], row: int) -> None:
    for offset in range(3):
        for column in range(3):
            sheet.write_blank(row + offset, FIRST_COLUMN + column, None, formats("header_text"))
    sheet.write_string(row, FIRST_COLUMN, "Scenario", formats("header_text"))
    sheet.write_string(row, FIRST_COLUMN + 1, "Unit", formats("header_text"))
    sheet.write_string(row, FIRST_COLUMN + 2, "Weight", formats("header"))
    for position, record in enumerate(records):
        best = bool(record["recommended"])
        colour = {"bg_color": "#2B7A78"} if best else {}
        at = FIRST_COLUMN + 3 + position
        sheet.write_string(row, at, str(record["scenario"]), formats("header", **colour))
        form = formats("header", bold=False, font_size=9, valign="top", **colour)
        sheet.write_string(row + 1, at, str(record["title"]), form)
        sheet.write_string(row + 2, at, "★ recommended" if best else "", formats("header", font_size=9, **colour))
    longest = max(len(str(record["title"])) for record in records)
    sheet.set_row(row + 1, 13 * max(-(-longest // 19), 1) + 3)


def _scenario_row(
    sheet: Worksheet,
    formats: Formats,
    records: Sequence[dict[Any, Any]],
    name: str,
    row: int,
    weight: float | None,
    currency: str,
) -> None:
    column = table("scenario_comparison").column(name)
    number = "0.0" if name == "score" else number_format(column)
    unit = "%" if column.type == "percent" else currency if column.type == "money" else column.unit
    sheet.write_string(row, FIRST_COLUMN, pretty(name), formats("calc", align="left", indent=1))
    sheet.write_string(row, FIRST_COLUMN + 1, unit, formats("quiet"))
    form = formats("quiet", "0%", align="center")
    if weight is None:
        sheet.write_blank(row, FIRST_COLUMN + 2, None, form)
    else:
        sheet.write_number(row, FIRST_COLUMN + 2, weight, form)
    for position, record in enumerate(records):
        more: dict[str, Any] = {"bold": True, "bg_color": "#E6F1F0"} if record["recommended"] else {}
        form = formats("calc", number, **more)
        value = record[name]
        if pd.isna(value):
            sheet.write_blank(row, FIRST_COLUMN + 3 + position, None, form)
        else:
            sheet.write_number(row, FIRST_COLUMN + 3 + position, float(value), form)
    if name == "peak_load":
        rule = {"type": "cell", "criteria": ">", "value": 1.0001, "format": formats.signal("bad")}
        sheet.conditional_format(row, FIRST_COLUMN + 3, row, FIRST_COLUMN + 2 + len(records), rule)


def _against_base(
    sheet: Worksheet, formats: Formats, records: Sequence[dict[Any, Any]], base: int, first: int, top: int
) -> None:
    text = f"Difference to {records[base]['scenario']}"
    sheet.write_string(top, FIRST_COLUMN, text, formats("section"))
    for offset, name in enumerate(_FIGURES):
        column = table("scenario_comparison").column(name)
        row = top + 1 + offset
        number = "0.0" if name == "score" else number_format(column)
        sheet.write_string(row, FIRST_COLUMN, pretty(name), formats("calc", align="left", indent=1))
        for blank in (1, 2):
            sheet.write_blank(row, FIRST_COLUMN + blank, None, formats("calc"))
        own = a1(first + offset, FIRST_COLUMN + 3 + base, fixed_column=True)
        for position, record in enumerate(records):
            at = FIRST_COLUMN + 3 + position
            cell = a1(first + offset, at)
            known = not (pd.isna(record[name]) or pd.isna(records[base][name]))
            value = float(record[name]) - float(records[base][name]) if known else ""
            formula = f'=IF(OR({cell}="",{own}=""),"",{cell}-{own})'
            signed = f"+{number.split(';')[0]};-{number.split(';')[0]};0"
            sheet.write_formula(row, at, formula, formats("calc", signed), value)


def _scenario_chart(
    workbook: Workbook,
    sheet: Worksheet,
    records: Sequence[dict[Any, Any]],
    first: int,
    at: tuple[int, int],
    currency: str,
) -> None:
    name, last = sheet.get_name(), FIRST_COLUMN + 2 + len(records)
    categories = [name, 4, FIRST_COLUMN + 3, 4, last]

    def values(figure: str) -> list[object]:
        row = first + _FIGURES.index(figure)
        return [name, row, FIRST_COLUMN + 3, row, last]

    bars = workbook.add_chart({"type": "column"})
    best = [{"fill": {"color": SERIES[1]}} if r["recommended"] else {"fill": {"color": SERIES[0]}} for r in records]
    bars.add_series(
        {
            "name": f"Gross margin, {currency}",
            "categories": categories,
            "values": values("gross_margin"),
            "points": best,
            "fill": {"color": SERIES[0]},
            "gap": 70,
        }
    )
    line = workbook.add_chart({"type": "line"})
    line.add_series(
        {
            "name": "Fill rate (right axis)",
            "categories": categories,
            "values": values("fill_rate"),
            "y2_axis": True,
            "line": {"none": True},
            "marker": {"type": "diamond", "size": 9, "fill": {"color": SERIES[2]}, "border": {"color": SERIES[2]}},
        }
    )
    bars.combine(line)
    small = {"size": 9, "color": "#5B6B7F"}
    grid = {"visible": True, "line": {"color": LINE, "width": 0.5}}
    bars.set_x_axis({"num_font": small, "line": {"color": LINE}})
    axis = {"num_font": small, "num_format": "#,##0", "line": {"none": True}}
    bars.set_y_axis({**axis, "major_gridlines": grid, "min": 0})
    line.set_y2_axis({"num_font": small, "num_format": "0%", "line": {"none": True}})
    bars.set_legend({"position": "top", "font": small})
    bars.set_chartarea({"border": {"color": LINE}})
    bars.set_size({"width": 560 if len(records) <= _BESIDE else 240 + 90 * len(records), "height": 330})
    options = {"object_position": 2, "description": "Gross margin and fill rate of every scenario"}
    sheet.insert_chart(*at, bars, options)
