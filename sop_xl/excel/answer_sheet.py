"""A sheet for an answer that the workbook lacks: the table of the schema with the look of the templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sop_xl.schema.catalogue import Table
from sop_xl.workbook.answers import FIRST_HEADER_ROW, ROOM, ROOM_OF, column_look
from sop_xl.workbook.frame import FIRST_COLUMN
from sop_xl.workbook.package import ExcelTable
from sop_xl.workbook.style import FONT, INK, MUTED, NAVY, PAPER, SLATE, number_format, unit_text

if TYPE_CHECKING:
    import xlwings as xw

_STYLE = "TableStyleLight1"
_LAST_SHEETS = ("Lists", "_meta")


def add_answer_sheet(book: xw.Book, shape: Table, currency: str = "money") -> ExcelTable:
    """Add the sheet of an output table before the lists of the workbook and return where its table stands."""
    front = book.sheets.active
    sheet = book.sheets.add(_free_name(book, shape.sheet), after=_before_lists(book))
    left, head = FIRST_COLUMN + 1, FIRST_HEADER_ROW + 1
    right = left + len(shape.columns) - 1
    sheet.range("A:A").column_width = 1.7
    for offset, column in enumerate(shape.columns):
        sheet.range((1, left + offset)).column_width = column_look(shape, column).width
    band = sheet.range((1, left), (1, right))
    band.color, band.font.color, band.font.size, band.font.bold = NAVY, PAPER, 16, True
    band.row_height = 30
    sheet.range((1, left)).value = shape.title
    lead = sheet.range((2, left))
    lead.value = shape.description
    lead.font.color, lead.font.italic = SLATE, True
    units = [unit_text(column, currency) for column in shape.columns]
    unit_row = sheet.range((head - 1, left), (head - 1, right))
    unit_row.value = units
    unit_row.font.color, unit_row.font.italic, unit_row.font.size = MUTED, True, 8
    unit_row.horizontal_alignment = "right"
    names = sheet.range((head, left), (head, right))
    names.value = [column.header for column in shape.columns]
    names.color, names.font.color, names.font.bold, names.wrap_text = NAVY, PAPER, True, True
    names.vertical_alignment = "center"
    names.row_height = 30
    room = ROOM_OF.get(shape.name, ROOM)
    format_rows(sheet, shape, [column.name for column in shape.columns], head + 1, head + room, left)
    sheet.range((1, left), (head, right)).font.name = FONT
    sheet.tables.add(
        source=sheet.range((head, left), (head + 1, right)), name=shape.excel_name, table_style_name=_STYLE
    )
    front.activate()
    headers = tuple(column.header for column in shape.columns)
    return ExcelTable(shape.excel_name, sheet.name, head - 1, left - 1, head, right - 1, headers)


def format_rows(sheet: xw.Sheet, shape: Table, columns: Sequence[str], first: int, last: int, left: int) -> None:
    """Give rows of an answer their look, a column at a time; columns without a name are left alone."""
    for offset, name in enumerate(columns):
        if not name:
            continue
        column = shape.column(name)
        cells = sheet.range((first, left + offset), (last, left + offset))
        cells.font.name, cells.font.size, cells.font.color = FONT, 10, INK
        cells.vertical_alignment = "center"
        code = number_format(column)
        if code:
            cells.number_format = code
        if not column.numeric:
            cells.horizontal_alignment = "left"
        if column_look(shape, column).wrap:
            cells.wrap_text = True


def _free_name(book: xw.Book, wanted: str) -> str:
    taken = {sheet.name.lower() for sheet in book.sheets}
    names = (wanted, f"SOP {wanted}", *(f"SOP {wanted} {number}" for number in range(2, 100)))
    return next(name for name in names if name.lower() not in taken)


def _before_lists(book: xw.Book) -> xw.Sheet:
    names = [sheet.name for sheet in book.sheets]
    last = next((names.index(name) for name in _LAST_SHEETS if name in names), len(names))
    return book.sheets[max(last - 1, 0)]
