"""What Excel demands of a table: its name, its place, its headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sop_xl.excel.engine.address import Area, plain_address
from sop_xl.excel.engine.book_state import TableState
from sop_xl.excel.engine.mentions import column_is_mentioned
from sop_xl.excel.engine.name_rules import looks_like_address
from sop_xl.excel.engine.unsupported import refuse
from sop_xl.excel.engine.values import CellValue, as_text

if TYPE_CHECKING:
    from sop_xl.excel.engine.sheets import Sheet

_GOOD = re.compile(r"[A-Za-z_\\À-￿][\w.\\À-￿]{0,254}")


def check_name(sheet: Sheet, name: str, own: TableState | None) -> None:
    """Refuse a table name that Excel would not take.

    Raises:
        ValueError: where it is taken or no name.
    """
    book = sheet.book.state
    taken = [each.name for each in book.tables if each is not own] + [n.name for n in book.names if n.sheet is None]
    if name.casefold() in (each.casefold() for each in taken):
        raise ValueError(f"the name '{name}' is taken in this workbook")
    if not _GOOD.fullmatch(name) or looks_like_address(name):
        raise ValueError(f"'{name}' is no table name that Excel takes: letters, digits, '_' and '.', no cell address")


def check_free(sheet: Sheet, area: Area, own: TableState | None) -> None:
    """Refuse cells that another table covers.

    Raises:
        ValueError: where one does.
    """
    for each in sheet.book.state.tables:
        if each is not own and each.sheet is sheet.state and each.area.meets(area):
            raise ValueError(f"{plain_address(area)} meets the table {each.name}")


def header_texts(table: TableState) -> list[str]:
    """Return the headers that Excel would show: text, none empty, none twice."""
    row = table.area._replace(bottom=table.area.top)
    present = [as_text(value) for value in table.sheet.values(row)[0]]
    seen: set[str] = set()
    taken = {text.casefold() for text in present}
    texts = []
    for text in present:
        unique, number = text or "Column1", 2
        while unique.casefold() in seen or (not text and unique.casefold() in taken):
            unique, number = f"{text or 'Column'}{number}", number + 1
        seen.add(unique.casefold())
        texts.append(unique)
    return texts


def check_headers(sheet: Sheet, area: Area, values: list[list[CellValue]]) -> None:
    """Refuse another header for a column that formulas mention: Excel would rewrite them, a file would be damaged.

    Raises:
        Unsupported: where a written cell is such a header.
    """
    for table in sheet.book.state.tables:
        row = table.area._replace(bottom=table.area.top)
        shared = row.within(area) if table.sheet is sheet.state and table.part and table.header_rows else None
        if shared is None:
            continue
        headers = header_texts(table)
        for column in range(shared.left, shared.right + 1):
            old = headers[column - table.area.left]
            new = as_text(values[shared.top - area.top][column - area.left])
            if new != old and column_is_mentioned(sheet.book.state, old):
                refuse(f"another header for the column '{old}' of the table {table.name}, which formulas mention,")


def cleared_headers(sheet: Sheet, area: Area) -> list[TableState]:
    """Return the tables whose headers are about to be emptied, so that Excel's own headers can take their place.

    Raises:
        Unsupported: where formulas mention such a header.
    """
    found = []
    for table in sheet.book.state.tables:
        row = table.area._replace(bottom=table.area.top)
        shared = row.within(area) if table.sheet is sheet.state and table.header_rows else None
        if shared is not None:
            check_headers(sheet, shared, [[None] * shared.shape[1]])
            found.append(table)
    return found


def name_headers(sheet: Sheet, table: TableState) -> None:
    """Write headers where cells are empty, no text, or say the same twice: Excel does so too."""
    if not table.header_rows:
        return
    area = table.area
    present = table.sheet.values(area._replace(bottom=area.top))[0]
    for column, (text, value) in enumerate(zip(header_texts(table), present, strict=True), area.left):
        if text != value:
            sheet.cell(area.top, column).raw_value = text
