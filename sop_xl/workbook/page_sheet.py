"""Family pages on their sheets: figures beside the chart, the page below, the index of families in front."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sop_xl.model.calendar import Calendar
from sop_xl.workbook.cells import write
from sop_xl.workbook.frame import A3, FIRST_COLUMN, a1, protect, quoted, set_up_page, write_band
from sop_xl.workbook.page import (
    BAND_ROW,
    FIRST_PERIOD,
    HEAD_ROW,
    LABEL,
    TOTAL,
    UNIT,
    Layout,
    Page,
    family_page,
    monthly,
    months_of,
    total_page,
)
from sop_xl.workbook.page_rows import INVENTORY, SUPPLY, Value
from sop_xl.workbook.style import LINE, SERIES, Formats, unit_format

_FACTS_ROW = 5
_HELPER_TEXT = {
    "cum_sales": "Cumulative sales plan",
    "whole_months": "Whole months covered",
    "chart_sales": "Chart: sales",
    "chart_production": "Chart: production",
    "chart_inventory": "Chart: inventory",
}


@dataclass(frozen=True)
class PageSet:
    """Index sheet and pages as they were written."""

    index: str
    sheets: tuple[str, ...]
    families: int


def sheet_names(codes: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Return a sheet name for every family: its code where Excel allows it, else shortened and made unique."""
    used, names = {name.lower() for name in taken}, {}
    for code in codes:
        base = re.sub(r"[\[\]:*?/\\]", "-", f"Fam {code}").strip("' ")[:31]
        name, count = base, 1
        while name.lower() in used:
            count += 1
            name = f"{base[: 30 - len(str(count))]}~{count}"
        used.add(name.lower())
        names[code] = name
    return names


def write_family_pages(
    workbook: Workbook,
    formats: Formats,
    frame: pd.DataFrame,
    families: Mapping[str, str],
    calendar: Calendar,
    *,
    currency: str,
    footer: str,
    note: str = "",
    index: str = "FamilyPages",
    narratives: Mapping[str, str] | None = None,
    back: str = "Home",
) -> PageSet:
    """Write the index, the total and a page a family from a typed family_pages table.

    ``families`` gives the names by code. Columns are the last three past months and the horizon, with quarter and
    year totals. Every row that follows from others is a formula with its value.
    """
    index_sheet = workbook.add_worksheet(index)
    frame = monthly(frame)
    codes = list(dict.fromkeys(frame["family"]))
    if not codes:
        write_band(
            index_sheet, formats, "Family pages", "No plan yet: the pages come with the first plan.", 8, note, back
        )
        protect(index_sheet)
        return PageSet(index, (), 0)
    layout = Layout(months_of(frame, calendar.start))
    names = sheet_names(codes, (index, TOTAL))
    parts = {str(code): part for code, part in frame.groupby("family", sort=False)}
    pages = [family_page(c, families.get(c, ""), names[c], parts[c], layout) for c in codes]
    total = total_page(pages, TOTAL, layout)
    written = [total, *pages]
    for page in written:
        sheet = workbook.add_worksheet(page.sheet)
        text = (narratives or {}).get(page.code) or narrative(page, layout)
        _write_page(workbook, sheet, formats, page, layout, currency, note, index, text)
        set_up_page(sheet, footer, paper=A3, pages_high=1)
        sheet.print_area(0, 0, layout.last_row, FIRST_COLUMN + layout.width - 1)
        protect(sheet)
    _write_index(index_sheet, formats, written, layout, currency, note, back)
    set_up_page(index_sheet, footer, pages_high=0)
    protect(index_sheet)
    return PageSet(index, tuple(page.sheet for page in written), len(pages))


