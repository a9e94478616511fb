"""Saving never damages a user's file: parts are compared before and after, and the results of formulas stay honest."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import xlwings as xw
from openpyxl import load_workbook
from workbook.audit import audit

from sop_xl.excel.engine import open_book, save

from .rich_book import rich_book

PLAN, CHAIN = "xl/worksheets/sheet1.xml", "xl/worksheets/sheet3.xml"


@pytest.fixture(scope="module")
def original() -> bytes:
    return rich_book()


@pytest.fixture
def book(original: bytes) -> xw.Book:
    return open_book(original, name="rich.xlsx")


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def cell(sheet: bytes, address: str) -> bytes:
    found = re.search(rb'<c r="%s"[^>]*?(?:/>|>.*?</c>)' % address.encode(), sheet)
    return found[0] if found else b""


def without(sheet: bytes, *addresses: str) -> bytes:
    for address in addresses:
        sheet = sheet.replace(cell(sheet, address) or b"\0", b"")
    return sheet


def changed(before: bytes, after: bytes) -> set[str]:
    first, second = parts(before), parts(after)
    return {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)}


def audited(data: bytes, folder: Path) -> list[str]:
    path = folder / "saved.xlsx"
    path.write_bytes(data)
    return [finding for finding in audit(path) if "External relationship target: https://example.com" not in finding]


def result(data: bytes, sheet: str, address: str) -> object:
    return load_workbook(io.BytesIO(data), data_only=True)[sheet][address].value


def test_the_test_workbook_itself_is_sound(original: bytes, tmp_path: Path) -> None:
    assert audited(original, tmp_path) == []


def test_nothing_done_gives_the_same_bytes(original: bytes, book: xw.Book) -> None:
    book.app.alert("hello")
    book.app.status_bar = "working"
    assert save(book) == original


def test_one_edited_cell_changes_that_cell_and_what_depends_on_it(
    original: bytes, book: xw.Book, tmp_path: Path
) -> None:
    book.sheets["Plan"]["B4"].value = 11
    after = save(book)
    assert changed(original, after) == {PLAN, CHAIN}
    before, now = parts(original), parts(after)
    dependent = ("D4", "F3", "F4", "F6")
    assert without(before[PLAN], "B4", *dependent) == without(now[PLAN], "B4", *dependent)
    assert without(before[CHAIN], "A1", "A2", "A4") == without(now[CHAIN], "A1", "A2", "A4")
    assert audited(after, tmp_path) == []


def test_results_that_may_depend_on_an_edit_are_left_out_and_all_others_stay(book: xw.Book) -> None:
    book.sheets["Plan"]["B4"].value = 11
    after = save(book)
    stale = [("Plan", "F3"), ("Plan", "F4"), ("Plan", "F6"), ("Plan", "D4"), ("Chain", "A1"), ("Chain", "A2")]
    assert [result(after, *place) for place in [*stale, ("Chain", "A4")]] == [None] * 7
    assert result(after, "Plan", "F5") == 8, "depends on prices only"
    assert result(after, "Plan", "D5") == 10, "its own row was not touched"
    assert [result(after, "Free", address) for address in ("B1", "B2")] == [6, 12]
    assert result(after, "Chain", "A3") == 6
    assert b"fullCalcOnLoad" in parts(after)["xl/workbook.xml"]


def test_a_name_carries_doubt_on(book: xw.Book) -> None:
    book.sheets["Free"]["A2"].value = 9
    after = save(book)
    assert result(after, "Plan", "F7") is None, "it reads the name 'limit', which reads Free!A2"
    assert result(after, "Free", "B2") is None
    assert result(after, "Plan", "F3") == 100


def test_everything_around_the_cells_survives_every_kind_of_edit(
    original: bytes, book: xw.Book, tmp_path: Path
) -> None:
    plan = book.sheets["Plan"]
    plan["B4:C5"].value = [[1, 2], [3, 4]]
    plan["A11"].value = datetime(2026, 6, 1)
    plan["A12"].color = (255, 0, 0)
    plan["A12"].font.bold = True
    plan["B4:B7"].number_format = "0.0"
    plan["B5"].wrap_text = True
    plan["C:C"].column_width = 15
    plan["N1"].value = 5
    plan["5:5"].row_height = 22
    plan["F9"].formula = "=SUM(B4:B7)"
    plan.tables["plan"].resize(plan["A3:D9"])
    plan["A8:C9"].value = [["Clip", 1, 1.0], ["Ring", 2, 1.0]]
    plan["C4"].select()
    added = book.sheets.add("Checks", after=book.sheets["Plan"])
    added["A1"].value = [["Check", "Result"], ["one", True]]
    added.tables.add(added["A1"].expand(), name="checks")
    book.names.add("checked", "=Checks!$B$2")
    book.sheets["Free"]["A1"].clear()
    after = save(book)
    before, now = parts(original), parts(after)
    assert audited(after, tmp_path) == []
    untouched = {
        "customUI/customUI14.xml",
        "xl/charts/chart1.xml",
        "xl/drawings/drawing1.xml",
        "xl/drawings/vmlDrawing1.vml",
        "xl/comments1.xml",
        "xl/sharedStrings.xml",
        "xl/theme/theme1.xml",
        "docProps/core.xml",
        "docProps/custom.xml",
        "_rels/.rels",
    }
    assert {name for name in untouched if before[name] != now[name]} == set()
    for kept in (b"extLst", b"conditionalFormatting", b"dataValidations"):
        pattern = re.compile(rb"<%s\b.*</%s>" % (kept, kept), re.S)
        assert pattern.findall(before[PLAN]) == pattern.findall(now[PLAN]) != []
    again = open_book(after)
    assert again.sheet_names == ["Plan", "Checks", "Free", "Chain"]
    assert again.sheets["Plan"].tables["plan"].range.address == "$A$3:$D$9"
    assert again.sheets["Checks"].tables["checks"].range.value == [["Check", "Result"], ["one", True]]
    assert again.names["checked"].refers_to_range.value is True
    assert again.sheets["Plan"]["A11"].value == datetime(2026, 6, 1)
    assert again.sheets["Plan"]["A12"].color == (255, 0, 0)
    assert again.sheets["Plan"]["A12"].font.bold is True
    assert again.sheets["Plan"]["B6"].number_format == "0.0"
    assert again.sheets["Plan"]["B6"].color == (255, 255, 204), "its other looks stay"
    assert again.sheets["Plan"]["C1"].column_width == pytest.approx(15, abs=0.01)
    assert again.sheets["Plan"]["F9"].formula == "=SUM(B4:B7)"
    assert again.sheets["Plan"]["A9"].row_height == 27.75
    assert again.sheets.active.name == "Checks"
    assert again.sheets["Free"]["A1"].value is None


def test_cells_left_alone_keep_every_byte(original: bytes, book: xw.Book) -> None:
    plan = book.sheets["Plan"]
    plan["A20:B22"].value = [["a", "b"], [1, 2], [3, 4]]
    before, now = parts(original)[PLAN], parts(save(book))[PLAN]
    rows = re.compile(rb'<row r="(?:[1-9]|1[0-7])" .*?</row>', re.S)
    assert rows.findall(before) == rows.findall(now) != []
    assert before.partition(b"</sheetData>")[2] == now.partition(b"</sheetData>")[2]


def test_a_formula_that_is_overwritten_leaves_the_order_of_calculation(original: bytes, book: xw.Book) -> None:
    book.sheets["Plan"]["F3"].value = 7
    assert b'<c r="F5"/>' in parts(original)["xl/calcChain.xml"]
    chain = parts(save(book))["xl/calcChain.xml"]
    assert b'r="F3"' not in chain
    assert b'<c i="1" r="F5"/>' in chain, "it keeps the sheet that it had from its neighbour"
    assert b'<c r="A2" i="3"/><c r="A1"/>' in chain


def test_the_last_formula_takes_the_order_of_calculation_with_it(book: xw.Book, tmp_path: Path) -> None:
    book.sheets["Plan"]["F3:F5"].clear_contents()
    book.sheets["Free"]["B1"].clear_contents()
    book.sheets["Chain"].api.Unprotect()
    book.sheets["Chain"]["A1:A2"].clear_contents()
    after = save(book)
    assert "xl/calcChain.xml" not in parts(after)
    assert b"calcChain" not in parts(after)["[Content_Types].xml"] + parts(after)["xl/_rels/workbook.xml.rels"]
    assert audited(after, tmp_path) == []


def test_a_spill_goes_with_its_formula(book: xw.Book) -> None:
    book.sheets["Plan"]["H2"].value = "typed"
    again = open_book(save(book)).sheets["Plan"]
    assert again["H2:H5"].value == ["typed", None, None, None]


def test_a_value_in_the_way_of_a_spill_stays_and_the_formula_too(book: xw.Book, tmp_path: Path) -> None:
    book.sheets["Plan"]["H4"].value = "in the way"
    after = save(book)
    again = open_book(after).sheets["Plan"]
    assert again["H2"].formula == "=UNIQUE(A4:A7)"
    assert again["H2:H5"].value == [None, None, "in the way", None]
    assert audited(after, tmp_path) == []


def test_a_spill_whose_source_is_edited_waits_for_excel(book: xw.Book) -> None:
    book.sheets["Plan"]["A4"].value = "Rivet"
    assert open_book(save(book)).sheets["Plan"]["H2:H5"].value == [None] * 4


def test_part_of_an_array_formula_cannot_be_changed(book: xw.Book) -> None:
    with pytest.raises(RuntimeError, match="part of an array"):
        book.sheets["Plan"]["J3"].value = 1
    book.sheets["Plan"]["J2:J4"].value = [[1], [2], [3]]
    assert open_book(save(book)).sheets["Plan"]["J2:J4"].value == [1.0, 2.0, 3.0]


def test_headers_of_a_table_follow_their_cells(book: xw.Book, tmp_path: Path) -> None:
    book.sheets["Plan"]["A3"].value = 'Product & "more" <x>'
    after = save(book)
    assert audited(after, tmp_path) == []
    table = load_workbook(io.BytesIO(after))["Plan"].tables["plan"]
    assert [column.name for column in table.tableColumns] == ['Product & "more" <x>', "Units", "Price", "Revenue"]


def test_headers_that_formulas_mention_stay(book: xw.Book) -> None:
    plan = book.sheets["Plan"]
    with pytest.raises(NotImplementedError, match="'Units' of the table plan, which formulas mention"):
        plan["B3"].value = "Pieces"
    with pytest.raises(NotImplementedError, match="'Price' of the table plan, which formulas mention"):
        plan.tables["plan"].resize(plan["A3:B7"])
    with pytest.raises(NotImplementedError, match="formulas mention"):
        plan["A1:D9"].clear_contents()
    plan["A3:D3"].value = ["Product", "Units", "Price", "Revenue"]


def test_an_emptied_header_gets_excels_own(book: xw.Book, tmp_path: Path) -> None:
    book.sheets["Plan"]["A3"].clear_contents()
    assert book.sheets["Plan"]["A3"].value == "Column1"
    assert audited(save(book), tmp_path) == []


def test_a_table_loses_and_gains_columns(book: xw.Book, tmp_path: Path) -> None:
    plan = book.sheets["Plan"]
    plan.tables["plan"].resize(plan["A3:C7"])
    plan["D3:D7"].clear_contents()
    after = save(book)
    assert audited(after, tmp_path) == []
    assert len(load_workbook(io.BytesIO(after))["Plan"].tables["plan"].tableColumns) == 3


def test_shared_formulas_outlive_their_first_cell(tmp_path: Path) -> None:
    data = with_shared_formula(rich_book())
    book = open_book(data)
    assert book.sheets["Free"]["D1:D3"].formula == (("=A1*10",), ("=A2*10",), ("=A3*10",))
    book.sheets["Free"]["D1"].value = 99
    after = save(book)
    assert open_book(after).sheets["Free"]["D1:D3"].formula == (("99",), ("=A2*10",), ("=A3*10",))
    assert result(after, "Free", "D2") == 20
    assert audited(after, tmp_path) == []


def with_shared_formula(data: bytes) -> bytes:
    found = parts(data)
    sheet = found["xl/worksheets/sheet2.xml"]
    for row, cells in (
        (1, b'<c r="D1"><f t="shared" ref="D1:D3" si="0">A1*10</f><v>10</v></c>'),
        (2, b'<c r="D2"><f t="shared" si="0"/><v>20</v></c>'),
        (3, b'<c r="D3"><f t="shared" si="0"/><v>30</v></c>'),
    ):
        end = sheet.index(b"</row>", sheet.index(b'<row r="%d"' % row))
        sheet = sheet[:end] + cells + sheet[end:]
    return packed({**found, "xl/worksheets/sheet2.xml": sheet})


def packed(package: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, part in package.items():
            target.writestr(name, part)
    return out.getvalue()


def test_the_look_of_a_whole_column_is_kept_for_cells_to_come(book: xw.Book, tmp_path: Path) -> None:
    free = book.sheets["Free"]
    free["A:B"].number_format = "0.00"
    free["A50"].value = 3
    assert (free["A1"].number_format, free["B60"].number_format) == ("0.00", "0.00")
    after = save(book)
    again = open_book(after).sheets["Free"]
    assert [again[place].number_format for place in ("A1", "A50", "B60", "C1")] == ["0.00", "0.00", "0.00", "General"]
    assert audited(after, tmp_path) == []


def test_renaming_a_sheet_that_nothing_mentions(book: xw.Book, tmp_path: Path) -> None:
    book.sheets["Chain"].name = "Last & least"
    after = save(book)
    assert open_book(after).sheet_names == ["Plan", "Free", "Last & least"]
    assert audited(after, tmp_path) == []
    with pytest.raises(NotImplementedError, match="mention"):
        book.sheets["Plan"].name = "Other"


def test_deleting_a_sheet_that_nothing_mentions(book: xw.Book, tmp_path: Path) -> None:
    book.sheets["Chain"].delete()
    after = save(book)
    assert audited(after, tmp_path) == []
    assert CHAIN not in parts(after)
    assert open_book(after).sheet_names == ["Plan", "Free"]


def test_deleting_a_sheet_that_formulas_mention_needs_excel(book: xw.Book) -> None:
    with pytest.raises(NotImplementedError, match="mention"):
        book.sheets["Free"].delete()


def test_new_sheets_stand_in_the_list_of_titles(book: xw.Book, tmp_path: Path) -> None:
    book.sheets.add("R&D", after=book.sheets["Chain"])
    after = save(book)
    assert b"<vt:lpstr>R&amp;D</vt:lpstr>" in parts(after)["docProps/app.xml"]
    assert audited(after, tmp_path) == []


def test_names_of_one_sheet_keep_their_sheet_when_tabs_move(book: xw.Book) -> None:
    book.sheets.add("First", before=book.sheets["Plan"])
    again = open_book(save(book))
    assert [name.name for name in again.sheets["Plan"].names if "local" in name.name] == ["Plan!local"]


def test_locked_cells_of_a_protected_sheet_are_refused(book: xw.Book) -> None:
    chain = book.sheets["Chain"]
    with pytest.raises(RuntimeError, match="locked"):
        chain["A1"].value = 1
    with pytest.raises(RuntimeError, match="protected"):
        chain["A1"].number_format = "0"
    chain.api.Unprotect()
    chain["B1"].value = "seen"
    chain.api.Protect()
    again = open_book(save(book)).sheets["Chain"]
    assert again["B1"].value == "seen"
    assert again.api.ProtectContents is True


def test_text_that_looks_like_a_formula_stays_text(book: xw.Book) -> None:
    book.sheets["Free"]["E1"].value = ["=1+1", "+1", "-1", "@SUM", "'=2+2"]
    after = save(book)
    assert b"<f>1+1" not in parts(after)["xl/worksheets/sheet2.xml"]
    assert open_book(after).sheets["Free"]["E1:I1"].value == ["=1+1", "+1", "-1", "@SUM", "=2+2"]


def test_new_functions_get_the_mark_that_files_carry(book: xw.Book) -> None:
    free = book.sheets["Free"]
    free["E1:E2"].formula = [['=XLOOKUP(1,A1:A3,A1:A3)&TEXTJOIN(",",TRUE,"LET(")'], ["=SUM(Plan!H2#)"]]
    after = save(book)
    sheet = parts(after)["xl/worksheets/sheet2.xml"]
    assert b'<f>_xlfn.XLOOKUP(1,A1:A3,A1:A3)&amp;_xlfn.TEXTJOIN(",",TRUE,"LET(")</f>' in sheet
    assert b"<f>SUM(Plan!_xlfn.ANCHORARRAY(H2))</f>" not in sheet
    assert b"<f>SUM(_xlfn.ANCHORARRAY(Plan!H2))</f>" in sheet
    assert open_book(after).sheets["Free"]["E1:E2"].formula == free["E1:E2"].formula


def test_saving_twice_gives_the_same_bytes(book: xw.Book) -> None:
    book.sheets["Plan"]["B4:B7"].value = [[1], [2], [3], [4]]
    book.sheets.add("More")
    assert save(book) == save(book)


@pytest.mark.office
def test_libreoffice_opens_the_saved_file_and_reckons_it(book: xw.Book, tmp_path: Path) -> None:
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not on this machine")
    book.sheets["Plan"]["B4"].value = 1010
    (tmp_path / "saved.xlsx").write_bytes(save(book))
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "csv"]
    subprocess.run(
        [*command, "--outdir", tmp_path, tmp_path / "saved.xlsx"], check=True, timeout=120, capture_output=True
    )
    text = (tmp_path / "saved.csv").read_text()
    assert "Product,Units,Price,Revenue,,1100," in text, "the sum of the units with the edited one"


def test_files_whose_cells_do_not_name_their_place(tmp_path: Path) -> None:
    found = parts(rich_book())
    name = "xl/worksheets/sheet2.xml"
    plain = re.sub(rb'<(row|c) r="\w+"', rb"<\1", found[name])
    assert b"<c><v>1</v></c>" in plain
    book = open_book(packed({**found, name: plain}))
    free = book.sheets["Free"]
    assert free["B1:B3"].formula == (("=SUM(A1:A3)",), ("=B1*2",), ("=TODAY()-TODAY()",))
    free["A2"].value = 5
    again = open_book(save(book)).sheets["Free"]
    assert again["A1:A3"].value == [1.0, 5.0, 3.0]
    assert again["B1:B2"].value == [None, None]
    assert again["B2"].formula == "=B1*2"
