"""A plan simulated from planning inputs: what `sop-xl simulate` and the button Simulate do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sop_xl.cycle import Plan, Progress, cautious_plan, plan_inputs, scenarios_of, simulated_plans, solve_scenario
from sop_xl.model.issue import Issue
from sop_xl.model.plan import PlanningInputs
from sop_xl.parallel import in_order
from sop_xl.scenario.scenario import BASE, Scenario
from sop_xl.schema import frames
from sop_xl.supply.explain import Explain

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


@dataclass(frozen=True, slots=True)
class Simulated:
    """A simulation.

    Attributes:
        past: how it did on past months, in a sentence.
        tables: by schema name.
        issues: what is to be known of it.
    """

    past: str
    tables: Mapping[str, pd.DataFrame]
    issues: tuple[Issue, ...]


def simulate_inputs(
    inputs: PlanningInputs,
    *,
    paths: int | None = None,
    scenarios: bool = False,
    cautious: bool = False,
    progress: Progress | None = None,
) -> Simulated:
    """Return the base plan of planning inputs, and its scenarios where asked, carried out in many courses.

    Args:
        inputs: typed tables, calendar and settings.
        paths: courses to draw; left out, as the settings say.
        scenarios: the standard set, people's own and the choices as well.
        cautious: the cautious plan as well; also with the setting ``cautious_plan``.
        progress: told how far the work is; raising in it cancels.
    """
    tell = progress or (lambda share, text: None)
    explain = Explain.RELIEFS if scenarios else Explain.NOTHING
    plan = plan_inputs(inputs, explain=explain, progress=partial(_within, tell, 0.0, 0.5))
    return simulate_plan(
        plan,
        paths=paths,
        scenarios=scenarios,
        cautious=cautious or bool(inputs.settings["cautious_plan"]),
        progress=partial(_within, tell, 0.5, 1.0),
    )


def simulate_plan(
    plan: Plan,
    *,
    paths: int | None = None,
    scenarios: bool = False,
    cautious: bool = False,
    progress: Progress | None = None,
) -> Simulated:
    """Return a plan, and its scenarios where asked, carried out in many courses; see :func:`simulate_inputs`.

    Args:
        plan: the base plan.
        paths: courses to draw.
        scenarios: its scenarios as well.
        cautious: the cautious plan as well.
        progress: told how far the work is.
    """
    tell = progress or (lambda share, text: None)
    wanted, issues = scenarios_of(plan.inputs, plan) if scenarios else ((Scenario(BASE, "Base plan"),), ())
    solved = {}
    for result in in_order(solve_scenario, plan, wanted, least=4):
        solved[result.scenario.name] = result
        tell(0.5 * len(solved) / len(wanted), f"Solved: {result.scenario.title}")
    decisions = frames.empty("cautious_decisions")
    if cautious:
        tell(0.5, "Cautious plan")
        careful, decisions, told = cautious_plan(plan)
        solved |= careful
        issues = (*issues, *told)
    found = simulated_plans(plan, solved, paths=paths, progress=partial(_within, tell, 0.6, 1.0))
    base = found.results[BASE].plan.tables if BASE in found.results else {}
    names = ("stockout_risk", "demand_served", "resource_load")
    tables = {
        "simulation": found.table,
        **{name: base.get(name, frames.empty(name)) for name in names},
        "twin_replay": found.replayed,
        "cautious_decisions": decisions,
    }
    return Simulated(found.past, tables, (*plan.issues, *issues, *found.issues))


def _within(tell: Progress, start: float, end: float, share: float, text: str) -> None:
    tell(start + (end - start) * share, text)
