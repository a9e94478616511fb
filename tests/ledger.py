"""Tables written out in a test: a line of column names, then a line a row; ``-`` is an empty cell, ``~`` a blank.

>>> ledger("products: product family / A Tools / B Tools")["products"]["family"].tolist()
['Tools', 'Tools']
"""

from __future__ import annotations

import pandas as pd

from sop_xl.gather.inputs import require_inputs
from sop_xl.model.issue import InputErrors, errors
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.schema.catalogue import tables
from sop_xl.schema.frames import empty
from sop_xl.schema.parse import parse
from sop_xl.schema.raw import RawTable


def ledger(text: str) -> dict[str, pd.DataFrame]:
    """Return typed tables from text: blocks begin with ``name:`` and end where the next begins."""
    found: dict[str, list[list[str]]] = {}
    current: list[list[str]] = []
    for line in text.replace(" / ", "\n").splitlines():
        words = line.split()
        if words and words[0].endswith(":"):
            current = found.setdefault(words.pop(0)[:-1], [])
        if words:
            current.append(["" if word == "-" else word.replace("~", " ") for word in words])
    raw = [RawTable(name, tuple(body[0]), tuple(zip(*body[1:], strict=True))) for name, body in found.items()]
    parsed = parse(raw)
    wrong = [issue for issue in errors(parsed.issues) if "is empty" not in issue.message]
    if wrong:
        raise InputErrors(wrong)
    return parsed.tables


def planning(text: str) -> PlanningInputs:
    """Return planning inputs from a ledger."""
    return require_inputs(ledger(text))


def solved(text: str, status: str = "optimal") -> SolvedPlan:
    """Return a solved plan with the output tables of a ledger, the others empty."""
    outputs = {name: empty(name) for name, shape in tables().items() if shape.book == "plan"}
    return SolvedPlan(status, 0.0, {}, {**outputs, **ledger(text)})
