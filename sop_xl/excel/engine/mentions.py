"""Whether anything in a workbook mentions a sheet by its name."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from sop_xl.excel.engine.address import quoted_sheet
from sop_xl.excel.engine.book_state import BookState
from sop_xl.excel.engine.sheet_state import SheetState
from sop_xl.excel.engine.values import Formula

_FORMULAS = re.compile(
    rb"<(?:\w+:)?(?:f|formula|formula1|formula2|definedName|sqref)\b[^>]*>([^<]*)<|location=\"([^\"]*)\""
)


def mentioned(book: BookState, sheet: SheetState) -> bool:
    """Whether a formula, name, chart, rule or link outside the sheet mentions it.

    Names of the sheet alone do not count: they go with it.
    """
    own = sheet.source.sheet.part if sheet.source else ""
    wanted = {escape(text).encode() for text in (f"{sheet.name}!", quoted_sheet(sheet.name) + "!")}
    if any(quoted_sheet(sheet.name) + "!" in each.refers_to and each.sheet is not sheet for each in book.names):
        return True
    for other in book.sheets:
        for line in other.writes.values():
            for value in line.values():
                if isinstance(value, Formula) and other is not sheet and sheet.name in value.text:
                    return True
    for name, part in book.package.parts.items() if book.package else ():
        if name == own or name == "xl/workbook.xml" or not name.endswith(".xml"):
            continue
        if not any(text in part for text in wanted):
            continue
        for found in _FORMULAS.finditer(part):
            if any(text in (found[1] or found[2] or b"") for text in wanted):
                return True
    return False
