"""Levels that add up: trees, the methods against the textbook's matrices, and the choice on past origins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sop_xl.demand.calendar_completion import Series
from sop_xl.demand.frequency import Frequency, Unit
from sop_xl.demand.hierarchy.choice import Choice, PastForecast, choose, method_names, reconciled
from sop_xl.demand.hierarchy.methods import from_level, minimum_trace, never_negative
from sop_xl.demand.hierarchy.portfolio import forecast_rows, make_portfolio, past_forecasts, sample
from sop_xl.demand.hierarchy.tree import Tree, make_tree
from sop_xl.demand.joint_errors import shrinkage

LEVELS = ("family", "product", "series")
PATHS = [("F", "P1", "P1/X"), ("F", "P1", "P1/Y"), ("F", "P2", "P2/X"), ("G", "P3", "P3/X"), ("G", "P3", "P3/Y")]
TREE = make_tree(PATHS, LEVELS)
ROWS = ["ALL", "F", "G", "P1", "P2", "P3", *(path[-1] for path in PATHS)]


def is_coherent(tree: Tree, values: np.ndarray) -> bool:
    leaves = values[tree.rows(tree.bottom)]
    return bool(np.allclose(values, tree.add_up(leaves), rtol=1e-9, atol=1e-9))


def test_levels_stand_from_the_total_down_and_sums_go_up() -> None:
    assert [code for codes in TREE.codes for code in codes] == ROWS
    summed = TREE.add_up(np.array([[1.0], [2.0], [4.0], [8.0], [16.0]]))
    assert summed[:, 0].tolist() == [31, 7, 24, 3, 4, 24, 1, 2, 4, 8, 16]
    assert TREE.only_children().tolist() == [-1, -1, -1, -1, 8, -1, 6, 7, 8, 9, 10]


def test_a_product_of_two_families_is_refused() -> None:
    with pytest.raises(ValueError, match="product P1 stands under F and G"):
        make_tree([("F", "P1", "a"), ("G", "P1", "b")], LEVELS)


def test_top_down_shares_by_the_forecasts_below() -> None:
    """The total of 100 goes to families as 60 : 20, then to products and series by their own forecasts."""
    base = np.array([100, 60, 20, 30, 10, 20, 10, 30, 5, 4, 12], dtype=float)[:, None]
    made = from_level(TREE, base, 0)[:, 0]
    assert made[:3].tolist() == [100, 75, 25]
    assert made[3:6].tolist() == [56.25, 18.75, 25]
    assert made[6:8].tolist() == [56.25 / 4, 56.25 * 3 / 4]
    assert from_level(TREE, base, 3)[0, 0] == 61
    assert from_level(TREE, base, 1)[:3, 0].tolist() == [80, 60, 20]


def test_a_branch_forecast_to_be_nothing_stays_nothing() -> None:
    base = np.array([100, 60, 40, 30, 30, 40, 10, 30, 5, 0, 0], dtype=float)[:, None]
    made = from_level(TREE, base, 0)
    assert made[[2, 5, 9, 10], 0].tolist() == [0, 0, 0, 0]
    assert is_coherent(TREE, made)


def test_minimum_trace_is_the_formula_of_the_paper() -> None:
    """Against G = (S'W⁻¹S)⁻¹S'W⁻¹ with W written out, as in Wickramasuriya et al. (2019)."""
    rng = np.random.default_rng(3)
    leaves = rng.normal(size=(5, 40)) + rng.normal(size=40)
    errors = TREE.add_up(leaves) + rng.normal(size=(11, 40))
    base = TREE.add_up(rng.uniform(50, 100, (5, 6))) + rng.normal(size=(11, 6))
    covariance = errors @ errors.T / 40
    spread = np.sqrt(np.diag(covariance))
    share = shrinkage(errors / spread[:, None])
    weight = share * np.diag(spread**2) + (1 - share) * covariance
    summing = TREE.add_up(np.eye(5))
    inverse = np.linalg.inv(weight)
    expected = summing @ np.linalg.solve(summing.T @ inverse @ summing, summing.T @ inverse @ base)
    assert 0.02 < share < 0.9
    assert np.allclose(minimum_trace(TREE, base, errors), expected, rtol=1e-8)


def test_without_errors_the_gap_is_shared_by_the_size_of_the_forecasts() -> None:
    base = TREE.add_up(np.array([[10.0], [10.0], [20.0], [30.0], [0.0]]))
    base[0] = 80
    made = minimum_trace(TREE, base, np.empty((11, 0)))
    assert is_coherent(TREE, made)
    assert 70 < made[0, 0] < 80
    assert made[6, 0] == pytest.approx(made[7, 0])
    assert made[10, 0] == pytest.approx(0.0, abs=1e-3)


def test_a_series_with_unknown_errors_is_as_uncertain_as_others_of_its_size() -> None:
    errors = TREE.add_up(np.random.default_rng(0).normal(size=(5, 40)))
    base = TREE.add_up(np.full((5, 1), 10.0))
    base[0] = 60
    all_known = minimum_trace(TREE, base, errors)
    errors[6] = np.nan
    assert minimum_trace(TREE, base, errors)[6, 0] == pytest.approx(all_known[6, 0], rel=0.1)


def test_shrinkage_is_that_of_all_pairs_of_series() -> None:
    rng = np.random.default_rng(5)
    scaled = rng.normal(size=(6, 30)) + 0.5 * rng.normal(size=30)
    scaled /= np.sqrt((scaled**2).mean(axis=1, keepdims=True))
    above = below = 0.0
    for first in range(6):
        for second in range(6):
            if first != second:
                product = scaled[first] * scaled[second]
                above += product.var(ddof=1) / 30
                below += product.mean() ** 2
    assert shrinkage(scaled) == pytest.approx(above / below)


@given(
    base=arrays(float, (11, 3), elements=st.floats(0, 1e6, allow_subnormal=False)),
    errors=arrays(float, (11, 12), elements=st.floats(-1e4, 1e4, allow_subnormal=False)),
)
def test_every_method_adds_up_and_none_is_negative(base: np.ndarray, errors: np.ndarray) -> None:
    for name in method_names(TREE):
        made = reconciled(TREE, base, errors, [name])
        assert is_coherent(TREE, made)
        assert (made >= 0).all()


@given(leaves=arrays(float, (5, 2), elements=st.floats(0, 1e6, allow_subnormal=False)))
def test_forecasts_that_add_up_are_left_as_they_are(leaves: np.ndarray) -> None:
    base = TREE.add_up(leaves)
    errors = np.random.default_rng(0).normal(size=(11, 24))
    for name in method_names(TREE):
        assert np.allclose(reconciled(TREE, base, errors, [name]), base, rtol=1e-6, atol=1e-6 * (1 + base.max()))


def test_a_negative_series_is_paid_for_by_its_sisters_and_the_levels_above_stay() -> None:
    coherent = TREE.add_up(np.array([[-4.0], [14.0], [10.0], [8.0], [2.0]]))
    made = never_negative(TREE, coherent)
    assert made[:6, 0].tolist() == coherent[:6, 0].tolist()
    assert made[6:8, 0].tolist() == [0, 10]


def past(seed: int, best_level: int) -> PastForecast:
    """A past origin whose forecasts are right at one level and far off elsewhere."""
    rng = np.random.default_rng(seed)
    actual = TREE.add_up(rng.uniform(50, 150, (5, 12)))
    base = actual * rng.uniform(0.6, 1.8, actual.shape)
    rows = TREE.rows(best_level)
    base[rows] = actual[rows]
    return PastForecast(base, actual, rng.normal(size=(11, 30)), np.ones(11))


def test_the_level_that_was_right_in_the_past_is_kept() -> None:
    assert choose(TREE, [past(seed, 3) for seed in range(4)]).methods == ("bottom-up",)
    middle = choose(TREE, [past(seed, 1) for seed in range(4)])
    assert middle.methods[0].startswith("middle-out from family")


def test_without_a_past_all_methods_are_averaged() -> None:
    assert choose(TREE, []) == Choice(method_names(TREE), 0, 0.0)
    assert str(choose(TREE, [])) == (
        "mean of top-down, middle-out from family, middle-out from product, bottom-up, minimum trace"
    )


def test_quantities_not_known_yet_do_not_count() -> None:
    seen = [past(seed, 3) for seed in range(2)]
    unknown = PastForecast(seen[0].base * 9, np.full_like(seen[0].actual, np.nan), seen[0].errors, seen[0].scale)
    assert choose(TREE, [*seen, unknown]) == choose(TREE, seen)


def test_a_level_that_is_another_one_under_a_new_name_is_no_method_of_its_own() -> None:
    each_one_series = make_tree([("F", "P1", "P1/X"), ("F", "P2", "P2/X"), ("G", "P3", "P3/X")], LEVELS)
    assert method_names(each_one_series) == ("top-down", "middle-out from family", "bottom-up", "minimum trace")
    assert method_names(make_tree([("F", "P1", "P1/X")], LEVELS)) == ("bottom-up",)


MONTHS = Frequency(Unit.MONTH)


def leaves(months: int = 60) -> list[Series]:
    rng = np.random.default_rng(1)
    return [
        Series(path[-1], 100 + 6 * row, rng.uniform(5, 15, months - 6 * row), np.ones(months - 6 * row, dtype=bool))
        for row, path in enumerate(PATHS)
    ]


def last_value(series: list[Series], horizon: int) -> np.ndarray:
    return np.stack([np.repeat(item.y[-1], horizon) for item in series])


def test_past_origins_know_nothing_of_what_came_after() -> None:
    own = leaves()
    portfolio = make_portfolio(TREE, own, 159, MONTHS)
    assert portfolio.values[0, -1] == pytest.approx(sum(item.y[-1] for item in own))
    assert np.isnan(portfolio.values[6 + 4, :24]).all()
    found = past_forecasts(portfolio, 18, last_value)
    assert len(found) == 4
    assert found[0].base[0].tolist() == [portfolio.values[0, 47]] * 12
    assert found[1].base[0].tolist() == [portfolio.values[0, 43]] * 12
    changed = portfolio.values.copy()
    changed[:, 48:] = 1e6
    later = past_forecasts(type(portfolio)(TREE, 100, changed, MONTHS), 18, last_value)
    assert np.array_equal(found[0].base, later[0].base)
    assert np.array_equal(found[0].errors, later[0].errors, equal_nan=True)


def test_a_series_that_had_not_begun_is_forecast_to_sell_nothing() -> None:
    made = forecast_rows(make_portfolio(TREE, leaves(), 159, MONTHS), 3, last_value, periods=20)
    assert made[10].tolist() == [0, 0, 0]
    assert made[9].tolist() == made[5].tolist()


def test_a_large_portfolio_is_tested_on_a_part_that_adds_up() -> None:
    rng = np.random.default_rng(2)
    paths = [(f"F{number % 7}", f"P{number}", f"P{number}/{place}") for number in range(300) for place in "XY"]
    tree = make_tree(paths, LEVELS)
    own = [Series(path[-1], 0, rng.uniform(1, 9, 40), np.ones(40, dtype=bool)) for path in paths]
    part = sample(make_portfolio(tree, own, 39, MONTHS))
    assert 100 <= len(part.tree.codes[3]) <= 120
    assert len(part.tree.codes[1]) == 7
    assert np.allclose(part.values, part.tree.add_up(part.values[part.tree.rows(3)]))
    y = {path[-1]: item.y for path, item in zip(paths, own, strict=True)}
    assert np.allclose(part.values[part.tree.rows(3)][5], y[part.tree.codes[3][5]])
