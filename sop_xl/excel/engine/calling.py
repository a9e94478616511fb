"""Which book a macro works on: the one of its context, never a setting that all threads share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xlwings

_current: ContextVar[xlwings.Book | None] = ContextVar("book that a macro works on", default=None)


@contextmanager
def current_book(book: xlwings.Book) -> Iterator[xlwings.Book]:
    """Let ``caller()`` return a book within this context, in this thread alone."""
    token = _current.set(book)
    try:
        yield book
    finally:
        _current.reset(token)


def caller() -> xlwings.Book:
    """Return the book a macro was called for: the one of the context, else the one Excel calls from.

    Raises:
        RuntimeError: where neither a context nor Excel says which.
    """
    book = _current.get()
    if book is not None:
        return book
    import xlwings

    try:
        return xlwings.Book.caller()
    except Exception as problem:
        raise RuntimeError("the macro was called neither for a workbook nor from Excel") from problem
