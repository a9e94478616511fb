"""What the plan is most sensitive to: every family, price, resource and supplier a bit more and a bit less, alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from sop_xl.model.issue import InputErrors, Issue, Severity
from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.elements import Network
from sop_xl.supply.network import network
from sop_xl.supply.sweep import Outcome, prepare, sweep
from sop_xl.supply.variation import Variation, base_numbers

COLUMNS = ("what", "target", "change", "objective", "difference", "delivered", "lost", "late", "status")
"""Columns of the table of :func:`sensitivity`."""


class _Move(NamedTuple):
    what: str
    target: str
    change: float
    variation: Variation


def sensitivity(inputs: PlanningInputs, demand: pd.DataFrame, *, change: float = 0.1) -> pd.DataFrame:
    """Return what profit (or cost) becomes when one thing changes over the whole horizon, the strongest first.

    Changed are the demand of a family, its prices (half as much), the regular hours of a resource and the limits of a
    supplier, up and down. Each change is solved for its own best plan; targets and prices of stock stay.

    Args:
        inputs: typed tables, calendar and settings.
        demand: ``product, location, channel, period, units, price``.
        change: in parts; 0.1 is 10 %.

    Returns:
        A row a change with ``what, target, change``, the objective and its difference from the plan, units delivered,
        lost and late (Σ backlog), and how the solve ended.

    Raises:
        InputErrors: where the plan itself is not solved to its end, or service goes before money.
    """
    n = network(inputs, demand)
    try:
        plan = prepare(n)
    except ValueError as problem:
        text = f"The sensitivity of the plan cannot be told: {problem}."
        hint = "Set objective to profit or cost, and correct what contradicts itself."
        raise InputErrors([Issue(Severity.ERROR, text, hint, table="settings")]) from problem
    moves = list(_moves(n, change))
    base, *outcomes = sweep(plan, [Variation("plan"), *(move.variation for move in moves)])
    rows = [_row(move, outcome, base) for move, outcome in zip(moves, outcomes, strict=True)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    strength = table["difference"].abs().fillna(np.inf)
    return table.iloc[np.argsort(-strength.to_numpy(), kind="stable")].reset_index(drop=True)


def _row(move: _Move, outcome: Outcome, base: Outcome) -> tuple[object, ...]:
    difference = outcome.objective - base.objective
    units = (outcome.delivered, outcome.lost, outcome.late)
    return (move.what, move.target, move.change, outcome.objective, difference, *units, str(outcome.status))


def _moves(n: Network, change: float) -> Iterator[_Move]:
    base = base_numbers(n)
    families = np.array([n.family[s.product] or s.product for s in n.series])
    resources = np.array([r.code for r in n.resources])
    suppliers = np.array([m.code for m in n.suppliers])
    for what, name, targets, by in (
        ("demand", "demand", families, change),
        ("price", "price", families, change / 2),
        ("hours", "regular", resources, change),
        ("supply", "supply", suppliers, change),
    ):
        for target in sorted(set(targets.tolist())):
            for signed in (by, -by):
                numbers = base[name].copy()
                if name == "price":
                    numbers[targets == target] = signed
                else:
                    numbers[targets == target] *= 1 + signed
                if not np.array_equal(numbers, base[name]):
                    yield _Move(what, target, signed, Variation(f"{what} {target} {signed:+}", **{name: numbers}))
