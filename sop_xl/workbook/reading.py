"""Reads a workbook into raw tables with the cell of every value; whatever is wrong with the file is an issue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sop_xl.model.issue import Issue, Severity
from sop_xl.schema.catalogue import Table, input_tables, tables
from sop_xl.schema.raw import RawTable
from sop_xl.workbook import meta as identity
from sop_xl.workbook.content import TEMPLATE_VERSION
from sop_xl.workbook.guard import inspect
from sop_xl.workbook.opened import OpenBook, open_values
from sop_xl.workbook.package import Malformed, excel_tables, sheets
from sop_xl.workbook.taking import take


@dataclass(frozen=True)
class Reading:
    """A workbook as it was read.

    Attributes:
        raw_tables: the tables found, in the order of the schema, with their cells.
        meta: entries of the hidden sheet: ``function``, ``cycle``, ``base_version``, ``template_version``,
            ``schema_version``, ``content_hash`` …; empty for a workbook that we did not make.
        issues: what is wrong with the file; tables may be incomplete where there is an error among them.
    """

    raw_tables: tuple[RawTable, ...]
    meta: Mapping[str, str]
    issues: tuple[Issue, ...]


def read_workbook(source: Path | bytes, *, file_name: str = "", function: str = "") -> Reading:
    """Return the tables of a workbook as they stand, with meta data and every issue; never raises on a bad file.

    Tables are found by their Excel Table name, else by sheet and headers. Grids come back wide. Cells with a failed
    formula become a ``CellError``. Columns that a book adds for its reader (``Check`` and the like) are left out.

    Args:
        source: the file or its bytes.
        file_name: name shown in issues, where bytes are given.
        function: the function the file must belong to, such as ``sales``; '' takes any.
    """
    wanted = tuple(tables()[name] for name in input_tables())
    return _read(source, file_name, wanted, function)


def read_tables(source: Path | bytes, wanted: tuple[Table, ...], *, file_name: str = "") -> Reading:
    """Return some tables of a workbook, output tables of a pack among them; otherwise as :func:`read_workbook`."""
    return _read(source, file_name, wanted, "")


def _read(source: Path | bytes, file_name: str, wanted: tuple[Table, ...], function: str) -> Reading:
    if isinstance(source, bytes):
        data = source
    else:
        file_name = file_name or source.name
        try:
            data = source.read_bytes()
        except OSError as problem:
            text = f"The file cannot be opened: {problem.strerror or problem}."
            hint = "Close it in Excel, check its name and try again."
            return Reading((), {}, (Issue(Severity.ERROR, text, hint, file=file_name),))
    package, issues = inspect(data, file_name)
    if package is None:
        return Reading((), {}, tuple(issues))
    try:
        found = sheets(package)
        listed = list(excel_tables(package, found))
        book = open_values(package.data)
    except Malformed as problem:
        issues.append(
            Issue(
                Severity.ERROR,
                f"The workbook is damaged: {problem}.",
                "Open it in Excel (let it repair the file if it asks), save it and submit it again.",
                file=file_name,
            )
        )
        return Reading((), {}, tuple(issues))
    state = OpenBook(package, file_name, found, book, issues)
    entries = _meta(state)
    _check_identity(state, entries, function)
    raw = take(state, wanted, listed, entries.get("function", ""))
    return Reading(tuple(raw), entries, tuple(state.issues))


def _meta(book: OpenBook) -> dict[str, str]:
    if not any(sheet.name == identity.SHEET for sheet in book.found):
        return {}
    rows = book.rows(identity.SHEET) or {}
    entries = {}
    for row in list(rows.values())[:60]:
        if len(row) >= 2 and isinstance(row[0], str):
            entries[row[0]] = "" if row[1] is None else str(row[1])
    return entries if entries.get("product") == identity.PRODUCT else {}


def _check_identity(book: OpenBook, entries: Mapping[str, str], function: str) -> None:
    if not entries:
        if function:
            book.add(
                Severity.WARNING,
                "The workbook does not say what it was issued from (its hidden sheet is missing).",
                "Its tables were read; better download the current book and copy your entries into it.",
            )
        return
    version = entries.get("template_version", "")
    number = int(version) if version.isdigit() else 0
    if number < TEMPLATE_VERSION:
        book.add(
            Severity.ERROR,
            f"The book was made from template version {number}; the current one is {TEMPLATE_VERSION}.",
            "Download the new book; your entries can be copied into it sheet by sheet, the columns kept their names.",
        )
    elif number > TEMPLATE_VERSION:
        book.add(
            Severity.ERROR,
            f"The book was made from template version {number}, this program knows {TEMPLATE_VERSION}.",
            "Update the program, or download the book from it.",
        )
    own = entries.get("function", "")
    if function and own and own != function:
        book.add(
            Severity.ERROR,
            f"This is the book of {own}, not of {function}.",
            f"Submit it as {own}, or choose the file of {function}.",
        )
