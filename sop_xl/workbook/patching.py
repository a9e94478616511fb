"""Edits in a user's own file: only the edited cells change in its XML, every other byte of every part stays.

A workbook is never loaded and saved to change a cell: that loses sparklines, custom formats and cached values. Excel
recalculates the formulas when it opens the file; the workbook is marked so. A sheet is walked once, however many of
its cells change.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping

from sop_xl.workbook.cell_xml import CellEdit, CellValue, Content, column_number, edited_cell, letters_of
from sop_xl.workbook.package_parts import rewritten, sheet_parts

_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.S)
_ROW = re.compile(rb"<row\b([^>]*?)(/?)>")
_NUMBER = re.compile(rb'\br="(\d+)"')
_PLACE = re.compile(rb'\br="([A-Z]+)\d+"')
_STYLE = re.compile(rb'\bs="(\d+)"')
_SPANS = re.compile(rb'\bspans="(\d+):(\d+)"')
_DIMENSION = re.compile(rb'(<dimension\b[^>]*\bref=")([A-Z]+)(\d+)(?::([A-Z]+)(\d+))?(")')
_COLUMN = re.compile(rb"<col\b([^>]*)>")


def patch_cells(workbook: bytes, edits: Mapping[tuple[str, str], CellValue]) -> bytes:
    """Return the workbook with some cells changed, each keeping its format; formulas in edited cells are replaced.

    Args:
        workbook: bytes of an xlsx or xlsm file.
        edits: new value by sheet name and A1 address; None empties the cell. Text is stored as text, even where it
            begins with ``=``.

    Raises:
        KeyError: where there is no sheet of that name.
    """
    by_sheet: dict[str, dict[tuple[int, int], CellEdit]] = {}
    for (sheet, address), value in edits.items():
        by_sheet.setdefault(sheet, {})[_position(address)] = CellEdit(Content(value))
    with zipfile.ZipFile(io.BytesIO(workbook)) as source:
        parts = sheet_parts(source)
        changed = {
            part: patch_sheet(source.read(part), by_sheet[name]) for name, part in parts.items() if name in by_sheet
        }
        if not by_sheet.keys() <= parts.keys():
            raise KeyError(", ".join(sorted(by_sheet.keys() - parts.keys())))
        changed["xl/workbook.xml"] = recalculate_on_load(source.read("xl/workbook.xml"))
        return rewritten(source, changed)


def drop_cached_results(workbook: bytes) -> bytes:
    """Return the workbook without the stored results of its formulas: Excel reckons them when it opens the file.

    For files that were filled by a program: a result from before the edit would be shown as if it were true.
    """
    result = re.compile(rb"(<f\b[^>]*?(?:/>|>.*?</f>))<v>[^<]*</v>", re.S)
    text_type = re.compile(rb'(<c\b[^>]*?) t="(?:str|e|b|n)"([^>]*>(?=<f\b))')
    with zipfile.ZipFile(io.BytesIO(workbook)) as source:
        changed = {
            name: text_type.sub(rb"\1\2", result.sub(rb"\1", source.read(name)))
            for name in source.namelist()
            if name.startswith("xl/worksheets/sheet")
        }
        changed["xl/workbook.xml"] = recalculate_on_load(source.read("xl/workbook.xml"))
        return rewritten(source, changed)


def recalculate_on_load(workbook_xml: bytes) -> bytes:
    """Return the workbook part with the mark that Excel reckons every formula when it opens the file."""
    marked, found = re.subn(rb'(<calcPr\b[^>]*?\sfullCalcOnLoad=)"[^"]*"', rb'\1"1"', workbook_xml)
    if found:
        return marked
    if b"<calcPr" in workbook_xml:
        return workbook_xml.replace(b"<calcPr", b'<calcPr fullCalcOnLoad="1"', 1)
    ends = [
        found.end()
        for name in (b"sheets", b"functionGroups", b"externalReferences", b"definedNames")
        for found in re.finditer(rb"</%s>|<%s\b[^>]*/>" % (name, name), workbook_xml)
    ]
    place = max(ends)
    return workbook_xml[:place] + b'<calcPr fullCalcOnLoad="1"/>' + workbook_xml[place:]


def patch_sheet(
    xml: bytes, edits: Mapping[tuple[int, int], CellEdit], heights: Mapping[int, float] | None = None
) -> bytes:
    """Return the XML of a sheet with some cells changed, in one walk over its rows.

    Args:
        xml: the sheet's part.
        edits: what changes, by row and column, both counted from one.
        heights: new heights of rows, in points.
    """
    rows: dict[int, dict[int, CellEdit]] = {row: {} for row in heights or {}}
    for (row, column), edit in edits.items():
        rows.setdefault(row, {})[column] = edit
    if not rows:
        return xml
    opening = re.search(rb"<sheetData\b[^>]*?(/?)>", xml)
    if not opening:
        raise ValueError("the sheet has no cells that could be edited: its XML is not as Excel writes it")
    columns = _column_styles(xml[: opening.start()])
    walk = _Walk(xml, rows, columns, heights or {})
    if opening[1]:
        body = b"<sheetData>" + b"".join(walk.new_rows(None)) + b"</sheetData>"
        return _widened(xml[: opening.start()], rows) + body + xml[opening.end() :]
    end = xml.rindex(b"</sheetData>")
    body = b"".join(walk.rows(opening.end(), end))
    return _widened(xml[: opening.end()], rows) + body + xml[end:]


class _Walk:
    """One walk over the rows of a sheet; rows without edits are passed on as they are."""

    def __init__(
        self,
        xml: bytes,
        rows: Mapping[int, Mapping[int, CellEdit]],
        columns: list[tuple[int, int, bytes]],
        heights: Mapping[int, float],
    ) -> None:
        self.xml, self.edits, self.columns, self.heights = xml, rows, columns, heights
        self.waiting = sorted(rows, reverse=True)

    def rows(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the XML of all rows."""
        copied, position, number = start, start, 0
        while found := _ROW.search(self.xml, position, end):
            given = _NUMBER.search(found[1])
            number = int(given[1]) if given else number + 1
            position = found.end() if found[2] else self.xml.index(b"</row>", found.end()) + 6
            if not self.waiting or number < self.waiting[-1]:
                continue
            yield self.xml[copied : found.start()]
            yield from self.new_rows(number)
            copied = found.start()
            if self.waiting and self.waiting[-1] == number:
                self.waiting.pop()
                yield self._row(found, number, position)
                copied = position
        yield self.xml[copied:end]
        yield from self.new_rows(None)

    def new_rows(self, before: int | None) -> Iterator[bytes]:
        """Yield the rows that the file does not have, up to another one."""
        while self.waiting and (before is None or self.waiting[-1] < before):
            number = self.waiting.pop()
            cells = b"".join(
                edited_cell(None, number, column, edit, self._style(column, b""))
                for column, edit in sorted(self.edits[number].items())
                if not edit.keeps_nothing
            )
            marks = self._height(b' r="%d"' % number, number)
            if cells or number in self.heights:
                yield b"<row%s>%s</row>" % (marks, cells)

    def _height(self, marks: bytes, number: int) -> bytes:
        if number not in self.heights:
            return marks
        marks = re.sub(rb'\s(?:ht|customHeight)="[^"]*"', b"", marks)
        return marks + f' ht="{self.heights[number]:g}" customHeight="1"'.encode()

    def _row(self, opening: re.Match[bytes], number: int, end: int) -> bytes:
        edits = dict(self.edits[number])
        marks = self._height(opening[1], number)
        spans = _SPANS.search(marks)
        if spans and edits:
            low, high = min(int(spans[1]), *edits), max(int(spans[2]), *edits)
            marks = marks.replace(spans[0], b'spans="%d:%d"' % (low, high))
        style = _STYLE.search(opening[1])
        row_style = style[1] if style else b""
        if opening[2]:
            inner, cells = b"", []
        else:
            inner = self.xml[opening.end() : end - 6]
            cells = list(_CELL.finditer(inner))
        out, copied, column = [b"<row%s>" % marks], 0, 0
        order = sorted(edits, reverse=True)
        for cell in cells:
            place = _PLACE.search(cell[1])
            column = column_number(place[1].decode()) if place else column + 1
            while order and order[-1] < column:
                out.append(inner[copied : cell.start()])
                copied = cell.start()
                new = order.pop()
                out.append(self._new_cell(number, new, edits[new], row_style))
            if order and order[-1] == column:
                out.append(inner[copied : cell.start()])
                out.append(edited_cell(cell, number, column, edits[order.pop()], b""))
                copied = cell.end()
        out.append(inner[copied:])
        out.extend(self._new_cell(number, new, edits[new], row_style) for new in reversed(order))
        return b"".join([*out, b"</row>"])

    def _new_cell(self, row: int, column: int, edit: CellEdit, row_style: bytes) -> bytes:
        if edit.keeps_nothing:
            return b""
        return edited_cell(None, row, column, edit, self._style(column, row_style))

    def _style(self, column: int, row_style: bytes) -> bytes:
        if row_style:
            return row_style
        return next((style for first, last, style in self.columns if first <= column <= last), b"")


