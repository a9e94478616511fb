"""The digital twin of a solved plan: what a simulation needs to carry it out, by family and bucket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from sop_xl.finance.standard import bucket_starts, expand_products, period_lengths
from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.result import ScenarioResult
from sop_xl.supply.demand_draws import QuantilePaths
from sop_xl.supply.lead_time import lead_time
from sop_xl.supply.simulation import SHORT, Disturbances, Twin, simulate

MOST_HEADROOM = 1.0
"""Supply of a bucket can at most double, whatever its resources could do."""
_SOON = 0.5
_PER_UNIT = ("rebates", "material", "conversion", "freight")


def twin_of(result: ScenarioResult) -> Twin:
    """Return the digital twin of a solved and priced plan.

    Grain: family × bucket, in the places that serve its customers within the bucket: where it is sold, and what sends
    there on a lane from which at least half arrives in the bucket it leaves. Net supply = closing − opening stock +
    units delivered, so that production, partners, receipts, lanes and own use are all in it. Without luck the twin
    earns the gross margin of the plan: what depends on no delivery (supply premium, fixed cost of a choice) is its
    fixed part.

    Args:
        result: a scenario with a plan.
    """
    inputs, tables = result.inputs, result.plan.tables
    starts = bucket_starts(inputs)
    sales = tables["sales_plan"]
    families = tuple(sorted(set(sales["family"])))
    stock_there = tables["inventory_plan"].merge(_serving(inputs, tables), on=["product", "location"])
    demand, delivered = (by_family(sales, name, families, starts) for name in ("demand", "delivered"))
    stock = by_family(stock_there, "closing_stock", families, starts)
    opening = by_family(stock_there[stock_there["period"] == starts[0]], "opening_stock", families, starts)[:, 0]
    lost = inputs.settings["shortage"] == "lost_sales"
    owed = np.maximum((demand - delivered).cumsum(axis=1), 0.0)
    missing = demand - delivered if lost else owed
    per_unit, price = _money_per_unit(result.profit_and_loss, families, starts)
    resources = tuple(sorted(set(tables["production_plan"]["resource"]) - {""}))
    twin = Twin(
        families=families,
        demand=demand,
        supply=np.diff(stock, axis=1, prepend=opening[:, None]) + delivered,
        stock=stock,
        backlog=np.zeros_like(owed) if lost else owed,
        opening=opening,
        headroom=_headroom(inputs, tables["resource_load"], tables["production_plan"], families, resources, starts),
        margin=per_unit,
        price=price,
        stock_value=_value_per_unit(stock_there, families, starts),
        resources=resources,
        use=use_of(tables, families, resources),
        lost=lost,
        blocked=np.where(missing <= stock, np.maximum(missing, 0.0), 0.0),
        held=np.where(missing > stock, stock, 0.0),
    )
    margin = float(result.profit_and_loss["gross_margin"].sum()) - result.scenario.fixed_cost
    return replace(twin, fixed=margin - float(without_luck(twin)[0]))


def without_luck(twin: Twin) -> tuple[float, float]:
    """Return the gross margin and the share delivered on time of a twin to which everything happens as planned."""
    correlation = np.eye(len(twin.families))
    planned = QuantilePaths(twin.demand, twin.demand, twin.demand, correlation, 0.0)
    done = simulate(twin, planned, Disturbances.none(twin), paths=1, seed=0)
    return float(done.margin[0]), float(done.service[0])


def by_family(frame: pd.DataFrame, column: str, families: Sequence[str], starts: pd.DatetimeIndex) -> np.ndarray:
    """Return sums by family and bucket, shape (families, buckets); 0 where the plan has no row."""
    wide = frame.groupby(["family", "period"])[column].sum().unstack(fill_value=0.0)
    return np.asarray(wide.reindex(index=list(families), columns=starts, fill_value=0.0), dtype=float)


def _serving(inputs: PlanningInputs, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the products and locations whose stock can serve customers within a bucket."""
    sold = tables["sales_plan"][["product", "location"]].drop_duplicates()
    lanes = expand_products(inputs, "lanes", ("from_location", "to_location"))
    leads = zip(lanes["lead_time"], lanes["lead_time_unit"], strict=True)
    soon = [dict(lead_time(inputs, float(lead), str(unit)).of(0)).get(0, 0.0) >= _SOON for lead, unit in leads]
    feeding = lanes[np.array(soon, dtype=bool)].merge(
        sold.rename(columns={"location": "to_location"}), on=["product", "to_location"]
    )
    senders = feeding[["product", "from_location"]].rename(columns={"from_location": "location"})
    return pd.concat([sold, senders]).drop_duplicates(ignore_index=True)


