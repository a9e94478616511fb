"""The baseline of a plan: levels that add up, buckets of any length, ranges that are not sums of ranges."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_xl.demand.baseline_plan import PlannedBaseline, history_corrections, plan_baseline
from sop_xl.demand.buckets import PERIOD_CORRELATION, months_within, period_weights, summed_half_width
from sop_xl.demand.frequency import Frequency, Unit
from sop_xl.model.calendar import Calendar
from sop_xl.model.issue import InputErrors
from sop_xl.schema import frames
from sop_xl.schema.catalogue import table

PRODUCTS = frames.rows(
    "products", [{"product": code, "family": "F" if code < "P3" else "G"} for code in ("P1", "P2", "P3")]
)
SALES = [("P1", "X", 100), ("P1", "Y", 40), ("P2", "X", 60), ("P3", "X", 80)]
YEAR = Calendar.telescoping(date(2024, 1, 1), monthly=12)


def sold(months: int = 60, end: str = "2023-12-01") -> pd.DataFrame:
    """Four seasonal series with independent noise, up to December 2023."""
    rng = np.random.default_rng(0)
    days = pd.date_range(end=end, periods=months, freq="MS")
    season = 1 + 0.3 * np.sin(2 * np.pi * days.month.to_numpy() / 12)
    rows = [
        {"product": product, "location": "DC", "channel": channel, "period": day, "units": units}
        for product, channel, level in SALES
        for day, units in zip(days, level * season * rng.normal(1, 0.1, months), strict=True)
    ]
    return frames.rows("history", rows)


def planned(calendar: Calendar = YEAR, history: pd.DataFrame | None = None) -> PlannedBaseline:
    return plan_baseline(sold() if history is None else history, PRODUCTS, calendar, seed=0)


def test_every_series_has_every_bucket_and_the_columns_of_the_schema() -> None:
    made = planned().table
    assert tuple(made.columns) == table("baseline").column_names
    assert len(made) == 4 * 12
    assert (made["p10"] >= 0).all()
    assert ((made["p10"] <= made["baseline"]) & (made["baseline"] <= made["p90"])).all()
    january = made[(made["product"] == "P2") & (made["period"] == "2024-01-01")]
    assert january["baseline"].item() == pytest.approx(60 * 1.15, rel=0.15)


def test_parts_add_up_to_products_and_products_to_families() -> None:
    result = planned()
    ranges = result.ranges.set_index(["level", "code", "period"])["baseline"]
    by_product = result.table.groupby(["product", "period"])["baseline"].sum()
    assert np.allclose(by_product, ranges["product"].reindex(by_product.index))
    family = result.table.assign(family=result.table["product"].map({"P1": "F", "P2": "F", "P3": "G"}))
    by_family = family.groupby(["family", "period"])["baseline"].sum()
    assert np.allclose(by_family, ranges["family"].reindex(by_family.index))


def test_the_range_of_a_family_is_narrower_than_the_ranges_of_its_parts_added_up() -> None:
    result = planned()
    family = result.ranges[(result.ranges["level"] == "family") & (result.ranges["code"] == "F")]
    parts = result.table[result.table["product"].isin(["P1", "P2"])]
    added = parts.groupby("period")[["p10", "p90"]].sum()
    assert (family["p90"] - family["p10"]).sum() < 0.9 * (added["p90"] - added["p10"]).sum()


def test_weeks_years_and_months_share_the_same_forecast() -> None:
    """Weeks add up to their month exactly, a year to its twelve months."""
    months = Calendar.telescoping(date(2024, 1, 1), monthly=26)
    telescope = Calendar.telescoping(date(2024, 1, 1), weekly_months=2, monthly=0, yearly=2)
    by_month = planned(months).table.set_index(["product", "channel", "period"])["baseline"]
    mixed = planned(telescope).table
    january = mixed[(mixed["period"] < "2024-02-01") & (mixed["product"] == "P2")]
    assert len(january) == 5
    assert january["baseline"].sum() == pytest.approx(by_month["P2", "X", pd.Timestamp("2024-01-01")])
    year = mixed[(mixed["period"] == "2024-03-01") & (mixed["product"] == "P2")]
    twelve = by_month["P2", "X"].loc["2024-03-01":"2025-02-01"]
    assert year["baseline"].item() == pytest.approx(twelve.sum())


def test_a_week_is_less_certain_than_its_month() -> None:
    weeks = planned(Calendar.telescoping(date(2024, 1, 1), weekly_months=1, monthly=0)).table
    month = planned(Calendar.telescoping(date(2024, 1, 1), monthly=1)).table
    relative = [((made["p90"] - made["baseline"]) / made["baseline"]).min() for made in (weeks, month)]
    assert relative[0] > 1.1 * relative[1]


def test_sales_after_the_start_of_the_horizon_are_not_seen() -> None:
    full, cut = sold(), sold()[lambda rows: rows["period"] < "2023-07-01"]
    horizon = Calendar.telescoping(date(2023, 7, 1), monthly=3)
    replayed = planned(horizon, full)
    pd.testing.assert_frame_equal(replayed.table, planned(horizon, cut.reset_index(drop=True)).table)
    assert any(
        "24 rows of sales in or after the first bucket (2023-07-01)" in issue.message for issue in replayed.issues
    )


def test_a_horizon_that_begins_later_than_the_history_ends_is_bridged() -> None:
    later = planned(Calendar.telescoping(date(2024, 3, 1), monthly=3)).table
    sooner = planned(Calendar.telescoping(date(2024, 1, 1), monthly=5)).table
    sooner = sooner[sooner["period"] >= "2024-03-01"].reset_index(drop=True)
    assert np.allclose(later["baseline"], sooner["baseline"])


def test_a_series_whose_rows_stop_gets_no_baseline_and_that_is_said() -> None:
    history = sold()
    stopped = history[(history["product"] != "P3") | (history["period"] < "2022-06-01")].reset_index(drop=True)
    result = planned(history=stopped)
    assert set(result.table["product"]) == {"P1", "P2"}
    assert any("P3 / DC / X has no sales row after 2022-05-01" in issue.message for issue in result.issues)


def test_a_series_that_lags_some_months_is_bridged() -> None:
    history = sold()
    lagging = history[(history["channel"] != "Y") | (history["period"] < "2023-10-01")].reset_index(drop=True)
    result = planned(history=lagging).table
    assert len(result) == 48
    y_channel = result[result["channel"] == "Y"]["baseline"]
    assert y_channel.mean() == pytest.approx(40, rel=0.15)


def test_a_history_without_a_past_is_refused_in_words() -> None:
    with pytest.raises(InputErrors, match="no whole month before 2010-01-01"):
        planned(Calendar.telescoping(date(2010, 1, 1), monthly=3))


@given(st.integers(0, 3), st.integers(1, 20), st.integers(0, 2), st.sampled_from(list(Unit)))
def test_every_period_within_the_horizon_is_given_out_whole(weekly: int, monthly: int, yearly: int, unit: Unit) -> None:
    calendar = Calendar.telescoping(date(2024, 1, 1), weekly_months=weekly, monthly=monthly, yearly=yearly)
    frequency = Frequency(unit)
    first = int(frequency.ordinals(np.array(["2023-10-01"], dtype="datetime64[D]"))[0])
    weights = period_weights(frequency, first, 40, calendar)
    starts = frequency.first_days(np.arange(first, first + 41))
    inside = (starts[:-1] >= np.datetime64(calendar.start)) & (starts[1:] <= np.datetime64(calendar.end))
    assert np.allclose(weights.sum(axis=1)[inside], 1)
    assert (weights.sum(axis=1) <= 1 + 1e-12).all()


def test_widths_of_a_year_lie_between_those_of_independent_and_of_identical_months() -> None:
    width = summed_half_width(np.full((1, 12), 10.0), np.ones((12, 1))).item()
    assert 10 * np.sqrt(12) < width < 120
    assert width == pytest.approx(10 * np.sqrt(12 * (1 - PERIOD_CORRELATION) + 144 * PERIOD_CORRELATION))


def test_months_within_count_each_month_by_its_own_days() -> None:
    calendar = Calendar.telescoping(date(2024, 1, 1), monthly=3)
    assert months_within(calendar, date(2024, 1, 17), date(2024, 2, 15)) == pytest.approx([15 / 31, 14 / 29, 0])


def test_what_is_corrected_stands_in_a_table_and_the_plan_is_made_from_it() -> None:
    history = sold()
    at = history.index[(history["product"] == "P3") & (history["period"] == "2023-10-01")][0]
    normal = history.loc[at, "units"]
    history.loc[at, ["units", "stock_out"]] = [2.0, True]
    found = history_corrections(history, YEAR)
    assert tuple(found.columns) == table("history_corrections").column_names
    assert found[["product", "location", "channel", "kind"]].values.tolist() == [["P3", "DC", "X", "stock-out"]]
    assert found["recorded"].item() == 2 and found["used"].item() == pytest.approx(normal, rel=0.3)
    blind = planned(history=history.assign(stock_out=False)).table
    seeing = planned(history=history).table
    october = (seeing["product"] == "P3") & (seeing["period"] == "2024-10-01")
    assert seeing.loc[october, "baseline"].item() > blind.loc[october, "baseline"].item()


def test_a_history_in_order_and_one_that_is_not_there_have_no_corrections() -> None:
    assert history_corrections(sold(), YEAR).empty
    assert history_corrections(frames.empty("history"), YEAR).empty
