"""BRIDGE: why revenue differs between two plans, in bars that add up."""

from __future__ import annotations

from sop_xl.functions.cells import Grid, Range
from sop_xl.functions.problem import CellProblem


def bridge(units0: Range, price0: Range, units1: Range, price1: Range, names: Range = None) -> Grid:
    """Explains a change of revenue by volume, mix and price, and by what is new or discontinued; it adds up exactly.

    Args:
        units0: Units of each product before (budget, last year): one row or column.
        price0: Price of each product before.
        units1: Units of each product after (plan, this year).
        price1: Price of each product after.
        names: Names of the products, for problems; left out: their position.

    Returns:
        A table of step and amount: before, volume, mix, price, new, discontinued, after.

    Example:
        =SOP_BRIDGE(B2:B9, C2:C9, D2:D9, E2:E9)
    """
    raise CellProblem("not available yet")
