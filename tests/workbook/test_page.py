"""The family page: the identity of stock, totals by the rule of each measure, and figures found another way."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_xl.finance.cover import months_of_supply as cover
from sop_xl.workbook.example import example_inputs, example_plan
from sop_xl.workbook.page import Layout, Page, family_page, monthly, months_of, total_page
from sop_xl.workbook.page_rows import months_of_supply
from sop_xl.workbook.page_sheet import sheet_names

START = date(2026, 7, 1)


def long(values: dict[str, dict[str, float]], family: str = "F") -> pd.DataFrame:
    """Return a family_pages table from values by measure and month."""
    return pd.DataFrame(
        [(family, m, pd.Timestamp(f"{p}-01"), v) for m, months in values.items() for p, v in months.items()],
        columns=["family", "measure", "period", "value"],
    )


def page_of(values: dict[str, dict[str, float]]) -> tuple[Page, Layout]:
    frame = long(values)
    layout = Layout(months_of(frame, START))
    return family_page("F", "", "Fam F", frame, layout), layout


def row(page: Page, layout: Layout, name: str) -> list[object]:
    return [page.at(name, column) for column in [*layout.columns, *(t[0] for t in layout.totals)]]


VALUES = {
    "sales_plan": {"2026-06": 90, "2026-07": 100, "2026-08": 120, "2026-09": 80, "2026-10": 100},
    "sales_actual": {"2026-06": 100},
    "consensus_demand": {"2026-07": 100, "2026-08": 150, "2026-09": 80, "2026-10": 100},
    "production_plan": {"2026-07": 110, "2026-08": 110, "2026-09": 110, "2026-10": 60},
    "inventory_actual": {"2026-06": 50},
    "inventory_plan": {"2026-07": 65, "2026-08": 55, "2026-09": 85, "2026-10": 45},
    "revenue": {"2026-07": 1000, "2026-08": 1200, "2026-09": 800, "2026-10": 1000},
    "gross_margin": {"2026-07": 400, "2026-08": 480, "2026-09": 320, "2026-10": 200},
    "capacity_load": {"2026-07": 0.8, "2026-08": 1.02, "2026-09": 0.9, "2026-10": 0.5},
}


def test_flows_add_up_stock_is_the_last_and_load_the_highest() -> None:
    """Columns: June (actual), July … October, then Q3, Q4, 2026. July gets 5 units from elsewhere."""
    page, layout = page_of(VALUES)
    assert [label for _, label, _, _ in layout.totals] == ["Q3 2026", "Q4 2026", "2026"]
    assert row(page, layout, "sales_plan") == [90, 100, 120, 80, 100, 300, 100, 400]
    assert row(page, layout, "other_movements") == ["", 5, 0, 0, 0, 5, 0, 5]
    assert row(page, layout, "inventory_plan") == ["", 65, 55, 85, 45, 85, 45, 45]
    assert row(page, layout, "capacity_load") == ["", 0.8, 1.02, 0.9, 0.5, 1.02, 0.5, 1.02]
    assert row(page, layout, "unmet") == ["", 0, 30, 0, 0, 30, 0, 30]
    assert row(page, layout, "margin_share")[5:] == [0.4, 0.2, 0.35]


def test_the_past_shows_difference_running_difference_and_accuracy() -> None:
    page, layout = page_of(VALUES)
    assert [row(page, layout, name)[0] for name in ("sales_difference", "sales_cumulative", "sales_accuracy")] == [
        10,
        10,
        0.9,
    ]
    assert row(page, layout, "sales_difference")[1:5] == ["", "", "", ""]


def test_closing_stock_lasts_as_long_as_the_plan_after_it_consumes() -> None:
    """July: 65 of August's 120. August: 55 of 80. September: 85 of 100. October: 45 at the mean of all months."""
    page, layout = page_of(VALUES)
    found = row(page, layout, "months_of_supply")[1:5]
    assert found == pytest.approx([65 / 120, 55 / 80, 85 / 100, 45 / ((100 + 100 + 120 + 80 + 100) / 5)])


@given(
    st.lists(st.integers(0, 200), min_size=2, max_size=24),
    st.lists(st.integers(0, 900), min_size=24, max_size=24),
)
def test_months_of_supply_is_that_of_finance(sales: list[int], stock: list[int]) -> None:
    wanted = cover([float(s) for s in stock[: len(sales)]], sales, [1.0] * len(sales))
    for position, months in enumerate(wanted):
        value = months_of_supply(float(stock[position]), [float(s) for s in sales], position)[1]
        assert value == ("" if math.isnan(months) else pytest.approx(months))


