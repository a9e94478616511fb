"""The sheets of the book that the conformance tests work on."""

from __future__ import annotations

import pytest
import xlwings as xw


@pytest.fixture
def plan(book: xw.Book) -> xw.Sheet:
    return book.sheets["Plan"]


@pytest.fixture
def looks(book: xw.Book) -> xw.Sheet:
    return book.sheets["Looks"]


@pytest.fixture
def empty(book: xw.Book) -> xw.Sheet:
    return book.sheets["Empty"]
