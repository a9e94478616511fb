"""The profit and loss of solved plans ties out to what the supply plan earns and pays, and to a published case."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger import planning

from sop_xl.finance.cash import cash_flow
from sop_xl.finance.kpis import financial_kpis, kpi
from sop_xl.finance.pnl import profit_and_loss
from sop_xl.finance.premium import supply_premium
from sop_xl.finance.standard import item_costs, standard_rates
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.supply.explain import Explain
from sop_xl.supply.plan import solve
from sop_xl.supply.rates import rates
from sop_xl.supply.sourcing import bills_of

EVERYTHING = """
calendar: period kind / 2026-01-01 month / 2026-02-01 month / 2026-03-01 month
demand: product location channel period units
        A Shop ALL 2026-01 {a} / A Shop ALL 2026-02 160 / A Shop ALL 2026-03 200
        B Plant ALL 2026-01 30 / B Plant ALL 2026-02 {b} / B Plant ALL 2026-03 60
products: product family / A Tools / B Toys / P Parts
locations: location / Plant / Shop
inventory: product location on_hand / A Plant 20 / P Plant 5
price_cost: product period price rebate_pct material_cost conversion_cost freight_cost
            A - 50 0.1 0 4 1 / A 2026-03 55 0.1 0 4.5 1 / B - 60 0 10 5 2 / P - 0 0 2 1 0
inventory_policy: product location min_stock holding_cost holding_pct
                  Tools ALL 5 1 - / ALL Plant 0 - 0.24
resources: resource location hours cost_per_hour overtime_max overtime_cost subcontract_max subcontract_cost
           R Plant 150 6 20 9 10 12 / Q Plant - 2 0 0 0 0
workforce: workforce resource opening_workers hours_per_worker wage overtime_max overtime_cost hiring_cost layoff_cost
           crew Q 2 20 100 5 8 40 60
routings: product operation resource hours_per_unit yield_pct cost_per_unit setup_cost setup_hours
          A 10 R 0.5 0.9 0.5 0 0 / A 20 Q 0.1 0.95 0 0 0 / B 10 R 0.5 1 0 30 2 / P 10 Q 0.05 0.98 0 0 0
materials: item supplier unit_cost lead_time period_limit on_hand holding_cost
           steel north 3 1 {limit} 150 0.1 / steel south 4 0 60 0 0.1
