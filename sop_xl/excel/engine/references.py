"""What a formula reads: cells and areas, tables (a row of its own for ``[#This Row]``), defined names, spilled areas.

What cannot be read beforehand (``INDIRECT``, ``OFFSET``, references through several sheets, ranges between names or
results such as ``A1:INDEX(…)``) counts as everything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sop_xl.excel.engine.address import AddressError, Area, area_of
from sop_xl.excel.engine.book_state import BookState, TableState
from sop_xl.excel.engine.sheet_state import SheetState
from sop_xl.excel.engine.source import Cell
from sop_xl.excel.engine.table_rules import header_texts

_TEXT = re.compile(r'"[^"]*"')
_SHEET = r"(?:(?P<sheet>'(?:[^']|'')+'|[A-Za-z_\u00c0-\uffff][\w.\u00c0-\uffff]*(?::[\w.]+)?)!)?"
_REFERENCE = re.compile(
    r"(?<![\w.\[\]])"
    + _SHEET
    + r"(?P<area>\$?[A-Z]{1,3}\$?\d{1,7}(?::\$?[A-Z]{1,3}\$?\d{1,7})?"
    + r"|\$?[A-Z]{1,3}:\$?[A-Z]{1,3}|\$?\d{1,7}:\$?\d{1,7})"
    + r"(?![\w.(\[])"
)
_TABLE = re.compile(r"([A-Za-z_\\\u00c0-\uffff][\w.\u00c0-\uffff]*)\[((?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*\])*)\]")
_WORD = re.compile(r"(?<![\w.\]])([A-Za-z_\\\u00c0-\uffff][\w.\u00c0-\uffff]*)(?![\w.(!\[])")
_ANYTHING = re.compile(r"\b(?:INDIRECT|OFFSET)\s*\(", re.I)
EVERYWHERE = "everything"
MOST_NESTED = 8
"""Names within names that are followed."""

Place = tuple[SheetState, Area]


@dataclass
class ReferenceReader:
    """Reads references out of formulas of one workbook."""

    book: BookState
    tables: Mapping[str, TableState]
    names: Mapping[str, list[str]]
    changed_names: frozenset[str]
    spills: Mapping[tuple[int, Cell], Area]

    def places(self, formula: str, sheet: SheetState, row: int, depth: int = 0) -> list[Place] | str:
        """Return the cells that a formula reads, or that it may read anything."""
        text = _TEXT.sub('""', formula)
        if _ANYTHING.search(text):
            return EVERYWHERE
        found: list[Place] = []
        for match in _TABLE.finditer(text):
            table = self.tables.get(match[1].casefold())
            if table is not None:
                found.append((table.sheet, self._part(table, match[2], row)))
        rest = _TABLE.sub(" ", text)
        for match in _REFERENCE.finditer(rest):
            home = sheet
            if match["sheet"]:
                name = match["sheet"].strip("'").replace("''", "'")
                if ":" in name:
                    return EVERYWHERE
                try:
                    home = self.book.sheet(name)
                except KeyError:
                    continue
            try:
                area = area_of(match["area"])
            except AddressError:
                continue
            found.append((home, area))
            spill = self.spills.get((id(home), area[:2]))
            if spill is not None:
                found.append((home, spill))
        if ":" in _REFERENCE.sub(" ", rest):
            return EVERYWHERE
        for word in set(_WORD.findall(rest)):
            table = self.tables.get(word.casefold())
            if table is not None:
                found.append((table.sheet, table.area))
            if word.casefold() in self.changed_names:
                return EVERYWHERE
            for meaning in self.names.get(word.casefold(), ()) if depth < MOST_NESTED else ():
                inner = self.places(meaning, sheet, row, depth + 1)
                if isinstance(inner, str):
                    return inner
                found.extend(inner)
        return found

    def _part(self, table: TableState, inside: str, row: int) -> Area:
        area = table.area
        columns = re.findall(r"\[([^\[\]]*)\]", inside) or [inside]
        named = [each for each in columns if not each.startswith("#") and each not in ("", "@")]
        if "#This Row" in inside or inside.startswith("@"):
            area = Area(row, area.left, row, area.right)
        if not named:
            return area
        headers = self._headers(table)
        try:
            places = [headers.index(re.sub(r"'(.)", r"\1", each.lstrip("@")).casefold()) for each in named]
        except ValueError:
            return area
        return area._replace(left=table.area.left + min(places), right=table.area.left + max(places))

    def _headers(self, table: TableState) -> list[str]:
        return [text.casefold() for text in header_texts(table)]


def reference_reader(book: BookState) -> ReferenceReader:
    """Return a reader of the references of a workbook's formulas."""
    meanings: dict[str, list[str]] = {}
    for name in book.names:
        meanings.setdefault(name.name.casefold(), []).append(name.refers_to)
    return ReferenceReader(
        book,
        {table.name.casefold(): table for table in book.tables},
        meanings,
        changed_names(book),
        {(id(sheet), cell): area for sheet in book.sheets if sheet.source for cell, _, area in sheet.source.arrays},
    )


def changed_names(book: BookState) -> frozenset[str]:
    """Return the names that came, went or mean something else than in the file."""
    return frozenset(name.name.casefold() for name in {*book.names} ^ {*book.original_names})
