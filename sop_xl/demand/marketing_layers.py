"""Layers of the marketing book: campaigns and price changes."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from sop_xl.demand.buckets import day_shares
from sop_xl.demand.demand_grid import Contribution, DemandGrid, unknown_target
from sop_xl.model.calendar import add_months
from sop_xl.model.issue import Issue, Severity

_PLANNED = ("planned", "approved")


def promotion_layer(grid: DemandGrid, campaigns: pd.DataFrame) -> tuple[list[Contribution], list[Issue]]:
    """Return what campaigns add while they run, take from the month after, and take from a cannibalised product.

    ``lift = baseline × uplift % × share of the bucket's days in the campaign``; the post-dip takes ``post-dip % ×
    lifted units`` from the month after the end (units lifted before the horizon are taken from its first bucket's
    baseline), the cannibalised product loses ``cannibalisation % × lift`` in the
    same bucket. Ideas and cancelled campaigns are left out. A family lifts all of its products. Units.

    Args:
        grid: cells, buckets and baseline.
        campaigns: table ``campaigns`` of the schema.
    """
    found: list[Contribution] = []
    issues: list[Issue] = []
    for row in campaigns[campaigns["status"].isin(_PLANNED)].to_dict("records"):
        name, code = str(row["campaign"]), str(row["product"])
        cells = grid.cells_of(code)
        first, after = row["start"].date(), row["end"].date() + timedelta(days=1)
        if after <= first:
            message = f"Campaign {name} ends before it starts; it is not planned."
            issues.append(Issue(Severity.WARNING, message, "Correct start or end.", table="campaigns"))
            continue
        if not cells.size:
            issues.append(unknown_target("campaigns", f"Campaign {name}", code))
            continue
        running = day_shares(grid.calendar, first, after)
        echo = after < grid.calendar.start < add_months(after, 1) and row["post_dip_pct"] > 0
        if not running.any() and not echo:
            message = f"Campaign {name} runs outside the horizon; it is not planned."
            issues.append(Issue(Severity.INFO, message, "Nothing to do.", table="campaigns"))
            continue
        lift = grid.baseline[cells] * running * row["uplift_pct"]
        won = np.clip(lift, 0.0, None)
        before = _lifted_before(grid, cells, first, after) * max(row["uplift_pct"], 0.0)
        dip = _post_dip(grid, won.sum(axis=1) + before, after) * row["post_dip_pct"]
        facts = (name, "promotion", str(row["assumption_id"]))
        found.append(Contribution("promotion", *facts, cells, lift - dip))
        rival = str(row["cannibalised_product"])
        if rival and row["cannibalisation_pct"] > 0:
            loss = grid.loss_of(rival, cells, won * row["cannibalisation_pct"])
            if loss is None:
                issues.append(unknown_target("campaigns", f"Cannibalisation of campaign {name}", rival))
            else:
                found.append(Contribution("promotion", *facts, *loss))
    return found, issues


def _lifted_before(grid: DemandGrid, cells: np.ndarray, first: date, after: date) -> np.ndarray:
    """Return the baseline of the days that a campaign ran before the horizon, at the rate of its first bucket."""
    opening = grid.calendar.buckets[0]
    days = max((min(after, opening.start) - first).days, 0)
    return grid.baseline[cells, 0] * days / opening.days


def _post_dip(grid: DemandGrid, lifted: np.ndarray, after: date) -> np.ndarray:
    """Return the lifted units of each cell laid on the month after the campaign, by days; beyond the horizon lost."""
    end = add_months(after, 1)
    days = day_shares(grid.calendar, after, end) * [bucket.days for bucket in grid.calendar.buckets]
    return lifted[:, None] * days / (end - after).days


def price_layer(grid: DemandGrid, price_changes: pd.DataFrame) -> tuple[list[Contribution], list[Issue]]:
    """Return what price changes do to demand through elasticity.

    ``Δ units = baseline × ((new / old) ^ elasticity − 1)`` from the effective day on, by days in the bucket it falls
    into. A further change of the same product applies to the demand after the ones before it. A change in force
    before the horizon is in the history already and adds nothing. Units.

    Args:
        grid: cells, buckets and baseline.
        price_changes: table ``price_changes`` of the schema.
    """
    found: list[Contribution] = []
    issues: list[Issue] = []
    reached: dict[str, np.ndarray] = {}
    for row in price_changes.sort_values(["product", "effective"], kind="stable").to_dict("records"):
        code, effective = str(row["product"]), row["effective"].date()
        label = f"price of {code} from {effective.isoformat()}"
        cells = grid.cells_of(code)
        if effective < grid.calendar.start or effective >= grid.calendar.end:
            when = "before" if effective < grid.calendar.start else "after"
            message = f"The {label} takes effect {when} the horizon; it adds nothing."
            issues.append(Issue(Severity.INFO, message, "Nothing to do.", table="price_changes"))
            continue
        if row["old_price"] <= 0 or row["new_price"] <= 0:
            message = f"The {label} has a price of 0, for which no elasticity is defined; it adds nothing."
            issues.append(Issue(Severity.WARNING, message, "Give both prices above 0.", table="price_changes"))
            continue
        if not cells.size:
            issues.append(unknown_target("price_changes", f"The {label}", code))
            continue
        factor = (row["new_price"] / row["old_price"]) ** row["elasticity"] - 1
        level = reached.get(code, grid.baseline[cells])
        change = level * factor * day_shares(grid.calendar, effective, grid.calendar.end)
        reached[code] = level + change
        if factor:
            facts = (label, "price", str(row["assumption_id"]))
            found.append(Contribution("price_effect", *facts, cells, change))
    return found, issues
