"""A plan by families: what it adds up to, what its products get, and how master data is carried over."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sop_xl.cycle import plan_inputs
from sop_xl.model.issue import InputErrors
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.schema.catalogue import table
from sop_xl.supply.explain import Explain
from sop_xl.supply.family_inputs import family_demand, family_inputs
from sop_xl.supply.family_plan import solve_by_family
from sop_xl.supply.plan import solve

from .case import asked, cost, inputs


def company(shortage: str = "backorder", **more: object) -> PlanningInputs:
    """Two families of three and two products made at a plant and sold there and at a warehouse; too few hours."""
    families = {"P1": "PUMPS", "P2": "PUMPS", "P3": "PUMPS", "V1": "VALVES", "V2": "VALVES"}
    units = {
        "P1": [30, 45, 80, 60],
        "P2": [12, 9, 20, 18],
        "P3": [3, 0, 7, 5],
        "V1": [50, 50, 70, 70],
        "V2": [8, 8, 9, 7],
    }
    tables: dict[str, object] = {
        "products": [{"product": p, "family": f} for p, f in families.items()],
        "demand": [
            row
            for p, values in units.items()
            for place in ("PLANT", "DC")
            for row in asked(p, values, location=place, price=40.0 + len(p) + values[0] / 10)
        ],
        "price_cost": [cost(p, price=40, conversion_cost=5, material_cost=3, standard_cost=12) for p in families],
        "inventory": [
            {"product": p, "location": place, "on_hand": units[p][0] + 5} for p in families for place in ("PLANT", "DC")
        ],
        "scheduled_receipts": [{"product": "P1", "location": "DC", "period": "2026-02-01", "quantity": 11}],
        "inventory_policy": [{"method": "months of supply", "min_stock": 0.2}],
        "resources": [{"resource": "R", "location": "PLANT", "hours": 150, "cost_per_hour": 4, "overtime_max": 10}],
        "routings": [
            {"product": f, "location": "PLANT", "resource": "R", "hours_per_unit": 1} for f in families.values()
        ][1:4],
        "lanes": [{"from_location": "PLANT", "to_location": "DC", "lead_time": 0, "cost": 1}],
        **more,
    }
    return inputs({"objective": "profit", "shortage": shortage, "plan_by": "family"}, **tables)  # type: ignore[arg-type]


def family_level(given: PlanningInputs) -> SolvedPlan:
    whole, _ = family_inputs(given, given["demand"])
    return solve(whole, family_demand(given, given["demand"]))


@pytest.mark.parametrize("shortage", ["backorder", "lost_sales"])
def test_products_add_up_to_the_plan_of_their_families(shortage: str) -> None:
    given = company(shortage)
    whole, split = family_level(given), solve_by_family(given, given["demand"])
    assert split.objective == whole.objective and split.kpis == whole.kpis
    for name, keys in (
        ("sales_plan", ["family", "location", "channel", "period"]),
        ("inventory_plan", ["family", "location", "period"]),
        ("production_plan", ["family", "location", "resource", "period"]),
        ("shipments", ["family", "from_location", "to_location", "period"]),
        ("gaps", ["family", "location", "period"]),
    ):
        own = {"price", "revenue", "stock_value", "safety_shortfall"}
        summed = [c.name for c in table(name).columns if c.over_products == "sum" and c.name not in own]
        family = dict(zip(given["products"]["product"], given["products"]["family"], strict=True))
        parts = split.tables[name].assign(family=split.tables[name]["product"].map(family)).groupby(keys)[summed].sum()
        total = whole.tables[name].assign(family=whole.tables[name]["product"]).groupby(keys)[summed].sum()
        assert len(total) and len(parts) >= len(total)
        pd.testing.assert_frame_equal(parts.reindex(total.index), total, rtol=1e-9, atol=1e-6, obj=name)


@pytest.mark.parametrize("shortage", ["backorder", "lost_sales"])
def test_the_stock_of_every_product_balances_and_demand_is_on_time_late_or_lost(shortage: str) -> None:
    given = company(shortage)
    plan = solve_by_family(given, given["demand"])
    stock = plan.tables["inventory_plan"]
    came = stock[["opening_stock", "produced", "outsourced", "scheduled", "received"]].sum(axis=1)
    went = stock[["sent", "consumed", "delivered", "expired"]].sum(axis=1)
    assert stock["closing_stock"].to_numpy() == pytest.approx((came - went).to_numpy(), abs=1e-6)
    first = stock[stock["period"] == stock["period"].min()].set_index(["product", "location"])["opening_stock"]
    on_hand = given["inventory"].set_index(["product", "location"])["on_hand"]
    assert first.to_dict() == on_hand.to_dict(), "every product starts from its own stock"
    made = stock["produced"]
    assert (np.abs(made - made.round()) > 1e-6).sum() <= 8, "whole units, but for the fraction of a family's total"
    sales = plan.tables["sales_plan"]
    asked_for = given["demand"].groupby("product")["units"].sum()
    assert sales.groupby("product")["demand"].sum().to_dict() == asked_for.to_dict()
    assert (sales["on_time"] <= sales["demand"] + 1e-6).all() and (sales["backlog"] >= -1e-9).all()
    before = sales.groupby(["product", "location", "channel"])["backlog"].shift(1).fillna(0.0)
    balance = sales["delivered"] + sales["backlog"] - before + sales["lost"]
    assert balance.to_numpy() == pytest.approx(sales["demand"].to_numpy(), abs=1e-6)
    kept = sales.groupby("product")[["delivered", "lost"]].sum().sum(axis=1)
    assert kept.to_numpy() == pytest.approx(asked_for.to_numpy(), abs=1e-6)


def test_a_family_of_one_product_each_is_the_plan_of_the_products() -> None:
    given = company()
    alone = given.with_tables(products=given["products"].assign(family=given["products"]["product"]))
    alone = alone.with_tables(
        routings=pd.concat([given["routings"].iloc[[0]].assign(product=p) for p in given["products"]["product"]])
    )
    by_product, by_family = solve(alone, alone["demand"]), solve_by_family(alone, alone["demand"])
    assert by_family.objective == pytest.approx(by_product.objective, rel=1e-9)
    sales = [p.tables["sales_plan"].sort_values(["product", "location", "period"]) for p in (by_product, by_family)]
    assert sales[1]["delivered"].to_numpy() == pytest.approx(sales[0]["delivered"].to_numpy(), abs=1e-6)


def test_rows_of_products_are_weighed_by_demand_and_those_of_families_carried_over() -> None:
    """P1 takes 2 hours and its siblings, by the row of their family, 1: a pump takes 1 + the part of P1."""
    given = company(
        routings=[
            {"product": "P1", "location": "PLANT", "resource": "R", "hours_per_unit": 2},
            {"product": "PUMPS", "location": "PLANT", "resource": "R", "hours_per_unit": 1},
            {"product": "VALVES", "location": "PLANT", "resource": "R", "hours_per_unit": 1},
        ],
        bom=[{"product": "P1", "item": "SEAL", "quantity": 1}],
        materials=[{"item": "SEAL", "supplier": "S", "unit_cost": 1}],
        inventory_policy=[{"product": "ALL", "method": "units", "min_stock": 10, "max_stock": 50}],
        smoothing=[{"product": "P1", "max_rise": 5}],
    )
    units = given["demand"].groupby("product")["units"].sum()
    part = units["P1"] / units[["P1", "P2", "P3"]].sum()
    whole, issues = family_inputs(given, given["demand"])
    hours = whole["routings"].set_index("product")["hours_per_unit"].to_dict()
    assert hours == {"PUMPS": pytest.approx(1 + part), "VALVES": 1.0}
    assert whole["bom"].to_dict("records") == [{"product": "PUMPS", "item": "SEAL", "quantity": pytest.approx(part)}]
    policy = whole["inventory_policy"].set_index("product")
    assert policy["min_stock"].to_dict() == {"PUMPS": 30.0, "VALVES": 20.0}, "a row stands for each product"
    assert policy["max_stock"].to_dict() == {"PUMPS": 150.0, "VALVES": 100.0}
    [issue] = issues
    assert "1 rows of" in issue.message and issue.table == "smoothing" and len(whole["smoothing"]) == 0


def test_prices_of_a_family_change_with_those_of_its_products() -> None:
    given = company(
        price_cost=[
            cost("P1", price=40),
            cost("P1", price=60, period="2026-03-01"),
            cost("P2", price=10),
            cost("P3", price=10),
            cost("V1", price=5),
            cost("V2", price=5),
        ]
    )
    units = given["demand"].groupby("product")["units"].sum()
    part = units["P1"] / units[["P1", "P2", "P3"]].sum()
    prices = family_inputs(given, given["demand"])[0]["price_cost"]
    pumps = prices[prices["product"] == "PUMPS"].sort_values("period", na_position="first")["price"].tolist()
    assert pumps == pytest.approx([40 * part + 10 * (1 - part), 60 * part + 10 * (1 - part)])


def test_stock_of_a_sibling_that_is_counted_on_is_said() -> None:
    """All pumps are P3, the customers want P1, and nothing is made: the family can sell, the product cannot."""
    given = company(
        inventory=[{"product": "P3", "location": "PLANT", "on_hand": 500}],
        resources=[{"resource": "R", "location": "PLANT"}],
    )
    plan = solve_by_family(given, given["demand"], explain=Explain.NOTHING)
    [issue] = [i for i in plan.issues if "siblings" in i.message or "other products of the family" in i.message]
    assert "P1" in issue.message


def test_a_code_with_two_meanings_is_refused() -> None:
    given = company()
    twice = given.with_tables(products=given["products"].replace({"product": {"V1": "PUMPS"}}))
    with pytest.raises(InputErrors, match="PUMPS"):
        family_inputs(twice, given["demand"])


def test_the_whole_plan_with_its_money_is_made_by_families() -> None:
    plan = plan_inputs(company(), explain=Explain.NOTHING).solved
    money, sales = plan.tables["profit_and_loss"], plan.tables["sales_plan"]
    assert set(money["product"]) == {"P1", "P2", "P3", "V1", "V2"}
    assert money["units"].sum() == pytest.approx(sales["delivered"].sum())
    assert money["revenue"].sum() == pytest.approx(plan.kpis["revenue"], rel=1e-2)


def routed(*rows: tuple[str, str]) -> PlanningInputs:
    """The company with a second resource S, and these routings of a product or family on a resource."""
    resources = [{"resource": name, "location": "PLANT", "hours": 90, "cost_per_hour": 4} for name in ("R", "S")]
    routings = [{"product": p, "location": "PLANT", "resource": on, "hours_per_unit": 1} for p, on in rows]
    return company(resources=resources, routings=routings)


def test_a_route_of_one_product_is_none_of_its_family_and_said() -> None:
    given = routed(("PUMPS", "R"), ("VALVES", "R"), ("P2", "S"))
    plan = plan_inputs(given, explain=Explain.NOTHING)
    assert set(plan.solved.tables["production_plan"]["resource"]) == {"R"}
    assert any("PUMPS on S" in issue.message and issue.table == "routings" for issue in plan.issues)


def test_a_family_whose_products_share_no_route_cannot_be_planned_as_one() -> None:
    given = routed(("P1", "R"), ("P2", "S"), ("P3", "R"), ("VALVES", "R"))
    with pytest.raises(InputErrors) as told:
        plan_inputs(given, explain=Explain.NOTHING)
    (issue,) = told.value.issues
    assert "Products of PUMPS are made in different ways" in issue.message and issue.sheet == "Routings"


def test_what_is_missing_is_worth_its_own_price() -> None:
    given = company(price_cost=[cost(p, price=10 * (k + 1), standard_cost=5) for k, p in enumerate(("P1", "P2", "P3"))])
    given = given.with_tables(demand=given["demand"].assign(price=np.nan))
    plan = plan_inputs(given, explain=Explain.NOTHING).solved
    gaps = plan.tables["gaps"][plan.tables["gaps"]["family"] == "PUMPS"]
    a_unit = gaps["gap_value"] / (gaps["late"] + gaps["lost"])
    by_place = (
        gaps.assign(a_unit=a_unit)
        .dropna(subset="a_unit")
        .pivot_table(index=["location", "period"], columns="product", values="a_unit")
    )
    assert (by_place["P2"] / by_place["P1"]).to_numpy() == pytest.approx(2.0)
