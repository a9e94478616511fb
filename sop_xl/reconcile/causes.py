"""Why two functions' plans differ: the gap taken apart into contributions, the largest put into words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sop_xl.model.plan import PlanningInputs, SolvedPlan

LAYERS = ("sensing", "promotion", "price_effect", "pipeline", "launch", "account")
COLUMNS = ["family", "period", "between", "kind", "product", "units"]

_WORDS = {
    "sensing": "market signals",
    "promotion": "campaigns",
    "price_effect": "price changes",
    "pipeline": "the pipeline",
    "launch": "launches",
    "account": "account changes",
}


def contributions(
    inputs: PlanningInputs,
    consensus: pd.DataFrame,
    sold: pd.DataFrame,
    made: pd.DataFrame,
    plan: SolvedPlan,
    budget: pd.DataFrame,
) -> pd.DataFrame:
    """Return what makes up the gap of every pair; per family, bucket and pair the units add up to the gap.

    With sales' plan S, baseline B, consensus C, delivered V, operations' plan O and budget F, per product where there
    is one:

    - sales − operations = Σ (S − C) + Σ (C − V) + (V − O): what others put on sales' number; what supply does not
      deliver in its bucket; what operations holds back;
    - sales − finance = (B − F) + Σ (S − B): the baseline against the budget, and overrides;
    - operations − finance = (B − F) + Σ (C − B) − Σ (C − V) − (V − O).

    S − C and C − B are named after the layer that is largest in their direction.

    Args:
        inputs: planning inputs.
        consensus: schema table ``consensus_demand`` with the families of the inputs.
        sold: sales' plan per product and bucket.
        made: operations' plan per family and bucket, with what is feasible.
        plan: the solved plan.
        budget: budget rows with a quantity.

    Returns:
        ``family, period, between, kind, product, units``; product '' where the family as a whole contributes.
    """
    keys = ["family", "product", "period"]
    demand = consensus.groupby(keys, as_index=False)[["baseline", *LAYERS, "judgement", "consensus"]].sum()
    delivered = plan.tables["sales_plan"].groupby(keys, as_index=False)["delivered"].sum()
    rows = demand.merge(delivered, on=keys, how="outer").merge(sold[[*keys, "sales"]], on=keys, how="outer")
    numbers = [name for name in rows if name not in keys]
    rows[numbers] = rows[numbers].fillna(0.0)
    short = rows["consensus"] - rows["delivered"]
    held = made.assign(product="", units=made["feasible"] - made["units"])
    share = budget.groupby(["family", "period"], as_index=False)["quantity"].sum()
    base = rows.groupby(["family", "period"], as_index=False)["baseline"].sum()
    base = share.merge(base, on=["family", "period"], how="left")
    against = base.assign(product="", units=base["baseline"].fillna(0.0) - base["quantity"])
    override = rows["sales"] - rows["baseline"]
    layers = rows[[*LAYERS]].assign(override=rows["consensus"] - rows["baseline"] - rows[[*LAYERS]].sum(axis=1))
    unknown = (-layers).assign(override=override - layers["override"])
    parts = [
        _part(rows, "sales/operations", _largest(unknown), unknown.sum(axis=1)),
        _part(rows, "sales/operations", "supply", short),
        _part(held, "sales/operations", "held back", held["units"]),
        _part(against, "sales/finance", "baseline", against["units"]),
        _part(rows, "sales/finance", "override", override),
        _part(against, "operations/finance", "baseline", against["units"]),
        _part(rows, "operations/finance", _largest(layers), layers.sum(axis=1)),
        _part(rows, "operations/finance", "supply", -short),
        _part(held, "operations/finance", "held back", -held["units"]),
    ]
    kept = [part[part["units"] != 0] for part in parts]
    return pd.concat([part for part in kept if len(part)] or kept[:1], ignore_index=True)


def _part(rows: pd.DataFrame, between: str, kind: str | pd.Series, units: pd.Series) -> pd.DataFrame:
    return rows[["family", "period", "product"]].assign(between=between, kind=kind, units=units)[COLUMNS]


def _largest(layers: pd.DataFrame) -> pd.Series:
    """Name of the layer that is largest in the direction of the sum of all."""
    if layers.empty:
        return pd.Series(dtype=object)
    return layers.mul(np.sign(layers.sum(axis=1)), axis=0).idxmax(axis=1)


def root_causes(sold: pd.DataFrame, parts: pd.DataFrame, plan: SolvedPlan) -> pd.DataFrame:
    """Return the largest contribution to each gap, in words: ``family, period, between, root_cause``."""
    keys = ["family", "period", "between"]
    gap = parts.groupby(keys)["units"].transform("sum")
    same_way = parts[parts["units"] * gap > 0]
    largest = same_way.loc[same_way["units"].abs().groupby([same_way[key] for key in keys]).idxmax()]
    causes = _supply_causes(plan)
    reasons = _override_reasons(sold)
    words = [
        _say(str(row.between), str(row.kind), str(row.product), float(row.units), row.period, causes, reasons)
        for row in largest.itertuples(index=False)
    ]
    return largest[keys].assign(root_cause=words)


def _supply_causes(plan: SolvedPlan) -> dict[tuple[str, object], str]:
    gaps = plan.tables["gaps"].sort_values("gap_value", ascending=False, kind="stable")
    found: dict[tuple[str, object], str] = {}
    for product, period, cause in zip(gaps["product"], gaps["period"], gaps["cause"], strict=True):
        if cause:
            found.setdefault((product, period), cause)
    return found


def _override_reasons(sold: pd.DataFrame) -> dict[tuple[str, object], str]:
    given = sold[sold["reason"] != ""]
    return {
        (product, period): reason
        for product, period, reason in zip(given["product"], given["period"], given["reason"], strict=True)
    }


def _say(
    between: str,
    kind: str,
    product: str,
    units: float,
    period: object,
    causes: dict[tuple[str, object], str],
    reasons: dict[tuple[str, object], str],
) -> str:
    """Say a contribution; units are in the direction first − second."""
    size = f"{abs(units):,.0f} units"
    first = between.split("/")[0]
    if kind == "supply":
        short = (units > 0) == (first == "sales")
        if not short:
            return f"Supply catches up on {product}: {size} of earlier buckets."
        cause = causes.get((product, period), "")
        return f"Supply delivers {size} of {product} less in this bucket" + (f": {cause}." if cause else ".")
    if kind == "held back":
        less = (units > 0) == (first == "sales")
        return f"Operations plans {size} {'less' if less else 'more'} than the solved plan delivers."
    if kind == "baseline":
        return f"The statistical baseline is {size} {'above' if units > 0 else 'below'} the budget."
    if kind == "override" and between == "sales/operations":
        return f"Sales' number for {product} is not in the demand planned: {size}."
    if kind == "override":
        reason = reasons.get((product, period), "")
        said = f" ({reason})" if reason else ""
        return f"Sales' override of {product}{said}: {size} {'above' if units > 0 else 'below'} what it replaces."
    added = (units > 0) == (first == "operations")
    verb = "adds" if _WORDS[kind].startswith("the ") else "add"
    taken = "takes" if verb == "adds" else "take"
    return f"For {product} {_WORDS[kind]} {verb if added else taken} {size}, which {_other(between)} does not plan."


def _other(between: str) -> str:
    return "sales" if between == "sales/operations" else "the budget"
