"""ACCURACY: how good a forecast was, by the definitions of the S&OP process."""

from __future__ import annotations

from typing import Any

from sop_xl.functions.cells import Anything, Range, Text
from sop_xl.functions.problem import CellProblem


def accuracy(
    actual: Range,
    forecast: Range,
    naive: Range = None,
    history: Range = None,
    measure: Text = None,
    season: Anything = None,
) -> Any:
    """Measures a forecast against what happened: WAPE, accuracy, bias, tracking signal, MASE and value added.

    Args:
        actual: What happened.
        forecast: What was forecast for the same periods, in a range of the same size.
        naive: The forecast to compare with, such as the seasonal naive or the layer before; needed for value added.
        history: The periods before the forecast; needed for MASE. It also gives the seasonal naive where naive is
            left out.
        measure: WAPE, accuracy, bias, tracking signal, MASE or FVA for that number alone; left out: all as a table.
        season: Periods a season of the history: 12, 4, 52, 7 or 1, or a word such as weekly. Left out: 12.

    Returns:
        A table of measure and value, or one number.

    Example:
        =SOP_ACCURACY(B2:B13, C2:C13)
    """
    raise CellProblem("not available yet")
