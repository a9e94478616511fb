"""The page of a family: the classic S&OP spreadsheet with live formulas, quarter and year totals and a chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from sop_xl.schema.catalogue import EVERYWHERE, measures
from sop_xl.workbook.cells import fill
from sop_xl.workbook.frame import FIRST_COLUMN, a1, quoted
from sop_xl.workbook.page_rows import (
    INVENTORY,
    OTHER,
    SUPPLY,
    PageRow,
    Value,
    months_of_supply,
    page_rows,
)

TOTAL = "Total"
BAND_ROW, HEAD_ROW, FIRST_ROW = 20, 21, 22
LABEL, UNIT, FIRST_PERIOD = FIRST_COLUMN, FIRST_COLUMN + 1, FIRST_COLUMN + 2
_HELPERS = ("cum_sales", "whole_months", "chart_sales", "chart_production", "chart_inventory")
PAST = 3
LINKED, LONGEST = 250, 8000
"""Excel takes 255 arguments and 8,192 signs in a formula: beyond that the total shows values."""


@dataclass(frozen=True)
class Months:
    """The months of a page: the last past ones, then the horizon, with the quarters and years it is added up by."""

    past: tuple[date, ...]
    ahead: tuple[date, ...]

    @property
    def all(self) -> tuple[date, ...]:
        """Past and coming months."""
        return (*self.past, *self.ahead)

    def groups(self, *, years: bool) -> list[tuple[str, tuple[int, ...]]]:
        """Return the quarters (or years) of the horizon with the positions of their months among all."""
        found: dict[str, list[int]] = {}
        for position, day in enumerate(self.ahead, start=len(self.past)):
            label = str(day.year) if years else f"Q{(day.month + 2) // 3} {day.year}"
            found.setdefault(label, []).append(position)
        return [(label, tuple(positions)) for label, positions in found.items()]


def monthly(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a family_pages table by month and without the row of all families, which the total page works out.

    Weeks become months as the catalogue says of each measure; shares, which do not add up, are left out.
    """
    kept = frame[(frame["family"] != EVERYWHERE) & frame["measure"].isin(list(measures()))]
    kept = kept.assign(period=kept["period"].dt.to_period("M").dt.to_timestamp())
    keys = ["family", "measure", "period"]
    if not kept.duplicated(keys).any():
        return kept
    how = {"sum": "sum", "last": "last", "max": "max"}
    parts = [
        part.groupby(keys, as_index=False, sort=False)["value"].agg(how[measures()[str(name)].over_time])
        for name, part in kept.groupby("measure", sort=False)
        if measures()[str(name)].over_time in how
    ]
    return pd.concat(parts, ignore_index=True)


def months_of(frame: pd.DataFrame, start: date) -> Months:
    """Return the months a monthly family_pages table covers, at most three of them before ``start``."""
    days = sorted({ts.date() for ts in frame["period"].dropna()})
    first = start.replace(day=1)
    past = tuple(d for d in days if d < first)[-PAST:]
    return Months(past, tuple(d for d in days if d >= first))


@dataclass
class Page:
    """The numbers and formulas of one page, by row name and column."""

    code: str
    title: str
    sheet: str
    values: dict[tuple[str, int], Value] = field(default_factory=dict)
    formulas: dict[tuple[str, int], str] = field(default_factory=dict)

    def at(self, name: str, column: int) -> Value:
        """Return a value, '' where the cell is empty."""
        return self.values.get((name, column), "")


class Layout:
    """Rows and columns of the pages of one book: the same on every page, so that the total can add them up."""

    def __init__(self, months: Months) -> None:
        """Place every row and column."""
        self.months = months
        self.rows = page_rows()
        self.row_of: dict[str, int] = {}
        self.block_row: dict[str, int] = {}
        row = FIRST_ROW
        for item in self.rows:
            if item.block not in self.block_row:
                self.block_row[item.block] = row
                row += 1
            self.row_of[item.name] = row
            row += 1
        self.last_row = row - 1
        for offset, name in enumerate(_HELPERS):
            self.row_of[name] = row + 2 + offset
        self.periods = len(months.all)
        self.columns = list(range(FIRST_PERIOD, FIRST_PERIOD + self.periods))
        self.first_ahead = FIRST_PERIOD + len(months.past)
        self.last_period = FIRST_PERIOD + self.periods - 1
        self.totals: list[tuple[int, str, tuple[int, ...], str]] = []
        column = self.last_period + 2
        for years in (False, True):
            for label, positions in months.groups(years=years):
                ats = tuple(FIRST_PERIOD + p for p in positions)
                self.totals.append((column, label, ats, "year" if years else "quarter"))
                column += 1
        self.width = column - FIRST_COLUMN

    def cell(self, name: str, column: int, *, fixed: bool = False) -> str:
        """Return the address of a row in a column."""
        return a1(self.row_of[name], column, fixed_row=fixed, fixed_column=fixed)

    def span(self, name: str, first: int, last: int, *, fixed: bool = False) -> str:
        """Return the address of a stretch of a row."""
        return f"{self.cell(name, first, fixed=fixed)}:{self.cell(name, last, fixed=fixed)}"


