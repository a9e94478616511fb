"""The children of an XML part's root: found, replaced, added or removed without touching a byte of the others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.parsers import expat

_TAG = re.compile(rb"<[^\s/>]+(?:\s+[^\s=]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*(/?)>")

SHEET_ORDER = [
    "sheetPr",
    "dimension",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetData",
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
    "legacyDrawing",
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
]
WORKBOOK_ORDER = [
    "fileVersion",
    "fileSharing",
    "workbookPr",
    "workbookProtection",
    "bookViews",
    "sheets",
    "functionGroups",
    "externalReferences",
    "definedNames",
    "calcPr",
    "oleSize",
    "customWorkbookViews",
    "pivotCaches",
    "smartTagPr",
    "smartTagTypes",
    "webPublishing",
    "fileRecoveryPr",
    "webPublishObjects",
    "extLst",
]


@dataclass(frozen=True, slots=True)
class Child:
    """A child of the root: its name without prefix, and where its XML begins and ends."""

    name: str
    start: int
    end: int


def children(xml: bytes) -> tuple[list[Child], int]:
    """Return the children of the root in their order, and where the root's end tag begins.

    Raises:
        ValueError: where the XML is damaged or its root is empty.
    """
    parser = expat.ParserCreate()
    found: list[Child] = []
    depth, start, closing = 0, 0, -1

    def opened(_: str, __: dict[str, str]) -> None:
        nonlocal depth, start
        if depth == 1:
            start = parser.CurrentByteIndex
        depth += 1

    def closed(name: str) -> None:
        nonlocal depth, closing
        depth -= 1
        at = parser.CurrentByteIndex
        if depth == 1:
            tag = _TAG.match(xml, start)
            end = tag.end() if tag and tag[1] else xml.index(b">", at) + 1
            found.append(Child(name.rsplit(":", 1)[-1], start, end))
        elif depth == 0:
            closing = at

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as problem:
        raise ValueError(f"the part is damaged ({problem})") from None
    if not xml[closing:].startswith(b"</"):
        raise ValueError("the part is empty")
    return found, closing


def child(xml: bytes, name: str) -> bytes:
    """Return the XML of the first child of a name, or nothing."""
    return next((xml[each.start : each.end] for each in children(xml)[0] if each.name == name), b"")


def with_child(xml: bytes, name: str, element: bytes, order: Sequence[str]) -> bytes:
    """Return the part with one child replaced, added where the schema wants it, or removed.

    Args:
        xml: the part.
        name: name of the child.
        element: its new XML; empty to remove it.
        order: names of all children in the order of the schema.
    """
    found, closing = children(xml)
    for each in found:
        if each.name == name:
            return xml[: each.start] + element + xml[each.end :]
    if not element:
        return xml
    rank = {each: place for place, each in enumerate(order)}
    later = [each.start for each in found if rank.get(each.name, -1) > rank[name]]
    place = min(later) if later else closing
    return xml[:place] + element + xml[place:]
