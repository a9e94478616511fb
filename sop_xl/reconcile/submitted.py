"""What each function submitted as its plan: sales' own numbers, and what operations is ready to deliver."""

from __future__ import annotations

import pandas as pd

from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.schema.catalogue import EVERYWHERE


def sales_plan(inputs: PlanningInputs, consensus: pd.DataFrame) -> pd.DataFrame:
    """Return sales' own plan per product and bucket: its overrides, and the baseline where it gave none.

    An override for ALL locations or channels is the total of what it covers; overrides of single cells within it are
    parts of that total. An override of 0 plans zero.

    Args:
        inputs: for the table ``sales_forecast``.
        consensus: schema table ``consensus_demand``.

    Returns:
        ``family, product, period, baseline, sales`` in units, and ``reason`` of the largest override ('' without one).
    """
    keys = ["product", "period"]
    table = consensus.groupby(["family", *keys], as_index=False)["baseline"].sum()
    given = inputs["sales_forecast"]
    given = given[given["sales_override"].notna()]
    broad = (given["location"] == EVERYWHERE).astype(int) + (given["channel"] == EVERYWHERE).astype(int)
    given = given.assign(_broad=broad).sort_values(["_broad", "sales_override"], ascending=False, kind="stable")
    touched = consensus[consensus["product"].isin(given["product"])]
    cells = {(product, period): rows for (product, period), rows in touched.groupby(keys)}
    change: dict[tuple[object, object], float] = {}
    reasons: dict[tuple[object, object], str] = {}
    covered: set[int] = set()
    for row in given.itertuples(index=False):
        key = (row.product, row.period)
        if key not in cells:
            continue
        inside = cells[key]
        for name, code in (("location", row.location), ("channel", row.channel)):
            if code != EVERYWHERE:
                inside = inside[inside[name] == code]
        fresh = inside[~inside.index.isin(covered)]
        if fresh.empty:
            continue
        covered |= set(fresh.index)
        change[key] = change.get(key, 0.0) + float(row.sales_override) - float(fresh["baseline"].sum())
        reasons.setdefault(key, str(row.reason))
    index = pd.MultiIndex.from_frame(table[keys])
    added = pd.Series(change, dtype=float).reindex(index).fillna(0.0).to_numpy() if change else 0.0
    reason = pd.Series(reasons, dtype=object).reindex(index).fillna("").to_numpy() if reasons else ""
    return table.assign(sales=table["baseline"] + added, reason=reason)


def operations_plan(inputs: PlanningInputs, plan: SolvedPlan) -> pd.DataFrame:
    """Return what operations is ready to deliver per family and bucket, else what the plan delivers.

    Returns:
        ``family, period, feasible, units``: units of the plan, and of operations' answer.
    """
    sales = plan.tables["sales_plan"]
    table = sales.groupby(["family", "period"], as_index=False)["delivered"].sum()
    answer = inputs["supply_response"][["family", "period", "operations_plan"]]
    table = table.merge(answer, on=["family", "period"], how="left")
    table = table.rename(columns={"delivered": "feasible"})
    table["units"] = table["operations_plan"].fillna(table["feasible"])
    return table[["family", "period", "feasible", "units"]]
