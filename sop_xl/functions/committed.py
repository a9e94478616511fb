"""PLAN and WHY: numbers and reasons of a committed version of the plan."""

from __future__ import annotations

from typing import Any

from sop_xl.functions.cells import Anything, Text
from sop_xl.functions.problem import CellProblem


def plan(
    measure: Anything,
    product: Anything = None,
    period: Anything = None,
    location: Text = None,
    channel: Text = None,
    version: Text = "committed",
) -> Any:
    """Reads a number of a committed version of the plan, added up over what is left out.

    Args:
        measure: Such as demand, delivered, stock, revenue or margin; or table.column of the data dictionary.
        product: Product or family; left out: all. A range spills.
        period: First day of a bucket, or a label such as 2026-07, 2026-Q3 or 2026; left out: the whole horizon. A range
            spills.
        location: Location; left out: all.
        channel: Channel; left out: all.
        version: committed (if left out) for the newest, or the beginning of a version's hash.

    Returns:
        One number, or a number for every product (down) and period (across).

    Example:
        =SOP_PLAN("stock", A2:A9, B1:M1)
    """
    raise CellProblem("not available yet")


def why(product: Anything, period: Anything = None, version: Text = "committed") -> Any:
    """Says in a sentence why the plan is what it is: gap, binding constraint, relief, and what demand is made of.

    Args:
        product: Product or family. A range spills.
        period: First day of a bucket, or a label such as 2026-07 or 2026; left out: the whole horizon. A range spills.
        version: committed (if left out) for the newest, or the beginning of a version's hash.

    Returns:
        A short text.

    Example:
        =SOP_WHY(A2, B1)
    """
    raise CellProblem("not available yet")
