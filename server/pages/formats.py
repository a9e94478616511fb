"""Numbers, days and names as people read them; the filters of the templates."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from server.wording import moment

MISSING = "–"
_SIGN = "−"
_MOST_DIGITS = 4
_ALL = 1 - 1e-6
_NEARLY = 5e-3
_LEAST = 1e-6
_NOTHING = 0.05
_FIRST_DAY = re.compile(r"\b\d{4}-\d{2}-01\b")
_BIG = ((1e9, "bn"), (1e6, "M"), (1e3, "k"))
KPI_TITLES: Mapping[str, str] = {
    "wape": "WAPE",
    "dio": "Days of inventory",
    "dso": "Days of sales outstanding",
    "dpo": "Days of payables outstanding",
    "co2": "CO₂",
    "co2_t": "CO₂",
    "gap_units": "Units late or lost",
    "cash_to_cash": "Cash-to-cash",
    "margin_pct": "Margin %",
    "margin_p10": "Gross margin, P10",
    "margin_p90": "Gross margin, P90",
    "fill_rate_p10": "Fill rate, P10",
}


def number(value: float | None, digits: int = 0) -> str:
    """Return a number with thousands separators and a real minus sign; a dash where there is none."""
    if value is None:
        return MISSING
    rounded = round(float(value), digits)
    text = f"{abs(rounded):,.{digits}f}"
    return f"{_SIGN}{text}" if rounded < 0 else text


def short(value: float | None) -> str:
    """Return a number in three figures with k, M or bn, as a headline shows it."""
    if value is None:
        return MISSING
    for size, suffix in _BIG:
        if abs(value) >= size * 0.9995:
            scaled = value / size
            return f"{number(scaled, max(0, 2 - (len(str(int(abs(scaled)))) - 1)))} {suffix}"
    return number(value, 0 if abs(value - round(value)) < 0.05 or abs(value) >= 100 else 1)


def tiny(value: float) -> str:
    """Return a number in two figures, for the cells of a map."""
    for size, suffix in _BIG:
        if abs(value) >= size * 0.95:
            return f"{number(value / size, 1 if abs(value) < size * 9.5 else 0)}{suffix}"
    return number(value)


def bucket(label: str) -> str:
    """Return a bucket's label short enough for a column: 2008-07 becomes Jul 08."""
    try:
        return f"{datetime.strptime(label, '%Y-%m'):%b %y}"
    except ValueError:
        return label


def long_bucket(label: str) -> str:
    """Return a bucket's label in words: 2008-07 becomes Jul 2008."""
    try:
        return f"{datetime.strptime(label, '%Y-%m'):%b %Y}"
    except ValueError:
        return label


def signed(value: float | None, digits: int = 0) -> str:
    """Return a number with its sign, for differences."""
    if value is None:
        return MISSING
    text = number(value, digits)
    return text if text.startswith(_SIGN) or text.strip("0.,") == "" else f"+{text}"


def short_signed(value: float | None) -> str:
    """Return a difference in three figures with its sign."""
    text = short(value)
    return f"+{text}" if value is not None and value > 0 else text


def percent(value: float | None, digits: int = 1) -> str:
    """Return a share as a percentage; what is not all is never rounded up to 100 %."""
    if value is None:
        return MISSING
    text = number(value * 100, digits)
    while digits < _MOST_DIGITS and value < _ALL and text == number(100, digits):
        digits += 1
        text = number(value * 100, digits)
    return f"{text} %"


def day(stamp: str) -> str:
    """Return the day of a stored moment or date."""
    try:
        return f"{datetime.fromisoformat(stamp):%d %b %Y}".lstrip("0")
    except ValueError:
        return stamp


def month(stamp: str | None) -> str:
    """Return the month of a bucket's first day, such as Jul 2008."""
    if not stamp:
        return MISSING
    try:
        return f"{datetime.fromisoformat(stamp):%b %Y}"
    except ValueError:
        return stamp


def title(name: str) -> str:
    """Return a code name in words: gross_margin becomes Gross margin."""
    return KPI_TITLES.get(name) or name.replace("_", " ").capitalize()


def brief(digest: str) -> str:
    """Return the first characters of a hash, enough to tell versions apart."""
    return digest[:10]


