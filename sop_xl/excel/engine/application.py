"""The file engine itself: apps and books as xlwings asks for them. Every opened book has an app of its own."""

from __future__ import annotations

import itertools
import os
import weakref
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sop_xl.excel.engine.address import AddressError, Area, area_of, plain_address, split_sheet
from sop_xl.excel.engine.book_state import BookState, NameState, read_book
from sop_xl.excel.engine.journal import Activate, Alert, Select, SheetAdd, SheetDelete, SheetRename, Status
from sop_xl.excel.engine.names import Names
from sop_xl.excel.engine.sheet_state import SheetState
from sop_xl.excel.engine.sheets import Sheet, Sheets
from sop_xl.excel.engine.unsupported import FileObject, NativeObject, refuse
from sop_xl.excel.engine.values import for_excel, for_python

ENGINE_NAME = "sop_xl"
_numbers = itertools.count(1)
_in_front: ContextVar[weakref.ref[App] | None] = ContextVar("app of this context", default=None)


class FileEngine:
    """What xlwings calls an engine."""

    name = ENGINE_NAME
    type = "desktop"
    prepare_xl_data_element = staticmethod(for_excel)
    clean_value_data = staticmethod(for_python)

    @property
    def apps(self) -> Apps:
        """The app of this context."""
        return Apps()


class Apps(FileObject):
    """Apps of the file engine: a context sees only the one it used last, so that threads never mix."""

    _what = "Apps"

    def _found(self) -> list[App]:
        reference = _in_front.get()
        app = reference() if reference is not None else None
        return [app] if app is not None else []

    def keys(self) -> list[int]:
        """Return the number of the app of this context."""
        return [app.pid for app in self._found()]

    def add(self, spec: Any = None, add_book: bool | None = None, xl: Any = None, visible: Any = None) -> App:
        """Start an app, with an empty book where asked for."""
        app = App()
        if add_book:
            app.books.add()
        app.activate()
        _kept.append(app)
        return app

    def cleanup(self) -> None:
        """Do nothing: there are no processes."""

    def __iter__(self) -> Iterator[App]:
        """Yield the app of this context."""
        return iter(self._found())

    def __len__(self) -> int:
        """Return one or none."""
        return len(self._found())

    def __getitem__(self, pid: int) -> App:
        """Return an app by its number.

        Raises:
            KeyError: where this context has none of it.
        """
        for app in self._found():
            if app.pid == pid:
                return app
        raise KeyError(pid)


_kept: list[App] = []
"""Apps that ``xlwings.App()`` started: nobody else holds them until they quit."""


class App(FileObject):
    """One app; its settings are remembered and change nothing."""

    _what = "App"

    def __init__(self) -> None:
        """Start with no book."""
        self._pid = next(_numbers)
        self._opened: list[Book] = []
        self._settings: dict[str, Any] = {
            "visible": False,
            "screen_updating": True,
            "display_alerts": True,
            "enable_events": True,
            "interactive": True,
            "calculation": "automatic",
            "cut_copy_mode": False,
            "status_bar": False,
        }

    engine = FileEngine()

    @property
    def api(self) -> NativeObject:
        """A stand-in for Excel's own object."""
        return NativeObject("App")

    @property
    def pid(self) -> int:
        """A number of its own."""
        return self._pid

    @property
    def version(self) -> str:
        """The version of Excel whose behaviour it follows."""
        return "16.0"

    @property
    def books(self) -> Books:
        """Its books."""
        return Books(self)

    @property
    def selection(self) -> Any:
        """The selected cells of the book in front."""
        if not self._opened:
            return None
        book = self._opened[0]
        return book.sheets.active.part(book.state.sheets[book.state.active].selection)

    def activate(self, steal_focus: bool = False) -> None:
        """Be the app of this context."""
        _in_front.set(weakref.ref(self))

    def alert(self, prompt: Any, title: Any, buttons: Any, mode: Any, callback: Any) -> str:
        """Keep a message; nobody can answer, so the first button counts as pressed."""
        if self._opened:
            self._opened[0].state.record(Alert(str(prompt), str(title or ""), str(mode or "")))
        return {"yes_no": "yes", "yes_no_cancel": "yes"}.get(buttons, "ok")

    @property
    def status_bar(self) -> Any:
        """The text of the status bar, or False."""
        return self._settings["status_bar"]

    @status_bar.setter
    def status_bar(self, value: Any) -> None:
        self._settings["status_bar"] = value
        if self._opened:
            self._opened[0].state.record(Status(str(value) if value not in (None, False) else ""))

    def calculate(self) -> None:
        """Do nothing: Excel reckons when it opens the file."""

    def quit(self) -> None:
        """Close its books."""
        self._opened.clear()
        if self in _kept:
            _kept.remove(self)

    def kill(self) -> None:
        """Close its books."""
        self.quit()


