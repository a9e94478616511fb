"""Profit and loss against figures worked out by hand, and against what was paid."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger import planning, solved

from sop_xl.finance.allocation import allocate
from sop_xl.finance.pnl import by_family, profit_and_loss
from sop_xl.finance.premium import supply_premium
from sop_xl.finance.standard import standard_rates
from sop_xl.model.issue import InputErrors

TWO_PRODUCTS = """
demand: product location channel period units
        A       Plant    ALL     2026-01 8
        A       Plant    ALL     2026-02 2
        B       Plant    ALL     2026-01 20
products: product family
          A       Tools
          B       Toys
price_cost: product price rebate_pct material_cost conversion_cost freight_cost
            A       100   10%        30            10              5
            B       50    0          20            5               0
inventory_policy: product holding_cost
                  ALL     1
resources: resource location hours overtime_max overtime_cost
           R        Plant    32    50           12
routings: product resource hours_per_unit
          A       R        2
          B       R        1
workforce: workforce resource opening_workers wage hiring_cost
           crew      R        1               100  30
"""
THEIR_PLAN = """
sales_plan: product location channel period  demand delivered on_time price revenue
            A       Plant    ALL     2026-01 8      8         8       100   800
            A       Plant    ALL     2026-02 2      2         2       100   200
            B       Plant    ALL     2026-01 20     20        20      50    1000
inventory_plan: product location period  opening_stock produced outsourced delivered closing_stock stock_value
                A       Plant    2026-01 0             10       0          8         2             80
                A       Plant    2026-02 2             0        0          2         0             0
                B       Plant    2026-01 0             20       0          20        0             0
                B       Plant    2026-02 0             0        0          0         0             0
production_plan: product location operation resource period  units hours setups
                 A       Plant    10        R        2026-01 10    20    0
                 B       Plant    10        R        2026-01 20    20    0
resource_load: resource location period  available_hours planned_hours overtime_hours subcontract_hours
               R        Plant    2026-01 32              40            8              0
               R        Plant    2026-02 32              0             0              0
workforce_plan: workforce period  workers hired laid_off overtime_hours
                crew      2026-01 2       1     0        0
                crew      2026-02 2       0     0        0
"""


def test_a_plan_of_two_products_by_hand() -> None:
    table = profit_and_loss(planning(TWO_PRODUCTS), solved(THEIR_PLAN)).set_index(["product", "period"])
    january, february = pd.Timestamp("2026-01-01"), pd.Timestamp("2026-02-01")
    # Overtime 8 h × 12 = 96, wages 2 × 100 = 200, hiring 30: by hours 20 to 20, so 163 each.
    # In February nobody makes anything: the wages of 200 go by the hours of the whole horizon, 100 each.
    expected = {
        ("A", january): [8, 800, 80, 240, 80, 40, 163, 197, 2, 80],
        ("A", february): [2, 200, 20, 60, 20, 10, 100, -10, 0, 0],
        ("B", january): [20, 1000, 0, 400, 100, 0, 163, 337, 0, 0],
        ("B", february): [0, 0, 0, 0, 0, 0, 100, -100, 0, 0],
    }
    figures = table.drop(columns="family")
    assert len(figures) == len(expected)
    for key, row in expected.items():
        assert figures.loc[key].tolist() == pytest.approx(row), key


def test_overtime_of_people_is_paid_once() -> None:
    people_only = TWO_PRODUCTS.replace("Plant    32   ", "Plant    -    ").replace(
        "wage hiring_cost", "wage overtime_cost"
    )
    plan = solved(THEIR_PLAN.replace("2       1     0        0", "2       0     0        8"))
    premium = supply_premium(planning(people_only), plan).groupby("component")["amount"].sum()
    assert premium.to_dict() == pytest.approx({"overtime": 8 * 30, "wages": 400})


def test_families_are_the_sums_of_their_products() -> None:
    table = profit_and_loss(planning(TWO_PRODUCTS), solved(THEIR_PLAN))
    assert by_family(table).groupby("family")["gross_margin"].sum().to_dict() == pytest.approx(
        {"Tools": 187, "Toys": 237}
    )


BOUGHT = """
calendar: period kind / 2026-01-01 month
demand: product location channel period units
        A       Plant    ALL     2026-01 14
products: product family
          A       Tools
          P       Parts
price_cost: product price conversion_cost
            A       100   10
            P       0     3
resources: resource location cost_per_hour subcontract_max subcontract_cost
           R        Plant    2             9               20
routings: product resource hours_per_unit yield_pct cost_per_unit setup_cost
          A       R        1              0.5       1             7
          P       -        0              1         0             0
outsourcing: product location partner cost_per_unit limit
             Tools   Plant    near    40            3
             Tools   Plant    far     50            -
materials: item  supplier unit_cost
           steel cheap    4
           steel dear     6
bom: product item quantity
     A       steel 2
     A       P     1
     P       steel 1
lanes: from_location to_location product cost
       Plant         Plant       Tools   1.5