def figure(value: float | None, unit: str) -> str:
    """Return a key figure in its unit."""
    if value is None:
        return MISSING
    if unit == "%":
        return percent(value)
    return "0" if abs(value) < _NOTHING else number(value, 1 if abs(value) < 100 else 0)


def unit_of(kpi: Mapping[str, Any]) -> str:
    """Return the unit of a key figure; shares, units and tonnes are told from the name where none is given."""
    if kpi["unit"]:
        return str(kpi["unit"])
    if kpi["kpi"] in ("fill_rate", "peak_load"):
        return "%"
    return "t" if kpi["kpi"] == "co2_t" else "units" if kpi["kpi"].endswith("_units") else ""


def embedded(value: Any) -> str:
    """Return a value as JSON for an attribute."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def heat(value: float, peak: float) -> int:
    """Return how dark a cell is, 0 to 5, by its share of the largest."""
    if value < 0.5 or peak <= 0:
        return 0
    return min(5, 1 + int(value / peak * 4.999))


def key_words(key: str) -> str:
    """Return the key of a row as people read it: the values that say something, months as months."""
    values = [part.partition("=")[2] for part in key.split(", ")]
    return months_in(" · ".join(value for value in values if value and value != "ALL")) or key


def months_in(text: str) -> str:
    """Return a text with the first days of months in it written as months."""
    return _FIRST_DAY.sub(lambda found: month(found.group()), text)


def figure_text(text: str) -> str:
    """Return a number written as text with thousands separators, below one in three figures; other text as it is."""
    try:
        value = float(text)
    except ValueError:
        return text
    if not math.isfinite(value):
        return text
    if _LEAST <= abs(value) < 1:
        places = 2 - math.floor(math.log10(abs(value)))
        return number(value, places).rstrip("0").rstrip(".")
    return number(value, 0 if abs(value) >= 1000 or abs(value - round(value)) < _NEARLY else 2)


def cell_text(value: object) -> str:
    """Return the value of a cell of a comparison; a dash where it is empty."""
    if value is None or value == "":
        return MISSING
    return figure_text(str(value)) if isinstance(value, int | float) else str(value)


def scenario_titles(comparison: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the titles of scenarios by name, from the rows of their comparison."""
    return {row["scenario"]: row.get("title") or row["scenario"] for row in comparison}


def chart_lines(series: Sequence[Any]) -> list[dict[str, Any]]:
    """Return named rows of values as lines of a chart."""
    return [{"label": one.name, "type": "line", "values": list(one.values)} for one in series]


def chart_bars(series: Sequence[Any]) -> list[dict[str, Any]]:
    """Return named rows of values as bars of a chart."""
    return [{"label": one.name, "type": "bar", "values": list(one.values)} for one in series]


def lag_lines(series: Sequence[Any]) -> list[dict[str, Any]]:
    """Return named rows of shares as lines of a chart with an axis in percent."""
    return [{**line, "axis": "percent"} for line in chart_lines(series)]


def relief_groups(reliefs: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Return levers in groups with a title: the plan as it stands, each alone, several together; best effect first."""
    ranked = sorted(reliefs, key=lambda row: -(row["margin_effect"] or 0.0))
    return [
        ("Nothing is done", [row for row in ranked if row["levers"] == 0]),
        ("Each alone", [row for row in ranked if row["levers"] == 1]),
        ("Together", [row for row in ranked if (row["levers"] or 0) > 1]),
    ]


FILTERS = {
    "number": number,
    "short": short,
    "tiny": tiny,
    "bucket": bucket,
    "long_bucket": long_bucket,
    "signed": signed,
    "short_signed": short_signed,
    "percent": percent,
    "moment": moment,
    "day": day,
    "month": month,
    "title_of": title,
    "brief": brief,
    "figure": figure,
    "unit_of": unit_of,
    "embedded": embedded,
    "key_words": key_words,
    "months_in": months_in,
    "unquoted": unquote,
    "figure_text": figure_text,
    "cell_text": cell_text,
    "titles": scenario_titles,
}
FUNCTIONS = {
    "relief_groups": relief_groups,
    "heat": heat,
    "chart_lines": chart_lines,
    "chart_bars": chart_bars,
    "lag_lines": lag_lines,
}
