"""The add-in as a file: XlsxWriter writes the workbook, then the ribbon and the add-in's content type are put in."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import xlsxwriter

from sop_xl.excel.addin.xlwings_module import PROJECT

SETTINGS_SHEET = f"{PROJECT}.conf"
LICENCE_SHEET = "licences"
SHEET_CODE_NAMES = ("Sheet1", "Sheet2")
FileType = Literal["xlam", "xlsm"]

_MAIN_TYPE = {
    "xlam": b"application/vnd.ms-excel.addin.macroEnabled.main+xml",
    "xlsm": b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
}
_RIBBON_PART = "customUI/customUI14.xml"
_RIBBON_RELATIONSHIP = (
    '<Relationship Id="rIdRibbon" Type="http://schemas.microsoft.com/office/2007/relationships/ui/extensibility" '
    f'Target="{_RIBBON_PART}"/>'
).encode()
_MADE = datetime(2026, 1, 1)
"""Fixed, so that the same sources give the same bytes."""


def addin_file(
    vba: bytes, ribbon: str, settings: Iterable[tuple[str, str]], licences: str, kind: FileType = "xlam"
) -> bytes:
    """Return the add-in, or the workbook with the same content that LibreOffice can open for a test.

    Args:
        vba: ``vbaProject.bin``.
        ribbon: ``customUI14.xml``.
        settings: rows of the sheet of settings: key, value.
        licences: text of the licences of the parts that are not ours.
        kind: ``xlam`` or its twin ``xlsm``.
    """
    return _completed(_workbook(vba, settings, licences), ribbon, kind)


def _workbook(vba: bytes, settings: Iterable[tuple[str, str]], licences: str) -> bytes:
    """Return a macro-enabled workbook with the settings and the licences."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": "S&OP", "subject": "Sales & Operations Planning", "created": _MADE})
        book.add_vba_project(io.BytesIO(vba), is_stream=True)
        book.set_vba_name("ThisWorkbook")
        sheet = book.add_worksheet(SETTINGS_SHEET)
        sheet.set_vba_name(SHEET_CODE_NAMES[0])
        sheet.set_column(0, 0, 32)
        sheet.set_column(1, 1, 64)
        for row, (key, value) in enumerate(settings):
            sheet.write_string(row, 0, key)
            sheet.write_string(row, 1, value)
        texts = book.add_worksheet(LICENCE_SHEET)
        texts.set_vba_name(SHEET_CODE_NAMES[1])
        texts.set_column(0, 0, 100)
        for row, line in enumerate(licences.splitlines()):
            texts.write_string(row, 0, line)
    return out.getvalue()


def _completed(workbook: bytes, ribbon: str, kind: FileType) -> bytes:
    """Return the package with the ribbon in it and the content type of its kind."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "[Content_Types].xml":
                data = _once(data, _MAIN_TYPE["xlsm"], _MAIN_TYPE[kind])
            elif name == "_rels/.rels":
                data = _once(data, b"</Relationships>", _RIBBON_RELATIONSHIP + b"</Relationships>")
            _put(target, name, data)
        _put(target, _RIBBON_PART, ribbon.encode())
    return out.getvalue()


def _once(data: bytes, old: bytes, new: bytes) -> bytes:
    if data.count(old) != 1:
        raise ValueError(f"XlsxWriter's package has {data.count(old)} of {old!r}; it must be looked at anew.")
    return data.replace(old, new)


def _put(target: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 0
    target.writestr(entry, data)
