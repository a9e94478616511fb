"""All plans of a cycle simulated in the same courses, with everything that is shown of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from sop_xl.finance.standard import bucket_starts
from sop_xl.model.issue import Issue
from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.result import ScenarioResult
from sop_xl.schema.frames import empty
from sop_xl.supply.served_from import demand_served
from sop_xl.twin.demand import DemandSpread
from sop_xl.twin.disturbances import variation_issues
from sop_xl.twin.outcomes import Outcome, outcome_of, simulation_table, stockout_risk
from sop_xl.twin.replay import replay


@dataclass(frozen=True, slots=True)
class Simulation:
    """Plans carried out in many courses.

    Attributes:
        outcomes: by scenario; empty where nothing was simulated.
        table: schema table ``simulation``.
        replayed: schema table ``twin_replay``.
        past: how the simulation did on past months, in a sentence.
        results: the plans, with the tables ``demand_served`` and ``stockout_risk``.
        issues: what was assumed, and how the simulation did on the past.
    """

    outcomes: Mapping[str, Outcome]
    table: pd.DataFrame
    replayed: pd.DataFrame
    past: str
    results: Mapping[str, ScenarioResult]
    issues: tuple[Issue, ...]


def simulate_plans(
    inputs: PlanningInputs,
    solved: Mapping[str, ScenarioResult],
    spread: DemandSpread | None,
    *,
    paths: int,
    progress: Callable[[float, str], None] | None = None,
) -> Simulation:
    """Return what luck makes of solved plans, all of them in the same courses; and how each serves demand without luck.

    Args:
        inputs: those of the base plan.
        solved: scenarios by name; those without a plan are left out.
        spread: how uncertain demand is; None: nothing is drawn.
        paths: courses to draw.
        progress: told how far the work is, 0 to 1, and what is being done; raising in it cancels.
    """
    tell = progress or (lambda share, text: None)
    starts, past = bucket_starts(inputs), replay(inputs)
    results = {
        name: result.with_tables({"demand_served": demand_served(result.plan.tables, starts)})
        for name, result in solved.items()
        if result.solved
    }
    if spread is None or not paths:
        return Simulation({}, empty("simulation"), past.table, past.text, results, ())
    outcomes: dict[str, Outcome] = {}
    for number, (name, result) in enumerate(list(results.items())):
        text, count = f"Simulated: {result.scenario.title}", len(results)

        def part(share: float, number: int = number, text: str = text, count: int = count) -> None:
            tell((number + share) / count, text)

        outcomes[name] = outcome_of(result, spread, paths=paths, seed=int(inputs.settings["seed"]), tell=part)
        results[name] = result.with_tables({"stockout_risk": stockout_risk(outcomes[name])})
    issues = (*spread.issues, *variation_issues(inputs), *past.issues)
    return Simulation(outcomes, simulation_table(outcomes), past.table, past.text, results, issues)
