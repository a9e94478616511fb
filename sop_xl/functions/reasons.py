"""The sentence that WHY says: what is missing of demand, which constraint binds, what relieves it, what demand is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from sop_xl.schema.catalogue import EVERYWHERE

_LAYERS = {
    "sensing": "signals",
    "promotion": "promotion",
    "price_effect": "price",
    "pipeline": "pipeline",
    "launch": "launch",
    "account": "account",
    "judgement": "judgement",
}
_LEAST = 0.5
_MOST_CAUSES = 2


def reason(tables: Mapping[str, pd.DataFrame], family: Mapping[str, str], product: str, buckets: Sequence[date]) -> str:
    """Return in a few short sentences why a product's plan is what it is in some buckets.

    Args:
        tables: ``consensus_demand``, ``sales_plan`` and ``gaps`` of a version.
        family: family of each product.
        product: product, family, or ALL.
        buckets: first days of the buckets.
    """
    demand, sales, gaps = (
        _of(tables[name], family, product, buckets) for name in ("consensus_demand", "sales_plan", "gaps")
    )
    parts = [_outcome(sales, gaps)]
    parts += _causes(gaps)
    parts.append(_layers(demand))
    return " ".join(part for part in parts if part)


def _of(frame: pd.DataFrame, family: Mapping[str, str], product: str, buckets: Sequence[date]) -> pd.DataFrame:
    inside = frame[frame["period"].isin(pd.to_datetime(list(buckets)))]
    wanted = product.casefold()
    if wanted in ("", EVERYWHERE.casefold(), "total"):
        return inside
    codes = {code for code, name in family.items() if wanted in (code.casefold(), name.casefold())}
    return inside[inside["product"].isin(codes)]


def _outcome(sales: pd.DataFrame, gaps: pd.DataFrame) -> str:
    asked, delivered = float(sales["demand"].sum()), float(sales["delivered"].sum())
    if asked < _LEAST:
        return "No demand is planned."
    late, lost = float(gaps["late"].sum()), float(gaps["lost"].sum())
    if late + lost < _LEAST:
        return f"Demand of {_units(asked)} is met on time."
    missing = [f"{_units(units)} {word}" for units, word in ((late, "late"), (lost, "lost")) if units >= _LEAST]
    value = float(gaps["gap_value"].sum())
    money = f", worth {_units(value)}" if value >= _LEAST else ""
    return f"Demand {_units(asked)}, delivered {_units(delivered)}: {' and '.join(missing)}{money}."


def _causes(gaps: pd.DataFrame) -> list[str]:
    """Return the causes of the largest gaps, and the cheapest relief of the largest."""
    gaps = gaps[(gaps["late"] + gaps["lost"]) >= _LEAST]
    if gaps.empty:
        return []
    size = (gaps["late"] + gaps["lost"]).groupby(gaps["cause"]).sum().sort_values(ascending=False, kind="stable")
    causes = [str(cause) for cause in size.index if str(cause)]
    said = [f"Cause: {'; '.join(causes[:_MOST_CAUSES])}{' and others' if len(causes) > _MOST_CAUSES else ''}."]
    said = said if causes else []
    largest = gaps[gaps["cause"] == causes[0]].iloc[0] if causes else gaps.iloc[0]
    relief, cost = str(largest["relief"]), float(largest["relief_cost"])
    if relief:
        said.append(f"Cheapest relief: {relief}{f' ({cost:,.2f} a unit)' if cost == cost else ''}.")
    worth = float(largest["marginal_value"])
    if worth == worth and worth > 0:
        said.append(f"One more of what binds is worth {worth:,.2f}.")
    return said


def _layers(demand: pd.DataFrame) -> str:
    if demand.empty:
        return ""
    baseline = float(demand["baseline"].sum())
    added = [(word, float(demand[name].sum())) for name, word in _LAYERS.items()]
    parts = [f"{word} {_signed(units)}" for word, units in added if abs(units) >= _LEAST]
    return f"Demand: baseline {_units(baseline)}{', ' if parts else ''}{', '.join(parts)}."


def _units(value: float) -> str:
    return f"{value:,.0f}"


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else '−'}{abs(value):,.0f}"
