"""The parts of a workbook file: where its sheets are, and a copy of the file with some parts changed."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Mapping
from xml.sax.saxutils import unescape

_FIXED = (1980, 1, 1, 0, 0, 0)


def sheet_parts(package: zipfile.ZipFile) -> dict[str, str]:
    """Return the part of every sheet by its name."""
    links = package.read("xl/_rels/workbook.xml.rels").decode("utf-8")
    targets = {}
    for tag in re.findall(r"<Relationship\b[^>]*>", links):
        link, target = re.search(r'\bId="([^"]+)"', tag), re.search(r'\bTarget="([^"]+)"', tag)
        if link and target:
            path = target[1]
            targets[link[1]] = path.lstrip("/") if path.startswith("/") else f"xl/{path}"
    parts = {}
    for tag in re.findall(r"<sheet\b[^>]*>", package.read("xl/workbook.xml").decode("utf-8")):
        name, link = re.search(r'\bname="([^"]+)"', tag), re.search(r'\br:id="([^"]+)"', tag)
        if name and link:
            parts[unescape(name[1], {"&quot;": '"', "&apos;": "'"})] = targets[link[1]]
    return parts


def rewritten(package: zipfile.ZipFile, changed: Mapping[str, bytes], removed: Collection[str] = ()) -> bytes:
    """Return the file with some parts changed, new ones at its end, some left out, and all others as they are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for info in package.infolist():
            if info.filename not in removed:
                target.writestr(info, changed[info.filename] if info.filename in changed else package.read(info))
        for name in sorted(changed.keys() - set(package.namelist())):
            fresh = zipfile.ZipInfo(name, _FIXED)
            fresh.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(fresh, changed[name])
    return out.getvalue()
