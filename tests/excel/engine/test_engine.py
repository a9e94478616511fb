"""The engine keeps books apart, says what it cannot do, and uses nothing that needs a licence."""

from __future__ import annotations

import datetime as dt
import gc
import io
import subprocess
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import xlsxwriter
import xlwings as xw

from sop_xl.excel.engine import alerts, caller, current_book, is_file, journal, open_book, save, status_texts
from sop_xl.excel.engine.book_state import NotAWorkbook

from .rich_book import rich_book


def small_book(number: int = 0) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Plan")
    sheet.write_row("A1", ["Key", "Units"])
    sheet.write_row("A2", ["number", number])
    sheet.add_table("A1:B2", {"name": "plan", "columns": [{"header": "Key"}, {"header": "Units"}]})
    book.close()
    return out.getvalue()


def macro() -> None:
    """Works on the book of its context, slowly enough for threads to mix where they can."""
    book = caller()
    sheet = book.sheets["Plan"]
    sheet.activate()
    number = sheet.tables["plan"].range(2, 2).value
    for row in range(3, 23):
        sheet.range((row, 1)).value = ["row", number]
    sheet.tables["plan"].resize(sheet["A1:B22"])
    xw.apps.active.status_bar = f"{number:.0f}"
    book.app.alert(f"{number:.0f}")
    xw.books.active.sheets.add(f"Sheet of {number:.0f}")


def test_64_macros_on_8_threads_never_mix_books() -> None:
    started = threading.Barrier(8)

    def run(number: int) -> tuple[int, xw.Book, bytes]:
        if number < 8:
            started.wait(timeout=30)
        book = open_book(small_book(number), name="book.xlsx")
        with current_book(book):
            macro()
        return number, book, save(book)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(run, range(64)))
    for number, book, data in results:
        assert [each.text for each in alerts(book)] == [str(number)]
        assert status_texts(book) == (str(number),)
        again = open_book(data)
        assert again.sheet_names == [f"Sheet of {number}", "Plan"]
        assert again.sheets["Plan"].tables["plan"].data_body_range.columns[1].value == [float(number)] * 21


def test_books_with_the_same_name_are_not_the_same() -> None:
    first, second = open_book(small_book(1)), open_book(small_book(2))
    assert first != second
    assert first.app != second.app
    first.sheets["Plan"]["A9"].value = 1
    assert second.sheets["Plan"]["A9"].value is None
    assert journal(second) == ()


def test_a_book_goes_when_nobody_holds_it() -> None:
    book = open_book(small_book())
    gone = weakref.ref(book.impl)
    del book
    gc.collect()
    assert gone() is None
    assert xw.apps.active is None


def test_the_current_book_is_the_innermost_context() -> None:
    outer, inner = open_book(small_book(1)), open_book(small_book(2))
    with current_book(outer):
        with current_book(inner):
            assert caller() == inner
        assert caller() == outer


def test_without_context_the_caller_is_excels() -> None:
    with pytest.raises(RuntimeError, match="neither for a workbook nor from Excel"):
        caller()


def test_the_selection_given_is_the_selection() -> None:
    book = open_book(rich_book(), selection=("Free", "A2:B3"))
    assert book.sheets.active.name == "Free"
    assert book.selection.address == "$A$2:$B$3"


def test_the_selection_of_the_file_is_the_selection_otherwise() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        workbook.add_worksheet("First")
        second = workbook.add_worksheet("Second")
        second.activate()
        second.set_selection("B5:C9")
    assert open_book(out.getvalue()).selection.get_address(False, False, include_sheetname=True) == "Second!B5:C9"


