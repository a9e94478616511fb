"""What is agreed, limited or still to be decided beside the network: markets, frozen plans, steps, lanes, budgets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan

import pandas as pd

from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import PlanningInputs
from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.supply.elements import Arc, PerBucket, Process, Resource, Series
from sop_xl.supply.lead_time import there_from
from sop_xl.supply.scope import records
from sop_xl.supply.shutdowns import available_shares, lane_code, limit_per_bucket


@dataclass(frozen=True, slots=True)
class MarketLimit:
    """Least and most delivered of some series (positions) together, per bucket."""

    row: int
    series: tuple[int, ...]
    least: PerBucket
    most: PerBucket


@dataclass(frozen=True, slots=True)
class Frozen:
    """Good units of a process (position) that are made in a bucket, neither more nor less."""

    row: int
    process: int
    period: int
    units: float


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How far production of some processes together may change per month from bucket to bucket, and its price.

    ``opening`` is the rate before the first bucket; NaN where the first bucket is free.
    """

    row: int
    processes: tuple[int, ...]
    opening: float
    rise: float
    fall: float
    rise_cost: float
    fall_cost: float


@dataclass(frozen=True, slots=True)
class CapacityStep:
    """Capacity that can be taken in steps, of a resource (position) or of a location.

    ``there`` holds, by bucket in which it can be decided, the part of every bucket in which it is there: of one by
    bucket only the bucket itself.
    """

    row: int
    code: str
    resource: int | None
    location: str
    size: float
    most: float
    lasting: bool
    fixed: float
    monthly: float
    there: Mapping[int, PerBucket]
    group: str
    group_most: float


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Machines of a resource (position) to be maintained in some buckets, and the hours one takes in each."""

    row: int
    code: str
    resource: int
    machines: float
    hours: PerBucket
    periods: tuple[int, ...]
    at_once: float
    cost: float


@dataclass(frozen=True, slots=True)
class LaneLoad:
    """A lane with all its products (positions of arcs): limit per bucket, price of a bucket in use, least load."""

    row: int
    origin: str
    target: str
    arcs: tuple[int, ...]
    limit: PerBucket
    fixed: float
    least: float

    @property
    def switched(self) -> bool:
        """True where using the lane at all is a decision."""
        return self.fixed > 0 or self.least > 0


@dataclass(frozen=True, slots=True)
class LocationLimit:
    """Most units that leave a location per bucket and that lie there, all products together, and handling."""

    row: int
    location: str
    throughput: PerBucket
    storage: float
    handling: float


@dataclass(frozen=True, slots=True)
class PlanLimit:
    """A limit of the whole plan, in a bucket (None: over the horizon; of stock and people: in every bucket)."""

    row: int
    kind: str
    period: int | None
    most: float


def market_limits(inputs: PlanningInputs, series: Sequence[Series], family: Mapping[str, str]) -> list[MarketLimit]:
    """Return the limits of sales; a row without a period holds per month in every bucket."""
    found = []
    for at, row in enumerate(records(inputs["market_limits"])):
        members = tuple(
            i
            for i, s in enumerate(series)
            if row["product"] in (s.product, family.get(s.product), EVERYWHERE)
            and row["location"] in (s.location, EVERYWHERE)
            and row["channel"] in (s.channel, EVERYWHERE)
        )
        if not members:
            continue
        least, most = float(row["min_sales"]), inf if isnan(row["max_sales"]) else float(row["max_sales"])
        lengths = [inputs.period_length(t) for t in range(len(inputs.calendar))]
        only = _position(inputs, row["period"])
        if only is None:
            lows, highs = tuple(least * x for x in lengths), tuple(most * x for x in lengths)
        else:
            lows = tuple(least if t == only else 0.0 for t in range(len(lengths)))
            highs = tuple(most if t == only else inf for t in range(len(lengths)))
        found.append(MarketLimit(at, members, lows, highs))
    return found


def frozen(inputs: PlanningInputs, processes: Sequence[Process]) -> tuple[list[Frozen], list[Issue]]:
    """Return frozen production; a row of a product that is not made there is an error."""
    found, issues = [], []
    for at, row in enumerate(records(inputs["frozen_production"])):
        place = str(row["location"])
        members = [
            k
            for k, process in enumerate(processes)
            if process.product == row["product"] and place in (process.location, EVERYWHERE)
        ]
        period = _position(inputs, row["period"])
        if period is None:
            continue
        if len(members) == 1:
            found.append(Frozen(at, members[0], period, float(row["units"])))
        elif row["units"] > 0:
            issues.append(_not_made(inputs, at, str(row["product"]), place))
    return found, issues


def smoothings(inputs: PlanningInputs, processes: Sequence[Process], family: Mapping[str, str]) -> list[Smoothing]:
    """Return the rules for level production, with the processes each speaks of."""
    found = []
    for at, row in enumerate(records(inputs["smoothing"])):
        members = tuple(
            k
            for k, process in enumerate(processes)
            if row["product"] in (process.product, family.get(process.product), EVERYWHERE)
            and row["location"] in (process.location, EVERYWHERE)
        )
        if members:
            rise, fall = (inf if isnan(row[name]) else float(row[name]) for name in ("max_rise", "max_fall"))
            opening, dear, cheap = (float(row[name]) for name in ("opening_rate", "rise_cost", "fall_cost"))
            found.append(Smoothing(at, members, opening, rise, fall, dear, cheap))
    return found


def capacity_steps(
    inputs: PlanningInputs, resources: Sequence[Resource]
) -> tuple[tuple[CapacityStep, ...], list[Issue]]:
    """Return the steps of capacity that can be decided, with the buckets in which each would be there."""
    position = {resource.code: r for r, resource in enumerate(resources)}
    locations = set(inputs["locations"]["location"])
    table = records(inputs["capacity_steps"])
    smallest: dict[str, float] = {}
    for row in table:
        if row["group"] and not isnan(row["group_max"]):
            smallest[row["group"]] = min(smallest.get(row["group"], inf), float(row["group_max"]))
    found, issues = [], []
    for at, row in enumerate(table):
        target = str(row["target"])
        if target not in position and target not in locations:
            issues.append(_no_target(inputs, at, str(row["step"]), target))
            continue
        if target in position and resources[position[target]].people_only:
            issues.append(_only_people(inputs, at, str(row["step"]), target))
        lead, unit = float(row["lead_time"]), str(row["lead_time_unit"])
        lasting = row["kind"] == "lasting"
        soonest = there_from(inputs, 0, lead, unit)
        there = {}
        for t in _buckets(inputs, row["from_period"], row["to_period"]):
            only = tuple(soonest[t] if u == t else 0.0 for u in range(len(inputs.calendar)))
            parts = there_from(inputs, t, lead, unit) if lasting else only
            if max(parts) > 0:
                there[t] = parts
        found.append(
            CapacityStep(
                row=at,
                code=str(row["step"]),
                resource=position.get(target),
                location="" if target in position else target,
                size=float(row["size"]),
                most=float(row["most"]),
                lasting=lasting,
                fixed=float(row["fixed_cost"]),
                monthly=float(row["cost_per_month"]),
                there=there,
                group=str(row["group"]),
                group_most=smallest.get(str(row["group"]), inf),
            )
        )
    return tuple(found), issues


def maintenance(inputs: PlanningInputs, resources: Sequence[Resource]) -> tuple[Maintenance, ...]:
    """Return the maintenance to be scheduled; without stated hours a machine is out for the whole bucket."""
    position = {resource.code: r for r, resource in enumerate(resources)}
    found = []
    for at, row in enumerate(records(inputs["maintenance"])):
        if row["resource"] not in position or row["machines"] <= 0:
            continue
        r = position[row["resource"]]
        whole = resources[r].per_unit
        hours = whole if isnan(row["hours"]) else tuple(min(float(row["hours"]), most) for most in whole)
        found.append(
            Maintenance(
                row=at,
                code=str(row["job"]),
                resource=r,
                machines=float(row["machines"]),
                hours=hours,
                periods=tuple(_buckets(inputs, row["from_period"], row["to_period"])),
                at_once=inf if isnan(row["most_at_once"]) else float(row["most_at_once"]),
                cost=float(row["cost_per_machine"]),
            )
        )
    return tuple(found)


def lane_loads(inputs: PlanningInputs, arcs: Sequence[Arc]) -> tuple[LaneLoad, ...]:
    """Return the lanes with a limit of all products together, a price of use or a least load."""
    found, shares = [], available_shares(inputs)
    for at, row in enumerate(records(inputs["lane_loads"])):
        ends = (str(row["from_location"]), str(row["to_location"]))
        members = tuple(a for a, arc in enumerate(arcs) if (arc.origin, arc.target) == ends)
        if members:
            limit = limit_per_bucket(inputs, float(row["limit"]), shares.get(("lane", lane_code(*ends))))
            found.append(LaneLoad(at, *ends, members, limit, float(row["fixed_cost"]), float(row["min_load"])))
    return tuple(found)


def location_limits(inputs: PlanningInputs, steps: Iterable[CapacityStep]) -> tuple[LocationLimit, ...]:
    """Return the limits of locations; one whose throughput only steps give has none of its own."""
    found, shares = [], available_shares(inputs)
    for at, row in enumerate(records(inputs["location_limits"])):
        place, storage = str(row["location"]), inf if isnan(row["storage"]) else float(row["storage"])
        limit = limit_per_bucket(inputs, float(row["throughput"]), shares.get(("location", place)))
        found.append(LocationLimit(at, place, limit, storage, float(row["handling_cost"])))
    named = {place.location for place in found}
    none = (0.0,) * len(inputs.calendar)
    grown = sorted({step.location for step in steps if step.location} - named)
    return (*found, *(LocationLimit(-1, location, none, inf, 0.0) for location in grown))


def plan_limits(inputs: PlanningInputs) -> tuple[PlanLimit, ...]:
    """Return the limits of the whole plan, in the order of the table."""
    return tuple(
        PlanLimit(at, str(row["kind"]), _position(inputs, row["period"]), float(row["most"]))
        for at, row in enumerate(records(inputs["plan_limits"]))
    )


def _position(inputs: PlanningInputs, day: pd.Timestamp) -> int | None:
    return None if pd.isna(day) else inputs.calendar.index_of(day.date())


def _buckets(inputs: PlanningInputs, start: pd.Timestamp, end: pd.Timestamp) -> range:
    first, last = _position(inputs, start), _position(inputs, end)
    return range(first or 0, (len(inputs.calendar) - 1 if last is None else last) + 1)


def _not_made(inputs: PlanningInputs, row: int, product: str, place: str) -> Issue:
    at = "anywhere" if place == EVERYWHERE else f"at {place}"
    return Issue(
        Severity.ERROR,
        f"Frozen production of {product}: it is not made {at}, or in several places: the row is left out.",
        "Correct product and site, or add a routing.",
        **inputs.place("frozen_production", row, "location"),
    )


def _only_people(inputs: PlanningInputs, row: int, step: str, target: str) -> Issue:
    return Issue(
        Severity.WARNING,
        f"Capacity step {step} has no effect: {target} has no machine hours, its people are the limit.",
        "Give the hours of the resource, or let its workforce grow.",
        **inputs.place("capacity_steps", row, "target"),
    )


def _no_target(inputs: PlanningInputs, row: int, step: str, target: str) -> Issue:
    return Issue(
        Severity.ERROR,
        f"Capacity step {step} acts on {target}, which is neither a resource nor a location: it is left out.",
        "Correct the target.",
        **inputs.place("capacity_steps", row, "target"),
    )
