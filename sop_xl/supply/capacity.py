"""Regular, overtime and bought hours of resources per bucket, and the people who staff them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, inf, isnan
from typing import Any

from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import PlanningInputs
from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.supply.elements import Move, PerBucket, Resource, Workforce
from sop_xl.supply.scope import records

HOURS_OF_A_SHIFT = 8.0


def resources(inputs: PlanningInputs) -> tuple[tuple[Resource, ...], list[Issue]]:
    """Return the resources with their hours per bucket, sorted by code.

    With L the length of the bucket in months and D its working days where the calendar gives them:

    - regular = (units − units down) × hours × L − downtime, where the hours are stated, else
      (units − units down) × hours per shift × shifts × (days × L, or D) × efficiency − downtime, never below 0;
    - a resource that a workforce staffs and whose hours are not stated has no machine limit: its people are the limit;
    - overtime = most overtime × L × (units − units down) / units; bought = most bought hours × L.
    """
    periods = range(len(inputs.calendar))
    staffed = set(inputs["workforce"]["resource"])
    places = sorted(set(inputs["locations"]["location"]))
    days = _working_days(inputs)
    off, down = _calendar(inputs, "downtime_hours"), _calendar(inputs, "units_down")
    found, issues = [], []
    for row in records(inputs["resources"].sort_values("resource")):
        code, units = str(row["resource"]), float(row["units"])
        people_only = code in staffed and isnan(row["hours"]) and isnan(row["hours_per_shift"])
        shift = HOURS_OF_A_SHIFT if isnan(row["hours_per_shift"]) else float(row["hours_per_shift"])
        regular, overtime, bought, whole = [], [], [], []
        for t in periods:
            length = inputs.period_length(t)
            up = max(0.0, units - down.get((code, t), 0.0))
            share = up / units if units > 0 else 0.0
            stated = days[t]
            worked = float(row["days"]) * length if stated is None else stated
            per_unit = shift * float(row["shifts"]) * worked * float(row["efficiency"])
            per_unit = per_unit if isnan(row["hours"]) else float(row["hours"]) * length
            whole.append(per_unit)
            hours = max(0.0, up * per_unit - off.get((code, t), 0.0))
            regular.append((inf if up > 0 else 0.0) if people_only else hours)
            overtime.append(0.0 if people_only else float(row["overtime_max"]) * length * share)
            bought.append(float(row["subcontract_max"]) * length)
        if people_only and any((code, t) in off for t in periods):
            issues.append(_no_effect(code))
        if row["overtime_max"] > 0 and row["overtime_cost"] < row["cost_per_hour"]:
            issues.append(_cheap_overtime(code, "Resources", "resources"))
        place = str(row["location"])
        found.append(
            Resource(
                code=code,
                location=places[0] if place == EVERYWHERE and len(places) == 1 else place,
                people_only=people_only,
                per_unit=tuple(whole),
                regular=tuple(regular),
                overtime=tuple(overtime),
                bought=tuple(bought),
                cost=float(row["cost_per_hour"]),
                overtime_cost=float(row["overtime_cost"]),
                bought_cost=float(row["subcontract_cost"]),
                shifts=float(row["shifts"]),
            )
        )
    return tuple(found), issues


def _working_days(inputs: PlanningInputs) -> list[float | None]:
    table = inputs["calendar"]
    given = {
        inputs.calendar.index_of(day.date()): float(days)
        for day, days in zip(table["period"], table["working_days"], strict=True)
        if not isnan(days)
    }
    return [given.get(t) for t in range(len(inputs.calendar))]


def _calendar(inputs: PlanningInputs, column: str) -> dict[tuple[str, int], float]:
    sums: dict[tuple[str, int], float] = {}
    table = inputs["resource_calendar"]
    for code, day, value in zip(table["resource"], table["period"], table[column], strict=True):
        position = inputs.calendar.index_of(day.date())
        if position is not None and value:
            sums[code, position] = sums.get((code, position), 0.0) + float(value)
    return sums


def workforces(inputs: PlanningInputs) -> tuple[tuple[Workforce, ...], list[Issue]]:
    """Return the groups of people, sorted by code, with limits that can be kept.

    Regular hours of a worker in a bucket = hours per month × L, or hours per day × working days where both are given.
    Fewest workers are lowered to what hiring allows in time, and to the most workers where both contradict each other;
    either is said.
    """
    known = set(inputs["resources"]["resource"])
    people = inputs["workforce"]
    idle = people["idle_cost"].notna() | people["idle_max"].notna() | (people["short_time_max"] > 0)
    watched = set(
        people["resource"] if (inputs["plan_limits"]["kind"] == "idle workers").any() else people["resource"][idle]
    )
    found, issues = [], []
    days = _working_days(inputs)
    for row in records(inputs["workforce"].sort_values("workforce")):
        code = str(row["workforce"])
        if row["resource"] not in known:
            issues.append(_unknown_resource(code, str(row["resource"])))
            continue
        most = inf if isnan(row["max_workers"]) else float(row["max_workers"])
        hires = inf if isnan(row["max_hires"]) else float(row["max_hires"])
        leaving, leaving_new = float(row["attrition_pct"]), float(row["attrition_new_pct"])
        fewest, attainable = [], float(row["opening_workers"])
        for t in range(len(inputs.calendar)):
            length = inputs.period_length(t)
            attainable *= staying(leaving, length)
            attainable = _whole(attainable + _whole(hires * length, inputs) * (1 - leaving_new), inputs)
            fewest.append(min(float(row["min_workers"]), most, attainable))
        if fewest and min(fewest) < row["min_workers"]:
            issues.append(_too_few(code))
        if row["overtime_max"] > 0 and row["overtime_cost"] * row["hours_per_worker"] < row["wage"]:
            issues.append(_cheap_overtime(code, "Workforce", "workforce"))
        found.append(
            Workforce(
                code=code,
                resource=str(row["resource"]),
                opening=float(row["opening_workers"]),
                monthly_hours=float(row["hours_per_worker"]),
                hours=_worker_hours(inputs, row, days),
                wage=float(row["wage"]),
                overtime=float(row["overtime_max"]),
                overtime_cost=float(row["overtime_cost"]),
                hiring_cost=float(row["hiring_cost"]),
                layoff_cost=float(row["layoff_cost"]),
                fewest=tuple(fewest),
                most=most,
                hires=hires,
                attrition=leaving,
                attrition_new=leaving_new,
                watched=row["resource"] in watched,
                idle_cost=0.0 if isnan(row["idle_cost"]) else float(row["idle_cost"]),
                idle_most=inf if isnan(row["idle_max"]) else float(row["idle_max"]),
                short_most=float(row["short_time_max"]),
                short_part=float(row["short_time_pct"]),
                short_cost=float(row["short_time_cost"]),
            )
        )
    return tuple(found), issues


def _worker_hours(inputs: PlanningInputs, row: Mapping[str, Any], days: Sequence[float | None]) -> PerBucket:
    usual, daily = float(row["hours_per_worker"]), float(row["hours_per_day"])
    return tuple(
        usual * inputs.period_length(t) if worked is None or isnan(daily) else daily * worked
        for t, worked in enumerate(days)
    )


def staying(leaving: float, length: float) -> float:
    """Return the part of workers who are still there after a bucket, of whom a part leaves per month."""
    return (1 - leaving) ** length


def moves(inputs: PlanningInputs, people: Sequence[Workforce]) -> tuple[Move, ...]:
    """Return the moves between groups, in the order of the table."""
    position = {group.code: w for w, group in enumerate(people)}
    return tuple(
        Move(
            origin=position[row["from_workforce"]],
            target=position[row["to_workforce"]],
            cost=float(row["cost"]),
            limit=inf if isnan(row["limit"]) else float(row["limit"]),
            share=inf if isnan(row["limit_pct"]) else float(row["limit_pct"]),
            lost=float(row["lost_pct"]),
        )
        for row in records(inputs["workforce_moves"])
        if row["from_workforce"] in position and row["to_workforce"] in position
    )


def _whole(count: float, inputs: PlanningInputs) -> float:
    return float(floor(count + 1e-9)) if inputs.settings["integer_workforce"] and count != inf else count


def _no_effect(code: str) -> Issue:
    return Issue(
        Severity.WARNING,
        f"Downtime of {code} has no effect: it has no machine hours, its people are the limit.",
        "Give its hours per shift in the sheet Resources, or take machines out (units down).",
        sheet="Calendar",
        table="resource_calendar",
    )


def _cheap_overtime(code: str, sheet: str, table: str) -> Issue:
    return Issue(
        Severity.WARNING,
        f"Overtime of {code} is cheaper than its regular hours, so the plan may use it first.",
        "Check the cost of an overtime hour.",
        sheet=sheet,
        table=table,
    )


def _unknown_resource(code: str, resource: str) -> Issue:
    return Issue(
        Severity.ERROR,
        f"Workforce {code} staffs {resource}, which is not a resource: it is left out.",
        "Correct the resource of the workforce.",
        sheet="Workforce",
        table="workforce",
    )


def _too_few(code: str) -> Issue:
    return Issue(
        Severity.WARNING,
        f"The fewest workers of {code} cannot be reached in time with the hires and the most workers allowed.",
        "The plan takes what can be reached; check fewest, most and hires.",
        sheet="Workforce",
        table="workforce",
    )
