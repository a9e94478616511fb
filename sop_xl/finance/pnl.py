"""Profit and loss of a plan per product and bucket; families, quarters and years are its sums."""

from __future__ import annotations

import pandas as pd

from sop_xl.finance.holding import holding_cost
from sop_xl.finance.premium import supply_premium
from sop_xl.finance.standard import expand_products, standard_rates
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.schema.frames import typed
from sop_xl.supply.scope import family_of

MONEY = (
    "units",
    "revenue",
    "rebates",
    "material",
    "conversion",
    "freight",
    "supply_premium",
    "gross_margin",
    "holding",
    "stock_value",
)


def profit_and_loss(inputs: PlanningInputs, plan: SolvedPlan) -> pd.DataFrame:
    """Return the profit and loss of a plan: revenue, costs of the units sold at standard, supply premium and margin.

    Grain: product × bucket (schema table ``profit_and_loss``), every product of the plan in every bucket of it; money.

    - revenue = Σ delivered × price of the channel; rebates = revenue × rebate %;
    - material, conversion = delivered × standard; freight = delivered × freight to the customer + units leaving on
      lanes × freight of the lane;
    - supply premium = actual cost of supply − standard cost of the units supplied, see
      :func:`sop_xl.finance.premium.supply_premium`;
    - gross margin = revenue − rebates − material − conversion − freight − supply premium;
    - holding = closing stock × holding cost × length of the bucket; stock value at standard cost.

    The margin less growth of stock at material + conversion is therefore revenue less what was paid. A product without
    costs in the finance book counts none: the issues of the plan name it.
    """
    keys = ["product", "period"]
    stock = plan.tables["inventory_plan"]
    sales = plan.tables["sales_plan"].groupby(keys)[["delivered", "revenue"]].sum()
    moved = _lane_freight(inputs, plan)
    premium = supply_premium(inputs, plan).groupby(keys)["amount"].sum()
    held = holding_cost(inputs, plan).groupby(keys)["amount"].sum()
    value = stock.groupby(keys)["stock_value"].sum()
    index = sales.index
    for part in (premium, held, value, moved):
        index = index.union(part.index)
    rates = standard_rates(inputs).set_index(keys).reindex(index)
    rates = rates[["rebate_pct", "material_cost", "conversion_cost", "freight_cost"]].fillna(0.0)
    table = pd.DataFrame(index=index)
    units, revenue = (sales[name].reindex(index, fill_value=0.0) for name in ("delivered", "revenue"))
    table["units"] = units
    table["revenue"] = revenue
    table["rebates"] = revenue * rates["rebate_pct"]
    table["material"] = units * rates["material_cost"]
    table["conversion"] = units * rates["conversion_cost"]
    table["freight"] = units * rates["freight_cost"] + moved.reindex(index, fill_value=0.0)
    table["supply_premium"] = premium.reindex(index, fill_value=0.0)
    costs = table[["rebates", "material", "conversion", "freight", "supply_premium"]].sum(axis=1)
    table["gross_margin"] = revenue - costs
    table["holding"] = held.reindex(index, fill_value=0.0)
    table["stock_value"] = value.reindex(index, fill_value=0.0)
    table = table.reset_index()
    table.insert(0, "family", table["product"].map(family_of(inputs)))
    return typed("profit_and_loss", table)


def by_family(pnl: pd.DataFrame) -> pd.DataFrame:
    """Return the profit and loss per family and bucket: sums over the products."""
    return pnl.groupby(["family", "period"], as_index=False)[list(MONEY)].sum()


def _lane_freight(inputs: PlanningInputs, plan: SolvedPlan) -> pd.Series:
    lanes = expand_products(inputs, "lanes", ("from_location", "to_location"))
    keys = ["product", "from_location", "to_location"]
    moved = plan.tables["shipments"].merge(lanes[[*keys, "cost"]], on=keys, how="left")
    if moved["cost"].isna().any():
        raise ValueError(f"shipment without a lane: {moved.loc[moved['cost'].isna(), keys].iloc[0].to_dict()}")
    return moved.assign(amount=moved["units"] * moved["cost"]).groupby(["product", "period"])["amount"].sum()
