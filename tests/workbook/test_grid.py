"""The forecast sheet, worked by hand: three months of one product."""

from __future__ import annotations

import io
from datetime import date, datetime

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from sop_xl.model.calendar import Calendar
from sop_xl.schema.frames import rows
from sop_xl.workbook.content import BookContent
from sop_xl.workbook.writing import write_book

CALENDAR = Calendar.telescoping(date(2026, 11, 1), monthly=3)
MONTHS = [pd.Timestamp(start) for start in CALENDAR.starts]


@pytest.fixture(scope="module")
def sheet() -> Worksheet:
    """Baseline 100, 110, 120; sales says 0 in December (end of life) and 150 in January (promotion)."""
    series = {"product": "A", "location": "ALL", "channel": "ALL"}
    baseline = [
        {**series, "period": m, "baseline": b, "p10": b - 20, "p90": b + 20}
        for m, b in zip(MONTHS, (100, 110, 120), strict=True)
    ]
    history = [
        {**series, "period": pd.Timestamp(2025, 11, 1), "units": 90},
        {**series, "period": pd.Timestamp(2024, 11, 1), "units": 80},
    ]
    override = [
        {**series, "period": MONTHS[1], "sales_override": 0, "reason": "end of life"},
        {**series, "period": MONTHS[2], "sales_override": 150, "reason": "other"},
    ]
    tables = {
        "products": rows("products", [{"product": "A", "family": "F", "description": "Kettle"}]),
        "baseline": rows("baseline", baseline),
        "history": rows("history", history),
        "sales_forecast": rows("sales_forecast", override),
    }
    target = io.BytesIO()
    write_book("sales", BookContent(tables, CALENDAR), target)
    return openpyxl.load_workbook(target, data_only=True)["Forecast"]


def lines(sheet: Worksheet) -> list[tuple[object, ...]]:
    """Return measure, the three months, total, reason and check of every row of the table."""
    head = {cell.value: cell.column for cell in sheet[9] if cell.value}
    wanted = ["Measure", "2026-11", "2026-12", "2027-01", "Total", "Reason", "Check"]
    return [tuple(sheet.cell(row, head[name]).value for name in wanted) for row in range(10, sheet.max_row + 1)]


def test_a_block_holds_history_baseline_range_overrides_and_forecast(sheet: Worksheet) -> None:
    assert lines(sheet) == [
        ("History Y-2", 80, None, None, 80, None, None),
        ("History Y-1", 90, None, None, 90, None, None),
        ("Baseline", 100, 110, 120, 330, None, None),
        ("P10", 80, 90, 100, None, None, None),
        ("P90", 120, 130, 140, None, None, None),
        ("Sales override", None, 0, None, 0, "end of life", "OK"),
        ("Sales override", None, None, 150, 150, "other", "Note missing"),
        ("Sales forecast", 100, 0, 150, 250, None, None),
    ]


def test_totals_stand_above_and_months_below_their_quarter(sheet: Worksheet) -> None:
    assert [sheet.cell(4, c).value for c in range(8, 12)] == [100, 110, 120, 330]
    assert [sheet.cell(5, c).value for c in range(8, 12)] == [100, 0, 150, 250]
    assert [sheet.cell(7, c).value for c in (8, 10)] == ["Q4 2026", "Q1 2027"]
    assert [sheet.cell(8, c).value for c in (8, 9, 10)] == [
        datetime(2026, 11, 1),
        datetime(2026, 12, 1),
        datetime(2027, 1, 1),
    ]


def test_only_the_override_and_its_remarks_are_open(sheet: Worksheet) -> None:
    head = {cell.value: cell.column for cell in sheet[9] if cell.value}
    for row in range(10, sheet.max_row + 1):
        override = sheet.cell(row, head["Measure"]).value == "Sales override"
        for name in ("2026-11", "2027-01", "Reason", "Note", "Assumption"):
            assert sheet.cell(row, head[name]).protection.locked is not override


def test_names_are_shown_and_history_and_range_can_be_folded_away(sheet: Worksheet) -> None:
    assert [sheet.cell(10, c).value for c in (2, 3, 4)] == ["F", "A", "Kettle"]
    assert [sheet.row_dimensions[row].outlineLevel for row in range(10, 18)] == [1, 1, 0, 1, 1, 0, 0, 0]


def test_the_override_limits_and_highlights(sheet: Worksheet) -> None:
    (rule,) = [v for v in sheet.data_validations.dataValidation if v.type == "decimal"]
    assert (rule.operator, rule.formula1) == ("greaterThanOrEqual", "0")
    formulas = [r.formula[0] for rules in sheet.conditional_formatting for r in rules.rules if r.formula]
    assert any("ABS(H10-H7)>0.2*H7" in text for text in formulas)


@pytest.fixture(scope="module")
def family_sheet() -> Worksheet:
    """Family F of A (baseline 100) and B (50): sales says 200 for the family in November, and 80 for A."""
    keys = {"location": "ALL", "channel": "ALL"}
    sheet = [
        {**keys, "family": "F", "product": "F", "period": MONTHS[0], "baseline": 150, "p10": 130, "p90": 175},
        {**keys, "family": "F", "product": "F", "period": MONTHS[1], "baseline": 160, "p10": 135, "p90": 190},
        {**keys, "family": "F", "product": "A", "period": MONTHS[0], "baseline": 100, "p10": 80, "p90": 120},
        {**keys, "family": "F", "product": "A", "period": MONTHS[1], "baseline": 110, "p10": 80, "p90": 130},
        {**keys, "family": "F", "product": "B", "period": MONTHS[0], "baseline": 50, "p10": 40, "p90": 60},
        {**keys, "family": "F", "product": "B", "period": MONTHS[1], "baseline": 50, "p10": 40, "p90": 60},
    ]
    sheet[0] |= {"sales_override": 200, "reason": "account win"}
    sheet[2] |= {"sales_override": 80, "reason": "competitor"}
    products = [{"product": "A", "family": "F", "description": "Kettle"}, {"product": "B", "family": "F"}]
    tables = {"products": rows("products", products), "sales_forecast": rows("sales_forecast", sheet)}
    target = io.BytesIO()
    write_book("sales", BookContent(tables, CALENDAR), target)
    return openpyxl.load_workbook(target, data_only=True)["Forecast"]


def test_a_family_stands_above_its_products_and_its_override_is_their_total(family_sheet: Worksheet) -> None:
    found = [line[:3] for line in lines(family_sheet)]
    assert [family_sheet.cell(10, column).value for column in (2, 3, 4)] == ["F", "F", "Whole family"]
    assert found[5:8] == [
        ("Sales override", 200, None),
        ("Sales forecast", 200, 160),
        ("To spread", 70, 0),
    ]
    assert found[13:15] == [("Sales override", 80, None), ("Sales forecast", 80, 110)]


def test_totals_count_products_once_and_what_families_add(family_sheet: Worksheet) -> None:
    assert [family_sheet.cell(4, c).value for c in range(8, 12)] == [150, 160, 0, 310]
    assert [family_sheet.cell(5, c).value for c in range(8, 12)] == [200, 160, 0, 360]
