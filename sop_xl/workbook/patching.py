"""Edits in a user's own file: only the edited cells change in its XML, every other byte of every part stays.

A workbook is never loaded and saved to change a cell: that loses sparklines, custom formats and cached values. Excel
recalculates the formulas when it opens the file; the workbook is marked so.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from xml.sax.saxutils import escape, unescape

_CELL = re.compile(rb"<c\b[^>]*?(?:/>|>.*?</c>)", re.S)
_REFERENCE = re.compile(rb'\br="([A-Z]+)(\d+)"')
_STYLE = re.compile(rb'\bs="(\d+)"')
_EPOCH = datetime(1899, 12, 30)

CellValue = str | float | int | bool | date | None


def patch_cells(workbook: bytes, edits: Mapping[tuple[str, str], CellValue]) -> bytes:
    """Return the workbook with some cells changed, each keeping its format; formulas in edited cells are replaced.

    Args:
        workbook: bytes of an xlsx or xlsm file.
        edits: new value by sheet name and A1 address; None empties the cell. Text is stored as text, even where it
            begins with ``=``.

    Raises:
        KeyError: where there is no sheet of that name.
    """
    by_sheet: dict[str, dict[str, CellValue]] = {}
    for (sheet, address), value in edits.items():
        by_sheet.setdefault(sheet, {})[address.upper()] = value
    with zipfile.ZipFile(io.BytesIO(workbook)) as source:
        parts = _sheet_parts(source)
        changed = {parts[sheet]: cells for sheet, cells in by_sheet.items()}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for info in source.infolist():
                data = source.read(info)
                if info.filename in changed:
                    data = _patch_sheet(data, changed[info.filename])
                elif info.filename == "xl/workbook.xml":
                    data = _recalculate_on_load(data)
                target.writestr(info, data)
    return out.getvalue()


def drop_cached_results(workbook: bytes) -> bytes:
    """Return the workbook without the stored results of its formulas: Excel reckons them when it opens the file.

    For files that were filled by a program: a result from before the edit would be shown as if it were true.
    """
    result = re.compile(rb"(<f\b[^>]*?(?:/>|>.*?</f>))<v>[^<]*</v>", re.S)
    text_type = re.compile(rb'(<c\b[^>]*?) t="(?:str|e|b|n)"([^>]*>(?=<f\b))')
    with zipfile.ZipFile(io.BytesIO(workbook)) as source:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for info in source.infolist():
                data = source.read(info)
                if info.filename.startswith("xl/worksheets/sheet"):
                    data = text_type.sub(rb"\1\2", result.sub(rb"\1", data))
                elif info.filename == "xl/workbook.xml":
                    data = _recalculate_on_load(data)
                target.writestr(info, data)
    return out.getvalue()


def _sheet_parts(package: zipfile.ZipFile) -> dict[str, str]:
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


def _recalculate_on_load(workbook_xml: bytes) -> bytes:
    if b"fullCalcOnLoad=" in workbook_xml:
        return workbook_xml
    if b"<calcPr" in workbook_xml:
        return workbook_xml.replace(b"<calcPr", b'<calcPr fullCalcOnLoad="1"', 1)
    return re.sub(
        rb"(</definedNames>|</sheets>)(?!.*</definedNames>)",
        rb'\1<calcPr fullCalcOnLoad="1"/>',
        workbook_xml,
        count=1,
        flags=re.S,
    )


def column_number(letters: str) -> int:
    """Return 1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _patch_sheet(xml: bytes, cells: Mapping[str, CellValue]) -> bytes:
    for address, value in cells.items():
        found = re.fullmatch(r"([A-Z]{1,3})(\d+)", address)
        if not found:
            raise ValueError(f"{address!r} is not a cell address")
        xml = _patch_cell(xml, found[1], int(found[2]), value)
    return xml


def _patch_cell(xml: bytes, letters: str, row: int, value: CellValue) -> bytes:
    opening = re.compile(rb'<row\b[^>]*?\br="%d"[^>]*?>' % row)
    found = opening.search(xml)
    if not found:
        return _insert_row(xml, row, _cell_xml(letters, row, value, b""))
    if found[0].endswith(b"/>"):
        tag = found[0][:-2] + b">" + _cell_xml(letters, row, value, b"") + b"</row>"
        return xml[: found.start()] + tag + xml[found.end() :]
    start, end = found.end(), xml.index(b"</row>", found.end())
    place = end
    for cell in _CELL.finditer(xml, start, end):
        reference = _REFERENCE.search(cell[0])
        position = column_number(reference[1].decode()) if reference else 0
        if position == column_number(letters):
            style = _STYLE.search(cell[0].split(b">", 1)[0])
            new = _cell_xml(letters, row, value, style[1] if style else b"")
            return xml[: cell.start()] + new + xml[cell.end() :]
        if position > column_number(letters):
            place = cell.start()
            break
    return xml[:place] + _cell_xml(letters, row, value, b"") + xml[place:]


def _insert_row(xml: bytes, row: int, cell: bytes) -> bytes:
    new = b'<row r="%d">%s</row>' % (row, cell)
    for found in re.finditer(rb'<row\b[^>]*?\br="(\d+)"', xml):
        if int(found[1]) > row:
            return xml[: found.start()] + new + xml[found.start() :]
    if b"<sheetData/>" in xml:
        return xml.replace(b"<sheetData/>", b"<sheetData>" + new + b"</sheetData>", 1)
    return xml.replace(b"</sheetData>", new + b"</sheetData>", 1)


def _cell_xml(letters: str, row: int, value: CellValue, style: bytes) -> bytes:
    head = b'<c r="%s%d"' % (letters.encode(), row) + (b' s="%s"' % style if style else b"")
    if value is None:
        return head + b"/>"
    if isinstance(value, bool):
        return head + b' t="b"><v>%d</v></c>' % value
    if isinstance(value, (datetime, date)):
        day = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        value = (day - _EPOCH).total_seconds() / 86400
    if isinstance(value, (int, float)):
        return head + b"><v>%s</v></c>" % repr(value if value % 1 else int(value)).encode()
    text = escape("".join(sign for sign in value if sign >= " " or sign in "\t\n"))
    return head + b' t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>' % text.encode("utf-8")
