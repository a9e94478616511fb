"""Accuracy by family: measured on what was held back, against the seasonal naive."""

from __future__ import annotations

import pandas as pd
import pytest

from sop_xl.demand.accuracy_by_family import accuracy_by_family
from sop_xl.schema import frames

MONTHS = pd.date_range("2021-01-01", periods=60, freq="MS")
PRODUCTS = frames.rows("products", [{"product": "GROWS", "family": "F"}, {"product": "FLAT", "family": "G"}])


def history(growth: float) -> pd.DataFrame:
    """Five years: one product grows by a fixed number a month, the other repeats its seasons, in two channels each."""
    rows = [
        {"product": product, "channel": channel, "period": day, "units": units}
        for channel in ("shop", "web")
        for i, day in enumerate(MONTHS)
        for product, units in (("GROWS", 500 + growth * i), ("FLAT", 100 + 40 * (day.month in (11, 12))))
    ]
    return frames.rows("history", rows)


def test_a_trend_is_worth_more_than_last_year_and_repeated_seasons_are_not() -> None:
    found = accuracy_by_family(history(10.0), PRODUCTS).set_index("family")
    assert list(found.index) == ["ALL", "F", "G"]
    naive = 12 * 10 / (500 + 10 * (48 + 5.5))
    assert found.loc["F", "naive_wape"] == pytest.approx(naive), "last year is 120 units short of the mean of this one"
    assert found.loc["F", "wape"] < naive / 4
    assert found.loc["G", "naive_wape"] == 0
    assert found.loc["G", "value_added"] == pytest.approx(-found.loc["G", "wape"])


def test_value_added_is_the_error_of_the_naive_less_ours() -> None:
    found = accuracy_by_family(history(5.0), PRODUCTS)
    pd.testing.assert_series_equal(found["value_added"], found["naive_wape"] - found["wape"], check_names=False)


def test_a_history_too_short_to_hold_anything_back_gives_no_figure() -> None:
    short = history(1.0)
    assert accuracy_by_family(short[short["period"] < "2021-06-01"], PRODUCTS).empty
    assert accuracy_by_family(frames.empty("history"), PRODUCTS).empty


def test_months_out_of_stock_are_neither_learned_nor_measured() -> None:
    sold = history(0.0)
    missed = sold["product"].eq("FLAT") & sold["channel"].eq("web") & sold["period"].isin(MONTHS[[40, 45, 52, 55]])
    short = sold.assign(stock_out=missed, units=sold["units"].mask(missed, 0.0))
    assert accuracy_by_family(short, PRODUCTS).set_index("family").loc["G", "wape"] == pytest.approx(
        accuracy_by_family(sold, PRODUCTS).set_index("family").loc["G", "wape"], abs=0.01
    )
    unsaid = accuracy_by_family(short.assign(stock_out=False), PRODUCTS).set_index("family")
    assert unsaid.loc["G", "wape"] > 0.05
