"""The file engine: ordinary xlwings code runs on workbook files, with no Excel; what was not edited stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sop_xl.excel.engine.calling import caller, current_book
from sop_xl.excel.engine.journal import Alert, Operation, merged

if TYPE_CHECKING:
    import xlwings

    from sop_xl.excel.engine.book_state import BookState

__all__ = ["alerts", "caller", "current_book", "is_file", "journal", "open_book", "save", "status_texts"]


def open_book(data: bytes, *, name: str = "book.xlsx", selection: tuple[str, str] | None = None) -> xlwings.Book:
    """Return the workbook of a file as an xlwings book, in an app of its own; any thread may open any number.

    Args:
        data: bytes of an xlsx or xlsm file.
        name: what ``book.name`` says.
        selection: sheet and address of the selected cells; the sheet comes to the front. Without it, what the file
            has selected.

    Raises:
        NotAWorkbook: where the file is none, damaged, encrypted or unsafe.
        KeyError: where the selection names no sheet.
    """
    import xlwings

    from sop_xl.excel.engine.address import area_of
    from sop_xl.excel.engine.application import App
    from sop_xl.excel.engine.book_state import read_book
    from sop_xl.excel.engine.registration import register

    register()
    state = read_book(data, name)
    if selection is not None:
        sheet = state.sheet(selection[0])
        state.active, sheet.selection = state.sheets.index(sheet), area_of(selection[1])
    app = App()
    book = app.books.take(state, "")
    app.activate()
    return xlwings.Book(impl=book)


def is_file(book: xlwings.Book) -> bool:
    """Whether a book is one of the file engine."""
    return book.app.engine.name == "sop_xl"


def journal(book: xlwings.Book) -> tuple[Operation, ...]:
    """Return what was done to a book, in order, consecutive writes joined to blocks."""
    return merged(_state(book).operations)


def save(book: xlwings.Book) -> bytes:
    """Return the workbook with what was done to it: only edited cells and the parts they need differ from the file.

    Results of formulas that may depend on edited cells are left out until Excel reckons them, which it does when it
    opens the file; all other stored results stay.
    """
    from sop_xl.excel.engine.saving import saved

    return saved(_state(book))


def alerts(book: xlwings.Book) -> tuple[Alert, ...]:
    """Return the messages that were shown."""
    return _state(book).alerts()


def status_texts(book: xlwings.Book) -> tuple[str, ...]:
    """Return the texts that the status bar showed."""
    return _state(book).status_texts()


def _state(book: xlwings.Book) -> BookState:
    if not is_file(book):
        raise TypeError("the book is open in Excel, not in the file engine")
    return book.impl.state
