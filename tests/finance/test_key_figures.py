"""Key figures, cash, currency and the family page against figures worked out by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger import ledger, planning, solved

from sop_xl.finance.cash import cash_flow
from sop_xl.finance.cover import months_of_stock, months_of_supply
from sop_xl.finance.currency import exchange_rates, to_reporting
from sop_xl.finance.family_page import family_pages
from sop_xl.finance.kpis import dashboard, financial_kpis, kpi
from sop_xl.finance.yardsticks import prior_year

INPUTS = """
demand: product period units / A 2026-01 10 / A 2026-02 10
products: product family / A Tools
inventory: product location on_hand / A Plant 5
price_cost: product price material_cost / A 20 10
budget: family period quantity revenue margin / Tools 2026-01 9 180 90
resources: resource location / R Plant / Q Plant
routings: product resource / Tools R
history: product location period units revenue
         A       Plant    2025-01 8    150
         A       Plant    2025-02 7    -
actuals: family period sales_units production_units stock_units sales_plan
         Tools  2025-09 1 1 1 1
         Tools  2025-10 9 8 7 6
         Tools  2025-11 4 4 7 5
         Tools  2025-12 4 2 5 4
"""
PLAN = """
sales_plan: product location channel period  demand delivered on_time price revenue
            A       Plant    ALL     2026-01 10     8         8       20    160
            A       Plant    ALL     2026-02 10     10        10      20    200
inventory_plan: product location period  opening_stock produced outsourced closing_stock safety_stock
                A       Plant    2026-01 5             9        2          8             3
                A       Plant    2026-02 8             6        0          4             3
resource_load: resource period  utilisation
               R        2026-01 0.5
               R        2026-02 0.9
               Q        2026-01 2.0
"""
PNL = """
profit_and_loss: family product period  units revenue rebates material conversion gross_margin holding stock_value
                 Tools  A       2026-01 8     160     0       80       0          70           2       80
                 Tools  A       2026-02 10    200     0       100      0          100          1       40
"""
CONSENSUS = """
consensus_demand: product location channel period  consensus
                  A       Plant    ALL     2026-01 10
                  A       Plant    ALL     2026-02 10
