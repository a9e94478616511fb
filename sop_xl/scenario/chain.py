"""From the tables of scenarios and drivers to scenarios with everything they inherit, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.prices import competitor_elasticity, price_elasticity
from sop_xl.scenario.scenario import BASE, Driver, Scenario
from sop_xl.scenario.scope import TARGETS, known_targets, products_of, whole_horizon_only
from sop_xl.scenario.signals import SIGNAL_DRIVERS
from sop_xl.schema.frames import typed

_UNSIZED = frozenset({"resource_down", "supplier_out", "lane_closed"})
_REACTIONS = {"price_pct": price_elasticity, "competitor_price_pct": competitor_elasticity}
Place = Mapping[str, str]
"""Where something is written: fields of an issue."""


def merge_scenarios(
    standard: tuple[pd.DataFrame, pd.DataFrame], own: tuple[pd.DataFrame, pd.DataFrame]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables ``scenarios`` and ``scenario_drivers`` of two sources together; on the same name people win.

    Args:
        standard: the generated tables, see :func:`sop_xl.scenario.standard.standard_set`.
        own: the tables of the executive book.
    """
    taken = set(own[0]["scenario"])
    kept = [frame[~frame["scenario"].isin(taken)] for frame in standard]
    scenarios = typed("scenarios", pd.concat([kept[0], own[0]], ignore_index=True))
    drivers = typed("scenario_drivers", pd.concat([kept[1], own[1]], ignore_index=True))
    return scenarios, drivers


def resolve(
    inputs: PlanningInputs, scenarios: pd.DataFrame, drivers: pd.DataFrame
) -> tuple[tuple[Scenario, ...], tuple[Issue, ...]]:
    """Return every active scenario with the drivers of its parents before its own, and all issues.

    The base plan comes first, whether or not the table names it. A scenario with an unknown parent, a circle of
    parents or a driver that fits nothing is left out, and so are those that start from it; each is an error.

    Args:
        inputs: for the calendar and the codes that targets may name.
        scenarios: schema table ``scenarios``.
        drivers: schema table ``scenario_drivers``.
    """
    table = scenarios.drop_duplicates("scenario").set_index("scenario")
    issues: list[Issue] = []
    own: dict[str, tuple[Driver, ...]] = {}
    broken: set[str] = set()
    known = known_targets(inputs)
    for row in drivers.itertuples(index=False):
        at = _place_of_driver(inputs, row)
        found, problems = _driver(inputs, known, row, at)
        issues += problems
        name = str(row.scenario)
        if name == BASE:
            hint = "Change the tables, or give the driver a scenario."
            issues.append(_error("The base plan has no drivers.", hint, at))
        elif found is None:
            broken.add(name)
        else:
            own[name] = (*own.get(name, ()), found)
        if name not in table.index and name != BASE:
            told = f"Driver {row.driver} names scenario '{name}', which is not in the list."
            issues.append(_error(told, "Add it.", at))
    result: dict[str, Scenario] = {BASE: Scenario(BASE, _title(table, BASE))}
    for name in table.index:
        line, problem = _ancestors(inputs, table, name)
        if problem:
            issues.append(problem)
        if problem or name == BASE or not table.loc[name, "active"] or broken & {*line, name}:
            continue
        before = tuple(driver for ancestor in line for driver in own.get(ancestor, ()))
        parent, ours = line[-1] if line else BASE, str(table.loc[name, "ours"])
        mine = (*before, *own.get(name, ()))
        result[name] = Scenario(name, _title(table, name), parent, mine, len(before), ours)
    return tuple(result.values()), tuple(issues)


def _title(table: pd.DataFrame, name: str) -> str:
    if name in table.index and table.loc[name, "title"]:
        return str(table.loc[name, "title"])
    return "Base plan" if name == BASE else name


def _ancestors(inputs: PlanningInputs, table: pd.DataFrame, name: str) -> tuple[list[str], Issue | None]:
    """Parents of a scenario below the base plan, the oldest first; an issue at the cell of the parent that is wrong."""
    line: list[str] = []
    current = name
    while current != BASE:
        parent = str(table.loc[current, "parent"]) or BASE
        if parent == BASE:
            break
        at = _place_of_parent(inputs, current)
        if parent in line or parent == name:
            circle = " > ".join([name, *reversed(line), name])
            return [], _error(
                f"Scenario '{name}' starts from itself: {circle}.", "Give one of them the parent base.", at
            )
        if parent not in table.index:
            told = f"Scenario '{current}' starts from '{parent}', which is not in the list."
            return [], _error(told, "Correct the parent.", at)
        line.insert(0, parent)
        current = parent
    return line, None


