"""What part of its limit a supplier, a partner plant or a lane offers in a bucket."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, isnan

from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.elements import LeadTime, PerBucket

Shares = Mapping[tuple[str, str], PerBucket]


def available_shares(inputs: PlanningInputs) -> Shares:
    """Return the share available per bucket by kind (supplier, partner, lane) and code; others offer all."""
    table = inputs["supply_calendar"]
    shares: dict[tuple[str, str], list[float]] = {}
    for kind, code, day, share in table[["kind", "code", "period", "available_pct"]].itertuples(index=False):
        position = inputs.calendar.index_of(day.date())
        if position is not None:
            shares.setdefault((str(kind), str(code)), [1.0] * len(inputs.calendar))[position] = float(share)
    return {key: tuple(values) for key, values in shares.items()}


def limit_per_bucket(inputs: PlanningInputs, per_month: float, shares: PerBucket | None) -> PerBucket:
    """Return a monthly limit per bucket: limit × length × share; infinite without one and with a share."""
    limit = inf if isnan(per_month) else per_month
    found = []
    for t in range(len(inputs.calendar)):
        share = shares[t] if shares else 1.0
        found.append(limit * inputs.period_length(t) * share if share > 0 else 0.0)
    return tuple(found)


def row_limits(inputs: PlanningInputs, kind: str, rows: Mapping[int, LeadTime], shares: Shares) -> dict[int, PerBucket]:
    """Return the limits per bucket of rows of the lanes (kind *lane*) or the partner plants (kind *partner*).

    Rows without any limit are left out. Where only part of a bucket's orders arrives within the horizon, so much of
    the limit counts.
    """
    table = inputs["lanes"] if kind == "lane" else inputs["outsourcing"]
    found = {}
    for row in sorted(rows):
        given = table.iloc[row]
        code = lane_code(given["from_location"], given["to_location"]) if kind == "lane" else given["partner"]
        limits = limit_per_bucket(inputs, float(given["limit"]), shares.get((kind, code)))
        if min(limits) < inf:
            reach = rows[row].reach
            found[row] = tuple(most * part if part > 0 else most for most, part in zip(limits, reach, strict=True))
    return found


def lane_code(origin: str, target: str) -> str:
    """Return the code of a lane, FROM>TO."""
    return f"{origin}>{target}"
