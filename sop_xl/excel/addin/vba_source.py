"""A VBA module as text, in the form in which a project stores it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

LONGEST_LINE = 1023
"""Longest line of source that the VBA editor accepts."""

_CLASS_BASE = 'Attribute VB_Base = "0{FCFB3D2A-A0FA-1068-A738-08002B3371B5}"'
_DOCUMENT_ATTRIBUTES = """Attribute VB_Name = "{name}"
Attribute VB_Base = "0{{{base}}}"
Attribute VB_GlobalNameSpace = False
Attribute VB_Creatable = False
Attribute VB_PredeclaredId = True
Attribute VB_Exposed = True
Attribute VB_TemplateDerived = False
Attribute VB_Customizable = True
"""


class Kind(Enum):
    """What a module is: procedures, a class, or the code behind the workbook or one of its sheets."""

    STANDARD = "standard"
    CLASS = "class"
    WORKBOOK = "workbook"
    SHEET = "sheet"

    @property
    def is_document(self) -> bool:
        """Whether the module belongs to a part of the workbook."""
        return self in (Kind.WORKBOOK, Kind.SHEET)


_DOCUMENT_BASE = {
    Kind.WORKBOOK: "00020819-0000-0000-C000-000000000046",
    Kind.SHEET: "00020820-0000-0000-C000-000000000046",
}


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the project: name, kind and stored text (attributes first, lines ended by CR LF)."""

    name: str
    kind: Kind
    text: str

    @property
    def file_name(self) -> str:
        """Name of the file in which the text is kept for reading."""
        return self.name + (".bas" if self.kind is Kind.STANDARD else ".cls")


def module(name: str, kind: Kind, source: str = "") -> Module:
    """Return a module from the text of an exported ``.bas`` or ``.cls`` file, or of code without attributes.

    Raises:
        ValueError: where a sign is not ASCII (Windows and Mac read other signs differently) or a line is too long.
    """
    lines = source.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    if kind is Kind.CLASS:
        lines = _stored_class(lines)
    text = "\n".join(lines) + "\n"
    if kind.is_document:
        text = _DOCUMENT_ATTRIBUTES.format(name=name, base=_DOCUMENT_BASE[kind]) + text.lstrip("\n")
    elif not text.startswith("Attribute VB_Name"):
        text = f'Attribute VB_Name = "{name}"\n{text}'
    for number, line in enumerate(text.split("\n"), 1):
        if not line.isascii():
            raise ValueError(f"{name}, line {number}: only ASCII signs are safe in VBA: {line.strip()!r}")
        if len(line) > LONGEST_LINE:
            raise ValueError(f"{name}, line {number}: {len(line)} signs; the VBA editor takes {LONGEST_LINE}.")
    return Module(name, kind, text.replace("\n", "\r\n"))


def _stored_class(lines: list[str]) -> list[str]:
    """Return an exported class as a project stores it: without the file's header, with the base of classes."""
    if lines[0].startswith("VERSION "):
        lines = lines[next(at for at, line in enumerate(lines) if line.strip() == "END") + 1 :]
    if not any(line.startswith("Attribute VB_Base") for line in lines):
        at = next(at for at, line in enumerate(lines) if line.startswith("Attribute VB_Name"))
        lines = [*lines[: at + 1], _CLASS_BASE, *lines[at + 1 :]]
    return lines
