"""Cells as Excel people mean them: numbers, headings, blanks, errors, dates; ranges of any shape."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from sop_xl.functions.blocks import read_block
from sop_xl.functions.cells import day_in, error_in, grid, heading, label_in, number_in, trimmed
from sop_xl.functions.problem import CellProblem


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (12, 12.0),
        (np.float32(0.5), 0.5),
        ("1250", 1250.0),
        (" 12.5 ", 12.5),
        ("-3e2", -300.0),
        ("15%", 0.15),
        ("12 500", 12500.0),
        ("1\u00a0234\u00a0567.5", 1234567.5),
        ("\u221215", -15.0),
        ("1 2 3", None),
        ("1,250", None),
        ("abc", None),
        ("", None),
        (None, None),
        (True, None),
        (float("nan"), None),
        (10**400, None),
        ("9" * 400, None),
    ],
)
def test_numbers_plainly_written_count_and_nothing_else(cell: object, number: float | None) -> None:
    assert number_in(grid(cell)[0][0]) == number


@pytest.mark.parametrize("value", [5, [5], [[5]], ((5,),), np.array([[5]]), [[[5]]]])
def test_one_cell_is_one_cell_however_it_arrives(value: object) -> None:
    assert grid(value) == [[5]]


def test_ragged_rows_end_in_blanks_and_blank_margins_are_cut() -> None:
    assert grid([[1, 2], [3]]) == [[1, 2], [3, None]]
    assert trimmed(grid([[1, None, ""], [None, 2, " "], [None], [""]])) == [[1, None], [None, 2]]
    assert trimmed(grid([[None], [""]])) == []
    assert trimmed([[None]] * 1_000_000) == [], "a whole empty column"


def test_a_range_beyond_reason_is_refused() -> None:
    with pytest.raises(CellProblem, match="too large"):
        grid([[0] * 3000] * 1000)


def test_errors_dates_and_headings_are_told_apart() -> None:
    assert error_in("#N/A") == "#N/A" and error_in("#hash") == "" and error_in("#S&OP: x") == "#S&OP: x"
    assert day_in(46204) == day_in(dt.date(2026, 7, 1)) == dt.datetime(2026, 7, 1)
    assert day_in(-1) is None and day_in(True) is None and day_in("2026") is None
    assert heading("Sales") and not heading("12") and not heading("#N/A") and not heading(" ") and not heading(3)
    assert label_in(4711.0) == "4711" and label_in(" A ") == "A" and label_in(None) == ""


def test_a_block_has_a_series_a_row_unless_names_stand_on_top() -> None:
    rows = read_block([["A", 1, 2], ["B", 3, None]], "x")
    assert rows.rows == ((1, 2), (3, None)) and rows.labels == ("A", "B") and rows.across
    columns = read_block([["A", "B"], [1, 3], [2, None]], "x")
    assert columns.rows == rows.rows and columns.labels == rows.labels and not columns.across
    both = read_block([[None, "Jan", "Feb"], ["A", 1, 2], ["B", 3, 4]], "x")
    assert both.rows == ((1, 2), (3, 4)) and both.periods == ("Jan", "Feb") and both.across
    assert both.laid_out([[9, 8], [7, 6]]) == [[9, 8], [7, 6]]
    assert columns.laid_out([[9, 8], [7, 6]]) == [[9, 7], [8, 6]]


def test_a_cell_that_is_no_number_is_named_by_its_place() -> None:
    with pytest.raises(CellProblem, match=r"x has 'n/a' in row 2, column 3"):
        read_block([["A", 1, 2], ["B", 3, "n/a"]], "x")
    with pytest.raises(CellProblem, match=r"x has a date in cell 2"):
        read_block([[1], [dt.datetime(2026, 1, 1)]], "x")