def _facts(page: Page, layout: Layout) -> list[tuple[str, str, Value, str]]:
    """Return label, formula, value and unit of the figures beside the chart, over the whole horizon."""
    first, last = layout.first_ahead, layout.last_period

    def total(name: str) -> tuple[str, float]:
        known = [page.at(name, c) for c in range(first, last + 1)]
        return f"SUM({layout.span(name, first, last)})", math.fsum(float(v) for v in known if v != "")

    def ratio(a: str, b: str, less: float) -> tuple[str, Value]:
        (top, x), (base, y) = total(a), total(b)
        minus = "-1" if less else ""
        return f'=IF({base}=0,"",{top}/{base}{minus})', (x / y - less if y else "")

    sales, demand, unmet = total("sales_plan"), total("consensus_demand"), total("unmet")
    revenue, margin = total("revenue"), total("gross_margin")
    load = layout.span("capacity_load", first, last)
    loads = [float(v) for c in range(first, last + 1) if (v := page.at("capacity_load", c)) != ""]
    end_stock, end_supply = (page.at(n, last) for n in (INVENTORY, SUPPLY))
    stock_cell, supply_cell = (layout.cell(n, last) for n in (INVENTORY, SUPPLY))
    to_budget, share = ratio("revenue", "revenue_budget", 1.0), ratio("gross_margin", "revenue", 0.0)
    return [
        ("Sales plan", f"={sales[0]}", sales[1], "units"),
        ("Consensus demand", f"={demand[0]}", demand[1], "units"),
        ("Demand less plan", f"={unmet[0]}", unmet[1], "units"),
        ("Revenue", f"={revenue[0]}", revenue[1], "money"),
        ("Revenue to budget", *to_budget, "%"),
        ("Gross margin", f"={margin[0]}", margin[1], "money"),
        ("Margin share", *share, "%"),
        ("Peak load", f'=IF(COUNT({load})=0,"",MAX({load}))', max(loads) if loads else "", "%"),
        ("Stock at the end", f'=IF({stock_cell}="","",{stock_cell})', end_stock, "units"),
        ("Months of supply", f'=IF({supply_cell}="","",{supply_cell})', end_supply, "months"),
    ]


def narrative(page: Page, layout: Layout) -> str:
    """Return what the page says, in a sentence or two, from its own figures."""
    facts = {label: value for label, _, value, _ in _facts(page, layout)}
    parts = [f"{facts['Sales plan']:,.0f} units planned over {len(layout.months.ahead)} months"]
    unmet, demand = facts["Demand less plan"], facts["Consensus demand"]
    if isinstance(unmet, float) and demand and unmet > 0.5:
        parts[0] += f", {unmet:,.0f} ({unmet / float(demand):.1%}) less than demanded"
    else:
        parts[0] += ", all demand met"
    if isinstance(facts["Revenue to budget"], float):
        share = facts["Revenue to budget"]
        parts.append(f"revenue {abs(share):.1%} {'above' if share >= 0 else 'below'} budget")
    if isinstance(facts["Peak load"], float):
        peak = max(
            (c for c in layout.columns if page.at("capacity_load", c) != "" and c >= layout.first_ahead),
            key=lambda c: float(page.at("capacity_load", c)),
        )
        month = layout.months.all[peak - FIRST_PERIOD]
        parts.append(f"capacity peaks at {facts['Peak load']:.0%} in {month:%B %Y}")
    return "; ".join(parts) + "."


def _write_page(
    workbook: Workbook,
    sheet: Worksheet,
    formats: Formats,
    page: Page,
    layout: Layout,
    currency: str,
    note: str,
    index: str,
    text: str,
) -> None:
    title = "Total of all families" if page.code == TOTAL else f"Family {page.code}"
    title += f" · {page.title}" if page.title and page.code != TOTAL else ""
    lead = "Sales, production, inventory and money on one page. Black cells follow from the plan by formula."
    write_band(sheet, formats, title, lead, layout.width, note, back=index)
    sheet.write_string(3, LABEL, text, formats("fact", font_size=11))
    sheet.set_column(LABEL, LABEL, 25)
    sheet.set_column(UNIT, UNIT, 10)
    sheet.set_column(FIRST_PERIOD, layout.last_period, 9.3)
    sheet.set_column(layout.last_period + 1, layout.last_period + 1, 1.5)
    sheet.set_column(layout.last_period + 2, FIRST_COLUMN + layout.width - 1, 11)
    _write_facts(sheet, formats, page, layout, currency)
    _write_heads(sheet, formats, layout)
    for block, row in layout.block_row.items():
        for column in range(LABEL, FIRST_COLUMN + layout.width):
            if column != layout.last_period + 1:
                sheet.write_blank(row, column, None, formats("block"))
        sheet.write_string(row, LABEL, block, formats("block"))
    for item in layout.rows:
        _write_row(sheet, formats, page, layout, item.name, item.header, item.unit, item.bold, currency)
    _write_helpers(sheet, formats, page, layout)
    _add_rules(sheet, formats, layout)
    _add_chart(workbook, sheet, page, layout)
    sheet.freeze_panes(3, FIRST_PERIOD)


