"""BRIDGE: bars by hand, and a sum that is exact whatever the numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_xl.functions.calling import call


def column(values: list) -> list[list]:
    return [[value] for value in values]


def test_volume_mix_and_price_by_hand() -> None:
    """Before: 10 at 2 and 5 at 4, on average 40/15. After: 12 at 2.5 and 6 at 4, in the same shares."""
    table = dict(call("BRIDGE", [column([10, 5]), column([2, 4]), column([12, 6]), column([2.5, 4])]))
    assert table == {
        "before": 40,
        "volume": pytest.approx(3 * 40 / 15),
        "mix": pytest.approx(0),
        "price": pytest.approx(12 * 0.5),
        "after": 54,
    }


def test_new_and_discontinued_products_have_bars_of_their_own() -> None:
    table = dict(call("BRIDGE", [[["q0", 10, 5, None]], [["p0", 2, 3, ""]], [["q1", 10, 0, 4]], [["p1", 2, 3, 7]]]))
    assert table == {"before": 35, "volume": 0, "mix": 0, "price": 0, "new": 28, "discontinued": -15, "after": 48}


products = st.lists(
    st.tuples(
        st.one_of(st.none(), st.floats(0, 1e6)), st.floats(0, 1e4), st.one_of(st.none(), st.floats(0, 1e6)),
        st.floats(0, 1e4),
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


@given(products)
def test_the_bars_add_up_to_the_total(rows: list[tuple]) -> None:
    table = call("BRIDGE", [column(list(side)) for side in zip(*rows, strict=True)])
    if isinstance(table, str):
        blank_side = any(all(row[side] is None for row in rows) for side in (0, 2))
        assert blank_side or not any(row[0] or row[2] for row in rows)
        return
    amounts = [row[1] for row in table]
    before = math.fsum((q or 0) * p for q, p, _, _ in rows)
    after = math.fsum((q or 0) * p for _, _, q, p in rows)
    scale = 1e-9 * (1 + sum(abs(amount) for amount in amounts))
    assert abs(amounts[0] - before) <= scale and abs(amounts[-1] - after) <= scale
    assert abs(math.fsum(amounts[:-1]) - amounts[-1]) <= scale


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            [[[1, 2]], [[1, 2]], [[1, 2]], [[1, None]], [["Kettle", "Toaster"]]],
            "price1 of Toaster is missing; give the",
        ),
        ([[[1, 2]], [[1, 2]], [[1, 2]], [[1]]], "price1 has 1 cells and units0 2; select ranges of the same size"),
        ([[[-1]], [[1]], [[1]], [[1]]], "units0 of product 1 are -1; a bridge needs units of 0 or more"),
        ([[[0, None]], [[1, 1]], [[0, 0]], [[1, 1]]], "units0 and units1 are 0 throughout"),
    ],
)
def test_what_is_missing_is_said_with_the_product(arguments: list[object], said: str) -> None:
    assert call("BRIDGE", arguments).startswith(f"#S&OP: {said}")
