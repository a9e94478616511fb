"""The file engine itself: apps and books as xlwings asks for them. Every opened book has an app of its own."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sop_xl.excel.engine.book import Book
from sop_xl.excel.engine.book_state import BookState, read_book
from sop_xl.excel.engine.journal import Alert, Status
from sop_xl.excel.engine.unsupported import FileObject, NativeObject
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
