"""The executive pack: families in front, the plan's tables at the end, the version everywhere."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from sop_xl.model.calendar import Calendar
from sop_xl.scenario.compare import rank
from sop_xl.schema.frames import rows
from sop_xl.workbook.content import PackContent
from sop_xl.workbook.example import example_inputs, example_plan
from sop_xl.workbook.pack import DATA, altitude, read_pack, write_pack
from sop_xl.workbook.pack_scenarios import weights_by_figure
from sop_xl.workbook.report import pretty

from .conftest import VERSION, packed


@pytest.fixture(scope="module")
def opened(pack: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(pack, data_only=True)


def column_below(sheet: object, header: str, count: int, top: int = 5) -> list[object]:
    row = next(iter(sheet.iter_rows(min_row=top, max_row=top)))
    at = next(cell.column for cell in row if cell.value == header)
    return [sheet.cell(top + 1 + i, at).value for i in range(count)]


def test_reading_the_pack_back_gives_the_same_plan(pack: Path) -> None:
    found, plan = read_pack(pack), example_plan()
    assert found.issues == ()
    assert found.version == VERSION
    assert set(found.tables) == {name for name in DATA if len(plan[name])}
    for name, frame in found.tables.items():
        assert_frame_equal(frame, plan[name].reset_index(drop=True), rtol=1e-13)


def test_every_printed_page_carries_the_version(pack: Path) -> None:
    for sheet in openpyxl.load_workbook(pack).worksheets:
        if sheet.title != "_meta":
            assert VERSION[:16] in sheet.oddFooter.left.text, sheet.title


def test_the_visible_part_keeps_to_families(opened: openpyxl.Workbook) -> None:
    """No sheet before the data section names a product; what people wrote themselves is for altitude() to tell."""
    products = set(example_inputs()["products"]["product"])
    written_by_people = {"Decisions", "Risks", "Scenarios", "Assumptions"}
    for sheet in opened.worksheets:
        if sheet.title.startswith("Data ") or sheet.title in written_by_people or sheet.title == "_meta":
            continue
        named = {str(cell.value) for row in sheet.iter_rows() for cell in row} & products
        assert not named, sheet.title


def test_profit_and_loss_by_family_is_the_sum_of_the_products(opened: openpyxl.Workbook) -> None:
    pnl = example_plan()["profit_and_loss"]
    sums = pnl.groupby("family", sort=False)[["revenue", "gross_margin"]].sum()
    sheet = opened["ProfitLoss"]
    for header, name in (("Revenue", "revenue"), ("Gross margin", "gross_margin")):
        assert column_below(sheet, header, len(sums) + 1) == pytest.approx([*sums[name], sums[name].sum()])


def test_the_recommended_scenario_is_marked_and_weights_are_shown(opened: openpyxl.Workbook) -> None:
    comparison = example_plan()["scenario_comparison"]
    best = comparison.loc[comparison["recommended"], "scenario"].item()
    sheet = opened["Scenarios"]
    marked = [sheet.cell(5, cell.column).value for cell in sheet[7] if cell.value == "★ recommended"]
    assert marked == [best]
    shown = {sheet.cell(row, 2).value: sheet.cell(row, 4).value for row in range(8, 19)}
    assert (shown["Gross margin"], shown["Fill rate"], shown["Revenue"]) == (0.4, 0.3, None)


def test_the_score_follows_the_weights_on_the_sheet(pack_content: PackContent, tmp_path: Path) -> None:
    """Other weights than those of the plan give the scores and the star that the ranking gives; formulas read them."""
    weights = {"service_weight": 0.1, "margin_weight": 0.0, "stock_weight": 0.9, "cash_weight": 0.2, "co2_weight": 0.3}
    target = tmp_path / "pack.xlsx"
    write_pack(replace(pack_content, weights=weights), target)
    sheet = openpyxl.load_workbook(target, data_only=True)["Scenarios"]
    rows = {sheet.cell(row, 2).value: row for row in range(8, 45)}
    columns = {sheet.cell(5, column).value: column for column in range(5, 60) if sheet.cell(5, column).value}
    comparison = pack_content.tables["scenario_comparison"].set_index("scenario")
    figures = {str(name): {str(k): v for k, v in row.items()} for name, row in comparison.iterrows()}
    ours = comparison.index[comparison["kind"].isin(("base", "choice"))].tolist()
    expected = rank(figures, ours, {**dict.fromkeys(weights, 0.0), **weights})
    found = {name: sheet.cell(rows["Score under these weights"], columns[name]).value for name in columns}
    assert set(ours) < set(columns) and found == {name: pytest.approx(expected.scores[name]) for name in columns}
    below = [sheet.cell(row, 2).value for row in range(45, 80)]
    assert set(comparison.loc[~comparison.index.isin(columns), "title"]) <= set(below), "the others stand as rows"
    starred = [n for n in ours if sheet.cell(rows["Highest of those that can be chosen"], columns[n]).value == "★"]
    assert expected.recommended in starred
    assert not sheet.cell(rows["Try other weights"] + 1, 4).protection.locked


def test_weights_are_known_by_setting_and_by_figure() -> None:
    assert weights_by_figure({"service_weight": 1, "co2": 2, "gross_margin": 3}) == {
        "fill_rate": 1,
        "co2": 2,
        "gross_margin": 3,
    }


def test_gaps_are_added_up_by_family_and_relief(opened: openpyxl.Workbook, pack_content: PackContent) -> None:
    gaps = pack_content.tables["gaps"]
    totals = gaps.groupby(["family", "relief"])["late"].sum()
    found = column_below(opened["Gaps"], "Late", len(totals) + 1)
    assert sorted(found[:-1]) == pytest.approx(sorted(totals))
    assert found[-1] == pytest.approx(gaps["late"].sum())


def test_load_of_every_resource_stands_in_the_heat_map(opened: openpyxl.Workbook) -> None:
    load = example_plan()["resource_load"]
    sheet = opened["Capacity"]
    resources = sorted(load["resource"].unique())
    assert [sheet.cell(7 + i, 2).value for i in range(len(resources))] == resources
    for i, resource in enumerate(resources):
        part = load[load["resource"] == resource].sort_values("period")["utilisation"]
        assert [sheet.cell(7 + i, 3 + p).value for p in range(len(part))] == pytest.approx(part.tolist())
        assert sheet.cell(7 + i, 3 + len(part)).value == pytest.approx(part.max())


def test_the_bridge_adds_up(opened: openpyxl.Workbook) -> None:
    cells = [cell for row in opened["ProfitLoss"].iter_rows() for cell in row if cell.value == "Bars add up"]
    assert [opened["ProfitLoss"].cell(cell.row, 4).value for cell in cells] == ["OK"]


def test_a_pack_of_nothing_says_so_on_every_sheet() -> None:
    calendar = Calendar.telescoping(pd.Timestamp("2026-07-01").date(), monthly=3)
    target = io.BytesIO()
    write_pack(PackContent({}, calendar, ""), target)
    workbook = openpyxl.load_workbook(target)
    for name in ("Dashboard", "Scenarios", "Gaps", "Capacity", "ProfitLoss", "Reconciliation", "Accuracy"):
        words = " ".join(str(cell.value) for row in workbook[name].iter_rows() for cell in row if cell.value)
        assert "No " in words, name


def test_no_gap_is_good_news() -> None:
    inputs = example_inputs()
    content = PackContent({"gaps": rows("gaps", [])}, inputs.calendar, "v")
    sheet = openpyxl.load_workbook(io.BytesIO(packed(content)))["Gaps"]
    assert "No gap: every unit demanded is delivered on time." in [c.value for r in sheet.iter_rows() for c in r]


def test_altitude_names_decisions_about_products(pack_content: PackContent) -> None:
    decisions = rows(
        "decisions", [{"decision": "D-1", "question": "Drop KT-10?"}, {"decision": "D-2", "question": "KT-100?"}]
    )
    low = PackContent(
        {**pack_content.tables, "decisions": decisions}, pack_content.calendar, "v", messages=["TO-04 is late."]
    )
    assert [(issue.table, issue.message.split("'")[1]) for issue in altitude(low)][:2] == [
        ("", "TO-04"),
        ("decisions", "KT-10"),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("gross_margin", "Gross margin"),
        ("margin_pct", "Margin %"),
        ("dio", "DIO"),
        ("revenue against budget, 2026-07 to 2027-12", "Revenue against budget, 2026-07 to 2027-12"),
    ],
)
def test_figures_are_named_as_people_say_them(name: str, text: str) -> None:
    assert pretty(name) == text
