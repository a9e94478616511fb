"""Which stored results an edit makes doubtful: those of formulas that may depend on an edited cell, however far.

References are read from the formulas' text: cells and areas, tables (a row of its own for ``[#This Row]``), defined
names and spilled areas. What cannot be read beforehand (``INDIRECT``, ``OFFSET``, references through several sheets)
counts as depending on everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from sop_xl.excel.engine.address import WHOLE_SHEET, AddressError, Area, area_of
from sop_xl.excel.engine.blocks import blocks
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
_EVERYWHERE = "everything"
MOST_NESTED = 8
"""Names within names that are followed."""

Place = tuple[SheetState, Area]
Box = tuple[int, int, int, int]


@dataclass
class _Reader:
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
            return _EVERYWHERE
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
                    return _EVERYWHERE
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
        for word in set(_WORD.findall(rest)):
            table = self.tables.get(word.casefold())
            if table is not None:
                found.append((table.sheet, table.area))
            if word.casefold() in self.changed_names:
                return _EVERYWHERE
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


def stale_formulas(
    book: BookState, edited: Mapping[int, Iterable[Cell]], moved: Iterable[Place]
) -> dict[int, set[Cell]]:
    """Return the cells, by their sheet's ``id``, whose stored result can no longer be believed.

    Args:
        book: the workbook, edits included.
        edited: cells with new content, by the ``id`` of their sheet.
        moved: areas of tables that were resized.
    """
    formulas: list[tuple[SheetState, Cell, Area]] = []
    needs: dict[int, list[tuple[int, int, int, int, int]]] = {}
    anything: list[int] = []
    spills = {
        (id(sheet), cell): formula.area
        for sheet in book.sheets
        for cell, formula in (sheet.source.formulas.items() if sheet.source else ())
        if formula.kind == "array" and formula.area
    }
    meanings: dict[str, list[str]] = {}
    for name in book.names:
        meanings.setdefault(name.name.casefold(), []).append(name.refers_to)
    reader = _Reader(
        book,
        {table.name.casefold(): table for table in book.tables},
        meanings,
        frozenset(name.name.casefold() for name in {*book.names} ^ {*book.original_names}),
        spills,
    )
    for sheet in book.sheets:
        for cell, formula in sheet.source.formulas.items() if sheet.source else ():
            if cell[1] in sheet.writes.get(cell[0], {}):
                continue
            number = len(formulas)
            formulas.append(
                (sheet, cell, formula.area if formula.kind == "array" and formula.area else Area(*cell, *cell))
            )
            places = reader.places(formula.text, sheet, cell[0])
            if isinstance(places, str) or formula.kind == "dataTable":
                anything.append(number)
            else:
                for home, area in places:
                    needs.setdefault(id(home), []).append((*area, number))
    tables = {home: np.array(rows, dtype=np.int64) for home, rows in needs.items()}
    dirty = {
        home: [(area.top, area.left, area.bottom, area.right) for area in blocks(cells)]
        for home, cells in edited.items()
    }
    for sheet, area in moved:
        dirty.setdefault(id(sheet), []).append((*area,))
    if not any(dirty.values()) and not reader.changed_names:
        return {}
    stale = np.zeros(len(formulas), dtype=bool)
    stale[anything] = True
    fresh = set(anything)
    result: dict[int, set[Cell]] = {}
    while dirty:
        for home, areas in dirty.items():
            if home in tables:
                fresh |= {int(each) for each in _touched(tables[home], areas) if not stale[each]}
        stale[list(fresh)] = True
        dirty = {}
        for number in fresh:
            sheet, cell, filled = formulas[number]
            dirty.setdefault(id(sheet), []).append((*filled,))
            result.setdefault(id(sheet), set()).update(
                (row, column)
                for row in range(filled.top, filled.bottom + 1)
                for column in range(filled.left, filled.right + 1)
            )
        fresh = set()
    return result


def _touched(needs: np.ndarray, areas: list[Box]) -> np.ndarray:
    """Return the numbers of the formulas that read a cell of the areas."""
    if len(areas) > 400:
        areas = _boxes(_cells(areas)) if len(areas) < 200_000 else [(*WHOLE_SHEET,)]
    hit = np.zeros(len(needs), dtype=bool)
    for top, left, bottom, right in areas:
        hit |= (needs[:, 0] <= bottom) & (needs[:, 2] >= top) & (needs[:, 1] <= right) & (needs[:, 3] >= left)
    return np.unique(needs[hit, 4])


def _boxes(cells: Iterable[Cell]) -> list[Box]:
    return [(area.top, area.left, area.bottom, area.right) for area in blocks(cells)]


def _cells(areas: Iterable[Box]) -> set[Cell]:
    return {
        (row, column)
        for top, left, bottom, right in areas
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }
