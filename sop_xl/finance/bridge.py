"""The bridge between two plans: volume, mix, price and cost, families that are new or gone; the bars add up."""

from __future__ import annotations

import pandas as pd

from sop_xl.finance.yardsticks import budgeted
from sop_xl.model.plan import PlanningInputs
from sop_xl.schema.frames import rows

STEPS = ("volume", "mix", "price", "cost", "new", "discontinued", "not split")
_NOTES = {
    "volume": "Units of all families together, at the average price and margin of {before}.",
    "mix": "Share of the families in the units, at the prices and margins of {before}.",
    "price": "Revenue per unit of a family, at the units of {after}; products within a family included.",
    "cost": "Cost per unit of a family, supply premium included, at the units of {after}.",
    "new": "Families that are only in {after}.",
    "discontinued": "Families that are only in {before}.",
    "not split": "Families whose units are not given or 0 on a side: volume and price cannot be told apart.",
}


def bridge(inputs: PlanningInputs, pnl: pd.DataFrame) -> pd.DataFrame:
    """Return the bridge from budget to plan (schema table ``bridge``), over the buckets that have a budget.

    Rows: *budget*, the steps of :func:`bridge_between`, *plan*. Empty without a budget.

    Args:
        inputs: for the budget per family and bucket.
        pnl: profit and loss of the plan, ``profit_and_loss`` of the schema.
    """
    budget = budgeted(inputs)
    if budget.empty:
        return rows("bridge", ())
    inside = pnl[pnl["period"].isin(set(budget["period"]))]
    plan = inside.groupby("family")[["units", "revenue", "gross_margin"]].sum()
    plan = plan.rename(columns={"units": "quantity", "gross_margin": "margin"})
    promise = budget.groupby("family")[["quantity", "revenue", "margin"]].agg(
        lambda values: values.sum(min_count=len(values))
    )
    return bridge_between(promise, plan, before_name="budget", after_name="plan")


def bridge_between(
    before: pd.DataFrame, after: pd.DataFrame, *, before_name: str = "before", after_name: str = "after"
) -> pd.DataFrame:
    """Return the bars that lead from one plan to another; before + all steps = after, for revenue and for margin.

    With quantity q, revenue per unit p and margin per unit m of a family, Q = Σq and sums over the families that have
    units on both sides:

    - volume = (Q₁ − Q₀) × Σ q₀p₀ / Q₀
    - mix = Σ q₁p₀ − Q₁ × Σ q₀p₀ / Q₀
    - price = Σ q₁ (p₁ − p₀), the same amount in margin as in revenue
    - cost = Σ q₁ (m₁ − m₀) − price, in margin only

    and volume and mix of the margin with m in the place of p. Families that are only on one side are *new* or
    *discontinued*; those whose units are missing or 0 beside revenue are *not split*.

    Args:
        before: indexed by family: ``quantity, revenue, margin``; NaN is not given.
        after: the same.
        before_name: name of the first bar.
        after_name: name of the last bar.

    Returns:
        Schema table ``bridge``. A column is NaN throughout where a family's value is not given on a side.
    """
    only_after = after.index.difference(before.index)
    only_before = before.index.difference(after.index)
    both = before.index.intersection(after.index)
    old, new = before.loc[both], after.loc[both]
    split = (old["quantity"] > 0) & (new["quantity"] > 0)
    effects = {name: _effects(old[split], new[split], name) for name in ("revenue", "margin")}
    price = effects["revenue"]["rate"]
    bars: dict[str, tuple[float, float]] = {before_name: (_total(before, "revenue"), _total(before, "margin"))}
    for step in ("volume", "mix"):
        bars[step] = (effects["revenue"][step], effects["margin"][step])
    bars["price"] = (price, price)
    bars["cost"] = (0.0, effects["margin"]["rate"] - price)
    whole = {
        "new": (after.loc[only_after], 1.0),
        "discontinued": (before.loc[only_before], -1.0),
    }
    for step, (part, sign) in whole.items():
        bars[step] = (sign * _total(part, "revenue"), sign * _total(part, "margin"))
    rest_old, rest_new = old[~split], new[~split]
    bars["not split"] = (
        _total(rest_new, "revenue") - _total(rest_old, "revenue"),
        _total(rest_new, "margin") - _total(rest_old, "margin"),
    )
    bars[after_name] = (_total(after, "revenue"), _total(after, "margin"))
    known = {name: not (before[name].isna().any() or after[name].isna().any()) for name in ("revenue", "margin")}
    records = []
    for step, (revenue, margin) in bars.items():
        ends = step in (before_name, after_name)
        if not ends and step in ("new", "discontinued", "not split") and revenue == 0 and margin == 0:
            continue
        note = "" if ends else _NOTES[step].format(before=before_name, after=after_name)
        records.append(
            {
                "step": step,
                "revenue": revenue if known["revenue"] else None,
                "margin": margin if known["margin"] and known["revenue"] else None,
                "note": note,
            }
        )
    return rows("bridge", records)


def _total(part: pd.DataFrame, name: str) -> float:
    return float(part[name].sum()) if len(part) else 0.0


def _effects(old: pd.DataFrame, new: pd.DataFrame, name: str) -> dict[str, float]:
    if old.empty:
        return {"volume": 0.0, "mix": 0.0, "rate": 0.0}
    units_before, units_after = old["quantity"].sum(), new["quantity"].sum()
    at_old_rate = float((new["quantity"] * old[name] / old["quantity"]).sum())
    average = old[name].sum() / units_before
    return {
        "volume": float((units_after - units_before) * average),
        "mix": float(at_old_rate - units_after * average),
        "rate": float(new[name].sum() - at_old_rate),
    }
