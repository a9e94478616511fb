"""Scenarios side by side: what may be recommended, how the score is made, and what events do to the base plan."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger import planning, solved

from sop_xl.finance.pnl import profit_and_loss
from sop_xl.scenario.compare import WEIGHED, closeness, compare, rank
from sop_xl.scenario.recommendation import _service, recommendation
from sop_xl.scenario.result import ScenarioResult
from sop_xl.scenario.scenario import Driver, Option, Scenario

INPUTS = """
demand: product location channel period units / A Plant ALL 2026-01 100 / A Plant ALL 2026-02 100
products: product family / A Tools
price_cost: product price material_cost co2_per_unit / A 10 {cost} 2
inventory_policy: product holding_cost / ALL 0
settings: setting value / currency EUR
"""
PLAN = """
sales_plan: product location channel period  demand   delivered   on_time   price revenue
            A       Plant    ALL     2026-01 {demand} {delivered} {on_time} 10    {revenue}
inventory_plan: product location period  opening_stock produced    outsourced closing_stock stock_value
                A       Plant    2026-01 0             {delivered} 0          {stock}       {value}
                A       Plant    2026-02 {stock}       0           0          {stock}       {value}
resource_load: resource period utilisation / R 2026-01 0.8 / R 2026-02 0.95
"""
OUTAGE = Driver("resource_down", "R", 0.0, 0, 0, False)
MORE = Driver("capacity_pct", "R", 0.2, 0, 1, True)


def outcome(
    scenario: Scenario, demand: float = 100, on_time: float = 80, cost: float = 4, stock: float = 0, late: float = 0
) -> ScenarioResult:
    """A solved scenario: revenue 10 a unit delivered, margin 10 − cost."""
    inputs = planning(INPUTS.format(cost=cost))
    delivered = on_time + late
    text = PLAN.format(
        demand=demand, on_time=on_time, delivered=delivered, revenue=10 * delivered, stock=stock, value=cost * stock
    )
    plan = solved(text)
    return ScenarioResult(scenario, inputs, plan, profit_and_loss(inputs, plan))


BASE = outcome(Scenario("base", "Base plan"))
RELIEF = outcome(Scenario("more", "Base + more hours", "base", (MORE,)), on_time=95, cost=4.2)
BOOM = outcome(Scenario("boom", "Demand +50%", "base", (Driver("demand_pct", "ALL", 0.5, 0, 1, True),)), 150, 150)
FAILS = outcome(Scenario("fails", "R fails", "base", (OUTAGE,)), on_time=20)
REPAIRED = outcome(Scenario("repaired", "R fails + more hours", "fails", (OUTAGE, MORE), inherited=1), on_time=50)


def solved_set(*results: ScenarioResult) -> dict[str, ScenarioResult]:
    return {result.scenario.name: result for result in results}


def test_figures_of_one_scenario_by_hand() -> None:
    pulled = Scenario("pulled", "Base + overtime", "base", (Option("overtime", "overtime", "R", 9, 1, 30, 0, 1),))
    result = outcome(pulled, demand=100, on_time=70, late=10, stock=5)
    row = compare({"pulled": result}, result.inputs.settings).iloc[0]
    assert row["demand_units"] == 100
    assert row["revenue"] == 800
    assert row["gross_margin"] == pytest.approx(80 * 6 - 30)
    assert row["margin_pct"] == pytest.approx(450 / 800)
    assert row["fill_rate"] == pytest.approx(0.7)
    assert row["gap_units"] == pytest.approx(30)
    assert row["stock_value"] == pytest.approx(20)
    assert row["peak_load"] == 0.95
    assert row["cash"] == pytest.approx(480 - 20 - 30)
    assert row["co2"] == pytest.approx(80 * 2 / 1000)


def test_an_event_is_never_recommended_however_good_it_looks() -> None:
    table = compare(solved_set(BASE, BOOM, FAILS), BASE.inputs.settings).set_index("scenario")
    assert table["gross_margin"].to_dict() == pytest.approx({"base": 480, "boom": 900, "fails": 120})
    assert table.index[table["recommended"]].tolist() == ["base"]
    assert table.index[table["pareto"]].tolist() == ["base"]
    assert table.loc["base", "score"] == pytest.approx(100)
    assert table.loc["fails", "score"] < 60


def test_a_choice_that_pays_is_recommended_and_the_score_is_the_weighted_closeness() -> None:
    settings_ = {**BASE.inputs.settings, "stock_weight": 0.0, "co2_weight": 0.0}
    table = compare(solved_set(BASE, RELIEF, BOOM), settings_).set_index("scenario")
    assert table.loc["more", "score"] == pytest.approx(100), "best in fill rate, margin and cash"
    assert table.loc["base", "score"] == pytest.approx(0), "worst in all of them"
    middle = outcome(Scenario("mid", "Half way", "base", (MORE,)), on_time=90, cost=4.1)
    table = compare(solved_set(BASE, RELIEF, middle), settings_).set_index("scenario")
    money = (90 * 5.9 - 480) / (95 * 5.8 - 480)
    assert table.loc["mid", "score"] == pytest.approx(100 * (0.4 * money + 0.3 * 10 / 15 + 0.1 * money) / 0.8)
    assert table.index[table["recommended"]].tolist() == ["more"]
    assert table["pareto"].to_dict() == {"base": False, "more": True, "mid": False}


def test_weights_decide_and_a_dominated_plan_is_not_pareto() -> None:
    lean = outcome(Scenario("lean", "Lean", "base", (MORE,)), on_time=78, stock=50)
    rich = outcome(Scenario("rich", "Rich", "base", (MORE,)), on_time=90, stock=100)
    poor = outcome(Scenario("poor", "Poor", "base", (MORE,)), on_time=70, stock=100)
    weights = dict.fromkeys(("service_weight", "margin_weight", "stock_weight", "cash_weight", "co2_weight"), 0.0)
    results = solved_set(lean, rich, poor)
    table = compare(results, {**weights, "service_weight": 1.0, "stock_weight": 0.2}).set_index("scenario")
    assert table.index[table["recommended"]].tolist() == ["rich"]
    assert table["pareto"].to_dict() == {"lean": True, "rich": True, "poor": False}
    other = compare(results, {**weights, "service_weight": 0.2, "stock_weight": 1.0}).set_index("scenario")
    assert other.index[other["recommended"]].tolist() == ["lean"]


def test_a_scenario_without_a_plan_is_shown_and_not_compared() -> None:
    broken = ScenarioResult(
        Scenario("broken", "No plan", "base", (MORE,)),
        BASE.inputs,
        solved("", status="infeasible data"),
        pd.DataFrame(),
    )
    table = compare(solved_set(BASE, broken), BASE.inputs.settings).set_index("scenario")
    assert table.loc["broken", "status"] == "infeasible data"
    assert pd.isna(table.loc["broken", "score"]) and pd.isna(table.loc["broken", "gross_margin"])
    assert table.index[table["recommended"]].tolist() == ["base"]


def test_of_equal_plans_the_base_plan_is_recommended() -> None:
    twin = replace(BASE, scenario=Scenario("a-twin", "Twin", "base", (MORE,)))
    table = compare(solved_set(twin, BASE), BASE.inputs.settings).set_index("scenario")
    assert table.index[table["recommended"]].tolist() == ["base"]


amount = st.floats(-1e9, 1e9)


@given(value=amount, best=amount, more=st.booleans())
def test_closeness_lies_between_0_and_1_and_is_1_at_the_best(value: float, best: float, more: bool) -> None:
    assert 0 <= closeness(value, best, 5.0, more) <= 1
    assert closeness(best, best, 5.0, more) == 1


def test_a_difference_nobody_would_act_on_does_not_decide() -> None:
    """A tenth of a point of fill rate does not outweigh half of the stock, though weighted three times as much."""
    figures = {"gross_margin": 1000.0, "cash": 1000.0, "co2": 5.0}
    found = {
        "base": {**figures, "fill_rate": 0.990, "stock_value": 100.0},
        "stocked": {**figures, "fill_rate": 0.991, "stock_value": 150.0},
    }
    ranking = rank(found, list(found), BASE.inputs.settings)
    assert ranking.recommended == "base"
    assert ranking.scores["stocked"] == pytest.approx(90)
    assert ranking.scores["base"] == pytest.approx(100 - 30 * 0.001 / 0.01)


figures_of_a_plan = st.fixed_dictionaries(
    {
        "fill_rate": st.floats(0, 1),
        "gross_margin": amount,
        "stock_value": st.floats(0, 1e9),
        "cash": amount,
        "co2": st.one_of(st.none(), st.floats(0, 1e6)),
    }
)


@given(
    found=st.dictionaries(st.sampled_from(["base", "b", "c", "d", "e"]), figures_of_a_plan, min_size=1),
    weights=st.tuples(*[st.sampled_from([0.0, 0.1, 1.0])] * 5),
)
def test_the_recommended_plan_is_always_on_the_pareto_front(
    found: dict[str, dict[str, float | None]], weights: tuple[float, ...]
) -> None:
    ranking = rank(found, list(found), dict(zip(WEIGHED, weights, strict=True)))
    assert ranking.recommended in ranking.pareto
    known = {name: score for name, score in ranking.scores.items() if score is not None}
    assert all(0 <= score <= 100 + 1e-9 for score in known.values())
    if known:
        assert known[ranking.recommended or ""] >= max(known.values()) - 1e-6, "no plan scores higher"


def test_the_recommendation_says_why_and_what_could_still_happen() -> None:
    results = solved_set(BASE, RELIEF, BOOM, FAILS, REPAIRED)
    found = recommendation(compare(results, BASE.inputs.settings), results, BASE.inputs.settings)
    assert found.scenario == "more"
    assert found.text == "Take 'Base + more hours': gross margin 551 EUR, fill rate 95.0 %."
    said = " ".join(found.reasons)
    assert "under the weights fill rate 30 %, " in said
    assert "gross margin +71 EUR, fill rate +15.0 points" in said
    assert "'R fails' costs the base plan most: gross margin −360 EUR, fill rate −60.0 points." in said
    assert "If 'R fails' comes, 'R fails + more hours' brings back 180 EUR." in said
    assert [exposure.scenario for exposure in found.exposures] == ["fails", "boom"]
    assert found.exposures[1].margin_effect == pytest.approx(420)


def test_with_nothing_to_choose_the_base_plan_is_taken_and_says_so() -> None:
    results = solved_set(BASE, BOOM)
    found = recommendation(compare(results, BASE.inputs.settings), results, BASE.inputs.settings)
    assert found.scenario == "base"
    assert found.reasons[0].startswith("It is the only plan among those solved that is ours to choose")
    assert found.reasons[1] == "Of 1 event solved none costs the base plan margin."


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (1.0, "fill rate 100.0 %"),
        (1 - 1e-9, "fill rate 100.0 %"),
        (0.99999, "fill rate 99.99 %"),
        (0.9996, "fill rate 99.96 %"),
        (0.9734, "fill rate 97.3 %"),
    ],
)
def test_a_fill_rate_is_whole_but_for_the_noise_of_the_solver(rate: float, words: str) -> None:
    assert _service(rate) == words


def test_a_scenario_the_solver_found_no_plan_for_in_time_has_no_figures() -> None:
    late = replace(RELIEF, plan=replace(RELIEF.plan, status="time limit", objective=None))
    row = compare({"base": BASE, "more": late}, BASE.inputs.settings).set_index("scenario").loc["more"]
    assert pd.isna(row[["revenue", "gross_margin", "fill_rate", "cash"]].astype(float)).all()
    assert not row["recommended"]