def _remembered(name: str) -> property:
    def read(app: App) -> Any:
        return app._settings[name]

    def keep(app: App, value: Any) -> None:
        app._settings[name] = value

    return property(read, keep, doc=f"The setting {name}: remembered, without effect.")


for _name in (
    "visible",
    "screen_updating",
    "display_alerts",
    "enable_events",
    "interactive",
    "calculation",
    "cut_copy_mode",
):
    setattr(App, _name, _remembered(_name))


class Books(FileObject):
    """The books of an app."""

    _what = "Books"

    def __init__(self, app: App) -> None:
        """Belong to an app."""
        self._app = app

    @property
    def app(self) -> App:
        """The app they belong to."""
        return self._app

    @property
    def api(self) -> NativeObject:
        """A stand-in for Excel's own object."""
        return NativeObject("Books")

    @property
    def active(self) -> Book:
        """The book in front.

        Raises:
            KeyError: where none is open.
        """
        if not self._app._opened:
            raise KeyError("no book is open")
        return self._app._opened[0]

    def __call__(self, key: int | str) -> Book:
        """Return a book by its name or its place from one.

        Raises:
            KeyError: where there is none.
        """
        for place, book in enumerate(self._app._opened, 1):
            if key == place or (isinstance(key, str) and book.name.casefold() == key.casefold()):
                return book
        raise KeyError(key)

    def __len__(self) -> int:
        """Return their number."""
        return len(self._app._opened)

    def __iter__(self) -> Iterator[Book]:
        """Yield them."""
        return iter(list(self._app._opened))

    def __contains__(self, key: object) -> bool:
        """Whether such a book is open."""
        return any(key in (place, book.name) for place, book in enumerate(self._app._opened, 1))

    def add(self) -> Book:
        """Add an empty book with one sheet."""
        from sop_xl.excel.engine.blank import blank_workbook

        return self.take(read_book(blank_workbook(), f"Book{len(self) + 1}"), "")

    def open(self, fullname: str, *_: Any, **__: Any) -> Book:
        """Open a file of the disk."""
        path = Path(fullname)
        return self.take(read_book(path.read_bytes(), path.name), str(path))

    def take(self, state: BookState, path: str) -> Book:
        """Put a book in front."""
        book = Book(self._app, state, path)
        self._app._opened.insert(0, book)
        return book


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
        from sop_xl.excel.engine.saving import saved

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
        from sop_xl.excel.engine.tables import header_texts

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
        from sop_xl.excel.engine.mentions import mentioned

        state = self._state
        if name == sheet.name:
            return
        if any(each.name.casefold() == name.casefold() and each is not sheet for each in state.sheets):
            raise ValueError(f"there is a sheet '{name}' already")
        if len(name) > 31 or set(name) & set("\\/?*[]:"):
            raise ValueError(f"'{name}' is no sheet name that Excel takes")
        if sheet.source is not None and mentioned(state, sheet):
            refuse(f"renaming '{sheet.name}', which formulas or charts mention,")
        state.rename_in_names(sheet.name, name)
        state.record(SheetRename(sheet.name, name))
        sheet.name = name

    def delete(self, sheet: SheetState) -> None:
        """Remove a sheet; one of the file only where nothing mentions it."""
        from sop_xl.excel.engine.mentions import mentioned

        state = self._state
        if sum(each.visible for each in state.sheets if each is not sheet) == 0:
            raise ValueError("a workbook needs a visible sheet")
        if sheet.source is not None and mentioned(state, sheet):
            refuse(f"deleting '{sheet.name}', which formulas or charts mention,")
        front = state.sheets[state.active]
        place = state.sheets.index(sheet)
        state.sheets.remove(sheet)
        state.tables = [each for each in state.tables if each.sheet is not sheet]
        state.names = [each for each in state.names if each.sheet is not sheet]
        shown = front if front is not sheet else state.sheets[min(place, len(state.sheets) - 1)]
        state.active = state.sheets.index(shown)
        state.record(SheetDelete(sheet.name))
