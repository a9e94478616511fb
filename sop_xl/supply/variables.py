"""The decisions of the plan as variables of a linear program, by position of thing and bucket."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from math import inf, isfinite, isnan
from typing import NamedTuple

from pulp import LpAffineExpression, LpContinuous, LpInteger, LpProblem, LpVariable

from sop_xl.supply.elements import Network, Process, StockTarget
from sop_xl.supply.rows import Terms, add, expression

At = tuple[int, int]
"""Position of a thing (route, resource, arc …) and of a bucket."""


class StockPart(NamedTuple):
    """A bounded part of the stock of a node: what it counts towards, and its width (infinite: no bound)."""

    width: float
    safety: bool = False
    ending: bool = False
    over: bool = False


@dataclass(frozen=True, slots=True)
class Variables:
    """All variables. Units, hours, workers; every one ≥ 0.

    ``run`` is the good output of a route, ``started`` the units put into the first step of a process and ``made`` the
    good units out of its last: expressions, because a step without alternatives needs no variable of its own.
    ``largest_lot`` is no decision but the bound of a route with a setup, ``stepped`` the resources and buckets whose
    regular hours are decided.
    """

    deliver: dict[At, LpVariable] = field(default_factory=dict)
    backlog: dict[At, LpVariable] = field(default_factory=dict)
    lost: dict[At, LpVariable] = field(default_factory=dict)
    stock: dict[At, list[tuple[LpVariable, StockPart]]] = field(default_factory=dict)
    run: dict[At, LpAffineExpression] = field(default_factory=dict)
    started: dict[At, LpAffineExpression] = field(default_factory=dict)
    made: dict[At, LpAffineExpression] = field(default_factory=dict)
    setup: dict[At, LpVariable] = field(default_factory=dict)
    largest_lot: dict[At, float] = field(default_factory=dict)
    regular: dict[At, LpVariable] = field(default_factory=dict)
    overtime: dict[At, LpVariable] = field(default_factory=dict)
    bought: dict[At, LpVariable] = field(default_factory=dict)
    workers: dict[At, LpVariable] = field(default_factory=dict)
    hired: dict[At, LpVariable] = field(default_factory=dict)
    laid_off: dict[At, LpVariable] = field(default_factory=dict)
    people_overtime: dict[At, LpVariable] = field(default_factory=dict)
    order: dict[At, LpVariable] = field(default_factory=dict)
    ordering: dict[At, LpVariable] = field(default_factory=dict)
    item_stock: dict[At, LpVariable] = field(default_factory=dict)
    ship: dict[At, LpVariable] = field(default_factory=dict)
    outsource: dict[At, LpVariable] = field(default_factory=dict)
    expired: dict[At, LpVariable] = field(default_factory=dict)
    idle: dict[At, LpVariable] = field(default_factory=dict)
    short: dict[At, LpVariable] = field(default_factory=dict)
    moved: dict[At, LpVariable] = field(default_factory=dict)
    stepped: set[At] = field(default_factory=set)
    taken: dict[At, LpVariable] = field(default_factory=dict)
    switched: dict[At, LpVariable] = field(default_factory=dict)
    down: dict[At, LpVariable] = field(default_factory=dict)
    missed: dict[At, LpVariable] = field(default_factory=dict)
    rise: dict[At, LpVariable] = field(default_factory=dict)
    fall: dict[At, LpVariable] = field(default_factory=dict)
    used: dict[At, LpVariable] = field(default_factory=dict)

    def bucket_of(self) -> dict[int, int]:
        """Return the bucket of every variable, by its identity."""
        found: dict[int, int] = {}
        for one in fields(self):
            held = getattr(self, one.name)
            for (_, t), value in held.items() if isinstance(held, dict) else ():
                if isinstance(value, LpVariable):
                    found[id(value)] = t
                elif isinstance(value, list):
                    found |= {id(variable): t for variable, _ in value}
                elif isinstance(value, LpAffineExpression):
                    found |= {id(variable): t for variable in value}
        return found


def declare(problem: LpProblem, n: Network) -> Variables:
    """Return the variables of a plan with their bounds; only those that can matter are made.

    Nothing is ordered, sent or bought that would arrive after the horizon. Units lost are a variable only with
    backorders, and there only in the last bucket: with lost sales they are demand − delivered. Where part of a group
    leaves, whole workers stay whole and the fraction goes with those laid off.
    """
    x = Variables()
    _sales(problem, n, x)
    for i, node in enumerate(n.nodes):
        for t in n.periods:
            parts = stock_parts(n.stock[node], t, n.last)
            x.stock[i, t] = [(_new(problem, f"stock{k}", i, t, p.width), p) for k, p in enumerate(parts)]
            if n.stock[node].keeps is not None:
                x.expired[i, t] = _new(problem, "expired", i, t)
    for i, process in enumerate(n.processes):
        for t in n.periods:
            _process(problem, n, x, i, process, t)
    for (i, t), most in (largest_lots(n) if n.lots else {}).items():
        x.largest_lot[i, t] = most
        x.setup[i, t] = _yes_or_no(problem, f"setup_{i}_{t}", most > 0)
    _capacity(problem, n, x)
    _materials(problem, n, x)
    for i, arc in enumerate(n.arcs):
        for t in arc.lead_time.ordering:
            x.ship[i, t] = _new(problem, "ship", i, t)
    for i, offer in enumerate(n.offers):
        for t in offer.lead_time.ordering:
            x.outsource[i, t] = _new(problem, "outsource", i, t)
    _agreed(problem, n, x)
    return x


def _new(problem: LpProblem, name: str, i: int, t: int, most: float = inf, category: str = LpContinuous) -> LpVariable:
    return problem.add_variable(f"{name}_{i}_{t}", 0, most if isfinite(most) else None, category)


def _yes_or_no(problem: LpProblem, name: str, possible: bool) -> LpVariable:
    return problem.add_variable(name, 0, 1, LpInteger) if possible else problem.add_variable(name, 0, 0, LpContinuous)


def _sales(problem: LpProblem, n: Network, x: Variables) -> None:
    for i, series in enumerate(n.series):
        first = next((t for t in n.periods if series.demand[t] > 0), len(n.periods))
        for t in range(first, len(n.periods)):
            if not n.backorders:
                if series.demand[t] > 0:
                    x.deliver[i, t] = _new(problem, "deliver", i, t, series.demand[t])
                continue
            x.deliver[i, t] = _new(problem, "deliver", i, t)
            if t < n.last:
                x.backlog[i, t] = _new(problem, "backlog", i, t)
            else:
                x.lost[i, t] = _new(problem, "lost", i, t)


def stock_parts(target: StockTarget, t: int, last: int) -> list[StockPart]:
    """Return the parts of the stock of a node at the end of a bucket, from the bottom up.

    Up to the safety stock, up to the ending stock (last bucket only), up to the most wanted, and beyond only what was
    there before the plan. Prices fall from part to part, so that a solution fills them in this order and no row is
    needed to say so.
    """
    safety, ending, most = target.safety[t], target.ending if t == last else 0.0, target.most[t]
    parts = []
    low, high = min(safety, ending), max(safety, ending)
    if low > 0:
        parts.append(StockPart(low, safety=True, ending=True))
    if high > low:
        parts.append(StockPart(high - low, safety=safety > ending, ending=ending > safety))
    if not isfinite(most):
        return [*parts, StockPart(inf)]
    if most > high:
        parts.append(StockPart(most - high))
    if target.over[t] > 0:
        parts.append(StockPart(target.over[t], over=True))
    return parts


def _process(problem: LpProblem, n: Network, x: Variables, i: int, process: Process, t: int) -> None:
    needed: LpAffineExpression | None = None
    for step in reversed(process.steps):
        if needed is not None and len(step) == 1:
            x.run[step[0], t] = needed
        else:
            for k in step:
                x.run[k, t] = expression({_new(problem, "run", k, t): 1.0})
        if needed is None:
            x.made[i, t] = total((1.0, x.run[k, t]) for k in step)
        needed = total((1.0 / n.routes[k].good, x.run[k, t]) for k in step)
    assert needed is not None
    x.started[i, t] = needed


def total(parts: Iterable[tuple[float, LpAffineExpression]]) -> LpAffineExpression:
    """Return a weighted sum of expressions."""
    summed: Terms = {}
    for weight, part in parts:
        add(summed, part, weight)
    return expression(summed)


def largest_lots(n: Network) -> dict[At, float]:
    """Return the most good units a route with lots could usefully make in a bucket: by its hours and by what is needed.

    The tighter this is, the faster lots are solved. 0 where not even the smallest lot fits into the hours.
    """
    resources = {resource.code: resource for resource in n.resources}
    found: dict[At, float] = {}
    for process in n.processes:
        scrap = 1.0
        for step in reversed(process.steps):
            for k in step:
                route, resource = n.routes[k], resources.get(n.routes[k].resource)
                for t in n.periods if route.in_lots else ():
                    wanted = max(n.need[route.product][t] * scrap, route.min_lot[t])
                    possible = inf
                    if resource is not None and route.hours + route.setup_hours[t] > 0:
                        left = resource.regular[t] + resource.overtime[t] + resource.bought[t] - route.setup_hours[t]
                        left += n.most_added(resource.code, t)
                        possible = left * route.good / route.hours if route.hours > 0 else inf if left >= 0 else 0.0
                    found[k, t] = min(wanted, possible) if possible > 0 and possible >= route.min_lot[t] else 0.0
            scrap /= min(n.routes[k].good for k in step)
    return found


def _capacity(problem: LpProblem, n: Network, x: Variables) -> None:
    x.stepped.update(_stepped(n))
    for i, resource in enumerate(n.resources):
        for t in n.periods:
            x.regular[i, t] = _new(problem, "regular", i, t, inf if (i, t) in x.stepped else resource.regular[t])
            if resource.overtime[t] > 0:
                x.overtime[i, t] = _new(problem, "overtime", i, t, resource.overtime[t])
            if resource.bought[t] > 0:
                x.bought[i, t] = _new(problem, "bought", i, t, resource.bought[t])
    kind = LpInteger if n.inputs.settings["integer_workforce"] else LpContinuous
    leaking = {w for w, group in enumerate(n.workforces) if group.attrition > 0 or group.attrition_new > 0}
    leaking |= {move.target for move in n.moves if move.lost > 0}
    for i, group in enumerate(n.workforces):
        for t in n.periods:
            x.workers[i, t] = _new(problem, "workers", i, t, group.most, kind)
            x.workers[i, t].lowBound = group.fewest[t]
            x.hired[i, t] = _new(problem, "hired", i, t, group.hires * n.lengths[t], kind)
            x.laid_off[i, t] = _new(problem, "laid_off", i, t, category=LpContinuous if i in leaking else kind)
            if group.overtime > 0:
                x.people_overtime[i, t] = _new(problem, "people_overtime", i, t)
            if group.watched:
                x.idle[i, t] = _new(problem, "idle", i, t, group.idle_most)
                if group.short_most > 0:
                    x.short[i, t] = _new(problem, "short", i, t, group.short_most, kind)
    for i, move in enumerate(n.moves):
        for t in n.periods:
            x.moved[i, t] = _new(problem, "moved", i, t, move.limit * n.lengths[t], kind)
    whole = LpInteger if n.whole_steps else LpContinuous
    for i, step in enumerate(n.steps):
        for t in step.there:
            x.taken[i, t] = _new(problem, "taken", i, t, step.most, whole)
            if not step.lasting and step.fixed > 0:
                x.switched[i, t] = _new(problem, "switched", i, t, step.most)
    for i, job in enumerate(n.jobs):
        for t in job.periods:
            x.down[i, t] = _new(problem, "down", i, t, min(job.at_once, job.machines), whole)


def _stepped(n: Network) -> set[At]:
    """Resources and buckets whose regular hours are decided: by steps, or by maintenance to be scheduled."""
    grown = {(step.resource, t) for step in n.steps if step.resource is not None for t in n.periods}
    stopped = {(job.resource, t) for job in n.jobs for t in job.periods}
    return {(r, t) for r, t in grown | stopped if isfinite(n.resources[r].regular[t])}


def _agreed(problem: LpProblem, n: Network, x: Variables) -> None:
    for i, limit in enumerate(n.market):
        for t in n.periods:
            if limit.least[t] > 0:
                x.missed[i, t] = _new(problem, "missed", i, t)
    for i, rule in enumerate(n.smoothing):
        for t in n.periods:
            if t > 0 or not isnan(rule.opening):
                x.rise[i, t] = _new(problem, "rise", i, t, rule.rise)
                x.fall[i, t] = _new(problem, "fall", i, t, rule.fall)
    whole = LpInteger if n.whole_steps else LpContinuous
    for i, load in enumerate(n.loads):
        for t in n.periods if load.switched else ():
            if any((a, t) in x.ship for a in load.arcs):
                x.used[i, t] = _new(problem, "used", i, t, 1, whole)


def _materials(problem: LpProblem, n: Network, x: Variables) -> None:
    for i, pool in enumerate(n.pools):
        for t in n.periods:
            x.item_stock[i, t] = _new(problem, "item_stock", i, t)
        for k in pool.suppliers:
            supplier = n.suppliers[k]
            for t in supplier.lead_time.ordering:
                x.order[k, t] = _new(problem, "order", k, t, supplier.limit[t])
                if supplier.moq > 0:
                    x.ordering[k, t] = _yes_or_no(problem, f"ordering_{k}_{t}", supplier.limit[t] > 0)
