"""A journal done again on the same file gives the same file: nothing a macro did is missing from it."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
import xlwings as xw
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_xl.excel.engine import journal, open_book, save
from sop_xl.excel.engine.journal import from_json, to_json
from sop_xl.excel.engine.replay import as_typed, replay

from .rich_book import rich_book

DATA = rich_book()


def edit_everything(book: xw.Book) -> None:
    plan = book.sheets["Plan"]
    plan["B4:C5"].value = [[1, None], [3, True]]
    plan["A11"].value = datetime(2026, 6, 1, 12)
    plan["A12"].value = ["=text", "007", "Mar 2027", "TRUE", "'quoted", "plain words"]
    plan["A12"].color = (255, 0, 0)
    plan["A13"].color = None
    plan["A12"].font.bold = True
    plan["A12"].font.italic = True
    plan["A12"].font.name = "Arial"
    plan["A12"].font.size = 9
    plan["A12"].font.color = (1, 2, 3)
    plan["B4:B7"].number_format = "0.0"
    plan["B5"].wrap_text = True
    plan["B5"].horizontal_alignment = "center"
    plan["B5"].vertical_alignment = "top"
    plan["C:C"].column_width = 15
    plan["5:5"].row_height = 22
    plan["F9:F10"].formula = "=SUM(B4:B7)"
    plan["G12"].formula2 = "=SUM(H2#)"
    plan["A16"].unmerge()
    plan["A18:B18"].merge()
    plan["C4"].select()
    plan.tables["plan"].resize(plan["A3:D9"])
    plan.tables["plan"].show_table_style_row_stripes = False
    plan["D9"].clear()
    plan["D8"].clear_contents()
    added = book.sheets.add("Checks", after=plan)
    added["A1"].value = [["Check", "Result"], ["one", 0.5]]
    added.tables.add(added["A1"].expand(), name="checks").table_style = "TableStyleLight1"
    added.name = "All checks"
    book.sheets.add("Gone").delete()
    book.names.add("checked", "='All checks'!$B$2")
    book.names["limit"].delete()
    book.sheets["Free"].visible = False
    book.sheets["Chain"].api.Unprotect()
    book.sheets["Chain"]["C1"].value = "seen"
    book.sheets["Chain"].api.Protect()
    plan.activate()
    book.app.alert("Done", "S&OP", mode="info")
    book.app.status_bar = "Ready"
    book.app.status_bar = False


def test_replaying_gives_the_same_file() -> None:
    first, second = open_book(DATA), open_book(DATA)
    edit_everything(first)
    replay(from_json(json.loads(json.dumps(to_json(journal(first))))), second)
    assert save(second) == save(first)


def test_a_replayed_journal_is_the_same_journal() -> None:
    first, second = open_book(DATA), open_book(DATA)
    edit_everything(first)
    replay(journal(first), second)
    assert journal(second) == journal(first)


cells = st.tuples(st.integers(20, 30), st.integers(1, 6))
contents = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e12, 1e12) | st.text(max_size=6)


@settings(max_examples=40)
@given(st.lists(st.tuples(cells, contents), min_size=1, max_size=12))
def test_any_writes_are_replayed_and_read_back_from_the_file(writes: list[tuple[tuple[int, int], object]]) -> None:
    first, second = open_book(DATA), open_book(DATA)
    for place, value in writes:
        first.sheets["Free"].range(place).value = as_typed(value) if isinstance(value, str) else value
    replay(journal(first), second)
    area = "A20:F30"
    assert second.sheets["Free"][area].value == first.sheets["Free"][area].value
    kept = open_book(save(first)).sheets["Free"][area].value
    assert [[_storable(v) for v in row] for row in first.sheets["Free"][area].value] == kept


def _storable(value: object) -> object:
    """Return text without the characters that no XML can hold."""
    if not isinstance(value, str):
        return value
    kept = "".join(c for c in value if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff"))
    return kept or None


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "'a", "12", "1/2", "Mar 2027", "true", "#N/A", "SKU-1"])
def test_text_that_excel_would_read_gets_an_apostrophe(text: str) -> None:
    assert as_typed(text) == "'" + text


@pytest.mark.parametrize("text", ["", "Bolt", "two words", "Ünïcode & signs"])
def test_plain_words_are_typed_as_they_are(text: str) -> None:
    assert as_typed(text) == text
