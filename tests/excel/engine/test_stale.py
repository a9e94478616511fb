"""Which results an edit makes doubtful, against what each formula plainly reads."""

from __future__ import annotations

import io

import pytest
import xlsxwriter
import xlwings as xw
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_xl.excel.engine import open_book
from sop_xl.excel.engine.cell_edits import cell_edits


def book_with(formula: str) -> xw.Book:
    """Return a book with one formula in G5 of the sheet ``My plan``, a table in A1:C6 and the sheet ``Other``."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet, other = book.add_worksheet("My plan"), book.add_worksheet("Other")
    columns = [{"header": header} for header in ("Key", "Units", "Unit price")]
    sheet.add_table("A1:C6", {"name": "plan", "columns": columns, "data": [["a", 1, 2]] * 5})
    sheet.write_formula("G5", formula, None, 1)
    sheet.write_dynamic_array_formula("I1:I3", "=SEQUENCE(3)", None, 1)
    other.write("A1", 1)
    book.define_name("total", "=SUM('My plan'!$E$1:$E$9)")
    book.define_name("twice", "=total*2")
    book.define_name("rate", "=0.5")
    book.define_name("'My plan'!own", "='My plan'!$E$20")
    book.close()
    return open_book(out.getvalue())


def is_stale(book: xw.Book, sheet: str = "My plan", row: int = 5, column: int = 7) -> bool:
    state = book.impl.state
    edit = cell_edits(state)[id(state.sheet(sheet))].get((row, column))
    return edit is not None and edit.stale


@pytest.mark.parametrize(
    ("formula", "touching", "apart"),
    [
        ("=E1", "E1", "E2"),
        ("=$E$1*2", "E1", "F1"),
        ("=SUM(E1:F3)", "F2", "E4"),
        ("=SUM(E:E)", "E900", "F900"),
        ("=SUM(20:21)", "XX21", "A22"),
        ("=SUM(plan[Units])", "B3", "C3"),
        ("=SUM(plan[Unit price])", "C6", "B6"),
        ("=SUM(plan[[Units]:[Unit price]])", "C2", "A2"),
        ("=plan[[#This Row],[Units]]", "B5", "B4"),
        ("=ROWS(plan)", "A2", "D2"),
        ("=COUNTA(plan[#All])", "A1", "D1"),
        ("=total", "E4", "E10"),
        ("=twice+1", "E4", "E10"),
        ("='My plan'!own", "E20", "E21"),
        ("=SUM(I1#)", "I1", "J1"),
        ('=INDIRECT("E"&1)', "Z99", None),
        ("=SUM(E1:INDEX(E:E,9))", "E5", None),
        ("=SUM(plan[Units]:plan[Unit price])", "C6", None),
        ("=SUM(total:E12)", "E10", None),
        ("=SUM(OFFSET(E1,1,1))", "Z99", None),
        ('=IF(LEN("E2")=2,E1,0)', "E1", "E2"),
        ("=LOG10(E1)", "E1", "J10"),
        ("=_xlfn.LET(_xlpm.x,E1,_xlpm.x+1)", "E1", "E2"),
        ("=Other!A1", None, "A1"),
        ("=SUM(E1,MAX(F2,F4:F6))", "F5", "F3"),
    ],
)
def test_a_result_is_doubtful_exactly_where_its_formula_reads(
    formula: str, touching: str | None, apart: str | None
) -> None:
    for address, expected in ((touching, True), (apart, False)):
        if address is not None:
            book = book_with(formula)
            book.sheets["My plan"][address].value = 7
            assert is_stale(book) is expected, address


def test_another_sheet_counts() -> None:
    book = book_with("=SUM(Other!A1:A5)")
    book.sheets["Other"]["A3"].value = 7
    assert is_stale(book)


def test_a_reference_through_several_sheets_counts_as_anything() -> None:
    book = book_with("=SUM('My plan:Other'!A9)")
    book.sheets["Other"]["Z3"].value = 7
    assert is_stale(book)


def test_a_name_with_a_new_meaning_counts() -> None:
    book = book_with("=rate*2")
    book.names["rate"].refers_to = "=0.75"
    assert is_stale(book)


def test_a_table_over_other_rows_counts() -> None:
    book = book_with("=SUM(plan[Units])")
    sheet = book.sheets["My plan"]
    sheet.tables["plan"].resize(sheet["A1:C9"])
    assert is_stale(book)


def test_formats_make_nothing_doubtful() -> None:
    book = book_with("=SUM(E1:F3)")
    book.sheets["My plan"]["E1:F3"].number_format = "0.0"
    assert not is_stale(book)


@settings(max_examples=40)
@given(st.lists(st.sets(st.integers(0, 11), max_size=3), min_size=12, max_size=12), st.integers(0, 11))
def test_doubt_follows_any_chain_of_formulas(reads: list[set[int]], edited: int) -> None:
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = workbook.add_worksheet("Chain")
    for number, needed in enumerate(reads):
        earlier = sorted(each for each in needed if each < number)
        if earlier:
            sheet.write_formula(number, 0, "=" + "+".join(f"A{each + 1}" for each in earlier), None, 0)
        else:
            sheet.write_number(number, 0, 1)
    workbook.close()
    book = open_book(out.getvalue())
    book.sheets["Chain"].range((edited + 1, 1)).value = 5
    doubtful = {edited}
    for number, needed in enumerate(reads):
        if number != edited and any(each in doubtful for each in needed if each < number):
            doubtful.add(number)
    found = {number for number in range(12) if is_stale(book, "Chain", number + 1, 1)}
    assert found == doubtful - {edited}
