"""A golden case per constraint: a plan small enough to solve by hand, whose answer needs just that constraint."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sop_xl.supply.constraints import CONSTRAINTS
from sop_xl.supply.model import state
from sop_xl.supply.network import network
from sop_xl.supply.objective import TIE
from sop_xl.supply.persistent import Status
from sop_xl.supply.solver import HighsModel

from .case import asked, column, cost, inputs, planned
from .golden_agreed import AGREED, COST, LOST, Golden, machine, on_machine


def stock_balance() -> Golden:
    """15 units on hand meet 10 of January and 5 of the 10 of February, at 2 each; 5 lie over at 0.1."""
    given = inputs(
        LOST,
        demand=asked("A", [10, 10], price=2),
        inventory=[{"product": "A", "location": "P", "on_hand": 15}],
        inventory_policy=[{"holding_cost": 0.1}],
    )
    return Golden(given, 15 * 2 - 0.5, lambda plan: column(plan, "inventory_plan", "closing_stock") == [5, 0])


def backlog_balance() -> Golden:
    """6 hours a month for 10 units in January: 4 wait a month at 3 each."""
    given = inputs(
        COST,
        demand=asked("A", [10, 0], price=100),
        resources=[machine(6)],
        routings=[on_machine()],
        inventory_policy=[{"backorder_cost": 3}],
    )
    return Golden(
        given,
        12,
        lambda plan: (
            column(plan, "sales_plan", "delivered") == [6, 4]
            and column(plan, "sales_plan", "backlog") == [4, 0]
            and column(plan, "sales_plan", "on_time") == [6, 0]
        ),
    )


def step_balance() -> Golden:
    """4 units need 8 out of step 10 (step 20 spoils half): 5 from the free machine, 3 from the dear one at 1 each."""
    given = inputs(
        LOST,
        demand=asked("A", [4], price=100),
        resources=[machine(5), {"resource": "DEAR", "location": "P", "hours": 100}],
        routings=[
            on_machine(operation="10"),
            {"product": "A", "location": "P", "operation": "10", "resource": "DEAR", "cost_per_unit": 1},
            {"product": "A", "location": "P", "operation": "20", "yield_pct": 0.5},
        ],
    )
    return Golden(
        given,
        400 - 3,
        lambda plan: (
            column(plan, "production_plan", "units", operation="10") == [5, 3]
            and column(plan, "production_plan", "units", operation="20") == [4]
        ),
    )


def resource_hours() -> Golden:
    """8 regular hours, 2 of overtime at 5 and 1 bought at 9 make 11 of 12 units that sell at 20."""
    given = inputs(
        LOST,
        demand=asked("A", [12], price=20),
        resources=[machine(8, overtime_max=2, overtime_cost=5, subcontract_max=1, subcontract_cost=9)],
        routings=[on_machine()],
    )
    return Golden(
        given,
        11 * 20 - 2 * 5 - 9,
        lambda plan: (
            column(plan, "resource_load", "overtime_hours") == [2]
            and column(plan, "resource_load", "subcontract_hours") == [1]
            and column(plan, "resource_load", "utilisation") == [11 / 8]
        ),
    )


def labour_hours() -> Golden:
    """The machine could make 10, but 2 workers of 4 hours make 8 at 10 each; their wage is 3 each."""
    given = inputs(
        LOST,
        demand=asked("A", [10], price=10),
        resources=[machine(100)],
        routings=[on_machine()],
        workforce=[
            {"workforce": "W", "resource": "M", "opening_workers": 2, "hours_per_worker": 4, "wage": 3, "max_hires": 0}
        ],
    )
    return Golden(given, 80 - 6, lambda plan: column(plan, "production_plan", "units") == [8])


def overtime_per_worker() -> Golden:
    """Each of the 2 workers adds an hour of overtime at 2: 10 of 12 units."""
    given = inputs(
        LOST,
        demand=asked("A", [12], price=10),
        routings=[on_machine()],
        workforce=[
            {
                "workforce": "W",
                "resource": "M",
                "opening_workers": 2,
                "hours_per_worker": 4,
                "wage": 3,
                "max_hires": 0,
                "overtime_max": 1,
                "overtime_cost": 2,
            }
        ],
    )
    return Golden(given, 100 - 6 - 4, lambda plan: column(plan, "workforce_plan", "overtime_hours") == [2])


def workforce_balance() -> Golden:
    """A second worker is hired for January (5) and laid off in February (4), which is less than his wage of 10."""
    given = inputs(
        COST,
        demand=asked("A", [2, 1], price=1000),
        routings=[on_machine()],
        inventory_policy=[{"holding_cost": 100, "backorder_cost": 100}],
        workforce=[
            {
                "workforce": "W",
                "resource": "M",
                "opening_workers": 1,
                "hours_per_worker": 1,
                "wage": 10,
                "hiring_cost": 5,
                "layoff_cost": 4,
            }
        ],
    )
    return Golden(
        given,
        30 + 5 + 4,
        lambda plan: (
            column(plan, "workforce_plan", "workers") == [2, 1]
            and column(plan, "workforce_plan", "hired") == [1, 0]
            and column(plan, "workforce_plan", "laid_off") == [0, 1]
        ),
    )


def lot_needs_setup() -> Golden:
    """One setup of 10 and 5 units a month on stock at 1 beat two setups."""
    given = inputs(
        COST,
        demand=asked("A", [5, 5], price=1000),
        resources=[machine(100)],
        routings=[on_machine(setup_cost=10, setup_hours=3)],
        inventory_policy=[{"holding_cost": 1}],
    )
    return Golden(
        given,
        10 + 5,
        lambda plan: (
            column(plan, "production_plan", "units") == [10]
            and column(plan, "production_plan", "setups") == [1]
            and column(plan, "production_plan", "hours") == [13]
        ),
    )


def smallest_lot() -> Golden:
    """At least 8 at a time: 10 in January (5 of them on stock at 1) rather than 8 in each month at 1 a unit."""
    given = inputs(
        COST,
        demand=asked("A", [5, 5], price=1000),
        resources=[machine(100)],
        routings=[on_machine(min_lot=8, cost_per_unit=1)],
        inventory_policy=[{"holding_cost": 1}],
    )
    return Golden(given, 10 + 5, lambda plan: column(plan, "production_plan", "units") == [10])


def item_balance() -> Golden:
    """3 items on hand for January; those for February are ordered in January at 1 each and come a month later."""
    given = inputs(
        LOST,
        demand=asked("A", [5, 5], price=10),
        routings=[{"product": "A", "location": "P"}],
        bom=[{"product": "A", "item": "STEEL", "quantity": 1}],
        materials=[{"item": "STEEL", "unit_cost": 1, "lead_time": 1, "on_hand": 3}],
    )
    return Golden(
        given,
        8 * 10 - 5,
        lambda plan: (
            column(plan, "material_plan", "ordered") == [5, 0]
            and column(plan, "material_plan", "arrived") == [0, 5]
            and column(plan, "material_plan", "consumed") == [3, 5]
        ),
    )


def item_without_supplier() -> Golden:
    """Steel is only to be had at Q, so nothing can be made at P; the errors of the data say so."""
    given = inputs(
        LOST,
        locations=[{"location": "P"}, {"location": "Q"}],
        demand=asked("A", [5], price=10, location="P"),
        routings=[{"product": "A", "location": "P"}],
        bom=[{"product": "A", "item": "STEEL", "quantity": 1}],
        materials=[{"item": "STEEL", "location": "Q", "unit_cost": 1}],
    )
    return Golden(
        given, 0, lambda plan: any("Item STEEL" in i.message and "no supplier" in i.message for i in plan.issues)
    )


def order_needs_decision() -> Golden:
    """3 units sell at 2 each, but their items come by 8 at 1 each: nothing is ordered."""
    given = inputs(
        LOST,
        demand=asked("A", [3], price=2),
        routings=[{"product": "A", "location": "P"}],
        bom=[{"product": "A", "item": "STEEL", "quantity": 1}],
        materials=[{"item": "STEEL", "unit_cost": 1, "moq": 8}],
    )
    return Golden(given, 0, lambda plan: column(plan, "material_plan", "ordered") == [0])


def smallest_order() -> Golden:
    """Orders of at least 8 for 5 a month: all 10 in January, 5 of them held at 0.1."""
    given = inputs(
        COST,
        demand=asked("A", [5, 5], price=1000),
        routings=[{"product": "A", "location": "P"}],
        bom=[{"product": "A", "item": "STEEL", "quantity": 1}],
        inventory_policy=[{"holding_cost": 9}],
        materials=[{"item": "STEEL", "unit_cost": 1, "moq": 8, "holding_cost": 0.1}],
    )
    return Golden(given, 10 + 0.5, lambda plan: column(plan, "material_plan", "ordered") == [10, 0])


FAMILY = [{"product": "A", "family": "F"}, {"product": "B", "family": "F"}]


def lane_limit() -> Golden:
    """The lane takes 6 of the family: 5 of A, that sells at 10, and 1 of B, at 4; freight is 1."""
    given = inputs(
        LOST,
        products=FAMILY,
        demand=[*asked("A", [5], price=10, location="D"), *asked("B", [5], price=4, location="D")],
        routings=[{"product": "F", "location": "P"}],
        lanes=[{"from_location": "P", "to_location": "D", "product": "F", "limit": 6, "cost": 1}],
    )
    return Golden(given, 54 - 6, lambda plan: column(plan, "shipments", "units") == [5, 1])


def partner_limit() -> Golden:
    """The partner sells 6 of the family at 1: 5 of A, that sells at 10, and 1 of B, at 4."""
    given = inputs(
        LOST,
        products=FAMILY,
        demand=[*asked("A", [5], price=10, location="D"), *asked("B", [5], price=4, location="D")],
        outsourcing=[{"product": "F", "location": "D", "cost_per_unit": 1, "limit": 6}],
    )
    return Golden(given, 54 - 6, lambda plan: column(plan, "inventory_plan", "outsourced") == [5, 1])


GOLDEN: dict[str, Callable[[], Golden]] = {
    case.__name__: case
    for case in (
        stock_balance,
        backlog_balance,
        step_balance,
        resource_hours,
        labour_hours,
        overtime_per_worker,
        workforce_balance,
        lot_needs_setup,
        smallest_lot,
        item_balance,
        item_without_supplier,
        order_needs_decision,
        smallest_order,
        lane_limit,
        partner_limit,
        *AGREED,
    )
}


def test_every_constraint_has_a_golden_case() -> None:
    assert {constraint.__name__ for constraint in CONSTRAINTS} == set(GOLDEN)


@pytest.mark.parametrize("name", GOLDEN)
def test_the_plan_is_the_one_worked_out_by_hand(name: str) -> None:
    golden = GOLDEN[name]()
    plan = planned(golden.given)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(golden.objective)
    assert golden.holds(plan)


@pytest.mark.parametrize("name", GOLDEN)
def test_without_the_constraint_the_answer_is_another(name: str) -> None:
    """What makes each case golden: leave its constraint out, and the plan gets better than it can be."""
    golden = GOLDEN[name]()
    n = network(golden.given, golden.given["demand"])
    model = HighsModel(state(n, [c for c in CONSTRAINTS if c.__name__ != name]).problem)
    try:
        solution = model.solve(10)
    except RuntimeError as unbounded:
        assert "nbounded" in str(unbounded)
        return
    best = -golden.objective if n.for_profit else golden.objective
    assert solution.status is Status.INFEASIBLE or solution.objective < best - 100 * TIE * max(1, abs(best))


def test_a_product_without_costs_is_said_once() -> None:
    given = inputs(LOST, demand=[*asked("A", [1], price=2), *asked("B", [1], price=2)], price_cost=[cost("B")])
    said = [issue.message for issue in planned(given).issues]
    assert sum("No costs for A" in text for text in said) == 1
