"""Two independent spreadsheet engines recalculate a workbook and are compared with the values stored in it."""

from __future__ import annotations

import io
import math
import re
from pathlib import Path

import formualizer
import ironcalc
import openpyxl

_TOLERANCE = 1e-9
_ADD_IN = frozenset({"SOP_PLAN"})
"""Functions of the S&OP add-in: without it they fail, and the IFERROR around them is what the engines check."""


_MOST_TABLE_COLUMNS = 256


def check_formulas(path: Path) -> list[str]:
    """Return every formula cell whose stored value is not what ironcalc *and* formualizer work out, in words.

    The stored (cached) value is what viewers without a calculation engine show. A workbook without formulas, or one
    with a formula that has no stored value, is a finding too.
    """
    formulas = openpyxl.load_workbook(path)
    stored = openpyxl.load_workbook(path, data_only=True)
    first = ironcalc.load_from_xlsx(str(path))
    first.evaluate()
    second, findings = _by_formualizer(path)
    positions = {sheet["name"]: at for at, sheet in enumerate(first.get_worksheets_properties())}
    count = 0
    for sheet in formulas.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    continue
                count += 1
                was = stored[sheet.title][cell.coordinate].value
                one = first.get_cell_value(positions[sheet.title], cell.row, cell.column)
                results = [("ironcalc", one)]
                if second is not None:
                    results.append(("formualizer", second[sheet.title][cell.coordinate].value))
                for engine, value in results:
                    if not _same(was, value):
                        findings.append(
                            f"{sheet.title}!{cell.coordinate}: stored {was!r}, {engine} {value!r}: {cell.value}"
                        )
    if not count:
        findings.append("there is no formula")
    return findings


def _by_formualizer(path: Path) -> tuple[openpyxl.Workbook | None, list[str]]:
    """Return the workbook as formualizer recalculates it, and the functions it does not know.

    None where the tables have more than 256 columns in all, which it refuses: ironcalc alone judges such a book.
    """
    book = openpyxl.load_workbook(path)
    columns = sum(len(table.tableColumns) for sheet in book.worksheets for table in sheet.tables.values())
    if columns > _MOST_TABLE_COLUMNS:
        return None, []
    answer = formualizer.recalculate_xlsx_bytes(path.read_bytes())
    unknown = [name for name in answer["summary"]["unknown_functions"] if name not in _ADD_IN]
    found = openpyxl.load_workbook(io.BytesIO(answer["bytes"]), data_only=True)
    return found, [f"formualizer does not know {name}" for name in unknown]


def formula_count(path: Path) -> int:
    """Return the number of formula cells of a workbook."""
    book = openpyxl.load_workbook(path)
    return sum(cell.data_type == "f" for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)


def _same(stored: object, value: object) -> bool:
    stored, value = (_plain(v) for v in (stored, value))
    if isinstance(stored, float) and isinstance(value, float):
        return math.isclose(stored, value, rel_tol=_TOLERANCE, abs_tol=1e-7)
    return stored == value


def _plain(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, str):
        return re.sub(r"\s+", " ", value)
    return value
