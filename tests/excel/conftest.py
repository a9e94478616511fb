"""``pytest --excel=real tests/excel`` points the conformance tests at a real Excel instead of the file engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import xlwings

from sop_xl.excel.engine import open_book


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--excel", default="file", choices=("file", "real"), help="what runs the conformance tests")


@pytest.fixture
def real_excel(request: pytest.FixtureRequest) -> bool:
    return request.config.getoption("--excel", default="file") == "real"


@pytest.fixture
def book(real_excel: bool, tmp_path: Path) -> Iterator[xlwings.Book]:
    """A book with the sheets of `conformance_book`, in the file engine or in Excel."""
    from .conformance.book import conformance_book

    data = conformance_book()
    if not real_excel:
        yield open_book(data, name="conformance.xlsx")
        return
    path = tmp_path / "conformance.xlsx"
    path.write_bytes(data)
    app = xlwings.App(visible=True, add_book=False)
    try:
        yield app.books.open(path)
    finally:
        app.quit()
