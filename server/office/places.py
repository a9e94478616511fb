"""Where a button may write: into its own output tables, the list of checks, and onto sheets it adds itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from server.office.inputs import Input
from sop_xl.excel.engine.address import Area, area_of
from sop_xl.excel.engine.journal import (
    Clear,
    Format,
    Merge,
    NameDelete,
    Operation,
    SheetAdd,
    SheetDelete,
    SheetRename,
    TableAdd,
    TableResize,
    Unmerge,
    Write,
    WriteFormula,
)

_ON_CELLS = (Write, WriteFormula, Clear, Format, Merge, Unmerge)


class Misplaced(RuntimeError):
    """A macro wrote where its button may not: an error of the program, of which nothing reaches the workbook."""


def check_places(journal: Sequence[Operation], tables: Iterable[str], present: Iterable[Input]) -> None:
    """Check that a journal writes into the named tables and onto sheets of its own alone; the page checks it again.

    Args:
        journal: what the macro did.
        tables: names of the Excel tables the button writes into.
        present: the tables of the workbook before.

    Raises:
        Misplaced: at the first operation that does not.
    """
    allowed = {name.lower() for name in tables}
    added = {step.name.lower() for step in journal if isinstance(step, SheetAdd)}
    places = [(each.sheet.lower(), area_of(each.address)) for each in present if each.table.lower() in allowed]
    for step in journal:
        if isinstance(step, TableAdd) and step.name.lower() in allowed and step.sheet.lower() in added:
            places.append((step.sheet.lower(), area_of(step.address)))
        elif isinstance(step, TableResize):
            places.append((step.sheet.lower(), _grown(step, allowed, places)))
    for step in journal:
        if isinstance(step, _ON_CELLS):
            sheet, area = step.sheet.lower(), area_of(step.address)
            if sheet not in added and not any(sheet == name and area.within(place) == area for name, place in places):
                raise Misplaced(f"{step.op} at {step.sheet}!{step.address}")
        elif isinstance(step, TableAdd) and step.name.lower() not in allowed:
            raise Misplaced(f"table_add {step.name}")
        elif isinstance(step, (SheetDelete, SheetRename, NameDelete)):
            raise Misplaced(step.op)


def _grown(step: TableResize, allowed: set[str], places: Sequence[tuple[str, Area]]) -> Area:
    area = area_of(step.address)
    same = any(sheet == step.sheet.lower() and place[:2] == area[:2] for sheet, place in places)
    if step.name.lower() not in allowed or not same:
        raise Misplaced(f"table_resize {step.name}")
    return area
