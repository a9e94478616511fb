"""Inputs that contradict each other: which of them, in which cell, by how much, and the nearest plan there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

import numpy as np

from sop_xl.model.issue import Issue, Severity
from sop_xl.supply.elements import Network
from sop_xl.supply.model import Model
from sop_xl.supply.results import Solved
from sop_xl.supply.solver import ExtraColumn, HighsModel, Solution

_COMMITMENTS = frozenset(
    {"frozen_production", "plan_limit", "maintenance_done", "level_production", "most_sales", "location_storage"}
)
SMALL = 1e-6
"""Below this a limit is kept."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of the problem that an input states: their names start like this; where it stands and what it says."""

    table: str
    row: int
    column: str
    said: str
    unit: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """What had to give way: by row of the problem, how much more or less than the input states."""

    more: dict[str, float]
    less: dict[str, float]
    beside: tuple[str, ...]


def nearest(n: Network, model: Model, highs: HighsModel, seconds: float) -> tuple[Conflict, Solution | None]:
    """Return which inputs must give way, as little as can be, and the best plan with so much leeway.

    Every row that an input of its own states may be missed in either direction at a price; what the plan costs does not
    count. The rows missed are the contradiction, the rows whose dual is not 0 then are what they contradict.
    """
    stated = [name for name in highs.row_of if rule_of(n, name) is not None]
    extra = [
        ExtraColumn(_weight(n, name), float("inf"), {highs.row_of[name]: sign})
        for name in stated
        for sign in (1.0, -1.0)
    ]
    free = dict.fromkeys(np.flatnonzero(highs.program.cost).tolist(), 0.0)
    start = np.zeros(len(highs.columns))
    found = highs.solve_with(extra, [], free, start, seconds)
    if found.values is None:
        return Conflict({}, {}, ()), None
    slack = found.values[len(highs.columns) :]
    less = {name: float(slack[2 * i]) for i, name in enumerate(stated) if slack[2 * i] > SMALL}
    more = {name: float(slack[2 * i + 1]) for i, name in enumerate(stated) if slack[2 * i + 1] > SMALL}
    beside = ()
    if found.row_dual is not None:
        duals = found.row_dual
        beside = tuple(
            name
            for name, row in highs.row_of.items()
            if row < len(duals) and abs(duals[row]) > SMALL and name not in less and name not in more
        )
    leeway = [
        ExtraColumn(0.0, amount * (1 + SMALL) + SMALL, {highs.row_of[name]: sign})
        for held, sign in ((less, 1.0), (more, -1.0))
        for name, amount in held.items()
    ]
    plan = highs.solve_with(leeway, [], {}, start, seconds)
    return Conflict(more, less, beside), plan


def _weight(n: Network, name: str) -> float:
    """What a unit of leeway weighs: a commitment gives way before a machine, an hour or an item does."""
    return 1.0 if _parts(name)[0] in _COMMITMENTS else 1e4


def rule_of(n: Network, name: str) -> Rule | None:
    """Return the input a row of the problem states; None for a row that is how the world works."""
    kind, *at = _parts(name)
    i, t = (*at, -1, -1)[:2]
    if kind == "frozen_production":
        frozen = n.frozen[i]
        product = n.processes[frozen.process].product
        label = n.inputs.calendar.labels[frozen.period]
        return Rule("frozen_production", frozen.row, "units", f"Frozen production of {product} in {label}", "units")
    if kind == "plan_limit":
        limit = n.limits[i]
        return Rule("plan_limits", limit.row, "most", f"The limit of {limit.kind}", "")
    if kind == "maintenance_done":
        job = n.jobs[i]
        return Rule("maintenance", job.row, "machines", f"Maintenance {job.code}", "machines")
    label = n.inputs.calendar.labels[t] if 0 <= t <= n.last else ""
    if kind in ("resource_hours", "resource_capacity"):
        code = n.resources[i].code
        return Rule("resources", _row_of(n, "resources", "resource", code), "hours", f"{code} in {label}", "hours")
    if kind == "labour_hours":
        code = n.resources[i].code
        row = _row_of(n, "workforce", "resource", code)
        return Rule("workforce", row, "hours_per_worker", f"People of {code} in {label}", "hours")
    if kind == "level_production":
        rule = n.smoothing[i]
        return Rule("smoothing", rule.row, "max_rise", f"Level production in {label}", "units a month")
    if kind == "most_sales":
        return Rule("market_limits", n.market[i].row, "max_sales", f"The most sold in {label}", "units")
    if kind == "location_storage" and n.places[i].row >= 0:
        place = n.places[i]
        return Rule("location_limits", place.row, "storage", f"Storage of {place.location} in {label}", "units")
    if kind == "workforce_balance":
        code = n.workforces[i].code
        row = _row_of(n, "workforce", "workforce", code)
        return Rule("workforce", row, "min_workers", f"Workers of {code} in {label}", "workers")
    if kind == "item_balance":
        pool = n.pools[i]
        return Rule(
            "materials", _row_of(n, "materials", "item", pool.item), "period_limit", f"{pool.item} in {label}", ""
        )
    return None


