"""The one door to the cell functions: what may be left out, what a problem looks like, what comes back."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from sop_xl.functions.calling import call, in_cells
from sop_xl.functions.problem import LONGEST, MARK, problem_text


@pytest.mark.parametrize("name", ["COVER", "cover", "SOP_COVER", "SOP.COVER"])
def test_the_name_may_be_written_as_on_any_face(name: str) -> None:
    assert call(name, [250, [[100, 100, 100]]]) == 2.5


@pytest.mark.parametrize("left_out", [None, "", " ", [[None]], [["", None]]])
def test_an_empty_cell_counts_as_left_out(left_out: object) -> None:
    assert call("COVER", [250, [[100, 100, 100]], left_out]) == 2.5


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("COVER", [250], "#S&OP: demand is missing or empty; select demand planned ahead"),
        ("COVER", [None, [[1]]], "#S&OP: stock is missing or empty; select stock now as one number"),
        ("COVER", [1, 2, 3, 4], "#S&OP: COVER takes at most 3 arguments"),
        ("OVER", [1], "#S&OP: there is no function 'OVER'"),
        ("FORECAST", [[[5]]], "#S&OP: history needs at least 2 numbers"),
        ("FORECAST", [[[5], [7]], "six"], "#S&OP: periods has 'six' in its cell, which is no number; write it plainly, "
         "such as 1250 or 12.5"),
        ("FORECAST", [[[5], [7]], [[1, 2]]], "#S&OP: periods takes one cell, not a range of 2"),
        ("FORECAST", [[[5], [7]], 2.5], "#S&OP: periods is 2.5; give a whole number from 1 to 200"),
        ("FORECAST", [[[5], ["#N/A"], [7]]], "#S&OP: history has #N/A in cell 2; correct it, or leave the cell empty"),
        ("FORECAST", [[[5], [-2146826281], [7]]], "#S&OP: history has #DIV/0! in cell 2; correct it, or leave the cell "
         "empty"),
    ],
)  # fmt: skip
def test_a_problem_names_the_argument_and_the_remedy(name: str, arguments: list[object], said: str) -> None:
    assert call(name, arguments) == said


def test_the_problem_of_a_cell_before_is_handed_on_as_it_is() -> None:
    first = call("COVER", [100, [[0, 0]]])
    assert first == "#S&OP: demand has nothing ahead; cover is not defined"
    assert call("SAFETYSTOCK", [first, 2]) == first
    assert call("FORECAST", [[[1.0], [first], [3.0]]]) == first


def test_a_long_problem_is_cut_to_what_a_cell_shows_on_one_line() -> None:
    text = problem_text("first line\n second " + "word " * 200)
    assert text.startswith(MARK + "first line second word") and len(text) <= LONGEST and "\n" not in text


@pytest.mark.parametrize(
    ("result", "cells"),
    [
        (np.float64(2.5), 2.5),
        (float("nan"), ""),
        (float("inf"), ""),
        (None, ""),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        ([[1.0], [2.0, 3.0]], [[1.0, ""], [2.0, 3.0]]),
        ([[np.int64(7)]], 7),
        ([], ""),
        (dt.date(2026, 7, 1), 46204.0),
        (dt.datetime(2026, 7, 1, 12), 46204.5),
        ([["a", True, None]], [["a", True, ""]]),
    ],
)
def test_results_are_plain_values_in_rows_of_one_length(result: object, cells: object) -> None:
    got = in_cells(result)
    assert got == cells and type(got) is type(cells)
