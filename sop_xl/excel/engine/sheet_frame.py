"""What stands around the cells of a sheet: widths, joined cells, protection, tables, what is selected."""

from __future__ import annotations

import re
from itertools import pairwise

from sop_xl.excel.engine.address import plain_address
from sop_xl.excel.engine.book_state import BookState
from sop_xl.excel.engine.package_edits import RELATIONS
from sop_xl.excel.engine.sheet_state import SheetState
from sop_xl.excel.engine.source import attributes
from sop_xl.workbook.xml_children import SHEET_ORDER, child, with_child

_PADDING = 0.7109375


def empty_sheet() -> bytes:
    """Return the XML of a sheet without cells."""
    return (
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        b'<dimension ref="A1"/><sheetViews><sheetView workbookViewId="0"/></sheetViews>'
        b'<sheetFormatPr defaultRowHeight="15"/><sheetData/>'
        b'<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/></worksheet>'
    )


def edited_frame(xml: bytes, book: BookState, sheet: SheetState, table_links: list[str]) -> bytes:
    """Return a sheet's XML with what changed around its cells."""
    opening = re.search(rb"<sheetData\b[^>]*?(/?)>", xml)
    if not opening:
        return xml
    end = opening.end() if opening[1] else xml.rindex(b"</sheetData>") + len(b"</sheetData>")
    cells = xml[opening.start() : end]
    frame = xml[: opening.start()] + b"<sheetData/>" + xml[end:]
    before = frame
    if sheet.widths or sheet.column_looks:
        frame = with_child(frame, "cols", _columns(child(frame, "cols"), sheet), SHEET_ORDER)
    if sheet.merged is not None and sheet.merged != list(sheet.source.merges if sheet.source else ()):
        references = "".join(f'<mergeCell ref="{plain_address(area)}"/>' for area in sheet.merged)
        element = f'<mergeCells count="{len(sheet.merged)}">{references}</mergeCells>' if sheet.merged else ""
        frame = with_child(frame, "mergeCells", element.encode(), SHEET_ORDER)
    was_protected = sheet.source is not None and sheet.source.protection is not None
    if sheet.protected != was_protected:
        element = '<sheetProtection sheet="1" objects="1" scenarios="1"/>' if sheet.protected else ""
        frame = with_child(frame, "sheetProtection", element.encode(), SHEET_ORDER)
    if table_links:
        frame = with_child(frame, "tableParts", _table_parts(frame, table_links), SHEET_ORDER)
    frame = _view(frame, book, sheet)
    if frame is before:
        return xml
    place = frame.index(b"<sheetData/>")
    return frame[:place] + cells + frame[place + len(b"<sheetData/>") :]


def _columns(old: bytes, sheet: SheetState) -> bytes:
    """Return the element of the columns with new widths and looks, each range of columns split where it must be."""
    widths, changed = sheet.widths, sorted({*sheet.widths, *sheet.column_looks})
    ranges = []
    for tag in re.findall(rb"<col\b([^>]*?)/?>", old):
        marks = attributes(tag)
        first, last = int(marks.pop("min")), int(marks.pop("max"))
        cuts = sorted({first, last + 1, *(c for w in changed if first <= w <= last for c in (w, w + 1))})
        ranges += [(start, stop - 1, dict(marks)) for start, stop in pairwise(cuts)]
    known = {column for first, last, _ in ranges for column in range(first, min(last, first + 16_384) + 1)}
    ranges += [(column, column, {}) for column in changed if column not in known]
    out = []
    for first, last, marks in sorted(ranges, key=lambda each: each[0]):
        if first in widths:
            marks |= {"width": f"{widths[first] + _PADDING:g}", "customWidth": "1"}
            marks.pop("hidden", None)
            marks.pop("bestFit", None)
            if widths[first] == 0:
                marks["hidden"] = "1"
        if first in sheet.column_looks:
            style = sheet.styles.style_with(int(marks.get("style", 0)), sheet.column_looks[first])
            marks["style"] = str(style)
        marks.setdefault("width", f"{8.43 + _PADDING:g}")
        text = "".join(f' {name}="{value}"' for name, value in marks.items())
        out.append(f'<col min="{first}" max="{last}"{text}/>')
    return ("<cols>" + "".join(out) + "</cols>").encode()


def _table_parts(frame: bytes, links: list[str]) -> bytes:
    old = re.findall(rb"<tablePart\b[^>]*?/>", child(frame, "tableParts"))
    name = "" if b"xmlns:r=" in frame[: frame.index(b"<sheetData/>")] else f' xmlns:r="{RELATIONS}"'
    new = [f'<tablePart{name} r:id="{link}"/>'.encode() for link in links]
    return b'<tableParts count="%d">%s</tableParts>' % (len(old) + len(new), b"".join([*old, *new]))


def _view(frame: bytes, book: BookState, sheet: SheetState) -> bytes:
    """Return the frame with the sheet in front marked as such, and its selection where it was changed."""
    from sop_xl.excel.engine.journal import Activate, Select, SheetAdd, SheetDelete

    turned = any(isinstance(each, (Activate, SheetAdd, SheetDelete)) for each in book.operations)
    chosen = any(isinstance(each, Select) and each.sheet == sheet.name for each in book.operations)
    views = child(frame, "sheetViews")
    if not views or not (turned or chosen):
        return frame
    new = views
    if turned:
        new = re.sub(rb'\s+tabSelected="[^"]*"', b"", new)
        if book.sheets[book.active] is sheet:
            new = new.replace(b"<sheetView ", b'<sheetView tabSelected="1" ', 1)
    if chosen:
        area = sheet.selection
        cell = plain_address(area._replace(bottom=area.top, right=area.left))
        pane = re.search(rb'<pane\b[^>]*\bactivePane="(\w+)"', new)
        of_pane = f' pane="{pane[1].decode()}"' if pane else ""
        element = f'<selection{of_pane} activeCell="{cell}" sqref="{plain_address(area)}"/>'.encode()
        old = re.search(rb"<selection%s\b[^>]*/>" % (rb'\b[^>]*pane="' + pane[1] + b'"' if pane else b""), new)
        if old:
            new = new[: old.start()] + element + new[old.end() :]
        else:
            new = re.sub(rb"<sheetView\b([^>]*?)/>", lambda m: b"<sheetView" + m[1] + b"></sheetView>", new, count=1)
            place = new.index(b"</sheetView>")
            new = new[:place] + element + new[place:]
    return with_child(frame, "sheetViews", new, SHEET_ORDER) if new != views else frame
