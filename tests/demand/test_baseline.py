"""The baseline: complete, ordered, never negative, reproducible, and better than the naive."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_xl.demand import accuracy
from sop_xl.demand.baseline import FORECAST_COLUMNS, ForecastResult, forecast, forecast_table
from sop_xl.demand.ensemble import Mode
from sop_xl.demand.quantiles import KNOTS
from sop_xl.model.issue import InputErrors, Severity


def monthly(**series: list[float] | np.ndarray) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"unique_id": name, "ds": pd.date_range("2018-01-01", periods=len(y), freq="MS"), "y": y})
        for name, y in series.items()
    ]
    return pd.concat(parts, ignore_index=True)


def seasonal(
    periods: int, m: int = 12, level: float = 100, growth: float = 0.5, noise: float = 5, seed: int = 0
) -> np.ndarray:
    t = np.arange(periods)
    error = np.random.default_rng(seed).normal(0, noise, periods)
    return np.clip(level + growth * t + 0.3 * level * np.sin(2 * np.pi * t / m) + error, 0, None)


def assert_sound(result: ForecastResult, history: pd.DataFrame, horizon: int) -> None:
    frame = result.frame
    assert tuple(frame.columns) == FORECAST_COLUMNS
    assert frame[["unique_id", "ds"]].equals(frame[["unique_id", "ds"]].sort_values(["unique_id", "ds"]))
    assert set(frame["unique_id"]) == set(history["unique_id"].astype(str))
    assert (frame.groupby("unique_id").size() == horizon).all()
    assert np.isfinite(frame[["forecast", *KNOTS]].to_numpy()).all()
    assert (frame["p2_5"] >= 0).all()
    assert (frame["p2_5"] <= frame["p10"]).all()
    assert (frame["p10"] <= frame["p50"]).all()
    assert (frame["p50"] <= frame["p90"]).all()
    assert (frame["p90"] <= frame["p97_5"]).all()
    assert (frame["p50"] == frame["forecast"]).all()
    assert (frame["method"].str.len() > 0).all()
    for unique_id, group in frame.groupby("unique_id"):
        last = history.loc[history["unique_id"].astype(str) == unique_id, "ds"].max()
        assert group["ds"].tolist() == list(pd.date_range(last, periods=horizon + 1, freq=result.freq)[1:])


AWKWARD = {
    "one": [5.0],
    "two": [5.0, 6],
    "three": [5.0, 6, 7],
    "five": [1.0, 2, 3, 4, 5],
    "nine": [3.0, 5, 4, 6, 8, 5, 4, 9, 6],
    "thirteen": [float(value) for value in range(3, 16)],
    "constant": [7.0] * 36,
    "never": [0.0] * 36,
    "first_only": [9.0] + [0.0] * 35,
    "last_only": [0.0] * 35 + [9.0],
    "decline": [max(0.0, 100 - 4 * t) for t in range(36)],
    "step": [10.0] * 18 + [100.0] * 18,
    "huge": list(1e12 * (1 + np.random.default_rng(1).random(36))),
    "tiny": list(1e-9 * (1 + np.random.default_rng(2).random(36))),
    "spike": [100.0] * 30 + [1e7] + [100.0] * 5,
    "lumpy": [
        0.0,
        0,
        40,
        0,
        0,
        0,
        3,
        0,
        0,
        90,
        0,
        0,
        0,
        7,
        0,
        0,
        60,
        0,
        0,
        0,
        0,
        12,
        0,
        0,
        5,
        0,
        0,
        0,
        33,
        0,
        0,
        0,
        0,
        8,
        0,
        2,
    ],
    "winter_only": [60.0, 50, 20, 0, 0, 0, 0, 0, 0, 10, 30, 55] * 4,
}


def test_no_awkward_series_fails() -> None:
    history = monthly(**AWKWARD)
    assert_sound(forecast(history, 18), history, 18)


@pytest.mark.parametrize("name", sorted(AWKWARD))
def test_an_awkward_series_alone_does_not_fail_either(name: str) -> None:
    history = monthly(**{name: AWKWARD[name]})
    assert_sound(forecast(history, 6, "MS"), history, 6)


def test_each_kind_of_series_gets_a_method_with_a_reason() -> None:
    method = forecast(monthly(**AWKWARD, regular=seasonal(60)), 3).frame.groupby("unique_id")["method"].first()
    assert method["regular"] == "ensemble of damped trend, Theta, CES: 60 months of regular sales"
    assert method["lumpy"] == "IMAPA: intermittent, 72% of the months without sales"
    assert method["never"] == "zero: nothing sold in the history"
    assert method["first_only"] == "zero: nothing sold in the last 35 months"
    assert method["decline"].startswith("TSB: nothing sold in the last")
    assert method["constant"] == "last value: the same in all 36 months"
    assert method["three"] == "mean of the last 3: only 3 months"
    assert method["nine"] == "mean of Theta and average: only 9 months"
    assert method["thirteen"] == "mean of Theta and last season: only 13 months"
    assert method["winter_only"].startswith("ensemble")


def test_a_portfolio_is_also_learned_as_a_whole() -> None:
    made = forecast(monthly(**{f"s{i}": seasonal(60, seed=i) for i in range(10)}), 3).frame
    text = "ensemble of damped trend, Theta, CES, LightGBM sa, LightGBM d1, LightGBM d12: "
    assert made["method"].str.startswith(text).all()


def test_a_seasonal_series_is_followed_and_a_summer_without_sales_stays_without() -> None:
    y = seasonal(72, noise=0)
    made = forecast(monthly(a=y[:60], winter_only=AWKWARD["winter_only"]), 12).frame.set_index("unique_id")["forecast"]
    assert accuracy.wape(y[60:], made["a"]) < 0.05
    assert made["winter_only"].to_numpy()[3:9] == pytest.approx(0, abs=3)


def test_a_gap_is_not_taken_for_neighbouring_months() -> None:
    """Dropping three months must not shift the season: the forecast stays close to the complete one."""
    complete = monthly(a=seasonal(60, noise=0, growth=0))
    gappy = complete.drop(index=[30, 31, 32])
    whole, holed = forecast(complete, 12), forecast(gappy, 12)
    assert accuracy.wape(whole.frame["forecast"], holed.frame["forecast"]) < 0.02
    assert [issue.severity for issue in holed.issues] == [Severity.WARNING]


def test_one_absurd_value_neither_moves_the_forecast_nor_passes_in_silence() -> None:
    clean = seasonal(60, seed=3)
    dirty = clean.copy()
    dirty[40] *= 100
    usual, spiked = forecast(monthly(a=clean), 12), forecast(monthly(a=dirty), 12)
    assert accuracy.wape(usual.frame["forecast"], spiked.frame["forecast"]) < 0.05
    assert any("2021-05-01" in issue.message for issue in spiked.issues)


@pytest.mark.parametrize(
    ("freq", "given", "m", "periods"),
    [("W-MON", "W", 52, 130), ("QS", "QS", 4, 24), ("YS", "YS", 1, 14), ("D", None, 7, 90), ("ME", "M", 12, 48)],
)
def test_every_frequency_is_forecast_on_its_own_grid(freq: str, given: str | None, m: int, periods: int) -> None:
    stamps = pd.date_range("2004-01-01", periods=periods, freq=freq)
    history = pd.concat(
        [pd.DataFrame({"unique_id": str(i), "ds": stamps, "y": seasonal(periods, m, seed=i)}) for i in range(2)]
    )
    result = forecast(history, 5, given)
    starts = history.assign(ds=history["ds"].dt.to_period("M").dt.to_timestamp()) if freq == "ME" else history
    assert_sound(result, starts, 5)
    assert result.frame["method"].str.startswith("ensemble").all()


def test_equal_seeds_and_any_order_of_rows_give_equal_forecasts() -> None:
    history = monthly(**{f"s{i}": seasonal(60, seed=i) for i in range(6)})
    first = forecast(history, 6, seed=4).frame
    again = forecast(history.sample(frac=1, random_state=0), 6, seed=4).frame
    pd.testing.assert_frame_equal(first, again, check_exact=True)


@pytest.mark.parametrize(("freq", "lengths"), [("MS", (7, 13, 48)), ("QS", (9, 16, 40)), ("YS", (8, 30))])
def test_the_unit_of_measure_does_not_matter(freq: str, lengths: tuple[int, ...]) -> None:
    history = pd.concat(
        pd.DataFrame(
            {"unique_id": f"n{n}", "ds": pd.date_range("1990-01-01", periods=n, freq=freq), "y": seasonal(n, seed=n)}
        )
        for n in lengths
    )
    pieces = forecast(history, 6, freq).frame
    for unit in (1e-6, 1e9):
        made = forecast(history.assign(y=history["y"] * unit), 6, freq).frame
        for column in ("forecast", "p2_5", "p10", "p90", "p97_5"):
            assert made[column].to_numpy() / unit == pytest.approx(pieces[column].to_numpy(), rel=1e-9)


def test_the_portfolio_beats_the_seasonal_naive_and_the_range_covers_eight_in_ten_or_more() -> None:
    """More, because these series never change level or trend, which the range is also meant for."""
    series = {f"s{i:02d}": seasonal(84, level=50 + 20 * i, growth=0.2 * i, noise=10, seed=i) for i in range(24)}
    made = forecast(monthly(**{name: y[:72] for name, y in series.items()}), 12).frame
    actual = np.concatenate([series[name][72:] for name in sorted(series)])
    naive = np.concatenate([accuracy.seasonal_naive(series[name][:72], 12, 12) for name in sorted(series)])
    assert accuracy.wape(actual, made["forecast"]) < 0.85 * accuracy.wape(actual, naive)
    assert 0.75 < accuracy.coverage(actual, made["p10"], made["p90"]) < 0.97
    assert accuracy.coverage(actual, made["p2_5"], made["p97_5"]) > 0.9


def test_a_preview_is_sound_names_its_members_and_stays_near_the_full_forecast() -> None:
    history = monthly(**{f"s{i}": seasonal(60, seed=i) for i in range(10)}, **AWKWARD)
    preview, full = (forecast(history, 12, mode=mode) for mode in (Mode.PREVIEW, Mode.FULL))
    assert_sound(preview, history, 12)
    made, usual = (result.frame[result.frame["unique_id"].str.match(r"s\d")] for result in (preview, full))
    assert (made["method"] == "preview of damped trend, Theta, LightGBM sa: 60 months of regular sales").all()
    assert accuracy.wape(usual["forecast"], made["forecast"]) < 0.05


def test_weeks_follow_their_year_and_have_wide_upper_ranges_only_where_promotions_stand_out() -> None:
    weeks = pd.date_range("2018-01-01", periods=230, freq="W-MON")
    rng = np.random.default_rng(2)
    season = 100 * np.exp(0.25 * np.sin(2 * np.pi * np.arange(230) / 52.18))
    ordinary = season * np.exp(rng.normal(0, 0.08, (20, 230)))
    promoted = ordinary * np.where(rng.random((20, 230)) < 0.1, 4.0, 1.0)
    relative = {}
    for name, sales in (("ordinary", ordinary), ("promoted", promoted)):
        rows = [pd.DataFrame({"unique_id": f"{i:02d}", "ds": weeks[:-26], "y": y[:-26]}) for i, y in enumerate(sales)]
        made = forecast(pd.concat(rows), 26).frame
        relative[name] = float((made["p97_5"] / made["forecast"]).median())
        if name == "ordinary":
            error = np.abs(made["forecast"].to_numpy().reshape(20, 26) / season[-26:] - 1).mean()
            actual = sales[:, -26:].ravel()
            covered = ((made["p2_5"] <= actual) & (actual <= made["p97_5"])).mean()
    assert error < 0.06, "the noise is 8 %, last year's weeks would be wrong by it"
    assert covered > 0.9
    assert relative["ordinary"] < 1.5 < 2.0 < relative["promoted"]


def test_a_noisier_history_gets_a_wider_range() -> None:
    series = {f"{noise:02d}_{i}": seasonal(72, growth=0, noise=noise, seed=i) for noise in (2, 8, 30) for i in range(4)}
    made = forecast(monthly(**series), 12).frame
    for low, high in (("p10", "p90"), ("p2_5", "p97_5")):
        width = (made[high] - made[low]).groupby(made["unique_id"].str[:2]).mean()
        assert width["02"] * 2 < width["08"] < width["30"] / 2


def test_progress_rises_to_one() -> None:
    seen: list[float] = []
    forecast(monthly(a=seasonal(30), b=[1.0, 2]), 2, progress=lambda share, text: seen.append(share))
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, 1)


@pytest.mark.parametrize("horizon", [0, -1, 1001])
def test_an_impossible_horizon_is_refused_in_words(horizon: int) -> None:
    with pytest.raises(InputErrors, match="horizon"):
        forecast(monthly(a=[1.0, 2, 3]), horizon)


def test_usual_headers_are_taken_where_only_one_column_can_be_meant() -> None:
    plain = monthly(A=seasonal(30))
    named = plain.rename(columns={"unique_id": "SKU", "ds": "Month", "y": "Sales"})
    made = forecast_table(named, 3)
    pd.testing.assert_frame_equal(made.frame, forecast(plain, 3).frame)
    assert [issue.message for issue in made.issues] == [
        "Column SKU was read as unique_id.",
        "Column Month was read as ds.",
        "Column Sales was read as y.",
    ]
    with pytest.raises(InputErrors, match="The column y is missing"):
        forecast_table(named.assign(Units=1.0), 3)


def test_a_table_as_read_from_a_file_is_forecast_with_text_cells_and_headers_in_any_case() -> None:
    table = pd.DataFrame(
        {" Y ": ["1", "2", "3"], "DS": ["2024-01", "2024-02", "2024-03"], "Unique_ID": ["A"] * 3, "note": ""}
    )
    result = forecast_table(table, 2)
    assert result.frame["ds"].dt.strftime("%Y-%m-%d").tolist() == ["2024-04-01", "2024-05-01"]
    assert result.frame["forecast"].tolist() == [2, 2]
    assert [issue.message for issue in result.issues] == ["Columns not used: note."]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.one_of(st.just(0.0), st.floats(0, 1e6)), min_size=1, max_size=40), min_size=1, max_size=3),
    st.integers(1, 14),
)
def test_any_history_gives_a_sound_forecast(values: list[list[float]], horizon: int) -> None:
    history = monthly(**{f"s{index}": y for index, y in enumerate(values)})
    assert_sound(forecast(history, horizon, "MS"), history, horizon)
