"""Family pages on their sheets: figures beside the chart, the page below, the index of families in front."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sop_xl.model.calendar import Calendar
from sop_xl.workbook.cells import write
from sop_xl.workbook.frame import A3, FIRST_COLUMN, a1, protect, set_up_page, write_band
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
from sop_xl.workbook.page_chart import add_chart
from sop_xl.workbook.page_index import FACTS_ROW, facts_of, narrative, write_index
from sop_xl.workbook.page_rows import INVENTORY
from sop_xl.workbook.style import Formats, unit_format

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
    write_index(index_sheet, formats, written, layout, currency, note, back)
    set_up_page(index_sheet, footer, pages_high=0)
    protect(index_sheet)
    return PageSet(index, tuple(page.sheet for page in written), len(pages))


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
    sheet.set_column(UNIT, UNIT, 14)
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
    add_chart(workbook, sheet, page, layout)
    sheet.freeze_panes(3, FIRST_PERIOD)


def _write_facts(sheet: Worksheet, formats: Formats, page: Page, layout: Layout, currency: str) -> None:
    sheet.write_string(FACTS_ROW - 1, LABEL, "Over the horizon", formats("section"))
    sheet.write_blank(FACTS_ROW - 1, UNIT, None, formats("section"))
    for offset, (label, formula, value, unit) in enumerate(facts_of(page, layout)):
        row = FACTS_ROW + offset
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
