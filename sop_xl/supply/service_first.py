"""Service before money: as little demand late or lost as can be, channel by channel, before the plan earns."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pulp import LpAffineExpression, LpConstraint, LpConstraintLE

from sop_xl.supply.elements import Network
from sop_xl.supply.model import Model
from sop_xl.supply.solver import Solution

SLACK = 1e-9
"""Part by which a service level that was reached may be missed later: room for the solver's rounding."""


def keep_service(n: Network, model: Model, solve: Callable[[], Solution]) -> Solution | None:
    """Find the best service there is, level by level of priority, and hold the plan to it.

    Minimises Σ L_t × backlog + (H + 1) × lost of the channels of priority 1, then, with that kept, of priority 2, and
    so on; H the length of the horizon, so that late is better than lost. Each least value becomes a row of the problem
    (``service_1``, …) and the objective in money is put back.

    Args:
        n: network of the plan.
        model: its stated model; rows are added to its problem.
        solve: solves the problem as it stands.

    Returns:
        None, or the solution of a level that was not solved to its end: the plan then has none that is known best.
    """
    money = model.problem.objective
    for level in sorted(set(priorities(n))):
        short = shortage(n, model, level)
        if not short:
            continue
        model.problem.setObjective(short)
        found = solve()
        if found.values is None or found.status != "optimal":
            model.problem.setObjective(money)
            return found
        most = found.objective + SLACK * max(1.0, abs(found.objective))
        row = LpConstraint(short.copy(), LpConstraintLE, f"service_{level:g}", most)
        model.problem.addConstraint(row)
    model.problem.setObjective(money)
    return None


def priorities(n: Network) -> list[float]:
    """Return the priority of the channel of every series; 1 where none is stated."""
    channels = n.inputs["channels"]
    known = dict(zip(channels["channel"], channels["priority"], strict=True))
    return [float(known.get(series.channel, 1)) for series in n.series]


def shortage(n: Network, model: Model, level: float) -> LpAffineExpression:
    """Return what the channels of a priority are short of, late units by their months."""
    x, horizon = model.variables, sum(n.lengths) + 1
    members = {i for i, priority in enumerate(priorities(n)) if priority == level}
    terms: Mapping = {
        **{v: n.lengths[t] for (i, t), v in x.backlog.items() if i in members},
        **{v: horizon for (i, _), v in x.lost.items() if i in members},
    }
    short = LpAffineExpression(terms)
    for (i, t), deliver in x.deliver.items() if not n.backorders else ():
        if i in members:
            short[deliver] = short.get(deliver, 0.0) - 1.0
            short.constant += n.series[i].demand[t]
    return short
