"""Layers of the product book: launches with their ramp, and the end of life."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from sop_xl.demand.buckets import day_shares
from sop_xl.demand.demand_grid import Contribution, DemandGrid, unknown_target
from sop_xl.model.calendar import add_months
from sop_xl.model.issue import Issue, Severity

_RAMP_MONTHS = 6


def launch_layer(grid: DemandGrid, launches: pd.DataFrame) -> tuple[list[Contribution], list[Issue]]:
    """Return the demand of new products after their analogue, and what a cannibalised product loses.

    ``units = analogue's baseline × ramp of the month since launch``, by days where a bucket holds several ramp months;
    after month 6 the last ramp holds. The cannibalised product loses ``cannibalisation % × units``. Stopped launches
    add nothing, nor do launches before the horizon of products that have a baseline already. Units.

    Args:
        grid: cells, buckets and baseline.
        launches: table ``launches`` of the schema.
    """
    found: list[Contribution] = []
    issues: list[Issue] = []
    for row in launches[launches["gate"] != "stopped"].to_dict("records"):
        product, analogue = str(row["product"]), str(row["analogue"])
        cells, pattern = grid.cells_of(product), grid.cells_of(analogue)
        if not pattern.size or not cells.size:
            issues.append(unknown_target("launches", f"The launch of {product}", analogue if cells.size else product))
            continue
        if row["launch"].date() < grid.calendar.start and grid.baseline[cells].any():
            message = f"{product} was launched before the horizon and has a baseline; its ramp is not added."
            issues.append(Issue(Severity.INFO, message, "Nothing to do.", table="launches"))
            continue
        units = _at_the_places_of(grid, cells, pattern) * _ramp(grid, row)
        facts = (product, "launch", str(row["assumption_id"]))
        found.append(Contribution("launch", *facts, cells, units))
        rival = str(row["cannibalised_product"])
        if rival and row["cannibalisation_pct"] > 0:
            loss = grid.loss_of(rival, cells, units * row["cannibalisation_pct"])
            if loss is None:
                issues.append(unknown_target("launches", f"Cannibalisation of the launch of {product}", rival))
            else:
                found.append(Contribution("launch", *facts, *loss))
    return found, issues


def _ramp(grid: DemandGrid, row: dict) -> np.ndarray:
    """Return the ramp of each bucket, the months since launch weighted by their days."""
    launch = row["launch"].date()
    starts = [add_months(launch, month) for month in range(_RAMP_MONTHS)]
    ends = [*starts[1:], max(grid.calendar.end, starts[-1])]
    ramp = np.zeros(len(grid.calendar))
    for month, (start, end) in enumerate(zip(starts, ends, strict=True), start=1):
        ramp += row[f"ramp_m{month}"] * day_shares(grid.calendar, start, end)
    return ramp


def _at_the_places_of(grid: DemandGrid, cells: np.ndarray, pattern: np.ndarray) -> np.ndarray:
    """Return the analogue's baseline on the new product's cells: place by place, the rest spread evenly."""
    places = {
        tuple(place): row
        for row, place in zip(cells, grid.cells[["location", "channel"]].to_numpy()[cells], strict=True)
    }
    position = {row: index for index, row in enumerate(cells)}
    units = np.zeros((cells.size, len(grid.calendar)))
    rest = np.zeros(len(grid.calendar))
    for row in pattern:
        place = tuple(grid.cells[["location", "channel"]].to_numpy()[row])
        if place in places:
            units[position[places[place]]] += grid.baseline[row]
        else:
            rest = rest + grid.baseline[row]
    return units + rest / cells.size


def end_of_life_layer(grid: DemandGrid, before: np.ndarray, products: pd.DataFrame) -> list[Contribution]:
    """Return what ends with the last day of sale: all demand after it, by days in the bucket it falls into. Units.

    Args:
        grid: cells, buckets and baseline.
        before: baseline + other layers, units per cell and bucket.
        products: table ``products`` of the schema.
    """
    found = []
    for row in products[products["end_of_life"].notna()].to_dict("records"):
        cells = np.flatnonzero((grid.cells["product"] == row["product"]).to_numpy())
        over = row["end_of_life"].date() + timedelta(days=1)
        lost = -before[cells] * day_shares(grid.calendar, over, max(grid.calendar.end, over))
        if lost.any():
            source = f"end of life of {row['product']}"
            found.append(Contribution("judgement", source, "end of life", "", cells, lost))
    return found


def overrides_in_life(sales_forecast: pd.DataFrame, products: pd.DataFrame) -> tuple[pd.DataFrame, list[Issue]]:
    """Return the sales forecast without overrides after the end of life, and a warning for each product with such.

    Args:
        sales_forecast: table ``sales_forecast`` of the schema.
        products: table ``products`` of the schema.
    """
    last = sales_forecast["product"].map(dict(zip(products["product"], products["end_of_life"], strict=True)))
    late = sales_forecast["sales_override"].gt(0) & (sales_forecast["period"] > pd.to_datetime(last))
    issues = [
        Issue(
            Severity.WARNING,
            f"{len(rows)} overrides of {product} lie after its end of life and are not planned.",
            "Agree on the last day of sale with product management.",
            table="sales_forecast",
        )
        for product, rows in sales_forecast[late].groupby("product")
    ]
    return sales_forecast[~late], issues
