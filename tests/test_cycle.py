"""The invariants of a plan on the demo's whole company, and the pack that is read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sop_xl.cycle import CycleResult, run_cycle
from sop_xl.demand.layers import LAYERS
from sop_xl.gather.demo.tables import demo_tables
from sop_xl.gather.inputs import require_inputs
from sop_xl.gather.quality import Stamp
from sop_xl.workbook.content import PackContent
from sop_xl.workbook.pack import read_pack, write_pack

CLOSE = {"rtol": 1e-7, "atol": 1e-3}


@pytest.fixture(scope="module")
def cycle() -> CycleResult:
    return run_cycle(require_inputs(demo_tables(1)))


def test_consensus_is_baseline_plus_layers_and_revenue_is_units_times_price(cycle: CycleResult) -> None:
    demand = cycle.tables["consensus_demand"]
    np.testing.assert_allclose(demand[["baseline", *LAYERS]].sum(axis=1), demand["consensus"], **CLOSE)
    np.testing.assert_allclose(demand["consensus"] * demand["price"], demand["revenue"], **CLOSE)
    assert (demand["consensus"] >= 0).all()


def test_stock_is_what_was_there_plus_what_came_less_what_went(cycle: CycleResult) -> None:
    stock = cycle.tables["inventory_plan"].sort_values(["product", "location", "period"])
    inflow = stock[["produced", "outsourced", "scheduled", "received"]].sum(axis=1)
    outflow = stock[["sent", "consumed", "delivered"]].sum(axis=1)
    np.testing.assert_allclose(stock["opening_stock"] + inflow - outflow, stock["closing_stock"], **CLOSE)
    before = stock.groupby(["product", "location"])["closing_stock"].shift()
    follows = before.notna()
    np.testing.assert_allclose(before[follows], stock["opening_stock"][follows], **CLOSE)
    assert (stock["closing_stock"] >= -1e-6).all()


def test_no_resource_does_more_than_its_hours_and_what_was_bought(cycle: CycleResult) -> None:
    load = cycle.tables["resource_load"]
    allowed = load["available_hours"] + load["overtime_hours"] + load["subcontract_hours"]
    assert (load["planned_hours"] <= allowed * (1 + 1e-7) + 1e-6).all()


def test_all_demand_is_on_time_late_or_lost(cycle: CycleResult) -> None:
    sales = cycle.tables["sales_plan"].sort_values(["product", "location", "channel", "period"])
    backlog_before = sales.groupby(["product", "location", "channel"])["backlog"].shift(fill_value=0.0)
    served = sales["delivered"] + sales["backlog"] - backlog_before + sales["lost"]
    np.testing.assert_allclose(served, sales["demand"], **CLOSE)
    consensus = cycle.tables["consensus_demand"]["consensus"].sum()
    assert sales["demand"].sum() == pytest.approx(consensus)
    np.testing.assert_allclose(sales["delivered"] * sales["price"], sales["revenue"], **CLOSE)


def test_products_add_up_to_families(cycle: CycleResult) -> None:
    pages = cycle.tables["family_pages"]
    total = pages[(pages["family"] == "ALL") & (pages["measure"] == "revenue")].set_index("period")["value"]
    parts = pages[(pages["family"] != "ALL") & (pages["measure"] == "revenue")].groupby("period")["value"].sum()
    np.testing.assert_allclose(total, parts, **CLOSE)
    money = cycle.tables["profit_and_loss"].groupby("period")["revenue"].sum()
    np.testing.assert_allclose(total[money.index], money, **CLOSE)


def test_the_margin_is_what_is_left_of_revenue(cycle: CycleResult) -> None:
    money = cycle.tables["profit_and_loss"]
    costs = money[["rebates", "material", "conversion", "freight", "supply_premium"]].sum(axis=1)
    np.testing.assert_allclose(money["revenue"] - costs, money["gross_margin"], **CLOSE)


def test_the_bridge_adds_up_from_budget_to_plan(cycle: CycleResult) -> None:
    bars = cycle.tables["bridge"].set_index("step")
    between = bars.drop(index=["budget", "plan"])
    for column in ("revenue", "margin"):
        assert bars.loc["budget", column] + between[column].sum() == pytest.approx(bars.loc["plan", column])
    assert bars.loc["plan", "revenue"] == pytest.approx(cycle.tables["profit_and_loss"]["revenue"].sum())


def test_the_demo_has_a_gap_that_is_explained_and_a_choice_that_closes_it(cycle: CycleResult) -> None:
    gaps, compared = cycle.tables["gaps"], cycle.tables["scenario_comparison"].set_index("scenario")
    assert cycle.quality.stamp is Stamp.REMARKS
    assert 0.95 < compared.loc["base", "fill_rate"] < 0.999
    assert gaps.groupby("family")["gap_value"].sum().idxmax() == "C" and (gaps["cause"] != "").all()
    assert compared.loc[cycle.recommendation.scenario, "kind"] in ("base", "choice")
    assert compared["recommended"].sum() == 1
    events = compared[compared["kind"] == "event"]
    standard = {"demand-up", "demand-down", "supplier-out SUPPLIER-A", "line-down N1", "launch-late", "competitor"}
    assert standard <= set(events.index)
    assert not events["recommended"].any()
    assert compared.loc["co-payment", "demand_units"] < compared.loc["base", "demand_units"], "demand is sensed anew"
    assert compared.loc["competitor hold", "gross_margin"] == compared.loc["competitor", "gross_margin"]
    assert compared.loc[["price-up", "price-down"], "kind"].tolist() == ["test", "test"]


def test_the_executive_gets_at_most_seven_decisions(cycle: CycleResult) -> None:
    decisions = cycle.tables["decisions"]
    assert 1 <= len(decisions) <= 7
    assert (decisions["recommendation"] != "").all()


def test_reading_the_written_pack_back_gives_the_same_numbers(cycle: CycleResult, tmp_path: Path) -> None:
    inputs = cycle.plan.inputs
    tables = {**inputs.tables, **cycle.tables}
    write_pack(PackContent(tables, inputs.calendar, version="f" * 64, currency="AUD"), tmp_path / "pack.xlsx")
    back = read_pack(tmp_path / "pack.xlsx").tables
    for name in ("consensus_demand", "inventory_plan", "sales_plan", "profit_and_loss"):
        keys = [k for k in ("product", "location", "channel", "period") if k in cycle.tables[name]]
        ours, theirs = (frame.sort_values(keys, ignore_index=True) for frame in (cycle.tables[name], back[name]))
        pd.testing.assert_frame_equal(theirs[ours.columns], ours, rtol=1e-12, check_dtype=False)


def test_the_same_inputs_give_the_same_plan(cycle: CycleResult) -> None:
    again = run_cycle(require_inputs(demo_tables(1)))
    for name, frame in cycle.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], frame, check_exact=True, obj=name)
