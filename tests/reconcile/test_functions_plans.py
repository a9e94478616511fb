"""Gaps between sales, operations and finance by hand: units, money, materiality, cause and rule."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger import ledger, planning, solved

from sop_xl.finance.yardsticks import budgeted
from sop_xl.reconcile.causes import contributions
from sop_xl.reconcile.functions import AGENDA, AGREED, RULES, reconcile
from sop_xl.reconcile.submitted import operations_plan, sales_plan

INPUTS = """
calendar: period kind / 2026-01-01 month / 2026-02-01 month / 2026-03-01 month
baseline: product location channel period baseline / A Plant web 2026-01 1
products: product family / A Tools / B Tools / C Toys
channels: channel / web / shop
sales_forecast: product location channel period sales_override reason
                A       ALL      ALL     2026-01 150           promotion
                A       Plant    web     2026-01 90            promotion
                B       Plant    shop    2026-02 0             account~loss
budget: family period  quantity revenue
        Tools  2026-01 120      1200
        Tools  2026-02 101      1010
supply_response: family period operations_plan / Toys 2026-01 25
settings: setting value / materiality_pct 0.05 / materiality_value 50
"""
CONSENSUS = """
consensus_demand: product location channel period  baseline promotion judgement consensus price revenue
                  A       Plant    web     2026-01 60       20        10        90        10    900
                  A       Plant    shop    2026-01 40       0         20        60        10    600
                  B       Plant    shop    2026-02 10       0         -10       0         -     -
                  A       Plant    web     2026-02 100      3         0         103       10    1030
                  C       Plant    web     2026-01 30       0         0         30        20    600
                  C       Plant    web     2026-03 10       5         0         15        20    300
"""
PLAN = """
sales_plan: family product location channel period  demand delivered
            Tools  A       Plant    web     2026-01 90     90
            Tools  A       Plant    shop    2026-01 60     20
            Tools  A       Plant    web     2026-02 103    143
            Toys   C       Plant    web     2026-01 30     30
            Toys   C       Plant    web     2026-03 15     15
