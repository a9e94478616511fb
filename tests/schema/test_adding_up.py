"""Columns add up over products and time as the schema declares, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sop_xl.schema.adding_up import add_up, weight_column
from sop_xl.schema.catalogue import table

JULY, AUGUST = np.datetime64("2026-07-01"), np.datetime64("2026-08-01")
PERIODS = np.array([AUGUST, JULY, AUGUST, JULY])
VALUES = np.array([1.0, 20.0, 300.0, 4000.0])


@pytest.mark.parametrize(
    ("name", "column", "expected"),
    [
        ("sales_plan", "delivered", 4321),
        ("inventory_plan", "closing_stock", 301),
        ("inventory_plan", "opening_stock", 4020),
    ],
)
def test_sums_and_first_and_last_of_a_period(name: str, column: str, expected: float) -> None:
    assert add_up(VALUES, PERIODS, table(name).column(column)) == expected


def test_prices_are_weighted_by_units() -> None:
    price = table("sales_plan").column("price")
    assert add_up(np.array([10.0, 20.0]), PERIODS[:2], price, np.array([30.0, 10.0])) == 12.5
    assert math.isnan(add_up(np.array([10.0, 20.0]), PERIODS[:2], price, np.zeros(2)))


def test_what_is_not_given_is_left_out_and_nothing_is_not_zero() -> None:
    delivered = table("sales_plan").column("delivered")
    assert add_up(np.array([5.0, math.nan]), PERIODS[:2], delivered) == 5
    assert math.isnan(add_up(np.array([math.nan]), PERIODS[:1], delivered))


def test_a_column_that_is_never_added_up_has_a_number_for_one_row_only() -> None:
    value = table("resource_load").column("marginal_value")
    assert add_up(np.array([7.0]), PERIODS[:1], value) == 7
    with pytest.raises(ValueError, match="marginal_value is never added up"):
        add_up(VALUES, PERIODS, value)


@pytest.mark.parametrize(
    ("name", "weight"), [("sales_plan", "delivered"), ("consensus_demand", "consensus"),
                         ("resource_load", "available_hours"), ("kpis", "")]
)  # fmt: skip
def test_the_weight_of_a_table(name: str, weight: str) -> None:
    assert weight_column(table(name)) == weight
