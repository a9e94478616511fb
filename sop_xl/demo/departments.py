"""The departments of the demo: they fill the books they were issued, submit them, and correct what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sop_xl.client import ServerError, issues_of
from sop_xl.demo.stage import Stage, together, write_new
from sop_xl.gather.demo.departments import department_edits
from sop_xl.gather.demo.edits import CellEdit, DepartmentEdits, Edit
from sop_xl.gather.demo.tables import demo_tables
from sop_xl.schema import frames
from sop_xl.schema.catalogue import FUNCTIONS
from sop_xl.workbook.filling import Filler


def submit_books(stage: Stage, cycle: Mapping[str, Any], count: int, issued: Mapping[str, Path], folder: Path) -> None:
    """Fill the books as the departments would and submit them; slips come back with their cell and are corrected."""
    tables = demo_tables(count)
    version = _issued_version(stage, cycle)
    for name in ("baseline", "supply_response"):
        tables[name] = frames.rows(name, stage.client.table(version, name))

    def work(function: str) -> str:
        edits = department_edits(function, tables, count)
        book = issued[function].read_bytes()
        answer = _submit(stage, cycle, function, folder / issued[function].name, fill_book(book, edits))
        if edits.corrections:
            for issue in [i for i in answer["issues"] if i["severity"] == "error"]:
                text = f"{function}, {issue['sheet']}!{issue['cell']}: {issue['message']} {issue['hint']}"
                stage.bar.console.print(f"  [yellow]![/yellow] {text}")
            name = f"{issued[function].stem}_corrected.xlsx"
            answer = _submit(stage, cycle, function, folder / name, fill_book(book, edits, corrected=True))
        if answer["state"] != "validated":
            raise ServerError(f"The {function} book was not accepted: {answer['state']}.", issues_of(answer))
        return function

    for position, function in enumerate(together(work)):
        stage.tell(position / len(FUNCTIONS), f"The {function} department has submitted")
    stage.done("Six departments have submitted; reported slips are corrected")


def _issued_version(stage: Stage, cycle: Mapping[str, Any]) -> str:
    versions = stage.client.cycle(cycle["id"])["versions"]
    return next(version["hash"] for version in versions if version["kind"] == "issued")


def fill_book(book: bytes, filled: DepartmentEdits, *, corrected: bool = False) -> bytes:
    """Return a book with the edits of a department, with its slips or with what was meant."""
    meant = {id(correction.slip): correction.corrected for correction in filled.corrections}
    filler = Filler(book)
    for edit in filled.edits:
        _type(filler, meant.get(id(edit), edit) if corrected else edit)
    return filler.save()


def _type(filler: Filler, edit: Edit) -> None:
    if isinstance(edit, CellEdit):
        filler.type(edit.table, edit.key, edit.column, edit.value)
    else:
        filler.add(edit.table, edit.values)


def _submit(stage: Stage, cycle: Mapping[str, Any], function: str, path: Path, data: bytes) -> dict[str, Any]:
    path = write_new(path, data)
    return stage.team.of(function).submit(cycle["id"], path.name, data)
