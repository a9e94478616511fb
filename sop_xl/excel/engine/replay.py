"""Repeats a journal on any workbook that xlwings has open: in Excel, or in the file engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from sop_xl.excel.engine.journal import (
    Activate,
    Alert,
    Clear,
    Format,
    Merge,
    NameAdd,
    NameDelete,
    Operation,
    Protect,
    Select,
    SheetAdd,
    SheetDelete,
    SheetRename,
    SheetShow,
    Status,
    TableAdd,
    TableResize,
    TableSet,
    Unmerge,
    Unprotect,
    Write,
    WriteFormula,
)

if TYPE_CHECKING:
    import xlwings

_PLAIN_TEXT = re.compile(r"[^\W\d_][^\d]*")
_TRUTH = frozenset(("TRUE", "FALSE"))


def replay(journal: Iterable[Operation], book: xlwings.Book) -> None:
    """Do again what a journal says, through xlwings' public API; messages and status texts are shown too.

    Text stays text: where Excel would read it as a formula, number or date, it gets the apostrophe that marks text.
    """
    for operation in journal:
        _repeat(operation, book)


def as_typed(text: str) -> str:
    """Return text as it is entered so that Excel keeps it: with an apostrophe unless it is plain words."""
    if _PLAIN_TEXT.fullmatch(text) and text.upper() not in _TRUTH:
        return text
    return "'" + text if text else text


@singledispatch
def _repeat(operation: Operation, book: xlwings.Book) -> None:
    raise TypeError(f"{type(operation).__name__} is no operation of a journal")


@_repeat.register(Write)
def _(each: Write, book: xlwings.Book) -> None:
    rows = [[as_typed(value) if isinstance(value, str) else value for value in row] for row in each.values]
    book.sheets[each.sheet].range(each.address).value = rows


@_repeat.register(WriteFormula)
def _(each: WriteFormula, book: xlwings.Book) -> None:
    cells = book.sheets[each.sheet].range(each.address)
    if each.array:
        cells.formula_array = each.formulas[0][0]
    else:
        cells.formula2 = [list(row) for row in each.formulas]


@_repeat.register(Clear)
def _(each: Clear, book: xlwings.Book) -> None:
    cells = book.sheets[each.sheet].range(each.address)
    {"contents": cells.clear_contents, "formats": cells.clear_formats, "all": cells.clear}[each.what]()


def _font(name: str) -> Callable[[Any, Any], None]:
    return lambda cells, value: setattr(cells.font, name, value)


def _own(name: str) -> Callable[[Any, Any], None]:
    return lambda cells, value: setattr(cells, name, value)


_TABLE = {
    "style": "table_style",
    "show_first_column": "show_table_style_first_column",
    "show_last_column": "show_table_style_last_column",
    "show_row_stripes": "show_table_style_row_stripes",
    "show_column_stripes": "show_table_style_column_stripes",
}
"""What xlwings calls the properties of a table that the journal calls otherwise."""
_LOOKS: dict[str, Callable[[Any, Any], None]] = {
    "number_format": _own("number_format"),
    "color": _own("color"),
    "wrap": _own("wrap_text"),
    "horizontal": _own("horizontal_alignment"),
    "vertical": _own("vertical_alignment"),
    "column_width": _own("column_width"),
    "row_height": _own("row_height"),
    "bold": _font("bold"),
    "italic": _font("italic"),
    "font_size": _font("size"),
    "font_name": _font("name"),
    "font_color": _font("color"),
}
"""How each property of the journal is set; the names are those of `journal.Format`."""


@_repeat.register(Format)
def _(each: Format, book: xlwings.Book) -> None:
    _LOOKS[each.property](book.sheets[each.sheet].range(each.address), each.value)


@_repeat.register(Merge)
def _(each: Merge, book: xlwings.Book) -> None:
    book.sheets[each.sheet].range(each.address).merge()


@_repeat.register(Unmerge)
def _(each: Unmerge, book: xlwings.Book) -> None:
    book.sheets[each.sheet].range(each.address).unmerge()


@_repeat.register(SheetAdd)
def _(each: SheetAdd, book: xlwings.Book) -> None:
    if each.after:
        book.sheets.add(each.name, after=book.sheets[each.after])
    else:
        book.sheets.add(each.name, before=book.sheets[0])


@_repeat.register(SheetDelete)
def _(each: SheetDelete, book: xlwings.Book) -> None:
    book.sheets[each.name].delete()


@_repeat.register(SheetRename)
def _(each: SheetRename, book: xlwings.Book) -> None:
    book.sheets[each.name].name = each.new_name


@_repeat.register(SheetShow)
def _(each: SheetShow, book: xlwings.Book) -> None:
    book.sheets[each.sheet].visible = each.visible


@_repeat.register(TableAdd)
def _(each: TableAdd, book: xlwings.Book) -> None:
    sheet = book.sheets[each.sheet]
    sheet.tables.add(sheet.range(each.address), name=each.name, table_style_name=each.style)


@_repeat.register(TableResize)
def _(each: TableResize, book: xlwings.Book) -> None:
    sheet = book.sheets[each.sheet]
    sheet.tables[each.name].resize(sheet.range(each.address))


@_repeat.register(TableSet)
def _(each: TableSet, book: xlwings.Book) -> None:
    setattr(book.sheets[each.sheet].tables[each.name], _TABLE.get(each.property, each.property), each.value)


@_repeat.register(NameAdd)
def _(each: NameAdd, book: xlwings.Book) -> None:
    names = book.sheets[each.sheet].names if each.sheet else book.names
    names.add(each.name, each.refers_to)


@_repeat.register(NameDelete)
def _(each: NameDelete, book: xlwings.Book) -> None:
    names = book.sheets[each.sheet].names if each.sheet else book.names
    names[each.name].delete()


@_repeat.register(Activate)
def _(each: Activate, book: xlwings.Book) -> None:
    book.sheets[each.sheet].activate()


@_repeat.register(Select)
def _(each: Select, book: xlwings.Book) -> None:
    book.sheets[each.sheet].range(each.address).select()


@_repeat.register(Protect)
def _(each: Protect, book: xlwings.Book) -> None:
    book.sheets[each.sheet].api.Protect()


@_repeat.register(Unprotect)
def _(each: Unprotect, book: xlwings.Book) -> None:
    book.sheets[each.sheet].api.Unprotect()


@_repeat.register(Alert)
def _(each: Alert, book: xlwings.Book) -> None:
    book.app.alert(each.text, each.title or None, mode=each.kind or None)


@_repeat.register(Status)
def _(each: Status, book: xlwings.Book) -> None:
    book.app.status_bar = each.text or False
