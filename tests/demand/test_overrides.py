"""Overrides at any level: spread down without drift, rolled up exactly, branches nobody touched unchanged."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_xl.demand.overrides import Overridden, whole_units, with_overrides
from sop_xl.schema import frames

CELLS = pd.DataFrame(
    [("A", "DC", "X", "F"), ("A", "DC", "Y", "F"), ("B", "DC", "X", "F"), ("C", "DC", "X", "G"), ("C", "DC", "Y", "G")],
    columns=["product", "location", "channel", "family"],
)
STARTS = pd.date_range("2024-01-01", periods=3, freq="MS").to_numpy()
JAN, FEB, MAR = (pd.Timestamp(day) for day in STARTS)
BEFORE = np.array([[100.0, 10, 0], [50, 10, 0], [150, 20, 30], [60, 0, 0], [40, 0, 0]])


def override(code: str, day: pd.Timestamp, value: float | None, channel: str = "ALL", location: str = "ALL") -> dict:
    row = {"product": code, "location": location, "channel": channel, "period": day, "sales_override": value}
    return {**row, "reason": "competitor"}


def after(*overrides: dict, before: np.ndarray = BEFORE) -> Overridden:
    return with_overrides(CELLS, before, STARTS, frames.rows("sales_forecast", overrides))


def column(made: Overridden, day: pd.Timestamp) -> list[float]:
    return made.units[:, list(STARTS).index(day.to_datetime64())].tolist()


def test_a_family_is_spread_by_what_is_planned_in_it() -> None:
    assert column(after(override("F", JAN, 600)), JAN) == [200, 100, 300, 60, 40]


def test_the_total_is_spread_over_all_families() -> None:
    assert column(after(override("ALL", JAN, 40)), JAN) == [10, 5, 15, 6, 4]


def test_a_family_in_one_channel_leaves_the_other_channels_alone() -> None:
    assert column(after(override("F", JAN, 500, channel="X")), JAN) == [200, 50, 300, 60, 40]


def test_zero_plans_zero_and_nothing_said_keeps_what_is_there() -> None:
    assert column(after(override("F", JAN, 0)), JAN) == [0, 0, 0, 60, 40]
    kept = after(override("F", JAN, None))
    assert np.array_equal(kept.units, BEFORE)
    assert (kept.row == -1).all()


def test_narrower_rows_count_towards_the_broader_one() -> None:
    """Of the family's 600, A claims 120 and within it A in X 20; B takes the rest."""
    made = after(override("F", JAN, 600), override("A", JAN, 120), override("A", JAN, 20, channel="X", location="DC"))
    assert column(made, JAN) == [20, 100, 480, 60, 40]
    assert not made.issues


def test_parts_that_claim_more_than_their_family_are_kept_and_the_contradiction_is_said() -> None:
    made = after(override("F", JAN, 100), override("A", JAN, 120))
    assert column(made, JAN) == [80, 40, 0, 60, 40]
    assert "The override of F in 2024-01-01 is 100, but its parts are overridden to 120." in made.issues[0].message


def test_parts_that_leave_nobody_to_take_the_rest_are_kept_and_said() -> None:
    made = after(override("F", JAN, 900), override("A", JAN, 120), override("B", JAN, 80))
    assert column(made, JAN)[:3] == [80, 40, 80]
    assert len(made.issues) == 1


def test_without_anything_planned_in_a_bucket_the_horizon_decides_and_else_all_are_alike() -> None:
    assert column(after(override("G", FEB, 10)), FEB)[3:] == [6, 4]
    assert column(after(override("G", FEB, 10), before=np.zeros((5, 3))), FEB)[3:] == [5, 5]


def test_a_code_without_demand_is_said() -> None:
    made = after(override("Z", JAN, 5))
    assert np.array_equal(made.units, BEFORE)
    assert "Z, which has no demand in the plan" in made.issues[0].message


