"""An open workbook reads as its file does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sop_xl.excel.book_reading import read_book
from sop_xl.excel.engine import open_book
from sop_xl.schema.catalogue import BOOKS, answers_of
from sop_xl.schema.raw import CellError
from sop_xl.workbook.filling import fill
from sop_xl.workbook.reading import read_workbook


def plain(value: object) -> object:
    """Return a value with the differences that every parser levels out: whole numbers, dates without a time, ''."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None if value == "" else value.isoformat()[:10] if hasattr(value, "isoformat") else value
    return float(value)


@pytest.mark.parametrize("name", BOOKS)
def test_tables_cells_and_identity_are_those_of_the_file(book: Callable[[str], bytes], name: str) -> None:
    live, filed = read_book(open_book(book(name), name=f"{name}.xlsx")), read_workbook(book(name))
    assert dict(live.meta) == dict(filed.meta)
    assert live.issues == ()
    assert [raw.name for raw in live.tables] == [raw.name for raw in filed.raw_tables]
    for one, other in zip(live.tables, filed.raw_tables, strict=True):
        assert (one.sheet, one.headers, one.letters, one.header_row) == (
            other.sheet,
            other.headers,
            other.letters,
            other.header_row,
        )
        assert list(one.row_numbers) == list(other.row_numbers)
        assert [[plain(v) for v in column] for column in one.data] == [[plain(v) for v in c] for c in other.data]


@pytest.mark.parametrize("name", BOOKS)
def test_the_tables_for_answers_are_found(book: Callable[[str], bytes], name: str) -> None:
    placed = read_book(open_book(book(name))).placed
    for shape in answers_of(name):
        assert placed[shape.excel_name.lower()].sheet == shape.sheet


def test_a_formula_that_was_never_calculated_is_told_where_people_type(book: Callable[[str], bytes]) -> None:
    opened = open_book(book("operations"), name="operations.xlsx")
    opened.sheets["Resources"].range("C7").formula = "=1+1"
    from sop_xl.excel.engine import save

    (issue,) = read_book(open_book(save(opened))).issues
    assert (issue.sheet, issue.cell) == ("Resources", "C7")
    assert "formulas have no value" in issue.message


def test_a_failed_formula_is_an_error_and_no_text(book: Callable[[str], bytes]) -> None:
    opened = open_book(fill(book("sales"), [("pipeline", {"opportunity": "OPP-1"}, "customer", "#N/A")]))
    raw = read_book(opened).raw("pipeline")
    assert raw is not None
    assert CellError("#N/A") in raw.data[raw.headers.index("Customer")]
