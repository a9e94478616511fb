"""Where everything stands on the forecast sheet, and the rows of a product as values."""

from __future__ import annotations

import math
from collections.abc import Sequence
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

TO_SPREAD = "To spread"
"""Row of a family that a formula fills: what its override adds to the forecasts of its products."""

WHOLE_FAMILY = "Whole family"
"""Stands in the column of names in the rows of a family, which are sums of the products below them."""

HEADER_ROW = 8
TOTALS_ROW, BAND_ROW, DATE_ROW = 3, 6, 7
NUMBER = "#,##0;[Red]-#,##0"


@dataclass(frozen=True)
class Block:
    """The rows of one product, location and channel, by measure and period position."""

    labels: tuple[str, ...]
    values: dict[str, dict[int, float]]
    overrides: tuple[tuple[tuple[str, ...], dict[int, float]], ...]

    @property
    def whole_family(self) -> bool:
        """True where the rows stand for a family and not for one of its products."""
        return self.labels[2] == WHOLE_FAMILY

    @property
    def calculated(self) -> tuple[str, ...]:
        """Measures of the rows that formulas fill, below the overrides."""
        return (FORECAST, TO_SPREAD) if self.whole_family else (FORECAST,)

    def forecast(self, at: int) -> float | None:
        """Return override or baseline of a bucket."""
        given = [values[at] for _, values in self.overrides if at in values]
        return math.fsum(given) if given else self.values["baseline"].get(at)


@dataclass(frozen=True)
class Members:
    """The products of a family: the rows they stand on, and what they forecast and override by bucket."""

    first: int
    last: int
    forecast: tuple[float, ...]
    overridden: tuple[float, ...]


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


def height(shape: GridShape, block: Block) -> int:
    """Return the rows a block takes."""
    return len(shape.shown) + len(block.overrides) + len(block.calculated)


def members_of(shape: GridShape, blocks: Sequence[Block], family: int, row: int) -> Members:
    """Return the products that stand below the block of a family.

    Args:
        shape: the columns of the sheet.
        blocks: all blocks in their order.
        family: position of the family's block.
        row: its first row.
    """
    first = row + height(shape, blocks[family])
    last, forecast, overridden = first - 1, [0.0] * shape.periods, [0.0] * shape.periods
    for block in blocks[family + 1 :]:
        if block.labels[0] != blocks[family].labels[0] or block.whole_family:
            break
        last += height(shape, block)
        for at in range(shape.periods):
            forecast[at] += block.forecast(at) or 0.0
            overridden[at] += math.fsum(values.get(at, 0.0) for _, values in block.overrides)
    return Members(first, last, tuple(forecast), tuple(overridden))


def family_forecast(block: Block, members: Members) -> list[float]:
    """Return a family's forecast by bucket: its override but no less than those below it, or the sum of products."""
    found = []
    for at, (products, claimed) in enumerate(zip(members.forecast, members.overridden, strict=True)):
        given = [values[at] for _, values in block.overrides if at in values]
        found.append(max(math.fsum(given), claimed) if given else products)
    return found


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
        family = str(first.get("family", ""))
        labels = (family, *(str(first[c.name]) for c in shape.keys))
        name = WHOLE_FAMILY if product == family and product not in names else names.get(product, "")
        labels = (*labels[:2], name, *labels[2:])
        rows = tuple(overrides.items()) or ((tuple("" for _ in shape.notes), {}),)
        found.append(Block(labels, values, rows))
    return found
