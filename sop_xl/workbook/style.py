"""One look for every workbook: a palette, number formats by unit, and cell formats made once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from sop_xl.schema.catalogue import Column

NAVY, TEAL, SLATE, GOLD = "#1F3552", "#2B7A78", "#5B6B7F", "#D08C2E"
INK, MUTED, LINE, MIST, PAPER = "#1B1F24", "#7A8694", "#D5DCE4", "#F3F6F9", "#FFFFFF"
INPUT_FILL, INPUT_INK, LINK_INK = "#FFF9DC", "#0B3FC4", "#1E7B34"
GOOD, GOOD_FILL = "#1E7B34", "#E3F3E6"
WARN, WARN_FILL = "#9A5B00", "#FDEBCB"
BAD, BAD_FILL = "#A4262C", "#FBE3E4"
SERIES = ("#1F3552", "#2B7A78", "#D08C2E", "#8AA4BF", "#A4262C", "#6F8F3C", "#7B5EA7", "#B9C4CF")
"""Chart colours, in order of use."""

FONT = "Calibri"
DATE = "dd mmm yyyy"
MONTH = "mmm yyyy"

_UNITS = {
    "money/unit": "#,##0.00;[Red]-#,##0.00",
    "money/h": "#,##0.00",
    "kg/unit": "#,##0.000",
    "h/unit": "#,##0.0000",
    "units/unit": "#,##0.000",
    "h": "#,##0.0",
    "h/month": "#,##0.0",
    "h/worker/month": "#,##0.0",
    "months": "#,##0.0",
    "days": "#,##0.0",
    "per year": "#,##0.0",
    "0 … 100": "0",
    "−1 … 1": "0.00",
    "%/%": "0.00",
    "reporting currency per unit": "0.0000",
}
_PLAIN = "#,##0;[Red]-#,##0"


def number_format(column: Column) -> str:
    """Return the Excel number format of a column by its type and unit; '' for text."""
    if column.type == "percent":
        return "0.0%"
    if column.type in ("date", "period"):
        return DATE
    if column.type == "integer":
        return "0"
    if not column.numeric:
        return "@" if column.type == "code" else ""
    if column.unit in _UNITS:
        return _UNITS[column.unit]
    return _PLAIN if column.unit or column.type == "money" else "#,##0.##"


def unit_format(unit: str, name: str = "") -> str:
    """Return the number format of a figure by its unit, for rows whose unit differs from row to row.

    A figure without a unit that is named a rate, a share or a load is shown as a percentage.
    """
    if unit in ("%", "percent") or (not unit and name.endswith(("_rate", "_pct", "_load"))):
        return "0.0%"
    return _UNITS.get(unit, _PLAIN)


def unit_text(column: Column, currency: str) -> str:
    """Return the unit as people read it: ``EUR/unit`` for ``money/unit``, ``%`` for shares."""
    if column.type == "percent":
        return "%"
    if column.type == "money":
        return (column.unit or "money").replace("money", currency)
    return column.unit


_BASE: Mapping[str, Any] = {"font_name": FONT, "font_size": 10, "valign": "vcenter", "font_color": INK}
_EDGE: Mapping[str, Any] = {"border": 1, "border_color": LINE}

STYLES: dict[str, dict[str, Any]] = {
    "plain": {},
    "band": {"bg_color": NAVY, "font_color": PAPER, "bold": True, "font_size": 16, "indent": 1},
    "band_note": {"bg_color": NAVY, "font_color": "#C9D6E4", "font_size": 10, "align": "right"},
    "lead": {"font_color": SLATE, "italic": True},
    "lead_wrap": {"font_color": SLATE, "italic": True, "text_wrap": True, "valign": "top"},
    "section": {"bold": True, "font_size": 12, "font_color": NAVY, "bottom": 2, "bottom_color": TEAL},
    "link": {"font_color": TEAL, "underline": 1},
    "label": {"font_color": SLATE, "indent": 1},
    "fact": {"bold": True},
    "fact_left": {"bold": True, "align": "left"},
    "big": {"bold": True, "font_size": 20, "font_color": NAVY},
    "unit": {"font_color": MUTED, "italic": True, "font_size": 8, "align": "right"},
    "header": {
        **_EDGE,
        "bg_color": NAVY,
        "font_color": PAPER,
        "bold": True,
        "text_wrap": True,
        "align": "center",
    },
    "header_text": {
        **_EDGE,
        "bg_color": NAVY,
        "font_color": PAPER,
        "bold": True,
        "text_wrap": True,
        "align": "left",
        "indent": 1,
    },
    "header_calc": {
        **_EDGE,
        "bg_color": SLATE,
        "font_color": PAPER,
        "bold": True,
        "text_wrap": True,
        "align": "center",
    },
    "input": {**_EDGE, "bg_color": INPUT_FILL, "font_color": INPUT_INK, "locked": False},
    "input_wrap": {
        **_EDGE,
        "bg_color": INPUT_FILL,
        "font_color": INPUT_INK,
        "locked": False,
        "text_wrap": True,
    },
    "calc": {**_EDGE},
    "calc_wrap": {**_EDGE, "text_wrap": True},
    "cross": {**_EDGE, "font_color": LINK_INK},
    "strong": {**_EDGE, "bold": True, "bg_color": MIST},
    "quiet": {**_EDGE, "font_color": MUTED},
    "total_label": {"bold": True, "font_color": SLATE, "align": "right", "font_size": 9},
    "total": {"bold": True, "top": 1, "top_color": SLATE, "bottom": 1, "bottom_color": SLATE, "bg_color": MIST},
    "block": {"bold": True, "font_color": PAPER, "bg_color": TEAL},
    "quarter": {"bold": True, "font_color": NAVY, "bg_color": "#DCE5EE", "align": "center", **_EDGE},
    "year": {"bold": True, "font_color": PAPER, "bg_color": SLATE, "align": "center", **_EDGE},
    "remark": {"font_color": WARN, "bg_color": WARN_FILL, "text_wrap": True, "indent": 1},
    "check": {**_EDGE, "align": "center", "bold": True},
    "good": {"font_color": GOOD, "bg_color": GOOD_FILL},
    "warn": {"font_color": WARN, "bg_color": WARN_FILL},
    "bad": {"font_color": BAD, "bg_color": BAD_FILL},
    "faint": {"font_color": MUTED},
}


class Formats:
    """Cell formats of one workbook, made when first asked for."""

    def __init__(self, workbook: Workbook) -> None:
        """Start without any format."""
        self._workbook = workbook
        self._made: dict[tuple[Any, ...], Format] = {}

    def __call__(self, style: str, num_format: str = "", **more: Any) -> Format:
        """Return the format of a named style, with a number format and changes of its own."""
        key = (style, num_format, *sorted(more.items()))
        if key not in self._made:
            properties = {**_BASE, **STYLES[style], **more}
            if num_format:
                properties["num_format"] = num_format
            self._made[key] = self._workbook.add_format(properties)
        return self._made[key]

    def signal(self, style: str) -> Format:
        """Return one of *good*, *warn*, *bad*, *faint* as a format of a rule: colours alone, nothing else changed."""
        key = ("signal", style)
        if key not in self._made:
            self._made[key] = self._workbook.add_format(STYLES[style])
        return self._made[key]

    def lines(self, colour: str) -> Format:
        """Return lines around a cell as a format of a rule."""
        key = ("lines", colour)
        if key not in self._made:
            self._made[key] = self._workbook.add_format({"border": 1, "border_color": colour})
        return self._made[key]
