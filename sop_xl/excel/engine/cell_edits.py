"""What a session means for the cells of the file: new contents and looks, and what follows from formulas given up."""

from __future__ import annotations

from dataclasses import replace

from sop_xl.excel.engine.address import Area
from sop_xl.excel.engine.book_state import BookState
from sop_xl.excel.engine.newer_functions import prefixed
from sop_xl.excel.engine.sheet_state import SheetState
from sop_xl.excel.engine.source import Cell
from sop_xl.excel.engine.stale import stale_formulas
from sop_xl.excel.engine.values import CellValue, Formula
from sop_xl.schema.raw import CellError
from sop_xl.workbook.cell_xml import CellEdit, Content, Failure

Edits = dict[Cell, CellEdit]


def cell_edits(book: BookState) -> dict[int, Edits]:
    """Return the edits of every sheet, by the sheet's ``id``."""
    edits: dict[int, Edits] = {}
    for sheet in book.sheets:
        found: Edits = {}
        for row, line in sheet.writes.items():
            for column, value in line.items():
                style = sheet.style_in_column(row, column)
                found[row, column] = CellEdit(content(value, sheet), style)
        for cell, look in sheet.looks.items():
            style = sheet.styles.style_with(sheet.style(*cell), look)
            found[cell] = replace(found.get(cell, CellEdit()), style=style)
        if sheet.source is not None and sheet.source.formulas and sheet.writes:
            _give_up_formulas(sheet, found)
        edits[id(sheet)] = found
    _mark_stale(book, edits)
    return edits


def content(value: CellValue | Formula, sheet: SheetState) -> Content:
    """Return new content as the file keeps it."""
    if isinstance(value, Formula):
        return Content(formula=prefixed(value.text.removeprefix("=")), area=value.array)
    if isinstance(value, CellError):
        return Content(Failure(value.code))
    return Content(sheet.plain(value))


def _give_up_formulas(sheet: SheetState, edits: Edits) -> None:
    """Members of a shared formula whose first cell is overwritten get its text; spilled cells go with their formula."""
    assert sheet.source is not None
    given_up = {
        cell: formula
        for cell, formula in sheet.source.formulas.items()
        if cell in edits and edits[cell].content is not None
    }
    orphaned = {formula.group for formula in given_up.values() if formula.kind == "shared" and formula.area}
    for cell, formula in sheet.source.formulas.items():
        if formula.kind == "shared" and formula.group in orphaned and cell not in given_up:
            edits[cell] = replace(edits.get(cell, CellEdit()), formula=formula.text)
    for cell, _, area in sheet.source.arrays:
        if area.size > 1:
            _part_spill(cell, area, edits)


def _part_spill(cell: Cell, area: Area, edits: Edits) -> None:
    """Empty what a formula spilled where it is overwritten, or blocked by a value in its way."""
    written = {place for place in area.cells() if place in edits and edits[place].content is not None}
    if not written:
        return
    for place in set(area.cells()) - written:
        if place == cell:
            edits[place] = replace(edits.get(place, CellEdit()), stale=True)
        else:
            edits[place] = replace(edits.get(place, CellEdit()), content=Content())


def _mark_stale(book: BookState, edits: dict[int, Edits]) -> None:
    edited = {home: [cell for cell, edit in found.items() if edit.content is not None] for home, found in edits.items()}
    stale = stale_formulas(book, edited, [(table.sheet, table.area) for table in book.tables if table.changed])
    for sheet in book.sheets:
        found, formulas = edits[id(sheet)], sheet.source.formulas if sheet.source else {}
        for cell in stale.get(id(sheet), ()):
            edit = found.get(cell, CellEdit())
            if edit.content is not None:
                continue
            found[cell] = replace(edit, stale=True) if cell in formulas else replace(edit, content=Content())
