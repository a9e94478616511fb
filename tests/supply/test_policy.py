"""Stock targets: which row of the policy counts, months of supply, and what is worth more than stock."""

from __future__ import annotations

import pytest

from sop_xl.supply.elements import Node
from sop_xl.supply.policy import Policies, months_ahead

from .case import asked, column, inputs, planned


def test_the_most_specific_row_of_the_policy_counts() -> None:
    given = inputs(
        demand=asked("A", [1], location="P"),
        locations=[{"location": "P"}, {"location": "Q"}],
        products=[{"product": p, "family": "F"} for p in ("A", "B")] + [{"product": "C", "family": "G"}],
        inventory_policy=[
            {"min_stock": 1},
            {"location": "Q", "min_stock": 2},
            {"product": "F", "min_stock": 3},
            {"product": "F", "location": "Q", "min_stock": 4},
            {"product": "A", "min_stock": 5},
        ],
    )
    policies = Policies(given, {"A": "F", "B": "F", "C": "G"})
    found = {(p, at): policies.of(Node(p, at)) for p in "ABC" for at in "PQ"}
    assert {key: row and row["min_stock"] for key, row in found.items()} == {
        ("A", "P"): 5,
        ("A", "Q"): 5,
        ("B", "P"): 3,
        ("B", "Q"): 4,
        ("C", "P"): 1,
        ("C", "Q"): 2,
    }


def test_months_of_supply_look_forward_in_parts_of_buckets_and_beyond_the_horizon() -> None:
    assert months_ahead([10, 20, 40], [1, 1, 1], 1.5) == pytest.approx((20 + 20, 40 + 20, 60))
    assert months_ahead([10, 20, 40], [1, 0.5, 2], 1) == pytest.approx((20 + 10, 20, 20))
    assert months_ahead([5, 5], [1, 1], 0) == (0, 0)


def test_stock_is_built_to_the_safety_stock_and_kept_below_the_most() -> None:
    """The ending stock makes it worth building; the most (2 months of 6) is broken only by what already lies there."""
    given = inputs(
        {"objective": "cost", "shortfall_cost_pct": 1},
        demand=asked("A", [6, 6, 6], price=50),
        inventory=[{"product": "A", "location": "P", "on_hand": 25}],
        routings=[{"product": "A", "location": "P"}],
        price_cost=[{"product": "A", "price": 50, "material_cost": 1}],
        inventory_policy=[{"method": "months of supply", "min_stock": 1, "max_stock": 2, "holding_cost": 0.5}],
    )
    plan = planned(given)
    assert column(plan, "inventory_plan", "safety_stock") == [6, 6, 6]
    assert column(plan, "inventory_plan", "closing_stock") == pytest.approx([19, 13, 7])
    assert plan.kpis["penalty_overstock"] == pytest.approx((7 + 1) * 10 * 1)


def test_an_ending_stock_left_out_never_takes_units_from_a_customer_but_a_stated_one_may() -> None:
    """10 units for 10 customers at 20; a missing ending unit weighs ten times the standard cost of 5."""
    company = {
        "demand": asked("A", [10], price=20),
        "inventory": [{"product": "A", "location": "P", "on_hand": 10}],
        "price_cost": [{"product": "A", "price": 20, "material_cost": 5}],
    }
    lost = {"shortage": "lost_sales"}
    derived = planned(inputs(lost, **company, inventory_policy=[{"min_stock": 4}]))
    stated = planned(inputs(lost, **company, inventory_policy=[{"min_stock": 4, "ending_stock": 4}]))
    assert column(derived, "inventory_plan", "closing_stock") == [0]
    assert column(stated, "inventory_plan", "closing_stock") == [4]


def test_safety_stock_is_used_before_a_customer_waits() -> None:
    """By default a missing unit of safety stock weighs 50 % of the cost a month, a late one 1 % of the price."""
    given = inputs(
        {"shortfall_cost_pct": 0.5},
        demand=asked("A", [10, 0, 0], price=20),
        inventory=[{"product": "A", "location": "P", "on_hand": 10}],
        price_cost=[{"product": "A", "price": 20, "material_cost": 5}],
        inventory_policy=[{"min_stock": 4, "ending_stock": 0}],
    )
    assert column(planned(given), "sales_plan", "delivered") == [10, 0, 0]
