"""CAPACITY by hand, FEASIBLE against a linear programme stated a second time, on its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from sop_xl.functions.calling import call


def lines(table: list[list]) -> dict[str, list]:
    """Return a table of the functions by the text in its first column."""
    return {row[0]: row[1:] for row in table}


def test_hours_utilisation_and_what_is_over_by_hand() -> None:
    demand = [["", "Jan", "Feb"], ["A", 10, 20], ["B", 5, None]]
    table = call("CAPACITY", [demand, [[1], [2]], [[30, 16]]])
    assert table == [
        ["", "Jan", "Feb"],
        ["hours needed", 20, 20],
        ["hours available", 30, 16],
        ["utilisation", pytest.approx(2 / 3), 1.25],
        ["over (+) / under (−)", -10, 4],
    ]


def test_every_resource_has_its_own_lines() -> None:
    found = lines(call("CAPACITY", [[[10, 20], [5, 0]], [["Press", "Paint"], [1, 0], [2, 0.5]], [[30, 15], [3, 0]]]))
    assert found["Press · hours needed"] == [20, 20] and found["Paint · hours needed"] == [2.5, 0]
    assert found["Paint · utilisation"] == [pytest.approx(2.5 / 3), ""], "no hours, no utilisation"


def test_a_column_is_periods_of_one_product_or_products_of_one_period() -> None:
    over_time = call("CAPACITY", [[[10], [20], [30]], 2, 50])
    assert over_time[0][0] == "hours needed" and [row[0] for row in over_time[1:]] == [20, 40, 60]
    of_products = lines(call("CAPACITY", [[[10], [20], [30]], [[1], [2], [3]], 50]))
    assert of_products["hours needed"] == [140]


def planned(*arguments: object) -> dict[str, list]:
    """Return the lines of a plan."""
    return lines(call("FEASIBLE", list(arguments)))


def test_a_small_plan_by_hand() -> None:
    """Capacity 100: what June lacks is built in May at 1 a unit, before overtime at 2 and lateness at 10."""
    assert planned([[80, 100, 150, 90]], 100, 40) == {
        "demand": [80, 100, 150, 90],
        "production": [90, 100, 100, 90],
        "overtime": [0, 0, 0, 0],
        "stock": [50, 50, 0, 0],
        "shortage": [0, 0, 0, 0],
    }


def test_what_cannot_be_made_stays_short_to_the_end() -> None:
    found = planned([["", "Jan", "Feb", "Mar"], ["A", 150, 100, 130]], 100, 0, None, 10)
    assert found["A · production"] == [100, 100, 100] and found["A · overtime"] == [10, 10, 10]
    assert found["A · shortage"][-1] == pytest.approx(380 - 330)


def test_products_share_the_capacity_and_a_column_stays_a_column() -> None:
    found = planned([["A", 100, 100], ["B", 50, 10]], [[120, 120]], [[20], [0]], [[1], [2]])
    assert found["A · shortage"] == [0, 0] and found["B · shortage"] == [30, 30], "B takes two hours for a unit"
    down = call("FEASIBLE", [[["Kettles"], [80], [100]], 100])
    assert down[0] == [f"Kettles · {what}" for what in ("demand", "production", "overtime", "stock", "shortage")]
    assert down[1][:2] == [80, 80]


def least_cost(
    demand: np.ndarray, regular: float, opening: float, overtime: float, cost: float, holding: float, late: float
) -> float:
    """Return the least cost of one product: production, overtime, stock and backlog per period, as one programme."""
    n = len(demand)
    price = np.r_[np.zeros(n), np.full(n, cost), np.full(n, holding), np.full(n, late)]
    balance = np.zeros((n, 4 * n))
    for t in range(n):
        balance[t, [t, n + t]] = 1
        balance[t, 2 * n + t], balance[t, 3 * n + t] = -1, 1
        if t:
            balance[t, 2 * n + t - 1], balance[t, 3 * n + t - 1] = 1, -1
    wanted = demand.astype(float).copy()
    wanted[0] -= opening
    limits = [(0, regular)] * n + [(0, overtime)] * n + [(0, None)] * (2 * n)
    limits[-1] = (0, 0)
    solved = linprog(price, A_eq=balance, b_eq=wanted, bounds=limits)
    assert solved.status == 0
    return float(solved.fun)


@settings(max_examples=15)
@given(
    st.lists(st.integers(0, 150), min_size=2, max_size=9).filter(any),
    st.integers(0, 60),
    st.integers(0, 40),
    st.sampled_from([0.5, 3.0, 12.0]),
    st.sampled_from([0.5, 1.0, 4.0]),
    st.sampled_from([2.0, 10.0]),
)
def test_no_plan_costs_less(
    demand: list[int], opening: int, overtime: int, cost: float, holding: float, late: float
) -> None:
    """With capacity for all of it by the end, the plan's cost is the least that another statement finds."""
    regular = max(0.0, (sum(demand) - opening) / len(demand) - overtime / 2) + 5
    table = planned([demand], regular, opening, None, overtime, cost, holding, late)
    stock, short = np.array(table["stock"]), np.array(table["shortage"])
    extra, made = np.array(table["overtime"]), np.array(table["production"])
    assert max(made) <= regular + 1e-6 and max(extra, default=0) <= overtime + 1e-6
    owed = np.cumsum(demand) - opening - np.cumsum(made + extra)
    assert short - stock == pytest.approx(owed, abs=1e-4)
    if regular * len(demand) + overtime * len(demand) + opening < sum(demand):
        return
    paid = cost * extra.sum() + holding * stock.sum() + late * short.sum()
    least = least_cost(np.array(demand), regular, opening, overtime, cost, holding, late)
    assert paid == pytest.approx(least, rel=1e-5, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("CAPACITY", [[[10, -5]], 1, 10], "demand has -5; give units of 0 or more"),
        ("CAPACITY", [[[0, 0]], 1, 10], "demand is 0 throughout; there is nothing to plan"),
        ("CAPACITY", [[[1, 2]], 0, 10], "hours_per_unit is 0 everywhere"),
        ("CAPACITY", [[[1, 2, 3]], 1, [[10, 20]]], "available has 2 cells for 3 periods; give one number, or one a"),
        ("CAPACITY", [[[1, 2], [3, 4]], [[1], [2], [3]], 9], "hours_per_unit has 3 rows for 2 products"),
        ("FEASIBLE", [[[1, 2]], 10, None, 0], "hours_per_unit must be above 0"),
        ("FEASIBLE", [[[1, 2]], -10], "capacity has -10; give numbers of 0 or more"),
        ("FEASIBLE", [[[1] * 200], 10], "demand is 1 products × 200 periods; at most 200 × 120"),
    ],
)
def test_ranges_that_do_not_fit_are_said(name: str, arguments: list[object], said: str) -> None:
    assert call(name, arguments).startswith(f"#S&OP: {said}")


def test_blanks_beside_one_number_do_not_make_it_one_number_for_all() -> None:
    assert lines(call("CAPACITY", [[[10, 20]], 1, [[50, None]]]))["hours available"] == [50, 0]
    assert lines(call("CAPACITY", [[[10, 20]], 1, [["Hours", 50, None]]]))["hours available"] == [50, 0]
    assert lines(call("CAPACITY", [[[10, 20], [1, 1]], [[1], [None]], 50]))["hours needed"] == [10, 20]
    of_two = lines(call("CAPACITY", [[[10, 20]], [[1, 1]], [[50, None], [20, None]]]))
    assert of_two["resource 2 · hours available"] == [20, 0]


@pytest.mark.filterwarnings("error")
def test_next_to_no_hours_are_none() -> None:
    assert lines(call("CAPACITY", [[[10]], 1, 5e-324]))["utilisation"] == [""]
