"""What every sheet has: the title band, the line that says what it is for, print setup and protection."""

from __future__ import annotations

import math
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from sop_xl.workbook.style import Formats

FIRST_COLUMN = 1
"""Tables start in column B; column A is a margin."""

A3, A4 = 8, 9
ALLOWED: dict[str, bool] = {
    "format_cells": True,
    "format_columns": True,
    "format_rows": True,
    "autofilter": True,
    "sort": True,
    "insert_rows": True,
    "insert_hyperlinks": True,
    "objects": False,
}
"""What a protected sheet still lets people do; there is no password."""


def write_band(
    sheet: Worksheet,
    formats: Formats,
    title: str,
    lead: str,
    width: int,
    note: str = "",
    back: str = "Home",
    characters: float = 1000,
) -> None:
    """Write the title band over ``width`` columns, the lead below it and the way back.

    ``characters`` is how many fit into the width: a longer lead is wrapped.
    """
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 1.7)
    sheet.set_row(0, 30)
    sheet.write_string(0, FIRST_COLUMN, title, formats("band"))
    last = FIRST_COLUMN + max(width, 2) - 1
    for column in range(FIRST_COLUMN + 1, last):
        sheet.write_blank(0, column, None, formats("band"))
    sheet.write_string(0, last, f"{note}  " if note else "", formats("band_note"))
    lines = math.ceil(len(lead) / max(characters, 20))
    if lines > 1 and last > FIRST_COLUMN:
        sheet.merge_range(1, FIRST_COLUMN, 1, last, lead, formats("lead_wrap"))
        sheet.set_row(1, 13.5 * lines + 2)
    else:
        sheet.write_string(1, FIRST_COLUMN, lead, formats("lead"))
    if back:
        sheet.write_url(2, FIRST_COLUMN, f"internal:'{back}'!A1", formats("link"), f"◂ {back}")


def set_up_page(
    sheet: Worksheet,
    footer: str,
    repeat: tuple[int, int] | None = None,
    paper: int = A4,
    pages_high: int = 0,
    portrait: bool = False,
) -> None:
    """Set up printing: fitted to one page width, header rows repeated, the footer with version and page number."""
    if portrait:
        sheet.set_portrait()
    else:
        sheet.set_landscape()
    sheet.set_paper(paper)
    sheet.fit_to_pages(1, pages_high)
    sheet.center_horizontally()
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer(f"&L&8{_escape(footer)}&C&8&A&R&8Page &P of &N", {"margin": 0.3})
    if repeat:
        sheet.repeat_rows(*repeat)


def _escape(text: str) -> str:
    return text.replace("&", "&&")[:200]


def protect(sheet: Worksheet, **more: Any) -> None:
    """Protect formulas and labels against slips: no password, filters and formats still work."""
    sheet.protect("", {**ALLOWED, **more})


def a1(row: int, column: int, *, fixed_row: bool = False, fixed_column: bool = False) -> str:
    """Return an address such as ``B7``, ``B$7`` or ``$B7`` from zero-based positions."""
    return f"{'$' if fixed_column else ''}{xl_col_to_name(column)}{'$' if fixed_row else ''}{row + 1}"


def quoted(sheet: str) -> str:
    """Return a sheet name as it stands in a formula."""
    return "'" + sheet.replace("'", "''") + "'"
