"""Who is served when supply is short, and what shortage costs."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sop_xl.supply.service import served

from .case import asked, column, inputs, planned


def test_channels_are_served_in_the_order_of_their_priority_whatever_they_pay() -> None:
    channels = [
        {"channel": "HOSPITAL", "priority": 1},
        {"channel": "SHOP", "priority": 2},
        {"channel": "WEB", "priority": 3},
    ]
    prices = {"HOSPITAL": 5, "SHOP": 30, "WEB": 20}
    for shortage in ("lost_sales", "backorder"):
        for objective in ("profit", "cost"):
            given = inputs(
                {"shortage": shortage, "objective": objective},
                demand=[row for c, p in prices.items() for row in asked("A", [10, 10], price=p, channel=c)],
                channels=channels,
                resources=[{"resource": "M", "location": "P", "hours": 15}],
                routings=[{"product": "A", "resource": "M", "hours_per_unit": 1}],
            )
            plan = planned(given)
            on_time = {c: column(plan, "sales_plan", "on_time", channel=c) for c in prices}
            assert on_time == {"HOSPITAL": [10, 10], "SHOP": [5, 5], "WEB": [0, 0]}, (shortage, objective)


def test_with_equal_priorities_the_price_decides() -> None:
    given = inputs(
        {"shortage": "lost_sales"},
        demand=[*asked("A", [10], price=5, channel="X"), *asked("A", [10], price=30, channel="Y")],
        inventory=[{"product": "A", "location": "P", "on_hand": 12}],
    )
    plan = planned(given)
    assert [column(plan, "sales_plan", "delivered", channel=c) for c in "XY"] == [[2], [10]]
    assert plan.kpis["penalty_priority"] == 0


def test_a_lost_sale_costs_its_margin_only_if_nothing_else_is_said() -> None:
    demand, partner = asked("A", [10], price=20), {"product": "A", "location": "P", "cost_per_unit": 25}
    plain = inputs({"shortage": "lost_sales"}, demand=demand, outsourcing=[partner])
    dear = inputs(
        {"shortage": "lost_sales"}, demand=demand, outsourcing=[partner], inventory_policy=[{"lost_sale_cost": 6}]
    )
    assert column(planned(plain), "sales_plan", "delivered") == [0]
    assert column(planned(dear), "sales_plan", "delivered") == [10]


def test_waiting_for_a_higher_price_does_not_pay() -> None:
    """The price doubles in February, but customers who asked in January are served in January."""
    given = inputs(
        demand=asked("A", [10, 10], price=[20, 40]),
        inventory=[{"product": "A", "location": "P", "on_hand": 20}],
        inventory_policy=[{"backorder_cost": 1}],
    )
    assert column(planned(given), "sales_plan", "delivered") == [10, 10]


def test_without_any_price_demand_is_met_and_revenue_is_not_known() -> None:
    for objective in ("profit", "cost"):
        given = inputs(
            {"objective": objective},
            demand=asked("A", [10]),
            outsourcing=[{"product": "A", "location": "P", "cost_per_unit": 25}],
        )
        plan = planned(given)
        assert column(plan, "sales_plan", "delivered") == [10]
        assert plan.kpis["revenue"] is None and plan.kpis["profit"] is None
        assert plan.kpis["total_cost"] == pytest.approx(250)
        assert any("No price for A" in issue.message for issue in plan.issues)


def test_dated_prices_hold_until_the_next_row_and_the_demand_table_comes_first() -> None:
    given = inputs(
        {"shortage": "lost_sales"},
        demand=asked("A", [1, 1, 1, 1], price=[None, None, 9, None]),
        inventory=[{"product": "A", "location": "P", "on_hand": 4}],
        price_cost=[
            {"product": "A", "price": 5, "rebate_pct": 0.1},
            {"product": "A", "price": 7, "period": "2026-02-01", "freight_cost": 1},
        ],
    )
    plan = planned(given)
    assert column(plan, "sales_plan", "price") == [5, 7, 9, 7]
    assert (plan.kpis["revenue"], plan.kpis["rebates"]) == (pytest.approx(28), pytest.approx(0.5))
    assert plan.kpis["cost_freight"] == pytest.approx(3)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8))
def test_demand_is_on_time_late_or_lost(rows: list[tuple[int, int]]) -> None:
    demand = [float(asked_) for asked_, _ in rows]
    delivered, owed = [], 0.0
    for units, could in rows:
        owed += units
        delivered.append(float(min(could, owed)))
        owed -= delivered[-1]
    became = served(demand, delivered)
    for asked_, parts in zip(demand, zip(*became, strict=True), strict=True):
        assert sum(parts) == pytest.approx(asked_) and min(parts) >= 0
    assert sum(became.on_time) + sum(became.late) == pytest.approx(sum(delivered))
    assert sum(became.lost) == pytest.approx(owed)


def test_the_oldest_order_that_waits_is_served_first() -> None:
    became = served([10, 10, 0, 0], [4, 4, 8, 2])
    assert became == ([4, 4, 0, 0], [6, 4, 0, 0], [0, 2, 0, 0])


def test_at_least_cost_demand_without_a_price_is_met_too() -> None:
    given = inputs(
        {"objective": "cost"},
        demand=asked("A", [10], price=0),
        outsourcing=[{"product": "A", "location": "P", "cost_per_unit": 25}],
    )
    plan = planned(given)
    assert column(plan, "sales_plan", "delivered") == [10] and plan.kpis["revenue"] == 0


def test_without_lot_sizing_setups_and_smallest_orders_are_left_out() -> None:
    company = {
        "demand": asked("A", [3, 3], price=20),
        "routings": [{"product": "A", "location": "P", "setup_cost": 900, "min_lot": 50}],
        "bom": [{"product": "A", "item": "STEEL", "quantity": 1}],
        "materials": [{"item": "STEEL", "unit_cost": 1, "moq": 100}],
    }
    with_lots = planned(inputs({"shortage": "lost_sales"}, **company))
    without = planned(inputs({"shortage": "lost_sales", "lot_sizing": "no"}, **company))
    assert column(with_lots, "sales_plan", "delivered") == [0, 0]
    assert column(without, "sales_plan", "delivered") == [3, 3] and without.kpis["cost_setup"] == 0
