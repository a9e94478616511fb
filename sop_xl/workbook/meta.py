"""The very hidden sheet that lets a file find its way home: what it is, what it was issued from, and its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from sop_xl.workbook.content import TEMPLATE_VERSION

SHEET = "_meta"
PRODUCT = "sop_xl"


@cache
def schema_version() -> str:
    """Return a short hash of the schema's table files: it changes with every column."""
    digest = hashlib.sha256()
    folder = files("sop_xl.schema").joinpath("tables")
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if path.name.endswith(".toml"):
            digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:12]


def content_hash(tables: Mapping[str, pd.DataFrame], names: Iterable[str]) -> str:
    """Return a SHA-256 of the content of some tables, independent of how a file was made."""
    digest = hashlib.sha256()
    for name in sorted(names):
        frame = tables.get(name)
        if frame is not None and len(frame):
            text = frame.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
            digest.update(name.encode() + b"\0" + text.encode() + b"\0")
    return digest.hexdigest()


def meta(
    book: str,
    *,
    cycle: str,
    status: str,
    base_version: str,
    content: str,
    horizon: tuple[str, str],
    currency: str,
    illustrative: bool,
) -> dict[str, str]:
    """Return the entries of the hidden sheet, all as text."""
    return {
        "product": PRODUCT,
        "template_id": f"{PRODUCT}/{book}/{TEMPLATE_VERSION}",
        "template_version": str(TEMPLATE_VERSION),
        "schema_version": schema_version(),
        "function": book,
        "cycle": cycle,
        "status": status,
        "base_version": base_version,
        "content_hash": content,
        "horizon_start": horizon[0],
        "horizon_end": horizon[1],
        "currency": currency,
        "illustrative": "yes" if illustrative else "no",
    }


def write_meta(sheet: Worksheet, entries: Mapping[str, str]) -> None:
    """Write the entries and hide the sheet so that only a program finds it."""
    for row, (key, value) in enumerate(entries.items()):
        sheet.write_string(row, 0, key)
        sheet.write_string(row, 1, value)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 70)
    sheet.protect()
    sheet.very_hidden()
