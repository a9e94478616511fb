"""From demand to what is served: by which hours, partners and stocks the demand of every bucket is met, or is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sop_xl.schema.frames import empty, typed
from sop_xl.supply.service import served

SOURCES = ("regular", "overtime", "outsourced", "receipts", "built_ahead")
"""What serves demand on time, in the order of the picture; then come *late* and *lost*."""
STEPS = (*SOURCES, "late", "lost")
_FLOWS = ("produced", "outsourced", "scheduled", "consumed", "expired")


def demand_served(tables: Mapping[str, pd.DataFrame], starts: Sequence[pd.Timestamp]) -> pd.DataFrame:
    """Return how the demand of every family and bucket is met (schema table ``demand_served``).

    Grain: family × bucket; units; demand = regular + overtime + outsourced + receipts + from stock + late + lost.
    Worked out by product, all locations together: units delivered on time come first from what the product gets in the
    same bucket, each source in proportion, and beyond that from stock: on hand, built ahead, or on its way. Units made
    are overtime in the proportion in which the hours of their resources are overtime or bought.

    Args:
        tables: of a solved plan: ``sales_plan, inventory_plan, production_plan, resource_load``.
        starts: first days of the buckets.
    """
    sales = tables["sales_plan"]
    if sales.empty:
        return empty("demand_served")
    products = sorted(set(sales["product"]))
    family = dict(zip(sales["product"], sales["family"], strict=True))
    late, lost = _missed(sales, products, starts)
    on_time = _wide(sales, "on_time", products, starts)
    flow = {name: _wide(tables["inventory_plan"], name, products, starts) for name in _FLOWS}
    overtime = flow["produced"] * _overtime_share(tables, products, starts)
    came = {
        "regular": flow["produced"] - overtime,
        "overtime": overtime,
        "outsourced": flow["outsourced"],
        "receipts": flow["scheduled"],
    }
    total = sum(came.values())
    usable = np.maximum(total - flow["consumed"] - flow["expired"], 0)
    own = np.minimum(on_time, usable)
    part = np.divide(own, total, out=np.zeros_like(own), where=total > 0)
    columns = {name: units * part for name, units in came.items()}
    columns |= {"built_ahead": on_time - own, "late": late, "lost": lost}
    demand = _wide(sales, "demand", products, starts)
    rows = pd.DataFrame(
        {
            "family": np.repeat([family[product] for product in products], len(starts)),
            "period": np.tile(pd.DatetimeIndex(starts), len(products)),
            "demand": demand.ravel(),
            **{name: units.ravel() for name, units in columns.items()},
        }
    )
    return typed("demand_served", rows.groupby(["family", "period"], as_index=False).sum())


def _missed(
    sales: pd.DataFrame, products: Sequence[str], starts: Sequence[pd.Timestamp]
) -> tuple[np.ndarray, np.ndarray]:
    """Units late and lost, product × bucket of the demand, worked out for every series."""
    late, lost = np.zeros((len(products), len(starts))), np.zeros((len(products), len(starts)))
    row_of = {product: row for row, product in enumerate(products)}
    for (product, _, _), own in sales.groupby(["product", "location", "channel"]):
        series = own.set_index("period").reindex(starts)
        service = served(series["demand"].tolist(), series["delivered"].tolist())
        late[row_of[product]] += service.late
        lost[row_of[product]] += service.lost
    return late, lost


def _overtime_share(
    tables: Mapping[str, pd.DataFrame], products: Sequence[str], starts: Sequence[pd.Timestamp]
) -> np.ndarray:
    """Share of the hours of a product that are overtime or bought, product × bucket; 0 where it takes no hours."""
    load = tables["resource_load"]
    extra = (load["overtime_hours"] + load["subcontract_hours"]).where(load["planned_hours"] > 0, 0.0)
    shares = load[["resource", "period"]].assign(share=extra / load["planned_hours"].where(extra > 0, 1.0))
    made = tables["production_plan"].merge(shares, on=["resource", "period"], how="left")
    hours = _wide(made, "hours", products, starts)
    over = _wide(made.assign(over=made["hours"] * made["share"]), "over", products, starts)
    return np.divide(over, hours, out=np.zeros_like(over), where=hours > 0)


def _wide(frame: pd.DataFrame, column: str, products: Sequence[str], starts: Sequence[pd.Timestamp]) -> np.ndarray:
    """Sums by product and bucket as an array; 0 where a table has no row, which is what it says."""
    wide = frame.groupby(["product", "period"])[column].sum().unstack(fill_value=0.0)
    return np.asarray(wide.reindex(index=products, columns=pd.DatetimeIndex(starts), fill_value=0.0), dtype=float)
