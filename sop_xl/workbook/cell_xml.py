"""The XML of one cell, and how an edit changes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from xml.sax.saxutils import escape

from sop_xl.workbook.package import column_letters

CellValue = str | float | int | bool | date | None
_EPOCH = datetime(1899, 12, 30)
_STYLE = re.compile(rb'\s+s="[^"]*"')
_TYPED = re.compile(rb'\s+(?:t|cm|vm|ph)="[^"]*"')
_TYPE = re.compile(rb'\s+t="(?:str|e|b|n)"')
_FORMULA = re.compile(rb"<f\b[^>]*?(?:/>|>.*?</f>)", re.S)
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_RESULT = re.compile(rb"<v\b[^>]*?(?:/>|>[^<]*</v>)")


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that Excel shows in a cell, such as ``#N/A``."""

    code: str


@dataclass(frozen=True, slots=True)
class Content:
    """New content of a cell: a value, or a formula without its ``=`` and the cells it fills where it is an array."""

    value: CellValue | Failure = None
    formula: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True)
class CellEdit:
    """How a cell changes; what is None stays as it is.

    Attributes:
        content: new content.
        style: new style number.
        formula: the text of its formula written out under the stored result, for cells that shared another's.
        stale: the stored result of its formula is left out.
    """

    content: Content | None = None
    style: int | None = None
    formula: str | None = None
    stale: bool = False

    @property
    def keeps_nothing(self) -> bool:
        """Whether a cell that the file does not have needs no XML after it."""
        empty = self.content is None or (self.content.value is None and not self.content.formula)
        return empty and not self.style


def column_number(letters: str) -> int:
    """Return 1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def letters_of(column: int) -> str:
    """Return A for 1, AA for 27."""
    return column_letters(column - 1)


def edited_cell(old: re.Match[bytes] | None, row: int, column: int, edit: CellEdit, style: bytes) -> bytes:
    """Return the XML of a cell after an edit.

    Args:
        old: marks and inside of the cell as the file has it, or None where it has none.
        row: row number, from one.
        column: column number, from one.
        edit: what changes.
        style: style number of a cell that the file does not have.
    """
    if old is None:
        marks, inner = f' r="{letters_of(column)}{row}"'.encode(), b""
        number = str(edit.style).encode() if edit.style is not None else style
        marks += b' s="%s"' % number if number not in (b"", b"0") else b""
    else:
        marks, inner = old[1].rstrip(), old[2] or b""
        if edit.style is not None:
            marks = _STYLE.sub(b"", marks)
            marks += b' s="%d"' % edit.style if edit.style else b""
    if edit.content is not None:
        marks, inner = _with_content(_TYPED.sub(b"", marks), edit.content)
    else:
        if edit.formula is not None:
            inner = _FORMULA.sub(lambda _: b"<f>" + escape(edit.formula or "").encode() + b"</f>", inner, count=1)
        if edit.stale:
            marks, inner = _TYPE.sub(b"", marks), _RESULT.sub(b"", inner)
    return b"<c%s>%s</c>" % (marks, inner) if inner else b"<c%s/>" % marks


def _with_content(marks: bytes, content: Content) -> tuple[bytes, bytes]:
    value = content.value
    if content.formula:
        array = f' t="array" ref="{content.area}"' if content.area else ""
        return marks, f"<f{array}>{escape(content.formula)}</f>".encode()
    if value is None:
        return marks, b""
    if isinstance(value, Failure):
        return marks + b' t="e"', f"<v>{escape(value.code)}</v>".encode()
    if isinstance(value, bool):
        return marks + b' t="b"', b"<v>%d</v>" % value
    if isinstance(value, (datetime, date)):
        day = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        value = (day.replace(tzinfo=None) - _EPOCH).total_seconds() / 86400
    if isinstance(value, (int, float)):
        return marks, f"<v>{_number(value)}</v>".encode()
    text = escape(_FORBIDDEN.sub("", value))
    return marks + b' t="inlineStr"', f'<is><t xml:space="preserve">{text}</t></is>'.encode()


def _number(value: float) -> str:
    whole = abs(value) < 1e15 and value == int(value)
    return repr(int(value)) if whole else repr(value)
