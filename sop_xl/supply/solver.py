"""A finished PuLP problem solved by HiGHS: handed over in one piece, asked for its own status, kept for re-solves.

HiGHS is told to minimise, so that the dual of a row is the growth of the objective per unit of its constant. Everything
runs in one thread with a fixed seed: the same problem gives the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import highspy
import numpy as np
from pulp import PULP_CBC_CMD, LpConstraintEQ, LpInteger, LpProblem, LpVariable

LARGE = 50_000
"""From so many columns the first solve is by interior point (then simplex); measured: 2.4 s against 3.4 s at 62,000."""
INTEGRALITY = 1e-6
"""How far from a whole number an integer variable may be."""
FEW_INTEGERS = 500
TIGHT_GAP, WIDE_GAP = 1e-6, 2e-3
"""Proven gap at which a plan with few, or with many, integer variables counts as optimal."""


class Status(StrEnum):
    """How a solve ended."""

    OPTIMAL = "optimal"
    TIME_LIMIT = "time limit"
    INFEASIBLE = "infeasible data"


@dataclass(frozen=True, slots=True)
class Solution:
    """Values of the variables (by column) of the best plan found; None where none was found in time.

    ``row_dual`` is what the objective grows by per unit of a row's constant, ``column_dual`` per unit of a variable (at
    its bound: per unit of the bound). With integer variables they are those of the plan with these fixed.
    """

    status: Status
    values: np.ndarray | None
    objective: float
    mip_gap: float = 0.0
    row_dual: np.ndarray | None = None
    column_dual: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class ExtraColumn:
    """A variable that a lever adds to a solved problem: its price, its bound, and its factor in rows by position."""

    price: float
    most: float
    rows: Mapping[int, float]


class HighsModel:
    """A problem held by HiGHS; columns and rows have the order of ``columns`` and of the problem's constraints."""

    def __init__(self, problem: LpProblem, seed: int = 0) -> None:
        """Hand a problem to be minimised to HiGHS.

        Raises:
            ValueError: where the problem is to be maximised; state it as a minimum, so that duals keep their sign.
        """
        if problem.sense != 1:
            raise ValueError("state the problem as a minimum")
        self.columns: list[LpVariable] = list(problem.variables())
        self.column_of = {id(variable): j for j, variable in enumerate(self.columns)}
        self.row_of: dict[str, int] = {}
        self.integers = np.array([j for j, v in enumerate(self.columns) if v.cat == LpInteger], dtype=np.int32)
        self._highs = highspy.Highs()
        for option, value in _OPTIONS.items():
            self._highs.setOptionValue(option, value)
        self._highs.setOptionValue("random_seed", seed)
        gap = TIGHT_GAP if len(self.integers) <= FEW_INTEGERS else WIDE_GAP
        self._highs.setOptionValue("mip_rel_gap", gap)
        self._lp = self._translate(problem)
        self._highs.passModel(self._lp)

    def _translate(self, problem: LpProblem) -> highspy.HighsLp:
        lp, infinity = highspy.HighsLp(), highspy.kHighsInf
        columns, column_of = self.columns, self.column_of
        lower, upper, starts, index, value = [], [], [0], [], []
        for row, constraint in enumerate(problem.constraints()):
            self.row_of[str(constraint.name)] = row
            constant = -constraint.constant
            lower.append(constant if constraint.sense >= LpConstraintEQ else -infinity)
            upper.append(constant if constraint.sense <= LpConstraintEQ else infinity)
            index += [column_of[id(variable)] for variable in constraint.expr]
            value += constraint.expr.values()
            starts.append(len(index))
        cost = np.zeros(len(columns))
        objective = problem.objective
        for variable, price in objective.items() if objective is not None else ():
            cost[column_of[id(variable)]] = price
        lp.num_col_, lp.num_row_ = len(columns), len(lower)
        lp.col_cost_ = cost
        lp.col_lower_ = np.array([-infinity if v.lowBound is None else v.lowBound for v in columns], dtype=float)
        lp.col_upper_ = np.array([infinity if v.upBound is None else v.upBound for v in columns], dtype=float)
        lp.row_lower_, lp.row_upper_ = np.array(lower, dtype=float), np.array(upper, dtype=float)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.array(starts, dtype=np.int32)
        lp.a_matrix_.index_ = np.array(index, dtype=np.int32)
        lp.a_matrix_.value_ = np.array(value, dtype=float)
        lp.offset_ = objective.constant if objective is not None else 0.0
        if len(self.integers):
            whole = set(self.integers.tolist())
            kinds = highspy.HighsVarType
            lp.integrality_ = [kinds.kInteger if j in whole else kinds.kContinuous for j in range(len(columns))]
        return lp

    def solve(self, seconds: float) -> Solution:
        """Solve and return the best plan found within a time."""
        if not self.columns:
            return Solution(Status.OPTIMAL, np.zeros(0), self._lp.offset_, 0.0, np.zeros(0), np.zeros(0))
        by_interior_point = len(self.columns) >= LARGE and not len(self.integers)
        self._highs.setOptionValue("solver", "ipx" if by_interior_point else "choose")
        if len(self.integers) > FEW_INTEGERS:
            seconds = self._start_from_relaxation(seconds)
        found = self._run(seconds)
        self._highs.setOptionValue("solver", "choose")
        return found

    def _start_from_relaxation(self, seconds: float) -> float:
        """Give HiGHS a first plan: integers of the relaxation rounded up; return the seconds left."""
        before = self._highs.getRunTime()
        self._relax()
        relaxed = self._run(seconds)
        if relaxed.values is not None:
            self._fix(np.ceil(relaxed.values[self.integers] - INTEGRALITY))
            rounded = self._run(seconds)
            self._free()
            if rounded.status is Status.OPTIMAL and rounded.values is not None:
                self._start_at(rounded.values.tolist())
        else:
            self._free()
        return max(1.0, seconds - (self._highs.getRunTime() - before))

    def _start_at(self, values: list[float]) -> None:
        known = highspy.HighsSolution()
        known.col_value = values
        self._highs.setSolution(known)

    def _relax(self) -> None:
        count = len(self.integers)
        kind = highspy.HighsVarType.kContinuous
        self._highs.changeColsIntegrality(count, self.integers, np.full(count, kind))

    def _fix(self, values: np.ndarray) -> None:
        """Hold the integer variables at whole values, and let HiGHS see a linear program."""
        self._relax()
        held = values.tolist()
        self._highs.changeColsBounds(len(self.integers), self.integers, held, held)

    def _free(self) -> None:
        """Make the integer variables free and whole again."""
        count = len(self.integers)
        lower = np.array(self._lp.col_lower_)[self.integers].tolist()
        upper = np.array(self._lp.col_upper_)[self.integers].tolist()
        self._highs.changeColsBounds(count, self.integers, lower, upper)
        kind = highspy.HighsVarType.kInteger
        self._highs.changeColsIntegrality(count, self.integers, np.full(count, kind))

    def _run(self, seconds: float) -> Solution:
        """Run HiGHS; where it cannot tell how it ended (it stopped on rounding), once more from scratch."""
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + seconds)
        self._highs.run()
        if self._highs.getModelStatus() not in _STATUS:
            self._highs.clearSolver()
            self._highs.setOptionValue("presolve", "off")
            self._highs.run()
            self._highs.setOptionValue("presolve", "choose")
        return self._solution()

    def _solution(self) -> Solution:
        model, info = self._highs.getModelStatus(), self._highs.getInfo()
        status = _STATUS.get(model)
        if status is None:
            raise RuntimeError(f"HiGHS ended with {self._highs.modelStatusToString(model)}")
        found = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
        if not found:
            return Solution(status, None, float("nan"))
        solution = self._highs.getSolution()
        gap = float(info.mip_gap) if len(self.integers) else 0.0
        known = bool(solution.dual_valid)
        return Solution(
            status,
            np.array(solution.col_value),
            float(info.objective_function_value),
            gap if np.isfinite(gap) else float("inf"),
            np.array(solution.row_dual) if known else None,
            np.array(solution.col_dual) if known else None,
        )

    def with_duals(self, solution: Solution, seconds: float) -> Solution:
        """Return a solution with duals: of a plan with integer variables, those with these variables fixed."""
        if not len(self.integers) or solution.values is None:
            return solution
        self._fix(np.round(solution.values[self.integers]))
        found = self._run(seconds)
        self._free()
        if found.status is not Status.OPTIMAL or found.values is None:
            return solution
        return Solution(
            solution.status, found.values, found.objective, solution.mip_gap, found.row_dual, found.column_dual
        )

    def solve_with(
        self,
        extra: Sequence[ExtraColumn],
        limits: Sequence[tuple[float, Sequence[int]]],
        prices: Mapping[int, float],
        start: np.ndarray,
        seconds: float,
    ) -> Solution:
        """Solve with more variables and other prices, then take them off again.

        Args:
            extra: variables to add; their values stand behind those of ``columns``.
            limits: joint limits of them: most, and the positions in ``extra``.
            prices: new prices of columns.
            start: values to start from where variables are integer; of many, the integer ones are held there.
            seconds: time limit.
        """
        base, rows, highs = len(self.columns), len(self.row_of), self._highs
        for most, _ in limits:
            highs.addRow(-highspy.kHighsInf, most, 0, np.zeros(0, dtype=np.int32), np.zeros(0))
        shared: list[dict[int, float]] = [{} for _ in extra]
        for position, (_, members) in enumerate(limits):
            for member in members:
                shared[member][rows + position] = 1.0
        for column, joint in zip(extra, shared, strict=True):
            factors = {**column.rows, **joint}
            most = min(column.most, highspy.kHighsInf)
            keys = np.fromiter(factors.keys(), dtype=np.int32, count=len(factors))
            values = np.fromiter(factors.values(), dtype=float, count=len(factors))
            highs.addCol(column.price, 0.0, most, len(keys), keys, values)
        for column, price in prices.items():
            highs.changeColCost(column, price)
        fixed = len(self.integers) > FEW_INTEGERS
        if fixed:
            self._fix(np.round(start[self.integers]))
        elif len(self.integers):
            self._start_at([*start.tolist(), *([0.0] * len(extra))])
        found = self._run(seconds)
        if fixed:
            self._free()
        if extra:
            highs.deleteCols(len(extra), np.arange(base, base + len(extra), dtype=np.int32))
        if limits:
            highs.deleteRows(len(limits), np.arange(rows, rows + len(limits), dtype=np.int32))
        cost = np.asarray(self._lp.col_cost_)
        for column in prices:
            highs.changeColCost(column, float(cost[column]))
        return found


