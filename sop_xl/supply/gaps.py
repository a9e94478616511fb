"""The gaps of a plan: demand late or lost per product, location and bucket, with cause, money and relief."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from sop_xl.schema.frames import typed
from sop_xl.supply.elements import Network, Node
from sop_xl.supply.explain import Cause
from sop_xl.supply.service import Service

SMALLEST_GAP = 1e-6
"""Gaps below this share of the demand of their bucket (or this many units) are the solver's, not the plan's."""

GapKey = tuple[Node, int]


@dataclass(frozen=True, slots=True)
class Gap:
    """Demand of a product-location and bucket, all channels together, that is late or lost, and its value at price."""

    demand: float
    late: float
    lost: float
    value: float

    @property
    def units(self) -> float:
        """Units late or lost."""
        return self.late + self.lost


def gaps_of(n: Network, service: Sequence[Service]) -> dict[GapKey, Gap]:
    """Return the gaps by product-location and bucket, in the order of the nodes and buckets."""
    found: dict[GapKey, Gap] = {}
    for series, became in zip(n.series, service, strict=True):
        for t in n.periods:
            short = became.late[t] + became.lost[t]
            held = found.get((series.node, t), Gap(0.0, 0.0, 0.0, 0.0))
            found[series.node, t] = Gap(
                held.demand + series.demand[t],
                held.late + became.late[t],
                held.lost + became.lost[t],
                held.value + (short * series.price[t] if short else 0.0),
            )
    smallest = {key: SMALLEST_GAP * max(1.0, gap.demand) for key, gap in found.items()}
    return {key: found[key] for key in sorted(found) if found[key].units > smallest[key]}


def gap_table(
    n: Network,
    gaps: Mapping[GapKey, Gap],
    causes: Mapping[GapKey, Cause],
    reliefs: Mapping[GapKey, tuple[str, float]],
) -> pd.DataFrame:
    """Return the schema table ``gaps``.

    Args:
        n: network of the plan.
        gaps: by product-location and bucket.
        causes: of each gap; none where the plan is not explained.
        reliefs: name and cost per unit of the cheapest relief that closes part of a gap.
    """
    if not gaps:
        return typed("gaps", pd.DataFrame(index=range(0)))
    starts, records = pd.DatetimeIndex(n.inputs.calendar.starts), []
    for (node, t), gap in gaps.items():
        cause = causes.get((node, t), Cause(""))
        relief, cost = reliefs.get((node, t), ("", float("nan")))
        records.append(
            {
                "family": n.family[node.product],
                "product": node.product,
                "location": node.location,
                "period": starts[t],
                "demand": gap.demand,
                "late": gap.late,
                "lost": gap.lost,
                "gap_value": gap.value,
                "cause": cause.text,
                "binding_periods": cause.periods,
                "relief": relief,
                "relief_cost": cost,
                "marginal_value": cause.value,
            }
        )
    return typed("gaps", pd.DataFrame.from_records(records))
