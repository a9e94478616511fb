"""The workbook part of a file: its sheets, names and what is in front; and what goes with sheets that come or go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from sop_xl.excel.engine.address import column_number
from sop_xl.excel.engine.book_state import BookState, NameState
from sop_xl.excel.engine.cell_edits import Edits
from sop_xl.excel.engine.package_edits import RELATIONS, PackageEdits
from sop_xl.excel.engine.sheet_frame import empty_sheet
from sop_xl.excel.engine.source import attributes
from sop_xl.workbook.patching import recalculate_on_load
from sop_xl.workbook.xml_children import WORKBOOK_ORDER, child, with_child

_WORKBOOK = "xl/workbook.xml"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_CHAIN = "xl/calcChain.xml"


def remove_sheets(book: BookState, parts: PackageEdits) -> None:
    """Remove the parts of sheets that were deleted."""
    for sheet in book.original_sheets:
        if not any(each is sheet for each in book.sheets) and sheet.source is not None:
            parts.unlink(_WORKBOOK, sheet.source.sheet.part)
            parts.remove(sheet.source.sheet.part)


def add_sheets(book: BookState, parts: PackageEdits) -> dict[int, str]:
    """Add the parts of new sheets; return them by the sheet's ``id``."""
    added = {}
    for sheet in book.sheets:
        if sheet.source is None:
            part = parts.new_part("xl/worksheets/sheet{}.xml")
            parts.add(part, empty_sheet(), _SHEET_TYPE)
            parts.link(_WORKBOOK, "worksheet", part)
            added[id(sheet)] = part
    return added


def edited_workbook(xml: bytes, book: BookState, parts: PackageEdits, added: Mapping[int, str]) -> bytes:
    """Return the workbook part with its present sheets, names and sheet in front, marked to be reckoned on load."""
    old_tabs = [attributes(tag) for tag in re.findall(rb"<sheet\b([^>]*)>", child(xml, "sheets"))]
    tabs = _tabs(old_tabs, book, parts, added)
    if [dict(tab) for tab in tabs] != old_tabs:
        xml = with_child(xml, "sheets", _sheets_element(xml, tabs), WORKBOOK_ORDER)
        _keep_titles(parts, [tab["name"] for tab in old_tabs], [tab["name"] for tab in tabs])
    order = [tab["name"] for tab in tabs]
    if tuple(book.names) != book.original_names or order != [tab["name"] for tab in old_tabs]:
        xml = with_child(xml, "definedNames", _names_element(book.names, order), WORKBOOK_ORDER)
    front = order.index(book.sheets[book.active].name)
    views = child(xml, "bookViews")
    shown = re.search(rb'\bactiveTab="(\d+)"', views)
    if (int(shown[1]) if shown else 0) != front:
        new = re.sub(rb'\s+(?:activeTab|firstSheet)="\d+"', b"", views)
        new = re.sub(rb"<workbookView\b", b'<workbookView activeTab="%d"' % front, new, count=1)
        element = new or b'<bookViews><workbookView activeTab="%d"/></bookViews>' % front
        xml = with_child(xml, "bookViews", element, WORKBOOK_ORDER)
    return recalculate_on_load(xml)


def _tabs(
    old: list[dict[str, str]], book: BookState, parts: PackageEdits, added: Mapping[int, str]
) -> list[dict[str, str]]:
    """Return the marks of every tab in its present place; tabs that are no worksheets keep their place."""
    links = {target: link for link, (_, target) in parts.links(_WORKBOOK).items()}
    link_name = next((name for tab in old for name in tab if name.endswith(":id")), "r:id")
    by_name = {tab["name"]: tab for tab in old}
    original = {sheet.source.sheet.name for sheet in book.original_sheets if sheet.source}
    number = max((int(tab["sheetId"]) for tab in old), default=0)
    result: list[dict[str, str]] = []
    for sheet in book.sheets:
        if sheet.source is not None:
            tab = dict(by_name[sheet.source.sheet.name])
            tab["name"] = sheet.name
        else:
            number += 1
            tab = {"name": sheet.name, "sheetId": str(number), link_name: links[added[id(sheet)]]}
        was_visible = tab.get("state", "visible") == "visible"
        if was_visible != sheet.visible:
            tab.pop("state", None)
            if not sheet.visible:
                tab["state"] = "hidden"
        result.append(tab)
    for place, tab in enumerate(old):
        if tab["name"] not in original:
            result.insert(min(place, len(result)), tab)
    return result


