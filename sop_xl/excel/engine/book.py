"""One workbook of the file engine, as xlwings asks for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sop_xl.excel.engine.address import AddressError, Area, area_of, plain_address, split_sheet
from sop_xl.excel.engine.book_state import BookState, NameState
from sop_xl.excel.engine.journal import Activate, Select, SheetAdd, SheetDelete, SheetRename
from sop_xl.excel.engine.mentions import mentioning
from sop_xl.excel.engine.names import Names
from sop_xl.excel.engine.saving import saved
from sop_xl.excel.engine.sheet_state import SheetState
from sop_xl.excel.engine.sheets import Sheet, Sheets
from sop_xl.excel.engine.table_rules import header_texts
from sop_xl.excel.engine.unsupported import FileObject, NativeObject, refuse

if TYPE_CHECKING:
    from sop_xl.excel.engine.application import App


class Book(FileObject):
    """One workbook."""

    _what = "Book"

    def __init__(self, app: App, state: BookState, path: str) -> None:
        """Belong to an app; the path is empty where the book came as bytes."""
        self._app, self._state, self._path = app, state, path

    @property
    def state(self) -> BookState:
        """What the book holds."""
        return self._state

    @property
    def app(self) -> App:
        """The app it belongs to."""
        return self._app

    @property
    def api(self) -> NativeObject:
        """A stand-in for Excel's own object."""
        return NativeObject("Book")

    @property
    def name(self) -> str:
        """Its file name."""
        return self._state.file_name

    @property
    def fullname(self) -> str:
        """Its path, or its file name where it lies on no disk."""
        return self._path or self.name

    @property
    def sheets(self) -> Sheets:
        """Its worksheets."""
        return Sheets(self)

    @property
    def names(self) -> Names:
        """Its defined names."""
        return Names(self)

    def activate(self) -> None:
        """Bring it to the front of its app."""
        if self in self._app._opened:
            self._app._opened.remove(self)
        self._app._opened.insert(0, self)

    def close(self) -> None:
        """Let the app forget it."""
        if self in self._app._opened:
            self._app._opened.remove(self)

    def save(self, path: Any = None, password: str | None = None) -> None:
        """Write it to its file, or to another one.

        Raises:
            ValueError: where it came as bytes and no path is given.
        """
        if password:
            refuse("Book.save(password=...)")
        if path is None and not self._path:
            raise ValueError("the book came as bytes and has no file: give a path, or use sop_xl.excel.engine.save")
        target = Path(path) if path is not None else Path(self._path)
        if target.suffix == "":
            target = target.with_suffix(".xlsx")
        data = saved(self._state)
        beside = target.with_name(f".{target.name}.part")
        beside.write_bytes(data)
        os.replace(beside, target)  # noqa: PTH105
        self._path, self._state.file_name = str(target.resolve()), target.name

    def target(self, name: NameState) -> tuple[SheetState, Area]:
        """Return the cells that a name means.

        Raises:
            AddressError: where it means no single block of cells.
        """
        sheet, address = split_sheet(name.refers_to)
        found = self._state.sheet(sheet) if sheet else name.sheet
        if found is None:
            raise AddressError(f"the name '{name.name}' means no cells: {name.refers_to}")
        return found, area_of(address)

    def area_of_name(self, text: str, sheet: SheetState) -> Area:
        """Return the cells of a defined name, a table (``Table1``, ``Table1[Column]``) or ``Sheet!A1`` on a sheet.

        Raises:
            AddressError: where there is no such thing on that sheet.
        """
        named = Names(self, sheet)._find(text)
        if named is not None:
            where, area = self.target(named)
            if where is sheet:
                return area
            raise AddressError(f"'{text}' lies on the sheet '{where.name}'")
        other, address = split_sheet(text)
        if other is not None and other.casefold() == sheet.name.casefold():
            return area_of(address)
        table, _, column = text.rstrip("]").partition("[")
        try:
            found = self._state.table(table, sheet)
        except KeyError:
            raise AddressError(f"'{text[:60]}' is no address or name on the sheet '{sheet.name}'") from None
        body = found.body or found.area
        if column in ("", "#Data"):
            return body
        if column in ("#All", "#Headers"):
            return found.area if column == "#All" else found.area._replace(bottom=found.area.top)
        for place, header in enumerate(header_texts(found), body.left):
            if header.casefold() == column.casefold():
                return body._replace(left=place, right=place)
        raise AddressError(f"the table {table} has no column '{column}'")

    def select(self, sheet: SheetState, area: Area) -> None:
        """Select cells; their sheet must be in front, as in Excel."""
        if self._state.sheets[self._state.active] is not sheet:
            raise RuntimeError(f"cells can be selected on the sheet in front only: activate '{sheet.name}' first")
        sheet.selection = area
        self._state.record(Select(sheet.name, plain_address(area)))

    def show(self, sheet: SheetState) -> None:
        """Bring a sheet to the front."""
        self._state.active = self._state.sheets.index(sheet)
        self._state.record(Activate(sheet.name))

    def add_sheet(self, before: Sheet | None, after: Sheet | None, name: str | None) -> SheetState:
        """Add an empty sheet and bring it to the front."""
        state = self._state
        taken = {each.name.casefold() for each in state.sheets}
        if name is None:
            name = next(f"Sheet{n}" for n in range(1, len(taken) + 2) if f"sheet{n}" not in taken)
        if name.casefold() in taken:
            raise ValueError(f"there is a sheet '{name}' already")
        if not name or len(name) > 31 or set(name) & set("\\/?*[]:") or "'" in (name[0], name[-1]):
            raise ValueError(
                f"'{name}' is no sheet name that Excel takes: at most 31 characters, none of \\ / ? * [ ] :"
            )
        place = state.active
        if before is not None:
            place = state.sheets.index(before.state)
        if after is not None:
            place = state.sheets.index(after.state) + 1
        new = SheetState(name, None, state.styles, epoch=state.sheets[0].epoch)
        state.sheets.insert(place, new)
        state.active = place
        state.record(SheetAdd(name, state.sheets[place - 1].name if place else ""))
        return new

    def rename(self, sheet: SheetState, name: str) -> None:
        """Give a sheet another name; one of the file only where nothing mentions the old name."""
        state = self._state
        if name == sheet.name:
            return
        if any(each.name.casefold() == name.casefold() and each is not sheet for each in state.sheets):
            raise ValueError(f"there is a sheet '{name}' already")
        if len(name) > 31 or set(name) & set("\\/?*[]:"):
            raise ValueError(f"'{name}' is no sheet name that Excel takes")
        if sheet.source is not None and mentioning(state, sheet):
            refuse(f"renaming '{sheet.name}', which formulas or charts mention,")
        state.rename_in_names(sheet.name, name)
        state.record(SheetRename(sheet.name, name))
        sheet.name = name

    def delete(self, sheet: SheetState) -> None:
        """Remove a sheet; one of the file only where nothing mentions it."""
        state = self._state
        if sum(each.visible for each in state.sheets if each is not sheet) == 0:
            raise ValueError("a workbook needs a visible sheet")
        if sheet.source is not None and mentioning(state, sheet) - {sheet.source.sheet.part}:
            refuse(f"deleting '{sheet.name}', which formulas or charts mention,")
        front = state.sheets[state.active]
        place = state.sheets.index(sheet)
        state.sheets.remove(sheet)
        state.tables = [each for each in state.tables if each.sheet is not sheet]
        state.names = [each for each in state.names if each.sheet is not sheet]
        shown = front if front is not sheet else state.sheets[min(place, len(state.sheets) - 1)]
        state.active = state.sheets.index(shown)
        state.record(SheetDelete(sheet.name))
