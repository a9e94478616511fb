"""Options as choices: what closes the gap of the base plan, pulled and solved as a plan of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf, isfinite, isnan

import pandas as pd

from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.scenario import BASE, Option, Scenario
from sop_xl.scenario.scope import lane_codes, lanes_of
from sop_xl.schema.frames import rows, typed
from sop_xl.supply.capacity import resources as hours_of_resources
from sop_xl.supply.levers import MORE_OVERTIME, MORE_SUPPLY, OVERTIME_RATE
from sop_xl.supply.scope import spread

MOST_CHOICES = 3
"""Reliefs solved as plans of their own, beside the base plan; the two that gain most are solved together too."""

NO_LIMIT = 10.0
"""Hours of an option without a stated size, in parts of the regular hours of its resource."""


def choices(inputs: PlanningInputs, reliefs: pd.DataFrame) -> tuple[Scenario, ...]:
    """Return what we may decide beside the base plan: its best reliefs, each on its own, and the best two together.

    Reliefs that close nothing are left out; of the others those that gain most margin come first, and the cheapest per
    unit of gap is always among them.

    Args:
        inputs: what the base plan was made from.
        reliefs: schema table ``reliefs`` of the base plan.
    """
    known = {option.name: option for option in (*listed_options(inputs), *suggested_options(inputs))}
    alone = reliefs[reliefs["levers"] == 1]
    helpful = alone[(alone["gap_closed"] > 0) & alone["relief"].isin(set(known))]
    if helpful.empty:
        return ()
    ranked = helpful.sort_values(["margin_effect", "relief"], ascending=[False, True], kind="stable")["relief"].tolist()
    cheapest = str(helpful.sort_values(["cost_per_unit", "relief"], kind="stable")["relief"].iloc[0])
    taken = list(dict.fromkeys([*ranked[: MOST_CHOICES - 1], cheapest, *ranked]))[:MOST_CHOICES]
    found = [as_choice(known[name]) for name in taken]
    gains = helpful.set_index("relief")["margin_effect"]
    if len(taken) > 1 and (gains[taken[:2]] > 0).all():
        found.append(as_choice(known[taken[0]], known[taken[1]]))
    return tuple(found)


def as_choice(*options: Option) -> Scenario:
    """Return the base plan with some options pulled together, as a scenario."""
    names = " + ".join(option.name for option in options)
    titles = " + ".join(option.title or option.name for option in options)
    return Scenario(f"{BASE} + {names}", f"Base plan + {titles}", BASE, options)


def listed_options(inputs: PlanningInputs) -> Iterator[Option]:
    """Return the options people listed in the operations book, as they stand."""
    for row in inputs["options"].itertuples(index=False):
        start, end = row.from_period, row.to_period
        first = 0 if pd.isna(start) else inputs.calendar.index_of(start.date())
        last = len(inputs.calendar) - 1 if pd.isna(end) else inputs.calendar.index_of(end.date())
        size = inf if isnan(row.quantity) else float(row.quantity)
        price, fixed = float(row.cost_per_unit), float(row.fixed_cost)
        last = len(inputs.calendar) - 1 if last is None else last
        said = str(row.description).rstrip(".")
        yield Option(str(row.option), str(row.lever), str(row.target), size, price, fixed, first or 0, last, said)


def suggested_options(inputs: PlanningInputs) -> Iterator[Option]:
    """Return the levers that the supply plan suggests on its bottlenecks, under the names it gives them."""
    last = len(inputs.calendar) - 1
    for resource in hours_of_resources(inputs)[0]:
        code, hour = resource.code, resource.overtime_cost or OVERTIME_RATE * resource.cost
        price = resource.bought_cost or hour
        shift = 1 / resource.shifts if resource.shifts > 0 else 0.0
        more = f"Hours bought outside for {code}" if resource.bought_cost else f"One more shift on {code}"
        yield Option(f"10 % more overtime on {code}", "share of hours", code, MORE_OVERTIME, hour, 0.0, 0, last)
        yield Option(more, "share of hours", code, shift, price, 0.0, 0, last)
    for item, supplier in zip(inputs["materials"]["item"], inputs["materials"]["supplier"], strict=True):
        name, target = f"20 % more of {item} from {supplier}", f"{item}@{supplier}"
        yield Option(name, "share of supplier", target, MORE_SUPPLY, 0.0, 0.0, 0, last)
    for partner in dict.fromkeys(inputs["outsourcing"]["partner"]):
        yield Option(f"20 % more from partner {partner}", "share of partner", partner, MORE_SUPPLY, 0.0, 0.0, 0, last)
    for lane in dict.fromkeys(lane_codes(inputs["lanes"])) if len(inputs["lanes"]) else ():
        yield Option(f"20 % more on lane {lane}", "share of lane", lane, MORE_SUPPLY, 0.0, 0.0, 0, last)


def pull(inputs: PlanningInputs, option: Option) -> PlanningInputs:
    """Return inputs in which an option is pulled between its buckets, at its price; the inputs given are not changed.

    - *overtime*, *add capacity*, *share of hours*: a further resource beside the target, people included, on which
      every routing of the target can run, with the option's hours (or a share of the target's) at its price;
    - *outsource*: a further partner plant; *expedite material*: a further supplier that delivers at once;
    - *share of supplier*, *of partner*, *of lane*: a higher limit; *build ahead*: more stock allowed;
    - *reprioritise*: the target channel before all others. *accept shortfall* changes nothing.
    """
    return _PULLED.get(option.lever, _nothing)(inputs, option)


def _nothing(inputs: PlanningInputs, option: Option) -> PlanningInputs:
    return inputs


def _hours(inputs: PlanningInputs, option: Option) -> PlanningInputs:
    found = {resource.code: resource for resource in hours_of_resources(inputs)[0]}
    if option.target not in found:
        return inputs
    target = found[option.target]
    lengths = [inputs.period_length(t) for t in range(len(inputs.calendar))]
    regular = [
        hours if isfinite(hours) else _people_hours(inputs, option.target) * lengths[t]
        for t, hours in enumerate(target.regular)
    ]
    most = NO_LIMIT if not isfinite(option.size) else option.size
    share = option.lever == "share of hours" or not isfinite(option.size)
    wanted = [
        (most * regular[t] if share else most * lengths[t]) if option.first <= t <= option.last else 0.0
        for t in range(len(lengths))
    ]
    per_month = max(hours / length for hours, length in zip(wanted, lengths, strict=True))
    resource = {"resource": option.name, "location": target.location, "hours": per_month, "cost_per_hour": option.price}
    off = [
        {"resource": option.name, "period": pd.Timestamp(day), "downtime_hours": per_month * length - hours}
        for day, length, hours in zip(inputs.calendar.starts, lengths, wanted, strict=True)
        if per_month * length - hours > 0
    ]
    routings = inputs["routings"]
    beside = routings[routings["resource"] == option.target].assign(resource=option.name)
    if target.people_only:
        labour = beside["labour_hours_per_unit"].fillna(beside["hours_per_unit"])
        beside = beside.assign(hours_per_unit=labour)
    return _with(
        inputs,
        resources=rows("resources", [resource]),
        resource_calendar=rows("resource_calendar", off),
        routings=beside,
    )


def _people_hours(inputs: PlanningInputs, resource: str) -> float:
    people = inputs["workforce"]
    people = people[people["resource"] == resource]
    return float((people["opening_workers"] * people["hours_per_worker"]).sum())


def _outsource(inputs: PlanningInputs, option: Option) -> PlanningInputs:
    asked = _asked(inputs, option.target)
    offers = [
        {
            "product": option.target,
            "location": place,
            "partner": option.name,
            "cost_per_unit": option.price,
            "limit": option.size * share if isfinite(option.size) else None,
        }
        for place, share in asked.items()
    ]
    changed = _with(inputs, outsourcing=rows("outsourcing", offers))
    return _only_between(changed, "partner", option)


def _asked(inputs: PlanningInputs, target: str) -> dict[str, float]:
    """Locations that ask for a product or family, with their share of its units."""
    for table, column in (("demand", "units"), ("baseline", "baseline"), ("history", "units")):
        if len(inputs[table]):
            asked = inputs[table]
            families = inputs["products"].set_index("product")["family"]
            inside = (asked["product"] == target) | (asked["product"].map(families) == target)
            units = asked[inside].groupby("location")[column].sum()
            return {str(place): float(part) for place, part in (units / units.sum()).items() if part > 0}
    return {}


def _expedite(inputs: PlanningInputs, option: Option) -> PlanningInputs:
    places = list(dict.fromkeys(inputs["materials"].loc[inputs["materials"]["item"] == option.target, "location"]))
    offers = [
        {
            "item": option.target,
            "supplier": option.name,
            "location": place,
            "unit_cost": option.price,
            "period_limit": option.size / len(places) if isfinite(option.size) else None,
        }
        for place in places
    ]
    changed = _with(inputs, materials=rows("materials", offers))
    return _only_between(changed, "supplier", option)


def _only_between(inputs: PlanningInputs, kind: str, option: Option) -> PlanningInputs:
    shut = [
        {"kind": kind, "code": option.name, "period": pd.Timestamp(day), "available_pct": 0.0}
        for t, day in enumerate(inputs.calendar.starts)
        if not option.first <= t <= option.last
    ]
    return _with(inputs, supply_calendar=rows("supply_calendar", shut))


def _more_supply(inputs: PlanningInputs, option: Option) -> PlanningInputs:
    materials = inputs["materials"]
    item, _, supplier = option.target.rpartition("@")
    reached = (materials["item"] == item) & (materials["supplier"] == supplier)
    limit = materials["period_limit"].where(~reached, materials["period_limit"] * (1 + option.size))
    return inputs.with_tables(materials=materials.assign(period_limit=limit))


def _more_from_partner(inputs: PlanningInputs, option: Option) -> PlanningInputs:
    offers = inputs["outsourcing"]
    limit = offers["limit"].where(offers["partner"] != option.target, offers["limit"] * (1 + option.size))
    return inputs.with_tables(outsourcing=offers.assign(limit=limit))


def _more_on_lane(inputs: PlanningInputs, option: Option) -> PlanningInputs:
    lanes = inputs["lanes"]
    limit = lanes["limit"].where(~lanes_of(inputs, option.target), lanes["limit"] * (1 + option.size))
    return inputs.with_tables(lanes=lanes.assign(limit=limit))


def _build_ahead(inputs: PlanningInputs, option: Option) -> PlanningInputs:
    policy = spread(inputs, "inventory_policy", ["location"]).drop(columns=["given", "row"])
    families = inputs["products"].set_index("product")["family"]
    inside = (policy["product"] == option.target) | (policy["product"].map(families) == option.target)
    raised = policy[inside & (policy["method"] != "months of supply")].assign(
        max_stock=lambda t: t["max_stock"] + option.size
    )
    both = pd.concat([raised, inputs["inventory_policy"]], ignore_index=True).drop_duplicates(["product", "location"])
    return inputs.with_tables(inventory_policy=typed("inventory_policy", both))


def _first(inputs: PlanningInputs, option: Option) -> PlanningInputs:
    channels = inputs["channels"]
    if option.target not in set(channels["channel"]):
        return inputs
    later = (channels["priority"] + 1).clip(upper=9)
    return inputs.with_tables(channels=channels.assign(priority=later.where(channels["channel"] != option.target, 1.0)))


def _with(inputs: PlanningInputs, **added: pd.DataFrame) -> PlanningInputs:
    return inputs.with_tables(
        **{
            name: typed(name, pd.concat([inputs[name], frame], ignore_index=True))
            for name, frame in added.items()
            if len(frame)
        }
    )


_PULLED: dict[str, Callable[[PlanningInputs, Option], PlanningInputs]] = {
    "overtime": _hours,
    "add capacity": _hours,
    "share of hours": _hours,
    "outsource": _outsource,
    "expedite material": _expedite,
    "build ahead": _build_ahead,
    "reprioritise": _first,
    "share of supplier": _more_supply,
    "share of partner": _more_from_partner,
    "share of lane": _more_on_lane,
}
