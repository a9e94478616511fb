"""Workbooks made to harm whoever opens them: each kind is made from an honest book, small and quick to make."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Callable

import msoffcrypto.format.ooxml

SHEET = "xl/worksheets/sheet2.xml"
Part = Callable[[bytes], bytes]


def parts_of(book: bytes) -> dict[str, bytes]:
    """Return the parts of a package by name."""
    with zipfile.ZipFile(io.BytesIO(book)) as package:
        return {name: package.read(name) for name in package.namelist()}


def packed(parts: dict[str, bytes], *more: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return parts as a package; ``more`` may hold names that are there already."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as package:
        for name, content in (*parts.items(), *more):
            package.writestr(zipfile.ZipInfo(name), content, method)
    return sink.getvalue()


def changed(book: bytes, part: str, change: Part) -> bytes:
    """Return a book with one part changed."""
    parts = parts_of(book)
    return packed({**parts, part: change(parts[part])})


def with_cells(book: bytes, cells: bytes) -> bytes:
    """Return a book whose second sheet has further rows."""
    return changed(book, SHEET, lambda xml: xml.replace(b"</sheetData>", cells + b"</sheetData>"))


def after_data(book: bytes, more: bytes) -> bytes:
    """Return a book with more elements behind the cells of its second sheet."""
    return changed(book, SHEET, lambda xml: xml.replace(b"</sheetData>", b"</sheetData>" + more))


def _declared(book: bytes, doctype: bytes) -> bytes:
    return changed(book, SHEET, lambda xml: re.sub(rb"^(<\?xml[^>]*>)?", rb"\1" + doctype, xml, count=1))


def _encrypted(book: bytes) -> bytes:
    sink = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(book)).encrypt("secret", sink)
    return sink.getvalue()


def _lying(book: bytes) -> bytes:
    """A part that says it inflates to ten bytes, and does not."""
    content = bytearray(changed(book, SHEET, lambda _: b" " * 100_000_000))
    at = content.rindex(SHEET.encode())
    head = content.rindex(b"PK\x01\x02", 0, at)
    content[head + 24 : head + 28] = (10).to_bytes(4, "little")
    return bytes(content)


def _flagged(book: bytes, bit: int) -> bytes:
    content = bytearray(book)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= bit
    return bytes(content)


def _rows(count: int, cell: bytes) -> bytes:
    return b"".join(b'<row r="%d"><c r="B%d" %s</c></row>' % (row, row, cell) for row in range(2000, 2000 + count))


def _shared_strings(book: bytes, count: int) -> bytes:
    items = b"<si><t>" + b"x" * 2000 + b"</t></si>"
    return changed(book, "xl/sharedStrings.xml", lambda xml: xml.replace(b"</sst>", items * count + b"</sst>"))


def _without(book: bytes, part: str) -> bytes:
    parts = parts_of(book)
    del parts[part]
    return packed(parts)


_NESTED = b"<x>" * 200_000 + b"</x>" * 200_000
_BILLION = b"<!DOCTYPE l [<!ENTITY a 'aaaaaaaaaa'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)

KINDS: dict[str, Callable[[bytes], bytes]] = {
    # not what it says it is
    "an old xls": lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096,
    "a pdf": lambda _: b"%PDF-1.7\n" + b"x" * 1000,
    "a web page": lambda _: b"<html><script>alert(1)</script></html>",
    "a word document": lambda _: packed({"word/document.xml": b"<w/>", "[Content_Types].xml": b"<Types/>"}),
    "a binary workbook": lambda _: packed({"xl/workbook.bin": b"\x83\x01", "[Content_Types].xml": b"<Types/>"}),
    "a zip of a workbook": lambda book: packed({"book.xlsx": book}),
    "a gzip": gzip.compress,
    "a program": lambda _: b"MZ\x90\0\x03" + b"\0" * 2000,
    # broken or locked
    "cut off": lambda book: book[: len(book) // 2],
    "cut off in its directory": lambda book: book[:-30],
    "encrypted with a password": _encrypted,
    "marked as encrypted": lambda book: _flagged(book, 1),
    "no content behind the first bytes": lambda _: b"PK\x03\x04",
    "a workbook part that is missing": lambda book: _without(book, "xl/workbook.xml"),
    "a sheet that is missing": lambda book: _without(book, SHEET),
    "xml that ends in the middle": lambda book: changed(book, SHEET, lambda xml: xml[: len(xml) // 2]),
    # too large
    "a zip bomb": lambda book: changed(book, SHEET, lambda _: b" " * 100_000_000),
    "a bomb that lies about its size": _lying,
    "a bomb in a part nobody reads": lambda book: packed(parts_of(book), ("xl/media/a.bin", b"\0" * 100_000_000)),
    "a bomb in an unusual compression": lambda book: packed(
        parts_of(book), ("xl/media/a.bin", b"\0" * 100_000_000), method=zipfile.ZIP_BZIP2
    ),
    "five thousand parts": lambda book: packed(parts_of(book), *((f"xl/p{n}.xml", b"<x/>") for n in range(5000))),
    "strings without end": lambda book: _shared_strings(book, 20_000),
    # two of the same, elsewhere
    "the same part twice": lambda book: packed(parts_of(book), (SHEET, b"<worksheet/>")),
    "the same part in other letters": lambda book: packed(parts_of(book), (SHEET.upper(), b"<worksheet/>")),
    "a part that leaves the package": lambda book: packed(parts_of(book), ("../../etc/cron.d/x", b"* * * * *")),
    "a part at the root of the disk": lambda book: packed(parts_of(book), ("/etc/passwd", b"root")),
    "a part with a backslash": lambda book: packed(parts_of(book), ("xl\\..\\..\\x", b"x")),
    # xml that reaches out or grows
    "a billion laughs": lambda book: _declared(book, _BILLION + b"]>"),
    "an external entity": lambda book: _declared(book, b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"),
    "a document type elsewhere": lambda book: _declared(book, b"<!DOCTYPE x SYSTEM 'http://127.0.0.1:9/x.dtd'>"),
    "xml in another alphabet": lambda book: changed(
        book, SHEET, lambda xml: b"\xff\xfe" + xml.decode().encode("utf-16-le")
    ),
    "xml nested without end": lambda book: after_data(book, _NESTED),
    "a link to another file": lambda book: changed(
        book,
        "xl/_rels/workbook.xml.rels",
        lambda xml: xml.replace(
            b"</Relationships>",
            b'<Relationship Id="x9" '
            b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
            b'Target="file:///etc/passwd" TargetMode="External"/></Relationships>',
        ),
    ),
    # absurd places
    "a cell at the far corner": lambda book: with_cells(
        book, b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    ),
    "a cell beyond every sheet": lambda book: with_cells(
        book, b'<row r="9999999999"><c r="ZZZZ9999999999"><v>1</v></c></row>'
    ),
    "rows numbered without end": lambda book: with_cells(book, b'<row r="' + b"9" * 5000 + b'"><c><v>1</v></c></row>'),
    "a merge over the whole sheet": lambda book: after_data(
        book, b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    ),
    "a hundred thousand merges": lambda book: after_data(
        book,
        b"<mergeCells>"
        + b"".join(b'<mergeCell ref="B%d:C%d"/>' % (n, n) for n in range(1, 100_000))
        + b"</mergeCells>",
    ),
    "a validation over everything": lambda book: after_data(
        book,
        b'<dataValidations count="1"><dataValidation sqref="A1:XFD1048576"><formula1>1</formula1></dataValidation>'
        b"</dataValidations>",
    ),
    "a hundred thousand failed cells": lambda book: with_cells(book, _rows(100_000, b't="e"><v>#N/A</v>')),
    "a hundred thousand cells below a table": lambda book: with_cells(book, _rows(100_000, b't="str"><v>9e999</v>')),
    "a string index that is not there": lambda book: with_cells(book, _rows(3, b't="s"><v>99999999</v>')),
    "a negative string index": lambda book: with_cells(book, _rows(3, b't="s"><v>-5</v>')),
    "numbers that are none": lambda book: with_cells(book, _rows(50, b"><v>1e99999</v>") + _rows(50, b"><v>NaN</v>")),
    # programs inside
    "macros": lambda book: packed(parts_of(book), ("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + b"\0" * 5000)),
    "a web query": lambda book: packed(
        parts_of(book), ("xl/connections.xml", b'<connections><connection url="http://127.0.0.1:9/"/></connections>')
    ),
    "a formula that calls a program": lambda book: with_cells(
        book, b'<row r="2000"><c r="B2000" t="str"><f>cmd|\'/C calc\'!A0</f><v>=cmd|\'/C calc\'!A0</v></c></row>'
    ),
}
HARMLESS = frozenset(
    {
        "a merge over the whole sheet",
        "a hundred thousand merges",
        "a validation over everything",
        "a link to another file",
        "xml nested without end",
        "a hundred thousand failed cells",
        "a hundred thousand cells below a table",
        "a negative string index",
        "numbers that are none",
        "macros",
        "a web query",
        "a formula that calls a program",
    }
)
"""Kinds that cost a reader nothing that reads values alone: they may be taken as the book they are."""
