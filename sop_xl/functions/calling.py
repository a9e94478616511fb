"""Calling a cell function by name: the one door for Excel, Office.js, REST and the command line."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sop_xl.capabilities import CELL_FUNCTIONS
from sop_xl.functions.cells import blank, day_number, grid
from sop_xl.functions.describing import describe
from sop_xl.functions.problem import CellProblem, problem_text
from sop_xl.model.issue import InputErrors, errors


def call(name: str, arguments: Sequence[Any]) -> Any:
    """Return what a cell shows: a number, a text, or rows of them; a problem of the data is a text in its place.

    An argument that is None or an empty cell counts as left out. Numbers come back as plain numbers, dates as the day
    numbers Excel keeps, and what is not defined as an empty text. Text is never turned into a formula by the faces.

    Args:
        name: name of the function, such as ``FORECAST``; ``SOP_`` or ``SOP.`` before it may stand.
        arguments: values and ranges (lists of rows) in the order of the arguments.
    """
    key = name.strip().upper().removeprefix("SOP_").removeprefix("SOP.")
    if key not in CELL_FUNCTIONS:
        return problem_text(f"there is no function {name.strip()[:30]!r}")
    try:
        given = _given(key, arguments)
        return in_cells(CELL_FUNCTIONS[key].load()(**given))
    except CellProblem as problem:
        return problem_text(str(problem))
    except InputErrors as problem:
        first = errors(problem.issues)[0]
        return problem_text(f"{first.message} {first.hint}")


def _given(name: str, arguments: Sequence[Any]) -> dict[str, Any]:
    """Return the arguments that were given, by name.

    Raises:
        CellProblem: there are too many, or one that is needed was left out.
    """
    expected = describe(name).arguments
    if len(arguments) > len(expected):
        raise CellProblem(f"{name} takes at most {len(expected)} arguments")
    padded = [*arguments, *[None] * (len(expected) - len(arguments))]
    given = {}
    for argument, value in zip(expected, padded, strict=True):
        if not _left_out(value):
            given[argument.name] = value
        elif not argument.optional:
            raise CellProblem(f"{argument.name} is missing or empty; select {_beginning(argument.help)}")
    return given


def _beginning(text: str) -> str:
    """Return the first words of a help text, up to the first sign that ends a thought."""
    first = re.split(r"[.,;:(]", text, maxsplit=1)[0].strip()
    return first[:1].lower() + first[1:]


def _left_out(value: Any) -> bool:
    if value is None or isinstance(value, str):
        return blank(value)
    return isinstance(value, (list, tuple)) and all(blank(cell) for row in grid(value) for cell in row)


def in_cells(result: Any) -> Any:
    """Return a result as cells hold it: plain values, rows of equal length, '' where there is nothing to show."""
    if hasattr(result, "tolist"):
        result = result.tolist()
    if not isinstance(result, (list, tuple)):
        return _in_cell(result)
    rows = [row if isinstance(row, (list, tuple)) else [row] for row in result]
    width = max((len(row) for row in rows), default=0)
    if not width:
        return ""
    filled = [[_in_cell(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    return filled[0][0] if len(filled) == width == 1 else filled


def _in_cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, (str, bool)):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, (datetime, date)):
        return day_number(value) if value == value else ""
    number = value.item() if hasattr(value, "item") else value
    if isinstance(number, float):
        return number if math.isfinite(number) else ""
    return number