def _column_styles(head: bytes) -> list[tuple[int, int, bytes]]:
    found = []
    for marks in _COLUMN.findall(head):
        given = dict(re.findall(rb'(\w+)="([^"]*)"', marks))
        if b"style" in given:
            found.append((int(given[b"min"]), int(given[b"max"]), given[b"style"]))
    return found


def _widened(head: bytes, rows: Mapping[int, Mapping[int, CellEdit]]) -> bytes:
    """Return what stands before the cells with a dimension that holds the new ones."""
    found = _DIMENSION.search(head)
    filled = [(row, column) for row, line in rows.items() for column, edit in line.items() if not edit.keeps_nothing]
    if not found or not filled:
        return head
    left, top = column_number(found[2].decode()), int(found[3])
    right, bottom = (column_number(found[4].decode()), int(found[5])) if found[4] else (left, top)
    box = (
        min([top, *(row for row, _ in filled)]),
        min([left, *(column for _, column in filled)]),
        max([bottom, *(row for row, _ in filled)]),
        max([right, *(column for _, column in filled)]),
    )
    if box == (top, left, bottom, right):
        return head
    reference = f"{letters_of(box[1])}{box[0]}:{letters_of(box[3])}{box[2]}".encode()
    return head[: found.start()] + found[1] + reference + found[6] + head[found.end() :]


def _position(address: str) -> tuple[int, int]:
    found = re.fullmatch(r"([A-Z]{1,3})(\d+)", address.upper())
    if not found:
        raise ValueError(f"{address!r} is not a cell address")
    return int(found[2]), column_number(found[1])