def solve_by_cbc(problem: LpProblem, seconds: float) -> Solution:
    """Solve by CBC through PuLP's own loader: slower, for cross-checks; without duals.

    Raises:
        RuntimeError: where this PuLP brings no CBC.
    """
    solver = PULP_CBC_CMD(msg=False, timeLimit=seconds, gapRel=TIGHT_GAP)
    if not solver.available():
        raise RuntimeError("this PuLP brings no CBC")
    problem.solve(solver)
    if problem.sol_status not in (1, 2):
        return Solution(Status.INFEASIBLE if problem.status == -1 else Status.TIME_LIMIT, None, float("nan"))
    values = np.array([v.varValue or 0.0 for v in problem.variables()])
    objective = problem.objective.value() if problem.objective is not None else 0.0
    return Solution(Status.OPTIMAL if problem.sol_status == 1 else Status.TIME_LIMIT, values, float(objective or 0.0))


_OPTIONS: dict[str, bool | int | str] = {"output_flag": False, "threads": 1, "parallel": "off"}
_STATUS = {
    highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
    highspy.HighsModelStatus.kModelEmpty: Status.OPTIMAL,
    highspy.HighsModelStatus.kTimeLimit: Status.TIME_LIMIT,
    highspy.HighsModelStatus.kInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kUnboundedOrInfeasible: Status.INFEASIBLE,
}