@pytest.mark.parametrize(
    ("feature", "use"),
    [
        ("Range.insert", lambda sheet: sheet["A1"].insert("down")),
        ("a formula that spills", lambda sheet: setattr(sheet["D1"], "formula2", "=UNIQUE(A1:A9)")),
        ("Range.borders", lambda sheet: sheet["A1"].borders["edge_top"].weight),
        ("Range.data_validation", lambda sheet: sheet["A1"].data_validation.type),
        ("Range.sort", lambda sheet: sheet["G1:G2"].sort(1)),
        ("Range.row_hidden", lambda sheet: setattr(sheet["A1"].rows, "hidden", True)),
        ("Range.api.Interior", lambda sheet: sheet["A1"].api.Interior),
        ("Sheet.charts", lambda sheet: sheet.charts.add()),
        ("Sheet.copy", lambda sheet: sheet.copy()),
        ("Table.show_totals", lambda sheet: setattr(sheet.tables[0], "show_totals", True)),
        ("App.run", lambda sheet: sheet.book.macro("Main")()),
        ("formats of more than", lambda sheet: setattr(sheet["A1:Z99999"], "number_format", "0")),
    ],
)
def test_what_needs_excel_says_so_by_name(feature: str, use: object) -> None:
    sheet = open_book(small_book()).sheets["Plan"]
    with pytest.raises(NotImplementedError, match=feature.replace(".", r"\.")):
        use(sheet)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04 cut off", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel workbook"),
    ],
)
def test_what_is_no_workbook_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(NotAWorkbook, match=words):
        open_book(data)


def test_a_cell_far_outside_does_not_take_the_machine_down() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Plan")
        sheet.write("A1", 1)
        sheet.write("XFD1048576", 1)
    with pytest.raises(ValueError, match="too large"):
        _ = open_book(out.getvalue()).sheets["Plan"]["A1"].value


def test_too_long_a_text_is_refused() -> None:
    sheet = open_book(small_book()).sheets["Plan"]
    with pytest.raises(ValueError, match="32,767"):
        sheet["A1"].value = "x" * 40_000


def test_alerts_and_status_are_kept_in_order() -> None:
    book = open_book(small_book())
    book.app.status_bar = "Reading"
    assert book.app.alert("Go on?", title="S&OP", buttons="yes_no", mode="critical") == "yes"
    book.app.status_bar = False
    assert [(each.text, each.title, each.kind) for each in alerts(book)] == [("Go on?", "S&OP", "critical")]
    assert [each.op for each in journal(book)] == ["status", "alert", "status"]


def test_an_old_calendar_of_the_mac_keeps_its_dates() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "date_1904": True}) as workbook:
        sheet = workbook.add_worksheet("Plan")
        sheet.write_datetime("A1", dt.datetime(2026, 3, 1), workbook.add_format({"num_format": "yyyy-mm-dd"}))
    book = open_book(out.getvalue())
    book.sheets["Plan"]["A2"].value = dt.datetime(2026, 3, 2)
    assert open_book(save(book)).sheets["Plan"]["A1:A2"].value == [dt.datetime(2026, 3, 1), dt.datetime(2026, 3, 2)]


def test_files_of_the_disk_open_through_xlwings(tmp_path: Path) -> None:
    open_book(small_book())
    path = tmp_path / "mine.xlsx"
    path.write_bytes(small_book(7))
    with xw.App(add_book=False) as app:
        book = app.books.open(path)
        assert is_file(book) and Path(book.fullname) == path
        book.sheets[0]["B2"].value = 8
        book.save()
    assert open_book(path.read_bytes()).sheets[0]["B2"].value == 8


def test_nothing_of_xlwings_pro_is_used(tmp_path: Path) -> None:
    code = (
        "import sys, xlwings\n"
        "from pathlib import Path\n"
        "from sop_xl.excel.engine import open_book, save\n"
        "book = open_book(Path(sys.argv[1]).read_bytes())\n"
        "book.sheets[0]['A5'].value = [[1, 'a'], [2, 'b']]\n"
        "book.sheets[0]['A5'].expand().options(dict).value\n"
        "save(book)\n"
        "assert xlwings.__pro__ is False\n"
        "assert 'xlwings.pro' not in sys.modules\n"
        "assert not xlwings.engines['sop_xl'].type in ('remote', 'reader')\n"
    )
    path = tmp_path / "book.xlsx"
    path.write_bytes(small_book())
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
