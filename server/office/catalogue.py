"""What the page knows of buttons and cell functions, from the catalogue."""

from __future__ import annotations

from typing import Any

from sop_xl.capabilities import BUTTONS, CELL_FUNCTIONS, GROUPS, Button
from sop_xl.functions.describing import describe
from sop_xl.schema.catalogue import table


def page_catalogue() -> dict[str, Any]:
    """Return groups, buttons with the Excel tables each may write into, and functions with their argument count."""
    return {
        "groups": list(GROUPS),
        "buttons": [button_document(button) for button in BUTTONS.values()],
        "functions": [{"name": name, "arguments": len(describe(name).arguments)} for name in CELL_FUNCTIONS],
    }


def button_document(button: Button) -> dict[str, Any]:
    """Return a button as the API and the page see it."""
    return {
        "name": button.name,
        "label": button.label,
        "group": button.group,
        "tip": button.tip,
        "needs": button.needs,
        "writes": list(button.writes),
        "tables": excel_tables(button),
    }


def excel_tables(button: Button) -> list[str]:
    """Return the names of the Excel tables that a button may write into; remarks of any button stand in the checks."""
    return [table(name).excel_name for name in dict.fromkeys((*button.writes, "checks"))]
