"""Parts of a workbook's file that change, come or go, with the links and content types they need."""

from __future__ import annotations

import posixpath
import re
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from sop_xl.workbook.guard import Package

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_EMPTY_LINKS = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
)
_TYPES = "[Content_Types].xml"


class PackageEdits:
    """The changed, new and removed parts of one file."""

    def __init__(self, package: Package) -> None:
        """Start with the file as it is."""
        self._package = package
        self.changed: dict[str, bytes] = {}
        self.removed: set[str] = set()
        self.table_links: dict[str, list[str]] = {}

    def read(self, part: str) -> bytes:
        """Return a part as it is by now."""
        return self.changed.get(part) or self._package.parts[part]

    def has(self, part: str) -> bool:
        """Whether there is such a part by now."""
        return part in self.changed or (part in self._package.parts and part not in self.removed)

    def put(self, part: str, xml: bytes) -> None:
        """Give a part new content; the same content changes nothing."""
        if part in self.changed or xml != self._package.parts.get(part):
            self.changed[part] = xml

    def new_part(self, pattern: str) -> str:
        """Return the first free name, such as ``xl/tables/table7.xml`` for ``xl/tables/table{}.xml``."""
        number = 1
        taken = {name.lower() for name in (*self._package.parts, *self.changed)}
        while pattern.format(number).lower() in taken:
            number += 1
        return pattern.format(number)

    def add(self, part: str, xml: bytes, content_type: str) -> None:
        """Add a part."""
        self.changed[part] = xml
        types = self.read(_TYPES)
        new = f'<Override PartName="/{part}" ContentType="{content_type}"/>'.encode()
        self.put(_TYPES, types.replace(b"</Types>", new + b"</Types>", 1))

    def remove(self, part: str) -> None:
        """Remove a part, its links and its content type, and what it alone links to."""
        owned = [target for _, target in self.links(part).values() if self.has(target)]
        folder, name = posixpath.split(part)
        for gone in (part, f"{folder}/_rels/{name}.rels"):
            if gone in self._package.parts:
                self.removed.add(gone)
            self.changed.pop(gone, None)
        pattern = rb'<Override\b[^>]*PartName="/%s"[^>]*/>' % re.escape(part).encode()
        self.put(_TYPES, re.sub(pattern, b"", self.read(_TYPES)))
        for target in owned:
            if not any(target in self._targets(other) for other in self._linking()):
                self.remove(target)

    def _linking(self) -> list[str]:
        parts = {*self._package.parts, *self.changed} - self.removed
        return [part for part in parts if not part.endswith(".rels")]

    def _targets(self, part: str) -> set[str]:
        return {target for _, target in self.links(part).values()}

    @staticmethod
    def links_part(part: str) -> str:
        """Return the part that holds the links of a part."""
        folder, name = posixpath.split(part)
        return f"{folder}/_rels/{name}.rels"

    def links(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the links of a part: kind and target by their id; those to the world outside are left out."""
        place = self.links_part(part)
        if not self.has(place):
            return {}
        folder = posixpath.dirname(part)
        found = {}
        for link in ElementTree.fromstring(self.read(place)):
            if link.get("TargetMode") != "External":
                target = link.get("Target", "")
                path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
                found[link.get("Id", "")] = (link.get("Type", "").rsplit("/", 1)[-1], path)
        return found

    def link(self, part: str, kind: str, target: str) -> str:
        """Add a link from a part to another one and return its id."""
        place = self.links_part(part)
        xml = self.read(place) if self.has(place) else _EMPTY_LINKS
        taken = set(re.findall(rb'\bId="([^"]*)"', xml))
        number = 1
        while b"rId%d" % number in taken:
            number += 1
        path = posixpath.relpath(target, posixpath.dirname(part))
        new = f'<Relationship Id="rId{number}" Type="{RELATIONS}/{kind}" Target={quoteattr(path)}/>'.encode()
        xml = re.sub(rb"(<Relationships\b[^>]*?)/>", rb"\1></Relationships>", xml)
        self.changed[place] = xml.replace(b"</Relationships>", new + b"</Relationships>", 1)
        return f"rId{number}"

    def unlink(self, part: str, target: str) -> None:
        """Remove the links from a part to another one."""
        gone = [link for link, (_, path) in self.links(part).items() if path == target]
        place = self.links_part(part)
        xml = self.read(place) if self.has(place) else b""
        for link in gone:
            xml = re.sub(
                rb'<Relationship\b[^>]*\bId="%s"[^>]*?(?:/>|></Relationship>)' % re.escape(link).encode(), b"", xml
            )
        if gone:
            self.put(place, xml)
