"""ACCURACY: how good a forecast was, by the definitions of the S&OP process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sop_xl.functions.arguments import one_cell, one_of
from sop_xl.functions.blocks import read_block
from sop_xl.functions.cells import Range, Text, grid, trimmed
from sop_xl.functions.histories import histories, left_empty, season_length
from sop_xl.functions.problem import CellProblem

if TYPE_CHECKING:
    import numpy as np

_MEASURES = {
    "wape": "WAPE",
    "accuracy": "accuracy",
    "bias": "bias",
    "trackingsignal": "tracking signal",
    "ts": "tracking signal",
    "mase": "MASE",
    "fva": "FVA",
    "valueadded": "FVA",
    "forecastvalueadded": "FVA",
}
_SEED = 0
_WHY_NOT = {
    "WAPE": "actual adds up to 0, so WAPE is not defined",
    "accuracy": "actual adds up to 0, so accuracy is not defined",
    "bias": "actual adds up to 0, so bias is not defined",
    "tracking signal": "there is no error at all, so the tracking signal is not defined",
    "MASE": "history is missing, too short or never changes, so MASE is not defined; give more than one season of it",
    "FVA": "naive is missing, or actual adds up to 0; give the forecast to compare with, or history",
}


def accuracy(
    actual: Range,
    forecast: Range,
    naive: Range = None,
    history: Range = None,
    measure: Text = None,
    season: Text = None,
) -> Any:
    """Measures a forecast against what happened: WAPE, accuracy, bias, tracking signal, MASE and value added.

    With A actual and F forecast: WAPE = Σ|A−F| / Σ|A|; accuracy = 1 − WAPE, at least 0; bias = Σ(F−A) / ΣA, positive
    where too much was forecast; tracking signal = Σ(F−A) / mean|A−F|, to be looked at beyond ±4; MASE = mean|A−F| over
    that of the seasonal naive within the history; FVA = WAPE of naive − WAPE of forecast. Periods in which a value is
    missing are left out.

    Args:
        actual: What happened.
        forecast: What was forecast for the same periods, in a range of the same size.
        naive: The forecast to compare with, such as the seasonal naive or the layer before; needed for value added.
        history: The periods before the forecast; needed for MASE. It also gives the seasonal naive where naive is
            left out.
        measure: WAPE, accuracy, bias, tracking signal, MASE or FVA for that number alone; left out: all as a table.
        season: Periods a season of the history: 12, 4, 52, 7 or 1, or a word such as weekly. Left out: 12.

    Returns:
        A table of measure, value and remark, or one number.

    Example:
        =SOP_ACCURACY(B2:B13, C2:C13)

    References:
        Hyndman & Koehler (2006), doi:10.1016/j.ijforecast.2006.03.001; Gilliland (2010), The Business Forecasting
        Deal.
    """
    from sop_xl.demand import accuracy as measures

    wanted = one_of(measure, "measure", _MEASURES) if one_cell(measure, "measure") is not None else ""
    a, f = _pairs(actual, forecast, "forecast")
    length = season_length(season)
    past = None if left_empty(history) else _past(history, season)
    before = _before(actual, naive, past, a.size, length)
    gain = None if before is None else measures.forecast_value_added(a, before, f, seed=_SEED)
    values = {
        "WAPE": measures.wape(a, f),
        "accuracy": measures.accuracy(a, f),
        "bias": measures.bias(a, f),
        "tracking signal": measures.tracking_signal(a, f),
        "MASE": float("nan") if past is None else measures.mase(a, f, past, length),
        "FVA": float("nan") if gain is None else gain.value,
    }
    if wanted:
        if values[wanted] != values[wanted]:
            raise CellProblem(_WHY_NOT[wanted])
        return values[wanted]
    remarks = {
        "WAPE": f"over {int(((a == a) & (f == f)).sum())} values",
        "bias": _leaning(values["bias"]),
        "tracking signal": _alarm(values["tracking signal"], measures.TRACKING_LIMIT),
        "FVA": "" if gain is None or gain.value != gain.value else f"90 % range {gain.low:+.1%} to {gain.high:+.1%}",
    }
    told = {name: remarks.get(name, "") if value == value else _WHY_NOT[name] for name, value in values.items()}
    return [[name, value, told[name]] for name, value in values.items()]


def _leaning(bias: float) -> str:
    return "too much was forecast" if bias > 0 else "too little was forecast" if bias < 0 else ""


def _alarm(signal: float, limit: float) -> str:
    return f"beyond ±{limit:g}: look at this forecast" if abs(signal) > limit else f"within ±{limit:g}"


def _pairs(actual: Any, other: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return two ranges of the same size as numbers side by side, NaN where a cell is blank.

    Headings are left out; a row may be compared with a column.

    Raises:
        CellProblem: they are not of the same size, or nothing can be compared.
    """
    import numpy as np

    first, second = _flat(actual, "actual"), _flat(other, name)
    if len(first) != len(second):
        raise CellProblem(f"actual has {len(first)} cells and {name} {len(second)}; select ranges of the same size")
    a, f = (np.array([np.nan if value is None else value for value in values]) for values in (first, second))
    if not (np.isfinite(a) & np.isfinite(f)).any():
        raise CellProblem(f"actual and {name} have no period in common in which both are numbers")
    return a, f


def _flat(value: Any, name: str) -> list[float | None]:
    """Return the numbers of a range in the order of the sheet, headings left out."""
    block = read_block(grid(value), name)
    return [cell for row in block.laid_out(block.rows) for cell in row]


def _past(history: Any, season: Any) -> np.ndarray:
    """Return the one series of a history, NaN where it is unknown.

    Raises:
        CellProblem: it has several series.
    """
    import numpy as np

    given = histories(history, None, season)
    if len(given.rows) > 1:
        raise CellProblem("history has several series; measure them one by one")
    return np.array([np.nan if value is None else value for value in given.rows[0]])


def _before(actual: Any, naive: Any, past: np.ndarray | None, periods: int, length: int) -> np.ndarray | None:
    """Return the forecast to compare with: the one given, else the seasonal naive of the history, else None."""
    import pandas as pd

    from sop_xl.demand.accuracy import seasonal_naive

    if not left_empty(naive):
        return _pairs(actual, naive, "naive")[1]
    if past is None:
        return None
    cells = trimmed(grid(actual))
    if min(len(cells), len(cells[0])) > 1:
        raise CellProblem("actual has several series and history one; measure them one by one")
    return seasonal_naive(pd.Series(past).ffill().bfill().to_numpy(), periods, length)
