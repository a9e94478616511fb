"""The styles of a workbook: what a style number looks like, and new ones for changed looks, added behind the old."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from xml.sax.saxutils import escape, quoteattr

from sop_xl.excel.engine.source import attributes
from sop_xl.excel.engine.values import shows_date

Look = Mapping[str, object]
"""Changed properties of a cell's look, by the names the journal uses; ``plain`` first takes all of the old look."""

_BUILT_IN = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "m/d/yyyy",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "m/d/yyyy h:mm",
    37: "#,##0_);(#,##0)",
    38: "#,##0_);[Red](#,##0)",
    39: "#,##0.00_);(#,##0.00)",
    40: "#,##0.00_);[Red](#,##0.00)",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
}
_CODES = {code: number for number, code in _BUILT_IN.items()}
_ALIGNMENTS = {
    "center_across_selection": "centerContinuous",
}
_ALIGNMENT_NAMES = {word: name for name, word in _ALIGNMENTS.items()}
_THEME = ("FFFFFF", "000000", "EEECE1", "1F497D", "4F81BD", "C0504D", "9BBB59", "8064A2", "4BACC6", "F79646")

Rgb = tuple[int, int, int]


class Stylesheet:
    """The styles part of a workbook, read once; new styles are collected and written at the end."""

    def __init__(self, xml: bytes, theme: bytes = b"") -> None:
        """Keep the part as it is."""
        self.xml, self._theme = xml, theme
        self._made: dict[tuple[int, tuple[tuple[str, object], ...]], int] = {}
        self._added: dict[str, list[bytes]] = {"numFmts": [], "fonts": [], "fills": [], "cellXfs": []}

    def _children(self, parent: str, child: str) -> list[bytes]:
        block = re.search(rb"<%s\b[^>]*?(?:/>|>(.*?)</%s>)" % (parent.encode(), parent.encode()), self.xml, re.S)
        pattern = rb"<%s\b(?:[^>]*?/>|[^>]*>.*?</%s>)" % (child.encode(), child.encode())
        return re.findall(pattern, block[1] or b"", re.S) if block else []

    @cached_property
    def formats(self) -> list[bytes]:
        """The XML of every cell style, by its number."""
        return self._children("cellXfs", "xf") or [b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>']

    @cached_property
    def fonts(self) -> list[bytes]:
        """The XML of every font."""
        return self._children("fonts", "font") or [b"<font/>"]

    @cached_property
    def fills(self) -> list[bytes]:
        """The XML of every fill."""
        return self._children("fills", "fill") or [b"<fill/>"]

    @cached_property
    def codes(self) -> dict[int, str]:
        """Number formats by their number."""
        own = {}
        for tag in self._children("numFmts", "numFmt"):
            marks = attributes(tag)
            own[int(marks.get("numFmtId", -1))] = marks.get("formatCode", "General")
        return _BUILT_IN | own

    @cached_property
    def dates(self) -> frozenset[int]:
        """Style numbers whose number format shows a date."""
        return frozenset(
            index
            for index in range(len(self.formats))
            if shows_date(self.number_format(index), int(self._marks(index).get("numFmtId", 0)))
        )

    @cached_property
    def unlocked(self) -> frozenset[int]:
        """Style numbers of cells that may be edited on a protected sheet."""
        pattern = re.compile(rb'<protection\b[^>]*\blocked="(?:0|false)"')
        return frozenset(index for index, tag in enumerate(self.formats) if pattern.search(tag))

    def _marks(self, style: int) -> dict[str, str]:
        tag = self.formats[style] if 0 <= style < len(self.formats) else self.formats[0]
        return attributes(tag.partition(b">")[0])

    def number_format(self, style: int) -> str:
        """Return the number format of a style: ``General`` where it has none."""
        return self.codes.get(int(self._marks(style).get("numFmtId", 0)), "General")

    def look(self, style: int) -> dict[str, object]:
        """Return what a style looks like, by the names the journal uses."""
        marks = self._marks(style)
        tag = self.formats[style] if 0 <= style < len(self.formats) else self.formats[0]
        alignment = re.search(rb"<alignment\b([^>]*)>", tag)
        aligned = attributes(alignment[1]) if alignment else {}
        font = self._item(self.fonts, marks.get("fontId", "0"))
        fill = self._item(self.fills, marks.get("fillId", "0"))
        solid = re.search(rb'patternType="solid"', fill)
        front = re.search(rb"<fgColor\b([^>]*)>", fill)
        return {
            "number_format": self.number_format(style),
            "color": self._color(front[1]) if solid and front else None,
            "bold": _flag(font, b"b"),
            "italic": _flag(font, b"i"),
            "font_size": float(_value(font, b"sz") or 11),
            "font_name": _value(font, b"name") or "Calibri",
            "font_color": self._font_color(font),
            "wrap": aligned.get("wrapText") in ("1", "true"),
            "horizontal": _ALIGNMENT_NAMES.get(aligned.get("horizontal", ""), aligned.get("horizontal", "general")),
            "vertical": aligned.get("vertical", "bottom"),
        }

    @staticmethod
    def _item(items: list[bytes], number: str) -> bytes:
        return items[int(number)] if number.isdigit() and int(number) < len(items) else items[0]

    def _font_color(self, font: bytes) -> Rgb | None:
        found = re.search(rb"<color\b([^>]*)>", font)
        return (self._color(found[1]) if found else None) or (0, 0, 0)

    def _color(self, tag: bytes) -> Rgb | None:
        marks = attributes(tag)
        code = marks.get("rgb", "")[-6:]
        if "theme" in marks and marks["theme"].isdigit():
            code = self._theme_colors[min(int(marks["theme"]), len(self._theme_colors) - 1)]
        elif marks.get("indexed") in ("0", "8", "64"):
            code = "000000"
        elif marks.get("indexed") in ("1", "9", "65"):
            code = "FFFFFF"
        if not re.fullmatch("[0-9A-Fa-f]{6}", code):
            return None
        red, green, blue = (int(code[at : at + 2], 16) for at in (0, 2, 4))
        return _tinted((red, green, blue), float(marks.get("tint", 0)))

    @cached_property
    def _theme_colors(self) -> tuple[str, ...]:
        found = re.findall(rb"<a:(?:dk1|lt1|dk2|lt2|accent\d)>\s*<a:\w+ [^>]*?(?:lastClr|val)=\"(\w{6})\"", self._theme)
        names = [code.decode() for code in found]
        if len(names) < 10:
            return _THEME
        return (names[1], names[0], names[3], names[2], *names[4:10])

    def style_with(self, style: int, look: Look) -> int:
        """Return the number of a style like another one but for some properties; it is made where there is none."""
        if not look:
            return style
        key = (style, tuple(sorted(look.items(), key=lambda item: item[0])))
        if key not in self._made:
            self._made[key] = self._make(0 if look.get("plain") else style, look)
        return self._made[key]

    def _make(self, style: int, look: Look) -> int:
        wanted = {name: value for name, value in look.items() if name != "plain"}
        if not wanted:
            return 0
        tag = self.formats[style] if 0 <= style < len(self.formats) else self.formats[0]
        head, _, rest = tag.partition(b">")
        marks = attributes(head)
        if "number_format" in wanted:
            marks |= {"numFmtId": str(self._format_number(str(wanted["number_format"]))), "applyNumberFormat": "1"}
        if wanted.keys() & {"bold", "italic", "font_size", "font_name", "font_color"}:
            font = _changed_font(self._item(self.fonts, marks.get("fontId", "0")), wanted)
            marks |= {"fontId": str(self._place("fonts", self.fonts, font)), "applyFont": "1"}
        if "color" in wanted:
            fill = _fill(wanted["color"])
            marks |= {"fillId": str(self._place("fills", self.fills, fill)), "applyFill": "1"}
        inner = rest.removesuffix(b"</xf>") if not head.endswith(b"/") else b""
        if wanted.keys() & {"wrap", "horizontal", "vertical"}:
            inner = _aligned(inner, wanted)
            marks["applyAlignment"] = "1"
        text = "".join(f" {name}={quoteattr(value)}" for name, value in marks.items())
        new = f"<xf{text}".encode() + (b">" + inner + b"</xf>" if inner else b"/>")
        return self._place("cellXfs", self.formats, new)

    def _place(self, part: str, items: list[bytes], new: bytes) -> int:
        if new in items:
            return items.index(new)
        items.append(new)
        self._added[part].append(new)
        return len(items) - 1

    def _format_number(self, code: str) -> int:
        if code in _CODES:
            return _CODES[code]
        for number, known in self.codes.items():
            if known == code:
                return number
        number = max(163, *self.codes) + 1
        self.codes[number] = code
        escaped = quoteattr(code).replace("\n", "&#10;")
        self._added["numFmts"].append(f'<numFmt numFmtId="{number}" formatCode={escaped}/>'.encode())
        return number

    def written(self) -> bytes:
        """Return the part with the new styles behind the old ones; the part itself where there are none."""
        xml = self.xml
        for part, items in self._added.items():
            if items:
                xml = _appended(xml, part.encode(), b"".join(items), len(items))
        return xml


def _appended(xml: bytes, part: bytes, items: bytes, count: int) -> bytes:
    opening = re.search(rb"<%s\b([^>]*?)(/?)>" % part, xml)
    if not opening:
        start = re.search(rb"<styleSheet\b[^>]*>", xml)
        if not start:
            raise ValueError("the styles of the workbook are damaged")
        block = b'<%s count="%d">%s</%s>' % (part, count, items, part)
        return xml[: start.end()] + block + xml[start.end() :]
    had = re.search(rb'count="(\d+)"', opening[1])
    marks = opening[1].rstrip()
    if had:
        marks = marks.replace(had[0], b'count="%d"' % (int(had[1]) + count), 1)
    if opening[2]:
        return xml[: opening.start()] + b"<%s%s>%s</%s>" % (part, marks, items, part) + xml[opening.end() :]
    end = xml.index(b"</%s>" % part, opening.end())
    return xml[: opening.start()] + b"<%s%s>" % (part, marks) + xml[opening.end() : end] + items + xml[end:]


def _flag(font: bytes, name: bytes) -> bool:
    found = re.search(rb"<%s(?:\s+val=\"(\w+)\")?\s*/>" % name, font)
    return bool(found) and (found[1] if found else None) not in (b"0", b"false")


def _value(font: bytes, name: bytes) -> str:
    found = re.search(rb'<%s\b[^>]*\bval="([^"]*)"' % name, font)
    return found[1].decode("utf-8") if found else ""


def _tinted(color: Rgb, tint: float) -> Rgb:
    if not tint:
        return color
    import colorsys

    hue, light, saturation = colorsys.rgb_to_hls(*(part / 255 for part in color))
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    red, green, blue = (round(part * 255) for part in colorsys.hls_to_rgb(hue, light, saturation))
    return red, green, blue


_FONT_ORDER = ("b", "i", "strike", "outline", "shadow", "u", "vertAlign", "sz", "color", "name", "family", "charset")


def _changed_font(font: bytes, look: Look) -> bytes:
    inner = re.sub(rb"^<font\b[^>]*?/?>|</font>$", b"", font)
    elements = {tag.decode(): whole for whole, tag in re.findall(rb"(<(\w+)\b[^>]*/>)", inner)}
    for name, tag in (("bold", "b"), ("italic", "i")):
        if name in look:
            elements.pop(tag, None)
            if look[name]:
                elements[tag] = f"<{tag}/>".encode()
    if "font_size" in look:
        elements["sz"] = f'<sz val="{float(str(look["font_size"])):g}"/>'.encode()
    if "font_color" in look:
        elements["color"] = f'<color rgb="FF{_code(look["font_color"])}"/>'.encode()
    if "font_name" in look:
        elements["name"] = f"<name val={quoteattr(str(look['font_name']))}/>".encode()
        for tag in ("scheme", "family", "charset"):
            elements.pop(tag, None)
    rank = {tag: place for place, tag in enumerate(_FONT_ORDER)}
    ordered = sorted(elements, key=lambda tag: rank.get(tag, len(rank)))
    return b"<font>" + b"".join(elements[tag] for tag in ordered) + b"</font>"


def _fill(color: object) -> bytes:
    if color is None:
        return b'<fill><patternFill patternType="none"/></fill>'
    return (
        f'<fill><patternFill patternType="solid"><fgColor rgb="FF{_code(color)}"/><bgColor indexed="64"/>'
        "</patternFill></fill>"
    ).encode()


def _code(color: object) -> str:
    """Return six hexadecimal digits of ``#rrggbb``."""
    text = str(color).lstrip("#").upper()
    if not re.fullmatch("[0-9A-F]{6}", text):
        raise ValueError(f"{color!r} is no colour")
    return escape(text)


def _aligned(inner: bytes, look: Look) -> bytes:
    found = re.search(rb"<alignment\b([^>]*?)/?>", inner)
    marks = attributes(found[1]) if found else {}
    if "wrap" in look:
        marks.pop("wrapText", None)
        if look["wrap"]:
            marks["wrapText"] = "1"
    for name in ("horizontal", "vertical"):
        if name in look:
            word = str(look[name])
            marks[name] = _ALIGNMENTS.get(word, word)
    text = "".join(f" {name}={quoteattr(value)}" for name, value in marks.items())
    rest = inner[: found.start()] + inner[found.end() :] if found else inner
    return f"<alignment{text}/>".encode() + rest
