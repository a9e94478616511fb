"""From the tables of scenarios and drivers to scenarios with everything they inherit, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.scenario import BASE, Driver, Scenario
from sop_xl.scenario.scope import TARGETS, known_targets, whole_horizon_only
from sop_xl.schema.frames import typed

_SIZED = frozenset({"demand_pct", "price_pct", "cost_pct", "capacity_pct", "launch_delay", "lead_time_delay"})
_PLACE = {"sheet": "Scenarios", "table": "scenario_drivers"}


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
        found, problems = _driver(inputs, known, row)
        issues += problems
        name = str(row.scenario)
        if name == BASE:
            issues.append(_error("The base plan has no drivers.", "Change the tables, or give the driver a scenario."))
        elif found is None:
            broken.add(name)
        else:
            own[name] = (*own.get(name, ()), found)
        if name not in table.index and name != BASE:
            issues.append(_error(f"Driver {row.driver} names scenario '{name}', which is not in the list.", "Add it."))
    result: dict[str, Scenario] = {BASE: Scenario(BASE, _title(table, BASE))}
    for name in table.index:
        line, problem = _ancestors(table, name)
        if problem:
            issues.append(problem)
        if problem or name == BASE or not table.loc[name, "active"] or broken & {*line, name}:
            continue
        before = tuple(driver for ancestor in line for driver in own.get(ancestor, ()))
        parent = line[-1] if line else BASE
        result[name] = Scenario(name, _title(table, name), parent, (*before, *own.get(name, ())), inherited=len(before))
    return tuple(result.values()), tuple(issues)


def _title(table: pd.DataFrame, name: str) -> str:
    if name in table.index and table.loc[name, "title"]:
        return str(table.loc[name, "title"])
    return "Base plan" if name == BASE else name


def _ancestors(table: pd.DataFrame, name: str) -> tuple[list[str], Issue | None]:
    """Parents of a scenario below the base plan, the oldest first."""
    line: list[str] = []
    current = name
    while current != BASE:
        parent = str(table.loc[current, "parent"]) or BASE
        if parent == BASE:
            break
        if parent in line or parent == name:
            circle = " > ".join([name, *reversed(line), name])
            return [], _error(f"Scenario '{name}' starts from itself: {circle}.", "Give one of them the parent base.")
        if parent not in table.index:
            return [], _error(
                f"Scenario '{current}' starts from '{parent}', which is not in the list.", "Correct the parent."
            )
        line.insert(0, parent)
        current = parent
    return line, None


def _driver(inputs: PlanningInputs, known: dict[str, set[str]], row: object) -> tuple[Driver | None, list[Issue]]:
    name, driver, target = str(row.scenario), str(row.driver), str(row.target)  # type: ignore[attr-defined]
    value, start, end = float(row.value), row.from_period, row.to_period  # type: ignore[attr-defined]
    issues: list[Issue] = []
    allowed: set[str] = set().union(*(known[kind] for kind in TARGETS[driver]))
    if target not in allowed:
        kinds = ", ".join(TARGETS[driver])
        issues.append(
            _error(f"Scenario '{name}': {driver} knows no '{target}'.", f"Its target is one of: {kinds}, or ALL.")
        )
    if driver in _SIZED and pd.isna(value):
        issues.append(_error(f"Scenario '{name}': {driver} on {target} has no value.", "Say by how much."))
    if driver.endswith("_pct") and value < -1:
        issues.append(_error(f"Scenario '{name}': {driver} takes away more than there is.", "−100 % is the least."))
    first = 0 if pd.isna(start) else inputs.calendar.index_of(start.date())
    last = len(inputs.calendar) - 1 if pd.isna(end) else inputs.calendar.index_of(end.date())
    if first is None or last is None or first > last:
        issues.append(
            _error(f"Scenario '{name}': the periods of {driver} on {target} name no bucket.", "Correct from and to.")
        )
    if issues or first is None or last is None:
        return None, issues
    whole = first == 0 and last == len(inputs.calendar) - 1
    ignored = whole_horizon_only(inputs, driver, target)
    if ignored and not whole:
        issues.append(
            Issue(
                Severity.WARNING,
                f"Scenario '{name}': {driver} on {target} changes {ignored}; these have no periods, so all change.",
                "Leave from and to empty, or expect the effect in every bucket.",
                **_PLACE,
            )
        )
    if driver == "launch_delay" and len(inputs["demand"]):
        issues.append(
            Issue(
                Severity.WARNING,
                f"Scenario '{name}': demand is given as agreed, so a later launch does not change it.",
                "Give launches and baseline in the place of the demand table, or use demand_pct.",
                **_PLACE,
            )
        )
    return Driver(driver, target, 0.0 if pd.isna(value) else value, first, last, whole), issues


def _error(message: str, hint: str) -> Issue:
    return Issue(Severity.ERROR, message, hint, **_PLACE)


def by_name(scenarios: Iterable[Scenario]) -> dict[str, Scenario]:
    """Return scenarios by name, in their order."""
    return {scenario.name: scenario for scenario in scenarios}
