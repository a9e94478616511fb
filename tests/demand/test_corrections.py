"""What a history is corrected by: every change stands in the table, everything else is as recorded."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_xl.demand.baseline import forecast
from sop_xl.demand.corrections import CORRECTION_COLUMNS, CorrectedHistory, correct
from sop_xl.demand.history import read_history
from sop_xl.demand.level_shift import level_shift
from sop_xl.model.issue import InputErrors

MONTHS = pd.date_range("2020-01-01", periods=48, freq="MS")
SEASON = 100 + 50 * np.sin(2 * np.pi * np.arange(48) / 12)


def history(y: np.ndarray, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"unique_id": "A", "ds": MONTHS[: len(y)], "y": y}).assign(**columns)


def corrected(frame: pd.DataFrame) -> CorrectedHistory:
    return correct(read_history(frame))


def changes(found: CorrectedHistory) -> list[tuple[str, float, float, str]]:
    rows = found.table.assign(ds=found.table["ds"].dt.strftime("%Y-%m"))
    return [tuple(row) for row in rows[["ds", "recorded", "used", "kind"]].round(1).itertuples(index=False)]


def test_a_history_without_faults_is_not_touched() -> None:
    found = corrected(history(SEASON))
    assert found.series[0].y.tolist() == SEASON.tolist()
    assert tuple(found.table.columns) == CORRECTION_COLUMNS
    assert found.table.empty and not found.issues


def test_a_stock_out_gets_what_its_season_lets_expect() -> None:
    sold = SEASON.copy()
    sold[27] = 20
    found = corrected(history(sold, stock_out=np.where(np.arange(48) == 27, "yes", "")))
    ((month, recorded, used, kind),) = changes(found)
    assert (month, recorded, kind) == ("2022-04", 20, "stock-out")
    assert used == pytest.approx(SEASON[27], rel=0.05)
    assert "demand taken" in found.issues[0].message


def test_units_told_as_lost_are_added_as_they_are() -> None:
    lost = np.where(np.arange(48) == 27, 12.5, np.nan)
    assert changes(corrected(history(SEASON, lost_units=lost))) == [
        ("2022-04", pytest.approx(round(SEASON[27], 1)), pytest.approx(round(SEASON[27] + 12.5, 1)), "stock-out")
    ]


def test_demand_is_never_below_what_was_sold_in_a_stock_out() -> None:
    sold = SEASON.copy()
    sold[27] = 400
    found = corrected(history(sold, stock_out=np.arange(48) == 27))
    assert found.series[0].y[27] == 400
    assert "sales are taken as they are" in found.issues[0].message


def test_a_slow_mover_out_of_stock_gets_its_mean_in_stock() -> None:
    y = np.tile([0.0, 0, 6, 0], 12)
    out = np.arange(48) == 22
    y[22] = 0
    found = corrected(history(y, stock_out=out))
    assert found.series[0].y[22] == pytest.approx(y[~out].mean())


def test_always_out_of_stock_is_said_and_not_guessed() -> None:
    found = corrected(history(SEASON, stock_out=True))
    assert found.table.empty
    assert "48 months out of stock" in found.issues[0].message


def test_gaps_returns_and_outliers_stand_in_one_table() -> None:
    y = SEASON.copy()
    y[20], y[30] = 9000, -5
    found = corrected(history(y).drop(index=10))
    assert [(month, recorded, kind) for month, recorded, _, kind in changes(found) if kind != "gap"] == [
        ("2021-09", 9000, "outlier"),
        ("2022-07", -5, "outlier"),
    ]
    assert found.table["reason"].iloc[-1].startswith("returns above sales count as nothing sold; far from neighbours")
    gap = found.table[found.table["kind"] == "gap"].iloc[0]
    assert np.isnan(gap["recorded"]) and gap["used"] == pytest.approx(SEASON[10], rel=0.1)


def test_a_lasting_change_of_level_is_recognised_and_kept() -> None:
    y = np.where(np.arange(48) < 36, SEASON, 3 * SEASON)
    found = corrected(history(y))
    assert found.series[0].y.tolist() == y.tolist()
    assert found.table[["kind", "ds"]].values.tolist() == [["level shift", pd.Timestamp("2023-01-01")]]
    assert "3 times the level before" in found.table["reason"].item()


@pytest.mark.parametrize(
    "y",
    [SEASON, np.linspace(10, 200, 48), np.r_[[100.0] * 20, [500.0] * 2, [100.0] * 26], np.full(48, 7.0)],
    ids=["season", "trend", "short burst", "flat"],
)
def test_what_is_no_level_shift(y: np.ndarray) -> None:
    assert level_shift(y, 12) is None


def test_one_absurd_order_of_a_slow_mover_counts_as_its_next_largest() -> None:
    y = np.tile([0.0, 0, 6, 0, 4], 9)
    y[14] = 5000
    found = corrected(history(y))
    assert changes(found) == [("2021-03", 5000, 6, "outlier")]


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_the_table_holds_all_changes_and_no_others(data: st.DataObject) -> None:
    n = data.draw(st.integers(3, 48))
    y = np.array(data.draw(st.lists(st.floats(-20, 1000), min_size=n, max_size=n)))
    out = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    keep[:2] = True
    found = correct(read_history(history(y, stock_out=out)[keep], "MS"))
    used = dict(zip(found.table["ds"], found.table["used"], strict=True))
    recorded = dict(zip(MONTHS[:n][keep], y[keep], strict=True))
    for at, demand in enumerate(found.series[0].y):
        month = MONTHS[at]
        assert demand == pytest.approx(used.get(month, recorded.get(month)))
        assert (month in used) >= (month not in recorded)


def test_marks_and_losses_that_say_nothing_are_errors() -> None:
    frame = history(SEASON[:4]).assign(stock_out=["no", "perhaps", "", 1], lost_units=["", -4, 3, "many"])
    with pytest.raises(InputErrors) as caught:
        read_history(frame)
    assert {issue.cell for issue in caught.value.issues} == {"stock_out:3", "lost_units:3", "lost_units:5"}


def test_the_forecast_follows_demand_and_shows_the_corrections() -> None:
    """A product out of stock in every last summer month is forecast like the summers before."""
    sold = SEASON.copy()
    summer = np.isin(np.arange(48), [37, 38, 39, 40])
    sold[summer] = 10
    blind = forecast(history(sold), 12).frame["forecast"].to_numpy()
    result = forecast(history(sold, stock_out=summer), 12)
    seeing = result.frame["forecast"].to_numpy()
    assert np.abs(seeing - SEASON[:12]).sum() < 0.3 * np.abs(blind - SEASON[:12]).sum()
    assert result.corrections["kind"].tolist() == ["stock-out"] * 4


def test_zeros_before_a_first_order_are_no_launch() -> None:
    """An item that sold once, last month, is a slow mover; one that has sold for half a year was launched."""
    once, half_a_year = np.where(np.arange(48) >= 47, 8.0, 0), np.where(np.arange(48) >= 42, 8.0, 0)
    assert len(corrected(history(once)).series[0].y) == 48
    assert len(corrected(history(half_a_year)).series[0].y) == 6
