"""Macros on workbook files: they write into output tables and calculated columns, and nothing else changes."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openpyxl
import pytest
from workbook.audit import audit

from sop_xl.buttons.company import FolderCompany
from sop_xl.buttons.request import Answer, Output, Request
from sop_xl.capabilities import BUTTONS
from sop_xl.excel.book_reading import read_book
from sop_xl.excel.book_writing import entered
from sop_xl.excel.desk import Desk, Here, current_desk
from sop_xl.excel.engine import open_book, save
from sop_xl.excel.engine.journal import Write
from sop_xl.excel.pressing import Pressed, press
from sop_xl.schema.catalogue import BOOKS, table
from sop_xl.schema.frames import rows
from sop_xl.schema.parse import parse
from sop_xl.workbook.filling import fill
from sop_xl.workbook.reading import read_tables, read_workbook

Book = Callable[[str], bytes]

PRESSED = (
    ("validate", "marketing", None),
    ("reforecast", "sales", None),
    ("reforecast_selection", "sales", ("Forecast", "H10")),
    ("accuracy", "sales", None),
    ("feasibility", "operations", None),
    ("options", "operations", None),
    ("new_scenario", "executive", None),
    ("compare", "executive", None),
    ("explain", "product", ("Lifecycle", "B7")),
    ("conflicts", "finance", None),
    ("settings", "data", None),
    ("help", "data", None),
    ("check_setup", "marketing", None),
)


@pytest.fixture(scope="module")
def desk(company: FolderCompany) -> Desk:
    return Desk(Here(company), settings={"name": ("Demand planner", "Who works here.")})


@pytest.fixture(scope="module")
def pressed(book: Book, narrow_operations: bytes, desk: Desk) -> dict[str, Pressed]:
    """Every button that needs no server, pressed once on the book it belongs to."""
    found = {}
    for button, name, selection in PRESSED:
        data = narrow_operations if name == "operations" else book(name)
        found[button] = press(button, data, name=f"{name}.xlsx", desk=desk, selection=selection)
    return found


def before(button: str, book: Book, narrow_operations: bytes) -> bytes:
    name = next(name for pressed, name, _ in PRESSED if pressed == button)
    return narrow_operations if name == "operations" else book(name)


def inputs_of(data: bytes) -> dict[str, list[tuple[object, ...]]]:
    """Return what people entered: the input columns of every table, rows that are empty left out."""
    parsed = parse(read_workbook(data).raw_tables)
    found = {}
    for name, frame in parsed.tables.items():
        columns = [c.name for c in table(name).columns if c.role == "input"]
        found[name] = list(frame[columns].astype(object).where(frame[columns].notna(), None).itertuples(False, None))
    return found


def test_every_button_works(pressed: dict[str, Pressed]) -> None:
    assert {button: p.issues for button, p in pressed.items() if p.failed} == {}
    assert all(p.message and p.changed for p in pressed.values())


@pytest.mark.parametrize("button", [b for b, _, _ in PRESSED if b != "new_scenario"])
def test_what_people_entered_stays(
    pressed: dict[str, Pressed], book: Book, narrow_operations: bytes, button: str
) -> None:
    assert inputs_of(pressed[button].workbook) == inputs_of(before(button, book, narrow_operations))


@pytest.mark.parametrize("button", [b for b, _, _ in PRESSED])
def test_only_the_sheets_of_the_catalogue_are_written(pressed: dict[str, Pressed], button: str) -> None:
    allowed = {table(name).sheet for name in (*BUTTONS[button].writes, "checks")}
    written = {operation.sheet for operation in pressed[button].journal if isinstance(operation, Write)}
    assert written and written <= allowed


@pytest.mark.parametrize("button", [b for b, _, _ in PRESSED])
def test_excel_opens_the_file_without_repair(pressed: dict[str, Pressed], button: str, tmp_path: Path) -> None:
    path = tmp_path / f"{button}.xlsx"
    path.write_bytes(pressed[button].workbook)
    assert audit(path) == []


@pytest.mark.parametrize("button", ["feasibility", "accuracy", "compare", "help"])
def test_pressing_again_replaces_the_answer(pressed: dict[str, Pressed], desk: Desk, button: str) -> None:
    once = pressed[button].workbook
    again = press(button, once, desk=desk).workbook
    wanted = tuple(table(name) for name in BUTTONS[button].writes if table(name).role == "output")
    first, second = (read_tables(data, wanted).raw_tables for data in (once, again))
    assert [(t.name, t.headers, t.data) for t in first] == [(t.name, t.headers, t.data) for t in second]
    assert openpyxl.load_workbook(io.BytesIO(once)).sheetnames == openpyxl.load_workbook(io.BytesIO(again)).sheetnames


def test_protected_sheets_are_protected_again_as_before(
    pressed: dict[str, Pressed], book: Book, narrow_operations: bytes
) -> None:
    for button in ("reforecast", "feasibility", "validate"):
        old = openpyxl.load_workbook(io.BytesIO(before(button, book, narrow_operations)))
        new = openpyxl.load_workbook(io.BytesIO(pressed[button].workbook))
        for sheet in old.worksheets:
            assert vars(new[sheet.title].protection) == vars(sheet.protection), sheet.title


def test_the_grid_holds_the_forecast_and_the_selection_alone(pressed: dict[str, Pressed], book: Book) -> None:
    def grid(data: bytes) -> dict[tuple[str, str], float]:
        frame = parse(read_workbook(data).raw_tables).tables["sales_forecast"]
        return {(r.product, str(r.period)): r.baseline for r in frame.itertuples()}

    old, whole, part = (
        grid(d) for d in (book("sales"), pressed["reforecast"].workbook, pressed["reforecast_selection"].workbook)
    )
    moved = {product for (product, _), value in whole.items() if value != old[product, _]}
    assert len(moved) == 3
    changed = {key[0] for key, value in part.items() if value != old[key]}
    assert len(changed) == 1
    assert all(part[key] == whole[key] for key in part if key[0] in changed)


def test_a_wrong_workbook_is_told_in_a_dialog_and_on_checks(book: Book, desk: Desk) -> None:
    wrong = fill(book("sales"), [("pipeline", {"opportunity": "OPP-1"}, "probability", "maybe")])
    found = press("validate", wrong, name="sales.xlsx", desk=desk)
    assert found.failed
    (alert,) = found.alerts
    assert alert.kind == "critical" and "Pipeline!" in alert.text and "'maybe'" in alert.text
    checks = read_tables(found.workbook, (table("checks"),)).raw_tables[0]
    assert checks.data[checks.headers.index("Severity")] == ["error"]
    assert "All of them stand on the sheet Checks." in alert.text


class Says:
    """A calculator that gives one answer."""

    def __init__(self, *outputs: Output) -> None:
        self.outputs = outputs

    def answer(self, request: Request, progress: object) -> Answer:
        return Answer("Done.", outputs=self.outputs, show="checks")


def checks(*messages: str) -> Output:
    return Output("checks", rows("checks", ({"number": f"E{i}", "message": m} for i, m in enumerate(messages, 1))))


def test_text_never_becomes_a_formula_a_date_or_a_number(book: Book) -> None:
    hostile = ("=HYPERLINK(A1)", "+1", "-1", "@SUM(A1)", "1/2", "007", "May 5", "'quoted", "TRUE")
    found = press("validate", book("sales"), desk=Desk(Says(checks(*hostile))))
    sheet = openpyxl.load_workbook(io.BytesIO(found.workbook))["Checks"]
    column = [cell.value for cell in sheet[6]].index("What was found") + 1
    cells = [sheet.cell(7 + row, column) for row in range(len(hostile))]
    assert [cell.value for cell in cells] == list(hostile)
    assert {cell.data_type for cell in cells} == {"s"}


@pytest.mark.parametrize(
    ("text", "handed"),
    [
        ("=A1", "'=A1"),
        ("1/2", "'1/2"),
        ("may 5", "'may 5"),
        ("True", "'True"),
        ("Plan", "Plan"),
        ("Änderung", "Änderung"),
    ],
)
def test_excel_is_handed_an_apostrophe_where_it_would_read_something_else(text: str, handed: str) -> None:
    assert entered(text) == handed


def test_a_shorter_answer_leaves_nothing_of_a_longer_one(book: Book) -> None:
    longer = press("validate", book("sales"), desk=Desk(Says(checks(*"abcdefgh")))).workbook
    shorter = press("validate", longer, desk=Desk(Says(checks("z")))).workbook
    sheet = openpyxl.load_workbook(io.BytesIO(shorter))["Checks"]
    assert sheet.tables["tblChecks"].ref == "B6:G7"
    assert [cell.value for row in sheet["B8:G20"] for cell in row if cell.value is not None] == []


def test_an_answer_longer_than_its_room_keeps_the_look(book: Book) -> None:
    found = press("validate", book("sales"), desk=Desk(Says(checks(*map(str, range(230)))))).workbook
    sheet = openpyxl.load_workbook(io.BytesIO(found))["Checks"]
    assert sheet.tables["tblChecks"].ref == "B6:G236"
    first, last = sheet["F7"], sheet["F236"]
    assert (first.font.name, first.font.sz, first.alignment.wrap_text) == (
        last.font.name,
        last.font.sz,
        last.alignment.wrap_text,
    )


def test_a_sheet_of_the_person_with_the_same_name_is_left_alone(book: Book) -> None:
    opened = open_book(book("data"))
    opened.sheets.add("Help").range("A1").value = "my own notes"
    found = press("help", save(opened), desk=Desk())
    workbook = openpyxl.load_workbook(io.BytesIO(found.workbook))
    assert workbook["Help"]["A1"].value == "my own notes"
    assert "tblGuide" in workbook["SOP Help"].tables


def test_a_workbook_that_is_not_ours_gets_its_checks_too() -> None:
    own = openpyxl.Workbook()
    own.active.append(["a", "b"])
    target = io.BytesIO()
    own.save(target)
    found = press("validate", target.getvalue(), name="mine.xlsx", desk=Desk())
    assert found.failed and "Checks" in openpyxl.load_workbook(io.BytesIO(found.workbook)).sheetnames


def test_many_presses_at_once_never_mix(book: Book) -> None:
    def pressed_with(number: int) -> str:
        found = press("validate", book(BOOKS[number % 3]), desk=Desk(Says(checks(f"answer {number}"))))
        raw = read_tables(found.workbook, (table("checks"),)).raw_tables[0]
        return str(raw.data[raw.headers.index("What was found")][0])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(pressed_with, range(24))) == [f"answer {number}" for number in range(24)]


def test_the_desk_of_a_press_is_its_own() -> None:
    named = Desk(cycle="2026-07")
    from sop_xl.excel.desk import at_desk

    with at_desk(named):
        assert current_desk() is named


def test_read_again_the_pressed_book_is_still_the_same_book(pressed: dict[str, Pressed], book: Book) -> None:
    found = read_book(open_book(pressed["reforecast"].workbook))
    assert dict(found.meta) == dict(read_workbook(book("sales")).meta)
