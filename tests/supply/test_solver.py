"""The hand-over from PuLP to HiGHS: signs of duals, status, integers, re-solves; CBC as a second opinion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pulp import LpAffineExpression, LpConstraint, LpInteger, LpMaximize, LpMinimize, LpProblem, lpSum

from sop_xl.model.plan import PlanningInputs
from sop_xl.supply import solver
from sop_xl.supply.explain import Explain
from sop_xl.supply.persistent import Held, Status
from sop_xl.supply.plan import solve
from sop_xl.supply.program import program_of
from sop_xl.supply.solver import ExtraColumn, HighsModel, solve_by_cbc

from .case import asked, inputs
from .red_tomato import BASE, red_tomato


def diet() -> tuple[LpProblem, list]:
    """Least cost 2x + 3y with x + y ≥ 4, x ≤ 3: x = 3, y = 1, cost 9; a unit more costs 3, a larger x saves 1."""
    problem = LpProblem("diet", LpMinimize)
    x, y = problem.add_variable("x", 0, 3), problem.add_variable("y", 0, None)
    problem.setObjective(2 * x + 3 * y)
    problem.addConstraint(LpConstraint(x + y, 1, "need", 4))
    return problem, [x, y]


def test_duals_are_the_growth_of_the_objective() -> None:
    problem, (x, y) = diet()
    model = HighsModel(problem)
    solution = model.solve(10)
    assert solution.status is Status.OPTIMAL and solution.objective == pytest.approx(9)
    assert solution.values is not None and solution.row_dual is not None and solution.column_dual is not None
    assert solution.values[[model.column_of[id(x)], model.column_of[id(y)]]] == pytest.approx([3, 1])
    assert solution.row_dual[model.row_of["need"]] == pytest.approx(3)
    assert solution.column_dual[model.column_of[id(x)]] == pytest.approx(-1)


def test_a_maximum_is_refused() -> None:
    with pytest.raises(ValueError, match="minimum"):
        HighsModel(LpProblem("wrong_way", LpMaximize))


def test_an_infeasible_problem_says_so() -> None:
    problem, (x, _) = diet()
    problem.addConstraint(LpConstraint(x + 0.0, 1, "too_much", 5))
    assert HighsModel(problem).solve(10).status is Status.INFEASIBLE


def test_added_columns_and_prices_are_taken_off_again() -> None:
    problem, (x, _) = diet()
    model = HighsModel(problem)
    base = model.solve(10)
    assert base.values is not None
    column = ExtraColumn(1.0, 5.0, {model.row_of["need"]: 1.0})
    cheap = model.solve_with([column, column], [(1.5, [0, 1])], {}, base.values, 10)
    assert cheap.objective == pytest.approx(1.5 * 1 + 2.5 * 2), "the two share 1.5"
    dear = model.solve_with([], [], {model.column_of[id(x)]: 4.0}, base.values, 10)
    assert dear.objective == pytest.approx(12)
    assert model.solve(10).objective == pytest.approx(9)


def test_duals_of_a_plan_with_integers_are_those_with_the_integers_fixed() -> None:
    problem = LpProblem("lot", LpMinimize)
    make, start = problem.add_variable("make", 0, None), problem.add_variable("start", 0, 1, LpInteger)
    problem.setObjective(2 * make + 10 * start)
    problem.addConstraint(LpConstraint(make + 0.0, 1, "need", 4))
    problem.addConstraint(LpConstraint(make - 100 * start, -1, "setup", 0))
    model = HighsModel(problem)
    whole = model.with_duals(model.solve(10), 10)
    assert whole.objective == pytest.approx(18)
    assert whole.row_dual is not None and whole.row_dual[model.row_of["need"]] == pytest.approx(2), "not 2.1"
    assert model.solve(10).objective == pytest.approx(18), "integers are integer again"


def knapsack(size: int) -> LpProblem:
    random = np.random.default_rng(7)
    weight = random.integers(1000, 9999, (8, size))
    worth = weight.sum(axis=0) + random.integers(-50, 50, size)
    problem = LpProblem("knapsack", LpMinimize)
    take = [problem.add_variable(f"take_{i}", 0, 1, LpInteger) for i in range(size)]
    problem.setObjective(lpSum(-int(w) * t for w, t in zip(worth, take, strict=True)))
    for row, weights in enumerate(weight):
        total = lpSum(int(w) * t for w, t in zip(weights, take, strict=True))
        problem.addConstraint(LpConstraint(total, -1, f"bag_{row}", int(weights.sum() // 2)))
    return problem


def test_a_time_limit_is_a_time_limit_and_not_an_optimum() -> None:
    solution = HighsModel(knapsack(120)).solve(1.0)
    assert solution.status is Status.TIME_LIMIT
    assert solution.values is not None and solution.mip_gap > 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_cbc_stopped_by_its_time_limit_says_so_with_the_gap_of_its_bound() -> None:
    """The knapsack's relaxation is a bound too: CBC's proven gap is no wider."""
    problem = knapsack(120)
    stopped = solve_by_cbc(problem, 1.0)
    relaxed = replace(program_of(problem), integers=np.zeros(0, dtype=np.int32))
    bound = Held(relaxed).solve(10).objective
    assert stopped.status is Status.TIME_LIMIT and stopped.values is not None
    assert 0 < stopped.mip_gap <= (stopped.objective - bound) / abs(stopped.objective) + 1e-9
    assert (stopped.values == np.round(stopped.values)).all()


def long_way() -> LpProblem:
    """A linear program that no solver ends in a millisecond: 300 dense rows of 400 columns."""
    random = np.random.default_rng(3)
    problem = LpProblem("long_way", LpMinimize)
    x = [problem.add_variable(f"x_{j}", 0, 50) for j in range(400)]
    problem.setObjective(lpSum(float(c) * v for c, v in zip(random.uniform(1, 2, 400), x, strict=True)))
    for i, factors in enumerate(random.uniform(0, 1, (300, 400))):
        row = LpAffineExpression(dict(zip(x, factors.tolist(), strict=True)))
        problem.addConstraint(LpConstraint(row, 1, f"row_{i}", float(factors.sum())))
    return problem


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_linear_program_stopped_on_its_way_is_never_called_optimal() -> None:
    problem = long_way()
    for stopped in (HighsModel(problem).solve(0.001), solve_by_cbc(problem, 0.001)):
        assert stopped.status is Status.TIME_LIMIT
        assert stopped.values is None or stopped.mip_gap > 0
    assert HighsModel(problem).solve(60).status is Status.OPTIMAL


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("integer", ["no", "yes"])
def test_cbc_finds_the_same_plan(integer: str) -> None:
    given = red_tomato(BASE, objective="cost", integer_workforce=integer)
    by_cbc = solve(given, given["demand"], solver="cbc")
    by_highs = solve(given, given["demand"], explain=Explain.NOTHING)
    assert by_cbc.objective == pytest.approx(by_highs.objective, rel=1e-6)


def test_many_lots_are_solved_from_a_rounded_start_to_the_wider_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the border between few and many integers at 0, a plan of lots takes the way of large ones."""
    given = inputs(
        {"shortage": "lost_sales"},
        demand=[row for p in "ABC" for row in asked(p, [9, 4, 14, 3, 12, 7], price=20)],
        resources=[{"resource": "M", "location": "P", "hours": 22, "overtime_cost": 3}],
        routings=[
            {"product": p, "resource": "M", "hours_per_unit": 1, "setup_hours": 2, "setup_cost": 15, "min_lot": 5}
            for p in "ABC"
        ],
        inventory_policy=[{"holding_cost": 0.5}],
    )
    exact = solve(given, given["demand"])
    monkeypatch.setattr(solver, "FEW_INTEGERS", 0)
    monkeypatch.setattr(solver, "MANY_INTEGERS", 0)
    wide = solve(given, given["demand"])
    assert wide.status == "optimal" and exact.objective is not None
    assert exact.objective * (1 - solver.WIDE_GAP) <= wide.objective <= exact.objective + 1e-6
    closed = [plan.tables["reliefs"].set_index("relief")["gap_closed"] for plan in (exact, wide)]
    assert len(closed[1]) > 0 and (closed[1] >= -1e-6).all() and len(closed[0]) == len(closed[1])


def test_without_any_time_there_is_no_plan_and_it_says_so() -> None:
    given = red_tomato(BASE, objective="cost", integer_workforce="yes")
    hurried = PlanningInputs(given.tables, given.calendar, {**given.settings, "solver_seconds": 0})
    plan = solve(hurried, given["demand"])
    assert plan.status == "time limit" and plan.objective is None
    assert all(frame.empty for frame in plan.tables.values())
    assert "time limit" in plan.issues[-1].message