def _place_of_parent(inputs: PlanningInputs, name: str) -> Place:
    rows = inputs["scenarios"]["scenario"].tolist()
    found = inputs.place("scenarios", rows.index(name), "parent") if name in rows else {}
    return {"sheet": "Scenarios", "table": "scenarios", **found}


def _place_of_driver(inputs: PlanningInputs, row: object) -> Place:
    """Where people wrote a driver; that of the standard set stands nowhere."""
    keys = ["scenario", "driver", "target", "from_period"]
    wanted = [getattr(row, key) for key in keys]
    for at, given in enumerate(inputs["scenario_drivers"][keys].itertuples(index=False)):
        if all(one == other or (pd.isna(one) and pd.isna(other)) for one, other in zip(given, wanted, strict=True)):
            found = inputs.place("scenario_drivers", at, "driver")
            return {"sheet": "Scenarios", "table": "scenario_drivers", **found}
    return {"sheet": "Scenarios", "table": "scenario_drivers"}


def _driver(
    inputs: PlanningInputs, known: dict[str, set[str]], row: object, at: Place
) -> tuple[Driver | None, list[Issue]]:
    name, driver, target = str(row.scenario), str(row.driver), str(row.target)  # type: ignore[attr-defined]
    value, start, end = float(row.value), row.from_period, row.to_period  # type: ignore[attr-defined]
    issues: list[Issue] = []
    allowed: set[str] = set().union(*(known[kind] for kind in TARGETS[driver]))
    if target not in allowed:
        kinds = ", ".join(TARGETS[driver])
        told = f"Scenario '{name}': {driver} knows no '{target}'."
        issues.append(_error(told, f"Its target is one of: {kinds}, or ALL.", at))
    if driver not in _UNSIZED and pd.isna(value):
        issues.append(_error(f"Scenario '{name}': {driver} on {target} has no value.", "Say by how much.", at))
    if driver.endswith("_pct") and value < -1:
        told = f"Scenario '{name}': {driver} takes away more than there is."
        issues.append(_error(told, "−100 % is the least.", at))
    first = 0 if pd.isna(start) else inputs.calendar.index_of(start.date())
    last = len(inputs.calendar) - 1 if pd.isna(end) else inputs.calendar.index_of(end.date())
    if first is None or last is None or first > last:
        told = f"Scenario '{name}': the periods of {driver} on {target} name no bucket."
        issues.append(_error(told, "Correct from and to.", at))
    if issues or first is None or last is None:
        return None, issues
    whole = first == 0 and last == len(inputs.calendar) - 1
    warned = list(_remarks(inputs, driver, target, whole))
    issues += [Issue(Severity.WARNING, f"Scenario '{name}': {text}", hint, **at) for text, hint in warned]
    return Driver(driver, target, 0.0 if pd.isna(value) else value, first, last, whole), issues


def _remarks(inputs: PlanningInputs, driver: str, target: str, whole: bool) -> Iterator[tuple[str, str]]:
    """What people should know of a driver that works otherwise than they may expect, with the remedy."""
    ignored = whole_horizon_only(inputs, driver, target)
    if ignored and not whole:
        yield (
            f"{driver} on {target} changes {ignored}; these have no periods, so all change.",
            "Leave from and to empty, or expect the effect in every bucket.",
        )
    given = len(inputs["demand"]) > 0
    if given and driver == "launch_delay":
        yield (
            "demand is given as agreed, so a later launch does not change it.",
            "Give launches and baseline in the place of the demand table, or use demand_pct.",
        )
    if given and driver in SIGNAL_DRIVERS:
        yield (
            "demand is given as agreed, so signals do not change it.",
            "Give history in the place of the demand table, or use demand_pct.",
        )
    if driver in _REACTIONS and not products_of(inputs, target) & set(_REACTIONS[driver](inputs).index):
        yield (
            f"no product of {target} has an elasticity, so {driver} does not change its demand.",
            "Give one in the table of elasticities on the sheet PriceChanges.",
        )


def _error(message: str, hint: str, at: Place) -> Issue:
    return Issue(Severity.ERROR, message, hint, **at)
