"""What one more unit is worth equals what one more unit changes, on every row and bound of a plan."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.model import state
from sop_xl.supply.network import network
from sop_xl.supply.persistent import Held
from sop_xl.supply.program import Program, program_of

from .case import asked, cost, inputs

BIT = 1e-3


def company(shortage: str) -> PlanningInputs:
    """A plant and a warehouse, a limited lane, line, supplier, partner and market; odd numbers, so that little ties."""
    return inputs(
        {"objective": "profit", "shortage": shortage, "holding_pct": 0.21, "shortfall_cost_pct": 0.03},
        demand=[
            *asked("A", [93.7, 121.3, 152.9, 88.1], price=[50, 52.3, 50.9, 55.7], location="DC"),
            *asked("B", [61.1, 58.3, 83.7, 79.9], price=70.3, location="PLANT"),
            *asked("C", [11.3, 17.9, 13.1, 19.7], price=43.1, location="PLANT"),
        ],
        price_cost=[
            cost("A", price=50, material_cost=4.3, conversion_cost=8.1, standard_cost=20),
            cost("B", price=70, conversion_cost=10.7, standard_cost=30),
            cost("C", price=43, standard_cost=21),
        ],
        inventory=[{"product": "A", "location": "DC", "on_hand": 31.7}],
        inventory_policy=[{"method": "months of supply", "min_stock": 0.3}],
        resources=[
            {"resource": "LINE", "location": "PLANT", "hours": 72.3, "cost_per_hour": 5.3}
            | {"overtime_max": 11.9, "overtime_cost": 12.7}
        ],
        routings=[
            {"product": "A", "location": "PLANT", "resource": "LINE", "hours_per_unit": 0.93, "yield_pct": 0.91},
            {"product": "B", "location": "PLANT", "resource": "LINE", "hours_per_unit": 0.81},
        ],
        lanes=[
            {"from_location": "PLANT", "to_location": "DC", "product": "A", "lead_time": 0, "cost": 1.3, "limit": 37.1}
        ],
        bom=[{"product": "B", "item": "CHIP", "quantity": 2}],
        materials=[{"item": "CHIP", "supplier": "MAKER", "unit_cost": 3.1, "period_limit": 113.9, "on_hand": 17.3}],
        outsourcing=[{"product": "C", "location": "PLANT", "partner": "P", "cost_per_unit": 12.9, "limit": 13.7}],
    )


def optimum(program: Program) -> float:
    return Held(program).solve(10).objective


def changes(program: Program, name: str, at: int) -> tuple[float, float]:
    """Growth of the objective per unit when a bound is moved up, and when it is moved down."""
    found = []
    for bit in (BIT, -BIT):
        names = ("row_lower", "row_upper") if name == "row" else ("upper",)
        moved = {side: getattr(program, side).copy() for side in names}
        for numbers in moved.values():
            numbers[at] += bit
        found.append((optimum(replace(program, **moved)) - optimum(program)) / bit)
    return found[0], found[1]


@pytest.mark.parametrize("shortage", ["backorder", "lost_sales"])
def test_shadow_prices_are_finite_differences_where_both_sides_agree(shortage: str) -> None:
    given = company(shortage)
    problem = state(network(given, given["demand"])).problem
    program = program_of(problem)
    solution = Held(program).solve(10)
    assert solution.row_dual is not None and solution.column_dual is not None and solution.values is not None
    rows = [("row", k, str(row.name), solution.row_dual[k]) for k, row in enumerate(problem.constraints())]
    bounds = [
        ("column", k, str(v.name), solution.column_dual[k])
        for k, v in enumerate(problem.variables())
        if np.isfinite(program.upper[k]) and solution.values[k] > program.upper[k] - 1e-7
    ]
    seen: Counter[str] = Counter()
    for name, at, called, worth in (*rows, *bounds):
        up, down = changes(program, name, at)
        assert min(up, down) - 1e-4 <= worth <= max(up, down) + 1e-4, f"{called} lies outside of both sides"
        if abs(up - down) < 1e-6 * max(1.0, abs(up)):
            assert worth == pytest.approx(up, rel=1e-6, abs=1e-6), called
            if abs(worth) > 1e-3:
                seen[re.sub(r"\d*_[\d_]+$", "", called)] += 1
    asked_for = "backlog_balance" if shortage == "backorder" else "deliver"
    for kind in (asked_for, "stock_balance", "regular", "overtime", "order", "lane_limit", "partner_limit"):
        assert seen[kind] > 0, f"no {kind} that binds: {dict(seen)}"