def use_of(tables: Mapping[str, pd.DataFrame], families: Sequence[str], resources: Sequence[str]) -> np.ndarray:
    """Return the share of each family's units that run over each resource, shape (families, resources)."""
    stock, made = tables["inventory_plan"], tables["production_plan"]
    family = dict(zip(stock["product"], stock["family"], strict=True))
    got = stock.assign(units=stock["produced"] + stock["outsourced"] + stock["scheduled"])
    total = got.groupby("family")["units"].sum().reindex(list(families), fill_value=0.0).to_numpy(dtype=float)
    steps = made.groupby(["product", "location", "operation", "resource"], as_index=False)["units"].sum()
    runs = steps.groupby(["product", "location", "resource"], as_index=False)["units"].max()
    runs = runs.assign(family=runs["product"].map(family))
    wide = runs.groupby(["family", "resource"])["units"].sum().unstack(fill_value=0.0)
    over = np.asarray(wide.reindex(index=list(families), columns=list(resources), fill_value=0.0), dtype=float)
    return np.minimum(np.divide(over, total[:, None], out=np.zeros_like(over), where=total[:, None] > 0), 1.0)


def _money_per_unit(
    money: pd.DataFrame, families: Sequence[str], starts: pd.DatetimeIndex
) -> tuple[np.ndarray, np.ndarray]:
    """Contribution and revenue of a unit delivered; where a bucket delivers none, those of the family's mean."""
    units, revenue = (by_family(money, name, families, starts) for name in ("units", "revenue"))
    contribution = revenue - np.sum([by_family(money, name, families, starts) for name in _PER_UNIT], axis=0)
    return tuple(_over_units(part, units) for part in (contribution, revenue))  # type: ignore[return-value]


def _over_units(amount: np.ndarray, units: np.ndarray) -> np.ndarray:
    whole = units.sum(axis=1, keepdims=True)
    mean = np.divide(amount.sum(axis=1, keepdims=True), whole, out=np.zeros_like(whole), where=whole > 0)
    return np.divide(amount, units, out=np.broadcast_to(mean, units.shape).copy(), where=units > SHORT)


def _value_per_unit(stock: pd.DataFrame, families: Sequence[str], starts: pd.DatetimeIndex) -> np.ndarray:
    value, units = (by_family(stock, name, families, starts).sum(axis=1) for name in ("stock_value", "closing_stock"))
    return np.divide(value, units, out=np.zeros_like(value), where=units > 0)


def _headroom(
    inputs: PlanningInputs,
    load: pd.DataFrame,
    made: pd.DataFrame,
    families: Sequence[str],
    resources: Sequence[str],
    starts: pd.DatetimeIndex,
) -> np.ndarray:
    """How much more each family could get in a bucket, in parts: that of the fullest resource it runs over.

    A family bought finished has the room its partners' limits leave, ``MOST_HEADROOM`` without a limit.
    """
    found = np.full((len(families), len(starts)), MOST_HEADROOM)
    room = resource_room(inputs, load, resources, starts)
    family_of = dict(zip(inputs["products"]["product"], inputs["products"]["family"], strict=True))
    pairs = {(family_of.get(p, ""), r) for p, r in zip(made["product"], made["resource"], strict=True) if r}
    at = {family: row for row, family in enumerate(families)}
    for family, resource in sorted(pairs):
        if family in at:
            found[at[family]] = np.minimum(found[at[family]], room[resources.index(resource)])
    made_here = {family for family, _ in pairs}
    for family, row in at.items():
        if family not in made_here:
            found[row] = _partner_room(inputs, family, starts)
    return found


def resource_room(
    inputs: PlanningInputs, load: pd.DataFrame, resources: Sequence[str], starts: pd.DatetimeIndex
) -> np.ndarray:
    """Return how many more hours each resource offers in a bucket, in parts of those planned: 0 to MOST_HEADROOM."""
    limits = inputs["resources"].set_index("resource").reindex(list(resources))
    more = (limits["overtime_max"] + limits["subcontract_max"]).to_numpy(dtype=float)[:, None]
    most = _hours(load, "available_hours", resources, starts) + more * period_lengths(inputs).to_numpy()[None, :]
    planned = _hours(load, "planned_hours", resources, starts)
    room = np.divide(most, planned, out=np.full_like(planned, 1 + MOST_HEADROOM), where=planned > 0) - 1
    return np.clip(room, 0.0, MOST_HEADROOM)


def _hours(load: pd.DataFrame, column: str, resources: Sequence[str], starts: pd.DatetimeIndex) -> np.ndarray:
    wide = load.groupby(["resource", "period"])[column].sum().unstack(fill_value=0.0)
    return np.asarray(wide.reindex(index=list(resources), columns=starts, fill_value=0.0), dtype=float)


def _partner_room(inputs: PlanningInputs, family: str, starts: pd.DatetimeIndex) -> float:
    offers = expand_products(inputs, "outsourcing", ("location", "partner"))
    members = set(inputs["products"].loc[inputs["products"]["family"] == family, "product"])
    own = offers[offers["product"].isin(members)]
    return MOST_HEADROOM if len(own) and own["limit"].isna().any() else 0.0
