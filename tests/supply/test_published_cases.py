"""Plans whose optimum is published: the engine must find it to the unit."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sop_xl.model.plan import PlanningInputs

from .case import MONTHS, asked, column, inputs, planned

BASE = (1600, 3000, 3200, 3800, 2200, 2200)
HIGH_VARIABILITY = (1000, 3000, 3800, 4800, 2000, 1400)


def red_tomato(demand: Sequence[float], **settings: object) -> PlanningInputs:
    """Red Tomato Tools: Chopra & Meindl, Supply Chain Management, the chapter on aggregate planning."""
    return inputs(
        {"rates_per": "month", **settings},
        demand=asked("TOOL", demand, price=40),
        inventory=[{"product": "TOOL", "location": "PLANT", "on_hand": 1000}],
        inventory_policy=[{"ending_stock": 500, "holding_cost": 2, "backorder_cost": 5}],
        price_cost=[{"product": "TOOL", "price": 40, "material_cost": 10}],
        routings=[{"product": "TOOL", "location": "PLANT", "resource": "ASSEMBLY", "hours_per_unit": 4}],
        workforce=[
            {
                "workforce": "ASSEMBLERS",
                "resource": "ASSEMBLY",
                "opening_workers": 80,
                "hours_per_worker": 160,
                "wage": 640,
                "overtime_max": 10,
                "overtime_cost": 6,
                "hiring_cost": 300,
                "layoff_cost": 500,
            }
        ],
        outsourcing=[{"product": "TOOL", "cost_per_unit": 30}],
    )


@pytest.mark.parametrize(
    ("demand", "integer", "published"),
    [(BASE, "no", 422_275), (BASE, "yes", 422_660), (HIGH_VARIABILITY, "no", 432_858)],
)
def test_red_tomato_at_least_cost(demand: Sequence[float], integer: str, published: float) -> None:
    plan = planned(red_tomato(demand, objective="cost", integer_workforce=integer))
    assert plan.status == "optimal"
    assert plan.kpis["total_cost"] == pytest.approx(published, abs=0.5)
    assert plan.objective == pytest.approx(published, abs=0.5)
    assert column(plan, "inventory_plan", "closing_stock")[-1] == pytest.approx(500)
    if integer == "yes":
        assert all(workers == round(workers) for workers in column(plan, "workforce_plan", "workers"))


def test_red_tomato_for_most_profit() -> None:
    plan = planned(red_tomato(BASE, objective="profit"))
    assert plan.kpis["profit"] == pytest.approx(217_725, abs=0.5)
    assert plan.objective == pytest.approx(217_725, abs=0.5)


def test_ampl_steel_over_four_weeks() -> None:
    """SteelT: Fourer, Gay & Kernighan, AMPL, chapter 4; the third week has 32 hours instead of 40."""
    given = inputs(
        {"objective": "profit", "shortage": "lost_sales"},
        demand=[
            *asked("bands", [6000, 6000, 4000, 6500], price=[25, 26, 27, 27]),
            *asked("coils", [4000, 2500, 3500, 4200], price=[30, 35, 37, 39]),
        ],
        inventory=[{"product": "bands", "location": "MILL", "on_hand": 10}],
        price_cost=[
            {"product": "bands", "price": 25, "conversion_cost": 10},
            {"product": "coils", "price": 30, "conversion_cost": 11},
        ],
        resources=[{"resource": "MILL", "location": "MILL", "hours": 40}],
        resource_calendar=[{"resource": "MILL", "period": MONTHS[2], "downtime_hours": 8}],
        routings=[
            {"product": "bands", "resource": "MILL", "hours_per_unit": 1 / 200},
            {"product": "coils", "resource": "MILL", "hours_per_unit": 1 / 140},
        ],
        inventory_policy=[{"product": "bands", "holding_cost": 2.5}, {"product": "coils", "holding_cost": 3}],
    )
    assert planned(given).kpis["profit"] == pytest.approx(515_033, abs=0.5)


def test_wagner_and_whitin_s_twelve_months() -> None:
    """Wagner & Whitin, Management Science 5 (1958), section 5: a setup costs something else every month.

    A machine a month, running in its own month only, says so in the words of the schema.
    """
    demand = [69, 29, 36, 61, 61, 26, 34, 67, 45, 67, 79, 56]
    setup = [85, 102, 102, 101, 98, 114, 105, 86, 119, 110, 98, 114]
    given = inputs(
        {"objective": "cost"},
        demand=asked("A", demand, price=10_000),
        price_cost=[{"product": "A", "price": 10_000}],
        inventory_policy=[{"holding_cost": 1, "backorder_cost": 1_000}],
        resources=[{"resource": f"M{t:02d}", "location": "SITE", "hours": 0} for t in range(12)],
        resource_calendar=[{"resource": f"M{t:02d}", "period": MONTHS[t], "downtime_hours": -1000} for t in range(12)],
        routings=[
            {"product": "A", "resource": f"M{t:02d}", "hours_per_unit": 1, "setup_cost": setup[t]} for t in range(12)
        ],
    )
    plan = planned(given)
    assert plan.kpis["total_cost"] == pytest.approx(864)
    made = plan.tables["production_plan"]
    assert [int(month) for month in made["period"].dt.month] == [1, 3, 5, 8, 10, 11]
