"""Buttons of the scenarios: add one to fill in, solve the standard set and one's own, compare those written."""

from __future__ import annotations

import pandas as pd

from sop_xl.buttons.planning import planned, within
from sop_xl.buttons.request import Answer, Output
from sop_xl.buttons.work import Work
from sop_xl.cycle import Plan, scenarios_of, simulated_plans, solve_scenarios
from sop_xl.model.issue import InputErrors, Issue, errors
from sop_xl.scenario.chain import resolve
from sop_xl.scenario.compare import compare as side_by_side
from sop_xl.scenario.recommendation import recommendation
from sop_xl.scenario.result import ScenarioResult
from sop_xl.scenario.scenario import BASE
from sop_xl.scenario.standard import standard_set
from sop_xl.schema import frames
from sop_xl.schema.catalogue import EVERYWHERE, table
from sop_xl.supply.explain import Explain
from sop_xl.twin.outcomes import with_risk

_FIRST_STEP = 0.05


def new_scenario(work: Work) -> Answer:
    """Add a scenario with a row for its first driver, ready to be filled in; it can be solved as it stands."""
    for name in ("scenarios", "scenario_drivers"):
        work.writes(name)
    taken = {str(name).lower() for name in work.own.tables["scenarios"]["scenario"]}
    number = next(n for n in range(1, len(taken) + 2) if f"own-{n}" not in taken)
    code = f"own-{number}"
    title = work.request.entered.get("title", "").strip() or f"Own scenario {number}: demand {_FIRST_STEP:+.0%}"
    scenario = {"scenario": code, "title": title, "parent": BASE, "active": "yes"}
    driver = {"scenario": code, "driver": "demand_pct", "target": EVERYWHERE, "value": _FIRST_STEP}
    outputs = (
        Output("scenarios", frames.rows("scenarios", [scenario]), "add"),
        Output("scenario_drivers", frames.rows("scenario_drivers", [driver]), "add"),
    )
    message = f"Scenario {code} is added with the driver demand_pct {_FIRST_STEP:+.0%}: say what happens, then Compare."
    return Answer(message, outputs=outputs, show="scenarios")


def scenarios(work: Work) -> Answer:
    """Solve the standard scenarios, people's own and the choices the plan suggests, and put them side by side.

    Standard scenarios that the workbook does not hold yet are added to its lists, where they can be changed.
    """
    inputs, plan, issues = planned(work, Explain.RELIEFS, progress=within(work.progress, 0.0, 0.4))
    found, problems = scenarios_of(inputs, plan)
    results = solve_scenarios(plan, found, within(work.progress, 0.4, 1.0))
    written = []
    if "scenarios" in work.own.tables:
        standard = standard_set(inputs, plan.solved.tables)
        written = [Output(n, r, "add") for n, r in _not_there(work, *standard.tables) if len(r)]
    return _compared(work, plan, results, (*issues, *problems), tuple(written))


def compare(work: Work) -> Answer:
    """Solve the scenarios written in the workbook against the base plan and rank them.

    Raises:
        InputErrors: where a scenario or driver is wrong.
    """
    inputs, plan, issues = planned(work, Explain.RELIEFS, progress=within(work.progress, 0.0, 0.5))
    found, problems = resolve(inputs, inputs["scenarios"], inputs["scenario_drivers"])
    if errors(problems):
        raise InputErrors((*issues, *problems))
    results = solve_scenarios(plan, found, within(work.progress, 0.5, 1.0))
    return _compared(work, plan, results, (*issues, *problems), ())


def _compared(
    work: Work,
    plan: Plan,
    results: dict[str, ScenarioResult],
    issues: tuple[Issue, ...],
    written: tuple[Output, ...],
) -> Answer:
    settings = plan.inputs.settings
    simulated = simulated_plans(plan, results)
    comparison = with_risk(side_by_side(results, settings), simulated.table)
    advice = recommendation(comparison, results, settings)
    outputs = (Output("scenario_comparison", comparison), Output("simulation", simulated.table), *written)
    message = f"{len(results)} scenarios solved. {advice.text}"
    return Answer(message, (*issues, *plan.issues, *simulated.issues), outputs, show="scenario_comparison")


def _not_there(work: Work, scenarios: pd.DataFrame, drivers: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the standard scenarios whose name the workbook does not know, with their drivers."""
    known = set(work.own.tables["scenarios"]["scenario"]) | {BASE}
    fresh = [frame[~frame["scenario"].isin(known)].reset_index(drop=True) for frame in (scenarios, drivers)]
    kept = [(name, frame) for name, frame in zip(("scenarios", "scenario_drivers"), fresh, strict=True)]
    return [(name, frame[list(table(name).column_names)]) for name, frame in kept if name in work.own.tables]
