"""Buttons of the demand review: forecast anew, for all products or those selected, and measure how good it was."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from sop_xl.buttons.planning import keep_baseline
from sop_xl.buttons.request import Answer, Output
from sop_xl.buttons.selecting import selected_rows
from sop_xl.buttons.work import Work, refuse
from sop_xl.cycle import accuracy_of, corrections_of
from sop_xl.demand.baseline_plan import PlannedBaseline, plan_baseline
from sop_xl.demand.measured import history_to_forecast
from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.schema.raw import RawTable

_GRID = "sales_forecast"
_COLUMNS = ("baseline", "p10", "p90")
_KEYS = ["product", "location", "channel", "period"]
_SOURCES = (
    *("settings", "calendar", "history", "drift_proposals", "products", "families", "locations", "channels"),
    *("demand", "baseline"),
)
"""Tables a forecast is made from; of ``demand`` and ``baseline`` the horizon alone is taken."""


def reforecast(work: Work) -> Answer:
    """Forecast every product anew and write baseline, P10 and P90 into the forecast sheet; overrides stay."""
    return _forecast(work, None)


def reforecast_selection(work: Work) -> Answer:
    """Forecast anew and write the products of the selected rows alone; the numbers are those of *Re-forecast*.

    The models learn across all products, so all are forecast whatever is selected.
    """
    work.writes(_GRID)
    selection = work.request.selection
    grid = _grid(work)
    rows = selected_rows(grid, selection) if selection else []
    products = {product for row in rows if (product := _product(grid, row))}
    if not products:
        refuse(
            "No product is selected.",
            f"Select cells in the rows of the products on the sheet {grid.sheet}, then press again.",
            sheet=grid.sheet,
            table=_GRID,
        )
    return _forecast(work, products)


def accuracy(work: Work) -> Answer:
    """Measure the forecast on the end of the history, by family, against the seasonal naive."""
    inputs, issues = work.planning_from(*_SOURCES)
    work.needs(inputs, "history")
    measured = accuracy_of(inputs, progress=work.progress)
    total = measured[measured["family"] == EVERYWHERE]
    if total.empty:
        message = "There is too little history to measure the forecast."
    else:
        row = total.iloc[0]
        better = row["value_added"] > 0
        word = "better than" if better else "no better than"
        message = (
            f"Over all families the forecast was off by {row['wape']:.1%} (WAPE), {word} the seasonal naive with "
            f"{row['naive_wape']:.1%}; bias {row['bias']:+.1%}."
        )
    return Answer(message, issues, (Output("forecast_accuracy", measured),), show="forecast_accuracy")


def _forecast(work: Work, products: Collection[str] | None) -> Answer:
    work.writes(_GRID)
    inputs, issues = work.planning_from(*_SOURCES)
    work.needs(inputs, "history")
    history, told = history_to_forecast(inputs.tables, inputs.settings)
    made = plan_baseline(
        history,
        inputs["products"],
        inputs.calendar,
        country=inputs.settings["holidays_of"],
        seed=inputs.settings["seed"],
        progress=work.progress,
    )
    keep_baseline(inputs, made)
    rows = _rows(made)
    grid = _grid(work)
    there = {product for row in range(len(grid)) if (product := _product(grid, row))}
    wanted = there if products is None else there & set(products)
    rows = rows[rows["product"].isin(wanted)].reset_index(drop=True)
    codes = set(made.table["product"])
    written = len(set(rows["product"]) & codes)
    missing = sorted(wanted - set(rows["product"]))
    message = (
        f"{written} product{'s' if written != 1 else ''} forecast over {len(inputs.calendar)} buckets; "
        "overrides are as they were."
    )
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        message += f" Without sales history: {', '.join(missing[:5])}{more}."
    corrections = corrections_of(inputs)
    if len(corrections):
        periods = "periods were" if len(corrections) > 1 else "period was"
        message += f" {len(corrections)} past {periods} corrected or marked before: see the sheet HistoryCorrections."
    outputs = (Output(_GRID, rows, "fill", _COLUMNS), Output("history_corrections", corrections))
    return Answer(message, (*issues, *told, *made.issues), outputs)


def _rows(made: PlannedBaseline) -> pd.DataFrame:
    """Return the forecast of families and whole products with their own ranges, and of every location and channel."""
    whole = made.ranges[made.ranges["level"].isin(("product", "family"))].rename(columns={"code": "product"})
    whole = whole.assign(location=EVERYWHERE, channel=EVERYWHERE)
    both = pd.concat([whole[[*_KEYS, *_COLUMNS]], made.table[[*_KEYS, *_COLUMNS]]], ignore_index=True)
    return both.assign(**{name: both[name].round(2) for name in _COLUMNS}).drop_duplicates(_KEYS)


def _grid(work: Work) -> RawTable:
    return next(raw for raw in work.request.tables if raw.name == _GRID)


def _product(grid: RawTable, row: int) -> str:
    at = [header.strip().lower() for header in grid.headers].index("product")
    value = grid.data[at][row]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value or "").strip()
