"""The bridge from budget to plan: every bar by hand, and the sum for any two plans."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger import ledger, planning

from sop_xl.finance.bridge import bridge, bridge_between


def plan(rows: dict[str, tuple[float, float, float]]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index", columns=["quantity", "revenue", "margin"], dtype=float)


def test_volume_mix_price_and_cost_by_hand() -> None:
    # Budget: Tools 100 at 10 (margin 4), Toys 100 at 20 (margin 10): 15 and 7 on average.
    before = plan({"Tools": (100, 1000, 400), "Toys": (100, 2000, 1000)})
    # Plan: Tools 180 at 11 (margin 4.5), Toys 60 at 20 (margin 9).
    after = plan({"Tools": (180, 1980, 810), "Toys": (60, 1200, 540)})
    bars = bridge_between(before, after, before_name="budget", after_name="plan").set_index("step")
    assert bars["revenue"].to_dict() == pytest.approx(
        {
            "budget": 3000,
            "volume": 40 * 15,
            "mix": 180 * 10 + 60 * 20 - 240 * 15,
            "price": 180 * (11 - 10),
            "cost": 0,
            "plan": 3180,
        }
    )
    assert bars["margin"].to_dict() == pytest.approx(
        {
            "budget": 1400,
            "volume": 40 * 7,
            "mix": 180 * 4 + 60 * 10 - 240 * 7,
            "price": 180,
            "cost": 180 * (4.5 - 4) + 60 * (9 - 10) - 180,
            "plan": 1350,
        }
    )


def test_new_gone_and_unsplit_families_have_their_own_bars() -> None:
    before = plan({"Old": (10, 100, 40), "Service": (0, 50, 30), "Tools": (10, 100, 50)})
    after = plan({"New": (5, 75, 25), "Service": (0, 60, 33), "Tools": (10, 100, 50)})
    bars = bridge_between(before, after).set_index("step")
    assert bars.loc["new", ["revenue", "margin"]].tolist() == [75, 25]
    assert bars.loc["discontinued", ["revenue", "margin"]].tolist() == [-100, -40]
    assert bars.loc["not split", ["revenue", "margin"]].tolist() == [10, 3]
    assert bars.loc[["volume", "mix", "price", "cost"], ["revenue", "margin"]].to_numpy().tolist() == [[0, 0]] * 4


number = st.one_of(st.just(0.0), st.floats(0.01, 1e7))
families = st.dictionaries(st.sampled_from("ABCDE"), st.tuples(number, number, st.floats(-1e7, 1e7)), max_size=5).map(
    plan
)


@settings(deadline=None, max_examples=150)
@given(before=families, after=families)
def test_the_bars_always_add_up(before: pd.DataFrame, after: pd.DataFrame) -> None:
    bars = bridge_between(before, after)
    for column in ("revenue", "margin"):
        *steps, total = bars[column].tolist()
        size = max(1.0, before["revenue"].sum(), after["revenue"].sum(), bars[column].abs().max())
        assert sum(steps) == pytest.approx(total, abs=1e-9 * size)
        assert total == pytest.approx(after[column].sum())


BUDGET = """
demand: product period units / A 2026-01 1 / A 2026-02 1 / A 2026-03 1
products: product family / A Tools
budget: family period  quantity revenue margin
        Tools  2026-01 10       100     {margin}
        Tools  2026-02 10       100     50
"""
PNL = """
profit_and_loss: family product period  units revenue gross_margin
                 Tools  A       2026-01 10    100     50
                 Tools  A       2026-02 12    120     60
                 Tools  A       2026-03 99    990     500
"""


def test_only_buckets_with_a_budget_are_compared() -> None:
    bars = bridge(planning(BUDGET.format(margin=50)), ledger(PNL)["profit_and_loss"]).set_index("step")
    assert bars["revenue"].to_dict() == {
        "budget": 200,
        "volume": 20,
        "mix": 0,
        "price": 0,
        "cost": 0,
        "plan": 220,
    }


def test_a_budget_without_margin_has_no_bridge_of_margin() -> None:
    bars = bridge(planning(BUDGET.format(margin="-")), ledger(PNL)["profit_and_loss"]).set_index("step")
    assert bars["margin"].isna().all()
    assert bars.loc["volume", "revenue"] == 20


def test_without_a_budget_there_is_no_bridge() -> None:
    inputs = planning("demand: product period units / A 2026-01 1 / A 2026-02 1")
    assert bridge(inputs, ledger(PNL)["profit_and_loss"]).empty
