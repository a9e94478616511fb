"""What each function submitted as its plan: sales' own numbers, and what operations is ready to deliver."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sop_xl.demand.overrides import with_overrides
from sop_xl.model.plan import PlanningInputs, SolvedPlan


def sales_plan(inputs: PlanningInputs, consensus: pd.DataFrame) -> pd.DataFrame:
    """Return sales' own plan per product and bucket: its overrides, and the baseline where it gave none.

    Overrides of families, products and single cells are laid on the baseline by the same rule as on demand:
    `with_overrides`.

    Args:
        inputs: for the table ``sales_forecast``.
        consensus: schema table ``consensus_demand``.

    Returns:
        ``family, product, period, baseline, sales`` in units, and ``reason`` of the largest override ('' without one).
    """
    wide = consensus.pivot(index=["family", "product", "location", "channel"], columns="period", values="baseline")
    cells, before = wide.index.to_frame(index=False), wide.to_numpy(dtype=float)
    made = with_overrides(cells, np.nan_to_num(before), wide.columns.to_numpy(), inputs["sales_forecast"])
    reasons = np.append(made.rows["reason"].to_numpy(dtype=object), "")
    long = pd.DataFrame(
        {
            **{name: np.repeat(cells[name].to_numpy(), wide.shape[1]) for name in ("family", "product")},
            "period": np.tile(wide.columns.to_numpy(), len(cells)),
            "baseline": np.nan_to_num(before).ravel(),
            "sales": made.units.ravel(),
            "reason": reasons[made.row].ravel(),
        }
    )
    long = long[np.isfinite(before).ravel()]
    keys = ["family", "product", "period"]
    largest = long[long["reason"] != ""].sort_values("sales", ascending=False, kind="stable").drop_duplicates(keys)
    table = long.groupby(keys, as_index=False)[["baseline", "sales"]].sum()
    table = table.merge(largest[[*keys, "reason"]], on=keys, how="left")
    return table.assign(reason=table["reason"].fillna(""))


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