def test_a_plan_in_whole_units_stays_in_whole_units() -> None:
    """601 over 100 : 50 : 150 is 200.33, 100.17 and 300.5."""
    assert column(after(override("F", JAN, 601)), JAN) == [200, 100, 301, 60, 40]
    assert whole_units(np.array([0.4, 0.4, 0.2]), 1).tolist() == [1, 0, 0]


UNITS = st.floats(0, 1e6, allow_subnormal=False)
ROWS = st.dictionaries(
    st.tuples(st.sampled_from(["ALL", "F", "G", "A", "B", "C"]), st.sampled_from(["ALL", "X"]), st.integers(0, 2)),
    UNITS,
    max_size=7,
)


def overrides_of(rows: dict[tuple[str, str, int], float]) -> list[dict]:
    return [
        override(code, pd.Timestamp(STARTS[bucket]), value, channel) for (code, channel, bucket), value in rows.items()
    ]


@settings(max_examples=30)
@given(before=st.lists(UNITS, min_size=15, max_size=15), level=st.sampled_from(["ALL", "F", "G", "C"]), units=UNITS)
def test_what_is_spread_adds_up_to_the_override_exactly(before: list[float], level: str, units: float) -> None:
    planned = np.array(before).reshape(5, 3)
    made = after(override(level, JAN, units), before=planned)
    covered = {"ALL": slice(0, 5), "F": slice(0, 3), "G": slice(3, 5), "C": slice(3, 5)}[level]
    assert made.units[covered, 0].sum() == pytest.approx(units, rel=1e-15, abs=1e-12)
    assert (made.units >= 0).all()


@settings(max_examples=30)
@given(before=st.lists(UNITS, min_size=15, max_size=15), rows=ROWS)
def test_overrides_laid_on_twice_change_nothing_more(before: list[float], rows: dict) -> None:
    planned = np.array(before).reshape(5, 3)
    once = after(*overrides_of(rows), before=planned)
    twice = after(*overrides_of(rows), before=once.units)
    assert np.allclose(once.units, twice.units, rtol=1e-12, atol=1e-9)


@settings(max_examples=30)
@given(before=st.lists(UNITS, min_size=15, max_size=15), rows=ROWS)
def test_cells_that_nobody_covers_keep_their_units_to_the_last_digit(before: list[float], rows: dict) -> None:
    planned = np.array(before).reshape(5, 3)
    made = after(*overrides_of(rows), before=planned)
    assert np.array_equal(made.units[made.row < 0], planned[made.row < 0])


@settings(max_examples=30)
@given(before=st.lists(UNITS, min_size=15, max_size=15), level=st.sampled_from(["ALL", "F", "A"]))
def test_an_override_of_what_is_planned_changes_nothing(before: list[float], level: str) -> None:
    planned = np.array(before).reshape(5, 3)
    covered = {"ALL": slice(0, 5), "F": slice(0, 3), "A": slice(0, 2)}[level]
    made = after(override(level, FEB, float(planned[covered, 1].sum())), before=planned)
    assert np.array_equal(made.units, planned)


@settings(max_examples=30)
@given(before=st.lists(UNITS, min_size=15, max_size=15), rows=ROWS)
def test_the_narrowest_override_of_a_cell_always_holds(before: list[float], rows: dict) -> None:
    made = after(*overrides_of(rows), before=np.array(before).reshape(5, 3))
    for (code, channel, bucket), value in rows.items():
        if code == "B" and channel == "X":
            assert made.units[2, bucket] == pytest.approx(value, rel=1e-12)


@given(shares=st.lists(st.floats(0, 1e4), min_size=1, max_size=9))
def test_whole_units_add_up_and_are_never_a_unit_off(shares: list[float]) -> None:
    exact = np.array(shares)
    total = round(exact.sum())
    if exact.sum() > 0:
        exact = exact * total / exact.sum()
    made = whole_units(exact, total)
    assert made.sum() == total
    assert (made % 1 == 0).all()
    assert (np.abs(made - exact) < 1 + 1e-6).all() or exact.sum() == 0
