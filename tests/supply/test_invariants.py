"""What holds in every plan, whatever the data: random small companies, solved and checked from their tables."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sop_xl.model.plan import PlanningInputs, SolvedPlan

from .case import MONTHS, asked, inputs, planned
from .recompute import recomputed

PERIODS = 4
units = st.integers(0, 40)
maybe = st.booleans()


@st.composite
def companies(draw: st.DrawFn) -> dict[str, Any]:
    """A plant and a market a lane apart, two products, a machine with people, a bought item and a partner."""
    money = st.integers(1, 9)
    staffed, in_lots = draw(maybe), draw(maybe)
    machine = {
        "resource": "M",
        "location": "P",
        "hours": None if staffed and draw(maybe) else draw(st.integers(0, 60)),
        "overtime_max": draw(st.integers(0, 10)),
        "overtime_cost": draw(st.integers(3, 9)),
        "subcontract_max": draw(st.integers(0, 5)),
        "subcontract_cost": draw(st.integers(5, 12)),
        "cost_per_hour": draw(st.integers(0, 2)),
    }
    crew = {
        "workforce": "CREW",
        "resource": "M",
        "opening_workers": draw(st.integers(0, 6)),
        "hours_per_worker": 8,
        "wage": draw(st.integers(1, 20)),
        "overtime_max": draw(st.integers(0, 2)),
        "overtime_cost": draw(money),
        "hiring_cost": draw(money),
        "layoff_cost": draw(money),
        "min_workers": draw(st.integers(0, 2)),
        "max_workers": draw(st.sampled_from([None, 3, 8])),
        "max_hires": draw(st.sampled_from([None, 1])),
        "attrition_pct": draw(st.sampled_from([0, 0.1])),
        "idle_cost": draw(st.sampled_from([None, 2])),
        "short_time_max": draw(st.sampled_from([0, 2])),
        "short_time_cost": 1,
    }
    routing = {
        product: {
            "product": product,
            "location": "P",
            "resource": "M",
            "hours_per_unit": draw(st.sampled_from([0.5, 1, 2])),
            "yield_pct": draw(st.sampled_from([1, 0.8])),
            "cost_per_unit": draw(st.integers(0, 2)),
            "setup_cost": draw(st.integers(0, 20)) if in_lots else 0,
            "setup_hours": draw(st.integers(0, 3)) if in_lots else 0,
            "min_lot": draw(st.sampled_from([0, 5])) if in_lots else 0,
        }
        for product in "AB"
    }
    policy = {
        "holding_cost": draw(st.sampled_from([0, 0.5, 1])),
        "backorder_cost": draw(money),
        "lost_sale_cost": draw(st.integers(0, 5)),
        "shortfall_cost": draw(st.integers(0, 4)),
        "min_stock": draw(st.integers(0, 10)),
        "max_stock": draw(st.sampled_from([15, 50])),
        "ending_stock": draw(st.integers(0, 10)),
        "shelf_life": draw(st.sampled_from([None, None, 1, 2])),
        "disposal_cost": draw(st.integers(0, 3)),
    }
    decided = {
        "capacity_steps": [
            {
                "step": "MORE",
                "target": "M",
                "size": draw(st.integers(5, 20)),
                "most": 2,
                "kind": draw(st.sampled_from(["lasting", "by bucket"])),
                "fixed_cost": draw(st.integers(0, 60)),
                "cost_per_month": draw(st.integers(0, 9)),
                "lead_time": draw(st.sampled_from([0, 1])),
            }
        ],
        "maintenance": [{"job": "SERVICE", "resource": "M", "hours": 7, "cost_per_machine": 3}],
        "smoothing": [{"product": "A", "opening_rate": 5, "rise_cost": 1, "fall_cost": 0.5}],
        "lane_loads": [{"from_location": "P", "to_location": "D", "fixed_cost": draw(st.integers(0, 30))}],
        "location_limits": [{"location": "P", "handling_cost": draw(st.integers(0, 2)), "throughput": 90}],
        "market_limits": [{"product": "B", "max_sales": draw(st.sampled_from([None, 35]))}],
        "routing_calendar": [
            {"product": "A", "resource": "M", "period": MONTHS[1], "cost_per_unit": 3, "setup_cost": 4 * in_lots}
        ],
        "plan_limits": [{"kind": "co2", "most": 0.4}],
    }
    decided = {name: rows for name, rows in decided.items() if draw(maybe)}
    demand = []
    for product in "AB":
        price = draw(st.integers(5, 40))
        for place in ("P", "D"):
            wanted = draw(st.lists(units, min_size=PERIODS, max_size=PERIODS))
            demand += asked(product, wanted, price=price, location=place, channel="ALL")
    item = {
        "item": "STEEL",
        "unit_cost": draw(money),
        "lead_time": draw(st.integers(0, 2)),
        "period_limit": draw(st.sampled_from([None, 20])),
        "moq": draw(st.sampled_from([0, 15])) if in_lots else 0,
        "on_hand": draw(units),
        "on_order": draw(units),
        "in_transit": draw(units),
        "holding_cost": draw(st.sampled_from([0, 0.2])),
    }
    parts = [{"product": "A", "item": "STEEL", "quantity": draw(st.sampled_from([1, 2]))}] if draw(maybe) else []
    if draw(maybe):
        parts.append({"product": "B", "item": "A", "quantity": 1})
    return {
        "settings": {
            "rates_per": draw(st.sampled_from(["bucket", "month"])),
            "objective": draw(st.sampled_from(["profit", "cost"])),
            "shortage": draw(st.sampled_from(["backorder", "lost_sales"])),
            "integer_workforce": "yes" if draw(maybe) else "no",
            "co2_price": draw(st.sampled_from([0, 50])),
        },
        "calendar": [
            {"period": day, "kind": "month" if t < PERIODS - 1 else draw(st.sampled_from(["month", "quarter"]))}
            for t, day in enumerate(MONTHS[:PERIODS])
        ],
        "demand": demand,
        "resources": [machine],
        "routings": list(routing.values()),
        "workforce": [crew] if staffed else [],
        "bom": parts,
        "materials": [item],
        "lanes": [
            {
                "from_location": "P",
                "to_location": "D",
                "lead_time": draw(st.integers(0, 1)),
                "cost": draw(money),
                "limit": draw(st.sampled_from([None, 30])),
                "co2_per_unit": 2,
            }
        ],
        "outsourcing": [{"product": "A", "location": "D", "cost_per_unit": draw(st.integers(3, 20)), "limit": 8}]
        if draw(maybe)
        else [],
        "inventory": [{"product": "A", "location": "P", "on_hand": draw(units)}],
        "scheduled_receipts": [{"product": "B", "location": "D", "period": "2026-02-01", "quantity": draw(units)}],
        **decided,
        "inventory_policy": [policy],
        "price_cost": [
            {
                "product": product,
                "price": 1,
                "material_cost": draw(money),
                "conversion_cost": draw(st.integers(0, 3)),
                "freight_cost": draw(st.integers(0, 2)),
                "rebate_pct": draw(st.sampled_from([0, 0.1])),
                "co2_per_unit": 3,
            }
            for product in "AB"
        ],
    }


def close(left: pd.Series, right: pd.Series) -> bool:
    return bool(((left - right).abs() < 1e-5 * (1 + left.abs())).all())


def check_stock(plan: SolvedPlan) -> None:
    stock = plan.tables["inventory_plan"]
    flow = stock["opening_stock"] + stock["produced"] + stock["outsourced"] + stock["scheduled"] + stock["received"]
    flow = flow - stock["sent"] - stock["consumed"] - stock["delivered"] - stock["expired"]
    assert close(flow, stock["closing_stock"]), "closing = opening + in − out"
    before = stock.groupby(["product", "location"])["closing_stock"].shift()
    assert close(stock["opening_stock"], before.fillna(stock["opening_stock"]))
    assert (stock.drop(columns=["family", "product", "location", "period"]).min() >= 0).all()


def check_sales(plan: SolvedPlan) -> None:
    sales, gaps = plan.tables["sales_plan"], plan.tables["gaps"]
    before = sales.groupby(["product", "location", "channel"])["backlog"].shift().fillna(0.0)
    assert close(sales["delivered"] + sales["backlog"] - before + sales["lost"], sales["demand"])
    late, lost = gaps["late"].sum(), gaps["lost"].sum()
    assert sales["demand"].sum() == pytest.approx(sales["on_time"].sum() + late + lost, abs=1e-3)
    assert lost == pytest.approx(sales["lost"].sum(), abs=1e-3)
    assert (sales["on_time"] <= sales["demand"] + 1e-6).all() and (sales["on_time"] <= sales["delivered"] + 1e-6).all()


def check_capacity(given: PlanningInputs, plan: SolvedPlan) -> None:
    load, machine = plan.tables["resource_load"], given["resources"].iloc[0]
    lengths = [given.period_length(t) for t in range(PERIODS)]
    most = [machine["overtime_max"] * length for length in lengths]
    if machine["hours"] == machine["hours"]:
        assert (load["overtime_hours"].to_numpy() <= pd.Series(most) + 1e-6).all()
    assert (
        load["planned_hours"] <= load["available_hours"] + load["overtime_hours"] + load["subcontract_hours"] + 1e-4
    ).all()
    made = plan.tables["production_plan"].groupby("period")["hours"].sum()
    assert close(
        load.set_index("period")["planned_hours"].sub(made, fill_value=0.0),
        0 * load.set_index("period")["planned_hours"],
    )
    people = plan.tables["workforce_plan"]
    if len(people):
        crew = given["workforce"].iloc[0]
        start = pd.Series([crew["opening_workers"], *people["workers"].iloc[:-1]])
        stay = pd.Series([(1 - crew["attrition_pct"]) ** length for length in lengths])
        assert close(people["workers"], start * stay + people["hired"] - people["laid_off"])
        allowed = people["workers"] * crew["overtime_max"] * pd.Series(lengths)
        assert (people["overtime_hours"] <= allowed + 1e-6).all()
    limits = plan.tables["material_plan"]
    assert (limits["ordered"] <= limits["limit"].fillna(float("inf")) + 1e-6).all()
    moved = plan.tables["shipments"].groupby("period")["units"].sum()
    limit = given["lanes"]["limit"].iloc[0]
    if limit == limit and len(moved):
        assert (moved <= limit * max(lengths) + 1e-6).all()


def check_money(given: PlanningInputs, plan: SolvedPlan) -> None:
    again, kpis = recomputed(given, plan), plan.kpis
    for name, value in again.items():
        assert kpis[name] == pytest.approx(value, rel=1e-6, abs=1e-3), name
    costs = sum(value for name, value in again.items() if name.startswith("cost_"))
    steering = sum(value for name, value in again.items() if name.startswith("penalty_"))
    profit = again["revenue"] - again["rebates"] - costs
    assert kpis["total_cost"] == pytest.approx(costs, rel=1e-6, abs=1e-3)
    assert kpis["profit"] == pytest.approx(profit, rel=1e-6, abs=1e-3)
    wanted = profit - steering if given.settings["objective"] == "profit" else costs + steering
    assert plan.objective == pytest.approx(wanted, rel=1e-6, abs=1e-2)


def check_agreed(given: PlanningInputs, plan: SolvedPlan) -> None:
    lengths = pd.Series([given.period_length(t) for t in range(PERIODS)], index=pd.DatetimeIndex(given.calendar.starts))
    sales, stock = plan.tables["sales_plan"], plan.tables["inventory_plan"]
    for limit in given["market_limits"].itertuples():
        sold = sales[sales["product"] == limit.product].groupby("period")["delivered"].sum()
        assert pd.isna(limit.max_sales) or (sold <= limit.max_sales * lengths + 1e-6).all()
    for place in given["location_limits"].itertuples():
        here = stock[stock["location"] == place.location]
        left = (here["sent"] + here["delivered"]).groupby(here["period"]).sum()
        assert (left <= place.throughput * lengths + 1e-6).all()
    for limit in given["plan_limits"].itertuples():
        assert (plan.kpis["co2_t"] or 0) <= limit.most + 1e-6
    jobs = plan.tables["capacity_plan"]
    jobs = jobs[jobs["kind"] == "maintenance"]
    assert jobs["number"].sum() == given["maintenance"]["machines"].sum()
    assert plan.tables["other_costs"]["amount"].sum() == pytest.approx(
        sum(plan.kpis[f"cost_{line}"] or 0 for line in OTHER), abs=1e-3
    )


OTHER = ("capacity", "maintenance", "training", "idle", "handling", "lanes", "disposal", "level")


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)
@given(companies())
def test_every_plan_balances_and_its_objective_can_be_computed_again(company: dict[str, Any]) -> None:
    tables = dict(company)
    given = inputs(tables.pop("settings"), **tables)
    plan = planned(given)
    assert plan.status == "optimal"
    check_stock(plan)
    check_sales(plan)
    check_capacity(given, plan)
    check_agreed(given, plan)
    check_money(given, plan)
    assert (plan.tables["gaps"]["cause"] != "").all(), "every gap has a cause"
