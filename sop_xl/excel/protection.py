"""Protected sheets are opened for a button's answer and closed again as they were; there is no password on ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xlwings as xw

_ALLOWED = (
    "FormattingCells",
    "FormattingColumns",
    "FormattingRows",
    "InsertingColumns",
    "InsertingRows",
    "InsertingHyperlinks",
    "DeletingColumns",
    "DeletingRows",
    "Sorting",
    "Filtering",
    "UsingPivotTables",
)
_ON_MAC = {"UsingPivotTables": "using_pivot_table"}


@contextmanager
def writable(sheet: xw.Sheet) -> Iterator[None]:
    """Open a protected sheet for as long as the block runs, then protect it with the same permissions as before.

    A sheet that somebody protected with a password stays closed: Excel refuses and says so.
    """
    kind = sheet.book.app.engine.name
    if kind == "sop_xl":
        again = _on_file(sheet)
    elif hasattr(sheet.api, "ProtectContents"):
        again = _on_windows(sheet)
    else:
        again = _on_mac(sheet)
    try:
        yield
    finally:
        if again is not None:
            again()


def _on_file(sheet: xw.Sheet) -> Any:
    if not sheet.api.ProtectContents:
        return None
    sheet.api.Unprotect()
    return sheet.api.Protect


def _on_windows(sheet: xw.Sheet) -> Any:
    api = sheet.api
    if not api.ProtectContents:
        return None
    allowed = {f"Allow{what}": bool(getattr(api.Protection, f"Allow{what}")) for what in _ALLOWED}
    options = {"DrawingObjects": bool(api.ProtectDrawingObjects), "Contents": True}
    options |= {"Scenarios": bool(api.ProtectScenarios), **allowed}
    api.Unprotect()
    return lambda: api.Protect(**options)


def _on_mac(sheet: xw.Sheet) -> Any:
    api = sheet.api
    if not api.protect_contents.get():
        return None
    permissions = api.protection_object
    allowed = {}
    for what in _ALLOWED:
        word = _ON_MAC.get(what) or "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in what).lstrip("_")
        allowed[f"allow_{word}"] = bool(getattr(permissions, f"allow_{word}").get())
    drawings, scenarios = bool(api.protect_drawing_objects.get()), bool(api.protect_scenarios.get())
    api.unprotect()
    return lambda: api.protect_worksheet(
        drawing_objects=drawings, worksheet_contents=True, scenarios=scenarios, **allowed
    )
