"""An empty workbook with one sheet."""

from __future__ import annotations

import io
from datetime import datetime
from functools import cache


@cache
def blank_workbook() -> bytes:
    """Return the bytes of an empty workbook; the same every time."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})
        book.add_worksheet()
    return out.getvalue()
