"""Buttons of the supply review: what is feasible and why not more, and what every lever would bring."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sop_xl.buttons.planning import planned, within
from sop_xl.buttons.request import Answer, Output
from sop_xl.buttons.work import Work
from sop_xl.cycle import Plan, solve_scenarios
from sop_xl.finance.standard import bucket_starts
from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.options import as_choice, choices, listed_options
from sop_xl.scenario.result import ScenarioResult, figures
from sop_xl.scenario.scenario import BASE, Scenario
from sop_xl.schema import frames
from sop_xl.simulating import simulate_plan
from sop_xl.supply.explain import Explain
from sop_xl.supply.response import PROPOSED, by_cost
from sop_xl.supply.served_from import demand_served
from sop_xl.workbook.prefill import supply_response

_STOCK = ("inventory_targets", "available_to_promise")
_ANSWERED = ("demand", "feasible", "gap", "cause")
_PROPOSED = ("response", "option", "note")
"""What a person answers; proposed where nobody has."""
_FIGURES = ("gross_margin", "fill_rate", "gap_units", "stock_value", "peak_load", "cash", "co2")


def feasibility(work: Work) -> Answer:
    """Plan demand against capacity: feasible quantity, gap and cause by family, bottlenecks, reliefs, targets, ATP.

    An answer (accept, gap, decline) is proposed for every family and bucket; what people answered stays.
    """
    inputs, plan, issues = planned(work, Explain.RELIEFS)
    tables = plan.solved.tables
    outputs = [Output("bottlenecks", tables["bottlenecks"]), Output("reliefs", _best_first(tables["reliefs"]))]
    there = {raw.name for raw in work.request.tables}
    outputs += [Output(name, tables[name]) for name in _STOCK if name in there]
    outputs += _pictures({**tables, "demand_served": demand_served(tables, bucket_starts(inputs))})
    found = supply_response({**inputs.tables, **tables, "supply_response": frames.empty("supply_response")})
    rows = found[["family", "period", *_ANSWERED, *_PROPOSED]]
    rows = rows.assign(**{name: rows[name].round(2) for name in ("demand", "feasible", "gap")})
    if "supply_response" in work.own.tables:
        rows = _as_answered(rows, work.own.tables["supply_response"])
        outputs.insert(0, Output("supply_response", rows, "fill", (*_ANSWERED, *_PROPOSED)))
    shown = "supply_response" if "supply_response" in work.own.tables else "bottlenecks"
    return Answer(_said(plan, float(found["gap"].sum())), (*issues, *plan.issues), tuple(outputs), show=shown)


def simulate(work: Work) -> Answer:
    """Carry the plan out in thousands of courses of demand, yield, breakdowns and late supply; past months first."""
    inputs, plan, issues = planned(work, Explain.NOTHING, progress=within(work.progress, 0.0, 0.6))
    careful = bool(inputs.settings["cautious_plan"])
    found = simulate_plan(plan, cautious=careful, progress=within(work.progress, 0.6, 1.0))
    names = ("simulation", "stockout_risk", "twin_replay")
    outputs = [*(Output(name, found.tables[name]) for name in names), *_pictures(found.tables)]
    if found.tables["simulation"].empty:
        message = "Nothing was simulated: there is no demand, or the setting simulation_paths is 0."
        return Answer(message, (*issues, *found.issues), tuple(outputs))
    own = found.tables["simulation"].iloc[0]
    risk = found.tables["stockout_risk"]
    worst = risk.loc[risk["chance"].idxmax()]
    message = (
        f"Simulated from plan data in {own['paths']:,.0f} courses: gross margin {own['margin_p10']:,.0f} to "
        f"{own['margin_p90']:,.0f} {inputs.settings['currency']} in eight of ten, fill rate "
        f"{own['fill_rate_p10']:.1%} to {own['fill_rate_p90']:.1%}. Most likely to be short: {worst['family']} in "
        f"{worst['period']:%Y-%m}, {worst['chance']:.0%}."
    )
    return Answer(message, (*issues, *found.issues), tuple(outputs), show="simulation")


def _pictures(tables: Mapping[str, pd.DataFrame]) -> list[Output]:
    """What the pictures of the operations book are drawn from."""
    return [Output(name, tables[name]) for name in ("resource_load", "demand_served")]


def _as_answered(rows: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with what people answered in the place of what is proposed.

    An answer is a person's where it has a note or a plan of their own, or is not *accept*, which a book is issued with.
    """
    proposed = own["note"].str.startswith(PROPOSED) | ((own["response"] == "accept") & (own["note"] == ""))
    given = own[(own["response"] != "") & (~proposed | own["operations_plan"].notna())]
    given = given.set_index(["family", "period"])
    keys = pd.MultiIndex.from_frame(rows[["family", "period"]])
    answered = keys.isin(given.index)
    kept = given.reindex(keys)
    return rows.assign(**{name: rows[name].where(~answered, kept[name].to_numpy()) for name in _PROPOSED})


