"""Pictures of the operations book: every number is a formula on an answer sheet, with the value it gives."""

from __future__ import annotations

import io

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from sop_xl.workbook.example import example_plan
from sop_xl.workbook.supply_pictures import SHEET
from sop_xl.workbook.templates import template


@pytest.fixture(scope="module")
def operations() -> bytes:
    return template("operations")


def sheet(content: bytes, *, values: bool) -> Worksheet:
    return openpyxl.load_workbook(io.BytesIO(content), data_only=values)[SHEET]


def row_of(found: Worksheet, text: str, after: int = 1) -> int:
    return next(row for row in range(after, found.max_row + 1) if found.cell(row, 2).value == text)


@pytest.mark.parametrize(
    ("table", "key", "value", "name"),
    [("resource_load", "resource", "utilisation", "LINE-B"), ("stockout_risk", "family", "chance", "TOASTER")],
)
def test_a_heat_map_shows_its_table(operations: bytes, table: str, key: str, value: str, name: str) -> None:
    frame = example_plan()[table]
    wanted = frame[frame[key] == name].sort_values("period")[value].tolist()
    shown, formulas = sheet(operations, values=True), sheet(operations, values=False)
    row = row_of(shown, name)
    assert [shown.cell(row, 3 + t).value for t in range(len(wanted))] == pytest.approx(wanted)
    assert "SUMIFS(" in str(formulas.cell(row, 3).value) and "COUNTIFS(" in str(formulas.cell(row, 3).value)
    assert sum(len(rules) for rules in (r.rules for r in formulas.conditional_formatting)) == 2


def test_the_waterfall_ends_at_the_demand(operations: bytes) -> None:
    served = example_plan()["demand_served"]
    shown = sheet(operations, values=True)
    head = row_of(shown, "Step")
    steps = {shown.cell(row, 2).value: shown.cell(row, 3).value for row in range(head + 1, head + 10)}
    assert steps["Demand"] == pytest.approx(served["demand"].sum())
    assert steps["On time"] + steps["Late"] + steps["Lost"] == pytest.approx(steps["Demand"])
    begins = {shown.cell(row, 2).value: shown.cell(row, 4).value for row in range(head + 1, head + 10)}
    assert begins["Late"] == pytest.approx(steps["On time"]) and begins["Demand"] == 0
    assert len(shown._charts) == 2
