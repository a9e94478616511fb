"""Which stored results an edit makes doubtful: those of formulas that may depend on an edited cell, however far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from sop_xl.excel.engine.address import Area
from sop_xl.excel.engine.blocks import blocks
from sop_xl.excel.engine.book_state import BookState
from sop_xl.excel.engine.references import Place, changed_names, reference_reader
from sop_xl.excel.engine.sheet_state import SheetState
from sop_xl.excel.engine.source import Cell

Dirty = dict[int, list[Area]]
"""Areas that changed, by the ``id`` of their sheet."""
MANY = 100_000
"""Changed cells from which they are no longer looked up one by one."""


class _Readers:
    """Who reads which cells: readers of single cells by that cell, readers of areas in arrays."""

    def __init__(self) -> None:
        self._single: dict[int, dict[Cell, list[int]]] = {}
        self._areas: dict[int, list[tuple[int, int, int, int, int]]] = {}
        self._arrays: dict[int, np.ndarray] = {}

    def add(self, home: int, area: Area, number: int) -> None:
        """Note that a formula reads an area of a sheet."""
        if area.size == 1:
            self._single.setdefault(home, {}).setdefault(area[:2], []).append(number)
        else:
            self._areas.setdefault(home, []).append((*area, number))

    def of(self, home: int, areas: list[Area], known: np.ndarray) -> Iterator[int]:
        """Yield the formulas that read a cell of the areas; those known already are left out and forgotten."""
        single = self._single.get(home, {})
        if sum(area.size for area in areas) < MANY:
            for area in areas:
                for cell in area.cells():
                    yield from single.pop(cell, ())
        else:
            for cell in [cell for cell in single if any(area.holds(*cell) for area in areas)]:
                yield from single.pop(cell)
        yield from self._of_areas(home, areas, known)

    def _of_areas(self, home: int, areas: list[Area], known: np.ndarray) -> list[int]:
        if home not in self._arrays:
            self._arrays[home] = np.array(self._areas.get(home, []), dtype=np.int64).reshape(-1, 5)
        needs = self._arrays[home]
        needs = needs[~known[needs[:, 4]]]
        if not len(needs):
            self._arrays[home] = needs
            return []
        hit = np.zeros(len(needs), dtype=bool)
        for top, left, bottom, right in _fewer(areas):
            hit |= (needs[:, 0] <= bottom) & (needs[:, 2] >= top) & (needs[:, 1] <= right) & (needs[:, 3] >= left)
        self._arrays[home] = needs[~hit]
        return list(needs[hit, 4].tolist())


def stale_formulas(
    book: BookState, edited: Mapping[int, Iterable[Cell]], moved: Iterable[Place]
) -> dict[int, set[Cell]]:
    """Return the cells, by their sheet's ``id``, whose stored result can no longer be believed.

    Args:
        book: the workbook, edits included.
        edited: cells with new content, by the ``id`` of their sheet.
        moved: areas of tables that were resized.
    """
    dirty: Dirty = {home: found for home, cells in edited.items() if (found := blocks(cells))}
    for sheet, area in moved:
        dirty.setdefault(id(sheet), []).append(area)
    if not dirty and not changed_names(book):
        return {}
    formulas, readers, fresh = _read(book)
    known = np.zeros(len(formulas), dtype=bool)
    known[list(fresh)] = True
    result: dict[int, set[Cell]] = {}
    while dirty or fresh:
        for home, areas in dirty.items():
            fresh |= {number for number in readers.of(home, areas, known) if not known[number]}
        known[list(fresh)] = True
        dirty = {}
        for number in fresh:
            sheet, filled = formulas[number]
            dirty.setdefault(id(sheet), []).append(filled)
            result.setdefault(id(sheet), set()).update(filled.cells())
        fresh = set()
    return result


def _read(book: BookState) -> tuple[list[tuple[SheetState, Area]], _Readers, set[int]]:
    """Return the formulas that still stand, with the cells they fill; who reads what; and those that read anything."""
    reader, readers = reference_reader(book), _Readers()
    formulas: list[tuple[SheetState, Area]] = []
    anything: set[int] = set()
    for sheet in book.sheets:
        for cell, formula in sheet.source.formulas.items() if sheet.source else ():
            if cell[1] in sheet.writes.get(cell[0], {}):
                continue
            number = len(formulas)
            fills = formula.area if formula.kind == "array" and formula.area else Area(*cell, *cell)
            formulas.append((sheet, fills))
            places = reader.places(formula.text, sheet, cell[0])
            if isinstance(places, str) or formula.kind == "dataTable":
                anything.add(number)
                continue
            for home, area in places:
                readers.add(id(home), area, number)
    return formulas, readers, anything


def _fewer(areas: list[Area]) -> list[Area]:
    """Return areas that cover at least the given ones, few enough to be compared one by one."""
    if len(areas) <= 400:
        return areas
    if sum(area.size for area in areas) < MANY:
        areas = blocks({cell for area in areas for cell in area.cells()})
    if len(areas) <= 2000:
        return areas
    tops, lefts, bottoms, rights = zip(*areas, strict=True)
    return [Area(min(tops), min(lefts), max(bottoms), max(rights))]
