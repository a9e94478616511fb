"""FORECAST, BACKTEST and SEASONALITY: the engine's numbers, in the direction of the sheet."""

from __future__ import annotations

import datetime as dt
import math

import pandas as pd
import pytest

from sop_xl.demand.backtest import backtest
from sop_xl.demand.baseline import forecast
from sop_xl.demand.ensemble import Mode
from sop_xl.functions.calling import call

SALES = [round(100 + month + 20 * math.sin(month / 6 * math.pi), 1) for month in range(36)]
MONTHS = [dt.datetime(2023 + month // 12, month % 12 + 1, 1) for month in range(36)]


def column(values: list) -> list[list]:
    return [[value] for value in values]


def engine(values: list[float], periods: int) -> pd.DataFrame:
    """Return the engine's own forecast of a monthly series."""
    history = pd.DataFrame({"unique_id": "x", "ds": pd.to_datetime(MONTHS[: len(values)]), "y": values})
    return forecast(history, periods, "MS").frame


def test_the_cells_hold_the_engine_s_mean_p10_and_p90() -> None:
    expected = engine(SALES, 6)
    for quantile, name in ((None, "forecast"), (0.025, "p2_5"), (0.1, "p10"), (0.5, "p50"), ("90%", "p90")):
        assert [row[0] for row in call("FORECAST", [column(SALES), 6, quantile])] == pytest.approx(expected[name])


def test_a_preview_is_the_engine_s_preview() -> None:
    history = pd.DataFrame({"unique_id": "x", "ds": pd.to_datetime(MONTHS), "y": SALES})
    expected = forecast(history, 6, "MS", mode=Mode.PREVIEW).frame["forecast"]
    found = call("FORECAST", [column(SALES), 6, None, None, None, "Preview"])
    assert [row[0] for row in found] == pytest.approx(expected)
    assert "write one of: full, preview" in call("FORECAST", [column(SALES), 6, None, None, None, "fast"])


def test_quantiles_rise_with_their_share() -> None:
    shares = (0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99)
    first = [call("FORECAST", [[SALES], 1, share]) for share in shares]
    assert first == sorted(first) and first[0] < first[-1]


def test_headings_blanks_at_the_end_whole_columns_and_text_numbers_change_nothing() -> None:
    expected = call("FORECAST", [column(SALES), 3])
    assert call("FORECAST", [column(["Sales", *SALES]), 3]) == expected
    assert call("FORECAST", [column([*SALES, *[None] * 3000]), 3]) == expected
    assert call("FORECAST", [column([str(value) for value in SALES]), 3]) == expected
    assert call("FORECAST", [[["Sales", *SALES, "", ""]], 3]) == [[row[0] for row in expected]], "a row gives a row"


def test_dates_as_dates_day_numbers_or_text_tell_the_months() -> None:
    expected = call("FORECAST", [column(SALES), 3])
    serials = [(day - dt.datetime(1899, 12, 30)).days for day in MONTHS]
    texts = [f"{day:%Y-%m}" for day in MONTHS]
    for days in (MONTHS, serials, texts, ["Month", *MONTHS]):
        assert call("FORECAST", [column(SALES), 3, None, column(days)]) == expected
    assert call("FORECAST", [column(SALES), 3, None, [MONTHS]]) == expected, "a row of dates beside a column"


def test_dates_decide_what_a_season_is() -> None:
    weeks = [dt.datetime(2024, 1, 1) + dt.timedelta(days=7 * week) for week in range(30)]
    values = column(SALES[:30])
    assert call("FORECAST", [values, 2, None, column(weeks)]) == call("FORECAST", [values, 2, None, None, "weekly"])
    assert call("FORECAST", [values, 2, None, column(weeks)]) != call("FORECAST", [values, 2])


def test_an_unknown_month_is_not_a_month_without_sales() -> None:
    with_hole = [*SALES[:20], None, *SALES[21:]]
    with_zero = [*SALES[:20], 0, *SALES[21:]]
    told, sold_nothing = (call("FORECAST", [column(values), 12]) for values in (with_hole, with_zero))
    full = call("FORECAST", [column(SALES), 12])
    apart = [sum(abs(a[0] - b[0]) for a, b in zip(other, full, strict=True)) for other in (told, sold_nothing)]
    assert apart[0] < apart[1]


def test_a_block_has_a_series_a_row_and_one_under_names_a_series_a_column() -> None:
    other = [value * 2 for value in SALES]
    rows = call("FORECAST", [[["A", *SALES], ["B", *other]], 4])
    assert len(rows) == 2 and len(rows[0]) == 4
    columns = call("FORECAST", [[["A", "B"], *zip(SALES, other, strict=True)], 4])
    assert columns == [list(pair) for pair in zip(*rows, strict=True)]
    dated = call("FORECAST", [[list(pair) for pair in zip(SALES, other, strict=True)], 4, None, column(MONTHS)])
    assert dated == columns, "dates that run down say that time does"


def test_series_of_a_block_are_all_forecast_after_its_last_period() -> None:
    ends_early = [*SALES[:34], None, None]
    rows = call("FORECAST", [[SALES, ends_early, [None] * 36, SALES], 3])
    assert rows[0] == rows[3] and rows[2] == ["", "", ""]
    alone = call("FORECAST", [[SALES[:34]], 5])[0]
    assert rows[1] == pytest.approx(alone[2:], rel=0.05), "two periods on, the same as forecast five ahead alone"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([column(SALES), 0], "periods is 0; give a whole number from 1 to 200"),
        ([column(SALES), 3, 1.5], "quantile is 1.5; give a share from 0.01 to 0.99, such as 0.9"),
        ([column(SALES), 3, None, None, 10], "season is 10; write 12 for months"),
        ([column(SALES), 3, None, None, "lunar"], "season 'lunar' is not known; write one of: monthly"),
        ([column(SALES), 3, None, column(MONTHS[:9])], "dates has 9 dates for 36 periods of history"),
        ([column(SALES), 3, None, column([MONTHS[0]] * 36)], "dates has 2023-01-01 twice; keep one row a period"),
        ([column([1, 2]), 3, None, column(["2026-01-01", "soon"])], "dates has 'soon', which is no date, at period 2"),
        ([column([1, 2, 3]), 3, None, column(["2026-01-01", None, "2026-03-01"])], "dates is empty at period 2"),
        ([column([1, 2]), 3, None, [[1, 2], [3, 4]]], "dates must be one row or one column"),
        ([column([1, True]), 3], "history has 'True' in cell 2, which is no number"),
    ],
)
def test_what_is_wrong_is_said_in_the_cell(arguments: list, said: str) -> None:
    answer = call("FORECAST", arguments)
    assert answer.startswith(f"#S&OP: {said}"), answer


