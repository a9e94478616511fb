"""A workbook file as the Office stand-in holds it, and the file again with what a person typed into the stand-in."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.datetime import to_excel

from sop_xl.workbook.patching import patch_cells


def book_json(data: bytes, selection: tuple[str, str] | None = None) -> dict[str, Any]:
    """Return sheets, cells (value, formula, number format, lock), tables and protection of a workbook."""
    formulas, values = load_workbook(io.BytesIO(data)), load_workbook(io.BytesIO(data), data_only=True)
    sheets, tables = [], []
    for sheet in formulas.worksheets:
        shown = values[sheet.title]
        cells = {}
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is None and not cell.has_style:
                    continue
                value = shown[cell.coordinate].value
                formula = cell.value if cell.data_type == "f" else ""
                cells[cell.coordinate] = {
                    "v": plain(value),
                    "f": formula if isinstance(formula, str) else getattr(formula, "text", "=") or "=",
                    "nf": cell.number_format,
                    "locked": bool(cell.protection.locked),
                }
        sheets.append(
            {
                "name": sheet.title,
                "visibility": {"visible": "Visible", "hidden": "Hidden"}.get(sheet.sheet_state, "VeryHidden"),
                "cells": cells,
                "protection": {"protected": bool(sheet.protection.sheet), "options": {"allowFormatCells": True}},
            }
        )
        tables += [
            {"name": found.displayName, "sheet": sheet.title, "address": found.ref} for found in sheet.tables.values()
        ]
    chosen = {"sheet": selection[0], "address": selection[1]} if selection else None
    return {"sheets": sheets, "tables": tables, "names": {}, "selection": chosen}


def plain(value: Any) -> Any:
    """Return a value as Office.js gives it: dates as day numbers, empty cells as an empty text."""
    if value is None:
        return ""
    if isinstance(value, (datetime, date)):
        return to_excel(value)
    return value if isinstance(value, (bool, int, float, str)) else str(value)


def saved(data: bytes, typed: Sequence[Sequence[Any]]) -> bytes:
    """Return the workbook with what a person typed."""
    return patch_cells(data, {(sheet, address): value for sheet, address, value in typed})