bom: product item quantity / A steel 1 / A P 2
outsourcing: product location partner cost_per_unit limit / Toys Plant mill 45 5 / Toys Plant forge 48 -
lanes: from_location to_location lead_time cost / Plant Shop 0 1.5
"""


def paid(plan: SolvedPlan) -> float:
    """What the plan pays, without the prices of late and lost units, which nobody is paid."""
    lines = {name: value for name, value in plan.kpis.items() if name.startswith("cost_") and value is not None}
    return sum(lines.values()) - lines["cost_backorder"] - lines["cost_lost_sales"]


def at_material_and_conversion(inputs: PlanningInputs, plan: SolvedPlan) -> pd.DataFrame:
    """Opening and closing stock of each product, bucket by bucket, at material + conversion of the bucket."""
    unit = standard_rates(inputs)
    unit = unit.assign(cost=unit["material_cost"] + unit["conversion_cost"])[["product", "period", "cost"]]
    return plan.tables["inventory_plan"].merge(unit, on=["product", "period"])


def supplied_less_used_at_standard(inputs: PlanningInputs, plan: SolvedPlan) -> float:
    """Standard cost of the units made or bought, less that of units sold and used: what margin leaves on stock."""
    stock = at_material_and_conversion(inputs, plan)
    change = stock["produced"] + stock["outsourced"] - stock["consumed"] - stock["delivered"]
    return float((change * stock["cost"]).sum())


def steel_left_at_standard(inputs: PlanningInputs, plan: SolvedPlan) -> float:
    """Steel bought less steel used, at the price of the cheapest supplier."""
    items = plan.tables["material_plan"]
    ordered, used = items.groupby("item")["ordered"].sum(), items.groupby("item")["consumed"].sum()
    return float(((ordered - used) * item_costs(inputs)).sum())


@settings(deadline=None, max_examples=8)
@given(a=st.integers(20, 250), b=st.integers(0, 150), limit=st.integers(60, 400))
def test_margin_less_stock_built_is_what_was_earned_less_what_was_paid(a: int, b: int, limit: int) -> None:
    inputs = planning(EVERYTHING.format(a=a, b=b, limit=limit))
    plan = solve(inputs, inputs["demand"], explain=Explain.NOTHING)
    table = profit_and_loss(inputs, plan)
    built = supplied_less_used_at_standard(inputs, plan) + steel_left_at_standard(inputs, plan)
    earned = (plan.kpis["revenue"] or 0) - (plan.kpis["rebates"] or 0)
    margin = table["gross_margin"].sum() - table["holding"].sum()
    assert margin == pytest.approx(earned - paid(plan) + built, rel=1e-6, abs=0.01)
    assert table["holding"].sum() == pytest.approx(plan.kpis["cost_holding"], rel=1e-6, abs=0.01)
    assert table["freight"].sum() == pytest.approx(plan.kpis["cost_freight"], rel=1e-6, abs=0.01)


def test_each_part_of_the_premium_is_what_the_plan_says_it_pays() -> None:
    inputs = planning(EVERYTHING.format(a=180, b=90, limit=400).replace("R Plant 150", "R Plant 70"))
    plan = solve(inputs, inputs["demand"], explain=Explain.NOTHING)
    parts = supply_premium(inputs, plan).groupby("component")["amount"].sum()
    told = {name: plan.kpis[f"cost_{name}"] or 0 for name in ("overtime", "wages", "hiring", "layoff", "setup")}
    assert min(told["overtime"], told["wages"], told["setup"]) > 0, "the case uses them"
    assert parts["overtime"] == pytest.approx(told["overtime"])
    assert parts["wages"] == pytest.approx(told["wages"])
    assert parts.get("hiring and layoff", 0.0) == pytest.approx(told["hiring"] + told["layoff"])
    assert parts["setups"] == pytest.approx(told["setup"])
    assert parts.get("bought hours", 0.0) == pytest.approx(plan.kpis["cost_subcontract"] or 0)


def test_finance_and_supply_see_the_same_rates() -> None:
    inputs = planning(EVERYTHING.format(a=1, b=1, limit=1))
    ours = standard_rates(inputs).set_index("product")
    theirs, _ = rates(inputs, ["A", "B", "P"], bills_of(inputs))
    for product, rate in theirs.items():
        assert ours.loc[product, "price"].tolist() == list(rate.price)
        assert ours.loc[product, "conversion_cost"].tolist() == list(rate.conversion)
        assert ours.loc[product, "standard_cost"].tolist() == pytest.approx(list(rate.standard))
        assert ours.loc[product, "freight_cost"].tolist() == list(rate.freight)


def test_red_tomato_earns_its_published_profit() -> None:
    """Chopra & Meindl, Supply Chain Management, aggregate planning: profit of the base plan 217,725."""
    months = [f"2026-0{m}" for m in range(1, 7)]
    demand = " / ".join(f"Rake {m} {q}" for m, q in zip(months, [1600, 3000, 3200, 3800, 2200, 2200], strict=True))
    inputs = planning(f"""
        demand: product period units / {demand}
        products: product family / Rake Garden
        settings: setting value / shortage backorder / rates_per bucket
        price_cost: product price material_cost / Rake 40 10
        inventory: product location on_hand / Rake SITE 1000
        inventory_policy: product min_stock ending_stock holding_cost backorder_cost / ALL 0 500 2 5
        resources: resource location / Line SITE
        routings: product location resource hours_per_unit / Rake SITE Line 4
        workforce: workforce resource opening_workers wage overtime_max overtime_cost hiring_cost layoff_cost
                   crew Line 80 640 10 6 300 500
        outsourcing: product location cost_per_unit / Rake SITE 30
    """)
    plan = solve(inputs, inputs["demand"], explain=Explain.NOTHING)
    table = profit_and_loss(inputs, plan)
    assert table["units"].sum() == pytest.approx(16000)
    cash = kpi(financial_kpis(inputs, plan, table), "cash")
    assert cash is not None
    late = plan.kpis["cost_backorder"] or 0.0
    # Stock falls from 1000 to 500: the units made are 500 fewer than those sold, and the material was paid before.
    assert cash - late == pytest.approx(217_725, abs=1)
    assert cash == pytest.approx(cash_flow(inputs, plan, table)["cash"].sum())
    growth = (table["stock_value"].groupby(table["period"]).sum().iloc[-1]) - 1000 * 10
    assert table["gross_margin"].sum() - table["holding"].sum() - growth == pytest.approx(cash)
