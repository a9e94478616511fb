"""A workbook while a macro works on it: sheets, tables, names, what is selected, and the journal of what was done."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from xml.etree import ElementTree

from sop_xl.excel.engine.address import Area, quoted_sheet
from sop_xl.excel.engine.journal import Alert, Operation, Status
from sop_xl.excel.engine.sheet_state import SheetState
from sop_xl.excel.engine.source import SheetSource, contained
from sop_xl.excel.engine.styles import Stylesheet
from sop_xl.workbook.guard import Package, inspect
from sop_xl.workbook.opened import open_values
from sop_xl.workbook.package import Malformed, Sheet, excel_tables, sheets, table_parts


class NotAWorkbook(ValueError):
    """A file that cannot be opened as a workbook, and why."""


@dataclass(eq=False)
class TableState:
    """An Excel Table.

    Attributes:
        part: the part that describes it in the file; empty for one added in this session.
        area: all of it, header and totals included.
        changed: whether its part must be written anew.
    """

    name: str
    sheet: SheetState
    area: Area
    part: str = ""
    header_rows: int = 1
    totals_rows: int = 0
    style: str = "TableStyleMedium2"
    autofilter: bool = True
    first_column: bool = False
    last_column: bool = False
    row_stripes: bool = True
    column_stripes: bool = False
    changed: bool = False

    @property
    def body(self) -> Area | None:
        """Its data rows, or None where there are none."""
        found = self.area._replace(top=self.area.top + self.header_rows, bottom=self.area.bottom - self.totals_rows)
        return found if found.bottom >= found.top else None


@dataclass(frozen=True)
class NameState:
    """A defined name: of a sheet where one is given, else of the workbook; ``marks`` are its other attributes."""

    name: str
    refers_to: str
    sheet: SheetState | None = None
    marks: tuple[tuple[str, str], ...] = ()


@dataclass(eq=False)
class BookState:
    """Everything a macro can see and change of one workbook."""

    file_name: str
    package: Package | None
    styles: Stylesheet
    sheets: list[SheetState] = field(default_factory=list)
    tables: list[TableState] = field(default_factory=list)
    names: list[NameState] = field(default_factory=list)
    original_sheets: tuple[SheetState, ...] = ()
    original_names: tuple[NameState, ...] = ()
    active: int = 0
    operations: list[Operation] = field(default_factory=list)

    def record(self, operation: Operation) -> None:
        """Add to the journal."""
        self.operations.append(operation)

    def alerts(self) -> tuple[Alert, ...]:
        """Return the messages shown so far."""
        return tuple(each for each in self.operations if isinstance(each, Alert))

    def status_texts(self) -> tuple[str, ...]:
        """Return the texts of the status bar so far."""
        return tuple(each.text for each in self.operations if isinstance(each, Status) and each.text)

    def sheet(self, name: str) -> SheetState:
        """Return the sheet of a name, in any letter case.

        Raises:
            KeyError: where there is none.
        """
        for sheet in self.sheets:
            if sheet.name.casefold() == name.casefold():
                return sheet
        raise KeyError(name)

    def table(self, name: str, sheet: SheetState | None = None) -> TableState:
        """Return the Excel Table of a name, in any letter case.

        Raises:
            KeyError: where there is none (on that sheet).
        """
        for table in self.tables:
            if table.name.casefold() == name.casefold() and sheet in (None, table.sheet):
                return table
        raise KeyError(name)

    def replace_name(self, old: NameState, new: NameState | None) -> None:
        """Put a name in the place of another one, or remove it."""
        place = next(at for at, each in enumerate(self.names) if each is old)
        self.names[place : place + 1] = [] if new is None else [new]

    def rename_in_names(self, old: str, new: str) -> None:
        """Let names follow a sheet under its new name."""
        before, after = quoted_sheet(old) + "!", quoted_sheet(new) + "!"
        self.names = [replace(each, refers_to=each.refers_to.replace(before, after)) for each in self.names]


def read_book(data: bytes, file_name: str) -> BookState:
    """Return the workbook of a file; its sheets are read when first asked for.

    Raises:
        NotAWorkbook: where it is none, damaged, encrypted or unsafe.
    """
    package, issues = inspect(data, file_name)
    if package is None:
        raise NotAWorkbook(" ".join(f"{issue.message} {issue.hint}" for issue in issues))
    try:
        reader, found = open_values(package.data), sheets(package)
        styles = Stylesheet(package.parts.get("xl/styles.xml", b""), package.parts.get("xl/theme/theme1.xml", b""))
        book = BookState(file_name, package, styles)
        book.sheets = [_sheet(package, each, reader, styles) for each in found]
        book.original_sheets = tuple(book.sheets)
        book.tables = list(_tables(package, found, book))
        _read_workbook_part(package, book)
    except Malformed as problem:
        raise NotAWorkbook(f"The workbook cannot be opened: {problem}.") from None
    if not book.sheets:
        raise NotAWorkbook("The workbook has no worksheet.")
    return book


def _sheet(package: Package, sheet: Sheet, reader: object, styles: Stylesheet) -> SheetState:
    source = SheetSource(package, sheet, reader)
    return SheetState(
        sheet.name, source, styles, visible=sheet.state == "visible", protected=source.protection is not None
    )


def _tables(package: Package, found: list[Sheet], book: BookState) -> list[TableState]:
    parts = table_parts(package, found)
    result = []
    for table in excel_tables(package, found):
        part = parts[table.name]
        root = ElementTree.fromstring(package.parts[part])
        info = next((e for e in root if e.tag.endswith("}tableStyleInfo")), None)
        marks = dict(info.attrib) if info is not None else {}
        result.append(
            TableState(
                table.name,
                book.sheet(table.sheet),
                Area(table.top + 1, table.left + 1, table.bottom + 1, table.right + 1),
                part,
                table.header_rows,
                table.totals_rows,
                marks.get("name", ""),
                any(e.tag.endswith("}autoFilter") for e in root),
                *(marks.get(name) == "1" for name in _SHOWN),
            )
        )
    return result


_SHOWN = ("showFirstColumn", "showLastColumn", "showRowStripes", "showColumnStripes")


def _read_workbook_part(package: Package, book: BookState) -> None:
    root = ElementTree.fromstring(package.parts["xl/workbook.xml"])
    tabs = [e for e in root.iter() if e.tag.endswith("}sheet")]
    view = next((e for e in root.iter() if e.tag.endswith("}workbookView")), None)
    front = int(view.get("activeTab", "0")) if view is not None else 0
    if front < len(tabs):
        name = tabs[front].get("name", "")
        book.active = next((at for at, each in enumerate(book.sheets) if each.name == name), 0)
    marks = next((e.attrib for e in root.iter() if e.tag.endswith("}workbookPr")), {})
    if marks.get("date1904") in ("1", "true"):
        for sheet in book.sheets:
            sheet.epoch = 1462
    for element in root.iter():
        if not element.tag.endswith("}definedName"):
            continue
        marks = dict(element.attrib)
        number = marks.pop("localSheetId", None)
        scope = tabs[int(number)].get("name", "") if number is not None and int(number) < len(tabs) else None
        sheet = next((each for each in book.sheets if each.name == scope), None)
        book.names.append(NameState(marks.pop("name"), "=" + (element.text or ""), sheet, tuple(marks.items())))
    book.original_names = tuple(book.names)
    for sheet in book.sheets:
        assert sheet.source is not None
        found = re.search(rb'<selection\b[^>]*\bsqref="([^" ]+)', sheet.source.xml[:20_000])
        if found:
            sheet.selection = contained(found[1].decode())
