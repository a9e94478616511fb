"""Single arguments of cell functions: one number, one word of a list; a problem names the argument."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sop_xl.functions.cells import Cell, blank, error_in, grid, label_in, required_number, trimmed
from sop_xl.functions.problem import MARK, CellProblem


def one_cell(value: Any, name: str) -> Cell:
    """Return the only cell of an argument, None where it is blank.

    Raises:
        CellProblem: it is a range with several values.
    """
    cells = [cell for row in trimmed(grid(value)) for cell in row if not blank(cell)]
    if len(cells) > 1:
        raise CellProblem(f"{name} takes one cell, not a range of {len(cells)}")
    return cells[0] if cells else None


def one_number(value: Any, name: str, low: float = float("-inf"), high: float = float("inf"), hint: str = "") -> float:
    """Return the number of an argument within its limits.

    Raises:
        CellProblem: it is blank, no number, or outside the limits.
    """
    cell = one_cell(value, name)
    number = required_number(cell, name, "its cell")
    if number is None:
        raise CellProblem(f"{name} is missing{'; ' + hint if hint else ''}")
    if not low <= number <= high:
        raise CellProblem(f"{name} is {number:g}; {hint or _limits(low, high)}")
    return number


def optional_number(
    value: Any, name: str, low: float = float("-inf"), high: float = float("inf"), hint: str = ""
) -> float | None:
    """Return the number of an argument within its limits, None where it is blank; else as :func:`one_number`."""
    return None if one_cell(value, name) is None else one_number(value, name, low, high, hint)


def whole_number(value: Any, name: str, low: int, high: int) -> int:
    """Return the whole number of an argument within its limits.

    Raises:
        CellProblem: it is blank, no whole number, or outside the limits.
    """
    hint = f"give a whole number from {low} to {high}"
    number = one_number(value, name, low, high, hint)
    if number != int(number):
        raise CellProblem(f"{name} is {number:g}; {hint}")
    return int(number)


def one_of(value: Any, name: str, choices: Mapping[str, str]) -> str:
    """Return the choice an argument names, upper and lower case, spaces and hyphens alike.

    Args:
        value: the argument.
        name: its name.
        choices: what may be written, in small letters without spaces, and the choice each stands for.

    Raises:
        CellProblem: it names none of them.
    """
    cell = one_cell(value, name)
    found = error_in(cell)
    if found:
        raise CellProblem(found if found.startswith(MARK.strip()) else f"{name} is {found}; correct it")
    said = label_in(cell)
    key = said.casefold().translate(str.maketrans("", "", " -_"))
    if key in choices:
        return choices[key]
    listed = ", ".join(dict.fromkeys(choices.values()))
    raise CellProblem(f"{name} {said[:30]!r} is not known; write one of: {listed}")


def _limits(low: float, high: float) -> str:
    if low != float("-inf") and high != float("inf"):
        return f"give a number from {low:g} to {high:g}"
    return f"give at least {low:g}" if low != float("-inf") else f"give at most {high:g}"
