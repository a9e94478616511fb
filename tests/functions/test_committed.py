"""PLAN and WHY on a plan of two products, two places and three months, small enough to add up by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from sop_xl.functions.calling import call
from sop_xl.functions.plan_source import reading_from

from .small_plan import VERSION, plan_at_hand


@pytest.fixture(autouse=True)
def _at_hand() -> Iterator[None]:
    with reading_from(plan_at_hand()):
        yield


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        (["demand"], 570),
        (["sales"], 530),
        (["lost", "A"], 40),
        (["revenue", "A"], 320 * 10 + 60 * 20),
        (["consensus_demand.revenue", "A"], 6 * 999),
        (["demand", "F", "2026-08"], 190),
        (["Demand", "a", "2026-Q3", "n"], 360),
        (["promotion", None, "2026"], 45),
        (["production", "B", dt.datetime(2026, 9, 17)], 50),
        (["production", "B", 46204], 50),
        (["sales_plan.lost", "ALL", "2026-09-01"], 40),
        (["lost", "B"], 0),
        (["late", "A"], 0),
    ],
)
def test_quantities_are_summed_over_what_is_left_out(arguments: list[object], value: float) -> None:
    assert call("PLAN", arguments) == pytest.approx(value)


def test_stock_is_that_of_the_last_period_asked() -> None:
    assert call("PLAN", ["stock", "A"]) == 0 + 5
    assert call("PLAN", ["closing stock", "F", "2026-07"]) == 30 + 5 + 7
    assert call("PLAN", ["closing_stock", "F", "2026-08", "N"]) == 20 + 8


def test_prices_and_loads_are_weighted_and_marginal_values_never_added() -> None:
    assert call("PLAN", ["price", "A"]) == pytest.approx((320 * 10 + 60 * 20) / 380)
    assert call("PLAN", ["load", "LINE"]) == pytest.approx(350 / 400)
    assert call("PLAN", ["marginal_value", "LINE", "2026-08"]) == 3
    assert call("PLAN", ["marginal_value", "LINE"]) == (
        "#S&OP: marginal_value is never added up; name one product, location and period"
    )


def test_a_column_of_products_and_a_row_of_periods_spill_into_a_table() -> None:
    table = call("PLAN", ["demand", [["A"], [""], ["B"], ["C"]], [["2026-07", "2026", "2027"]]])
    unknown = "#S&OP: product 'C' is not in the plan; check how it is written"
    outside = "#S&OP: period 2027-01 is outside the plan, 2026-07 to 2026-09"
    assert table == [[110, 420, outside], ["", "", ""], [50, 150, outside], [unknown] * 3]


def test_ranges_of_the_same_shape_are_read_pair_by_pair() -> None:
    assert call("PLAN", ["demand", [["A"], ["B"]], [["2026-07"], ["2026-09"]]]) == [[110], [50]]
    assert call("PLAN", ["demand", [["A"], ["B"]], [[1], [2], [3]]]).startswith(
        "#S&OP: product is 2 × 1 cells and period 3 × 1; give a column and a row"
    )


def test_key_figures_of_the_whole_plan_are_read_by_name() -> None:
    assert call("PLAN", ["fill rate"]) == pytest.approx(530 / 570)
    assert call("PLAN", ["fill rate", "A"]).startswith("#S&OP: measure 'fill rate' is not known")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["weather"], "measure 'weather' is not known; write one such as demand, sales, stock"),
        (["gaps.cause"], "measure cause is text, not a number; WHY tells causes in words"),
        (["products.family"], "measure 'products.family' is not in the plan"),
        (["demand", "C"], "product 'C' is not in the plan; check how it is written"),
        (["demand", "A", "soon"], "period 'soon' is no date; write a date, or 2026-07, 2026-Q3 or 2026"),
        (["demand", "A", None, "X"], "location 'X' is not in the plan; there are N, S"),
        (["load", "LINE", None, None, "WEB"], "load is not kept by channel; leave channel empty"),
        (["demand", None, None, None, None, "deadbeef"], "version 'deadbeef' is not here"),
        (["demand", [["#N/A"]]], "product has #N/A; correct it"),
    ],
)
def test_what_cannot_be_read_is_said(arguments: list[object], said: str) -> None:
    assert call("PLAN", arguments).startswith(f"#S&OP: {said}")


def test_a_version_is_named_by_the_beginning_of_its_hash() -> None:
    assert call("PLAN", ["demand", None, None, None, None, VERSION[:8]]) == 570


def test_why_tells_gap_cause_relief_and_layers() -> None:
    assert call("WHY", ["A", "2026-09"]) == (
        "Demand 170, delivered 130: 40 lost, worth 400. Cause: LINE is full in 2026-09. "
        "Cheapest relief: overtime on LINE (2.50 a unit). Demand: baseline 160, promotion +10."
    )
    assert call("WHY", ["B"]) == "Demand of 150 is met on time. Demand: baseline 135, promotion +15."
    assert call("WHY", [[["B"], ["X"]], "2026-07"]) == [
        ["Demand of 50 is met on time. Demand: baseline 45, promotion +5."],
        ["#S&OP: product 'X' is not in the plan; check how it is written"],
    ]