"""


def test_turns_days_and_cash_by_hand() -> None:
    inputs = planning(INPUTS)
    table = financial_kpis(inputs, solved(PLAN), ledger(PNL)["profit_and_loss"])
    average = (80 * 31 + 40 * 28) / 59
    goods = 18 * 10 / 59 * 365
    assert kpi(table, "average_stock_value") == pytest.approx(average)
    assert kpi(table, "turns") == pytest.approx(goods / average)
    assert kpi(table, "dio") == pytest.approx(365 * average / goods)
    assert kpi(table, "margin_pct") == pytest.approx(170 / 360)
    assert kpi(table, "cash") == pytest.approx(170 - 3 - (40 - 5 * 10))
    assert kpi(table, "cash_to_cash") is None, "no payment days are given"
    assert kpi(table, "cash_after_working_capital") is None


def with_balance_of_december(table: pd.DataFrame) -> pd.DataFrame:
    before = table.head(1).assign(period=pd.Timestamp("2025-12-01"), receivables=100.0, payables=50.0)
    return pd.concat([before, table], ignore_index=True)


def test_payment_days_move_cash_from_the_balances_given() -> None:
    inputs = planning(
        INPUTS
        + """
    working_capital: period  receivables payables dso dpo
                     2026-01 -           -        31  15.5
                     2026-02 -           -        28  14
    """
    )
    inputs = inputs.with_tables(working_capital=with_balance_of_december(inputs["working_capital"]))
    flow = cash_flow(inputs, solved(PLAN), ledger(PNL)["profit_and_loss"])
    assert flow["receivables"].tolist() == pytest.approx([160, 200])
    assert flow["payables"].tolist() == pytest.approx([40, 50])
    assert flow["working_capital_growth"].tolist() == pytest.approx([120 - 50, 150 - 120])
    assert flow["cash_after_working_capital"].tolist() == pytest.approx([70 - 2 - 30 - 70, 100 - 1 + 40 - 30])
    table = financial_kpis(inputs, solved(PLAN), ledger(PNL)["profit_and_loss"])
    dio = kpi(table, "dio")
    assert dio is not None
    assert kpi(table, "cash_to_cash") == pytest.approx(dio + 29.5 - 14.75)


def test_without_opening_balances_working_capital_grows_from_the_second_bucket() -> None:
    inputs = planning(INPUTS + "working_capital: period receivables payables dso dpo / 2026-01 9 9 31 15.5")
    flow = cash_flow(inputs, solved(PLAN), ledger(PNL)["profit_and_loss"])
    february = 31 * 200 / 28 - 15.5 * 100 / 28
    assert flow["working_capital_growth"].tolist() == pytest.approx([0, february - 120])


def test_yardsticks_stand_beside_the_same_buckets_only() -> None:
    board = dashboard(planning(INPUTS), solved(PLAN), ledger(PNL)["profit_and_loss"]).set_index("kpi")
    assert board.loc["fill_rate", "plan"] == pytest.approx(18 / 20)
    assert board.loc["revenue", "plan"] == 360
    assert math.isnan(board.loc["revenue", "budget"]), "the budget covers one bucket of two"
    assert board.loc["revenue against budget, 2026-01 to 2026-01", ["plan", "budget"]].tolist() == [160, 180]
    assert board.loc["units against prior year, 2026-01 to 2026-02", ["plan", "prior_year"]].tolist() == [18, 15]
    assert board.loc["revenue against prior year, 2026-01 to 2026-01", ["plan", "prior_year"]].tolist() == [160, 150]


def test_the_prior_year_of_a_bucket_that_history_covers_in_part_is_not_known() -> None:
    inputs = planning("""
        calendar: period kind / 2026-01-01 month / 2026-02-01 quarter
        history: product location period units / A Plant 2025-01 8 / A Plant 2025-02 7 / A Plant 2025-03 6
        demand: product period units / A 2026-01 1 / A 2026-02 1
    """)
    assert prior_year(inputs)[["period", "units"]].to_numpy().tolist() == [[pd.Timestamp("2026-01-01"), 8]]


def test_a_family_page_by_hand() -> None:
    pages = family_pages(
        planning(INPUTS), ledger(CONSENSUS)["consensus_demand"], solved(PLAN), ledger(PNL)["profit_and_loss"]
    )
    page = pages[pages["family"] == "Tools"].pivot(index="measure", columns="period", values="value")
    page.columns = [f"{period:%Y-%m}" for period in page.columns]
    assert list(page.columns) == ["2025-10", "2025-11", "2025-12", "2026-01", "2026-02"], "three past months"
    expected = {
        "sales_plan": [6, 5, 4, 8, 10],
        "sales_actual": [9, 4, 4, None, None],
        "sales_difference": [3, -1, 0, None, None],
        "sales_accuracy": [1 - 3 / 9, 0.75, 1, None, None],
        "consensus_demand": [None, None, None, 10, 10],
        "production_plan": [None, None, None, 11, 6],
        "production_actual": [8, 4, 2, None, None],
        "inventory_plan": [None, None, None, 8, 4],
        "inventory_actual": [7, 7, 5, None, None],
        "inventory_target": [None, None, None, 3, 3],
        # 7 lasts November 4, then 3 of December's 4; at the end 4 left at the mean rate of 35 in 5 months.
        "months_of_supply": [1 + 3 / 4, 1 + 3 / 8, 5 / 8, 8 / 10, 4 / 7],
        "revenue": [None, None, None, 160, 200],
        "revenue_budget": [None, None, None, 180, None],
        "revenue_prior_year": [None, None, None, 150, None],
        "gross_margin": [None, None, None, 70, 100],
        "margin_budget": [None, None, None, 90, None],
        "inventory_value": [None, None, None, 80, 40],
        "capacity_load": [None, None, None, 0.5, 0.9],
    }
    assert set(page.index) == set(expected), "what is not known has no row"
    for measure, values in expected.items():
        wanted = [math.nan if value is None else value for value in values]
        assert page.loc[measure].tolist() == pytest.approx(wanted, nan_ok=True), measure


def test_all_families_together_add_up_and_misses_do_not_cancel() -> None:
    inputs = planning("""
        demand: product period units / A 2026-01 10 / B 2026-01 10 / A 2026-02 10 / B 2026-02 10
        products: product family / A Tools / B Toys
        actuals: family period sales_units sales_plan / Tools 2025-12 10 6 / Toys 2025-12 10 14
    """)
    plan = solved("""
        inventory_plan: product location period  produced outsourced closing_stock safety_stock
                        A       ALL      2026-01 1        0          2             0
                        B       ALL      2026-01 1        1          3             0
    """)
    pnl = ledger("""
        profit_and_loss: family product period units revenue gross_margin stock_value
                         Tools  A       2026-01 4    40      10           5
                         Toys   B       2026-01 6    60      20           6
    """)["profit_and_loss"]
    demand = ledger("consensus_demand: product location channel period consensus / A ALL ALL 2026-01 10")
    pages = family_pages(inputs, demand["consensus_demand"], plan, pnl)
    together = pages[pages["family"] == "ALL"].set_index(["measure", "period"])["value"]
    december, january = pd.Timestamp("2025-12-01"), pd.Timestamp("2026-01-01")
    assert together["sales_plan", january] == 10
    assert together["sales_difference", december] == 0
    assert together["sales_accuracy", december] == pytest.approx(1 - 8 / 20)
    assert together["production_plan", january] == 3
    assert together["gross_margin", january] == 30


def test_months_of_supply_follow_the_forward_plan() -> None:
    assert months_of_supply([30, 30, 5], [99, 20, 40], [1, 1, 1])[:2] == pytest.approx([1 + 10 / 40, 30 / 40])
    assert math.isnan(months_of_supply([5], [0], [1])[0]), "nothing is sold: cover is not defined"
    assert months_of_supply([0], [10], [1]) == [0]


def test_stock_on_hand_is_consumed_from_the_first_bucket_on() -> None:
    assert months_of_stock(35, [10, 20, 20], [1, 1, 1]) == 2 + 5 / 20
    assert months_of_stock(0, [10], [1]) == 0 and math.isnan(months_of_stock(5, [0], [1]))


@given(st.lists(st.floats(0.1, 1e4), min_size=1, max_size=12), st.floats(0, 1e5), st.floats(0, 1e5))
def test_more_stock_never_lasts_shorter(sales: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    months = [1.0] * len(sales)
    covers = [months_of_supply([level, *[0.0] * (len(sales) - 1)], sales, months)[0] for level in (low, high)]
    assert covers[0] <= covers[1] + 1e-9


def test_amounts_are_converted_at_the_rate_of_their_bucket_or_not_at_all() -> None:
    inputs = planning("""
        demand: product period units / A 2026-01 1 / A 2026-02 1
        fx: currency period rate / USD - 0.9 / USD 2026-02 0.8 / GBP 2026-02 1.2
    """)
    currency = pd.Series(["USD", "USD", "GBP", "GBP", "EUR", ""])
    months = ["2026-01", "2026-02", "2026-01", "2026-02", "2026-01", "2026-01"]
    period = pd.Series(pd.to_datetime([f"{month}-01" for month in months]))
    assert exchange_rates(inputs, currency, period).tolist() == pytest.approx(
        [0.9, 0.8, math.nan, 1.2, 1, 1], nan_ok=True
    )
    amounts, issues = to_reporting(inputs, pd.Series([100.0] * 6), currency, period)
    assert math.isnan(amounts[2])
    assert [issue.message for issue in issues] == ["No exchange rate for GBP in 2026-01-01."]
