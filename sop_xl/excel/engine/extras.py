"""Notes and links of a sheet, to read."""

from __future__ import annotations

import posixpath
from xml.etree import ElementTree

from sop_xl.excel.engine.address import area_of
from sop_xl.excel.engine.source import Cell, SheetSource


def notes(source: SheetSource) -> dict[Cell, str]:
    """Return the texts of notes by their cell."""
    found: dict[Cell, str] = {}
    for kind, target in _relations(source).values():
        if kind != "comments" or target not in source.package.parts:
            continue
        for element in ElementTree.fromstring(source.package.parts[target]).iter():
            if element.tag.endswith("}comment"):
                text = "".join(part.text or "" for part in element.iter() if part.tag.endswith("}t"))
                found[area_of(element.get("ref", "A1"))[:2]] = text
    return found


def hyperlinks(source: SheetSource) -> dict[Cell, str]:
    """Return the addresses of links by their first cell."""
    import re

    from sop_xl.excel.engine.source import attributes

    relations = _relations(source)
    found: dict[Cell, str] = {}
    for tag in re.findall(rb"<hyperlink\b([^>]*)>", source.after_cells):
        marks = attributes(tag)
        target = relations.get(marks.get("r:id", ""), ("", ""))[1]
        place = marks.get("location", "")
        found[area_of(marks["ref"])[:2]] = target + (f"#{place}" if place and target else place)
    return found


def _relations(source: SheetSource) -> dict[str, tuple[str, str]]:
    folder, name = posixpath.split(source.sheet.part)
    links = source.package.parts.get(f"{folder}/_rels/{name}.rels")
    found = {}
    for link in ElementTree.fromstring(links) if links else ():
        target = link.get("Target", "")
        if link.get("TargetMode") != "External":
            target = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        found[link.get("Id", "")] = (link.get("Type", "").rsplit("/", 1)[-1], target)
    return found
