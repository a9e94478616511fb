"""CLEAN: a history corrected for stock-outs, outliers and gaps, and what was changed."""

from __future__ import annotations

from sop_xl.functions.cells import Anything, Grid, Range, Text
from sop_xl.functions.problem import CellProblem


def clean(
    history: Range, stockouts: Range = None, show: Text = "history", dates: Range = None, season: Anything = None
) -> Grid:
    """Corrects a history for stock-outs, single absurd values and gaps, and shows the result or what was changed.

    Args:
        history: Quantities in the order of time, as for SOP_FORECAST.
        stockouts: A range of the same size: TRUE, 1 or any mark where stock had run out, so that sales were below
            demand.
        show: history (if left out) for the corrected quantities, change for what was added, reason for why.
        dates: Days of the periods, one row or column as long as history.
        season: Periods a season where no dates are given: 12, 4, 52, 7 or 1, or a word such as weekly. Left out: 12.

    Returns:
        A range that lies beside the history, headings included.

    Example:
        =SOP_CLEAN(B2:B61, C2:C61)
    """
    raise CellProblem("not available yet")