"""
THEIR_SUPPLY = """
sales_plan: product location channel period  demand delivered on_time price revenue
            A       Plant    ALL     2026-01 14     14        14      100   1400
inventory_plan: product location period  opening_stock produced outsourced consumed delivered closing_stock stock_value
                A       Plant    2026-01 0             10       5          0        14        1             25
                P       Plant    2026-01 0             20       0          20       0         0             0
production_plan: product location operation resource period  units hours setups
                 A       Plant    10        R        2026-01 10    20    1
                 P       Plant    10        -        2026-01 20    0     0
resource_load: resource location period  available_hours planned_hours overtime_hours subcontract_hours
               R        Plant    2026-01 15              20            0              5
material_plan: item  supplier period  ordered arrived consumed closing_stock
               steel cheap    2026-01 50      50      60       0
               steel dear     2026-01 10      10      0        0
shipments: product from_location to_location period units
           A       Plant         Plant       2026-01 4
"""


def test_every_kind_of_premium_by_hand() -> None:
    inputs, plan = planning(BOUGHT), solved(THEIR_SUPPLY)
    rates = standard_rates(inputs).set_index("product")
    assert rates["material_cost"].to_dict() == {"A": 2 * 4 + (4 + 3), "P": 4}, "the bill at the cheapest supplier"
    assert rates["standard_cost"].to_dict() == {"A": 25, "P": 7}
    premium = supply_premium(inputs, plan).set_index(["product", "component"])["amount"]
    a = {
        "regular hours": 15 * 2,
        "bought hours": 5 * 20,
        "routing": 10 * 1,
        "setups": 7,
        "outsourcing": 3 * 40 + 2 * 50 - 5 * 25,
        "purchase price": 10 * (6 - 4) * 40 / 60,  # A uses 40 of the 60 pieces of steel
        "material usage": 20 * 15 - 10 * 15,  # 20 started for 10 good ones
    }
    assert premium["A"].to_dict() == pytest.approx(a)
    assert premium["P"].to_dict() == pytest.approx({"purchase price": 10 * (6 - 4) * 20 / 60})


def test_margin_less_growth_of_stock_is_what_was_earned_less_what_was_paid() -> None:
    inputs, plan = planning(BOUGHT), solved(THEIR_SUPPLY)
    table = profit_and_loss(inputs, plan)
    paid = {
        "steel": 50 * 4 + 10 * 6,
        "conversion of good units": 10 * 10 + 20 * 3,
        "hours": 15 * 2 + 5 * 20,
        "partners": 3 * 40 + 2 * 50,
        "setup": 7,
        "routing": 10 * 1,
        "lane": 4 * 1.5,
    }
    assert table["gross_margin"].sum() - 25 == pytest.approx(1400 - sum(paid.values()))


def test_dated_rows_hold_until_the_next_and_the_first_before_itself() -> None:
    inputs = planning("""
        demand: product period units / A 2026-01 1 / A 2026-02 1 / A 2026-03 1 / A 2026-04 1
        price_cost: product period  price
                    A       -       10
                    A       2026-02 11
                    A       2026-04 12
                    B       2026-03 5
        products: product family / A Tools / B Tools / C Tools
    """)
    rates = standard_rates(inputs).pivot(index="product", columns="period", values="price")
    assert rates.loc["A"].tolist() == [10, 11, 11, 12]
    assert rates.loc["B"].tolist() == [5, 5, 5, 5]
    assert rates.loc["C"].isna().all(), "no costs are not costs of zero"


def test_a_bill_of_materials_in_a_circle_is_told_not_followed() -> None:
    inputs = planning("""
        demand: product period units / A 2026-01 1 / A 2026-02 1
        products: product family / A Tools / B Tools
        bom: product item quantity / A B 1 / B A 1
    """)
    with pytest.raises(InputErrors, match="runs in a circle"):
        standard_rates(inputs)


@settings(deadline=None, max_examples=60)
@given(
    pools=st.lists(st.tuples(st.sampled_from("RS"), st.integers(1, 3), st.floats(-1e6, 1e6)), max_size=6),
    usage=st.lists(
        st.tuples(st.sampled_from("AB"), st.sampled_from("RS"), st.integers(1, 3), st.floats(0, 1e4)), max_size=8
    ),
    weights=st.lists(st.floats(0, 100), min_size=3, max_size=3),
)
def test_nothing_is_lost_when_a_shared_cost_is_divided(
    pools: list[tuple[str, int, float]], usage: list[tuple[str, str, int, float]], weights: list[float]
) -> None:
    frame = pd.DataFrame(pools, columns=["pool", "period", "amount"]).assign(component="overtime")
    used = pd.DataFrame(usage, columns=["product", "pool", "period", "use"])
    shares = allocate(frame, used, pd.Series(weights, index=["A", "B", "C"]))
    given_out = shares.groupby("period")["amount"].sum().to_dict()
    for period, amount in frame.groupby("period")["amount"].sum().items():
        assert given_out.get(period, 0.0) == pytest.approx(amount, rel=1e-9, abs=1e-5)
    assert set(shares["period"]) <= set(frame["period"])
