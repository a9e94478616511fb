"""Entries of the ribbon: one for each button; whatever happens is told in words and kept in the log."""

from __future__ import annotations

import inspect
import sys
import types
from dataclasses import dataclass, field

import pytest

from sop_xl.capabilities import BUTTONS
from sop_xl.excel import ribbon
from sop_xl.excel.engine.calling import current_book
from sop_xl.excel.log import LARGEST, excel_log, log_file
from sop_xl.model.issue import InputErrors, Issue, Severity


@dataclass
class ExcelWindow:
    """Excel's edge: what a person sees."""

    alerts: list[tuple[str, str, str]] = field(default_factory=list)
    status_bar: object = "Working…"
    screen_updating: bool = False
    can_show: bool = True

    def alert(self, text: str, title: str, mode: str) -> None:
        if not self.can_show:
            raise OSError("call was rejected by callee")
        self.alerts.append((title, mode, text))


@dataclass
class OpenBook:
    """A workbook as far as an entry needs it."""

    app: ExcelWindow = field(default_factory=ExcelWindow)


@pytest.fixture
def book(tmp_path, monkeypatch):
    """Return an open workbook; the log lies in a folder of the test."""
    monkeypatch.setenv("SOP_XL_CONFIG", str(tmp_path / "settings.toml"))
    opened = OpenBook()
    with current_book(opened):
        yield opened


def macro(monkeypatch, name, body):
    """Put a macro in the place of the one of this name."""
    module = types.ModuleType("sop_xl.excel.macros")
    setattr(module, name, body)
    monkeypatch.setitem(sys.modules, "sop_xl.excel.macros", module)


def test_every_button_has_an_entry_of_its_name_that_takes_nothing():
    entries = {
        name: entry
        for name, entry in inspect.getmembers(ribbon, inspect.isfunction)
        if entry.__module__ == ribbon.__name__ and not name.startswith("_")
    }
    assert set(entries) == set(BUTTONS)
    for name, entry in entries.items():
        assert not inspect.signature(entry).parameters
        assert entry.__doc__ == BUTTONS[name].tip


@pytest.mark.parametrize("name", BUTTONS)
def test_an_entry_hands_the_open_workbook_to_the_macro_of_its_name(name, book, monkeypatch):
    seen = []
    macro(monkeypatch, name, seen.append)
    getattr(ribbon, name)()
    assert seen == [book]
    assert book.app.alerts == []
    assert f"{name}: done" in log_file().read_text("utf-8")


def test_a_mistake_in_the_program_is_told_without_a_stack_trace_and_kept_with_it(book, monkeypatch):
    def fail(_):
        raise KeyError("family_pages")

    macro(monkeypatch, "feasibility", fail)
    ribbon.feasibility()
    ((title, mode, text),) = book.app.alerts
    assert (title, mode) == ("S&OP", "critical")
    assert text.startswith("Check feasibility could not be carried out; your entries are as they were.")
    assert "Traceback" not in text
    assert str(log_file()) in text
    assert "Traceback" in log_file().read_text("utf-8")
    assert book.app.status_bar is False
    assert book.app.screen_updating is True


def test_errors_of_the_data_are_listed_with_their_cells(book, monkeypatch):
    issues = [
        Issue(Severity.ERROR, f"'{at}' is no number.", "Enter a number.", "Forecast", "", f"D{at}") for at in range(9)
    ]

    def fail(_):
        raise InputErrors(issues)

    macro(monkeypatch, "reforecast", fail)
    ribbon.reforecast()
    text = book.app.alerts[0][2]
    assert "error: Forecast!D5: '5' is no number. Enter a number." in text
    assert "Forecast!D6" not in text
    assert "… and 3 more" in text
    assert "Traceback" not in log_file().read_text("utf-8")


def test_a_panic_of_a_compiled_library_is_told_too(book, monkeypatch):
    class PanicException(BaseException):
        pass

    def fail(_):
        raise PanicException("index out of bounds")

    macro(monkeypatch, "submit", fail)
    ribbon.submit()
    assert "index out of bounds" in book.app.alerts[0][2]


def test_a_very_long_reason_fits_into_a_dialog(book, monkeypatch):
    def fail(_):
        raise InputErrors([Issue(Severity.ERROR, "x" * 3000)])

    macro(monkeypatch, "accuracy", fail)
    ribbon.accuracy()
    assert len(book.app.alerts[0][2]) == 1000


def test_where_excel_shows_no_dialog_the_add_in_gets_the_text(book, monkeypatch):
    def fail(_):
        raise ZeroDivisionError("division by zero")

    book.app.can_show = False
    macro(monkeypatch, "options", fail)
    with pytest.raises(RuntimeError, match="Options could not be carried out") as caught:
        ribbon.options()
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_without_a_workbook_the_add_in_gets_the_text(tmp_path, monkeypatch):
    monkeypatch.setenv("SOP_XL_CONFIG", str(tmp_path / "settings.toml"))
    with pytest.raises(RuntimeError, match="Status could not be carried out"):
        ribbon.status()


def test_a_person_may_still_interrupt(book, monkeypatch):
    def fail(_):
        raise KeyboardInterrupt

    macro(monkeypatch, "scenarios", fail)
    with pytest.raises(KeyboardInterrupt):
        ribbon.scenarios()


def test_the_log_does_not_grow_for_ever(book):
    log = excel_log()
    for _ in range(30):
        log.info("x" * (LARGEST // 5))
    files = sorted(path.name for path in log_file().parent.iterdir())
    assert files == ["excel.log", "excel.log.1", "excel.log.2", "excel.log.3"]
    assert all(path.stat().st_size <= LARGEST for path in log_file().parent.iterdir())


def test_a_log_that_cannot_be_written_stops_nothing(book, tmp_path, monkeypatch):
    (tmp_path / "log").write_text("a file where the folder should be")
    macro(monkeypatch, "explain", lambda _: None)
    ribbon.explain()
    assert book.app.alerts == []
