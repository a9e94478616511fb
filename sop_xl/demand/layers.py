"""Consensus demand: the baseline and every layer on it, each with its reason, assumption and source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sop_xl.demand.buckets import bucket_starts
from sop_xl.demand.demand_grid import KEY, Contribution, DemandGrid, make_grid
from sop_xl.demand.lifecycle_layers import end_of_life_layer, launch_layer, overrides_in_life
from sop_xl.demand.marketing_layers import price_layer, promotion_layer
from sop_xl.demand.price import demand_prices, unlisted_price_changes
from sop_xl.demand.sales_layers import account_layer, override_layer, pipeline_layer
from sop_xl.demand.sensing.layer import sensing_layer
from sop_xl.demand.sensing.sense import SensedDemand
from sop_xl.model.calendar import Calendar
from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import Tables
from sop_xl.schema import frames

_ROUNDING = 1e-6

LAYERS = ("sensing", "promotion", "price_effect", "pipeline", "launch", "account", "judgement")


@dataclass(frozen=True, slots=True)
class ConsensusDemand:
    """Unconstrained demand as agreed, by layer.

    Attributes:
        table: table ``consensus_demand`` of the schema, product × location × channel × bucket:
            in units
            ``consensus = baseline + sensing + promotion + price_effect + pipeline + launch + account + judgement``,
            ``revenue = consensus × price`` (NaN without a price).
        layers: table ``demand_layers`` of the schema: every change with quantity, reason, assumption and source.
        issues: what was found on the way.
    """

    table: pd.DataFrame
    layers: pd.DataFrame
    issues: tuple[Issue, ...]


def consensus(
    tables: Tables, calendar: Calendar, baseline: pd.DataFrame, sensed: SensedDemand | None = None
) -> ConsensusDemand:
    """Lay signals, campaigns, prices, pipeline, launches, account changes and overrides on the baseline.

    All layers but the override are reckoned on the baseline, so their order does not matter. Where losses exceed
    what is there, they are cut in proportion and reported: demand is never negative. A missing override keeps what
    is there, an override of 0 plans zero. Where the table ``demand`` is given, it is planned as it stands: it
    appears as baseline without layers.

    Args:
        tables: typed input tables of the schema, all present.
        calendar: buckets of the plan.
        baseline: table ``baseline`` of the schema; not read where ``demand`` is given.
        sensed: what signals add to this baseline; None where nothing was sensed.
    """
    if len(tables["demand"]):
        return _as_agreed(tables, calendar)
    grid, issues = make_grid(tables, calendar, baseline)
    found: list[Contribution] = []
    for contributions, problems in (
        sensing_layer(grid, sensed, tables),
        promotion_layer(grid, tables["campaigns"]),
        price_layer(grid, tables["price_changes"]),
        pipeline_layer(grid, tables["pipeline"]),
        launch_layer(grid, tables["launches"]),
        account_layer(grid, tables["account_changes"]),
    ):
        found += contributions
        issues += problems
    found, problems = _within_demand(grid, found)
    issues += problems
    found += end_of_life_layer(grid, _demand(grid, found), tables["products"])
    overrides, problems = overrides_in_life(tables["sales_forecast"], tables["products"])
    issues += problems
    contributions, problems = override_layer(grid, _demand(grid, found), overrides)
    issues += [*problems, *unlisted_price_changes(tables, calendar)]
    return _result(grid, found + contributions, tables, issues)


def _as_agreed(tables: Tables, calendar: Calendar) -> ConsensusDemand:
    agreed = tables["demand"].rename(columns={"units": "baseline"})
    without = {name: frames.empty(name) for name in ("launches", "sales_forecast", "pipeline", "account_changes")}
    grid, issues = make_grid({**tables, **without}, calendar, agreed)
    return _result(grid, [], tables, [replace(issue, table="demand") for issue in issues])


def _within_demand(grid: DemandGrid, found: Sequence[Contribution]) -> tuple[list[Contribution], list[Issue]]:
    """Return the contributions with losses cut in proportion where they exceed baseline + gains."""
    gains, losses = grid.baseline.copy(), np.zeros_like(grid.baseline)
    for item in found:
        gains[item.cells] += np.clip(item.units, 0, None)
        losses[item.cells] -= np.clip(item.units, None, 0)
    kept = np.divide(gains, losses, out=np.ones_like(losses), where=losses > gains)
    cut, issues = [], []
    for item in found:
        units = np.where(item.units < 0, item.units * kept[item.cells], item.units)
        lost = float((units - item.units).sum())
        if lost > _ROUNDING:
            message = (
                f"{item.source} takes {lost:,.0f} units more than there is demand; what exceeds it is not planned."
            )
            hint = "Correct the quantity, or the product and period it is taken from."
            issues.append(Issue(Severity.WARNING, message, hint, table=_TABLES[item.layer]))
        cut.append(replace(item, units=units))
    return cut, issues


_TABLES = {
    "sensing": "signals",
    "promotion": "campaigns",
    "price_effect": "price_changes",
    "pipeline": "pipeline",
    "launch": "launches",
    "account": "account_changes",
    "judgement": "sales_forecast",
}


def _by_layer(grid: DemandGrid, found: Sequence[Contribution]) -> dict[str, np.ndarray]:
    layers = {name: np.zeros_like(grid.baseline) for name in LAYERS}
    for item in found:
        layers[item.layer][item.cells] += item.units
    return layers


def _demand(grid: DemandGrid, found: Sequence[Contribution]) -> np.ndarray:
    return np.clip(_summed(grid.baseline, _by_layer(grid, found)), 0.0, None)


def _summed(baseline: np.ndarray, layers: Mapping[str, np.ndarray]) -> np.ndarray:
    total = baseline
    for name in LAYERS:
        total = total + layers[name]
    return total


def _result(
    grid: DemandGrid, found: Sequence[Contribution], tables: Tables, issues: Sequence[Issue]
) -> ConsensusDemand:
    layers = _by_layer(grid, found)
    count = len(grid.calendar)
    starts = bucket_starts(grid.calendar)
    columns = {name: np.repeat(grid.cells[name].to_numpy(), count) for name in ("family", *KEY)}
    frame = pd.DataFrame({**columns, "period": np.tile(starts, len(grid.cells)), "baseline": grid.baseline.ravel()})
    for name in LAYERS:
        frame[name] = layers[name].ravel()
    frame["consensus"] = np.clip(_summed(grid.baseline, layers), 0.0, None).ravel()
    frame["price"], problems = demand_prices(frame, tables, grid.calendar)
    frame["revenue"] = frame["consensus"] * frame["price"]
    facts = _facts(grid, found, starts)
    return ConsensusDemand(frames.typed("consensus_demand", frame), facts, (*issues, *problems))


def _facts(grid: DemandGrid, found: Sequence[Contribution], starts: np.ndarray) -> pd.DataFrame:
    """Return one row per layer, source, cell and bucket with units; rows of equal key are added up."""
    parts = []
    for item in found:
        row, bucket = np.nonzero(item.units)
        cells = grid.cells.iloc[item.cells[row]].reset_index(drop=True)
        parts.append(
            cells[KEY].assign(
                layer=item.layer,
                source=item.source,
                period=starts[bucket],
                quantity=item.units[row, bucket],
                reason=item.reason,
                assumption_id=item.assumption_id,
            )
        )
    if not parts:
        return frames.empty("demand_layers")
    keys = ["layer", "source", *KEY, "period"]
    rows = pd.concat(parts, ignore_index=True)
    joined = rows.groupby(keys, sort=True, as_index=False).agg(
        quantity=("quantity", "sum"), reason=("reason", _listed), assumption_id=("assumption_id", _listed)
    )
    return frames.typed("demand_layers", joined)


def _listed(values: pd.Series) -> str:
    return "; ".join(dict.fromkeys(value for value in values if value))
