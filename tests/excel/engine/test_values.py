"""Addresses, number formats and serial numbers as Excel understands them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_xl.excel.engine.address import (
    AddressError,
    Area,
    address_of,
    area_of,
    plain_address,
    quoted_sheet,
    split_sheet,
)
from sop_xl.excel.engine.values import moment_of, serial_of, shows_date

rows, columns = st.integers(1, 1_048_576), st.integers(1, 16_384)


@given(rows, columns, rows, columns)
def test_an_address_names_its_area(top: int, left: int, bottom: int, right: int) -> None:
    area = Area(min(top, bottom), min(left, right), max(top, bottom), max(left, right))
    assert area_of(address_of(area)) == area
    assert area_of(plain_address(area).lower()) == area


@pytest.mark.parametrize("text", ["", "A", "A0", "XFE1", "A1048577", "A1:B", "1", "A1:B2:C3", "Sheet1!A1", "A-1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        area_of(text)


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("Plan", "Plan"),
        ("My plan", "'My plan'"),
        ("It's", "'It''s'"),
        ("Q1", "'Q1'"),
        ("R1C1", "'R1C1'"),
        ("2026", "'2026'"),
    ],
)
def test_sheet_names_are_quoted_where_excel_quotes_them(name: str, quoted: str) -> None:
    assert quoted_sheet(name) == quoted
    assert split_sheet(f"={quoted}!$A$1") == (name, "$A$1")


@pytest.mark.parametrize("code", ["yyyy-mm-dd", "d/m/yy", "mmm yyyy", "mmmm", "[$-407]dd. mmm yyyy", 'dd "de" mmm;@'])
def test_formats_that_show_dates(code: str) -> None:
    assert shows_date(code)


@pytest.mark.parametrize(
    "code",
    [
        "General",
        "0.00",
        "#,##0",
        "0%",
        "h:mm",
        "mm:ss",
        "[h]:mm",
        "@",
        '0 "days"',
        "[Red]0",
        r"0.0\d",
        "0.0E+00",
        "[$EUR] 0",
    ],
)
def test_formats_that_show_numbers_or_times(code: str) -> None:
    assert not shows_date(code)


@pytest.mark.parametrize(
    ("moment", "serial"),
    [
        (datetime(1900, 3, 1), 61),
        (datetime(2000, 1, 1), 36526),
        (datetime(2026, 1, 1, 12), 46023.5),
        (datetime(9999, 12, 31), 2958465),
    ],
)
def test_serial_numbers_are_those_of_excel(moment: datetime, serial: float) -> None:
    assert serial_of(moment) == serial
    assert moment_of(serial) == moment


@given(st.datetimes(datetime(1901, 1, 1), datetime(2100, 1, 1)))
def test_moments_survive_to_the_millisecond(moment: datetime) -> None:
    back = moment_of(serial_of(moment))
    assert isinstance(back, datetime)
    assert abs(back - moment) <= timedelta(milliseconds=1)
