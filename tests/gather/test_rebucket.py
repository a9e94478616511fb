"""A monthly budget on weekly, monthly and yearly buckets: sums keep their total, closing values their last."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_xl.gather.rebucket import needs_rebucket, rebucket
from sop_xl.model.calendar import Calendar, add_months
from sop_xl.schema import frames

TELESCOPE = Calendar.telescoping(date(2026, 7, 1), weekly_months=1, monthly=1, yearly=1)


def budget(months: int, revenue: list[float] | None = None) -> pd.DataFrame:
    rows = [
        {
            "family": "F",
            "period": pd.Timestamp(add_months(date(2026, 7, 1), i)),
            "quantity": 310.0,
            "revenue": revenue[i] if revenue else 31.0,
            "stock_value": 100.0 + i,
        }
        for i in range(months)
    ]
    return frames.rows("budget", rows)


def test_a_month_is_spread_over_its_weeks_by_days_and_a_year_adds_up_its_months() -> None:
    found = rebucket("budget", budget(14), TELESCOPE).set_index("period")
    weeks = found.loc["2026-07-01":"2026-07-27"]
    assert weeks["quantity"].tolist() == pytest.approx([50.0, 70.0, 70.0, 70.0, 50.0]), "310 a month of 31 days"
    assert found.loc["2026-08-01", "quantity"] == pytest.approx(310.0)
    assert found.loc["2026-09-01", "quantity"] == pytest.approx(12 * 310.0)
    assert weeks["stock_value"].tolist() == [100.0] * 5
    assert found.loc["2026-09-01", "stock_value"] == 113.0, "stock is what is left at the end of the year"


@given(st.lists(st.floats(0, 1e6), min_size=14, max_size=14))
def test_nothing_is_lost_on_the_way(revenue: list[float]) -> None:
    found = rebucket("budget", budget(14, revenue), TELESCOPE)
    assert found["revenue"].sum() == pytest.approx(sum(revenue))


def test_rows_that_are_buckets_stay_and_a_missing_month_is_not_filled() -> None:
    months = Calendar.telescoping(date(2026, 7, 1), monthly=6)
    assert not needs_rebucket("budget", budget(6), months)
    assert not needs_rebucket("budget", budget(6).drop(index=2), months), "a hole stays a hole"
    assert needs_rebucket("budget", budget(14), TELESCOPE)
    assert not needs_rebucket("demand", frames.empty("demand"), TELESCOPE)
