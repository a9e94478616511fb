"""Inputs that contradict each other are named with their cells, and the nearest plan is shown beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sop_xl.gather.inputs import planning_inputs
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.workbook.folder import read_folder

from .case import MONTHS, asked, column, planned
from .published import Case


def read(folder: Path, **tables: list[dict[str, object]]) -> PlanningInputs:
    """Inputs read from CSV files, so that every value has a cell."""
    case = Case("", "", 0, {"demand": asked("A", [5, 5], price=10), **tables}, {"shortage": "lost_sales"})
    inputs, issues = planning_inputs(read_folder(case.write(folder / "in")))
    assert inputs is not None, issues
    return inputs


MACHINE = {
    "resources": [{"resource": "M", "location": "P", "hours": 8}],
    "routings": [{"product": "A", "resource": "M", "hours_per_unit": 2}],
}


def said(plan: SolvedPlan) -> list[tuple[str, str, str]]:
    return [(i.table, i.cell, i.message) for i in plan.issues if i.severity == "error"]


def test_frozen_production_above_capacity_is_named_with_what_it_contradicts(tmp_path: Path) -> None:
    frozen = [{"product": "A", "location": "P", "period": day, "units": 7 - 4 * t} for t, day in enumerate(MONTHS[:2])]
    plan = planned(read(tmp_path, **MACHINE, frozen_production=frozen))
    assert plan.status == "infeasible data"
    ((table, cell, message),) = said(plan)
    assert (table, cell) == ("frozen_production", "units:2")
    assert message == (
        "Frozen production of A in 2026-01 cannot be kept: the nearest plan is 3 units below it. "
        "It contradicts: M in 2026-01 (resources!hours:2)."
    )
    assert column(plan, "inventory_plan", "produced") == pytest.approx([4, 3], abs=1e-4)


def test_targets_above_the_most_and_sales_above_demand_are_named(tmp_path: Path) -> None:
    plan = planned(
        read(
            tmp_path,
            **MACHINE,
            inventory_policy=[{"product": "A", "max_stock": 3, "ending_stock": 5}],
            market_limits=[{"product": "A", "period": MONTHS[1], "min_sales": 6}],
        )
    )
    assert plan.status == "infeasible data" and plan.objective is not None
    assert said(plan) == [
        ("inventory_policy", "ending_stock:2", "The ending stock of 5 lies above the most of 3."),
        ("market_limits", "min_sales:2", "The least sold in 2026-02 (6) lies above the demand (5)."),
    ]


def test_a_budget_that_fixed_people_already_break_is_named(tmp_path: Path) -> None:
    crew = {"workforce": "CREW", "resource": "M", "opening_workers": 3, "wage": 10, "min_workers": 3}
    plan = planned(read(tmp_path, **MACHINE, workforce=[crew], plan_limits=[{"kind": "spend", "most": 50}]))
    assert plan.status == "infeasible data"
    assert said(plan)[0][:2] == ("plan_limits", "most:2")
    assert "the nearest plan is 10 above it" in said(plan)[0][2]


def test_maintenance_without_room_is_named(tmp_path: Path) -> None:
    job = {"job": "J", "resource": "M", "machines": 3, "from_period": MONTHS[1], "most_at_once": 1}
    plan = planned(read(tmp_path, **MACHINE, maintenance=[job]))
    assert plan.status == "infeasible data"
    assert ("maintenance", "machines:2") in [where[:2] for where in said(plan)]


def test_a_commitment_that_nothing_can_keep_is_a_warning_with_its_cell(tmp_path: Path) -> None:
    least = [{"product": "A", "period": MONTHS[0], "min_sales": 5}]
    plan = planned(read(tmp_path, **MACHINE, market_limits=least))
    assert plan.status == "optimal"
    (issue,) = [i for i in plan.issues if i.table == "market_limits"]
    assert (issue.cell, issue.message.split(":")[0]) == (
        "min_sales:2",
        "The least sold in 2026-01 is missed by 1 units",
    )
