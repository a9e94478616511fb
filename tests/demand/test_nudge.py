"""The nudge: said with enough evidence, about the same product and direction, in figures anybody can check."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from sop_xl.demand.nudge import nudges, track_record
from sop_xl.demand.snapshots import compared
from sop_xl.schema import frames

MONTHS = pd.date_range("2023-01-01", periods=8, freq="MS")


def record(overrides: list[float], baselines: list[float], sold: list[float], person: str = "Ada") -> pd.DataFrame:
    """Return the track record of overrides of product A, one a month, frozen the month before, on two channels."""
    snapshots, history = [], []
    for day, override, baseline, actual in zip(MONTHS, overrides, baselines, sold, strict=False):
        for channel, share in (("shop", 0.7), ("web", 0.3)):
            key = {"cycle": f"{day:%Y-%m}", "as_of": day, "product": "A", "channel": channel, "period": day, "lag": 1}
            snapshots.append({**key, "layer": "statistical", "units": baseline * share})
            snapshots.append(
                {**key, "layer": "sales", "person": person, "function": "sales", "units": override * share}
            )
            history.append({"product": "A", "channel": channel, "period": day, "units": actual * share})
    found = compared(
        frames.rows("forecast_snapshots", snapshots), frames.rows("history", history), start=date(2024, 1, 1)
    )
    return track_record(found)


def said(table: pd.DataFrame, person: str, product: str = "A") -> str:
    """Return the remark of one row."""
    rows = table[(table["person"] == person) & (table["product"] == product)]
    return str(rows["text"].iloc[0])


HIGH = record([118, 120, 117, 118, 130, 118], [103] * 6, [100] * 6)


def test_the_median_of_the_last_upward_overrides_is_said_with_that_of_the_baseline() -> None:
    row = HIGH.set_index(["person", "product", "direction"]).loc["Ada", "A", "upward"]
    assert (row["overrides"], row["median_error"], row["helped"]) == (6, pytest.approx(0.18), 0)
    assert said(HIGH, "Ada") == (
        "Your last 6 upward overrides of A were high by a median 18%; the baseline was high by 3%."
    )
    assert said(HIGH, "ALL").startswith("The last 6 upward overrides of A by sales were high")


def test_overrides_that_helped_are_told_as_well() -> None:
    found = record([104, 99, 101, 100], [90, 90, 90, 90], [100] * 4)
    assert (
        said(found, "Ada")
        == "Your last 4 upward overrides of A came closer to sales than the baseline in 4 of 4 cases."
    )


@pytest.mark.parametrize(
    ("overrides", "why"),
    [([130, 130, 130], "three are too few"), ([130, 80, 130, 80, 135, 82], "three up and three down are too few")],
)
def test_without_enough_evidence_nothing_is_said(overrides: list[float], why: str) -> None:
    found = record(overrides, [100] * 6, [100] * 6)
    assert set(found["text"]) == {""}, why


def test_overrides_as_often_high_as_low_are_not_remarked_on() -> None:
    found = record([120, 120, 120, 120], [110] * 4, [100, 170, 100, 170])
    assert said(found, "Ada") == ""


def test_a_month_is_one_override_the_last_one_frozen() -> None:
    day = MONTHS[0]
    rows = []
    for cycle, lag, units in (("2022-11", 3, 200.0), ("2023-01", 1, 120.0)):
        key = {"cycle": cycle, "as_of": day - pd.DateOffset(months=lag - 1), "product": "A", "period": day, "lag": lag}
        rows.append({**key, "layer": "statistical", "units": 100.0})
        rows.append({**key, "layer": "sales", "person": "Ada", "units": units})
    sold = frames.rows("history", [{"product": "A", "period": day, "units": 100.0}])
    found = track_record(compared(frames.rows("forecast_snapshots", rows), sold, start=date(2024, 1, 1)))
    row = found[(found["person"] == "Ada") & (found["product"] == "A")].iloc[0]
    assert (row["overrides"], row["median_error"]) == (1, pytest.approx(0.2))


def test_a_month_without_sales_is_left_out() -> None:
    assert record([120, 120], [100, 100], [0, 0]).empty


def test_the_nudge_stands_at_the_first_override_of_the_same_product_and_direction() -> None:
    sheet = frames.rows(
        "sales_forecast",
        [
            {"product": "B", "period": "2024-01-01", "baseline": 10, "sales_override": 12},
            {"product": "A", "period": "2024-01-01", "baseline": 100, "sales_override": 90},
            {"product": "A", "period": "2024-02-01", "baseline": 100, "sales_override": 110},
            {"product": "A", "period": "2024-03-01", "baseline": 100, "sales_override": 110},
        ],
    )
    assert [row for row, _ in nudges(sheet, HIGH, "Ada")] == [2]
    assert nudges(sheet, HIGH, "Ada")[0][1].startswith("Your last 6")
    assert nudges(sheet, HIGH, "Bo")[0][1].startswith("The last 6"), "Bo is not told that these were Bo's"
    assert nudges(sheet.assign(sales_override=float("nan")), HIGH, "Ada") == []
