"""Cost of holding stock: finished product by the inventory policy, bought items at their own rate."""

from __future__ import annotations

import pandas as pd

from sop_xl.finance.allocation import allocate
from sop_xl.finance.standard import bill_of_materials, period_lengths, standard_rates
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.schema.catalogue import EVERYWHERE


def holding_rates(inputs: PlanningInputs, places: pd.DataFrame) -> pd.DataFrame:
    """Return the holding cost of a unit per month for products at locations, from the most specific policy row.

    A row for the product comes before one for its family, that before ALL; among them one for the location before
    ALL. Stated ``holding_cost`` counts as it stands; else standard cost × yearly ``holding_pct`` / 12, with the
    percentage of the settings where the policy gives none.

    Args:
        inputs: for the policy and standard costs.
        places: ``product, location, period``, one row a wanted rate.

    Returns:
        ``places`` with the column ``holding_cost`` (money per unit and month).
    """
    policy = inputs["inventory_policy"][["product", "location", "holding_pct", "holding_cost"]]
    wanted = places[["product", "location"]].drop_duplicates()
    wanted = wanted.merge(inputs["products"][["product", "family"]], on="product", how="left")
    found = []
    for rank, (code, place) in enumerate((c, p) for c in ("product", "family", None) for p in ("location", None)):
        rows = policy.rename(columns={"product": "_code", "location": "_place"})
        left = wanted.assign(
            _code=wanted[code] if code else EVERYWHERE, _place=wanted[place] if place else EVERYWHERE, _rank=rank
        )
        found.append(left.merge(rows, on=["_code", "_place"]))
    best = pd.concat(found).sort_values("_rank", kind="stable").drop_duplicates(["product", "location"])
    chosen = places.merge(best[["product", "location", "holding_pct", "holding_cost"]], how="left")
    rates = standard_rates(inputs)[["product", "period", "standard_cost"]]
    standard = places.merge(rates, on=["product", "period"], how="left")["standard_cost"]
    yearly = chosen["holding_pct"].fillna(inputs.settings["holding_pct"])
    cost = chosen["holding_cost"].fillna(yearly / 12 * standard)
    return places.assign(holding_cost=cost.to_numpy())


def holding_cost(inputs: PlanningInputs, plan: SolvedPlan) -> pd.DataFrame:
    """Return what holding stock costs per product and bucket: closing stock × rate × length of the bucket.

    Grain: ``product, period, component, amount``. Stock of bought items is divided among products by the items in
    their production.
    """
    stock = plan.tables["inventory_plan"][["product", "location", "period", "closing_stock", "produced"]]
    lengths = period_lengths(inputs)
    rates = holding_rates(inputs, stock[["product", "location", "period"]].reset_index(drop=True))
    amount = stock["closing_stock"].to_numpy() * rates["holding_cost"] * rates["period"].map(lengths)
    goods = rates.assign(amount=amount.where(stock["closing_stock"].to_numpy() != 0, 0.0), component="holding")
    items = plan.tables["material_plan"].merge(
        inputs["materials"].groupby("item", as_index=False)["holding_cost"].first(), on="item"
    )
    pools = items.assign(
        pool=items["item"],
        component="holding",
        amount=items["closing_stock"] * items["holding_cost"] * items["period"].map(lengths),
    )
    pools = pools[pools["amount"] > 0]
    used = stock.merge(bill_of_materials(inputs), on="product")
    used = used.assign(pool=used["item"], use=used["produced"] * used["quantity"])
    fallback = stock.groupby("product")["produced"].sum()
    parts = [goods, allocate(pools[["pool", "period", "component", "amount"]], used, fallback)]
    both = pd.concat([part[["product", "period", "component", "amount"]] for part in parts if len(part)] or [goods])
    return both.groupby(["product", "period", "component"])["amount"].sum().reset_index()
