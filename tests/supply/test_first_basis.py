"""Where large plans start: a guess that leads to the optimum, and is given up where it does not."""

from __future__ import annotations

from dataclasses import replace

import highspy
import pytest

from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.explain import Explain
from sop_xl.supply.first_basis import first_start, lot_for_lot
from sop_xl.supply.model import state
from sop_xl.supply.network import network
from sop_xl.supply.persistent import Held, Status
from sop_xl.supply.plan import solve
from sop_xl.supply.program import program_of

from .case import asked, cost, inputs

BASIC = int(highspy.HighsBasisStatus.kBasic)


def middling() -> PlanningInputs:
    """Two plants that make, a warehouse they bring to, people, an item, outsourcing: all that a guess must know."""
    return inputs(
        {"objective": "profit", "holding_pct": 0.2},
        demand=[
            *asked("A", [90, 120, 150, 90, 100, 130], price=50, location="DC"),
            *asked("B", [60, 60, 80, 80, 70, 60], price=70, location="NORTH"),
            *asked("C", [5, 6, 7, 8, 9, 9], price=30, location="DC"),
        ],
        price_cost=[cost(p, price=50, conversion_cost=8, standard_cost=20) for p in "ABC"],
        resources=[
            {"resource": "N", "location": "NORTH", "hours": 160, "cost_per_hour": 5, "overtime_max": 20},
            {"resource": "S", "location": "SOUTH", "hours": 60, "cost_per_hour": 4},
        ],
        workforce=[{"workforce": "W", "resource": "N", "opening_workers": 1, "hours_per_worker": 150, "wage": 2000}],
        routings=[
            {"product": "A", "location": "NORTH", "operation": "1", "resource": "N", "hours_per_unit": 0.5},
            {"product": "A", "location": "NORTH", "operation": "2", "resource": "N", "hours_per_unit": 0.5},
            {"product": "B", "location": "NORTH", "resource": "N", "hours_per_unit": 1, "yield_pct": 0.9},
            {"product": "A", "location": "SOUTH", "resource": "S", "hours_per_unit": 1},
        ],
        lanes=[
            {"from_location": "NORTH", "to_location": "DC", "product": "A", "lead_time": 1, "cost": 1},
            {"from_location": "SOUTH", "to_location": "DC", "product": "A", "lead_time": 0, "cost": 2},
        ],
        outsourcing=[{"product": "C", "location": "DC", "partner": "P", "cost_per_unit": 12, "limit": 8}],
        bom=[{"product": "B", "item": "CHIP", "quantity": 2}],
        materials=[{"item": "CHIP", "supplier": "MAKER", "unit_cost": 3, "period_limit": 150, "on_hand": 100}],
    )


@pytest.mark.parametrize("shortage", ["backorder", "lost_sales"])
@pytest.mark.parametrize("patience", [0, 3])
def test_a_guess_leads_to_the_optimum_and_is_given_up_where_it_does_not(
    shortage: str, patience: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no patience the guess is given up at once, and the plan is solved as without it."""
    given = middling()
    given = replace(given, settings={**given.settings, "shortage": shortage})
    n = network(given, given["demand"])
    model = state(n)
    program = program_of(model.problem)
    monkeypatch.setattr("sop_xl.supply.persistent.PATIENCE", patience)
    guess = lot_for_lot(n, model)
    assert guess.guess and (guess.columns == BASIC).sum() > 30
    guessed, plain = Held(program, 0, guess).solve(10), Held(program).solve(10)
    assert guessed.status is plain.status is Status.OPTIMAL
    assert guessed.objective == pytest.approx(plain.objective, rel=1e-12)


def test_a_large_plan_starts_from_the_guess_and_a_small_one_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    given = middling()
    n = network(given, given["demand"])
    model = state(n)
    assert first_start(n, model) is None
    without = solve(given, given["demand"], explain=Explain.NOTHING).objective
    monkeypatch.setattr("sop_xl.supply.first_basis.LARGE", 10)
    assert first_start(n, model) is not None
    assert solve(given, given["demand"], explain=Explain.NOTHING).objective == pytest.approx(without, rel=1e-12)
