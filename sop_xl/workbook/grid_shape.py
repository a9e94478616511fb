"""Where everything stands on the forecast sheet, and the rows of a product as values."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sop_xl.model.calendar import Calendar
from sop_xl.schema.catalogue import Column, Table
from sop_xl.schema.grid import remarks, row_keys
from sop_xl.workbook.frame import FIRST_COLUMN

FORECAST = "Sales forecast"
"""Row that a formula fills: the override, or the baseline where there is none."""

NAME = "Name"
"""Column with the name of the product; shown, never read."""

HEADER_ROW = 8
TOTALS_ROW, BAND_ROW, DATE_ROW = 3, 6, 7
NUMBER = "#,##0;[Red]-#,##0"


@dataclass(frozen=True)
class Block:
    """The rows of one product, location and channel, by measure and period position."""

    labels: tuple[str, ...]
    values: dict[str, dict[int, float]]
    overrides: tuple[tuple[tuple[str, ...], dict[int, float]], ...]


@dataclass(frozen=True)
class GridShape:
    """Positions of the columns of the sheet."""

    keys: tuple[Column, ...]
    notes: tuple[Column, ...]
    override: Column
    shown: tuple[Column, ...]
    periods: int

    @property
    def measure_at(self) -> int:
        return FIRST_COLUMN + 1 + len(self.keys) + 1

    @property
    def first_period(self) -> int:
        return self.measure_at + 1

    @property
    def total_at(self) -> int:
        return self.first_period + self.periods

    @property
    def check_at(self) -> int:
        return self.total_at + 1 + len(self.notes)


def grid_shape(table: Table, calendar: Calendar) -> GridShape:
    override = next(c for c in table.measures if c.role == "input")
    shown = tuple(c for c in table.measures if c.role == "calculation")
    return GridShape(row_keys(table), remarks(table), override, shown, len(calendar))


def grid_blocks(shape: GridShape, frame: pd.DataFrame, calendar: Calendar, names: dict[str, str]) -> list[Block]:
    position = {pd.Timestamp(start): i for i, start in enumerate(calendar.starts)}
    found: list[Block] = []
    if frame.empty:
        return found
    periods = frame["period"].map(position)
    kept = frame[periods.notna()].assign(_at=periods.dropna().astype(int))
    for _, part in kept.groupby([c.name for c in shape.keys], sort=False):
        values = {
            c.name: {int(a): float(v) for a, v in zip(part["_at"], part[c.name], strict=True) if not pd.isna(v)}
            for c in shape.shown
        }
        overrides: dict[tuple[str, ...], dict[int, float]] = {}
        notes = [part[c.name] for c in shape.notes]
        for a, v, *words in zip(part["_at"], part[shape.override.name], *notes, strict=True):
            if not pd.isna(v):
                overrides.setdefault(tuple(map(str, words)), {})[int(a)] = float(v)
        first = part.iloc[0]
        product = str(first["product"])
        labels = (str(first.get("family", "")), *(str(first[c.name]) for c in shape.keys))
        labels = (*labels[:2], names.get(product, ""), *labels[2:])
        rows = tuple(overrides.items()) or ((tuple("" for _ in shape.notes), {}),)
        found.append(Block(labels, values, rows))
    return found
