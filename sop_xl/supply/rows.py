"""What a constraint yields: named rows of a linear program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pulp import LpAffineExpression, LpVariable

if TYPE_CHECKING:
    from sop_xl.supply.elements import Network
    from sop_xl.supply.variables import Variables

Terms = dict[LpVariable, float]
Row = tuple[str, Terms, int, float]
"""Name, expression, sense and constant, read as *expression sense constant*."""
Constraint = Callable[["Variables", "Network"], Iterator[Row]]


def add(row: Terms, expression: LpAffineExpression, factor: float) -> None:
    """Add a multiple of an expression to the terms of a row."""
    for variable, weight in expression.items():
        row[variable] = row.get(variable, 0.0) + factor * weight


def expression(terms: Terms) -> LpAffineExpression:
    """Return terms as an expression; taken over whole, because PuLP's own copy hashes every variable anew."""
    made = LpAffineExpression()
    made.update(terms)
    return made


def put(row: Terms, variable: LpVariable, factor: float) -> None:
    """Add a multiple of a variable to the terms of a row."""
    row[variable] = row.get(variable, 0.0) + factor
