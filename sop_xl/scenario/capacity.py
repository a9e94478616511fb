"""Drivers that change what supply can do: capacity, breakdowns, suppliers, lanes, lead times."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.prices import scaled
from sop_xl.scenario.scenario import Driver
from sop_xl.scenario.scope import lane_codes, lanes_of
from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.schema.frames import rows, typed
from sop_xl.supply.capacity import resources as hours_of_resources

_CALENDAR = {"resource_calendar": ["resource", "period"], "supply_calendar": ["kind", "code", "period"]}


def capacity_pct(inputs: PlanningInputs, driver: Driver) -> PlanningInputs:
    """Return inputs in which regular hours of a resource, or limits of a supplier, partner, lane or location, change.

    A resource gains or loses that share of its net regular hours in every bucket of the driver. One whose only limit
    is its people changes the hours of a worker, over the whole horizon. ALL is every resource.
    """
    target = driver.target
    resources = inputs["resources"]["resource"]
    if target == EVERYWHERE or target in set(resources):
        codes = set(resources) if target == EVERYWHERE else {target}
        return _more_hours(inputs, codes, driver)
    changed = _available(inputs, "supplier", set(inputs["materials"]["supplier"]) & {target}, 1 + driver.value, driver)
    partners = set(inputs["outsourcing"]["partner"]) & {target}
    changed = _available(changed, "partner", partners, 1 + driver.value, driver)
    lanes = set(lane_codes(inputs["lanes"])) & {target} if len(inputs["lanes"]) else set()
    changed = _available(changed, "lane", lanes, 1 + driver.value, driver)
    return _available(
        changed, "location", set(inputs["location_limits"]["location"]) & {target}, 1 + driver.value, driver
    )


def resource_down(inputs: PlanningInputs, driver: Driver) -> PlanningInputs:
    """Return inputs in which all machines of a resource are out in the buckets of the driver."""
    table = inputs["resources"]
    down = table[(table["resource"] == driver.target) | (driver.target == EVERYWHERE)]
    given = inputs["resource_calendar"].set_index(["resource", "period"])
    records = []
    for code, units in zip(down["resource"], down["units"], strict=True):
        for period in _periods(inputs, driver):
            hours = float(given["downtime_hours"].get((code, period), 0.0))
            records.append({"resource": code, "period": period, "downtime_hours": hours, "units_down": units})
    return _with_rows(inputs, "resource_calendar", records)


def supplier_out(inputs: PlanningInputs, driver: Driver) -> PlanningInputs:
    """Return inputs in which a supplier or a partner plant takes no orders in the buckets of the driver."""
    everyone = driver.target == EVERYWHERE
    suppliers, partners = set(inputs["materials"]["supplier"]), set(inputs["outsourcing"]["partner"])
    changed = _available(inputs, "supplier", suppliers if everyone else suppliers & {driver.target}, 0.0, driver)
    return _available(changed, "partner", set() if everyone else partners & {driver.target}, 0.0, driver)


def lane_closed(inputs: PlanningInputs, driver: Driver) -> PlanningInputs:
    """Return inputs in which nothing leaves on a lane, or on any lane of a location, in the buckets of the driver."""
    lanes = inputs["lanes"]
    reached = set(lane_codes(lanes)[lanes_of(inputs, driver.target)]) if len(lanes) else set()
    return _available(inputs, "lane", reached, 0.0, driver)


def lead_time_delay(inputs: PlanningInputs, driver: Driver) -> PlanningInputs:
    """Return inputs in which orders and transports of the target take some months longer, over the whole horizon.

    Where rates hold per bucket the delay is in buckets.
    """
    materials, offers, lanes = inputs["materials"], inputs["outsourcing"], inputs["lanes"]
    everything = driver.target == EVERYWHERE
    bought = (materials["supplier"] == driver.target) | (materials["item"] == driver.target) | everything
    partners = (offers["partner"] == driver.target) | everything
    return inputs.with_tables(
        materials=_later(materials, bought, driver.value),
        outsourcing=_later(offers, partners, driver.value),
        lanes=_later(lanes, lanes_of(inputs, driver.target), driver.value),
    )


PER_MONTH = {"weeks": 365.25 / 12 / 7, "days": 365.25 / 12}
"""Units of lead times in a month, where they are not months (or buckets) themselves."""


def _later(frame: pd.DataFrame, reached: pd.Series, months: float) -> pd.DataFrame:
    longer = frame["lead_time_unit"].map(PER_MONTH).fillna(1.0) * months
    later = (frame["lead_time"] + longer).clip(lower=0)
    return frame.assign(lead_time=frame["lead_time"].where(~reached, later))


def _more_hours(inputs: PlanningInputs, codes: set[str], driver: Driver) -> PlanningInputs:
    given = inputs["resource_calendar"].set_index(["resource", "period"])
    records, staffed = [], set()
    found, _ = hours_of_resources(inputs)
    for resource in found:
        if resource.code not in codes:
            continue
        if resource.people_only:
            staffed.add(resource.code)
            continue
        for position, period in zip(range(driver.first, driver.last + 1), _periods(inputs, driver), strict=True):
            key = (resource.code, period)
            hours = float(given["downtime_hours"].get(key, 0.0)) - driver.value * resource.regular[position]
            machines = float(given["units_down"].get(key, 0.0))
            records.append(
                {"resource": resource.code, "period": period, "downtime_hours": hours, "units_down": machines}
            )
    changed = _with_rows(inputs, "resource_calendar", records)
    people = inputs["workforce"]
    reached = people["resource"].isin(staffed)
    hours = ("hours_per_worker", "hours_per_day")
    return changed.with_tables(workforce=scaled(people, reached, hours, 1 + driver.value))


def _available(inputs: PlanningInputs, kind: str, codes: Iterable[str], share: float, driver: Driver) -> PlanningInputs:
    """Multiply what suppliers, partners or lanes offer in the buckets of the driver."""
    table = inputs["supply_calendar"]
    given = table[table["kind"] == kind].set_index(["code", "period"])["available_pct"]
    records = [
        {"kind": kind, "code": code, "period": period, "available_pct": share * float(given.get((code, period), 1.0))}
        for code in sorted(codes)
        for period in _periods(inputs, driver)
    ]
    return _with_rows(inputs, "supply_calendar", records)


def _periods(inputs: PlanningInputs, driver: Driver) -> list[pd.Timestamp]:
    return [pd.Timestamp(day) for day in inputs.calendar.starts[driver.first : driver.last + 1]]


def _with_rows(inputs: PlanningInputs, table: str, records: list[dict[str, object]]) -> PlanningInputs:
    if not records:
        return inputs
    both = pd.concat([inputs[table], rows(table, records)], ignore_index=True)
    notes = both.groupby(_CALENDAR[table])["note"].transform("first").replace(np.nan, "")
    last = both.assign(note=notes).drop_duplicates(_CALENDAR[table], keep="last")
    return inputs.with_tables(**{table: typed(table, last)})