def test_the_total_adds_units_takes_the_highest_load_and_misses_do_not_cancel() -> None:
    two = {
        "A": {**VALUES, "sales_actual": {"2026-06": 100}},
        "B": {**VALUES, "sales_actual": {"2026-06": 80}, "capacity_load": {"2026-07": 1.5}},
    }
    frame = pd.concat([long(values, family) for family, values in two.items()])
    layout = Layout(months_of(frame, START))
    pages = [family_page(f, "", f"Fam {f}", frame[frame["family"] == f], layout) for f in two]
    total = total_page(pages, "Total", layout)
    assert row(total, layout, "sales_plan")[:3] == [180, 200, 240]
    assert row(total, layout, "capacity_load")[1:3] == [1.5, 1.02]
    assert row(total, layout, "sales_difference")[0] == 0
    assert row(total, layout, "sales_accuracy")[0] == pytest.approx(1 - (10 + 10) / 180)


def test_the_total_of_very_many_families_keeps_within_the_limits_of_a_formula() -> None:
    codes = [f"F{i:03}" for i in range(300)]
    frame = pd.concat([long(VALUES, code) for code in codes])
    layout = Layout(months_of(frame, START))
    pages = [family_page(c, "", f"Fam {c}", frame[frame["family"] == c], layout) for c in codes]
    total = total_page(pages, "Total", layout)
    assert row(total, layout, "sales_plan")[:2] == [300 * 90, 300 * 100]
    assert max(map(len, total.formulas.values())) <= 8192


def test_weeks_become_months_by_the_rule_of_each_measure() -> None:
    weeks = pd.DataFrame(
        [
            ("F", measure, pd.Timestamp(day), value)
            for day, value in (("2026-07-01", 10.0), ("2026-07-06", 20.0), ("2026-07-13", 5.0))
            for measure in ("sales_plan", "inventory_plan", "capacity_load", "sales_accuracy")
        ],
        columns=["family", "measure", "period", "value"],
    )
    found = monthly(weeks).set_index("measure")["value"].to_dict()
    assert found == {"sales_plan": 35, "inventory_plan": 5, "capacity_load": 20}


def test_what_the_page_works_out_is_what_the_plan_says() -> None:
    """Rows that the page makes from others equal those the finance step stored for the example plan."""
    frame = monthly(example_plan()["family_pages"])
    layout = Layout(months_of(frame, example_inputs().calendar.start))
    stored = frame.set_index(["family", "measure", "period"])["value"]
    worked_out = ("inventory_plan", "sales_difference", "production_difference", "sales_accuracy", "months_of_supply")
    compared = 0
    for family, part in frame.groupby("family"):
        page = family_page(str(family), "", f"Fam {family}", part, layout)
        for measure in worked_out:
            for day, column in zip(layout.months.all, layout.columns, strict=True):
                wanted = stored.get((family, measure, pd.Timestamp(day)))
                if wanted is not None and page.at(measure, column) != "":
                    assert page.at(measure, column) == pytest.approx(wanted, abs=2e-3), (family, measure, day)
                    compared += 1
    assert compared > 80


def test_names_of_sheets_are_allowed_by_excel_and_unique() -> None:
    names = sheet_names(["A/B", "A:B", "x" * 40, "x" * 41, "a/b"], taken=["Total"])
    assert len({name.lower() for name in names.values()}) == 5
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names.values())


def test_every_family_has_its_page_its_chart_and_its_line_in_the_index(books: dict[str, Path]) -> None:
    workbook = openpyxl.load_workbook(books["executive"], data_only=True)
    families = sorted(example_inputs()["families"]["family"])
    for family in families:
        assert len(workbook[f"Fam {family}"]._charts) == 1
    index = workbook["FamilyPages"]
    assert [index.cell(row, 2).value for row in range(6, 6 + len(families) + 1)] == [*families, "Total"]
    plan = example_plan()["sales_plan"].groupby("family")["delivered"].sum()
    for row_number, family in enumerate(families, start=6):
        assert index.cell(row_number, 4).value == pytest.approx(plan[family])