def _sheets_element(xml: bytes, tabs: list[dict[str, str]]) -> bytes:
    root = xml[: xml.index(b"<sheets")]
    rows = []
    for tab in tabs:
        text = "".join(f" {name}={_quoted(value)}" for name, value in tab.items())
        prefix = next(name.split(":")[0] for name in tab if name.endswith(":id"))
        declared = f"xmlns:{prefix}" in tab or f"xmlns:{prefix}=".encode() in root
        missing = "" if declared else f' xmlns:{prefix}="{RELATIONS}"'
        rows.append(f"<sheet{missing}{text}/>")
    return ("<sheets>" + "".join(rows) + "</sheets>").encode("utf-8")


def _quoted(value: str) -> str:
    quoted = quoteattr(value)
    return quoted if quoted.startswith('"') else '"' + quoted[1:-1].replace('"', "&quot;") + '"'


def _names_element(names: list[NameState], order: list[str]) -> bytes:
    rows = []
    for each in sorted(names, key=lambda name: name.name.casefold()):
        marks = {"name": each.name}
        if each.sheet is not None:
            marks["localSheetId"] = str(order.index(each.sheet.name))
        text = "".join(f" {name}={_quoted(value)}" for name, value in (marks | dict(each.marks)).items())
        rows.append(f"<definedName{text}>{escape(each.refers_to.removeprefix('='))}</definedName>")
    return ("<definedNames>" + "".join(rows) + "</definedNames>").encode("utf-8") if rows else b""


def _keep_titles(parts: PackageEdits, old: list[str], new: list[str]) -> None:
    """Let the list of sheets in the file's properties follow, where there is one that fits."""
    place = "docProps/app.xml"
    xml = parts.read(place) if parts.has(place) else b""
    found = re.search(rb'<TitlesOfParts><vt:vector size="(\d+)" baseType="lpstr">(.*?)</vt:vector>', xml, re.S)
    count = re.search(rb"(<vt:lpstr>Worksheets</vt:lpstr></vt:variant><vt:variant><vt:i4>)(\d+)(</vt:i4>)", xml)
    if not found or not count or int(count[2]) != len(old):
        return
    titles = re.findall(rb"<vt:lpstr>[^<]*</vt:lpstr>", found[2])
    rest = titles[len(old) :]
    rows = [f"<vt:lpstr>{escape(name)}</vt:lpstr>".encode() for name in new] + rest
    vector = b'<TitlesOfParts><vt:vector size="%d" baseType="lpstr">%s</vt:vector>' % (len(rows), b"".join(rows))
    xml = xml[: found.start()] + vector + xml[found.end() :]
    parts.put(place, xml.replace(count[0], count[1] + str(len(new)).encode() + count[3], 1))


def without_formulas(book: BookState, parts: PackageEdits, edits: dict[int, Edits]) -> None:
    """Take cells that no longer have a formula out of the order of calculation; drop it where formulas came."""
    if not parts.has(_CHAIN):
        return
    if any(edit.content and edit.content.formula for found in edits.values() for edit in found.values()):
        gone_sheets = True
    else:
        gone_sheets = len([s for s in book.sheets if s.source]) != len(book.original_sheets)
    numbers = {
        tab["name"]: tab["sheetId"]
        for tag in re.findall(rb"<sheet\b([^>]*)>", child(parts.read(_WORKBOOK), "sheets"))
        for tab in (attributes(tag),)
    }
    gone = {
        (numbers[sheet.name], cell)
        for sheet in book.sheets
        if sheet.source is not None
        for cell, edit in edits[id(sheet)].items()
        if edit.content is not None and cell in sheet.source.formulas
    }
    if not gone and not gone_sheets:
        return
    xml = parts.read(_CHAIN)
    kept, number, changed = [], "", False
    for tag in re.findall(rb"<c\b[^>]*/>", xml):
        marks = attributes(tag)
        number = marks.get("i", number)
        place = re.fullmatch(r"([A-Z]+)(\d+)", marks["r"])
        if place and (number, (int(place[2]), column_number(place[1]))) in gone:
            changed = True
            continue
        if changed and "i" not in marks:
            tag = tag.replace(b"<c ", f'<c i="{number}" '.encode(), 1)
        kept.append(tag)
    if gone_sheets or not kept:
        parts.unlink(_WORKBOOK, _CHAIN)
        parts.remove(_CHAIN)
    elif changed:
        first = re.search(rb"<c\b", xml)
        assert first is not None
        parts.put(_CHAIN, xml[: first.start()] + b"".join(kept) + b"</calcChain>")
