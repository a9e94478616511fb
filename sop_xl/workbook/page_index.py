"""The figures of a family page over the horizon, in words, and the index that lines the families up."""

from __future__ import annotations

import math

from xlsxwriter.worksheet import Worksheet

from sop_xl.workbook.frame import FIRST_COLUMN, a1, quoted, write_band
from sop_xl.workbook.page import (
    FIRST_PERIOD,
    TOTAL,
    UNIT,
    Layout,
    Page,
)
from sop_xl.workbook.page_rows import INVENTORY, SUPPLY, Value
from sop_xl.workbook.style import SERIES, Formats, unit_format

FACTS_ROW = 5
"""First row of the figures beside the chart of a page."""


def facts_of(page: Page, layout: Layout) -> list[tuple[str, str, Value, str]]:
    """Return label, formula, value and unit of the figures beside the chart, over the whole horizon."""
    first, last = layout.first_ahead, layout.last_period

    def total(name: str) -> tuple[str, float]:
        known = [page.at(name, c) for c in range(first, last + 1)]
        return f"SUM({layout.span(name, first, last)})", math.fsum(float(v) for v in known if v != "")

    def ratio(a: str, b: str, less: float) -> tuple[str, Value]:
        """Of the months that know the second row: a yardstick for one year says nothing about the next."""
        both = [c for c in range(first, last + 1) if page.at(b, c) != "" and page.at(a, c) != ""]
        x, y = (math.fsum(float(page.at(n, c)) for c in both) for n in (a, b))
        above, below = layout.span(a, first, last), layout.span(b, first, last)
        top, base, minus = f'SUMIFS({above},{below},">-1E+300")', f"SUM({below})", "-1" if less else ""
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
    facts = {label: value for label, _, value, _ in facts_of(page, layout)}
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


_TRENDS = (
    ("Sales plan by month", "sales_plan"),
    ("Load by month", "capacity_load"),
)
"""Small charts at the end of each line: header and row of the page."""


def write_index(
    sheet: Worksheet, formats: Formats, pages: list[Page], layout: Layout, currency: str, note: str, back: str
) -> None:
    width = 2 + len(_INDEX) + len(_TRENDS)
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
    for position, (text, _) in enumerate(_TRENDS):
        at = FIRST_COLUMN + 2 + len(_INDEX) + position
        sheet.set_column(at, at, 22)
        sheet.write_string(head, at, text, formats("header_calc"))
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
        facts = facts_of(page, layout)
        for position, (_, fact, unit) in enumerate(_INDEX):
            cell = f"{quoted(page.sheet)}!{a1(FACTS_ROW + fact, UNIT)}"
            form = formats("strong" if total else "cross", unit_format(unit))
            sheet.write_formula(row, FIRST_COLUMN + 2 + position, f"={cell}", form, facts[fact][2])
        sheet.set_row(row, 22)
        for position, (_, name) in enumerate(_TRENDS):
            at = FIRST_COLUMN + 2 + len(_INDEX) + position
            sheet.write_blank(row, at, None, formats("calc"))
            span = f"{quoted(page.sheet)}!{layout.span(name, layout.first_ahead, layout.last_period)}"
            look = {"type": "column", "series_color": SERIES[0], "high_point": True, "high_color": SERIES[2]}
            sheet.add_sparkline(row, at, {"range": span, "min": 0, **look})
    for position, test, signal in ((2, ">0.5", "warn"), (4, "<-0.05", "warn"), (7, ">1.0001", "bad")):
        at = FIRST_COLUMN + 2 + position
        cell = a1(head + 1, at)
        criteria = f"=AND(ISNUMBER({cell}),{cell}{test})"
        options = {"type": "formula", "criteria": criteria, "format": formats.signal(signal)}
        sheet.conditional_format(head + 1, at, last, at, options)
    sheet.freeze_panes(head + 1, FIRST_COLUMN + 2)
