"""Defined names of the file engine, as xlwings asks for them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sop_xl.excel.engine.address import AddressError, Area, quoted_sheet, split_sheet
from sop_xl.excel.engine.book_state import NameState
from sop_xl.excel.engine.journal import NameAdd, NameDelete
from sop_xl.excel.engine.name_rules import looks_like_address
from sop_xl.excel.engine.sheet_state import SheetState
from sop_xl.excel.engine.unsupported import FileObject, NativeObject

if TYPE_CHECKING:
    from sop_xl.excel.engine.application import Book

_BUILT_IN = "_xlnm."
_GOOD = re.compile(r"[A-Za-z_\\À-￿][\w.\\?À-￿]{0,254}")


class Names(FileObject):
    """Defined names of a book, or those of one sheet alone."""

    _what = "Names"

    def __init__(self, book: Book, sheet: SheetState | None = None) -> None:
        """Belong to a book or a sheet."""
        self._book, self._sheet = book, sheet

    @property
    def api(self) -> NativeObject:
        """A stand-in for Excel's own object."""
        return NativeObject("Names")

    def _found(self) -> list[NameState]:
        return [each for each in self._book.state.names if self._sheet is None or each.sheet is self._sheet]

    def snapshot(self) -> list[tuple[str, Name]]:
        """Return the names and what they are."""
        return [(name.name, name) for name in (Name(self._book, each) for each in self._found())]

    def __len__(self) -> int:
        """Return their number."""
        return len(self._found())

    def __call__(self, key: int | str) -> Name:
        """Return a name by its text or its place from one.

        Raises:
            KeyError: where there is none.
        """
        if not isinstance(key, str):
            return Name(self._book, self._found()[int(key) - 1])
        found = self._find(key)
        if found is None:
            raise KeyError(key)
        return Name(self._book, found)

    def _find(self, key: str) -> NameState | None:
        scope, local = split_sheet(key)
        for wanted in (self._sheet, None) if self._sheet is not None else (None, ...):
            for each in self._book.state.names:
                if each.name.removeprefix(_BUILT_IN).casefold() != local.casefold():
                    continue
                if scope is not None:
                    if each.sheet is not None and each.sheet.name.casefold() == scope.casefold():
                        return each
                elif wanted is ... or each.sheet is wanted:
                    return each
        return None

    def contains(self, key: int | str) -> bool:
        """Whether there is such a name."""
        return self._find(key) is not None if isinstance(key, str) else 1 <= key <= len(self)

    def add(self, name: str, refers_to: str) -> Name:
        """Add a name, or give it a new meaning."""
        return self.put(name, refers_to)

    def put(self, name: str, refers_to: str) -> Name:
        """Add a name, or give it a new meaning.

        Raises:
            ValueError: where Excel would not take the name.
        """
        scope, local = split_sheet(name)
        sheet = self._book.state.sheet(scope) if scope else self._sheet
        if not _GOOD.fullmatch(local) or looks_like_address(local):
            raise ValueError(f"'{local}' is no name that Excel takes: letters, digits, '_' and '.', no cell address")
        refers_to = refers_to if refers_to.startswith("=") else f"={refers_to}"
        state = self._book.state
        new = NameState(local, refers_to, sheet)
        known = next((n for n in state.names if n.name.casefold() == local.casefold() and n.sheet is sheet), None)
        if known is not None:
            state.replace_name(known, new := replace(known, refers_to=refers_to))
        else:
            state.names.append(new)
        state.record(NameAdd(local, refers_to, sheet.name if sheet else ""))
        return Name(self._book, new)

    def of_range(self, sheet: SheetState, area: Area) -> Name | None:
        """Return the name that means exactly these cells."""
        for each in self._book.state.names:
            try:
                if self._book.target(each) == (sheet, area):
                    return Name(self._book, each)
            except (AddressError, KeyError):
                continue
        return None


class Name(FileObject):
    """One defined name."""

    _what = "Name"

    def __init__(self, book: Book, state: NameState) -> None:
        """Belong to a book."""
        self._book, self._state = book, state

    @property
    def api(self) -> NativeObject:
        """A stand-in for Excel's own object."""
        return NativeObject("Name")

    @property
    def name(self) -> str:
        """Its text, with the sheet where it belongs to one."""
        sheet = self._state.sheet
        text = self._state.name.removeprefix(_BUILT_IN)
        return f"{quoted_sheet(sheet.name)}!{text}" if sheet else text

    @name.setter
    def name(self, value: str) -> None:
        old, self._state = self._state, replace(self._state, name=value)
        self._book.state.replace_name(old, self._state)
        sheet = old.sheet.name if old.sheet else ""
        self._book.state.record(NameDelete(old.name, sheet))
        self._book.state.record(NameAdd(value, old.refers_to, sheet))

    @property
    def refers_to(self) -> str:
        """What it means, beginning with ``=``."""
        return self._state.refers_to

    @refers_to.setter
    def refers_to(self, value: str) -> None:
        value = value if value.startswith("=") else f"={value}"
        old, self._state = self._state, replace(self._state, refers_to=value)
        self._book.state.replace_name(old, self._state)
        self._book.state.record(NameAdd(old.name, value, old.sheet.name if old.sheet else ""))

    @property
    def refers_to_range(self) -> Any:
        """The cells it means.

        Raises:
            ValueError: where it means no single block of cells.
        """
        from sop_xl.excel.engine.sheets import Sheet

        sheet, area = self._book.target(self._state)
        return Sheet(self._book, sheet).part(area)

    def delete(self) -> None:
        """Remove it."""
        self._book.state.replace_name(self._state, None)
        sheet = self._state.sheet
        self._book.state.record(NameDelete(self._state.name, sheet.name if sheet else ""))
