"""Functions newer than the file format: a file carries a mark before their names that Excel never shows."""

from __future__ import annotations

import re

_NEWER = """
ARABIC ARRAYTOTEXT BASE BYCOL BYROW CEILING.MATH CHOOSECOLS CHOOSEROWS CONCAT DAYS DROP EXPAND FLOOR.MATH FORECAST.ETS
FORMULATEXT HSTACK IFNA IFS ISOWEEKNUM LAMBDA LET MAKEARRAY MAP MAXIFS MINIFS NORM.DIST NORM.INV NORM.S.DIST NORM.S.INV
NUMBERVALUE PERCENTILE.EXC PERCENTILE.INC POISSON.DIST QUARTILE.INC RANDARRAY RANK.AVG RANK.EQ REDUCE SCAN SEQUENCE
SHEET SORTBY STDEV.P STDEV.S SWITCH TAKE TEXTAFTER TEXTBEFORE TEXTJOIN TEXTSPLIT TOCOL TOROW UNIQUE VALUETOTEXT VAR.P
VAR.S VSTACK WRAPCOLS WRAPROWS XLOOKUP XMATCH XOR
"""
_SPILLING = """
BYCOL BYROW CHOOSECOLS CHOOSEROWS DROP EXPAND FILTER HSTACK MAKEARRAY MAP RANDARRAY SCAN SEQUENCE SORT SORTBY TAKE
TEXTSPLIT TOCOL TOROW UNIQUE VSTACK WRAPCOLS WRAPROWS
"""
NEWER, SPILLING = frozenset(_NEWER.split()), frozenset(_SPILLING.split())
_OF_SHEETS = frozenset(("FILTER", "SORT"))
_CALL = re.compile(r'"[^"]*"|(?<![\w.])([A-Z][A-Z0-9.]*)(?=\s*\()', re.I)
_PLACE = r"((?:(?:'(?:[^']|'')+'|[A-Za-z_][\w.]*)!)?\$?[A-Z]{1,3}\$?\d{1,7})"
_ANCHOR = re.compile(rf'"[^"]*"|{_PLACE}#')
_ANCHORED = re.compile(rf"_xlfn\.ANCHORARRAY\({_PLACE}\)")


def spills(formula: str) -> bool:
    """Whether a formula calls a function whose result fills several cells."""
    return any((found[1] or "").upper() in SPILLING for found in _CALL.finditer(formula))


def prefixed(formula: str) -> str:
    """Return a formula as a file keeps it: ``XLOOKUP(`` as ``_xlfn.XLOOKUP(``, ``A1#`` as ``_xlfn.ANCHORARRAY(A1)``."""

    def marked(found: re.Match[str]) -> str:
        name = (found[1] or "").upper()
        if name in _OF_SHEETS:
            return f"_xlfn._xlws.{name}"
        return f"_xlfn.{name}" if name in NEWER else found[0]

    def anchored(found: re.Match[str]) -> str:
        return f"_xlfn.ANCHORARRAY({found[1]})" if found[1] else found[0]

    return _ANCHOR.sub(anchored, _CALL.sub(marked, formula))


def shown(formula: str) -> str:
    """Return a formula as Excel shows it, without marks."""
    formula = _ANCHORED.sub(r"\1#", formula)
    return formula.replace("_xlfn._xlws.", "").replace("_xlfn.", "").replace("_xlpm.", "").replace("_xlws.", "")