def family_page(code: str, title: str, sheet: str, frame: pd.DataFrame, layout: Layout) -> Page:
    """Return the page of one family from its rows of the family_pages table."""
    page = Page(code, title, sheet)
    at = {day: FIRST_PERIOD + i for i, day in enumerate(layout.months.all)}
    for measure, period, value in zip(frame["measure"], frame["period"], frame["value"], strict=True):
        column = at.get(period.date())
        if column is not None and not pd.isna(value):
            page.values[(str(measure), column)] = float(value)
    for column in layout.columns[len(layout.months.past) :]:
        _other_movements(page, layout, column)
    _calculate(page, layout)
    return page


def total_page(pages: Sequence[Page], sheet: str, layout: Layout) -> Page:
    """Return the page of all families: sums (or the highest) of their cells, ratios worked out anew."""
    total = Page(TOTAL, "All families", sheet)
    for row in layout.rows:
        if row.formula or row.name == SUPPLY or row.over_products not in ("sum", "max"):
            continue
        for column in layout.columns:
            cells = [page.at(row.name, column) for page in pages]
            known = [float(value) for value in cells if value != ""]
            refs = ",".join(f"{quoted(page.sheet)}!{layout.cell(row.name, column)}" for page in pages)
            word, combine = ("MAX", max) if row.over_products == "max" else ("SUM", math.fsum)
            formula = f'=IF(COUNT({refs})=0,"",{word}({refs}))'
            if len(pages) <= LINKED and len(formula) <= LONGEST:
                total.formulas[(row.name, column)] = formula
            total.values[(row.name, column)] = combine(known) if known else ""
    _calculate(total, layout)
    for column in layout.columns[: len(layout.months.past)]:
        _total_accuracy(total, pages, layout, column)
    return total


def _total_accuracy(total: Page, pages: Sequence[Page], layout: Layout, column: int) -> None:
    """Misses of families add up: too much of one does not make up for too little of another."""
    actual = total.at("sales_actual", column)
    missed = "+".join(f"ABS(N({quoted(page.sheet)}!{layout.cell('sales_difference', column)}))" for page in pages)
    cell = layout.cell("sales_actual", column)
    known = [float(page.at("sales_difference", column) or 0) for page in pages]
    formula = f'=IF(OR({cell}="",{cell}=0),"",MAX(0,1-({missed})/{cell}))'
    total.formulas.pop(("sales_accuracy", column), None)
    if len(formula) <= LONGEST:
        total.formulas["sales_accuracy", column] = formula
    value = max(0.0, 1 - math.fsum(map(abs, known)) / float(actual)) if actual else ""
    total.values["sales_accuracy", column] = value


def _other_movements(page: Page, layout: Layout, column: int) -> None:
    """Work out what moves stock beside production and sales, so that the identity of the page holds to the unit."""
    before = page.at(INVENTORY, column - 1)
    if column == layout.first_ahead:
        actual = page.at("inventory_actual", column - 1) if layout.months.past else ""
        before = actual if actual != "" else before
    now = page.at(INVENTORY, column)
    if before == "" or now == "":
        return
    flow = float(page.at("production_plan", column) or 0) - float(page.at("sales_plan", column) or 0)
    rest = float(now) - float(before) - flow
    page.values[(OTHER, column)] = 0.0 if abs(rest) < 1e-4 else rest


def _calculate(page: Page, layout: Layout) -> None:
    """Fill every formula of the page with its value, months first, then quarters and years."""
    for column in layout.columns:
        if column >= layout.first_ahead:
            _inventory(page, layout, column)
    _supply(page, layout)
    for row in layout.rows:
        if row.formula and row.value:
            for column in layout.columns:
                _own_formula(page, layout, row, column)
    for column, _, months, _ in layout.totals:
        for row in layout.rows:
            _total(page, layout, row, column, months)
        for row in layout.rows:
            if row.total == "same" and row.value:
                _own_formula(page, layout, row, column)


