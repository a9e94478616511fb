"""Layers of the sales book: pipeline, account changes and the override."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from sop_xl.demand.buckets import bucket_starts, months_within
from sop_xl.demand.demand_grid import Contribution, DemandGrid, unknown_target
from sop_xl.demand.overrides import Overridden, with_overrides
from sop_xl.model.calendar import add_months
from sop_xl.model.issue import Issue, Severity

_ACCOUNT_REASONS = {"win": "account win", "loss": "account loss", "reprice": "price"}


def pipeline_layer(grid: DemandGrid, pipeline: pd.DataFrame) -> tuple[list[Contribution], list[Issue]]:
    """Return the opportunities that are not in the baseline, weighted with their probability.

    ``units = quantity per month × probability × months of the bucket within the duration``; lost opportunities add
    nothing. Nothing is delivered before the signature: an opportunity that closes after its first bucket starts on the
    day it closes. One that should have closed before the horizon, neither won nor lost, is planned and reported. A
    family is spread over its products by the baseline. Units.

    Args:
        grid: cells, buckets and baseline.
        pipeline: table ``pipeline`` of the schema.
    """
    found: list[Contribution] = []
    issues: list[Issue] = []
    planned = pipeline[~pipeline["in_baseline"].astype(bool) & (pipeline["stage"] != "lost")]
    for row in planned.to_dict("records"):
        name, code = str(row["opportunity"]), str(row["product"])
        cells = grid.cells_of(code)
        if not cells.size:
            issues.append(unknown_target("pipeline", f"Opportunity {name}", code))
            continue
        start = row["start_period"].date()
        if not pd.isna(row["close_date"]):
            closes = row["close_date"].date()
            issues += _stale(grid, row, closes)
            start = max(start, closes)
        months = months_within(grid.calendar, start, add_months(start, int(row["duration"])))
        units = row["quantity"] * row["probability"] * months
        if units.any():
            facts = (name, "account win", str(row["assumption_id"]))
            found.append(Contribution("pipeline", *facts, cells, grid.spread(cells, units)))
    return found, issues


def _stale(grid: DemandGrid, row: dict, closes: date) -> list[Issue]:
    """Return a warning where an opportunity was to close before the horizon and has not."""
    if closes >= grid.calendar.start or row["stage"] == "won":
        return []
    message = (
        f"Opportunity {row['opportunity']} was to close on {closes.isoformat()} and is still at {row['stage']}; it is "
        f"planned with {row['probability']:.0%}."
    ).replace("%", " %")
    hint = "Move the close date, or set the stage to won or lost."
    return [Issue(Severity.WARNING, message, hint, table="pipeline")]


def account_layer(grid: DemandGrid, account_changes: pd.DataFrame) -> tuple[list[Contribution], list[Issue]]:
    """Return customers won, lost or repriced: a lasting change per month from a bucket on, weighted with confidence.

    ``units = Δ quantity per month × confidence × months of the bucket``. A loss written as a positive quantity is
    taken as a loss and reported. Units.

    Args:
        grid: cells, buckets and baseline.
        account_changes: table ``account_changes`` of the schema.
    """
    found: list[Contribution] = []
    issues: list[Issue] = []
    for row in account_changes.to_dict("records"):
        customer, code, change = str(row["customer"]), str(row["product"]), float(row["quantity_change"])
        cells = grid.cells_of(code)
        if not cells.size:
            issues.append(unknown_target("account_changes", f"The change of {customer}", code))
            continue
        if row["type"] == "loss" and change > 0:
            message = f"The loss of {customer} is written as +{change:g}; it counts as −{change:g}."
            issues.append(Issue(Severity.WARNING, message, "Write losses as negative.", table="account_changes"))
            change = -change
        months = months_within(grid.calendar, row["period"].date(), grid.calendar.end)
        units = change * row["confidence"] * months
        if units.any():
            facts = (customer, _ACCOUNT_REASONS[str(row["type"])], str(row["assumption_id"]))
            found.append(Contribution("account", *facts, cells, grid.spread(cells, units)))
    return found, issues


def override_layer(
    grid: DemandGrid, before: np.ndarray, sales_forecast: pd.DataFrame
) -> tuple[list[Contribution], list[Issue]]:
    """Return what the overrides of sales change: override − (baseline + other layers).

    An empty override keeps what is there, an override of 0 plans zero. A row may stand for a family or for everything:
    see `with_overrides`. Units.

    Args:
        grid: cells, buckets and baseline.
        before: baseline + other layers, units per cell and bucket.
        sales_forecast: table ``sales_forecast`` of the schema.
    """
    given = sales_forecast[sales_forecast["sales_override"].notna()]
    made = with_overrides(grid.cells, before, bucket_starts(grid.calendar), given)
    return _as_contributions(made, made.units - before), [*_without_reason(given), *made.issues]


def _without_reason(given: pd.DataFrame) -> list[Issue]:
    issues = []
    bare = given[given["reason"] == ""]
    if len(bare):
        products = ", ".join(sorted(set(bare["product"]))[:5])
        message = f"{len(bare)} overrides have no reason (products {products})."
        issues.append(Issue(Severity.WARNING, message, "Choose a reason code beside each.", table="sales_forecast"))
    silent = given[(given["reason"] == "other") & (given["note"] == "")]
    if len(silent):
        products = ", ".join(sorted(set(silent["product"]))[:5])
        message = f"{len(silent)} overrides give the reason 'other' without a note (products {products})."
        issues.append(Issue(Severity.WARNING, message, "Say in words why.", table="sales_forecast"))
    return issues


def _as_contributions(made: Overridden, change: np.ndarray) -> list[Contribution]:
    """Return one contribution per reason and assumption."""
    found = []
    for (reason, assumption), rows in made.rows.groupby(["reason", "assumption_id"], sort=False):
        units = np.where(np.isin(made.row, rows.index), change, 0.0)
        cells = np.flatnonzero(units.any(axis=1))
        if cells.size:
            found.append(Contribution("judgement", "sales", str(reason), str(assumption), cells, units[cells]))
    return found
