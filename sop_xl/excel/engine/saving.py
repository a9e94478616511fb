"""Writes a workbook back: only what was edited changes in the file, to the byte."""

from __future__ import annotations

import io
import zipfile

from sop_xl.excel.engine.book_state import BookState
from sop_xl.excel.engine.cell_edits import cell_edits
from sop_xl.excel.engine.journal import Alert, Status
from sop_xl.excel.engine.package_edits import PackageEdits
from sop_xl.excel.engine.sheet_frame import edited_frame, empty_sheet
from sop_xl.excel.engine.table_xml import edited_table, table_names, write_new_tables
from sop_xl.excel.engine.workbook_xml import add_sheets, edited_workbook, remove_sheets, without_formulas
from sop_xl.workbook.package_parts import rewritten
from sop_xl.workbook.patching import patch_sheet


def saved(book: BookState) -> bytes:
    """Return the workbook's file with what the session did to it.

    Stored results of formulas that may depend on edited cells are left out, and the workbook is marked so that Excel
    reckons them when it opens the file; a viewer that does not reckon shows no total rather than an old one. Every
    other result stays as it is. The file comes back as it was where nothing was done to it.
    """
    if book.package is None:
        raise ValueError("the workbook has no file")
    if all(isinstance(each, (Alert, Status)) for each in book.operations):
        return book.package.data
    edits = cell_edits(book)
    parts = PackageEdits(book.package)
    remove_sheets(book, parts)
    added = add_sheets(book, parts)
    write_new_tables(book, parts, added)
    for sheet in book.sheets:
        part = sheet.source.sheet.part if sheet.source else added[id(sheet)]
        before = parts.read(part) if sheet.source else empty_sheet()
        after = patch_sheet(before, edits[id(sheet)], sheet.heights)
        after = edited_frame(after, book, sheet, parts.table_links.get(part, []))
        parts.put(part, after)
    for table in book.tables:
        if table.part:
            parts.put(table.part, edited_table(parts.read(table.part), table, table_names(table)))
    parts.put("xl/workbook.xml", edited_workbook(parts.read("xl/workbook.xml"), book, parts, added))
    without_formulas(book, parts, edits)
    if book.styles.xml:
        parts.put("xl/styles.xml", book.styles.written())
    with zipfile.ZipFile(io.BytesIO(book.package.data)) as source:
        return rewritten(source, parts.changed, parts.removed)
