"""What a workbook is made of: its sheets, its Excel Tables, and the extent and error cells of a sheet."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.parsers import expat

from sop_xl.workbook.guard import Package

_ADDRESS = re.compile(r"^\$?([A-Z]{1,3})\$?([0-9]{1,7})$")
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384


@dataclass(frozen=True)
class ExcelTable:
    """An Excel Table as the file describes it; rows and columns are zero-based, the last ones included."""

    name: str
    sheet: str
    top: int
    left: int
    bottom: int
    right: int
    headers: tuple[str, ...]
    header_rows: int = 1
    totals_rows: int = 0


@dataclass(frozen=True)
class Sheet:
    """A worksheet: its name, its part and whether people see it."""

    name: str
    part: str
    state: str = "visible"


@dataclass
class Extent:
    """What a scan of a sheet's XML found: the box of its filled cells, failed formulas, formulas without a value."""

    top: int = MAX_ROWS
    left: int = MAX_COLUMNS
    bottom: int = -1
    right: int = -1
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncalculated: list[tuple[int, int]] = field(default_factory=list)
    absurd: str = ""

    @property
    def area(self) -> int:
        """Cells of the box."""
        return max(self.bottom - self.top + 1, 0) * max(self.right - self.left + 1, 0)


class Malformed(ValueError):
    """A part that is not the XML it should be."""


