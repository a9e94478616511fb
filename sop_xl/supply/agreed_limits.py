"""Use and worth of what is agreed for all products together: lanes, locations, and the plan as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isfinite

from sop_xl.supply.agreed_constraints import lane_load, location_storage, location_throughput, plan_limit
from sop_xl.supply.limits import LimitUse
from sop_xl.supply.results import Solved
from sop_xl.supply.rows import Constraint, Terms
from sop_xl.supply.shutdowns import lane_code

EVERYTHING = "all products"
"""In the place of a product, in the name of a storage limit."""


def agreed_uses(s: Solved) -> list[LimitUse]:
    """Return the limits of lanes and locations with all products together and those of the whole plan, by bucket.

    A limit over the horizon is one use that lasts from the first bucket to the last. The worth is 0 without duals.
    """
    return [*_loads(s), *_places(s), *_whole(s)]


def _rows(s: Solved, constraint: Constraint) -> Iterator[tuple[int, int, Terms, float, float]]:
    """Position, bucket, terms, most and worth of the rows of a constraint."""
    for name, row, _, most in constraint(s.model.variables, s.network):
        position, t = (int(word) for word in name.split("_")[-2:])
        yield position, t, row, most, s.row_value(name)


def _loads(s: Solved) -> Iterator[LimitUse]:
    shipped = {id(variable) for variable in s.model.variables.ship.values()}
    for position, t, row, _, value in _rows(s, lane_load) if s.network.loads else ():
        load = s.network.loads[position]
        if isfinite(load.limit[t]):
            used = sum(s.of(variable) for variable in row if id(variable) in shipped)
            yield LimitUse("lane", lane_code(load.origin, load.target), t, used, load.limit[t], load.limit[t], value)


def _places(s: Solved) -> Iterator[LimitUse]:
    named: tuple[tuple[str, Constraint, Callable[[str], str]], ...] = (
        ("location", location_throughput, lambda place: place),
        ("storage", location_storage, lambda place: f"{EVERYTHING}@{place}"),
    )
    for kind, constraint, code in named if s.network.places else ():
        for position, t, row, most, value in _rows(s, constraint):
            used = sum(factor * s.of(variable) for variable, factor in row.items())
            yield LimitUse(kind, code(s.network.places[position].location), t, used, most, most, value)


def _whole(s: Solved) -> Iterator[LimitUse]:
    n = s.network
    for position, t, row, most, value in _rows(s, plan_limit) if n.limits else ():
        limit = n.limits[position]
        lasting = limit.period is None and limit.kind not in ("working capital", "idle workers")
        used = sum(factor * s.of(variable) for variable, factor in row.items())
        yield LimitUse("plan", limit.kind, t, used, most, most, value, n.last if lasting else None)
