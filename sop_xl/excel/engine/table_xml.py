"""The XML of Excel Tables: new ones, and what changes in those of the file."""

from __future__ import annotations

import re
from xml.sax.saxutils import quoteattr

from sop_xl.excel.engine.address import plain_address
from sop_xl.excel.engine.book_state import BookState, TableState
from sop_xl.excel.engine.package_edits import PackageEdits
from sop_xl.excel.engine.table_rules import header_texts

_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
_COLUMN = re.compile(rb"<tableColumn\b(?:[^>]*?/>|[^>]*>.*?</tableColumn>)", re.S)
_NAME = re.compile(rb'(<tableColumn\b[^>]*?\bname=)("[^"]*")')


def table_names(table: TableState) -> list[str] | None:
    """Return the headers as the cells have them now, or None where none of them was touched."""
    row = table.area.top
    touched = set(table.sheet.writes.get(row, ())) & set(range(table.area.left, table.area.right + 1))
    if not table.header_rows or not (touched or table.changed):
        return None
    return header_texts(table)


def edited_table(xml: bytes, table: TableState, names: list[str] | None) -> bytes:
    """Return the XML of a table of the file with its present area, headers and appearance."""
    if table.changed:
        reference = plain_address(table.area).encode()
        xml = re.sub(rb'(<table\b[^>]*?\bref=")[^"]*', rb"\g<1>" + reference, xml, count=1)
        filtered = plain_address(table.area._replace(bottom=table.area.bottom - table.totals_rows)).encode()
        if table.autofilter:
            width = table.area.shape[1]
            if any(int(number) >= width for number in re.findall(rb'<filterColumn\b[^>]*\bcolId="(\d+)"', xml)):
                xml = re.sub(rb"(<autoFilter\b[^>]*)>.*?</autoFilter>", rb"\1/>", xml, count=1, flags=re.S)
            if b"<autoFilter" in xml:
                xml = re.sub(rb'(<autoFilter\b[^>]*?\bref=")[^"]*', rb"\g<1>" + filtered, xml, count=1)
            else:
                xml = re.sub(rb"(<table\b[^>]*>)", rb'\1<autoFilter ref="' + filtered + rb'"/>', xml, count=1)
        else:
            xml = re.sub(rb"<autoFilter\b[^>]*?(?:/>|>.*?</autoFilter>)", b"", xml, count=1, flags=re.S)
        xml = re.sub(rb"<sortState\b.*?(?:</sortState>|/>)", b"", xml, count=1, flags=re.S)
        xml = _with_style(xml, table)
    if names is not None:
        xml = _with_columns(xml, names)
    return xml


def _with_style(xml: bytes, table: TableState) -> bytes:
    element = _style(table)
    found = re.search(rb"<tableStyleInfo\b[^>]*/>", xml)
    if found:
        return xml[: found.start()] + element + xml[found.end() :]
    return xml.replace(b"</tableColumns>", b"</tableColumns>" + element, 1)


def _style(table: TableState) -> bytes:
    name = f" name={quoteattr(table.style)}" if table.style else ""
    shown = (table.first_column, table.last_column, table.row_stripes, table.column_stripes)
    marks = ("showFirstColumn", "showLastColumn", "showRowStripes", "showColumnStripes")
    text = "".join(f' {mark}="{int(value)}"' for mark, value in zip(marks, shown, strict=True))
    return f"<tableStyleInfo{name}{text}/>".encode()


def _attribute(text: str) -> bytes:
    quoted = quoteattr(text, {"\n": "_x000a_", "\r": "_x000d_", "\t": "_x0009_"})
    if quoted.startswith("'"):
        quoted = '"' + quoted[1:-1].replace('"', "&quot;") + '"'
    return quoted.encode("utf-8")


def _with_columns(xml: bytes, names: list[str]) -> bytes:
    opening = re.search(rb"<tableColumns\b[^>]*>", xml)
    end = xml.find(b"</tableColumns>")
    if not opening or end < 0:
        return xml
    columns = _COLUMN.findall(xml, opening.end(), end)
    numbers = [int(number) for number in re.findall(rb'<tableColumn\b[^>]*?\bid="(\d+)"', xml[opening.end() : end])]
    free = max(numbers, default=0) + 1
    new = []
    for place, name in enumerate(names):
        quoted = _attribute(name)
        if place < len(columns):
            new.append(_NAME.sub(lambda m, quoted=quoted: m[1] + quoted, columns[place], count=1))  # type: ignore[misc]
        else:
            new.append(b'<tableColumn id="%d" name=%s/>' % (free, quoted))
            free += 1
    if new == columns:
        return xml
    head = re.sub(rb'count="\d+"', b'count="%d"' % len(new), opening[0])
    return xml[: opening.start()] + head + b"".join(new) + xml[end:]


def write_new_tables(book: BookState, parts: PackageEdits, added: dict[int, str]) -> None:
    """Add the parts of new tables and keep the links that their sheets need."""
    numbers = [0]
    for table in book.tables:
        if table.part:
            found = re.search(rb'<table\b[^>]*?\bid="(\d+)"', parts.read(table.part))
            numbers.append(int(found[1]) if found else 0)
    free = max(numbers) + 1
    for table in book.tables:
        if table.part:
            continue
        sheet = table.sheet.source.sheet.part if table.sheet.source else added[id(table.sheet)]
        part = parts.new_part("xl/tables/table{}.xml")
        parts.add(part, _new_table(table, free), _TYPE)
        parts.table_links.setdefault(sheet, []).append(parts.link(sheet, "table", part))
        free += 1


def _new_table(table: TableState, number: int) -> bytes:
    names = header_texts(table)
    reference = plain_address(table.area).encode()
    columns = b"".join(
        b'<tableColumn id="%d" name=%s/>' % (place, _attribute(name)) for place, name in enumerate(names, 1)
    )
    filtered = b'<autoFilter ref="%s"/>' % reference if table.autofilter else b""
    name = _attribute(table.name)
    return (
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        b'<table xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" id="%d" name=%s displayName=%s '
        b'ref="%s" totalsRowShown="0">%s<tableColumns count="%d">%s</tableColumns>%s</table>'
        % (number, name, name, reference, filtered, len(names), columns, _style(table))
    )
