"""The layer of consensus demand that signals add."""

from __future__ import annotations

import numpy as np

from sop_xl.demand.demand_grid import KEY, Contribution, DemandGrid
from sop_xl.demand.sensing.sense import SensedDemand
from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import Tables
from sop_xl.schema.catalogue import EVERYWHERE


def sensing_layer(
    grid: DemandGrid, sensed: SensedDemand | None, tables: Tables
) -> tuple[list[Contribution], list[Issue]]:
    """Return what each driver adds to the cells whose series use signals, and a warning where a layer repeats it.

    A price change or campaign of a product that a price or promotion signal is used for would be counted twice; it is
    reported, not guessed away. Units.

    Args:
        grid: cells, buckets and baseline.
        sensed: what signals add to the baseline.
        tables: typed input tables, to look for repetitions.
    """
    if sensed is None or not sensed.keys:
        return [], []
    row_of = {tuple(key): row for row, key in enumerate(grid.cells[KEY].to_numpy())}
    there = [position for position, key in enumerate(sensed.keys) if key in row_of]
    cells = np.array([row_of[sensed.keys[position]] for position in there], dtype=int)
    found = []
    for column, (name, reason) in enumerate(sensed.sources):
        units = sensed.units[there, column]
        if units.any():
            found.append(Contribution("sensing", name, reason, "", cells, units))
    return found, _repeated(grid, sensed, tables)


def _repeated(grid: DemandGrid, sensed: SensedDemand, tables: Tables) -> list[Issue]:
    issues = []
    effects = sensed.effects
    for kind, table, word in (("price", "price_changes", "price change"), ("promotion", "campaigns", "campaign")):
        moved = effects[(effects["kind"] == kind) & (effects["planned_change"].abs() > 0)]
        heard = set(moved["product"])
        for code in dict.fromkeys(tables[table]["product"]):
            covered = set(grid.cells["product"].to_numpy()[grid.cells_of(str(code))]) if code != EVERYWHERE else heard
            if not covered & heard:
                continue
            text = f"The {word} of {code} and a {kind} signal of the same product both change its demand."
            hint = "Leave the change out of the signal's future, or out of this table, so that it counts once."
            issues.append(Issue(Severity.WARNING, text, hint, table=table))
    return issues
