"""What the page Supply shows, as frozen values worked out before any HTML: load, how demand is served, and its risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from server.store import payload
from server.table_names import CYCLE, scenario_prefix
from sop_xl.schema.frames import empty, typed
from sop_xl.schema.plain import records
from sop_xl.supply.served_from import SOURCES, STEPS
from sop_xl.twin.replay import judged

NAMES: Mapping[str, str] = {
    "regular": "Regular hours",
    "overtime": "Overtime",
    "outsourced": "Partners",
    "receipts": "Receipts on their way",
    "built_ahead": "Stock, built ahead",
    "late": "Late",
    "lost": "Lost",
}
COLOURS: Mapping[str, str] = {
    "regular": "#0a5a78",
    "overtime": "#5b8fb0",
    "outsourced": "#8a6bb0",
    "receipts": "#7a8794",
    "built_ahead": "#2f8a5b",
    "late": "#d08a2e",
    "lost": "#b04a4a",
}
_TOTAL = "#17212d"
LOADS = ((1.105, 5), (1.005, 4), (0.95, 3), (0.8, 2), (0.6, 1))
"""Least utilisation of a shade of the heat map, the darkest first: above 110 %, overtime, full, high, usual."""
CHANCES = ((0.5, 5), (0.25, 4), (0.1, 3), (0.05, 2), (0.01, 1))
"""Least chance of a shade of the map of stock-outs, the darkest first."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a heat map: its value, None where there is none, and its shade from 0 to 5."""

    value: float | None
    shade: int


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Values by row and bucket, the row with the highest value first."""

    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the waterfall: where its bar begins and ends, and its share of the demand."""

    name: str
    start: float
    end: float
    share: float
    colour: str

    @property
    def units(self) -> float:
        """Units of the step."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Range:
    """A plan simulated: its figures, and where they lie between the lowest and highest of all plans, 0 to 1."""

    figures: Row
    chosen: bool
    low: float
    middle: float
    high: float
    plan: float


@dataclass(frozen=True, slots=True)
class SupplyPage:
    """Everything the page shows.

    Attributes:
        labels: buckets.
        load: utilisation by resource and bucket.
        steps: the waterfall from what serves demand on time to all demand; empty without demand.
        by_bucket: units of every step by bucket, for the stacked picture.
        ranges: plans simulated, in their order; empty where nothing was.
        risk: chance of a stock-out by family and bucket.
        worst: where a stock-out is most likely, at least 1 %.
        replayed: months replayed by the simulation.
        past: what they say of it.
        cautious: what to make now under uncertainty.
    """

    labels: tuple[str, ...]
    load: HeatMap
    steps: tuple[Step, ...]
    by_bucket: Mapping[str, tuple[float, ...]]
    ranges: tuple[Range, ...]
    risk: HeatMap
    worst: tuple[Row, ...]
    replayed: tuple[Row, ...]
    past: str
    cautious: tuple[Row, ...]

    @property
    def waterfall(self) -> Row:
        """The waterfall as the page draws it."""
        bars = [[step.start, step.end] for step in self.steps]
        colours = [step.colour for step in self.steps]
        series = {"type": "bar", "label": "Units", "values": bars, "colours": colours}
        return {"labels": [s.name for s in self.steps], "unit": "units", "plain": True, "series": [series]}

    @property
    def series(self) -> list[Row]:
        """The stacked picture by bucket as the page draws it; what never occurs is left out."""
        return [
            {"type": "bar", "label": NAMES[name], "colour": COLOURS[name], "values": values}
            for name, values in self.by_bucket.items()
            if any(value >= 0.5 for value in values)
        ]


def supply_page(content: bytes, labels: Sequence[str], *, scenario: str) -> SupplyPage:
    """Return what the page shows of a scenario of a consolidated version.

    Args:
        content: payload of the version.
        labels: its buckets.
        scenario: which of its scenarios.
    """
    prefix = scenario_prefix(scenario)
    load, served, risk = (
        _table(content, f"{prefix}{name}", name) for name in ("resource_load", "demand_served", "stockout_risk")
    )
    replayed = _table(content, f"{CYCLE}twin_replay", "twin_replay")
    worst = risk[risk["chance"] >= CHANCES[-1][0]].sort_values("chance", ascending=False, kind="stable").head(8)
    sums = served.groupby("period")[list(STEPS)].sum()
    return SupplyPage(
        labels=tuple(labels),
        load=heat_map(load, "resource", "utilisation", LOADS),
        steps=waterfall(served),
        by_bucket={name: tuple(float(value) for value in sums[name]) for name in STEPS},
        ranges=_ranges(_table(content, f"{CYCLE}simulation", "simulation"), scenario),
        risk=heat_map(risk, "family", "chance", CHANCES),
        worst=tuple(records(worst)),
        replayed=tuple(records(replayed)),
        past=judged(replayed),
        cautious=tuple(records(_table(content, f"{CYCLE}cautious_decisions", "cautious_decisions"))),
    )


def heat_map(frame: pd.DataFrame, by: str, column: str, shades: Sequence[tuple[float, int]]) -> HeatMap:
    """Return values by row and bucket with their shades, the row with the highest value first.

    Args:
        frame: one row a thing and bucket.
        by: column of the thing.
        column: column of the value.
        shades: least value of each shade, the darkest first.
    """
    if frame.empty:
        return HeatMap(())
    wide = frame.pivot(index=by, columns="period", values=column)
    wide = wide.loc[wide.max(axis=1).sort_values(ascending=False, kind="stable").index]
    rows = (tuple(_cell(value, shades) for value in values) for values in wide.to_numpy(dtype=float))
    return HeatMap(tuple(zip((str(name) for name in wide.index), rows, strict=True)))


def _cell(value: float, shades: Sequence[tuple[float, int]]) -> Cell:
    if pd.isna(value):
        return Cell(None, 0)
    return Cell(float(value), next((shade for least, shade in shades if value >= least), 0))


def waterfall(served: pd.DataFrame) -> tuple[Step, ...]:
    """Return the steps from what serves demand on time, over what is late or lost, to all demand.

    Args:
        served: schema table ``demand_served``.
    """
    demand = float(served["demand"].sum())
    if demand <= 0:
        return ()
    found, reached = [], 0.0
    for name in STEPS:
        units = float(served[name].sum())
        if units >= 0.5:
            found.append(Step(NAMES[name], reached, reached + units, units / demand, COLOURS[name]))
        reached += units
        if name == SOURCES[-1]:
            found.append(Step("On time", 0.0, reached, reached / demand, _TOTAL))
    return (*found, Step("Demand", 0.0, demand, 1.0, _TOTAL))


def _ranges(simulation: pd.DataFrame, scenario: str) -> tuple[Range, ...]:
    if simulation.empty:
        return ()
    names = ("margin_p10", "margin_p50", "margin_p90", "gross_margin")
    least, most = float(simulation[list(names)].min().min()), float(simulation[list(names)].max().max())
    span = most - least or 1.0
    return tuple(
        Range(row, row["scenario"] == scenario, *((row[name] - least) / span for name in names))
        for row in records(simulation)
    )


def _table(content: bytes, name: str, shape: str) -> pd.DataFrame:
    rows = payload.table(content, name)
    return empty(shape) if rows is None else typed(shape, rows.to_pandas(date_as_object=False))
