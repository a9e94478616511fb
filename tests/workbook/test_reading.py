"""Files as people and attackers send them: everything wrong is said in words, nothing raises, nothing hangs."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from msoffcrypto.format.ooxml import OOXMLFile

from sop_xl.model.issue import Issue, Severity, errors
from sop_xl.schema.parse import parse
from sop_xl.schema.raw import CellError
from sop_xl.workbook.reading import Reading, read_workbook


def changed(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a workbook with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            content = source.read(info)
            target.writestr(info.filename, change(content) if info.filename == part else content)
    return out.getvalue()


def archive(**parts: bytes) -> bytes:
    """Return a zip with parts named by their position in ``parts``; a double underscore stands for a slash."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), content)
    return out.getvalue()


def only_error(reading: Reading) -> Issue:
    """Return the one error there is."""
    found = errors(reading.issues)
    assert len(found) == 1, [str(issue) for issue in reading.issues]
    return found[0]


@pytest.fixture(scope="module")
def sales(books: dict[str, Path]) -> bytes:
    return books["sales"].read_bytes()


@pytest.fixture(scope="module")
def operations(books: dict[str, Path]) -> bytes:
    return books["operations"].read_bytes()


def edited(data: bytes, edit: Callable[[openpyxl.Workbook], None]) -> bytes:
    """Return a workbook as another program would save it after an edit."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    edit(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def encrypted(data: bytes) -> bytes:
    out = io.BytesIO()
    OOXMLFile(io.BytesIO(data)).encrypt("secret", out)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The file is empty."),
        (OLE, "The file is an old Excel workbook (.xls)."),
        (b"product,units\nA,1\n", "The file is plain text, not an Excel workbook."),
        (b"%PDF-1.7\n...", "The file is a PDF, not an Excel workbook."),
        (b"<html><table></table></html>", "The file is a web page, not an Excel workbook."),
        (bytes(range(128, 256)) * 20, "The file is something else, not an Excel workbook."),
        (archive(word__document_xml=b"<w/>"), "The file is a Word document, not an Excel workbook (.xlsx)."),
        (archive(xl__workbook_bin=b"x"), "The file is a binary workbook (.xlsb), not an Excel workbook (.xlsx)."),
        (archive(readme=b"x"), "The file is a zip archive, not an Excel workbook."),
    ],
)
def test_what_is_no_workbook_is_named(data: bytes, message: str) -> None:
    reading = read_workbook(data, file_name="sent.xlsx")
    issue = only_error(reading)
    assert (issue.message, issue.file) == (message, "sent.xlsx")
    assert issue.hint
    assert reading.raw_tables == ()


def test_an_encrypted_workbook_is_named(sales: bytes) -> None:
    assert only_error(read_workbook(encrypted(sales))).message == "The workbook is encrypted with a password."


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_a_truncated_workbook_is_damaged(sales: bytes, share: float) -> None:
    assert "damaged" in only_error(read_workbook(sales[: int(len(sales) * share)])).message


def test_a_workbook_with_flipped_bytes_never_raises(sales: bytes) -> None:
    for at in range(100, len(sales), len(sales) // 60):
        spoiled = bytearray(sales)
        spoiled[at] ^= 0xFF
        read_workbook(bytes(spoiled))


def test_a_file_that_is_not_there_is_an_issue(tmp_path: Path) -> None:
    assert "cannot be opened" in only_error(read_workbook(tmp_path / "gone.xlsx")).message


def test_the_ending_may_be_xlsm_and_another_one_is_told(sales: bytes) -> None:
    assert read_workbook(sales, file_name="sales.xlsm").issues == ()
    (issue,) = read_workbook(sales, file_name="sales.zip").issues
    assert issue.severity is Severity.WARNING
    assert "'.zip'" in issue.message


def test_a_zip_bomb_is_refused_before_it_inflates(sales: bytes) -> None:
    bomb = changed(sales, "xl/worksheets/sheet2.xml", lambda _: b" " * 200_000_000)
    assert len(bomb) < 1_000_000
    started = time.perf_counter()
    assert "inflates to more than" in only_error(read_workbook(bomb)).message
    assert time.perf_counter() - started < 5


def test_entities_and_document_types_are_refused(sales: bytes) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    for part in ("xl/workbook.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet2.xml"):
        assert (
            "declarations that Excel never writes"
            in only_error(read_workbook(changed(sales, part, lambda _: bomb))).message
        )
    wide = changed(sales, "xl/workbook.xml", lambda data: data.decode("utf-8").encode("utf-16"))
    assert errors(read_workbook(wide).issues)


def test_the_same_part_twice_and_names_that_leave_the_package_are_refused(sales: bytes) -> None:
    for name in ("XL/workbook.xml", "../evil.xml", "/abs.xml"):
        out = io.BytesIO(sales)
        with zipfile.ZipFile(out, "a") as target:
            target.writestr(name, b"<x/>")
        assert errors(read_workbook(out.getvalue()).issues)


def _with_cell(address: str) -> Callable[[bytes], bytes]:
    row = re.sub("[^0-9]", "", address) or "1"
    cell = f'<row r="{row}"><c r="{address}"><v>1</v></c></row></sheetData>'.encode()
    return lambda data: data.replace(b"</sheetData>", cell)


def test_a_cell_at_the_far_end_of_the_sheet_is_told_and_costs_nothing(operations: bytes) -> None:
    far = changed(operations, "xl/worksheets/sheet2.xml", _with_cell("XFD1048576"))
    started = time.perf_counter()
    reading = read_workbook(far)
    assert time.perf_counter() - started < 3
    issue = only_error(reading)
    assert (issue.sheet, issue.message[:25]) == ("Resources", "The sheet is too large: i")
    assert "routings" in {raw.name for raw in reading.raw_tables}


@pytest.mark.parametrize("address", ["A99999999", "ZZZZ1", "A0", "1A", "XFE1", ""])
def test_absurd_references_are_told(operations: bytes, address: str) -> None:
    reading = read_workbook(changed(operations, "xl/worksheets/sheet2.xml", _with_cell(address)))
    assert only_error(reading).sheet == "Resources"


def test_damaged_xml_of_a_sheet_is_told_with_its_name(operations: bytes) -> None:
    reading = read_workbook(changed(operations, "xl/worksheets/sheet2.xml", lambda data: data[:-200]))
    issue = only_error(reading)
    assert (issue.sheet, "cannot be read" in issue.message) == ("Resources", True)


def test_an_absurd_table_reference_is_passed_over_and_the_headers_decide(operations: bytes) -> None:
    spoiled = changed(
        operations,
        "xl/tables/table1.xml",
        lambda data: re.sub(rb'<table([^>]*) ref="[^"]+"', rb'<table\1 ref="B6:ZZZZ9"', data),
    )
    found = {raw.name: raw for raw in read_workbook(spoiled).raw_tables}
    assert list(found["resources"].data[0])[:2] == ["LINE-A", "LINE-B"]


def test_a_missing_sheet_names_those_there_are(operations: bytes) -> None:
    def rename(data: bytes) -> bytes:
        return data.replace(b'name="tblRoutings" displayName="tblRoutings"', b'name="Other" displayName="Other"')

    gone = changed(operations, "xl/workbook.xml", lambda data: data.replace(b'name="Routings"', b'name="My copy"'))
    number = next(n for n in range(1, 20) if _has_table(gone, n, b"tblRoutings"))
    issue = only_error(read_workbook(changed(gone, f"xl/tables/table{number}.xml", rename)))
    assert issue.message == "The sheet 'Routings' with the table tblRoutings is missing."
    assert "My copy" in issue.hint
    assert (issue.table, issue.sheet) == ("routings", "Routings")


def _has_table(data: bytes, number: int, name: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        part = f"xl/tables/table{number}.xml"
        return part in package.namelist() and name in package.read(part)


def test_a_renamed_sheet_is_found_by_its_table(operations: bytes) -> None:
    renamed = changed(operations, "xl/workbook.xml", lambda data: data.replace(b'name="Routings"', b'name="My copy"'))
    reading = read_workbook(renamed)
    assert reading.issues == ()
    assert {raw.sheet for raw in reading.raw_tables if raw.name == "routings"} == {"My copy"}


def test_a_renamed_column_is_named_with_the_closest(operations: bytes) -> None:
    def rename(book: openpyxl.Workbook) -> None:
        sheet = book["Lanes"]
        at = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "To")
        at.value = "Too"
        for column in sheet.tables["tblLanes"].tableColumns:
            column.name = "Too" if column.name == "To" else column.name

    issues = errors(parse(read_workbook(edited(operations, rename)).raw_tables).issues)
    assert any("'To'" in issue.message and issue.sheet == "Lanes" for issue in issues)


def test_a_failed_formula_becomes_an_error_with_its_cell(operations: bytes) -> None:
    def spoil(data: bytes) -> bytes:
        row = re.search(rb'<c r="F7"[^>]*?(/>|>.*?</c>)', data)
        assert row
        return data.replace(row[0], b'<c r="F7" t="e"><v>#N/A</v></c>')

    reading = read_workbook(changed(operations, "xl/worksheets/sheet2.xml", spoil))
    resources = next(raw for raw in reading.raw_tables if raw.name == "resources")
    assert resources.data[4][0] == CellError("#N/A")
    (issue,) = errors(parse(reading.raw_tables).issues)
    assert (issue.sheet, issue.cell, issue.message) == ("Resources", "F7", "Hours per shift shows #N/A.")


def test_formulas_without_a_result_are_told_where_people_type_and_only_there(operations: bytes) -> None:
    def type_formula(book: openpyxl.Workbook) -> None:
        book["Resources"]["F7"] = "=4+4"

    issue = only_error(read_workbook(edited(operations, type_formula)))
    assert (issue.sheet, issue.cell, issue.message) == ("Resources", "F7", "1 formulas have no value: F7.")


def test_rows_typed_below_a_table_are_read_and_told(operations: bytes) -> None:
    def below(book: openpyxl.Workbook) -> None:
        sheet = book["Lanes"]
        last = int(re.sub("[A-Z]", "", sheet.tables["tblLanes"].ref.split(":")[1]))
        for row, codes in enumerate((("PLANT1", "NORTH"), ("PLANT1", "SOUTH")), start=last + 1):
            sheet.cell(row, 2, codes[0])
            sheet.cell(row, 3, codes[1])

    reading = read_workbook(edited(operations, below))
    (issue,) = reading.issues
    assert (issue.severity, issue.table, issue.message[:32]) == (
        Severity.WARNING,
        "lanes",
        "2 rows stand below the table and",
    )
    lanes = parse(reading.raw_tables).tables["lanes"]
    assert lanes["to_location"].tolist() == ["DC1", "NORTH", "SOUTH"]


def test_an_older_and_a_newer_template_and_another_function_are_told(sales: bytes) -> None:
    def version(number: bytes) -> bytes:
        return changed(sales, "xl/sharedStrings.xml", lambda data: data.replace(b"<t>1</t>", b"<t>" + number + b"</t>"))

    older = only_error(read_workbook(version(b"0")))
    assert "template version 0; the current one is 1" in older.message
    assert "Download the new book" in older.hint
    assert "program knows 1" in only_error(read_workbook(version(b"9"))).message
    other = only_error(read_workbook(sales, function="finance"))
    assert other.message == "This is the book of sales, not of finance."


def test_a_book_without_its_hidden_sheet_is_read_with_a_warning(sales: bytes) -> None:
    def drop(book: openpyxl.Workbook) -> None:
        del book["_meta"]

    reading = read_workbook(edited(sales, drop), function="sales")
    assert [issue.severity for issue in reading.issues] == [Severity.WARNING]
    assert reading.meta == {}


def test_a_workbook_of_ones_own_is_read_by_sheet_and_headers() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as workbook:
        sheet = workbook.add_worksheet("resources")
        sheet.write_row("C4", ["Resource", "site", "HOURS", "overtime max"])
        sheet.write_row("C5", ["L1", "Here", 160, 20])
        sheet.write_row("C6", ["L2", "Here", 150, None])
        other = workbook.add_worksheet("Routings")
        other.write_row("A1", ["Family/SKU", "Resource", "Hours per unit"])
        other.write_row("A2", ["A", "L1", 0.5])
    reading = read_workbook(out.getvalue())
    assert reading.issues == ()
    tables = {raw.name: raw for raw in reading.raw_tables}
    assert set(tables) == {"resources", "routings"}
    resources = tables["resources"]
    assert (resources.headers, resources.address(2, 1)) == (("Resource", "site", "HOURS", "overtime max"), "E6")
    assert parse([resources]).tables["resources"]["hours"].tolist() == [160, 150]


def test_a_workbook_without_any_table_says_so() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as workbook:
        workbook.add_worksheet("Shopping").write("A1", "milk")
    assert only_error(read_workbook(out.getvalue())).message == "No table of the product was found in the workbook."


def test_values_know_their_cells(operations: bytes) -> None:
    resources = next(raw for raw in read_workbook(operations).raw_tables if raw.name == "resources")
    sheet = openpyxl.load_workbook(io.BytesIO(operations), data_only=True)["Resources"]
    for column, header in enumerate(resources.headers):
        assert sheet[resources.header_address(column)].value == header
        for row in range(2):
            value = resources.data[column][row]
            assert sheet[resources.address(column, row)].value == (None if value == "" else value)
