"""Histories as people keep them: everything wrong is said at once, with its row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sop_xl.demand.calendar_completion import complete_calendar
from sop_xl.demand.history import read_history
from sop_xl.model.issue import InputErrors, Severity


def rows(*lines: tuple[object, object, object]) -> pd.DataFrame:
    return pd.DataFrame(list(lines), columns=["unique_id", "ds", "y"])


def test_all_errors_are_reported_together_with_their_rows() -> None:
    history = rows(
        ("A", "2024-01-01", 1),
        ("A", "2024-02-01", "many"),
        ("A", "2024-03-01", float("inf")),
        ("A", "never", 4),
        ("", "2024-05-01", 5),
        ("A", "2024-06-01", 6),
        ("A", "2024-06-01", 7),
    )
    with pytest.raises(InputErrors) as caught:
        read_history(history)
    found = {issue.cell: issue.message for issue in caught.value.issues if issue.severity is Severity.ERROR}
    assert set(found) == {"y:3", "y:4", "ds:5", "unique_id:6", "y:8"}
    assert "'many'" in found["y:3"]
    assert "'never'" in found["ds:5"]
    assert "6, 7" in found["y:8"]


def test_equal_duplicates_count_once_and_are_named() -> None:
    history = rows(("A", "2024-01-01", 5), ("A", "2024-01-01", 5), ("A", "2024-02-01", 6))
    clean = read_history(history)
    assert clean.frame["y"].tolist() == [5, 6]
    assert [str(issue.severity) for issue in clean.issues] == ["warning"]
    assert "Rows 2, 3" in clean.issues[0].message


def test_negative_quantities_count_as_zero_and_blank_ones_as_unknown() -> None:
    history = rows(("A", "2024-01-01", 5), ("A", "2024-02-01", -3), ("A", "2024-03-01", ""), ("A", "2024-04-01", 7))
    clean = read_history(history)
    assert clean.frame["y"].tolist() == [5, 0, 7]
    assert {issue.cell for issue in clean.issues} == {"y:3", "y:4"}
    assert all(issue.severity is Severity.WARNING for issue in clean.issues)


def test_month_ends_are_put_on_the_first_day_with_a_note() -> None:
    clean = read_history(rows(("A", "2024-01-31", 1), ("A", "2024-02-29", 2)))
    assert clean.frequency.alias == "MS"
    starts = clean.frequency.first_days(clean.frame["period"].to_numpy())
    assert list(pd.DatetimeIndex(starts).strftime("%Y-%m-%d")) == ["2024-01-01", "2024-02-01"]
    assert clean.issues[0].severity is Severity.INFO


def test_two_stamps_within_one_month_are_not_two_months() -> None:
    with pytest.raises(InputErrors, match="different quantities for A, 2024-01-01: 1, 2"):
        read_history(rows(("A", "2024-01-05", 1), ("A", "2024-01-20", 2), ("A", "2024-02-05", 3)), "MS")


def test_numeric_codes_become_text_and_numeric_text_becomes_numbers() -> None:
    clean = read_history(rows((7, "2024-01-01", "1.5"), (7, "2024-02-01", " 2e3 ")))
    assert clean.frame["unique_id"].tolist() == ["7", "7"]
    assert clean.frame["y"].tolist() == [1.5, 2000]


@pytest.mark.parametrize(
    ("history", "said"),
    [
        (pd.DataFrame({"ds": ["2024-01-01"], "y": [1]}), "unique_id is missing"),
        (rows(), "no rows"),
        (rows(("A", "2024-01-01", 1)), "daily, weekly, monthly"),
        (rows(("A", "2024-01-01", None), ("A", "2024-02-01", None)), "no value at all"),
    ],
)
def test_what_cannot_be_forecast_is_explained(history: pd.DataFrame, said: str) -> None:
    with pytest.raises(InputErrors, match=said):
        read_history(history)


def test_unused_columns_are_named() -> None:
    clean = read_history(rows(("A", "2024-01-01", 1), ("A", "2024-02-01", 2)).assign(region="north"))
    assert [issue.message for issue in clean.issues] == ["Columns not used: region."]


def test_a_missing_month_is_filled_between_its_neighbours_and_reported() -> None:
    series, issues = complete_calendar(read_history(rows(("A", "2024-01-01", 99), ("A", "2024-03-01", 99)), "MS"))
    assert series[0].y == pytest.approx([99, 99, 99])
    assert series[0].known.tolist() == [True, False, True]
    assert issues[0].severity is Severity.WARNING
    assert "2024-02-01" in issues[0].message


def test_a_missing_month_takes_its_seasonal_value() -> None:
    """A December peak of 300 over a level of 100 is filled as a peak, not as a neighbour."""
    stamps = pd.date_range("2020-01-01", periods=48, freq="MS")
    y = np.where(stamps.month == 12, 300.0, 100.0)
    history = pd.DataFrame({"unique_id": "A", "ds": stamps, "y": y}).drop(index=35)
    series, _ = complete_calendar(read_history(history))
    assert series[0].y[35] == pytest.approx(300, rel=0.05)


def test_a_series_that_ends_early_is_named() -> None:
    history = rows(
        ("A", "2024-01-01", 1),
        ("A", "2024-02-01", 1),
        ("B", "2024-01-01", 1),
        ("B", "2024-02-01", 1),
        ("B", "2024-03-01", 1),
    )
    _, issues = complete_calendar(read_history(history))
    assert issues[0].severity is Severity.INFO
    assert "1 of 2 series end before 2024-03-01 (such as A)" in issues[0].message


def test_a_flood_of_like_findings_is_counted_not_listed() -> None:
    history = rows(*(("A", "2024-01-01", "x") for _ in range(1000)), ("A", "2024-02-01", 1))
    with pytest.raises(InputErrors) as caught:
        read_history(history)
    texts = [issue for issue in caught.value.issues if issue.cell.startswith("y:")]
    assert any("980 more rows of y like these, the last in row 1001" in issue.message for issue in texts)
    assert len(texts) < 30