def column_letters(column: int) -> str:
    """Return the letters of a zero-based column: 0 is A, 26 is AA."""
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def position(address: str) -> tuple[int, int]:
    """Return row and column of an address such as ``B7``, zero-based.

    Raises:
        Malformed: where it is none, or lies outside every sheet.
    """
    found = _ADDRESS.match(address.strip().upper())
    if not found:
        raise Malformed(f"'{address[:20]}' is no cell address")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    row = int(found[2])
    if not 1 <= row <= MAX_ROWS or column > MAX_COLUMNS:
        raise Malformed(f"'{address[:20]}' lies outside the sheet")
    return row - 1, column - 1


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def _parse(package: Package, part: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(package.parts[part])
    except KeyError:
        raise Malformed(f"the part '{part}' is missing") from None
    except (ElementTree.ParseError, LookupError, ValueError) as problem:  # LookupError: an encoding nobody knows
        raise Malformed(f"the part '{part}' is damaged ({str(problem)[:80]})") from None


def _relations(package: Package, part: str) -> dict[str, tuple[str, str]]:
    folder, name = posixpath.split(part)
    links = f"{folder}/_rels/{name}.rels"
    if links not in package.parts:
        return {}
    found = {}
    for link in _parse(package, links):
        if link.get("TargetMode") == "External":
            continue
        target = link.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        found[link.get("Id", "")] = (link.get("Type", "").rsplit("/", 1)[-1], path)
    return found


def sheets(package: Package) -> list[Sheet]:
    """Return the worksheets in the order of their tabs.

    Raises:
        Malformed: where the workbook part is damaged.
    """
    links = _relations(package, "xl/workbook.xml")
    found = []
    for element in _parse(package, "xl/workbook.xml").iter():
        if _local(element.tag) != "sheet":
            continue
        link = next((value for key, value in element.attrib.items() if _local(key) == "id"), "")
        kind, part = links.get(link, ("", ""))
        if kind == "worksheet" and part in package.parts:
            found.append(Sheet(element.get("name", ""), part, element.get("state", "visible")))
    return found


def excel_tables(package: Package, found: list[Sheet]) -> Iterator[ExcelTable]:
    """Return the Excel Tables of the sheets; one with a damaged reference is left out."""
    for sheet in found:
        for kind, part in _relations(package, sheet.part).values():
            if kind != "table" or part not in package.parts:
                continue
            root = _parse(package, part)
            corners = root.get("ref", "").split(":")
            try:
                (top, left), (bottom, right) = position(corners[0]), position(corners[-1])
                counts = [int(root.get(name, default)) for name, default in _COUNTS]
            except (Malformed, ValueError):
                continue
            headers = tuple(e.get("name", "") for e in root.iter() if _local(e.tag) == "tableColumn")
            name = root.get("displayName") or root.get("name") or ""
            if len(headers) == right - left + 1:
                yield ExcelTable(name, sheet.name, top, left, bottom, right, headers, *counts)


_COUNTS = (("headerRowCount", "1"), ("totalsRowCount", "0"))


def table_parts(package: Package, found: list[Sheet]) -> dict[str, str]:
    """Return the part that describes an Excel Table, by the table's name."""
    parts = {}
    for sheet in found:
        for kind, part in _relations(package, sheet.part).values():
            if kind == "table" and part in package.parts:
                root = _parse(package, part)
                parts[root.get("displayName") or root.get("name") or ""] = part
    return parts


def scan(package: Package, sheet: Sheet) -> Extent:
    """Return the extent of a sheet without loading it: what a parser would have to hold.

    Raises:
        Malformed: where its XML is damaged.
    """
    extent = Extent()
    state = _Scan(extent)
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = state.start, state.end
    parser.CharacterDataHandler = state.text
    parser.StartDoctypeDeclHandler = _no_doctype
    try:
        parser.Parse(package.parts[sheet.part], True)
    except (expat.ExpatError, LookupError) as problem:
        raise Malformed(f"the sheet '{sheet.name}' is damaged ({str(problem)[:80]})") from None
    except Malformed as problem:
        extent.absurd = str(problem)
    return extent


def _no_doctype(*_: object) -> None:
    raise Malformed("it has a document type of its own")


class _Scan:
    """Walks the cells of a sheet; only filled cells widen the box."""

    def __init__(self, extent: Extent) -> None:
        self.extent = extent
        self.row, self.column = -1, -1
        self.kind = ""
        self.formula = self.value = self.reading = False
        self.words: list[str] = []
        self.tags: dict[str, str] = {}
        self.columns: dict[str, int] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = self.tags.get(name)
        if tag is None:
            tag = self.tags[name] = _local(name)
        if tag == "c":
            address = attributes.get("r")
            if address is None:
                self.column += 1
            else:
                self._move(address)
            self.kind = attributes.get("t", "")
            self.formula = self.value = False
        elif tag == "v" or tag == "is" or tag == "f":
            self._widen()
            if tag == "f":
                self.formula = True
            else:
                self.value = True
                self.reading = tag == "v" and (self.kind == "e" or (self.formula and self.kind != "str"))
                self.words = []
        elif tag == "row":
            number = attributes.get("r", "")
            plausible = number.isascii() and number.isdigit() and len(number) < 8
            self.row = int(number) - 1 if plausible else self.row + 1
            self.column = -1
            if (number and not plausible) or not 0 <= self.row < MAX_ROWS:
                raise Malformed(f"row {number[:12]} lies outside the sheet")

    def _move(self, address: str) -> None:
        letters = address.rstrip("0123456789")
        number = address[len(letters) :]
        column = self.columns.get(letters)
        if column is None or not 0 < len(number) < 8:
            self.row, self.column = position(address)
            self.columns[letters] = self.column
            return
        self.row, self.column = int(number) - 1, column
        if not 0 <= self.row < MAX_ROWS:
            raise Malformed(f"'{address[:20]}' lies outside the sheet")

    def text(self, words: str) -> None:
        if self.reading:
            self.words.append(words)

    def end(self, name: str) -> None:
        if self.reading and self.tags[name] == "v":
            words = "".join(self.words).strip()
            if self.kind == "e":
                self.extent.errors[self.row, self.column] = words or "#N/A"
            elif not words:
                self.value = False
            self.reading = False
        elif self.formula and not self.value and self.tags[name] == "c":
            self.extent.uncalculated.append((self.row, self.column))

    def _widen(self) -> None:
        extent, row, column = self.extent, self.row, self.column
        if row > extent.bottom:
            extent.bottom = row
        if row < extent.top:
            extent.top = row
        if column > extent.right:
            extent.right = column
        if column < extent.left:
            extent.left = column