def _own_formula(page: Page, layout: Layout, row: PageRow, column: int) -> None:
    refs = {item.name: layout.cell(item.name, column) for item in layout.rows}
    left = layout.cell(row.name, column - 1)
    now = {item.name: page.at(item.name, column) for item in layout.rows}
    before = {row.name: page.at(row.name, column - 1)}
    assert row.value is not None
    page.formulas[(row.name, column)] = fill(row.formula.replace(f"{{{row.name}<}}", left), refs)
    page.values[(row.name, column)] = row.value(now, before)


def _inventory(page: Page, layout: Layout, column: int) -> None:
    parts = (page.at("production_plan", column), page.at("sales_plan", column), page.at(OTHER, column))
    first = column == layout.first_ahead
    name = "inventory_actual" if first and page.at("inventory_actual", column - 1) != "" else INVENTORY
    before = page.at(name, column - 1)
    if before == "" or (first and not layout.months.past):
        return
    production, sales, other = (layout.cell(n, column) for n in ("production_plan", "sales_plan", OTHER))
    formula = f"=ROUND({layout.cell(name, column - 1)}+N({production})-N({sales})+N({other}),6)"
    page.formulas[(INVENTORY, column)] = formula
    made, sold, moved = (float(p or 0) for p in parts)
    page.values[(INVENTORY, column)] = round(float(before) + made - sold + moved, 6)


def _supply(page: Page, layout: Layout) -> None:
    """Months of supply: stock consumed by the months that follow, past the end at the mean of the last 12."""
    columns = layout.columns
    sold = [_first_known(page, ("sales_actual", "sales_plan"), c) or 0.0 for c in columns]
    first, last = columns[0], columns[-1]
    sales, run = (layout.span(n, first, last, fixed=True) for n in ("chart_sales", "cum_sales"))
    year = columns[-12:]
    tail = f"SUM({layout.span('chart_sales', year[0], year[-1])})/{len(year)}"
    start, end = layout.cell("chart_sales", first, fixed=True), layout.cell("cum_sales", last)
    cum = 0.0
    for position, column in enumerate(columns):
        cum += sold[position]
        here = layout.cell("cum_sales", column)
        page.values["cum_sales", column] = cum
        page.formulas["cum_sales", column] = f"=SUM({start}:{layout.cell('chart_sales', column)})"
        stock = _first_known(page, ("inventory_actual", INVENTORY), column)
        if stock is None:
            continue
        whole, months = months_of_supply(stock, sold, position)
        inv, left, k = layout.cell("chart_inventory", column), len(columns) - position - 1, f"{position + 1}"
        beyond = f'IF({tail}<=0,"",{left}+({inv}-({end}-{here}))/({tail}))'
        inner = beyond
        page.values["whole_months", column] = float(whole)
        if left:
            later = layout.span("cum_sales", column + 1, last)
            page.formulas["whole_months", column] = f"=SUMPRODUCT(--({later}-{here}<{inv}-0.000001))"
            k = f"{position + 1}+{layout.cell('whole_months', column)}"
            within = f"({inv}-(INDEX({run},{k})-{here}))/INDEX({sales},{k}+1)"
            covered = layout.cell("whole_months", column)
            inner = f"IF({covered}>={left},{beyond},{covered}+{within})"
        page.formulas[SUPPLY, column] = f"=IF({inv}<=0.000001,0,{inner})"
        page.values[SUPPLY, column] = months


def _first_known(page: Page, names: Sequence[str], column: int) -> float | None:
    return next((float(value) for name in names if (value := page.at(name, column)) != ""), None)


def _total(page: Page, layout: Layout, row: PageRow, column: int, months: tuple[int, ...]) -> None:
    if row.total in ("same", "none"):
        return
    first, last = months[0], months[-1]
    if row.total == "last":
        cell = layout.cell(row.name, last)
        page.formulas[(row.name, column)] = f'=IF({cell}="","",{cell})'
        page.values[(row.name, column)] = page.at(row.name, last)
        return
    span = layout.span(row.name, first, last)
    known = [float(page.at(row.name, c)) for c in months if page.at(row.name, c) != ""]
    least, word, combine = (1, "MAX", max) if row.total == "max" else (len(months), "SUM", math.fsum)
    page.formulas[(row.name, column)] = f'=IF(COUNT({span})<{least},"",{word}({span}))'
    page.values[(row.name, column)] = combine(known) if len(known) >= least else ""
