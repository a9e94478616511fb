"""The tables of buttons and cell functions in ``docs/excel.md``, made from the catalogue."""

from __future__ import annotations

import re
from collections.abc import Callable

from sop_xl.capabilities import BUTTONS, CELL_FUNCTIONS, Needs
from sop_xl.functions.describing import describe

_NEEDS: dict[Needs, str] = {
    "workbook": "the workbook",
    "company": "the workbook and the company's inputs",
    "team": "the server",
}


def button_table() -> str:
    """Return the buttons as a Markdown table."""
    rows = [
        f"| {button.group} | **{button.label}** | {button.tip} | {_NEEDS[button.needs]} |"
        for button in BUTTONS.values()
    ]
    return "\n".join(["| group | button | what it does | works from |", "|---|---|---|---|", *rows])


def function_table() -> str:
    """Return the cell functions as a Markdown table."""
    rows = []
    for name, function in CELL_FUNCTIONS.items():
        description = describe(name)
        rows.append(f"| `{function.excel_name}` | {_cell(description.summary)} | `{_cell(description.example)}` |")
    return "\n".join(["| function | what it gives | example |", "|---|---|---|", *rows])


TABLES: dict[str, Callable[[], str]] = {"buttons": button_table, "functions": function_table}


def filled(text: str) -> str:
    """Return the guide with its tables made anew.

    Raises:
        ValueError: where the place of a table is missing.
    """
    for name, table in TABLES.items():
        place = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)", re.DOTALL)
        if not place.search(text):
            raise ValueError(f"The guide has no place for the table of {name}.")
        made = table()
        text = place.sub(lambda found, made=made: f"{found[1]}{made}{found[2]}", text)  # type: ignore[misc]
    return text


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
