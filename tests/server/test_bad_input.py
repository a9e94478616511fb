"""Every kind of bad input gets a message that names place and remedy, and the attempt stays in the history."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

import msoffcrypto.format.ooxml
import openpyxl
import pytest
from conftest import CYCLE, Site

Spoil = Callable[[openpyxl.Workbook], None]


def edited(book: bytes, spoil: Spoil) -> bytes:
    """The workbook with its values as a person's program would save it after a careless edit."""
    workbook = openpyxl.load_workbook(io.BytesIO(book), data_only=True)
    spoil(workbook)
    sink = io.BytesIO()
    workbook.save(sink)
    return sink.getvalue()


def cell_under(sheet: openpyxl.worksheet.worksheet.Worksheet, header: str) -> openpyxl.cell.Cell:
    """The first data cell below a header."""
    found = next(cell for row in sheet.iter_rows() for cell in row if cell.value == header)
    return sheet.cell(found.row + 1, found.column)


def put(sheet: str, header: str, value: object) -> Spoil:
    def spoil(book: openpyxl.Workbook) -> None:
        cell_under(book[sheet], header).value = value  # type: ignore[assignment]

    return spoil


def without_sheet(book: openpyxl.Workbook) -> None:
    del book["Routings"]


def renamed_column(book: openpyxl.Workbook) -> None:
    sheet = book["Resources"]
    header = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "Overtime max")
    header.value = "OT limit"
    for column in sheet.tables["tblResources"].tableColumns:
        column.name = "OT limit" if column.name == "Overtime max" else column.name


def duplicate_row(book: openpyxl.Workbook) -> None:
    sheet = book["Resources"]
    first = cell_under(sheet, "Resource")
    for cell in sheet[first.row]:
        if cell.column >= first.column:
            below = sheet.cell(first.row + 1, cell.column)
            below.value = cell.value


def older_template(book: openpyxl.Workbook) -> None:
    sheet = book["_meta"]
    at = next(row for row in sheet.iter_rows(max_col=2) if row[0].value == "template_version")
    at[1].value = "0"


READABLE: dict[str, tuple[str, Spoil, str, str, str]] = {
    "a missing sheet": ("operations", without_sheet, "Routings", "", "is missing"),
    "a renamed column": ("operations", renamed_column, "Resources", "", "'Overtime max' is missing"),
    "text in a number": (
        "operations",
        put("Resources", "Overtime max", "12,5x"),
        "Resources",
        r"[A-Z]+\d+",
        "not a number",
    ),
    "a failed formula": ("operations", put("Resources", "Overtime max", "#N/A"), "Resources", r"[A-Z]+\d+", "#N/A"),
    "a date outside the horizon": ("finance", put("Budget", "Period", "2031-01-01"), "Budget", r"[A-Z]+\d+", "horizon"),
    "an unknown product": (
        "finance",
        put("PriceCost", "SKU", "NO-SUCH"),
        "PriceCost",
        r"[A-Z]+\d+",
        "'NO-SUCH' is not known",
    ),
    "a duplicate key": ("operations", duplicate_row, "Resources", r"[A-Z]+\d+", "is there twice"),
    "an older template": ("operations", older_template, "", "", "template version 0"),
}


@pytest.mark.parametrize("kind", READABLE)
def test_a_spoiled_book_comes_back_with_place_and_remedy_and_is_kept(site: Site, kind: str) -> None:
    function, spoil, sheet, cell, words = READABLE[kind]
    content = edited(site.book(function), spoil)
    answer = site.client.post(
        f"/api/v1/cycles/{CYCLE}/submissions",
        data={"file": (io.BytesIO(content), "book.xlsx")},
    )
    found = answer.json
    told = [issue for issue in found["issues"] if issue["severity"] == "error" and words in issue["message"]]
    assert told, found["issues"]
    assert told[0]["hint"], "a message says what to do"
    assert not sheet or told[0]["sheet"] == sheet
    assert re.fullmatch(cell, told[0]["cell"]) or not cell
    kept = site.get(f"/submissions/{found.get('submission') or found['id']}")
    assert kept["state"] == "returned"
    assert site.client.get(f"/api/v1/submissions/{kept['id']}/file").data == content


def encrypted(book: bytes) -> bytes:
    sink = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(book)).encrypt("secret", sink)
    return sink.getvalue()


UNREADABLE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "an old .xls": (lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096, "xlsx"),
    "an encrypted file": (encrypted, "password"),
    "a truncated file": (lambda book: book[: len(book) // 2], "save it under a new name"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_file_that_cannot_be_opened_says_why_and_is_kept(site: Site, kind: str) -> None:
    spoil, remedy = UNREADABLE[kind]
    content = spoil(site.book("sales"))
    refused = site.submit(content, 422, name="sales.xlsx")
    (issue,) = [issue for issue in refused["issues"] if issue["severity"] == "error"]
    assert remedy in f"{issue['message']} {issue['hint']}".lower()
    kept = site.get(f"/submissions/{refused['submission']}")
    assert (kept["state"], kept["readable"]) == ("returned", False)


def test_nothing_of_it_goes_into_the_plan(site: Site) -> None:
    site.submit(edited(site.book("operations"), put("Resources", "Overtime max", "12,5x")))
    row = next(f for f in site.get(f"/cycles/{CYCLE}")["functions"] if f["function"] == "operations")
    assert row["state"] == "returned"
    with zipfile.ZipFile(io.BytesIO(site.book("operations"))) as package:
        assert package.testzip() is None
