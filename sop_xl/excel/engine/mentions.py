"""What in a workbook mentions a sheet by its name."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from sop_xl.excel.engine.address import quoted_sheet
from sop_xl.excel.engine.book_state import BookState
from sop_xl.excel.engine.sheet_state import SheetState
from sop_xl.excel.engine.values import Formula

_FORMULAS = re.compile(
    rb"<(?:\w+:)?(?:f|formula|formula1|formula2|sqref|calculatedColumnFormula|totalsRowFormula)\b[^>]*>([^<]*)<"
    rb'|location="([^"]*)"'
)


def mentioning(book: BookState, sheet: SheetState) -> set[str]:
    """Return what mentions a sheet of the file by its name: parts of the file, and sheets and names edited since.

    Formulas, names, charts, rules, links and sources of pivot tables count; names of the sheet alone go with it.
    """
    quoted = quoted_sheet(sheet.name) + "!"
    tables = [f"{table.name}[" for table in book.tables if table.sheet is sheet]
    wanted = {escape(text).encode() for text in (f"{sheet.name}!", quoted, *tables)}
    source = f'sheet="{escape(sheet.name)}"'.encode()
    found = {f"name {each.name}" for each in book.names if quoted in each.refers_to and each.sheet is not sheet}
    for other in book.sheets:
        for line in other.writes.values():
            if any(isinstance(value, Formula) and sheet.name in value.text for value in line.values()):
                found.add(other.source.sheet.part if other.source else other.name)
    for name, part in book.package.parts.items() if book.package else ():
        if name == "xl/workbook.xml" or not name.endswith(".xml"):
            continue
        if source in part and b"<worksheetSource" in part:
            found.add(name)
        elif any(text in part for text in wanted):
            texts = (match[1] or match[2] or b"" for match in _FORMULAS.finditer(part))
            if any(text in formula for formula in texts for text in wanted):
                found.add(name)
    return found


def column_is_mentioned(book: BookState, header: str) -> bool:
    """Whether a formula may mention a table's column of that header; one of another table with it counts too."""
    text = "".join("'" + sign if sign in "[]#'@" else sign for sign in header)
    wanted = escape(f"[{text}]").encode("utf-8")
    written = (value for sheet in book.sheets for line in sheet.writes.values() for value in line.values())
    if any(isinstance(value, Formula) and f"[{text}]" in value.text for value in written):
        return True
    parts = book.package.parts.items() if book.package else ()
    return any(name.endswith(".xml") and wanted in part for name, part in parts)
