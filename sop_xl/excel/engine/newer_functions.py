"""Functions newer than the file format: a file carries a mark before their names that Excel never shows."""

from __future__ import annotations

import re

_MARKED = frozenset(
    [
        "ARRAYTOTEXT",
        "BYCOL",
        "BYROW",
        "CHOOSECOLS",
        "CHOOSEROWS",
        "CONCAT",
        "DROP",
        "EXPAND",
        "FORECAST.ETS",
        "HSTACK",
        "IFNA",
        "IFS",
        "LAMBDA",
        "LET",
        "MAKEARRAY",
        "MAP",
        "MAXIFS",
        "MINIFS",
        "RANDARRAY",
        "REDUCE",
        "SCAN",
        "SEQUENCE",
        "SORTBY",
        "SWITCH",
        "TAKE",
        "TEXTAFTER",
        "TEXTBEFORE",
        "TEXTJOIN",
        "TEXTSPLIT",
        "TOCOL",
        "TOROW",
        "UNIQUE",
        "VALUETOTEXT",
        "VSTACK",
        "WRAPCOLS",
        "WRAPROWS",
        "XLOOKUP",
        "XMATCH",
        "STDEV.S",
        "STDEV.P",
        "NORM.S.INV",
        "NORM.S.DIST",
        "NORM.DIST",
        "NORM.INV",
        "PERCENTILE.INC",
        "PERCENTILE.EXC",
        "QUARTILE.INC",
        "RANK.EQ",
        "RANK.AVG",
        "VAR.S",
        "VAR.P",
        "CEILING.MATH",
        "FLOOR.MATH",
        "DAYS",
        "ISOWEEKNUM",
        "NUMBERVALUE",
        "SHEET",
        "FORMULATEXT",
        "XOR",
        "ARABIC",
        "BASE",
        "POISSON.DIST",
    ]
)
_SHEET_MARKED = frozenset(("FILTER", "SORT"))
_CALL = re.compile(r'"[^"]*"|(?<![\w.])([A-Z][A-Z0-9.]*)(?=\s*\()', re.I)


def prefixed(formula: str) -> str:
    """Return a formula as a file keeps it: ``XLOOKUP(`` becomes ``_xlfn.XLOOKUP(``."""

    def marked(found: re.Match[str]) -> str:
        name = (found[1] or "").upper()
        if name in _SHEET_MARKED:
            return f"_xlfn._xlws.{name}"
        return f"_xlfn.{name}" if name in _MARKED else found[0]

    return _CALL.sub(marked, formula)


def shown(formula: str) -> str:
    """Return a formula as Excel shows it, without marks."""
    return formula.replace("_xlfn._xlws.", "").replace("_xlfn.", "").replace("_xlpm.", "").replace("_xlws.", "")
