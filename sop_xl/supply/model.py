"""The plan stated as a linear program: variables, constraints and objective of a network, in PuLP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pulp import LpAffineExpression, LpMinimize, LpProblem

from sop_xl.supply.constraints import CONSTRAINTS, constrain
from sop_xl.supply.elements import Network
from sop_xl.supply.objective import MONEY, STEERING, co2, line, rebates, revenue, tie_breaks
from sop_xl.supply.program import uncollected
from sop_xl.supply.rows import Constraint, Terms, add, expression
from sop_xl.supply.variables import Variables, declare


@dataclass(frozen=True, slots=True)
class Model:
    """A stated plan: the problem (always a minimum), its variables, each line of money and steering, the tie-breaks."""

    problem: LpProblem
    variables: Variables
    lines: Mapping[str, LpAffineExpression]
    ties: LpAffineExpression


@uncollected()
def state(n: Network, constraints: Sequence[Constraint] = CONSTRAINTS) -> Model:
    """Return the linear (or mixed-integer) program of a network.

    With objective *cost*: minimise total cost + steering. With objective *profit*: minimise total cost + rebates −
    revenue + steering, which is profit less steering with its sign turned. Tie-breaks are added to either.
    """
    problem = LpProblem("supply_plan", LpMinimize)
    x = declare(problem, n)
    lines = {name: line(terms(x, n)) for name, terms in {**MONEY, **STEERING}.items()}
    lines["revenue"], lines["rebates"] = line(revenue(x, n)), line(rebates(x, n))
    lines["co2_t"] = line(co2(x, n))
    ties = line(tie_breaks(x, n))
    parts = [(lines[name], 1.0) for name in (*MONEY, *STEERING)]
    if n.for_profit:
        parts += [(lines["rebates"], 1.0), (lines["revenue"], -1.0)]
    parts.append((ties, 1.0))
    prices: Terms = {}
    for part, factor in parts:
        add(prices, part, factor)
    objective = expression(prices)
    objective.constant = sum(factor * part.constant for part, factor in parts)
    problem.setObjective(objective)
    constrain(problem, x, n, constraints)
    return Model(problem, x, lines, ties)
