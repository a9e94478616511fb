"""Cash of a plan per bucket: margin, holding, growth of stock, receivables and payables."""

from __future__ import annotations

import pandas as pd

from sop_xl.finance.standard import bucket_starts, standard_rates
from sop_xl.model.plan import PlanningInputs, SolvedPlan


def opening_stock_value(inputs: PlanningInputs, plan: SolvedPlan) -> float:
    """Return the value of the stock before the first bucket, at the standard cost of that bucket."""
    stock = plan.tables["inventory_plan"]
    first = stock[stock["period"] == bucket_starts(inputs)[0]]
    rates = standard_rates(inputs)[["product", "period", "standard_cost"]]
    priced = first.merge(rates, on=["product", "period"], how="left")
    return float((priced["opening_stock"] * priced["standard_cost"].fillna(0.0)).sum())


def cash_flow(inputs: PlanningInputs, plan: SolvedPlan, pnl: pd.DataFrame) -> pd.DataFrame:
    """Return the cash of a plan per bucket.

    Grain: one row a bucket; money. Columns: ``period, gross_margin, holding, stock_growth, cash, receivables,
    payables, working_capital_growth, cash_after_working_capital``.

    - cash = gross margin − holding − growth of stock value, as in the comparison of scenarios;
    - receivables = DSO × revenue net of rebates / days of the bucket; payables = DPO × standard material and
      conversion of the units sold / days. Their growth starts from the balances the
      working-capital table states for the time before the first bucket; without them it starts at the second bucket.
      Without a working-capital table these columns are NaN.
    """
    sums = pnl.groupby("period")[
        ["revenue", "rebates", "material", "conversion", "gross_margin", "holding", "stock_value"]
    ].sum()
    sums = sums.reindex(bucket_starts(inputs), fill_value=0.0)
    growth = sums["stock_value"].diff()
    growth.iloc[0] = sums["stock_value"].iloc[0] - opening_stock_value(inputs, plan)
    flow = sums[["gross_margin", "holding"]].assign(stock_growth=growth)
    flow["cash"] = flow["gross_margin"] - flow["holding"] - flow["stock_growth"]
    days = pd.Series([bucket.days for bucket in inputs.calendar.buckets], index=sums.index)
    terms = payment_days(inputs)
    flow["receivables"] = terms["dso"] * (sums["revenue"] - sums["rebates"]) / days
    flow["payables"] = terms["dpo"] * (sums["material"] + sums["conversion"]) / days
    net = flow["receivables"] - flow["payables"]
    change = net.diff()
    change.iloc[0] = _first_change(inputs, net)
    flow["working_capital_growth"] = change
    flow["cash_after_working_capital"] = flow["cash"] - change
    return flow.rename_axis("period").reset_index()


def _first_change(inputs: PlanningInputs, net: pd.Series) -> float:
    table = inputs["working_capital"].sort_values("period")
    if table.empty:
        return float("nan")
    opening = table[table["period"] < net.index[0]].tail(1)
    balance = (opening["receivables"] - opening["payables"]).dropna()
    return float(net.iloc[0] - balance.iloc[0]) if len(balance) else 0.0


def payment_days(inputs: PlanningInputs) -> pd.DataFrame:
    """Return DSO and DPO of every bucket: a row of the working-capital table holds until the next, the first before."""
    table = inputs["working_capital"].sort_values("period").set_index("period")[["dso", "dpo"]]
    starts = bucket_starts(inputs)
    if table.empty:
        return pd.DataFrame({"dso": float("nan"), "dpo": float("nan")}, index=starts)
    return table[~table.index.duplicated(keep="last")].reindex(starts, method="ffill").bfill()
