"""The story the demo is built to tell, checked with the real solver: one line short, the rest in balance."""

from __future__ import annotations

import pandas as pd
import pytest

from sop_xl.gather.demo.expectations import expected, horizon_of
from sop_xl.gather.demo.tables import demo_tables
from sop_xl.gather.inputs import require_inputs
from sop_xl.model.plan import SolvedPlan
from sop_xl.supply.plan import Explain, solve


@pytest.fixture(scope="module")
def plan() -> SolvedPlan:
    """The plan for what is expected without any layer: last year's months grown on, split over channels as sold."""
    tables = demo_tables(1)
    units = expected(tables, horizon_of(tables))
    history = tables["history"]
    recent = history[history["period"] >= "2007-01-01"].groupby(["product", "channel"])["units"].sum()
    share = recent / recent.groupby("product").transform("sum")
    rows = [
        (product, "DC", channel, pd.Timestamp(day), total * share[product, channel])
        for (product, day), total in units.items()
        for channel in share[product].index
    ]
    demand = pd.DataFrame(rows, columns=["product", "location", "channel", "period", "units"])
    return solve(require_inputs(tables), demand.assign(price=float("nan")), explain=Explain.RELIEFS)


def test_the_gap_is_modest_and_lies_in_the_cardiovascular_family(plan: SolvedPlan) -> None:
    assert plan.status == "optimal"
    assert plan.kpis["fill_rate"] == pytest.approx(0.985, abs=0.0125)
    sold = plan.tables["sales_plan"].groupby("family")[["demand", "on_time"]].sum()
    fill = sold["on_time"] / sold["demand"]
    assert fill.idxmin() == "C"
    assert 0.9 < fill["C"] < 0.99
    assert fill.drop("C").min() > 0.98


def test_the_short_line_is_the_first_bottleneck_and_the_cause_that_is_given(plan: SolvedPlan) -> None:
    gaps = plan.tables["gaps"]
    gaps = gaps[gaps["family"] == "C"]
    assert plan.tables["bottlenecks"]["constraint"].iloc[0] == "N1"
    assert gaps["cause"].str.startswith("N1 is full").all()
    load = plan.tables["resource_load"].groupby("resource")[["rough_cut_hours", "available_hours"]].sum()
    load = load["rough_cut_hours"] / load["available_hours"]
    assert load["N1"] > 1
    assert load.drop("N1").max() < 0.95


def test_several_levers_close_part_of_the_gap_and_pay(plan: SolvedPlan) -> None:
    reliefs = plan.tables["reliefs"].set_index("relief")
    for lever in ("OPT-SATURDAY", "OPT-OVERTIME", "OPT-BUILD"):
        assert reliefs.at[lever, "gap_closed"] > 0
        assert reliefs.at[lever, "margin_effect"] > 0
    assert reliefs.at["OPT-ACCEPT", "margin_effect"] == pytest.approx(0, abs=1)


def test_money_and_stock_are_of_a_sane_size(plan: SolvedPlan) -> None:
    figures = {name: value or 0.0 for name, value in plan.kpis.items()}
    spent = sum(figures[f"cost_{line}"] for line in ("material", "conversion", "freight", "overtime", "outsourcing"))
    margin = 1 - (figures["rebates"] + spent) / figures["revenue"]
    assert 0.25 < margin < 0.45
    stock = plan.tables["inventory_plan"].groupby("period")["closing_stock"].sum().mean()
    demand = plan.tables["sales_plan"].groupby("period")["demand"].sum().mean()
    assert 0.6 < stock / demand < 1.5
