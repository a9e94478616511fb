"""Fingerprints: the server and the page write the same text of every cell, and a change of any entry changes it."""

from __future__ import annotations

import json
import math
import struct
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import Site
from excel_stand_in import book_json, saved
from hypothesis import given
from hypothesis import strategies as st
from test_browser import CHROMIUM, FLAGS

from server.office.inputs import canonical_cell, fingerprint, inputs_of
from sop_xl.excel.engine.book_state import read_book
from sop_xl.schema.raw import CellError

CELLS = Path(__file__).resolve().parents[3] / "server" / "static" / "office" / "cells.js"
EDGES: list[Any] = [
    *(0.0, -0.0, 1.0, -1.5, 0.1 + 0.2, 1 / 3, 1e15, 1e21, 1e-7, 123456789012345.6, 999999999999999.9, 5e-324),
    *(100000000000000.5, -100000000000000.5, 2**53 + 0.0, 1.7976931348623157e308, 44743.0, 44743.520833333336),
    *(
        "",
        "text",
        " spaced ",
        "007",
        "=1+1",
        "+1",
        "-x",
        "@a",
        "'quoted",
        "1/2",
        "TRUE",
        "é ü 漢字 𝄞",
        "a\r\nb",
        "a\rb",
    ),
    *(True, False, None),
]


def random_numbers(count: int) -> list[float]:
    """Return doubles of every size, the same ones each time."""
    import random

    source = random.Random(7)
    drawn = (struct.unpack("<d", source.randbytes(8))[0] for _ in range(count * 2))
    return [number for number in drawn if math.isfinite(number)][:count] + [
        source.uniform(-1e6, 1e6) for _ in range(count)
    ]


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_page_and_server_write_the_same_text_of_a_cell() -> None:
    from playwright.sync_api import sync_playwright

    values = [*EDGES, *random_numbers(400)]
    script = CELLS.read_text(encoding="utf-8").replace("export ", "")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.evaluate(f"{{ {script}; Object.assign(window, {{ canonicalCell, asTyped, areaOf, addressOf, bands }}) }}")
        sent = json.dumps(values)
        found = page.evaluate("(sent) => JSON.parse(sent).map((value) => canonicalCell(value, value))", sent)
        typed = page.evaluate("(sent) => JSON.parse(sent).map(asTyped)", sent)
        areas = page.evaluate("['A1', '$B$2:XFD9', \"'My ! sheet'!C3\", 'a1:b2'].map((a) => addressOf(areaOf(a)))")
        parts = page.evaluate("bands(areaOf('B5:D9'), 6).map(addressOf)")
        browser.close()
    assert found == [canonical_cell(value, None) for value in values]
    for value, entered in zip(values, typed, strict=True):
        if isinstance(value, str) and value[:1] in "=+-@'0123456789/" and value:
            assert entered == f"'{value}"
        elif value in ("text", ""):
            assert entered == value
    assert areas == ["A1", "B2:XFD9", "C3", "A1:B2"]
    assert parts == ["B5:D6", "B7:D8", "B9:D9"]


@given(st.floats(-1e300, 1e300))
def test_a_number_counts_with_fifteen_digits(number: float) -> None:
    text = canonical_cell(number, None)
    assert text.startswith("n")
    assert float(text[1:]) == pytest.approx(number, rel=1e-14, abs=5e-324)
    assert canonical_cell(float(text[1:]), None) == text


def test_formulas_count_as_such_and_errors_as_their_text() -> None:
    assert canonical_cell(3.0, "=1+2") == canonical_cell("=1+2", None) == "f"
    assert canonical_cell(CellError("#N/A"), None) == "s#N/A"
    assert canonical_cell(datetime(2026, 7, 1), None) == canonical_cell(46204, None)
    assert canonical_cell(date(2026, 7, 1) and 46204.0, None) == "n4.62040000000000e+4"


def test_every_table_of_a_book_has_its_fingerprint_and_an_entry_changes_one(office: Site) -> None:
    book = office.book("sales")
    before = {each.table: each for each in inputs_of(read_book(book, "book.xlsx"))}
    assert {"tblSalesForecast", "tblPipeline", "tblChecks"} <= set(before)
    stand_in = {table["name"]: table["address"] for table in book_json(book)["tables"]}
    assert all(stand_in[name] == each.address for name, each in before.items())
    top = before["tblPipeline"].address.split(":")[0]
    below = f"{top.rstrip('0123456789')}{int(top.lstrip('ABCDEFGHIJKLMNOPQRSTUVWXYZ')) + 1}"
    edited = saved(book, [(before["tblPipeline"].sheet, below, "OPP-1")])
    after = {each.table: each for each in inputs_of(read_book(edited, "book.xlsx"))}
    assert [name for name in before if before[name].hash != after[name].hash] == ["tblPipeline"]


def test_the_order_of_cells_counts() -> None:
    assert fingerprint(["sa\x1fsb"]) != fingerprint(["sb\x1fsa"]) != fingerprint(["sb", "sa"])
