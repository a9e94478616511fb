"""Overrides at any level: a total, a family, a product or a single SKU-channel, spread down and added up exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sop_xl.demand.demand_grid import unknown_target
from sop_xl.model.issue import Issue, Severity
from sop_xl.schema.catalogue import EVERYWHERE

_ROUNDING = 1e-6
_TABLE = "sales_forecast"
_PARTS_OF_PRODUCT, _PARTS_OF_FAMILY, _PARTS_OF_ALL = 0, 3, 6


@dataclass(frozen=True, slots=True)
class Overridden:
    """Demand with overrides.

    Attributes:
        units: units per cell and bucket; where nobody said anything, what was there before.
        row: position of the override that a cell and bucket follows, among ``rows``; −1 where there is none.
        rows: the overrides, narrow ones first.
        issues: overrides that contradict each other or name nothing in the plan.
    """

    units: np.ndarray
    row: np.ndarray
    rows: pd.DataFrame
    issues: tuple[Issue, ...]


def with_overrides(
    cells: pd.DataFrame, before: np.ndarray, starts: np.ndarray, sales_forecast: pd.DataFrame
) -> Overridden:
    """Return demand after the overrides of sales, each the total of all cells it covers in its bucket.

    A row names a product, a family or ALL, and a location and channel or ALL. The narrower row wins: first single
    SKU-channels, then products, families, the total; a broader one is the total of what it covers, so what narrower
    rows claim counts towards it and the rest goes to the other cells in proportion to what is planned there. Where
    narrower rows claim more than the broader one, or leave no cell for its rest, they are kept and the contradiction
    is reported. An override of 0 plans zero, an empty one says nothing. Cells that nobody covers keep their units to
    the last digit, and an override of what is planned already changes nothing. Where the override and all it is
    spread over are whole units, whole units come out. Units.

    Args:
        cells: ``product, location, channel, family``, one row a cell.
        before: units per cell and bucket, >= 0.
        starts: first days of the buckets.
        sales_forecast: table ``sales_forecast`` of the schema.
    """
    given = sales_forecast[sales_forecast["sales_override"].notna()]
    breadth = [_breadth(cells, row) for row in given[["product", "location", "channel"]].itertuples(index=False)]
    rows = given.assign(_breadth=breadth).sort_values("_breadth", kind="stable").drop(columns="_breadth")
    rows = rows.reset_index(drop=True)
    bucket_of = {day: position for position, day in enumerate(starts)}
    units, by_row, issues = before.copy(), np.full(before.shape, -1), []
    for number, row in enumerate(rows.to_dict("records")):
        code, value = str(row["product"]), float(row["sales_override"])
        covered = covered_by(cells, code, str(row["location"]), str(row["channel"]))
        label = f"The override of {_named(code)} in {row['period'].date().isoformat()}"
        if not covered.size:
            issues.append(unknown_target(_TABLE, label, code))
            continue
        bucket = bucket_of[row["period"].to_datetime64()]
        claimed = by_row[covered, bucket] >= 0
        parts = float(units[covered[claimed], bucket].sum())
        rest, open_cells = value - parts, covered[~claimed]
        if rest < -_ROUNDING or (not open_cells.size and rest > _ROUNDING):
            message = f"{label} is {value:g}, but its parts are overridden to {parts:g}."
            hint = "The parts are kept. Make the total and its parts agree."
            issues.append(Issue(Severity.WARNING, message, hint, table=_TABLE))
        if open_cells.size:
            units[open_cells, bucket] = shared_out(max(rest, 0.0), before[open_cells], bucket)
            by_row[open_cells, bucket] = number
    return Overridden(units, by_row, rows, tuple(issues))


def covered_by(cells: pd.DataFrame, code: str, location: str, channel: str) -> np.ndarray:
    """Return the rows of the cells that a product, else a family, else ALL covers at a location and channel or ALL."""
    covered = np.ones(len(cells), dtype=bool)
    if code != EVERYWHERE:
        covered = (cells["product"] == code).to_numpy()
        if not covered.any():
            covered = (cells["family"] == code).to_numpy()
    for name, place in (("location", location), ("channel", channel)):
        if place != EVERYWHERE:
            covered = covered & (cells[name] == place).to_numpy()
    return np.flatnonzero(covered)


def shared_out(units: float, before: np.ndarray, bucket: int) -> np.ndarray:
    """Return units shared over cells by what is planned in a bucket, to the last digit.

    Without anything in the bucket by what is planned over the horizon, and without that equally.

    Args:
        units: what is shared, >= 0.
        before: what is planned (cells × buckets).
        bucket: position of the bucket.
    """
    own = before[:, bucket]
    if units == own.sum():
        return own
    weight = own if own.sum() > 0 else before.sum(axis=1)
    weight = weight if weight.sum() > 0 else np.ones(len(before))
    shares = units * (weight / weight.sum())
    if float(units).is_integer() and (own % 1 == 0).all():
        return whole_units(shares, int(units))
    largest = int(np.argmax(shares))
    shares[largest] += units - shares.sum()
    return shares


def whole_units(shares: np.ndarray, total: int) -> np.ndarray:
    """Return whole units that add up to a total: rounded down, then one more for the largest remainders.

    References:
        Balinski & Young (2001), Fair Representation, on the method of largest remainders.
    """
    down = np.floor(shares)
    left = total - int(down.sum())
    order = np.argsort(-(shares - down), kind="stable")
    for position in range(left):
        down[order[position % len(shares)]] += 1
    return down


def _breadth(cells: pd.DataFrame, row: tuple[str, str, str]) -> int:
    code, location, channel = row
    places = int(location == EVERYWHERE) + int(channel == EVERYWHERE)
    if code == EVERYWHERE:
        return _PARTS_OF_ALL + places
    return places + (_PARTS_OF_PRODUCT if (cells["product"] == code).any() else _PARTS_OF_FAMILY)


def _named(code: str) -> str:
    return "the total" if code == EVERYWHERE else code