def _write_facts(sheet: Worksheet, formats: Formats, page: Page, layout: Layout, currency: str) -> None:
    sheet.write_string(_FACTS_ROW - 1, LABEL, "Over the horizon", formats("section"))
    sheet.write_blank(_FACTS_ROW - 1, UNIT, None, formats("section"))
    for offset, (label, formula, value, unit) in enumerate(_facts(page, layout)):
        row = _FACTS_ROW + offset
        sheet.write_string(row, LABEL, f"{label}{f', {currency}' if unit == 'money' else ''}", formats("label"))
        sheet.write_formula(row, UNIT, formula, formats("fact", unit_format(unit)), value)


def _write_heads(sheet: Worksheet, formats: Formats, layout: Layout) -> None:
    past = len(layout.months.past)
    sheet.write_blank(HEAD_ROW, LABEL, None, formats("header_text"))
    sheet.write_string(HEAD_ROW, UNIT, "Unit", formats("header_text"))
    for position, day in enumerate(layout.months.all):
        style = "header_calc" if position < past else "header"
        sheet.write_datetime(HEAD_ROW, FIRST_PERIOD + position, day, formats(style, "mmm yy"))
    spans = [("Actual", FIRST_PERIOD, layout.first_ahead - 1)] if past else []
    for label, positions in layout.months.groups(years=True):
        spans.append((label, FIRST_PERIOD + positions[0], FIRST_PERIOD + positions[-1]))
    for label, first, last in spans:
        form = formats("quarter")
        if first == last:
            sheet.write_string(BAND_ROW, first, label, form)
        else:
            sheet.merge_range(BAND_ROW, first, BAND_ROW, last, label, form)
    for column, label, _, kind in layout.totals:
        sheet.write_string(HEAD_ROW, column, label, formats(kind))


def _write_row(
    sheet: Worksheet,
    formats: Formats,
    page: Page,
    layout: Layout,
    name: str,
    header: str,
    unit: str,
    bold: bool,
    currency: str,
) -> None:
    row = layout.row_of[name]
    number = unit_format(unit)
    shown = currency if unit == "money" else unit
    more: dict[str, Any] = {"bold": True} if bold else {}
    sheet.write_string(row, LABEL, header, formats("calc", **more))
    sheet.write_string(row, UNIT, shown, formats("quiet"))
    cross = page.code == TOTAL
    for column in [*layout.columns, *(t[0] for t in layout.totals)]:
        formula, value = page.formulas.get((name, column)), page.at(name, column)
        in_total = column > layout.last_period
        style = "strong" if in_total else "calc"
        linked = cross and formula is not None and "!" in formula
        form = formats("cross" if linked and not in_total else style, number, **more)
        if formula:
            sheet.write_formula(row, column, formula, form, value)
        else:
            write(sheet, row, column, value, form)


def _write_helpers(sheet: Worksheet, formats: Formats, page: Page, layout: Layout) -> None:
    charted = {
        "chart_sales": ("sales_actual", "sales_plan"),
        "chart_production": ("production_actual", "production_plan"),
        "chart_inventory": ("inventory_actual", INVENTORY),
    }
    for name, text in _HELPER_TEXT.items():
        row = layout.row_of[name]
        sheet.write_string(row, LABEL, text, formats("faint"))
        for column in layout.columns:
            form = formats("faint", "#,##0")
            if name in charted:
                actual, plan = charted[name]
                a, p = layout.cell(actual, column), layout.cell(plan, column)
                known = page.at(actual, column)
                value = known if known != "" else float(page.at(plan, column) or 0)
                sheet.write_formula(row, column, f'=IF({a}<>"",{a},N({p}))', form, value)
            elif (name, column) in page.formulas:
                sheet.write_formula(row, column, page.formulas[name, column], form, page.at(name, column))
            else:
                write(sheet, row, column, page.at(name, column), form)