def test_a_backtest_is_the_engine_s_beside_the_seasonal_naive() -> None:
    table = call("BACKTEST", [column(SALES), 4, 2])
    history = pd.DataFrame({"unique_id": "x", "ds": pd.to_datetime(MONTHS), "y": SALES})
    expected = backtest(history, 4, origins=2, freq="MS").summary
    assert table[0] == ["method", "WAPE", "MASE", "bias", "origins"]
    assert table[1] == ["forecast", *map(pytest.approx, (expected.wape, expected.mase, expected.bias)), 2]
    assert table[2][0] == "seasonal naive" and table[2][1] == pytest.approx(expected.wape_naive)
    assert table[3][1] == pytest.approx(table[2][1] - table[1][1]) and "seasonal naive" in table[3][4]


def test_the_seasonal_naive_of_a_straight_line_is_one_year_behind() -> None:
    """Sales grow by 1 a month: the seasonal naive is 12 short everywhere, its in-sample error is 12, so MASE is 1."""
    table = call("BACKTEST", [column(list(range(100, 148))), 6, 2])
    actual = sum(range(136, 148))
    assert table[2][1:4] == [pytest.approx(12 * 12 / actual), pytest.approx(1), pytest.approx(-12 * 12 / actual)]
    assert table[1][1] < table[2][1]


def test_too_short_a_history_cannot_be_tested() -> None:
    assert call("BACKTEST", [column([1, 2, 3, 4]), 6]).startswith("#S&OP: No series is longer than 8 months.")


def test_seasonal_indices_of_a_level_with_known_indices_are_those() -> None:
    index = [0.5, 1.5, 1.2, 0.8]
    history = [200 * index[quarter % 4] for quarter in range(16)]
    assert [row[0] for row in call("SEASONALITY", [column(history), 4])] == pytest.approx(index)
    days = [f"{2021 + (quarter + 2) // 4}-Q{(quarter + 2) % 4 + 1}" for quarter in range(16)]
    turned = call("SEASONALITY", [[history], "quarterly", column(days)])
    assert turned == [pytest.approx([1.2, 0.8, 0.5, 1.5])], "begins in the third quarter, told from the first on"


def test_seasonality_needs_two_seasons_and_a_season() -> None:
    assert call("SEASONALITY", [column(SALES[:20])]).startswith(
        "#S&OP: history has 20 months; seasonal indices need two whole seasons, 24"
    )
    assert call("SEASONALITY", [column(SALES), 1]).startswith("#S&OP: season is 1: years have no seasons")