def options(work: Work) -> Answer:
    """Solve every option people listed and those the plan suggests: each alone, all listed together, the best two."""
    inputs, plan, issues = planned(work, Explain.RELIEFS, progress=within(work.progress, 0.0, 0.5))
    scenarios = _levers(inputs, plan)
    results = solve_scenarios(plan, scenarios, within(work.progress, 0.5, 1.0))
    table = _effects(results)
    outputs = (Output("option_effects", table),)
    if len(table) < 2:
        message = "There is no option to solve: the plan has no gap and none is listed on the sheet Options."
        return Answer(message, (*issues, *plan.issues), outputs)
    best = table.iloc[0]
    if best["option"] == BASE:
        message = f"{len(table) - 1} options solved; none improves the margin of the base plan."
    else:
        message = (
            f"{len(table) - 1} options solved. '{best['title']}' gains most: margin {best['margin_effect']:+,.0f} "
            f"{inputs.settings['currency']}, gap {best['gap_closed']:,.0f} units smaller."
        )
    return Answer(message, (*issues, *plan.issues), outputs, show="option_effects")


def _levers(inputs: PlanningInputs, plan: Plan) -> tuple[Scenario, ...]:
    options = tuple(listed_options(inputs))
    listed = [as_choice(option) for option in options]
    listed += [as_choice(*options)] if len(options) > 1 else []
    suggested = choices(inputs, plan.solved.tables["reliefs"])
    by_name = {scenario.name: scenario for scenario in (Scenario(BASE, "Base plan"), *listed, *suggested)}
    return tuple(by_name.values())


def _effects(results: dict[str, ScenarioResult]) -> pd.DataFrame:
    base = figures(results[BASE])
    records = []
    for name, result in results.items():
        own = figures(result)
        records.append(
            {
                "option": name.removeprefix(f"{BASE} + "),
                "title": result.scenario.title.removeprefix("Base plan + "),
                "status": result.plan.status,
                "margin_effect": _less(own["gross_margin"], base["gross_margin"]),
                "gap_closed": _less(base["gap_units"], own["gap_units"]),
                **{figure: own[figure] for figure in _FIGURES},
            }
        )
    table = frames.rows("option_effects", records)
    return table.sort_values("margin_effect", ascending=False, kind="stable", ignore_index=True)


def _less(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first - second


def _best_first(reliefs: pd.DataFrame) -> pd.DataFrame:
    return reliefs.sort_values(["margin_effect", "relief"], ascending=[False, True], kind="stable", ignore_index=True)


def _said(plan: Plan, gap: float) -> str:
    if gap < 1:
        return "All demand is feasible."
    text = f"{gap:,.0f} units cannot be delivered on time."
    gaps, reliefs = plan.solved.tables["gaps"], plan.solved.tables["reliefs"]
    if len(gaps):
        worst = gaps.groupby("cause")["gap_value"].sum().sort_values(ascending=False)
        text += f" Most of it: {worst.index[0]}."
    helpful = by_cost(reliefs)
    if len(helpful):
        best = helpful.iloc[0]
        text += f" Cheapest relief: {best['relief']} closes {best['gap_closed']:,.0f}."
    return text
