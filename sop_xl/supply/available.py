"""Available to promise: what sales may still promise, from stock, what is on its way, and orders promised before."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sop_xl.model.plan import PlanningInputs
from sop_xl.schema.frames import typed

_KEY = ["product", "location"]


def cumulative_atp(supply: np.ndarray, committed: np.ndarray) -> np.ndarray:
    """Return the units that can still be promised up to the end of each bucket, from the first on.

    ATP_t = min over s ≥ t of Σ_{u ≤ s} (supply_u − committed_u): a later order that later supply does not cover takes
    from what is there before, nearest first. Below 0 more is promised than comes. The promise of a bucket alone is the
    difference to the bucket before: ``np.diff(…, prepend=0)``.

    Args:
        supply: units that come in each bucket, stock on hand in the first; shape (…, buckets).
        committed: units promised for each bucket, same shape.

    References:
        Vollmann, Berry, Whybark & Jacobs (2005), Manufacturing Planning and Control for Supply Chain Management,
        chapter 6.
    """
    net = np.cumsum(supply - committed, axis=-1)
    return np.asarray(np.minimum.accumulate(net[..., ::-1], axis=-1)[..., ::-1])


def available_to_promise(inputs: PlanningInputs, plan: pd.DataFrame) -> pd.DataFrame:
    """Return the schema table ``available_to_promise``: one inventory position per product, location and bucket.

    Firm supply is stock on hand, scheduled receipts and frozen production; orders that are overdue count in the first
    bucket. With the plan, what it makes, buys and receives beyond that comes on top, and what it sends on or uses in
    other products is taken off.

    Args:
        inputs: tables ``inventory``, ``scheduled_receipts``, ``open_orders`` and ``frozen_production``.
        plan: table ``inventory_plan``.
    """
    count = len(inputs.calendar)
    on_hand = inputs["inventory"].groupby(_KEY)["on_hand"].sum()
    family = {**dict(zip(inputs["products"]["product"], inputs["products"]["family"], strict=True))}
    orders = _grid(inputs, "open_orders", "quantity", overdue=True)
    receipts = _grid(inputs, "scheduled_receipts", "quantity")
    frozen = _grid(inputs, "frozen_production", "units")
    planned = plan.assign(
        net=plan["produced"] + plan["outsourced"] + plan["received"] - plan["sent"] - plan["consumed"]
    ).pivot_table(index=_KEY, columns="period", values="net", aggfunc="sum", fill_value=0.0)
    nodes = sorted({*planned.index, *orders, *receipts, *on_hand.index[on_hand > 0]})
    if not nodes:
        return typed("available_to_promise", pd.DataFrame(index=range(0)))
    none = np.zeros(count)
    first = np.zeros((len(nodes), count))
    first[:, 0] = [float(on_hand.get(node, 0.0)) for node in nodes]
    committed, scheduled, released = (
        np.array([part.get(node, none) for node in nodes]) for part in (orders, receipts, frozen)
    )
    firm = first + scheduled + released
    more = planned.reindex(pd.MultiIndex.from_tuples(nodes, names=_KEY), fill_value=0.0).to_numpy() - released
    promise = cumulative_atp(firm, committed)
    with_plan = cumulative_atp(firm + more, committed)
    starts = pd.DatetimeIndex(inputs.calendar.starts)
    frame = pd.DataFrame(
        {
            "family": np.repeat([family.get(product, "") for product, _ in nodes], count),
            "product": np.repeat([product for product, _ in nodes], count),
            "location": np.repeat([location for _, location in nodes], count),
            "period": np.tile(starts, len(nodes)),
            "on_hand": first.ravel(),
            "scheduled": scheduled.ravel(),
            "released": released.ravel(),
            "committed": committed.ravel(),
            "position": np.cumsum(firm - committed, axis=1).ravel(),
            "atp": np.diff(promise, axis=1, prepend=0.0).ravel(),
            "cumulative_atp": promise.ravel(),
            "planned": more.ravel(),
            "cumulative_atp_with_plan": with_plan.ravel(),
        }
    )
    return typed("available_to_promise", frame)


def _grid(
    inputs: PlanningInputs, table: str, column: str, *, overdue: bool = False
) -> dict[tuple[str, str], np.ndarray]:
    """Return the units of a table per bucket by product and location; what lies before the horizon is overdue."""
    found: dict[tuple[str, str], np.ndarray] = {}
    frame = inputs[table]
    for product, location, day, units in zip(*(frame[name] for name in (*_KEY, "period", column)), strict=True):
        t = inputs.calendar.index_of(day.date())
        if t is None and overdue and day.date() < inputs.calendar.start:
            t = 0
        if t is not None:
            found.setdefault((str(product), str(location)), np.zeros(len(inputs.calendar)))[t] += float(units)
    return found
