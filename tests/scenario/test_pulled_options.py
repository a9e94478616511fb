"""An option pulled in the tables and solved anew earns what the supply plan said the lever would."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest
from ledger import planning

from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.scenario.drivers import apply
from sop_xl.scenario.options import choices, listed_options, suggested_options
from sop_xl.scenario.scenario import Kind
from sop_xl.schema.frames import empty
from sop_xl.supply.explain import Explain
from sop_xl.supply.plan import solve

SHORT = """
demand: product location channel period units
        A Plant ALL 2026-01 100 / A Plant ALL 2026-02 160 / A Plant ALL 2026-03 200
        B Plant ALL 2026-01 30  / B Plant ALL 2026-02 60  / B Plant ALL 2026-03 60
products: product family / A Tools / B Toys
price_cost: product price conversion_cost material_cost / A 50 4 0 / B 60 5 10
inventory_policy: product holding_cost backorder_cost lost_sale_cost / ALL 1 3 5
resources: resource location hours shifts cost_per_hour overtime_max overtime_cost
           R Plant 150 2 6 0 9
           Q Plant 70  1 2 0 0
routings: product resource hours_per_unit / A R 1 / B R 0.5 / B Q 1
materials: item supplier unit_cost lead_time period_limit on_hand
           steel north 3 1 90 150
           steel south 4 0 20 0
bom: product item quantity / A steel 1
outsourcing: product location partner cost_per_unit limit / Toys Plant mill 45 5
options: option lever target quantity cost_per_unit fixed_cost from_period to_period
         Saturday overtime R 12 9 100 2026-02 -
         Crew add~capacity Q 20 3 0 - 2026-02
         Foundry outsource Tools 10 30 0 2026-02 2026-03
         Express expedite~material steel 15 8 20 2026-03 -
         Wait accept~shortfall - - 0 0 - -
"""
SHORT_OF_HOURS = (
    SHORT.replace("steel north 3 1 90 150", "steel north 3 0 - 150")
    .replace("Q Plant 70  1 2 0 0", "Q Plant -  1 2 0 0")
    .replace("R Plant 150 2 6 0 9", "R Plant 110 2 6 10 9")
    + "workforce: workforce resource opening_workers hours_per_worker wage max_workers / crew Q 2 20 100 2"
)
"""Steel enough; R has fewer hours, and Q only those of its two people."""


@cache
def base(case: str = SHORT) -> tuple[PlanningInputs, SolvedPlan]:
    inputs = planning(case)
    return inputs, solve(inputs, inputs["demand"], explain=Explain.RELIEFS)


def profit(plan: SolvedPlan) -> float:
    earned = plan.kpis["profit"]
    assert plan.status == "optimal" and earned is not None
    return earned


@pytest.mark.parametrize("case", [SHORT, SHORT_OF_HOURS], ids=["steel is short", "hours are short"])
def test_every_relief_of_the_plan_can_be_pulled_and_earns_what_it_promised(case: str) -> None:
    inputs, plan = base(case)
    reliefs = plan.tables["reliefs"]
    known = {option.name: option for option in (*listed_options(inputs), *suggested_options(inputs))}
    alone = reliefs[reliefs["levers"] == 1]
    assert set(alone["relief"]) <= set(known), "suggestions bear the names of the supply plan"
    helpful = alone[alone["gap_closed"] > 0]
    assert len(helpful) >= 4
    gap = plan.kpis["gap_units"]
    for row in helpful.itertuples(index=False):
        option = known[str(row.relief)]
        pulled = solve(apply(inputs, [option]), inputs["demand"], explain=Explain.NOTHING)
        gain = profit(pulled) - option.fixed_cost - profit(plan)
        assert gain == pytest.approx(row.margin_effect, rel=1e-4, abs=0.5), row.relief
        closed = pulled.kpis["gap_units"]
        assert gap is not None and closed is not None
        assert gap - closed == pytest.approx(row.gap_closed, abs=0.5), row.relief


def test_two_levers_together_earn_what_both_pulled_in_the_tables_do() -> None:
    inputs, plan = base(SHORT_OF_HOURS)
    reliefs = plan.tables["reliefs"]
    known = {option.name: option for option in (*listed_options(inputs), *suggested_options(inputs))}
    pairs = reliefs[(reliefs["levers"] == 2) & (reliefs["gap_closed"] > 0)]
    assert len(pairs) >= 3 and (reliefs["levers"] > 2).sum() == 1
    stands = reliefs.set_index("relief").loc["Plan as it stands"]
    assert stands["total_cost"] == pytest.approx(plan.kpis["total_cost"])
    assert stands["fill_rate"] == pytest.approx(plan.kpis["fill_rate"])
    for row in pairs.itertuples(index=False):
        both = [known[name] for name in str(row.relief).split(" + ")]
        pulled = solve(apply(inputs, both), inputs["demand"], explain=Explain.NOTHING)
        gain = profit(pulled) - row.fixed_cost - profit(plan)
        assert gain == pytest.approx(row.margin_effect, rel=1e-4, abs=0.5), row.relief
        assert pulled.kpis["fill_rate"] == pytest.approx(row.fill_rate, abs=1e-3), row.relief


def test_an_option_is_pulled_between_its_buckets_only() -> None:
    inputs, _ = base()
    options = {option.name: option for option in listed_options(inputs)}
    pulled = solve(apply(inputs, [options["Crew"]]), inputs["demand"], explain=Explain.NOTHING)
    load = pulled.tables["resource_load"]
    hours = load[load["resource"] == "Crew"].set_index("period")["available_hours"]
    assert hours.tolist() == pytest.approx([20, 20, 0])
    shut = apply(inputs, [options["Foundry"]])["supply_calendar"]
    assert shut[["kind", "code", "available_pct"]].to_numpy().tolist() == [["partner", "Foundry", 0.0]]
    assert shut["period"].tolist() == [pd.Timestamp("2026-01-01")]


def test_the_best_reliefs_become_choices_and_the_best_two_one_together() -> None:
    inputs, plan = base()
    reliefs = plan.tables["reliefs"]
    found = choices(inputs, reliefs)
    assert {scenario.kind for scenario in found} == {Kind.CHOICE}
    assert len({scenario.name for scenario in found}) == len(found)
    *alone, together = found
    assert 1 <= len(alone) <= 3
    reliefs = reliefs[reliefs["levers"] == 1]
    best = reliefs[reliefs["gap_closed"] > 0].sort_values("margin_effect", ascending=False)["relief"].tolist()
    assert alone[0].drivers[0].name == best[0]
    assert [driver.name for driver in together.drivers] == best[:2]
    cheapest = reliefs[reliefs["gap_closed"] > 0].sort_values("cost_per_unit")["relief"].iloc[0]
    assert cheapest in {scenario.drivers[0].name for scenario in alone}


def test_without_a_gap_there_is_nothing_to_choose() -> None:
    assert choices(planning(SHORT), empty("reliefs")) == ()
