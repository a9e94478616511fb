"""The S&OP cycle from top to bottom: gather, baseline, consensus, constrained plan, money, scenarios, recommendation.

Read :func:`run_cycle`: each line is a step of the cycle, each step a room of this house. No number is computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from sop_xl.demand.accuracy_by_family import accuracy_by_family
from sop_xl.demand.baseline_plan import history_corrections, plan_baseline
from sop_xl.demand.estimated_effects import launch_curves, uplift_proposals
from sop_xl.demand.layers import ConsensusDemand, consensus
from sop_xl.demand.measured import history_to_forecast, measured
from sop_xl.demand.sensing.sense import SensedDemand, no_signals, sense
from sop_xl.finance.bridge import bridge
from sop_xl.finance.family_page import family_pages
from sop_xl.finance.kpis import dashboard, financial_kpis
from sop_xl.finance.pnl import profit_and_loss
from sop_xl.gather.inputs import content_hash
from sop_xl.gather.quality import DataQuality, data_quality
from sop_xl.govern.assumptions import assumption_scores, score_assumptions
from sop_xl.govern.decisions import agenda
from sop_xl.govern.risks import risks
from sop_xl.model.issue import InputErrors, Issue, Severity, errors
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.parallel import in_order
from sop_xl.product.review import product_review, with_confirmed_sunsets
from sop_xl.reconcile.consistency import cross_checks
from sop_xl.reconcile.functions import reconcile
from sop_xl.scenario.chain import merge_scenarios, resolve
from sop_xl.scenario.compare import compare
from sop_xl.scenario.drivers import adjust_demand, apply
from sop_xl.scenario.options import choices
from sop_xl.scenario.recommendation import Recommendation, recommendation
from sop_xl.scenario.result import INFEASIBLE, ScenarioResult
from sop_xl.scenario.scenario import BASE, Driver, Option, Scenario
from sop_xl.scenario.sensitivity import sensitivity
from sop_xl.scenario.signals import SIGNAL_DRIVERS
from sop_xl.scenario.standard import standard_set
from sop_xl.schema import frames
from sop_xl.supply.explain import Explain
from sop_xl.supply.family_inputs import family_demand, family_inputs
from sop_xl.supply.family_plan import solve_by_family
from sop_xl.supply.plan import solve
from sop_xl.twin.cautious import CAUTIOUS, Cautious, cautious
from sop_xl.twin.demand import DemandSpread, demand_spread
from sop_xl.twin.outcomes import with_risk
from sop_xl.twin.together import Simulation, simulate_plans

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[float, str], None]
"""Told how far the work is, 0 to 1, and what is being done."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan with its demand and its money: the answer of ``sop-xl plan``.

    Attributes:
        inputs: what it was made from, the baseline among them.
        solved: the solved supply plan; its tables and key figures include those of demand and finance.
        baseline: schema table ``baseline``; empty where the demand was given.
        sensed: what signals add to it.
        issues: what was found on the way.
    """

    inputs: PlanningInputs
    solved: SolvedPlan
    baseline: pd.DataFrame
    sensed: SensedDemand
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class CycleResult:
    """A whole cycle: the recommended plan, the scenarios it was chosen from and everything people decide on.

    Attributes:
        plan: the base plan.
        scenarios: every solved scenario by name, the base plan among them.
        tables: every output table of the schema, for the base plan, and the executive's input tables filled in.
        recommendation: which scenario to commit, and why.
        quality: data quality with the trusted-data stamp.
        issues: everything found on the way.
    """

    plan: Plan
    scenarios: Mapping[str, ScenarioResult]
    tables: Mapping[str, pd.DataFrame]
    recommendation: Recommendation
    quality: DataQuality
    issues: tuple[Issue, ...]


_OF_THE_TWIN = ("demand_served", "stockout_risk")


def plan_inputs(
    inputs: PlanningInputs, *, explain: Explain = Explain.RELIEFS, progress: Progress | None = None
) -> Plan:
    """Return the base plan of planning inputs: baseline → consensus demand → constrained plan → profit and loss.

    Args:
        inputs: typed tables, calendar and settings.
        explain: how far gaps are explained.
        progress: told how far the work is.

    Raises:
        InputErrors: where the history cannot be forecast or demand cannot be made.
    """
    tell = progress or (lambda share, text: None)
    inputs = with_sunsets(inputs)
    baseline, found = baseline_of(inputs, progress=partial(_within, tell, 0.0, 0.6))
    inputs = replace(inputs, tables={**inputs.tables, "baseline": baseline})
    tell(0.6, "Signals")
    sensed = sensed_demand(inputs, baseline)
    tell(0.65, "Consensus demand")
    demand = consensus(inputs.tables, inputs.calendar, baseline, sensed)
    found = (*found, *sensed.issues)
    if errors(demand.issues):
        raise InputErrors((*found, *demand.issues))
    tell(0.7, "Constrained plan")
    solved = priced(inputs, demand, explain)
    tell(1.0, "Planned")
    return Plan(inputs, solved, baseline, sensed, (*found, *demand.issues, *solved.issues))


def run_cycle(
    inputs: PlanningInputs,
    *,
    committed: Mapping[str, pd.DataFrame] | None = None,
    progress: Progress | None = None,
) -> CycleResult:
    """Return the whole cycle on planning inputs: plan, reconciliation, scenarios, recommendation, agenda.

    Args:
        inputs: typed tables, calendar and settings.
        committed: tables of the plan committed in the last cycle, to compare with; None where there is none.
        progress: told how far the work is.

    Raises:
        InputErrors: where the data do not allow to plan.
    """
    tell = progress or (lambda share, text: None)

    tell(0.0, "Data quality")
    quality = data_quality(inputs)
    inputs = with_sunsets(inputs)
    accuracy = accuracy_of(inputs, progress=partial(_within, tell, 0.0, 0.25))
    plan = plan_inputs(inputs, progress=partial(_within, tell, 0.25, 0.55))

    scenarios, found = scenarios_of(inputs, plan)
    tell(0.55, f"Solving {len(scenarios)} scenarios")
    solved = solve_scenarios(plan, scenarios, partial(_within, tell, 0.55, 0.9))
    decisions = frames.empty("cautious_decisions")
    if inputs.settings["cautious_plan"]:
        tell(0.9, "Cautious plan")
        careful, decisions, told = cautious_plan(plan)
        solved |= careful
        found = (*found, *told)
    tell(0.91, "Simulating every plan")
    simulated = simulated_plans(plan, solved, progress=partial(_within, tell, 0.91, 0.95))
    solved |= simulated.results
    comparison = with_risk(compare(solved, inputs.settings), simulated.table)
    recommended = recommendation(comparison, solved, inputs.settings)
    if recommended.scenario != plan.solved.scenario:
        chosen = solved[recommended.scenario].scenario
        if chosen is not CAUTIOUS:
            seen = simulated.results[recommended.scenario].plan.tables
            again = solve_scenario(plan, chosen, explain=Explain.RELIEFS)
            solved[recommended.scenario] = again.with_tables({n: seen[n] for n in _OF_THE_TWIN if n in seen})

    tell(0.95, "Reconciling the functions' plans")
    base = solved[plan.solved.scenario].plan.tables
    before = committed["profit_and_loss"] if committed and "profit_and_loss" in committed else None
    money = base["profit_and_loss"]
    gaps_between = reconcile(inputs, base["consensus_demand"], plan.solved)
    tables = {
        **base,
        "data_quality": quality.checks,
        "forecast_accuracy": accuracy,
        "history_corrections": corrections_of(inputs),
        **measured(inputs.tables, start=inputs.calendar.start, seed=inputs.settings["seed"]),
        "rationalisation": product_review({**inputs.tables, **base}, inputs.calendar),
        "assumption_scores": assumption_scores(
            score_assumptions(inputs.tables, inputs.settings["as_of"]), inputs.settings["as_of"]
        ),
        **proposals(inputs),
        "sensing_gain": plan.sensed.gain,
        "driver_effects": plan.sensed.effects,
        "scenario_comparison": comparison,
        "simulation": simulated.table,
        "twin_replay": simulated.replayed,
        "cautious_decisions": decisions,
        "reconciliation": gaps_between,
        "bridge": bridge(inputs, money),
        "dashboard": dashboard(inputs, plan.solved, money, before),
        "family_pages": family_pages(inputs, base["consensus_demand"], plan.solved, money, before),
        "decisions": agenda(inputs, plan.solved, gaps_between, comparison),
        "risks_opportunities": risks(inputs, comparison, solved),
    }
    tell(1.0, "Cycle complete")
    disagreements = cross_checks(inputs.tables)
    issues = (*disagreements, *plan.issues, *found, *simulated.issues)
    return CycleResult(plan, solved, tables, recommended, quality, issues)


def baseline_of(inputs: PlanningInputs, *, progress: Progress | None = None) -> tuple[pd.DataFrame, tuple[Issue, ...]]:
    """Return the statistical baseline: the one given, or one made from the history; empty where demand is given."""
    if len(inputs["demand"]) or len(inputs["baseline"]):
        return inputs["baseline"], ()
    history, told = history_to_forecast(inputs.tables, inputs.settings)
    made = plan_baseline(
        history,
        inputs["products"],
        inputs.calendar,
        country=inputs.settings["holidays_of"],
        seed=inputs.settings["seed"],
        progress=progress,
    )
    return made.table, (*told, *made.issues)


def sensed_demand(inputs: PlanningInputs, baseline: pd.DataFrame) -> SensedDemand:
    """Return what signals add to the baseline where they won on the past; nothing where the demand is given."""
    if len(inputs["demand"]):
        return no_signals()
    return sense(
        inputs["history"], inputs["products"], inputs["signals"], baseline, inputs.calendar, inputs.settings["as_of"]
    )


def with_sunsets(inputs: PlanningInputs) -> PlanningInputs:
    """Return the inputs with the ends of life that the product review proposed and a person has confirmed."""
    products = with_confirmed_sunsets(inputs["products"], inputs["rationalisation"])
    if products is inputs["products"]:
        return inputs
    changed = inputs.with_tables(products=products)
    return replace(changed, content_hash=content_hash(changed.tables, changed.settings))


def proposals(inputs: PlanningInputs) -> dict[str, pd.DataFrame]:
    """Return what the past proposes: the uplift of campaigns, and the launch curves of analogues."""
    history, products, start = inputs["history"], inputs["products"], inputs.calendar.start
    return {
        "uplift_proposals": uplift_proposals(history, products, inputs["campaigns"], start),
        "launch_curves": launch_curves(history, products, inputs["launches"]),
    }


def corrections_of(inputs: PlanningInputs) -> pd.DataFrame:
    """Return what is corrected in the history before it is forecast (schema table ``history_corrections``).

    Empty where the history is not forecast: demand or baseline are given and it has errors.
    """
    try:
        return history_corrections(inputs["history"], inputs.calendar)
    except InputErrors:
        return frames.empty("history_corrections")


def accuracy_of(inputs: PlanningInputs, *, progress: Progress | None = None) -> pd.DataFrame:
    """Return the accuracy of the baseline on the end of the history (schema table ``forecast_accuracy``)."""
    settings = inputs.settings
    return accuracy_by_family(
        inputs["history"],
        inputs["products"],
        country=settings["holidays_of"],
        seed=settings["seed"],
        progress=progress,
    )


def priced(inputs: PlanningInputs, demand: ConsensusDemand, explain: Explain) -> SolvedPlan:
    """Return the constrained plan of a consensus demand, with its profit and loss and financial key figures."""
    units = demand.table.rename(columns={"consensus": "units"})
    planner = solve_by_family if inputs.settings["plan_by"] == "family" else solve
    plan = planner(inputs, units[["product", "location", "channel", "period", "units", "price"]], explain=explain)
    money = profit_and_loss(inputs, plan)
    figures = financial_kpis(inputs, plan, money)
    kpis = {
        **plan.kpis,
        **dict(zip(figures["kpi"], figures["value"].where(figures["value"].notna(), None), strict=True)),
    }
    if plan.objective is None:
        kpis = dict.fromkeys(kpis)
    extra = {"consensus_demand": demand.table, "demand_layers": demand.layers, "profit_and_loss": money}
    units_of = dict(zip(figures["kpi"], figures["unit"], strict=True))
    rows = ({"kpi": name, "unit": units_of.get(name, ""), "value": value} for name, value in kpis.items())
    return plan.with_results(kpis, {**extra, "kpis": frames.rows("kpis", rows)})


def sensitivity_of(plan: Plan, change: float = 0.1) -> pd.DataFrame:
    """Return what the plan is most sensitive to; planned by families, where the settings ask."""
    table = plan.solved.tables["consensus_demand"].rename(columns={"consensus": "units"})
    inputs, asked = plan.inputs, table[["product", "location", "channel", "period", "units", "price"]]
    if inputs.settings["plan_by"] == "family":
        inputs, asked = family_inputs(inputs, asked)[0], family_demand(inputs, asked)
    return sensitivity(inputs, asked, change=change)


def scenarios_of(inputs: PlanningInputs, plan: Plan) -> tuple[tuple[Scenario, ...], tuple[Issue, ...]]:
    """Return what is solved beside the base plan: the standard set, people's own, and the reliefs we may choose.

    Raises:
        InputErrors: where people's own scenarios have errors.
    """
    tables = plan.solved.tables
    standard = standard_set(inputs, tables)
    named, drivers = merge_scenarios(standard.tables, (inputs["scenarios"], inputs["scenario_drivers"]))
    found, issues = resolve(inputs, named, drivers)
    if errors(issues):
        raise InputErrors(issues)
    return (*found, *choices(inputs, tables["reliefs"])), (*standard.notes, *issues)


def solve_scenarios(
    plan: Plan, scenarios: Sequence[Scenario], progress: Progress | None = None
) -> dict[str, ScenarioResult]:
    """Return every scenario solved, by name, in their order; those that change the same are solved once."""
    once = list({scenario.drivers: scenario for scenario in reversed(scenarios)}.values())[::-1]
    found: dict[tuple[Driver | Option, ...], ScenarioResult] = {}
    for scenario, result in zip(once, in_order(solve_scenario, plan, once, least=4), strict=True):
        found[scenario.drivers] = result
        if progress:
            progress(len(found) / len(once), f"Solved: {scenario.title}")
    return {scenario.name: replace(found[scenario.drivers], scenario=scenario) for scenario in scenarios}


def solve_scenario(plan: Plan, scenario: Scenario, *, explain: Explain = Explain.NOTHING) -> ScenarioResult:
    """Return a scenario solved: its drivers applied, demand made anew, the plan explained as far as asked.

    Where what happens makes frozen production impossible (its line is down), nothing is frozen in it.
    """
    if not scenario.drivers:
        return ScenarioResult(scenario, plan.inputs, plan.solved, plan.solved.tables["profit_and_loss"])
    changed = apply(plan.inputs, scenario.drivers)
    resensed = any(isinstance(driver, Driver) and driver.driver in SIGNAL_DRIVERS for driver in scenario.drivers)
    sensed = sensed_demand(changed, plan.baseline) if resensed else plan.sensed
    demand = consensus(changed.tables, changed.calendar, plan.baseline, sensed)
    moved = ConsensusDemand(adjust_demand(demand.table, changed, scenario.drivers), demand.layers, demand.issues)
    solved = priced(changed, moved, explain)
    if solved.status == INFEASIBLE and len(changed["frozen_production"]) and plan.solved.status != INFEASIBLE:
        changed = changed.with_tables(frozen_production=frames.empty("frozen_production"))
        solved = priced(changed, moved, explain)
    return ScenarioResult(scenario, changed, solved, solved.tables["profit_and_loss"])


def simulated_plans(
    plan: Plan, solved: Mapping[str, ScenarioResult], *, paths: int | None = None, progress: Progress | None = None
) -> Simulation:
    """Return what luck makes of solved plans, in as many courses as the settings say if not told otherwise."""
    count = int(plan.inputs.settings["simulation_paths"]) if paths is None else paths
    spread = spread_of(plan) if count and len(plan.solved.tables["consensus_demand"]) else None
    return simulate_plans(plan.inputs, solved, spread, paths=count, progress=progress)


def spread_of(plan: Plan) -> DemandSpread:
    """Return how uncertain the demand of a plan is."""
    return demand_spread(plan.inputs, plan.baseline, plan.solved.tables["consensus_demand"])


def cautious_plan(plan: Plan) -> tuple[dict[str, ScenarioResult], pd.DataFrame, tuple[Issue, ...]]:
    """Return the plan whose start is decided for several courses of demand, its decisions, and what to know."""
    base = solve_scenario(plan, Scenario(BASE, "Base plan"))
    decided = cautious(base, spread_of(plan))
    if decided is None:
        text = "There is no cautious plan: nothing is made in the buckets decided now, or the solver ran out of time."
        return {}, frames.empty("cautious_decisions"), (Issue(Severity.WARNING, text, "Raise solver_seconds."),)
    result = _again(plan, CAUTIOUS, decided)
    return {CAUTIOUS.name: result}, decided.decisions, (Issue(Severity.INFO, f"Cautious plan. {decided.text}"),)


def _again(plan: Plan, scenario: Scenario, decided: Cautious) -> ScenarioResult:
    """Return the base plan solved anew with what was decided now held fast."""
    tables = plan.solved.tables
    demand = ConsensusDemand(tables["consensus_demand"], tables["demand_layers"], ())
    solved = priced(decided.inputs, demand, Explain.NOTHING)
    return ScenarioResult(scenario, decided.inputs, solved, solved.tables["profit_and_loss"])


def _within(tell: Progress, start: float, end: float, share: float, text: str) -> None:
    """Tell progress of a part within the whole."""
    tell(start + (end - start) * share, text)
