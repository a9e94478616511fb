"""Golden cases of capacity that is decided and of what is agreed: small enough to be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sop_xl.model.plan import PlanningInputs, SolvedPlan

from .case import MONTHS, asked, column, cost, inputs

LOST = {"shortage": "lost_sales", "objective": "profit"}
COST = {"shortage": "backorder", "objective": "cost"}


@dataclass(frozen=True)
class Golden:
    """Inputs, the objective worked out by hand, and what else must hold in the plan."""

    given: PlanningInputs
    objective: float
    holds: Callable[[SolvedPlan], bool]


def machine(hours: float, **more: object) -> dict[str, object]:
    return {"resource": "M", "location": "P", "hours": hours, **more}


def on_machine(product: str = "A", **more: object) -> dict[str, object]:
    return {"product": product, "location": "P", "resource": "M", "hours_per_unit": 1, **more}


def step(**more: object) -> dict[str, object]:
    return {"step": "SECOND", "target": "M", "size": 6, **more}


def made(plan: SolvedPlan) -> list[float]:
    return column(plan, "inventory_plan", "produced")


def resource_capacity() -> Golden:
    """4 hours and a step of 6 for 8 in all, a month after it is decided: 4 + 10 + 10 units at 3 each."""
    given = inputs(
        LOST,
        demand=asked("A", [10, 10, 10], price=3),
        resources=[machine(4)],
        routings=[on_machine()],
        capacity_steps=[step(fixed_cost=8, lead_time=1)],
    )
    return Golden(given, 24 * 3 - 8, lambda plan: made(plan) == [4, 10, 10] and plan.kpis["cost_capacity"] == 8)


def step_taken_at_most() -> Golden:
    """A step of 6 can be taken once, in January or in February: not in both."""
    given = inputs(
        LOST,
        demand=asked("A", [0, 20], price=3),
        resources=[machine(4)],
        routings=[on_machine()],
        inventory_policy=[{"max_stock": 0}],
        capacity_steps=[step(fixed_cost=1)],
    )
    return Golden(given, 10 * 3 - 1, lambda plan: made(plan) == [0, 10])


def step_switched_on() -> Golden:
    """A shift for 5 each time it begins and 1 a month: on in January, off, on again in March; each brings 6 × 3."""
    given = inputs(
        LOST,
        demand=asked("A", [6, 0, 6], price=3),
        resources=[machine(0)],
        routings=[on_machine()],
        inventory_policy=[{"max_stock": 0}],
        capacity_steps=[step(kind="by bucket", fixed_cost=5, cost_per_month=7)],
    )
    return Golden(given, 36 - 10 - 14, lambda plan: made(plan) == [6, 0, 6])


def step_group() -> Golden:
    """Of two plants only one may be opened: the large one, 9 × 3 less 5."""
    given = inputs(
        LOST,
        demand=asked("A", [20], price=3),
        resources=[machine(0)],
        routings=[on_machine()],
        capacity_steps=[
            step(step="SMALL", size=5, fixed_cost=2, group="PLANT"),
            step(step="LARGE", size=9, fixed_cost=5, group="PLANT", group_max=1),
        ],
    )
    return Golden(given, 27 - 5, lambda plan: made(plan) == [9])


def maintenance_done() -> Golden:
    """One of two machines of 5 hours must stand still in a month: in February, when only 5 are asked."""
    given = inputs(
        LOST,
        demand=asked("A", [10, 5], price=3),
        resources=[machine(5, units=2)],
        routings=[on_machine()],
        maintenance=[{"job": "CHECK", "resource": "M", "cost_per_machine": 2}],
    )
    return Golden(given, 45 - 2, lambda plan: column(plan, "resource_load", "available_hours") == [10, 5])


def crew(code: str, **more: object) -> dict[str, object]:
    return {"workforce": code, "resource": code, "opening_workers": 2, "hours_per_worker": 1, "max_hires": 0, **more}


def staffed(product: str, resource: str) -> dict[str, object]:
    return {"product": product, "location": "P", "resource": resource, "hours_per_unit": 1}


def move_limit() -> Golden:
    """4 helpers become welders, but only half of the welders may be new: 2 + 2, of whom none is lost; 1 each."""
    given = inputs(
        LOST,
        demand=asked("A", [10], price=5),
        routings=[staffed("A", "WELDERS")],
        workforce=[crew("WELDERS"), crew("HELPERS", opening_workers=9)],
        workforce_moves=[{"from_workforce": "HELPERS", "to_workforce": "WELDERS", "cost": 1, "limit_pct": 0.5}],
    )
    return Golden(given, 4 * 5 - 2, lambda plan: column(plan, "workforce_plan", "workers", workforce="WELDERS") == [4])


def short_time() -> Golden:
    """Of 10 people 7 are not needed: all go on short time for 0.5, half a worker each, and 2 are idle, at 2 each."""
    given = inputs(
        COST,
        demand=asked("A", [3], price=1000),
        routings=[staffed("A", "W")],
        inventory_policy=[{"max_stock": 0}],
        workforce=[crew("W", opening_workers=10, layoff_cost=50, idle_cost=2, short_time_max=20, short_time_cost=0.5)],
    )
    return Golden(
        given,
        2 * 2 + 0.5 * 10,
        lambda plan: (
            column(plan, "workforce_plan", "idle") == [2] and column(plan, "workforce_plan", "short_time") == [10]
        ),
    )


TWO = {
    "demand": [*asked("A", [5, 5], price=10), *asked("B", [5, 5], price=4)],
    "resources": [machine(6)],
    "routings": [on_machine("A"), on_machine("B")],
    "inventory_policy": [{"max_stock": 0}],
}


def least_sales() -> Golden:
    """A contract asks for 3 of B in January, which costs 2 of A: 4 × 10 … 3 × 10 + 3 × 4, then 50 + 4."""
    given = inputs(LOST, **TWO, market_limits=[{"product": "B", "period": MONTHS[0], "min_sales": 3}])
    return Golden(given, 30 + 12 + 50 + 4, lambda plan: column(plan, "sales_plan", "delivered", product="B") == [3, 1])


def most_sales() -> Golden:
    """The market takes 4 of A a month: 4 × 10 + 2 × 4 in each."""
    given = inputs(LOST, **TWO, market_limits=[{"product": "A", "max_sales": 4}])
    return Golden(given, 2 * 48, lambda plan: column(plan, "sales_plan", "delivered", product="A") == [4, 4])


def frozen_production() -> Golden:
    """January is frozen at 4 of B and nothing of A; February is free."""
    given = inputs(
        LOST,
        **TWO,
        frozen_production=[
            {"product": "A", "period": MONTHS[0], "units": 0},
            {"product": "B", "period": MONTHS[0], "units": 4},
        ],
    )
    return Golden(given, 16 + 54, lambda plan: column(plan, "inventory_plan", "produced") == [0, 5, 4, 1])


def level_production() -> Golden:
    """From 4 a month, at most 2 up: 6 and 8 of the 10 asked; a rise by one costs 1."""
    given = inputs(
        LOST,
        demand=asked("A", [10, 10], price=5),
        routings=[{"product": "A", "location": "P"}],
        smoothing=[{"product": "A", "opening_rate": 4, "max_rise": 2, "rise_cost": 1}],
    )
    return Golden(given, 14 * 5 - 4, lambda plan: made(plan) == [6, 8] and plan.kpis["cost_level"] == 4)


def shelf_life() -> Golden:
    """10 could be made for March in January, but keep only a month: 5 are made in February, the machine's 5 in March.

    4 of the 5 on hand are asked in January; the one left must go in January too, at 2.
    """
    given = inputs(
        LOST,
        demand=asked("A", [4, 0, 20], price=6),
        inventory=[{"product": "A", "location": "P", "on_hand": 5}],
        resources=[machine(5)],
        routings=[on_machine()],
        inventory_policy=[{"shelf_life": 1, "disposal_cost": 2, "ending_stock": 0}],
    )
    return Golden(
        given,
        14 * 6 - 2,
        lambda plan: column(plan, "inventory_plan", "expired") == [1, 0, 0] and made(plan) == [0, 5, 5],
    )


AWAY = {
    "demand": [*asked("A", [5, 5], price=10, location="D"), *asked("B", [5, 5], price=4, location="D")],
    "routings": [{"product": "A", "location": "P"}, {"product": "B", "location": "P"}],
    "lanes": [{"from_location": "P", "to_location": "D"}],
}


def lane_load() -> Golden:
    """The lane takes 6 of both products together, for 3 in every month in which it runs."""
    given = inputs(LOST, **AWAY, lane_loads=[{"from_location": "P", "to_location": "D", "limit": 6, "fixed_cost": 3}])
    return Golden(given, 2 * (54 - 3), lambda plan: plan.kpis["cost_lanes"] == 6)


def least_load() -> Golden:
    """A truck goes with at least 8: with all 8 of January, and 2 of them for February, at 1 a month on stock."""
    given = inputs(
        COST,
        demand=asked("A", [6, 2], price=100, location="D"),
        routings=[{"product": "A", "location": "P", "cost_per_unit": 2}],
        lanes=[{"from_location": "P", "to_location": "D"}],
        inventory_policy=[{"holding_cost": 1, "backorder_cost": 50}],
        lane_loads=[{"from_location": "P", "to_location": "D", "min_load": 8}],
    )
    return Golden(given, 16 + 2, lambda plan: column(plan, "shipments", "units") == [8])


def location_throughput() -> Golden:
    """5 units leave the plant in a month, to the market or to customers there; 6 more with a dock for 4."""
    given = inputs(
        LOST,
        **AWAY,
        location_limits=[{"location": "P", "throughput": 5, "handling_cost": 1}],
        capacity_steps=[step(target="P", size=3, kind="by bucket", cost_per_month=4)],
    )
    return Golden(given, 2 * (50 + 3 * 4 - 8 - 4), lambda plan: plan.kpis["cost_handling"] == 16)


def location_storage() -> Golden:
    """4 of the 12 of March can be made in February and stored; January would not help."""
    given = inputs(
        LOST,
        demand=asked("A", [0, 0, 12], price=5),
        resources=[machine(6)],
        routings=[on_machine()],
        location_limits=[{"location": "P", "storage": 4}],
    )
    return Golden(given, 10 * 5, lambda plan: column(plan, "inventory_plan", "closing_stock") == [0, 4, 0])


def plan_limit() -> Golden:
    """11 may be spent in all: 5 units at 2 each and half a unit more."""
    given = inputs(
        LOST,
        demand=asked("A", [5, 5], price=10),
        routings=[{"product": "A", "location": "P"}],
        price_cost=[cost("A", material_cost=2)],
        plan_limits=[{"kind": "spend", "most": 11}],
    )
    return Golden(given, 5.5 * 8, lambda plan: sum(made(plan)) == 5.5)


AGREED: tuple[Callable[[], Golden], ...] = (
    resource_capacity,
    step_taken_at_most,
    step_switched_on,
    step_group,
    maintenance_done,
    move_limit,
    short_time,
    least_sales,
    most_sales,
    frozen_production,
    level_production,
    shelf_life,
    lane_load,
    least_load,
    location_throughput,
    location_storage,
    plan_limit,
)
