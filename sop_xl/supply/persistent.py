"""A program held by HiGHS between solves: only bounds and costs are changed, and it starts from where it was.

HiGHS is told to minimise, so that the dual of a row is the growth of the objective per unit of its constant. Everything
runs in one thread with a fixed seed: the same program, solved in the same order of changes, gives the same answer.
A handle cannot travel between processes; a :class:`Basis` can.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import highspy
import numpy as np

from sop_xl.supply.program import Program

LARGE = 5_000
"""From so many columns a first solve starts from a guess, or without one is by interior point: at 10,000 to 11,000 it
takes 0.14 s to 0.23 s of CPU, dual simplex from nothing 0.20 s to 0.79 s. Later solves are by dual simplex."""
PATIENCE = 3
"""Iterations per row after which a guess is given up; plans of 4,000 to 74,000 rows took 0.1 to 0.9."""
ROUGH = 1e-3
"""At which accuracy interior point hands over: its crossover, then dual simplex to full accuracy, end sooner than its
own last steps (0.18 s to 0.21 s of CPU at 10,000 columns)."""


class Status(StrEnum):
    """How a solve ended."""

    OPTIMAL = "optimal"
    TIME_LIMIT = "time limit"
    INFEASIBLE = "infeasible data"


@dataclass(frozen=True, slots=True)
class Solution:
    """Values of the variables (by column) of the best plan found; None where none was found in time.

    ``mip_gap`` is how far from the best it may be, as far as that is proven; infinite where nothing is. ``row_dual`` is
    what the objective grows by per unit of a row's constant, ``column_dual`` per unit of a variable (at its bound: per
    unit of the bound). With integer variables they are those of the plan with these fixed.
    """

    status: Status
    values: np.ndarray | None
    objective: float
    mip_gap: float = 0.0
    row_dual: np.ndarray | None = None
    column_dual: np.ndarray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """Which columns and rows of a program are at a bound, in HiGHS' own codes: where a solve may start.

    A ``guess`` is no basis yet: HiGHS completes it, and a solve that is not soon at its end starts anew without it.
    """

    columns: np.ndarray
    rows: np.ndarray
    guess: bool = False


class Held:
    """A program held by HiGHS; ``program`` is the one it holds now, with every change made so far."""

    def __init__(self, program: Program, seed: int = 0, start: Basis | None = None) -> None:
        """Hand a program to HiGHS in one piece.

        Args:
            program: to be minimised.
            seed: of what little HiGHS draws at random.
            start: basis to start from, of a program of the same shape; a guess for a first solve of a large one.
        """
        self.program = program
        self._highs = highspy.Highs()
        for option, value in _OPTIONS.items():
            self._highs.setOptionValue(option, value)
        self._highs.setOptionValue("random_seed", seed)
        self._highs.passModel(_translated(program))
        self._started = self._guessed = False
        if start is not None:
            self.start_from(start)

    def change(self, program: Program) -> None:
        """Make the program held another one that differs in bounds, costs and offset alone (see ``Program.like``)."""
        now, highs = self.program, self._highs
        at = np.flatnonzero((now.row_lower != program.row_lower) | (now.row_upper != program.row_upper))
        if len(at):
            rows = at.astype(np.int32)
            highs.changeRowsBounds(len(at), rows, program.row_lower[at], program.row_upper[at])  # type: ignore[attr-defined]
        at = np.flatnonzero((now.lower != program.lower) | (now.upper != program.upper))
        if len(at):
            highs.changeColsBounds(len(at), at.astype(np.int32), program.lower[at], program.upper[at])
        at = np.flatnonzero(now.cost != program.cost)
        if len(at):
            highs.changeColsCost(len(at), at.astype(np.int32), program.cost[at])
        if now.offset != program.offset:
            highs.changeObjectiveOffset(program.offset)
        self.program = program

    def basis(self) -> Basis:
        """Return the basis of the last solve."""
        held = self._highs.getBasis()
        columns, rows = (
            np.array([int(status) for status in part], dtype=np.int8) for part in (held.col_status, held.row_status)
        )
        return Basis(columns, rows)

    def start_from(self, basis: Basis) -> None:
        """Start the next solve from a basis."""
        given = highspy.HighsBasis()
        given.col_status = [_KINDS[code] for code in basis.columns.tolist()]
        given.row_status = [_KINDS[code] for code in basis.rows.tolist()]
        given.valid, given.alien = True, basis.guess
        self._highs.setBasis(given)
        self._started, self._guessed = True, basis.guess

    def expect_small_changes(self) -> None:
        """Prepare for many solves that each start near their end: a fifth less CPU time a what-if, measured."""
        for option, value in _NEAR.items():
            self._highs.setOptionValue(option, value)

    def solve(self, seconds: float, *, duals: bool = True) -> Solution:
        """Solve and return the best plan found within a time, with its duals if not told otherwise.

        A large program without a start, or with a guess that did not soon lead to the end, is solved by interior point.
        """
        if self._guessed:
            self._guessed = False
            self._highs.setOptionValue("simplex_iteration_limit", PATIENCE * len(self.program.row_lower))
            self._highs.setOptionValue("time_limit", self._highs.getRunTime() + seconds)
            self._highs.run()
            self._highs.setOptionValue("simplex_iteration_limit", highspy.kHighsIInf)
            if self._highs.getModelStatus() in _STATUS:
                return self._solution(duals)
            self._highs.clearSolver()
            self._started = False
        large = len(self.program.cost) >= LARGE and not len(self.program.integers)
        self._highs.setOptionValue("solver", "ipx" if large and not self._started else "choose")
        self._run_only(seconds)
        self._highs.setOptionValue("solver", "choose")
        return self._solution(duals)

    def _run(self, seconds: float) -> Solution:
        self._run_only(seconds)
        return self._solution()

    def _run_only(self, seconds: float) -> None:
        """Run HiGHS; where it cannot tell how it ended (it stopped on rounding), once more from scratch."""
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + seconds)
        self._highs.run()
        self._started = True
        if self._highs.getModelStatus() not in _STATUS:
            self._highs.clearSolver()
            self._highs.setOptionValue("presolve", "off")
            self._highs.run()
            self._highs.setOptionValue("presolve", "choose")
        if self._highs.getModelStatus() not in _STATUS:
            said = self._highs.modelStatusToString(self._highs.getModelStatus())
            raise RuntimeError(f"HiGHS ended with {said}")

    def _solution(self, duals: bool = True) -> Solution:
        status, info = _STATUS[self._highs.getModelStatus()], self._highs.getInfo()
        found = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
        if not found:
            return Solution(status, None, float("nan"))
        solution = self._highs.getSolution()
        proven = 0.0 if status is Status.OPTIMAL else float("inf")
        gap = float(info.mip_gap) if len(self.program.integers) else proven
        known = duals and bool(solution.dual_valid)
        return Solution(
            status,
            np.array(solution.col_value),
            float(info.objective_function_value),
            gap if np.isfinite(gap) else float("inf"),
            np.array(solution.row_dual) if known else None,
            np.array(solution.col_dual) if known else None,
        )


def _translated(program: Program) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(program.cost), len(program.row_lower)
    lp.col_cost_, lp.offset_ = program.cost, program.offset
    lp.col_lower_, lp.col_upper_ = program.lower, program.upper
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = program.starts
    lp.a_matrix_.index_ = program.index
    lp.a_matrix_.value_ = program.value
    if len(program.integers):
        whole = set(program.integers.tolist())
        kinds = highspy.HighsVarType
        lp.integrality_ = [kinds.kInteger if j in whole else kinds.kContinuous for j in range(lp.num_col_)]
    return lp


_OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "dual_feasibility_tolerance": 1e-9,
    "ipm_optimality_tolerance": ROUGH,
    "start_crossover_tolerance": ROUGH,
}
_NEAR: dict[str, int | float] = {
    "simplex_dual_edge_weight_strategy": 1,
    "dual_simplex_cost_perturbation_multiplier": 0.0,
}
"""Weights of edges that are cheap to start with, and costs as they are."""
_KINDS = {int(kind): kind for kind in highspy.HighsBasisStatus.__members__.values()}
_STATUS = {
    highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
    highspy.HighsModelStatus.kModelEmpty: Status.OPTIMAL,
    highspy.HighsModelStatus.kTimeLimit: Status.TIME_LIMIT,
    highspy.HighsModelStatus.kInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kUnboundedOrInfeasible: Status.INFEASIBLE,
}
