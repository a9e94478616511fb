"""Whatever stands in the cells: no function ever raises, and a cell only gets what a cell can hold."""

from __future__ import annotations

import copy
import datetime as dt
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sop_xl.capabilities import CELL_FUNCTIONS
from sop_xl.functions.calling import call
from sop_xl.functions.describing import describe
from sop_xl.functions.plan_source import reading_from

from .good_calls import GOOD
from .small_plan import plan_at_hand

WORDS = ["", " ", "Sales", "A", "F", "12", "1,5", "15%", "#N/A", "#DIV/0!", "#S&OP: x", "=1+1", "cycle", "fill",
         "table",
         "stock", "demand", "2026-07", "2026-Q3", "committed", "TRUE", "\u00a0", "MASE", "why", "0.9"]  # fmt: skip
ODD = [None, True, False, 0, -1, 1, 2, 12, 46204, 2026, 1e308, -1e308, 1e-308, float("nan"), float("inf"), 10**400,
       np.float64(3), np.int64(-7), np.bool_(True), np.datetime64("NaT"), dt.datetime(2026, 7, 1), dt.date(1850, 1, 1),
       dt.datetime(9999, 12, 31, 23, 59), b"x", [], [[]], -2146826281]  # fmt: skip
cells = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(ODD),
    st.floats(0, 1000),
    st.integers(-100, 10_000),
    st.text(max_size=6),
)
ranges = st.lists(st.lists(cells, max_size=7), max_size=7)
numbers = st.lists(st.lists(st.floats(-10, 1000), min_size=1, max_size=14), min_size=1, max_size=5)
columns = st.lists(st.floats(0, 1000).map(lambda value: [value]), min_size=2, max_size=30)
values = st.one_of(cells, ranges, numbers, columns, st.lists(cells, max_size=8))


def check(result: Any) -> None:
    """A cell holds a number, a text or a truth value; a range holds rows of them, all of one length."""
    if not isinstance(result, list):
        assert type(result) in (int, float, str, bool), result
        assert not isinstance(result, float) or math.isfinite(result)
        return
    assert result and all(isinstance(row, list) for row in result)
    assert len({len(row) for row in result}) == 1 and result[0]
    for row in result:
        for cell in row:
            assert not isinstance(cell, list)
            check(cell)


@pytest.mark.parametrize("name", CELL_FUNCTIONS)
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_cells_give_what_a_cell_can_hold(name: str, data: st.DataObject) -> None:
    arguments = [data.draw(values) for _ in describe(name).arguments]
    given_some = data.draw(st.integers(0, len(arguments)))
    with reading_from(plan_at_hand()):
        check(call(name, arguments[:given_some]))


@pytest.mark.parametrize("name", CELL_FUNCTIONS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_good_call_with_one_argument_spoiled_is_answered(name: str, data: st.DataObject) -> None:
    arguments = list(GOOD[name])
    arguments[data.draw(st.integers(0, len(arguments) - 1))] = data.draw(values)
    with reading_from(plan_at_hand()):
        check(call(name, arguments))


@pytest.mark.parametrize("name", CELL_FUNCTIONS)
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_good_call_with_one_cell_spoiled_is_answered(name: str, data: st.DataObject) -> None:
    arguments = copy.deepcopy(GOOD[name])
    ranges_given = [argument for argument in arguments if isinstance(argument, list)]
    if ranges_given:
        row = data.draw(st.sampled_from(data.draw(st.sampled_from(ranges_given))))
        row[data.draw(st.integers(0, len(row) - 1))] = data.draw(cells)
    with reading_from(plan_at_hand()):
        check(call(name, arguments))


@pytest.mark.parametrize("name", CELL_FUNCTIONS)
def test_the_good_calls_are_good(name: str) -> None:
    assert len(GOOD[name]) == len(describe(name).arguments)
    with reading_from(plan_at_hand()):
        result = call(name, GOOD[name])
    check(result)
    assert "#S&OP" not in str(result)


@settings(max_examples=20)
@example([[1e15], [1e-15], [1e15]])
@example([[0], [0], [0]])
@example([[-5], [-5], [0]])
@given(columns)
def test_any_history_of_numbers_is_forecast(history: list[list[float]]) -> None:
    forecast = call("FORECAST", [history, 3])
    check(forecast)
    assert isinstance(forecast, list) and len(forecast) == 3 and all(row[0] >= 0 for row in forecast)
