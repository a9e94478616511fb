"""The example company as a folder of inputs, and its books as requests of buttons."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sop_xl.buttons.company import FolderCompany
from sop_xl.buttons.request import Request, Selection
from sop_xl.workbook.example import write_example
from sop_xl.workbook.filling import fill
from sop_xl.workbook.reading import read_workbook
from sop_xl.workbook.templates import template

Ask = Callable[..., Request]


@pytest.fixture(scope="session")
def company_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example company without lot sizes, which is planned in a second."""
    folder = tmp_path_factory.mktemp("company")
    write_example(folder)
    with (folder / "settings.csv").open("a", encoding="utf-8") as file:
        file.write("lot_sizing,no\n")
    return folder


@pytest.fixture(scope="session")
def company(company_folder: Path) -> FolderCompany:
    """The same as buttons see it."""
    return FolderCompany(company_folder)


@pytest.fixture(scope="session")
def book() -> Callable[[str], bytes]:
    """Return the bytes of a template, made once."""
    made: dict[str, bytes] = {}

    def of(name: str) -> bytes:
        if name not in made:
            made[name] = template(name)
        return made[name]

    return of


@pytest.fixture(scope="session")
def narrow_operations(book: Callable[[str], bytes]) -> bytes:
    """The operations book with LINE-B at 80 hours a month: too few for its demand."""
    return fill(book("operations"), [("resources", {"resource": "LINE-B"}, "hours", 80.0)])


@pytest.fixture(scope="session")
def ask() -> Ask:
    """Return the request of a button pressed on the bytes of a book."""

    def asked(button: str, data: bytes, *, file: str = "book.xlsx", at: str = "", **entered: str) -> Request:
        reading = read_workbook(data, file_name=file)
        sheet, _, address = at.partition("!")
        chosen = Selection(sheet, address) if at else None
        return Request(button, file, reading.raw_tables, reading.meta, reading.issues, chosen, entered)

    return asked
