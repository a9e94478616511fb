"""Numbers as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.pages import formats


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (0, "0"),
        (7, "7"),
        (7.25, "7.2"),
        (999.4, "999"),
        (999.6, "1.00 k"),
        (1234, "1.23 k"),
        (12345, "12.3 k"),
        (-123456, "−123 k"),
        (999_499, "999 k"),
        (999_600, "1.00 M"),
        (1_234_567_890, "1.23 bn"),
    ],
)
def test_headlines_have_three_figures(value: float | None, shown: str) -> None:
    assert formats.short(value) == shown


@given(st.floats(-1e11, 1e11))
def test_headlines_stay_within_half_a_percent_of_the_value(value: float) -> None:
    if abs(value) < 1:
        return
    text, _, unit = formats.short(value).partition(" ")
    shown = float(text.replace("−", "-").replace(",", "")) * {"": 1, "k": 1e3, "M": 1e6, "bn": 1e9}[unit]
    assert abs(shown - value) <= max(0.0051 * abs(value), 0.051)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (formats.number(-1234.5), "−1,234"),
        (formats.number(-0.2), "0"),
        (formats.signed(12), "+12"),
        (formats.signed(-12), "−12"),
        (formats.signed(0.0), "0"),
        (formats.percent(0.9734), "97.3 %"),
        (formats.percent(None), "–"),
        (formats.percent(1.0), "100.0 %"),
        (formats.percent(0.9996), "99.96 %"),
        (formats.percent(0.9999999), "100.0 %"),
        (formats.moment("2008-07-01T08:05:00Z"), "1 Jul 2008, 08:05 UTC"),
        (formats.day("2008-07-01"), "1 Jul 2008"),
        (formats.month("2008-07-01"), "Jul 2008"),
        (formats.bucket("2008-07"), "Jul 08"),
        (formats.bucket("2008-07-14"), "2008-07-14"),
        (formats.title("gross_margin"), "Gross margin"),
        (formats.figure(0.355, "%"), "35.5 %"),
        (formats.figure(9.34, "per year"), "9.3"),
        (formats.figure(None, "days"), "–"),
        (formats.figure(0.0, "units"), "0"),
        (formats.figure(-0.01, "units"), "0"),
        (formats.long_bucket("2026-07"), "Jul 2026"),
        (formats.long_bucket("2026-W30"), "2026-W30"),
        (formats.tiny(94_215), "94k"),
        (formats.tiny(1_234), "1.2k"),
        (formats.figure_text("0.058"), "0.058"),
        (formats.figure_text("0.0042"), "0.0042"),
        (formats.figure_text("0.5"), "0.5"),
        (formats.figure_text("-0.25"), "−0.25"),
        (formats.figure_text("0.0"), "0"),
        (formats.figure_text("24.9"), "24.90"),
        (formats.figure_text("3200.0"), "3,200"),
        (formats.figure_text("TO-02"), "TO-02"),
    ],
)
def test_values_are_shown_as_people_write_them(shown: str, expected: str) -> None:
    assert shown == expected


def test_the_map_of_gaps_uses_every_shade_and_leaves_zero_white() -> None:
    assert [formats.heat(value, 100) for value in (0, 0.4, 1, 25, 45, 65, 100)] == [0, 0, 1, 2, 3, 4, 5]
    assert formats.heat(5, 0) == 0
