"""The schema table ``inventory_targets``: what every target of stock stands on, and what the plan holds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sop_xl.schema.frames import rows
from sop_xl.supply.elements import Network, Node
from sop_xl.supply.inventory_targets import InventoryTarget, Targets
from sop_xl.supply.network import own_demand
from sop_xl.supply.policy import SERVICE, Policies, Policy

_YEAR_DAYS = 365.0


def inventory_targets(n: Network, plan: pd.DataFrame) -> pd.DataFrame:
    """Return the table ``inventory_targets``: every product-location with a policy and a stock or a target.

    Grain: product × location. Where units or months of supply set the safety stock, the service to be expected of it is
    told as well, as far as history or ranges tell the error of the forecast.

    Args:
        n: network of the plan.
        plan: its table ``inventory_plan``.
    """
    policies = Policies(n.inputs, n.family)
    own = own_demand(n.series)
    targets = Targets(n.inputs, policies, n.nodes, own, n.arcs, n.offers)
    held = {Node(*key): frame for key, frame in plan.groupby(["product", "location"], sort=False)}
    days = np.array([bucket.days for bucket in n.inputs.calendar.buckets], dtype=float)
    records = []
    for node in n.nodes:
        row = policies.of(node)
        stock = n.stock[node]
        if row is None or not (node in own or node in n.targets or max(stock.safety) > 0):
            continue
        target = n.targets.get(node) or targets.of(node, row, stock.safety)
        records.append(_record(n, node, row, target, held.get(node), days))
    return rows("inventory_targets", records)


def _record(
    n: Network, node: Node, row: Policy, target: InventoryTarget, held: pd.DataFrame | None, days: np.ndarray
) -> dict[str, object]:
    safety = float(np.mean(target.safety))
    usual = safety + target.quantity / 2
    months = sum(bucket.months for bucket in n.inputs.calendar.buckets) / sum(n.lengths)
    planned = left = float("nan")
    if held is not None:
        planned = float((held["closing_stock"].to_numpy() * days).sum() / days.sum())
        out = float((held["delivered"] + held["sent"] + held["consumed"]).sum())
        left = out * _YEAR_DAYS / days.sum()
    standard = n.rates[node.product].standard[0]
    known = target.source + (", lumpy" if target.lumpy else "")
    return {
        "family": n.family[node.product],
        "product": node.product,
        "location": node.location,
        "rule": _rule(row, target),
        "demand": target.demand,
        "lead_time": target.lead_time,
        "review_period": target.review,
        "error_source": known,
        "spread": target.spread,
        "safety_stock": safety,
        "saved_by_pooling": target.apart - safety,
        "order_up_to": safety + target.demand * target.lead_time + target.quantity,
        "target_cover": usual / target.demand * months if target.demand > 0 else float("nan"),
        "target_turns": 12 * target.demand / (usual * months) if usual > 0 else float("nan"),
        "cycle_service": target.cycle_service,
        "fill_rate": target.fill_rate,
        "planned_stock": planned,
        "planned_turns": left / planned if planned > 0 else float("nan"),
        "safety_value": safety * standard,
    }


def _rule(row: Policy, target: InventoryTarget) -> str:
    if target.pooled_at:
        return f"pooled at {target.pooled_at}"
    if row["method"] != SERVICE:
        return str(row["method"])
    return f"{row['service_measure']} {100 * row['service_target']:.4g} %"
