"""Looks at a file before anything parses it: is it a workbook at all, and is it safe to open?"""

from __future__ import annotations

import io
import lzma
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from sop_xl.model.issue import Issue, Severity

MAX_FILE_BYTES = 80 * 2**20
MAX_INFLATED_BYTES = 250 * 2**20
MAX_PARTS = 3000
MAX_RATIO, RATIO_FROM = 250, 30 * 2**20
"""A part that inflates by more than this factor and beyond this size is no honest workbook."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST)", re.I)
_OTHER_ZIP = {
    "word/document.xml": "a Word document",
    "ppt/presentation.xml": "a PowerPoint presentation",
    "xl/workbook.bin": "a binary workbook (.xlsb)",
    "content.xml": "an OpenDocument file",
    "Index/Document.iwa": "a Numbers document",
}
_DAMAGED = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
)
_SAVE_AS = "Open it in Excel and save it as 'Excel Workbook (.xlsx)', then submit that file."


@dataclass(frozen=True)
class Package:
    """The parts of a workbook that is safe to parse, inflated."""

    data: bytes
    parts: dict[str, bytes]


def inspect(data: bytes, file_name: str = "") -> tuple[Package | None, list[Issue]]:
    """Return the parts of a workbook, or None and what is wrong with the file; never raises on a bad file.

    Refused: what is no xlsx or xlsm (old .xls, encrypted, truncated, other formats), more parts or bytes than any
    honest workbook has, names that leave the package or are there twice, and XML with declarations of its own.
    """

    def refuse(message: str, hint: str) -> tuple[None, list[Issue]]:
        return None, [Issue(Severity.ERROR, message, hint, file=file_name)]

    if not data:
        return refuse("The file is empty.", "Save the workbook again and submit it.")
    if len(data) > MAX_FILE_BYTES:
        size = len(data) / 2**20
        return refuse(f"The file has {size:.0f} MB; at most 80 MB are read.", "Remove pictures and spare sheets.")
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            hint = "Remove the password (File, Info, Protect Workbook) and submit it again."
            return refuse("The workbook is encrypted with a password.", hint)
        return refuse("The file is an old Excel workbook (.xls).", _SAVE_AS)
    if not data.startswith(b"PK"):
        return refuse(f"The file is {_kind(data)}, not an Excel workbook.", _SAVE_AS)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            infos = package.infolist()
            problem = _structure_problem(infos)
            if problem:
                return refuse(*problem)
            parts = _inflate(package, infos)
    except _DAMAGED:
        return refuse(
            "The file is damaged or was cut off: it cannot be opened.",
            "Open it in Excel (let it repair the file if it asks), save it under a new name and submit that.",
        )
    if isinstance(parts, str):
        return refuse(parts, "Submit the workbook as Excel saved it.")
    declared = next((name for name, part in parts.items() if _is_xml(name) and _declares(part)), None)
    if declared:
        message = f"The part '{declared}' of the workbook has declarations that Excel never writes."
        return refuse(message, "Copy the cells into a freshly downloaded book and submit that.")
    issues = []
    ending = PurePosixPath(file_name.replace("\\", "/")).suffix.lower()
    if ending not in ("", ".xlsx", ".xlsm"):
        text = f"The name ends with '{ending}', but the file is an Excel workbook; it was read as one."
        issues.append(Issue(Severity.WARNING, text, "Give it the ending .xlsx.", file=file_name))
    return Package(data, parts), issues


def _kind(data: bytes) -> str:
    head = data[:400].lstrip().lower()
    if head.startswith(b"%pdf"):
        return "a PDF"
    if head.startswith((b"<html", b"<!doctype html", b"<table")):
        return "a web page"
    if head.startswith(b"<?xml"):
        return "an XML file"
    try:
        data[:4000].decode("utf-8")
    except UnicodeDecodeError:
        return "something else"
    return "plain text"


def _structure_problem(infos: list[zipfile.ZipInfo]) -> tuple[str, str] | None:
    names = [info.filename for info in infos]
    if len(names) > MAX_PARTS:
        return f"The file has {len(names)} parts; no workbook has so many.", "Submit the workbook as Excel saved it."
    if len({name.lower() for name in names}) != len(names):
        return "The file has the same part twice.", "Open it in Excel, save it and submit it again."
    if any(name.startswith("/") or "\\" in name or ".." in name.split("/") for name in names):
        return "The file has parts with forbidden names.", "Submit the workbook as Excel saved it."
    if "xl/workbook.xml" not in names:
        for name, kind in _OTHER_ZIP.items():
            if name in names:
                return f"The file is {kind}, not an Excel workbook (.xlsx).", _SAVE_AS
        return "The file is a zip archive, not an Excel workbook.", "Submit the workbook itself, not an archive of it."
    if any(info.flag_bits & 0x1 for info in infos):
        return "The file is encrypted.", "Remove the password and submit it again."
    return None


def _inflate(package: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> dict[str, bytes] | str:
    """Return the parts, or what is wrong; sizes are counted while inflating, not believed."""
    parts: dict[str, bytes] = {}
    room = MAX_INFLATED_BYTES
    for info in infos:
        if info.is_dir():
            continue
        limit = min(room, max(RATIO_FROM, MAX_RATIO * max(info.compress_size, 1)))
        with package.open(info) as stream:
            part = stream.read(limit + 1)
        if len(part) > limit:
            return f"The part '{info.filename}' inflates to more than {limit / 2**20:.0f} MB."
        room -= len(part)
        parts[info.filename] = part
    return parts


def _is_xml(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels", ".vml"))


def _declares(part: bytes) -> bool:
    wide = part[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in part[:200]
    return wide or _DECLARATION.search(part) is not None
