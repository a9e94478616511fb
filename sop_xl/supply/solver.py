"""A finished PuLP problem solved by HiGHS: integers, duals with integers fixed, levers added and taken off; and CBC.

The program is held by :class:`sop_xl.supply.persistent.Held`: handed over in one piece, asked for its own status.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import highspy
import numpy as np
from pulp import PULP_CBC_CMD, LpProblem, LpVariable

from sop_xl.supply.persistent import Basis, Held, Solution, Status
from sop_xl.supply.program import program_of

INTEGRALITY = 1e-6
"""How far from a whole number an integer variable may be."""
FEASIBLE = 1e-5
"""How far a row may be missed by the plan of a stopped solve."""
MANY_INTEGERS, FEW_INTEGERS = 50, 500
"""From the first on a plan with integer variables starts from the rounded relaxation; up to the second it is solved to
the tighter gap. Without HiGHS' restarts 72 setups of 18 months take 2.2 s of CPU against 3.6 s, to the same optimum."""
MUCH_EFFORT = 5_000
"""Iterations of the simplex method after which a plan with integer variables counts as hard."""
TIGHT_GAP, WIDE_GAP = 1e-6, 2e-3
"""Proven gap at which a plan with few, or with many, integer variables counts as optimal."""


@dataclass(frozen=True, slots=True)
class ExtraColumn:
    """A variable that a lever adds to a solved problem: its price, its bound, and its factor in rows by position."""

    price: float
    most: float
    rows: Mapping[int, float]


class HighsModel(Held):
    """A problem held by HiGHS; columns and rows have the order of ``columns`` and of the problem's constraints."""

    def __init__(self, problem: LpProblem, seed: int = 0, start: Basis | None = None) -> None:
        """Hand a problem to be minimised to HiGHS.

        Args:
            problem: finished.
            seed: of what little HiGHS draws at random.
            start: where to start; without effect where variables are integer: HiGHS starts those from scratch.

        Raises:
            ValueError: where the problem is to be maximised; state it as a minimum, so that duals keep their sign.
        """
        program = program_of(problem)
        super().__init__(program, seed, None if len(program.integers) else start)
        self.columns: list[LpVariable] = list(problem.variables())
        self.column_of = {id(variable): j for j, variable in enumerate(self.columns)}
        self.row_of = {str(constraint.name): row for row, constraint in enumerate(problem.constraints())}
        self.integers = self.program.integers
        self.hard = False
        gap = TIGHT_GAP if len(self.integers) <= FEW_INTEGERS else WIDE_GAP
        self._highs.setOptionValue("mip_rel_gap", gap)
        self._highs.setOptionValue("mip_allow_restart", False)

    def solve(self, seconds: float, *, duals: bool = True) -> Solution:
        """Solve and return the best plan found within a time."""
        if not self.columns:
            return Solution(Status.OPTIMAL, np.zeros(0), self.program.offset, 0.0, np.zeros(0), np.zeros(0))
        if len(self.integers) > MANY_INTEGERS:
            seconds = self._start_from_relaxation(seconds)
        found = super().solve(seconds, duals=duals)
        effort = self._highs.getInfo().simplex_iteration_count
        self.hard = len(self.integers) > FEW_INTEGERS or (bool(len(self.integers)) and effort > MUCH_EFFORT)
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
        lower, upper = self.program.lower[self.integers], self.program.upper[self.integers]
        self._highs.changeColsBounds(count, self.integers, lower, upper)
        kind = highspy.HighsVarType.kInteger
        self._highs.changeColsIntegrality(count, self.integers, np.full(count, kind))

    def with_duals(self, solution: Solution, seconds: float, cost: np.ndarray | None = None) -> Solution:
        """Return a solution with duals: of a plan with integer variables, those with these variables fixed.

        Args:
            solution: of the program held.
            seconds: time limit.
            cost: of the columns without what only breaks ties: the duals are those of the program with these costs,
                so that they are worth exactly what a change is worth.
        """
        if solution.values is None or not len(self.columns):
            return solution
        whole = bool(len(self.integers))
        if whole:
            self._fix(np.round(solution.values[self.integers]))
        polished = self._run(seconds) if whole else solution
        priced = polished if cost is None else self._run_at(cost, seconds)
        if whole:
            self._free()
        if Status.OPTIMAL not in (polished.status, solution.status) or polished.values is None:
            return solution
        known = priced if priced.status is Status.OPTIMAL else polished
        return Solution(
            solution.status,
            polished.values,
            polished.objective,
            solution.mip_gap,
            known.row_dual,
            known.column_dual,
        )

    def _run_at(self, cost: np.ndarray, seconds: float) -> Solution:
        every = np.arange(len(self.columns), dtype=np.int32)
        self._highs.changeColsCost(len(every), every, cost)
        found = self._run(seconds)
        self._highs.changeColsCost(len(every), every, self.program.cost)
        return found

    def _nearly(self, start: np.ndarray, seconds: float) -> Solution:
        """The better of two plans without a search: integers as they were, and those of the relaxation rounded up."""
        self._relax()
        relaxed = self._run(seconds)
        held = [np.round(start[self.integers])]
        if relaxed.values is not None:
            held.append(np.ceil(relaxed.values[self.integers] - INTEGRALITY))
        found = []
        for values in held:
            self._fix(values)
            found.append(self._run(seconds))
        self._free()
        return min(found, key=lambda one: float("inf") if one.values is None else one.objective)

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
            start: values to start from where variables are integer; where the plan was hard, these are
                held there, or at the relaxation rounded up.
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
        if self.hard:
            found = self._nearly(start, seconds)
        else:
            if len(self.integers):
                self._start_at([*start.tolist(), *([0.0] * len(extra))])
            found = self._run(seconds)
        if extra:
            highs.deleteCols(len(extra), np.arange(base, base + len(extra), dtype=np.int32))
        if limits:
            highs.deleteRows(len(limits), np.arange(rows, rows + len(limits), dtype=np.int32))
        for column in prices:
            highs.changeColCost(column, float(self.program.cost[column]))
        return found


def solve_by_cbc(problem: LpProblem, seconds: float) -> Solution:
    """Solve by CBC through PuLP's own loader: slower, for cross-checks; without duals.

    PuLP calls a plan that was stopped by its time limit optimal; here it has the status and the gap of CBC's own log,
    and values that break a row, as those of a simplex stopped on its way, are no plan.

    Raises:
        RuntimeError: where this PuLP brings no CBC.
    """
    with TemporaryDirectory() as folder:
        log = Path(folder) / "cbc.log"
        solver = PULP_CBC_CMD(msg=False, timeLimit=seconds, gapRel=TIGHT_GAP, logPath=str(log))
        if not solver.available():
            raise RuntimeError("this PuLP brings no CBC")
        problem.solve(solver)
        said = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    stopped = problem.sol_status != 1
    if problem.sol_status not in (1, 2) or (stopped and problem.infeasibilityGap() > FEASIBLE):
        return Solution(Status.INFEASIBLE if problem.status == -1 else Status.TIME_LIMIT, None, float("nan"))
    values = np.array([v.varValue or 0.0 for v in problem.variables()])
    objective = float(problem.objective.value() or 0.0) if problem.objective is not None else 0.0
    if not stopped:
        return Solution(Status.OPTIMAL, values, objective)
    bound = re.search(r"^Lower bound:\s+(\S+)", said, re.MULTILINE)
    offset = problem.objective.constant if problem.objective is not None else 0.0
    gap = (objective - offset - float(bound[1])) / abs(objective) if bound and objective else float("inf")
    return Solution(Status.TIME_LIMIT, values, objective, max(0.0, gap))
