"""The forecast as a picture: its numbers are those of the forecast sheet and of the history, for the pick shown."""

from __future__ import annotations

import io
import re
from datetime import date

import openpyxl
import pandas as pd
import pytest
from openpyxl import Workbook

from sop_xl.model.calendar import Calendar
from sop_xl.schema.frames import rows
from sop_xl.workbook.content import BookContent
from sop_xl.workbook.forecast_chart import DATA_SHEET, SHEET
from sop_xl.workbook.writing import write_book

CALENDAR = Calendar.telescoping(date(2026, 11, 1), monthly=2)
MONTHS = [pd.Timestamp(start) for start in CALENDAR.starts]
KEYS = {"location": "ALL", "channel": "ALL"}


def written(calendar: Calendar = CALENDAR, *, values: bool) -> Workbook:
    """Family F of A and B; October 2026 of B sold 7 instead of 70 and was corrected; sales overrides A in November."""
    sheet = [
        {**KEYS, "family": "F", "product": code, "period": month, "baseline": base, "p10": base - 10, "p90": base + 20}
        for code, base in (("F", 150), ("A", 100), ("B", 50))
        for month in MONTHS
    ]
    sheet[2] |= {"sales_override": 80, "reason": "competitor"}
    sold = [
        {"product": code, "location": "L", "channel": "K", "period": pd.Timestamp(day), "units": units}
        for code, day, units in (("A", "2026-09-01", 90), ("A", "2026-10-01", 95), ("B", "2026-10-01", 7))
    ]
    corrected = {"period": pd.Timestamp("2026-10-01"), "recorded": 7, "used": 70, "kind": "stock-out"}
    tables = {
        "products": rows("products", [{"product": "A", "family": "F"}, {"product": "B", "family": "F"}]),
        "sales_forecast": rows("sales_forecast", sheet),
        "history": rows("history", sold),
        "history_corrections": rows(
            "history_corrections", [{"product": "B", "location": "L", "channel": "K", **corrected}]
        ),
    }
    made = [("total", "ALL", "ensemble: 60 months"), ("family", "F", "ensemble: 58 months"), ("product", "A", "zero")]
    tables["baseline_ranges"] = pd.DataFrame(made, columns=["level", "code", "method"])
    target = io.BytesIO()
    write_book("sales", BookContent(tables, calendar), target)
    return openpyxl.load_workbook(target, data_only=values)


@pytest.fixture(scope="module")
def book() -> Workbook:
    return written(values=True)


@pytest.fixture(scope="module")
def formulas() -> Workbook:
    return written(values=False)


def numbers(book: Workbook) -> dict[str, list[object]]:
    """Return the row of each month: history, used instead, baseline, P10, width of the range, sales forecast."""
    table = book[SHEET].iter_rows(min_row=32, max_row=31 + 24 + 2, min_col=2, max_col=8, values_only=True)
    return {str(row[0]): list(row[1:]) for row in table}


def test_the_list_offers_everything_families_and_products(book: Workbook) -> None:
    labels = [row[0] for row in book[DATA_SHEET].iter_rows(min_row=2, max_col=1, values_only=True)]
    assert labels == ["All products", "F · Whole family", "A", "B"]
    assert book[SHEET]["C5"].value == "F · Whole family"
    assert book[DATA_SHEET].sheet_state == "hidden"
    assert not book[SHEET]["C5"].protection.locked


def test_the_family_shows_its_history_corrections_range_and_forecast(book: Workbook) -> None:
    found = numbers(book)
    assert found["Sep 26"] == [90, "#N/A", "#N/A", 90, 0, "#N/A"]
    assert found["Oct 26"] == [102, 165, 102, 102, 0, 102]
    assert found["Nov 26"] == ["#N/A", "#N/A", 150, 140, 30, 130]
    assert found["Dec 26"] == ["#N/A", "#N/A", 150, 140, 30, 150]


def test_the_rows_known_of_every_pick_are_those_of_the_forecast_sheet(book: Workbook) -> None:
    forecast = book["Forecast"]
    head = {cell.value: cell.column for cell in forecast[9] if cell.value}
    picks = list(book[DATA_SHEET].iter_rows(min_row=3, max_col=5, values_only=True))
    for (_, *lines), code in zip(picks, ("F", "A", "B"), strict=True):
        assert [forecast.cell(line, head["Measure"]).value for line in lines] == [
            "Baseline",
            "P10",
            "P90",
            "Sales forecast",
        ]
        assert {forecast.cell(line, head["Product"]).value for line in lines} == {code}
    everything = next(book[DATA_SHEET].iter_rows(min_row=2, max_col=5, values_only=True))
    assert [forecast.cell(line, head["Measure"]).value for line in everything[1:]] == [
        "Σ Baseline",
        None,
        None,
        "Σ Sales forecast",
    ]


def test_the_numbers_follow_the_pick(formulas: Workbook) -> None:
    november = formulas[SHEET]["H56"].value
    assert re.fullmatch(r'=IF\(INDEX\((.*)\)="",NA\(\),INDEX\(\1\)\)', november)
    assert "$I$5" in november and "Forecast" in november
    assert formulas[SHEET]["I5"].value.startswith("=MATCH($C$5,")


def test_the_method_and_why_stand_under_the_pick(book: Workbook, formulas: Workbook) -> None:
    known = [row[0] for row in book[DATA_SHEET].iter_rows(min_row=2, min_col=54, max_col=54, values_only=True)]
    assert known == ["ensemble: 60 months", "ensemble: 58 months", "zero", None]
    assert book[SHEET]["C6"].value == "ensemble: 58 months"
    assert formulas[SHEET]["C6"].value == "=INDEX('ChartData'!$BB$2:$BB$5,$I$5)&\"\""


def test_buckets_that_are_no_months_are_not_drawn() -> None:
    weeks = Calendar.telescoping(date(2026, 11, 1), weekly_months=1, monthly=1)
    assert SHEET not in written(weeks, values=True).sheetnames
