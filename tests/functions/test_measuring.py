"""ACCURACY against numbers worked out by hand from the definitions of the S&OP handbook."""

from __future__ import annotations

import pytest

from sop_xl.functions.calling import call

ACTUAL = [[100], [80], [120], [100]]
FORECAST = [[110], [90], [100], [110]]
NAIVE = [[80], [100], [100], [80]]


def measured(*arguments: object) -> dict[str, object]:
    """Return measure and value of the table."""
    return {row[0]: row[1] for row in call("ACCURACY", list(arguments))}


def test_the_table_by_hand() -> None:
    """Errors F−A are 10, 10, −20, 10: Σ|e| = 50, Σe = 10, ΣA = 400, mean |e| 12.5; naive Σ|e| = 20+20+20+20."""
    found = measured(ACTUAL, FORECAST, NAIVE)
    assert found == {
        "WAPE": pytest.approx(50 / 400),
        "accuracy": pytest.approx(1 - 50 / 400),
        "bias": pytest.approx(10 / 400),
        "tracking signal": pytest.approx(10 / 12.5),
        "MASE": "",
        "FVA": pytest.approx(80 / 400 - 50 / 400),
    }


def test_mase_scales_by_the_seasonal_naive_within_the_history() -> None:
    """History 10, 20, 14, 28 with a season of 2: |14−10| and |28−20|, on average 6; the forecast is 3 off."""
    history = [[10], [20], [14], [28]]
    assert call("ACCURACY", [[[17, 33]], [[14, 30]], None, history, "MASE", 1]) == pytest.approx(3 / (30 / 3))
    found = call("ACCURACY", [[[17, 33, 20, 30]], [[14, 30, 23, 33]], None, [row * 1 for row in history], "mase", 4])
    assert found.startswith("#S&OP: history is missing, too short or never changes")


def test_without_a_naive_the_history_gives_the_seasonal_naive() -> None:
    history = [[10], [20], [30], [40], [11], [21], [31], [41]]
    actual, forecast = [[12, 22, 32, 42]], [[12, 22, 32, 43]]
    naive = [[11, 21, 31, 41]]
    with_history = call("ACCURACY", [actual, forecast, None, history, "FVA", "quarterly"])
    assert with_history == pytest.approx(call("ACCURACY", [actual, forecast, naive, None, "value added"]))
    assert with_history == pytest.approx((4 - 1) / 108)


@pytest.mark.parametrize(
    ("written", "value"),
    [("wape", 0.125), ("Accuracy", 0.875), ("BIAS", 0.025), ("tracking signal", 0.8), ("Tracking-Signal", 0.8)],
)
def test_a_single_measure_is_a_number(written: str, value: float) -> None:
    assert call("ACCURACY", [ACTUAL, FORECAST, None, None, written]) == pytest.approx(value)


def test_headings_gaps_and_directions_do_not_matter() -> None:
    expected = call("ACCURACY", [ACTUAL, FORECAST])
    assert call("ACCURACY", [[["A"], *ACTUAL], [["F"], *FORECAST]]) == expected
    assert call("ACCURACY", [[[100, 80, 120, 100]], FORECAST]) == expected
    assert call("ACCURACY", [[*ACTUAL, [None]], [*FORECAST, [999]]]) == expected, "a month that has not happened"
    block = [["", "m1", "m2"], ["A", 100, 80], ["B", 120, 100]]
    other = [["", "m1", "m2"], ["A", 110, 90], ["B", 100, 110]]
    assert call("ACCURACY", [block, other]) == expected


def test_remarks_say_what_a_number_means() -> None:
    remarks = {row[0]: row[2] for row in call("ACCURACY", [[[10] * 6], [[12] * 6]])}
    assert remarks["bias"] == "too much was forecast"
    assert remarks["tracking signal"] == "beyond ±4: look at this forecast"
    assert remarks["WAPE"] == "over 6 values" and remarks["FVA"].startswith("naive is missing")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([ACTUAL, FORECAST[:3]], "actual has 4 cells and forecast 3; select ranges of the same size"),
        ([[[0, 0]], [[1, 2]], None, None, "WAPE"], "actual adds up to 0, so WAPE is not defined"),
        ([[[5, 5]], [[5, 5]], None, None, "tracking signal"], "there is no error at all, so the tracking signal"),
        ([[[5, None]], [[None, 5]]], "actual and forecast have no period in common"),
        ([ACTUAL, FORECAST, None, None, "MAPE"], "measure 'MAPE' is not known; write one of: WAPE, accuracy"),
        ([ACTUAL, FORECAST, None, [[1, 2], [3, 4]]], "history has several series; measure them one by one"),
    ],
)
def test_what_is_not_defined_is_said_and_never_zero(arguments: list[object], said: str) -> None:
    assert call("ACCURACY", arguments).startswith(f"#S&OP: {said}")
