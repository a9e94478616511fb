"""Frozen forecasts: every layer is a whole forecast, nothing is frozen twice, only what has passed is compared."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from ledger import ledger

from sop_xl.demand.layers import consensus
from sop_xl.demand.snapshots import compared, freeze, kept
from sop_xl.model.calendar import Calendar
from sop_xl.schema import frames

CALENDAR = Calendar.telescoping(date(2024, 1, 1), monthly=3)
INPUTS = """
products: product family / A F / B F
history: product location channel period units
  A S C 2023-01-01 90 / A S C 2023-02-01 80 / A S C 2023-12-01 99 / B S C 2023-01-01 10
baseline: product location channel period baseline
  A S C 2024-01-01 100 / A S C 2024-02-01 100 / A S C 2024-03-01 100 / B S C 2024-01-01 20 / B S C 2024-02-01 20
  B S C 2024-03-01 20
campaigns: campaign product start end uplift_pct status
  K A 2024-01-01 2024-02-29 0.5 planned
sales_forecast: product location channel period sales_override reason note
  A S C 2024-02-01 130 other they~said~so / B S C 2024-01-01 0 other none
account_changes: customer product type period quantity_change confidence
  X B win 2024-02-01 6 1
"""
PEOPLE = {"sales": "Ada", "marketing": "Mo", "demand planning": "Dee", "executive": "Eve"}


def frozen(**by_cell: str) -> pd.DataFrame:
    """Freeze the consensus of INPUTS."""
    given = {name: frames.empty(name) for name in ("launches", "pipeline", "price_changes", "demand", "price_cost")}
    tables = {**given, **ledger(INPUTS)}
    made = consensus(tables, CALENDAR, tables["baseline"])
    outputs = {**tables, "consensus_demand": made.table, "demand_layers": made.layers}
    return freeze(outputs, CALENDAR, cycle="2024-01", people=PEOPLE, by_cell=by_cell)


def stairs(table: pd.DataFrame, product: str, month: str) -> dict[str, float]:
    """Return the units of the layers that have a row."""
    rows = table[(table["product"] == product) & (table["period"] == month)]
    return dict(zip(rows["layer"], rows["units"].round(6), strict=True))


def test_a_layer_is_the_whole_forecast_up_to_it_and_has_no_row_where_it_changed_nothing() -> None:
    found = frozen()
    assert stairs(found, "A", "2024-01-01") == {"naive": 90, "statistical": 100, "marketing": 150}
    assert stairs(found, "B", "2024-02-01") == {"statistical": 20, "sales": 26}
    assert stairs(found, "A", "2024-03-01") == {"statistical": 100}, "no sale of March is known: there is no naive"


def test_an_override_is_the_forecast_of_sales_in_total_and_zero_is_a_forecast() -> None:
    found = frozen()
    assert stairs(found, "A", "2024-02-01") == {"naive": 80, "statistical": 100, "sales": 130}
    assert stairs(found, "B", "2024-01-01") == {"naive": 10, "statistical": 20, "sales": 0}


def test_every_layer_names_its_month_ahead_and_who_gave_it() -> None:
    found = frozen(**{"B 2024-01-01": "Ben"})
    lags = found.drop_duplicates("period").set_index("period")["lag"]
    assert lags.tolist() == [1, 2, 3]
    who = found[found["layer"] == "sales"].set_index(["product", "period"])["person"]
    assert who["A", pd.Timestamp(2024, 2, 1)] == "Ada"
    assert who["B", pd.Timestamp(2024, 1, 1)] == "Ben"
    assert set(found.loc[found["layer"].isin(["naive", "statistical"]), "person"]) == {""}


def test_a_snapshot_is_never_replaced_and_an_old_one_is_dropped() -> None:
    first = frozen()
    changed = first.assign(units=first["units"] + 1)
    again = kept(first, changed, start=date(2024, 2, 1), months=24)
    pd.testing.assert_frame_equal(again, first)
    later = kept(first, changed.assign(cycle="2024-02"), start=date(2024, 2, 1), months=24)
    assert len(later) == 2 * len(first)
    assert kept(first, frames.empty("forecast_snapshots"), start=date(2026, 3, 1), months=24)["period"].min() == (
        pd.Timestamp(2024, 3, 1)
    )


SOLD = frames.rows(
    "history",
    [
        {"product": p, "location": "S", "channel": "C", "period": pd.Timestamp(day), "units": units}
        for p, day, units in (("A", "2023-12-01", 99), ("A", "2024-01-01", 140), ("A", "2024-02-01", 120))
    ],
)


def test_only_months_that_have_passed_and_were_sold_are_compared_and_silent_layers_carry_on() -> None:
    found = compared(frozen(), SOLD, start=date(2024, 2, 1)).set_index("product")
    assert list(found.index) == ["A"], "B has no row of sales in January: not known is not zero"
    row = found.loc["A"]
    assert (row["actual"], row["naive"], row["statistical"], row["sales"], row["marketing"]) == (140, 90, 100, 100, 150)
    assert (row["sales_person"], row["marketing_person"]) == ("", "Mo")


def test_a_forecast_for_all_channels_is_compared_with_all_of_them() -> None:
    both = pd.concat([SOLD, SOLD.assign(channel="D", units=5.0)], ignore_index=True)
    row = {"cycle": "old", "as_of": "2024-01-01", "product": "A", "period": "2024-01-01", "lag": 1}
    given = frames.rows("forecast_snapshots", [{**row, "layer": "consensus", "units": 150.0}])
    found = compared(given, both, start=date(2024, 2, 1))
    assert found["actual"].tolist() == [145.0]


def test_forecasts_by_channel_and_in_total_are_measured_alike() -> None:
    """Two channels forecast 60 and 80 and sold 70 and 75; without a row of sales a channel counts in neither."""
    both = pd.concat([SOLD.assign(units=70.0), SOLD.assign(channel="D", units=75.0)], ignore_index=True)
    row = {"cycle": "old", "as_of": "2024-01-01", "product": "A", "location": "S", "period": "2024-01-01", "lag": 1}
    cells = [{**row, "channel": name, "layer": "statistical", "units": units} for name, units in (("C", 60), ("D", 80))]
    silent = {**row, "channel": "NEW", "layer": "statistical", "units": 500.0}
    mine = {**row, "channel": "D", "layer": "sales", "units": 90.0, "person": "Ada"}
    given = frames.rows("forecast_snapshots", [*cells, silent, mine])
    (found,) = compared(given, both, start=date(2024, 2, 1)).to_dict("records")
    assert (found["statistical"], found["sales"], found["actual"]) == (140.0, 150.0, 145.0)
    assert (found["sales_person"], found["statistical_person"]) == ("Ada", "")


def test_a_week_is_not_compared_with_a_month_of_sales() -> None:
    row = {"cycle": "old", "as_of": "2024-01-01", "product": "A", "location": "S", "channel": "C", "lag": 1}
    week = {**row, "period": "2024-01-01", "kind": "week", "layer": "consensus", "units": 30.0}
    assert compared(frames.rows("forecast_snapshots", [week]), SOLD, start=date(2024, 2, 1)).empty


@pytest.mark.parametrize("start", [date(2024, 1, 1), date(2023, 1, 1)])
def test_nothing_is_compared_before_anything_has_passed(start: date) -> None:
    assert compared(frozen(), SOLD, start=start).empty
