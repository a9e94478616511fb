"""A finished PuLP problem as arrays: what HiGHS is given and what travels between processes."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from pulp import LpConstraintEQ, LpInteger, LpProblem


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A linear or mixed-integer program: minimise cost · x + offset, rows and columns between bounds.

    Rows lie one after the other: row i has the columns ``index[starts[i]:starts[i + 1]]`` with the factors ``value``
    at the same places. ``integers`` are the positions of whole-number columns.
    """

    cost: np.ndarray
    offset: float
    lower: np.ndarray
    upper: np.ndarray
    row_lower: np.ndarray
    row_upper: np.ndarray
    starts: np.ndarray
    index: np.ndarray
    value: np.ndarray
    integers: np.ndarray

    def like(self, other: Program) -> bool:
        """Return True where the two differ in bounds, costs and offset alone."""
        names = ("starts", "index", "value", "integers")
        return self.cost.shape == other.cost.shape and all(
            getattr(self, name) is getattr(other, name) or np.array_equal(getattr(self, name), getattr(other, name))
            for name in names
        )


@contextmanager
def uncollected() -> Iterator[None]:
    """Let Python not look for garbage while many objects that stay are made: it would look at all of them, in vain.

    Stating 10,000 columns takes 0.06 s of CPU with it, and 0.07 s to 0.12 s without.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@uncollected()
def program_of(problem: LpProblem) -> Program:
    """Return a finished problem as arrays: columns as in ``problem.variables()``, rows as in its constraints.

    Raises:
        ValueError: where the problem is to be maximised; state it as a minimum, so that duals keep their sign.
    """
    if problem.sense != 1:
        raise ValueError("state the problem as a minimum")
    columns = problem.variables()
    column_of = {id(variable): j for j, variable in enumerate(columns)}
    infinity = float("inf")
    constants, senses, starts, index, value = [], [], [0], [], []
    for constraint in problem.constraints():
        constants.append(-constraint.constant)
        senses.append(constraint.sense)
        index += [column_of[id(variable)] for variable in constraint.expr]
        value += constraint.expr.values()
        starts.append(len(index))
    constant, sense = np.array(constants, dtype=float), np.array(senses, dtype=int)
    cost = np.zeros(len(columns))
    objective = problem.objective
    for variable, price in objective.items() if objective is not None else ():
        cost[column_of[id(variable)]] = price
    return Program(
        cost=cost,
        offset=float(objective.constant) if objective is not None else 0.0,
        lower=np.array([-infinity if v.lowBound is None else v.lowBound for v in columns], dtype=float),
        upper=np.array([infinity if v.upBound is None else v.upBound for v in columns], dtype=float),
        row_lower=np.where(sense >= LpConstraintEQ, constant, -infinity),
        row_upper=np.where(sense <= LpConstraintEQ, constant, infinity),
        starts=np.array(starts, dtype=np.int32),
        index=np.array(index, dtype=np.int32),
        value=np.array(value, dtype=float),
        integers=np.array([j for j, v in enumerate(columns) if v.cat == LpInteger], dtype=np.int32),
    )