gaps: family product location period gap_value cause / Tools A Plant 2026-01 400 R~is~full
"""


def table() -> pd.DataFrame:
    found = reconcile(planning(INPUTS), ledger(CONSENSUS)["consensus_demand"], solved(PLAN))
    return found.assign(month=found["period"].dt.strftime("%m")).set_index(["family", "month", "between"])


def test_sales_own_plan_is_its_override_else_the_baseline() -> None:
    plan = sales_plan(planning(INPUTS), ledger(CONSENSUS)["consensus_demand"].assign(family="x"))
    found = {(row.product, f"{row.period:%m}"): row.sales for row in plan.itertuples()}
    assert found == {("A", "01"): 150, ("A", "02"): 100, ("B", "02"): 0, ("C", "01"): 30, ("C", "03"): 10}


def test_an_override_of_a_family_is_the_total_of_its_products_and_gives_them_its_reason() -> None:
    """Tools wants 150 in February, of which B claims 40: A takes the rest."""
    wider = INPUTS.replace(
        "budget:", "                Tools   ALL      ALL     2026-02 150           price\nbudget:"
    ).replace(
        "B       Plant    shop    2026-02 0             account~loss",
        "B       Plant    shop    2026-02 40  account~win",
    )
    plan = sales_plan(planning(wider), ledger(CONSENSUS)["consensus_demand"].assign(family="Tools"))
    found = {(row.product, f"{row.period:%m}"): (row.sales, row.reason) for row in plan.itertuples()}
    assert found["A", "02"] == (110, "price")
    assert found["B", "02"] == (40, "account win")


def test_units_and_money_by_hand() -> None:
    gaps = table()[["first_units", "second_units", "gap_units", "gap_value"]]
    assert gaps.loc["Tools", "01", "sales/operations"].tolist() == [150, 110, 40, 400]
    assert gaps.loc["Tools", "01", "sales/finance"].tolist() == [150, 120, 30, 300]
    assert gaps.loc["Tools", "01", "operations/finance"].tolist() == [110, 120, -10, -100]
    assert gaps.loc["Toys", "01", "sales/operations"].tolist() == [30, 25, 5, 100]
    assert table().loc["Tools", "01", "sales/finance"]["gap_pct"] == pytest.approx(30 / 120)


def test_without_a_budget_nothing_is_compared_with_finance() -> None:
    assert {key for key in table().index if "finance" in key[2] and key[0] == "Toys"} == set()
    assert ("Tools", "03", "sales/finance") not in table().index


def test_below_materiality_a_rule_resolves_the_gap_the_rest_goes_to_the_agenda() -> None:
    rows = table()
    assert rows.loc["Tools", "01", "sales/operations"]["resolution"] == AGENDA
    small = rows.loc["Tools", "02", "sales/finance"]  # 100 against 101: below 5 %
    assert not small["material"] and small["resolution"] == RULES["sales/finance"]
    cheap = planning(INPUTS.replace("materiality_value 50", "materiality_value 150"))
    again = reconcile(cheap, ledger(CONSENSUS)["consensus_demand"], solved(PLAN))
    toys = again[(again["family"] == "Toys") & (again["period"] == "2026-01-01")].iloc[0]
    assert toys["gap_pct"] == pytest.approx(0.2) and not toys["material"], "20 %, but 100 in money is below 150"


def test_equal_plans_are_agreed() -> None:
    agreed = planning(INPUTS.replace("Toys 2026-01 25", "Toys 2026-01 30"))
    rows = reconcile(agreed, ledger(CONSENSUS)["consensus_demand"], solved(PLAN))
    toys = rows[(rows["family"] == "Toys") & (rows["period"] == "2026-01-01")].iloc[0]
    assert toys["resolution"] == AGREED and toys["root_cause"] == "" and not toys["material"]


def test_the_largest_contribution_is_said_in_words() -> None:
    causes = table()["root_cause"]
    assert causes["Tools", "01", "sales/operations"] == (
        "Supply delivers 40 units of A less in this bucket: R is full."
    )
    assert causes["Tools", "01", "sales/finance"] == (
        "Sales' override of A (promotion): 50 units above what it replaces."
    )
    assert causes["Tools", "02", "sales/operations"] == "Supply catches up on A: 40 units of earlier buckets."
    assert causes["Toys", "01", "sales/operations"] == "Operations plans 5 units less than the solved plan delivers."
    assert causes["Toys", "03", "sales/operations"] == ("For C campaigns add 5 units, which sales does not plan.")
    assert (
        causes["Tools", "01", "operations/finance"] == "Supply delivers 40 units of A less in this bucket: R is full."
    )


amount = st.integers(0, 200)


@settings(deadline=None, max_examples=20)
@given(
    cells=st.lists(
        st.tuples(amount, st.integers(-20, 50), st.integers(-20, 50), amount, st.none() | amount),
        min_size=4,
        max_size=4,
    ),
    quantity=amount,
    ready=st.none() | amount,
)
def test_contributions_add_up_to_the_gap(
    cells: list[tuple[int, int, int, int, int | None]], quantity: int, ready: int | None
) -> None:
    keys = [("A", "web"), ("A", "shop"), ("B", "web"), ("C", "web")]
    overrides = " / ".join(
        f"{product} Plant {channel} 2026-01 {override}"
        for (product, channel), (*_, override) in zip(keys, cells, strict=True)
        if override is not None
    )
    inputs = planning(f"""
        calendar: period kind / 2026-01-01 month
        baseline: product location channel period baseline / A Plant web 2026-01 1
        products: product family / A Tools / B Tools / C Toys
        channels: channel / web / shop
        budget: family period quantity / Tools 2026-01 {quantity} / Toys 2026-01 10
        {f"sales_forecast: product location channel period sales_override / {overrides}" if overrides else ""}
        {f"supply_response: family period operations_plan / Tools 2026-01 {ready}" if ready is not None else ""}
    """)
    family = {"A": "Tools", "B": "Tools", "C": "Toys"}
    rows = [
        {
            "family": family[product],
            "product": product,
            "location": "Plant",
            "channel": channel,
            "period": pd.Timestamp("2026-01-01"),
            "baseline": float(base),
            "promotion": float(one),
            "price_effect": 0.0,
            "pipeline": float(two),
            "launch": 0.0,
            "account": 0.0,
            "sensing": 0.0,
            "judgement": 0.0,
            "consensus": float(max(0, base + one + two)),
            "price": 10.0,
            "revenue": 0.0,
            "delivered": float(units),
        }
        for (product, channel), (base, one, two, units, _) in zip(keys, cells, strict=True)
    ]
    demand = pd.DataFrame(rows)
    plan = solved("")
    plan = plan.__class__(plan.status, None, {}, {**plan.tables, "sales_plan": demand})
    parts = contributions(
        inputs, demand, sales_plan(inputs, demand), operations_plan(inputs, plan), plan, budgeted(inputs)
    )
    total = parts.groupby(["family", "between"])["units"].sum()
    for row in reconcile(inputs, demand, plan).itertuples():
        assert total.get((row.family, row.between), 0.0) == pytest.approx(row.first_units - row.second_units)
        assert bool(row.root_cause) == (row.gap_units != 0)