def _parts(name: str) -> tuple:
    words = name.split("_")
    numbers: list[int] = []
    while words and words[-1].isdigit():
        numbers.insert(0, int(words.pop()))
    return "_".join(words), *numbers


def _row_of(n: Network, table: str, column: str, code: str) -> int:
    codes = n.inputs[table][column].tolist()
    return codes.index(code) if code in codes else 0


def conflict_issues(n: Network, conflict: Conflict) -> Iterator[Issue]:
    """Yield an error for every input that had to give way, with its cell, and what it contradicts."""
    against = []
    for name in conflict.beside:
        rule = rule_of(n, name)
        if rule is not None:
            place = n.inputs.place(rule.table, rule.row, rule.column)
            sheet = place.get("sheet") or rule.table
            cell = f" ({sheet}!{place['cell']})" if place.get("cell") else f" ({sheet})"
            against.append(f"{rule.said}{cell}")
    beside = f" It contradicts: {', '.join(dict.fromkeys(against[:4]))}." if against else ""
    for held, word in ((conflict.less, "below"), (conflict.more, "above")):
        for name, amount in held.items():
            rule = rule_of(n, name)
            if rule is None:
                continue
            yield Issue(
                Severity.ERROR,
                f"{rule.said} cannot be kept: the nearest plan is {amount:,.6g} {rule.unit} {word} it.".replace(
                    "  ", " "
                )
                + beside,
                "Change one of them. The plan shown keeps everything else and misses this by as little as it can.",
                **n.inputs.place(rule.table, rule.row, rule.column),
            )


def stated_contradictions(n: Network) -> Iterator[Issue]:
    """Yield an error for inputs that contradict each other as they stand, such as a target above the most."""
    table = n.inputs["inventory_policy"]
    for row, (least, ending, most, method) in enumerate(
        zip(table["min_stock"], table["ending_stock"], table["max_stock"], table["method"], strict=True)
    ):
        if method == "units" and ending > most:
            yield _policy(
                n, row, "ending_stock", f"The ending stock of {ending:,.6g} lies above the most of {most:,.6g}."
            )
        if least > most:
            yield _policy(n, row, "min_stock", f"The safety stock of {least:,.6g} lies above the most of {most:,.6g}.")
    for limit in n.market:
        for t in n.periods:
            asked = sum(n.series[s].demand[t] for s in limit.series)
            label = n.inputs.calendar.labels[t]
            if limit.least[t] > limit.most[t]:
                said = f"The least sold in {label} ({limit.least[t]:,.6g}) lies above the most ({limit.most[t]:,.6g})."
            elif not n.backorders and limit.least[t] > asked + SMALL:
                said = f"The least sold in {label} ({limit.least[t]:,.6g}) lies above the demand ({asked:,.6g})."
            else:
                continue
            yield Issue(
                Severity.ERROR,
                said,
                "Correct one of them.",
                **n.inputs.place("market_limits", limit.row, "min_sales"),
            )
    for job in n.jobs:
        room = min(job.at_once, job.machines) * len(job.periods)
        if isfinite(room) and room < job.machines:
            yield Issue(
                Severity.ERROR,
                f"Maintenance {job.code} of {job.machines:g} machines has no room: at most {room:g} in its buckets.",
                "Give it more buckets, or more machines at once.",
                **n.inputs.place("maintenance", job.row, "machines"),
            )


def missed_sales(s: Solved) -> Iterator[Issue]:
    """Yield a warning for every least sale that the plan misses, with its cell: a commitment that cannot be kept."""
    n = s.network
    for (g, t), variable in s.model.variables.missed.items():
        if s.of(variable) > SMALL:
            label = n.inputs.calendar.labels[t]
            yield Issue(
                Severity.WARNING,
                f"The least sold in {label} is missed by {s.of(variable):,.6g} units: nothing can bring them in time.",
                "See the causes in the gaps, or lower the commitment.",
                **n.inputs.place("market_limits", n.market[g].row, "min_sales"),
            )


def _policy(n: Network, row: int, column: str, said: str) -> Issue:
    place = n.inputs.place("inventory_policy", row, column)
    return Issue(Severity.ERROR, said, "Raise the most, or lower the target.", **place)
