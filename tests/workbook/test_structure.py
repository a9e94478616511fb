"""How a book is built: what is locked, what guides the hand, and what only Excel would find out."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from sop_xl.model.calendar import Calendar
from sop_xl.schema.catalogue import BOOKS, Column, lists, tables, tables_of
from sop_xl.schema.frames import rows
from sop_xl.workbook.content import BookContent
from sop_xl.workbook.lists import drop_downs
from sop_xl.workbook.meta import content_hash
from sop_xl.workbook.reading import read_workbook
from sop_xl.workbook.writing import write_book

NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
CALENDAR = Calendar.telescoping(date(2026, 7, 1), monthly=6)


def opened(path: Path) -> Workbook:
    return openpyxl.load_workbook(path)


def written(book: str, content: BookContent) -> Workbook:
    target = io.BytesIO()
    write_book(book, content, target)
    return openpyxl.load_workbook(target)


@pytest.mark.parametrize("book", BOOKS)
def test_every_table_of_the_schema_is_an_excel_table_with_its_headers(books: dict[str, Path], book: str) -> None:
    workbook = opened(books[book])
    for shape in tables_of(book):
        if shape.layout == "page":
            assert shape.sheet in workbook.sheetnames
            continue
        table = workbook[shape.sheet].tables[shape.excel_name]
        names = [column.name for column in table.tableColumns]
        if shape.layout == "rows":
            assert names[: len(shape.columns)] == [column.header for column in shape.columns]


@pytest.mark.parametrize("book", BOOKS)
def test_headers_in_cells_are_those_of_the_table_or_excel_would_repair(books: dict[str, Path], book: str) -> None:
    for sheet in opened(books[book]).worksheets:
        for table in sheet.tables.values():
            names = [column.name for column in table.tableColumns]
            cells = [cell.value for cell in sheet[table.ref][0]]
            assert cells == names
            assert len({name.lower() for name in names}) == len(names)
            assert len(table.ref.split(":")) == 2


@pytest.mark.parametrize("book", BOOKS)
def test_no_merge_lies_within_a_table(books: dict[str, Path], book: str) -> None:
    for sheet in opened(books[book]).worksheets:
        for table in sheet.tables.values():
            area = openpyxl.worksheet.cell_range.CellRange(table.ref)
            assert all(area.isdisjoint(merge) for merge in sheet.merged_cells.ranges)


def test_names_of_excel_tables_are_unique_and_choices_hold_no_comma() -> None:
    names = [table.excel_name.lower() for table in tables().values()]
    assert len(set(names)) == len(names)
    choices = [c for t in tables().values() for column in t.columns for c in column.choices]
    assert not [choice for choice in choices if "," in choice]


@pytest.mark.parametrize("book", BOOKS)
def test_inputs_are_unlocked_and_calculations_locked(books: dict[str, Path], book: str) -> None:
    workbook = opened(books[book])
    for shape in tables_of(book):
        if shape.layout != "rows":
            continue
        sheet = workbook[shape.sheet]
        answered = shape.book != "every" and any(column.role == "calculation" for column in shape.columns)
        first = sheet[sheet.tables[shape.excel_name].ref][1]
        for column, cell in zip(shape.columns, first, strict=False):
            fixed = column.role == "calculation" or (answered and column.name in shape.keys)
            assert cell.protection.locked is fixed, f"{shape.sheet}!{cell.coordinate}"
            if not fixed:
                assert (cell.font.color.rgb, cell.fill.fgColor.rgb) == ("FF0B3FC4", "FFFFF9DC")


@pytest.mark.parametrize("book", [book for book in BOOKS if book != "data"])
def test_sheets_are_protected_without_password_and_still_let_people_filter(books: dict[str, Path], book: str) -> None:
    for sheet in opened(books[book]).worksheets:
        assert sheet.protection.sheet, sheet.title
        assert not sheet.protection.password
        if sheet.title != "_meta":
            assert not sheet.protection.autoFilter, "False means: allowed"


def test_sheets_of_data_stay_open_so_that_tables_grow(books: dict[str, Path]) -> None:
    assert not opened(books["data"])["History"].protection.sheet


@pytest.mark.parametrize("book", BOOKS)
def test_a_protected_table_ends_with_empty_rows(books: dict[str, Path], book: str) -> None:
    workbook = opened(books[book])
    for shape in tables_of(book):
        if shape.layout == "rows" and not any(c.role == "calculation" for c in shape.columns) and not shape.max_rows:
            body = list(workbook[shape.sheet][workbook[shape.sheet].tables[shape.excel_name].ref])
            assert all(cell.value is None for cell in body[-1][: len(shape.columns)])


def test_at_most_seven_decisions_have_a_row(books: dict[str, Path]) -> None:
    sheet = opened(books["executive"])["Decisions"]
    assert len(sheet[sheet.tables["tblDecisions"].ref]) == 1 + 7


def _validations(path: Path) -> dict[str, dict[str, str]]:
    """Return source of every drop-down by sheet and first cell."""
    return {
        sheet.title: {
            str(v.sqref).split(":")[0]: str(v.formula1)
            for v in sheet.data_validations.dataValidation
            if v.type == "list"
        }
        for sheet in opened(path).worksheets
    }


def test_drop_downs_offer_choices_master_data_and_what_is_typed_beside(books: dict[str, Path]) -> None:
    sources = _validations(books["operations"])
    assert sources["Routings"]["E7"].startswith("Resources!$B$7:$B$") or "Resources" in sources["Routings"]["E7"]
    assert sources["Resources"]["C7"].startswith("Lists!")
    assert sources["InventoryPolicy"]["D7"] == '"units,months of supply,service"'


def test_every_reason_is_offered(books: dict[str, Path]) -> None:
    sources = _validations(books["sales"])["Forecast"].values()
    assert '"' + ",".join(lists()["reason_codes"]) + '"' in sources
    assert all(len(source) <= 257 for source in sources), "Excel repairs longer lists"


def test_a_long_list_of_choices_goes_to_the_sheet_of_lists() -> None:
    long = Column("c", "choice", "Choice", "A choice.", choices=tuple(f"choice number {i}" for i in range(40)))
    drops = drop_downs(BookContent({}, CALENDAR))
    assert drops.source(long) == "=Lists!$B$6:$B$45"
    assert drops.columns == [("Choice", long.choices)]


@pytest.mark.parametrize("book", BOOKS)
def test_messages_are_as_short_as_excel_wants_them(books: dict[str, Path], book: str) -> None:
    with zipfile.ZipFile(books[book]) as package:
        for name in package.namelist():
            if not name.startswith("xl/worksheets/sheet"):
                continue
            for element in ElementTree.fromstring(package.read(name)).iter(f"{NAMESPACE}dataValidation"):
                assert len(element.get("promptTitle", "")) <= 32
                assert len(element.get("errorTitle", "")) <= 32
                assert len(element.get("prompt", "")) <= 255
                assert len(element.get("error", "")) <= 255


@pytest.mark.parametrize("book", BOOKS)
def test_home_comes_first_and_the_hidden_sheet_says_what_the_file_is(books: dict[str, Path], book: str) -> None:
    workbook = opened(books[book])
    assert workbook.sheetnames[0] == "Home"
    assert workbook["_meta"].sheet_state == "veryHidden"
    meta = read_workbook(books[book]).meta
    assert (meta["product"], meta["function"], meta["cycle"], meta["template_version"]) == (
        "sop_xl",
        book,
        "2026-07",
        "1",
    )
    assert re.fullmatch("[0-9a-f]{64}", meta["content_hash"])


def test_home_tells_status_due_version_next_step_and_the_illustrative_remark() -> None:
    content = BookContent(
        {},
        CALENDAR,
        cycle="2026-07",
        status="returned",
        due=date(2026, 7, 8),
        base_version="abcdef0123456789",
        next_step="Explain the override of November.",
        illustrative=True,
        reference={"Budgeted revenue": 1_200_000.0},
    )
    home = written("sales", content)["Home"]
    values = [cell.value for row in home.iter_rows() for cell in row if cell.value is not None]
    for wanted in ("returned", "abcdef012345", "Explain the override of November.", 1_200_000):
        assert wanted in values
    assert any("Illustrative data" in str(value) for value in values)
    assert any(getattr(value, "day", None) == 8 for value in values)
    footer = written("sales", content)["Pipeline"].oddFooter.left.text
    assert "issued from abcdef012345" in footer


def test_home_counts_what_is_filled_and_what_is_to_check() -> None:
    pipeline = rows(
        "pipeline",
        [
            {"opportunity": "O1", "product": "A", "probability": 0.5, "quantity": 10, "start_period": "2026-07-01"},
            {"opportunity": "O2", "product": "A", "probability": 0.5, "quantity": 10},
            {"opportunity": "O1", "product": "B", "probability": 0.1, "quantity": 1, "start_period": "2026-07-01"},
        ],
    )
    target = io.BytesIO()
    write_book("sales", BookContent({"pipeline": pipeline}, CALENDAR), target)
    home = openpyxl.load_workbook(target, data_only=True)["Home"]
    row = next(r for r in home.iter_rows() if r[1].value == "Pipeline")
    assert [cell.value for cell in row[3:7]] == [3, 0, 3, "check"]
    checks = openpyxl.load_workbook(target, data_only=True)["Pipeline"]
    column = [r[-1].value for r in checks[checks.tables["tblPipeline"].ref]][1:4]
    assert column == ["Duplicate", "Incomplete", "Duplicate"]


def test_what_depends_on_what_is_typed_is_a_formula(books: dict[str, Path]) -> None:
    sheet = opened(books["finance"])["PriceCost"]
    header = {cell.value: cell.column for cell in sheet[6] if cell.value}
    assert sheet.cell(7, header["Unit margin"]).value.startswith("=IF(tblPriceCost[[#This Row],[Price]]")
    assert sheet.cell(7, header["Unit margin"]).protection.locked


def test_equal_content_has_an_equal_hash_and_any_change_another() -> None:
    one = {"comments": rows("comments", [{"number": "1", "comment": "a"}])}
    other = {"comments": rows("comments", [{"number": "1", "comment": "b"}])}
    assert content_hash(one, ["comments"]) == content_hash(dict(one), ["comments"])
    assert content_hash(one, ["comments"]) != content_hash(other, ["comments"])


def test_there_is_no_book_of_another_name() -> None:
    with pytest.raises(KeyError, match="there is no book 'legal'"):
        write_book("legal", BookContent({}, CALENDAR), io.BytesIO())


@pytest.mark.parametrize("book", BOOKS)
def test_a_book_without_any_data_is_still_a_book(book: str) -> None:
    workbook = written(book, BookContent({}, CALENDAR))
    assert {"Home", "Lists", "_meta"} <= set(workbook.sheetnames)