def _add_rules(sheet: Worksheet, formats: Formats, layout: Layout) -> None:
    def rule(name: str, test: str, signal: str) -> None:
        row = layout.row_of[name]
        last = FIRST_COLUMN + layout.width - 1
        cell = a1(row, FIRST_PERIOD)
        criteria = f"=AND(ISNUMBER({cell}),{cell}{test})"
        options = {"type": "formula", "criteria": criteria, "format": formats.signal(signal)}
        sheet.conditional_format(row, FIRST_PERIOD, row, last, options)

    rule("unmet", ">0.5", "warn")
    rule("capacity_load", ">1.0001", "bad")
    rule("capacity_load", ">0.95", "warn")
    rule("gross_margin", "<0", "bad")
    rule("to_budget", "<-0.05", "warn")
    rule(INVENTORY, "<-0.5", "bad")


def _add_chart(workbook: Workbook, sheet: Worksheet, page: Page, layout: Layout) -> None:
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


_INDEX = (
    ("Sales plan", 0, "units"),
    ("Consensus demand", 1, "units"),
    ("Demand less plan", 2, "units"),
    ("Revenue", 3, "money"),
    ("to budget", 4, "%"),
    ("Gross margin", 5, "money"),
    ("Margin share", 6, "%"),
    ("Peak load", 7, "%"),
    ("Stock at the end", 8, "units"),
    ("Months of supply", 9, "months"),
)


def _write_index(
    sheet: Worksheet, formats: Formats, pages: list[Page], layout: Layout, currency: str, note: str, back: str
) -> None:
    width = 2 + len(_INDEX)
    write_band(
        sheet,
        formats,
        "Family pages",
        "One line a family over the whole horizon; click a family for its page.",
        width,
        note,
        back,
    )
    sheet.set_column(FIRST_COLUMN, FIRST_COLUMN, 14)
    sheet.set_column(FIRST_COLUMN + 1, FIRST_COLUMN + 1, 26)
    sheet.set_column(FIRST_COLUMN + 2, FIRST_COLUMN + width - 1, 13)
    head = 4
    sheet.set_row(head, 30)
    for position, text in enumerate(("Family", "Name", *(t for t, _, _ in _INDEX))):
        form = formats("header_text" if position < 2 else "header")
        sheet.write_string(head, FIRST_COLUMN + position, text, form)
    for position, (_, _, unit) in enumerate(_INDEX):
        shown = currency if unit == "money" else unit
        sheet.write_string(head - 1, FIRST_COLUMN + 2 + position, shown, formats("unit"))
    last = head + len(pages)
    order = [*pages[1:], pages[0]]
    for offset, page in enumerate(order):
        row = head + 1 + offset
        total = page.code == TOTAL
        link = formats("calc", font_color="#2B7A78", underline=1, bold=total)
        sheet.write_url(row, FIRST_COLUMN, f"internal:{quoted(page.sheet)}!A1", link, page.code)
        sheet.write_string(row, FIRST_COLUMN + 1, page.title, formats("strong" if total else "calc"))
        facts = _facts(page, layout)
        for position, (_, fact, unit) in enumerate(_INDEX):
            cell = f"{quoted(page.sheet)}!{a1(_FACTS_ROW + fact, UNIT)}"
            form = formats("strong" if total else "cross", unit_format(unit))
            sheet.write_formula(row, FIRST_COLUMN + 2 + position, f"={cell}", form, facts[fact][2])
    for position, test, signal in ((2, ">0.5", "warn"), (4, "<-0.05", "warn"), (7, ">1.0001", "bad")):
        at = FIRST_COLUMN + 2 + position
        cell = a1(head + 1, at)
        criteria = f"=AND(ISNUMBER({cell}),{cell}{test})"
        options = {"type": "formula", "criteria": criteria, "format": formats.signal(signal)}
        sheet.conditional_format(head + 1, at, last, at, options)
    sheet.freeze_panes(head + 1, FIRST_COLUMN + 2)
