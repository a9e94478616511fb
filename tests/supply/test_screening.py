"""Dual cuts: no what-if beats its bound, the bound is exact where a cut was made, and the best are found exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_xl.supply.screening import cuts_of, least, screen
from sop_xl.supply.sweep import sweep
from sop_xl.supply.variation import Variation

from .test_sweep import anew, drawn, factory, of


@settings(max_examples=15)
@given(
    seed=st.integers(0, 10_000),
    cuts=st.integers(1, 6),
    shortage=st.sampled_from(["backorder", "lost_sales"]),
    objective=st.sampled_from(["profit", "cost"]),
)
def test_no_what_if_beats_its_bound(seed: int, cuts: int, shortage: str, objective: str) -> None:
    plan = of(factory(shortage=shortage, objective=objective))
    variations = drawn(plan.network, 12, seed)
    found = screen(plan, variations, cuts=cuts, keep=2)
    for bound, variation in zip(found.bounds, variations, strict=True):
        exact = anew(plan, variation)
        slack = 1e-9 * max(1.0, abs(exact))
        assert bound >= exact - slack if objective == "profit" else bound <= exact + slack


def test_a_bound_is_exact_where_its_cut_was_made() -> None:
    plan = of(factory())
    variations = [v for v in drawn(plan.network, 8) if v.price is None]
    bounds = least(cuts_of(plan, variations, len(variations)), plan, variations)
    assert -bounds == pytest.approx([anew(plan, v) for v in variations], rel=1e-9)


def test_the_best_are_proven_and_the_order_is_that_of_the_exact_results() -> None:
    plan = of(factory())
    variations = drawn(plan.network, 60, seed=3)
    found = screen(plan, variations, cuts=12, keep=6)
    exact = [outcome.objective for outcome in sweep(plan, variations)]
    best = np.argsort(exact)[::-1]
    assert found.proven >= 1
    assert list(found.order[: found.proven]) == best[: found.proven].tolist()
    assert {variations[k].name for k in found.order[:3]} <= set(found.exact)


def test_lots_have_no_duals_to_screen_with() -> None:
    given_inputs = factory()
    plan = of(given_inputs.with_tables(routings=given_inputs["routings"].assign(setup_cost=30.0)))
    with pytest.raises(ValueError, match="lot sizes"):
        screen(plan, [Variation("a")])
