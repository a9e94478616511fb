"""Draws of demand: each series keeps its range, series that erred together do so again, sums have their own range."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from sop_xl.demand.joint_errors import joint_errors, past_errors
from sop_xl.demand.paths import around, demand_paths, ranges_by_level
from sop_xl.model.calendar import Calendar
from sop_xl.schema import frames

YEAR = Calendar.telescoping(date(2024, 1, 1), monthly=12)
PRODUCTS = ("A", "B", "C", "D")


def history(together: float, months: int = 96) -> pd.DataFrame:
    """Four products around 100 a month whose noise of 10 is common in part."""
    rng = np.random.default_rng(7)
    days = pd.date_range(end="2023-12-01", periods=months, freq="MS")
    common = rng.normal(size=months)
    rows = []
    for product in PRODUCTS:
        noise = np.sqrt(together) * common + np.sqrt(1 - together) * rng.normal(size=months)
        rows += [
            {"product": product, "location": "L", "channel": "K", "period": day, "units": 100 + 10 * value}
            for day, value in zip(days, noise, strict=True)
        ]
    return frames.rows("history", rows)


def planned(calendar: Calendar = YEAR, products: tuple[str, ...] = PRODUCTS) -> pd.DataFrame:
    """100 a bucket, P10 at 90 and P90 at 120."""
    rows = [
        {"product": product, "location": "L", "channel": "K", "period": pd.Timestamp(start)}
        for product in products
        for start in calendar.starts
    ]
    return pd.DataFrame(rows).assign(units=100.0, p10=90.0, p90=120.0)


def test_draws_keep_the_range_of_each_series() -> None:
    paths = demand_paths(history(0.5), planned(), YEAR, draws=4000, seed=1)
    assert paths.units.shape == (4000, 4, 12)
    assert paths.units.dtype == np.float32
    assert list(paths.cells["product"]) == list(PRODUCTS)
    below, median, above = np.quantile(paths.units, [0.1, 0.5, 0.9], axis=(0))
    assert below == pytest.approx(np.full((4, 12), 90.0), abs=1.5)
    assert median == pytest.approx(np.full((4, 12), 100.0), abs=1.5)
    assert above == pytest.approx(np.full((4, 12), 120.0), abs=2.5)


def test_equal_seeds_give_equal_draws_and_more_draws_begin_with_the_same() -> None:
    few = demand_paths(history(0.5), planned(), YEAR, draws=100, seed=4).units
    more = demand_paths(history(0.5), planned(), YEAR, draws=150, seed=4).units
    assert np.array_equal(few, more[:100])
    assert not np.array_equal(few, demand_paths(history(0.5), planned(), YEAR, draws=100, seed=5).units)


@pytest.mark.parametrize(("together", "least", "most"), [(0.0, 0.42, 0.65), (0.9, 0.85, 1.0)])
def test_the_range_of_a_sum_follows_how_the_series_erred_together(together: float, least: float, most: float) -> None:
    """Four independent series: half as wide as the ranges added up; nearly equal ones: nearly as wide."""
    levels = {"total": ["ALL"] * 4, "product": list(PRODUCTS)}
    made = ranges_by_level(history(together), planned(), YEAR, levels, draws=2000)
    total = made[made["level"] == "total"]
    width = (total["p90"] - total["p10"]).mean()
    assert least * 4 * 30 < width < most * 4 * 30
    assert (total["p2_5"] < total["p10"]).all() and (total["p90"] < total["p97_5"]).all()


def test_sums_of_a_draw_are_draws_of_the_sum() -> None:
    levels = {"pair": ["AB", "AB", "CD", "CD"]}
    made = ranges_by_level(history(0.5), planned(), YEAR, levels, draws=400, seed=3)
    units = demand_paths(history(0.5), planned(), YEAR, draws=400, seed=3).units
    expected = np.quantile(units[:, :2].sum(axis=1), 0.9, axis=0)
    assert made.loc[made["code"] == "AB", "p90"].to_numpy() == pytest.approx(expected, rel=1e-4)


def test_weeks_of_a_month_differ_but_hang_together() -> None:
    weeks = Calendar.telescoping(date(2024, 1, 1), weekly_months=1, monthly=0)
    units = demand_paths(history(0.5), planned(weeks), weeks, draws=3000).units[:, 0, :4]
    correlation = np.corrcoef(units.T)[np.triu_indices(4, 1)]
    assert ((correlation > 0.2) & (correlation < 0.95)).all()


def test_a_product_without_history_moves_a_little_with_the_others() -> None:
    units = demand_paths(history(0.9), planned(products=("A", "B", "NEW")), YEAR, draws=3000).units
    assert np.corrcoef(units[:, 0, 5], units[:, 1, 5])[0, 1] > 0.6
    assert units[:, 2].std() > 5


def test_without_any_history_the_ranges_stand() -> None:
    units = demand_paths(frames.empty("history"), planned(), YEAR, draws=2000).units
    assert np.quantile(units, 0.9) == pytest.approx(120, abs=2)


def test_sales_after_the_start_are_not_seen() -> None:
    later = frames.rows(
        "history",
        [{"product": "A", "location": "L", "channel": "K", "period": pd.Timestamp("2024-02-01"), "units": 9e6}],
    )
    both = pd.concat([history(0.5), later], ignore_index=True)
    seen = demand_paths(both, planned(), YEAR, draws=50).units
    assert np.array_equal(seen, demand_paths(history(0.5), planned(), YEAR, draws=50).units)


def test_the_consensus_takes_the_relative_range_of_the_baseline() -> None:
    baseline = planned(products=("A",)).rename(columns={"units": "baseline"})
    consensus = planned(products=("A", "NEW"))[["product", "location", "channel", "period"]].assign(units=200.0)
    made = around(baseline, consensus).set_index("product")
    assert made.loc["A", ["p10", "p90"]].to_numpy().tolist()[0] == [180, 240]
    assert made.loc["NEW", "p10"].isna().all()
    units = demand_paths(frames.empty("history"), around(baseline, consensus), YEAR, draws=2000).units
    assert np.quantile(units[:, 1], [0.1, 0.9]) == pytest.approx([100, 300], rel=0.04)


def test_past_errors_are_those_of_last_season_plus_its_smoothed_change() -> None:
    """Seasons of 2: 1 2 | 3 5 | 6 9 | 10 14, changes 2 3 3 4 4 5."""
    errors = past_errors(np.array([[1.0, 2, 3, 5, 6, 9, 10, 14]]), 1, 2)
    level = [0.4, 0.92, 1.336, 1.8688, 2.29504]
    assert errors[:, 0, 0] == pytest.approx([4 - level[2], 4 - level[3], 5 - level[4]])


def test_series_whose_history_is_too_short_have_no_errors() -> None:
    values = np.full((2, 80), np.nan)
    values[0] = np.random.default_rng(0).normal(100, 10, 80)
    values[1, -5:] = 100.0
    found = joint_errors(values, 6, 12)
    assert found.known.tolist() == [True, False]
    assert (found.scaled[:, 0] ** 2).mean(axis=0) == pytest.approx(np.ones(6), rel=1e-4)
