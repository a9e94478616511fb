"""Presses a button on a workbook file without Excel: the macro runs on the file engine, the file comes back changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sop_xl.buttons.request import AnswerFile
from sop_xl.capabilities import BUTTONS
from sop_xl.model.issue import Issue, errors

if TYPE_CHECKING:
    import xlwings as xw

    from sop_xl.excel.desk import Desk
    from sop_xl.excel.engine.journal import Alert, Operation


@dataclass(frozen=True, slots=True)
class Pressed:
    """What pressing a button on a file has brought.

    Attributes:
        message: what was done, or why not, in a sentence.
        issues: everything found on the way.
        alerts: the dialogs a person would have seen.
        workbook: the file with the answer in it; only what was written differs from the file given.
        journal: everything done to the workbook, in order.
        file: a file the button brought, such as an issued workbook.
    """

    message: str
    issues: tuple[Issue, ...]
    alerts: tuple[Alert, ...]
    workbook: bytes
    journal: tuple[Operation, ...]
    file: AnswerFile | None = None

    @property
    def failed(self) -> bool:
        """True where there is an error among the issues."""
        return bool(errors(self.issues))

    @property
    def changed(self) -> bool:
        """True where something was written into the workbook."""
        return any(operation.op not in ("alert", "status", "activate", "select") for operation in self.journal)


def press(
    button: str,
    data: bytes,
    *,
    name: str = "book.xlsx",
    desk: Desk,
    selection: tuple[str, str] | None = None,
    entered: Mapping[str, str] | None = None,
) -> Pressed:
    """Press a button on the bytes of a workbook and return what it brought; any number of threads may do so at once.

    Args:
        button: name of the button in the catalogue.
        data: an xlsx or xlsm file.
        name: its file name.
        desk: who presses and where it is calculated.
        selection: sheet and address that are selected; left out: what the file has selected.
        entered: what was entered beside the workbook, such as ``title``.

    Raises:
        KeyError: where there is no such button, or the selection names no sheet.
        NotAWorkbook: where the file is none, damaged, encrypted or unsafe.
    """
    from sop_xl.excel import macros
    from sop_xl.excel.desk import at_desk
    from sop_xl.excel.engine import alerts, current_book, journal, open_book, save

    macro = getattr(macros, BUTTONS[button].name)
    brought: list[AnswerFile] = []

    def receive(book: xw.Book, file: AnswerFile) -> str:
        brought.append(file)
        return file.name

    said = {**desk.entered, **(entered or {})}
    book = open_book(data, name=name, selection=selection)
    with at_desk(replace(desk, entered=said, receive=receive)), current_book(book):
        answer = macro(book)
    file = brought[0] if brought else None
    return Pressed(answer.message, answer.issues, alerts(book), save(book), journal(book), file)
