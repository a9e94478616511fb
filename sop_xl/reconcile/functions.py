"""Gaps between the functions' plans: sales, supply and finance per family and bucket, with cause and resolution."""

from __future__ import annotations

import pandas as pd

from sop_xl.finance.standard import bucket_starts
from sop_xl.finance.yardsticks import budgeted
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.reconcile.causes import contributions, root_causes
from sop_xl.reconcile.submitted import operations_plan, sales_plan
from sop_xl.schema.frames import typed
from sop_xl.supply.scope import family_of

PAIRS = (("sales", "operations"), ("sales", "finance"), ("operations", "finance"))

RULES = {
    "sales/operations": "Rule: below materiality the plan follows what supply can deliver.",
    "sales/finance": "Rule: below materiality the plan follows demand; the budget stays as it is.",
    "operations/finance": "Rule: below materiality the plan follows supply; the budget stays as it is.",
}
AGREED = "Agreed."
AGENDA = "Agenda item."

_SAME = 1e-6


def reconcile(inputs: PlanningInputs, consensus: pd.DataFrame, plan: SolvedPlan) -> pd.DataFrame:
    """Return the gaps between the plans of sales, operations and finance (schema table ``reconciliation``).

    Grain: family × bucket × pair of functions; units, and money at the plan's price.

    - *sales*: the override of sales where there is one, else the baseline; a row for ALL is the total of what it
      covers. What others add (campaigns, launches …) is not sales' own number.
    - *operations*: what operations is ready to deliver, else what the plan delivers.
    - *finance*: the budget. Pairs with finance exist only where there is a budget: none is not zero.
    - gap = first − second; gap % = gap / second, empty where the second is 0.
    - material: at or above both thresholds of the settings, ``materiality_pct`` and ``materiality_value``; a gap
      against 0 counts as above the share, one without a price as above the value.
    - root cause: the largest contribution in the direction of the gap, see :mod:`sop_xl.reconcile.causes`.
    - resolution: *Agreed.* without a gap, the rule of the pair below materiality, else *Agenda item.*

    Args:
        inputs: for sales' forecast, supply's response, budget and settings.
        consensus: schema table ``consensus_demand`` the plan was made for.
        plan: the solved plan.
    """
    families = family_of(inputs)
    consensus = consensus.assign(family=consensus["product"].map(families))
    sold = sales_plan(inputs, consensus)
    made = operations_plan(inputs, plan)
    budget = budgeted(inputs).dropna(subset=["quantity"])
    plans = {
        "sales": _by_family(sold.rename(columns={"sales": "units"})),
        "operations": made.groupby(["family", "period"])["units"].sum(),
        "finance": _by_family(budget.rename(columns={"quantity": "units"})),
    }
    price = _prices(inputs, consensus)
    parts = []
    for first, second in PAIRS:
        index = plans["sales"].index.union(plans["operations"].index)
        if "finance" in (first, second):
            index = plans["finance"].index
        if len(index):
            parts.append(_pair(first, second, plans, index))
    if not parts:
        return typed("reconciliation", pd.DataFrame(index=range(0)))
    table = pd.concat(parts, ignore_index=True)
    table = table.merge(price, on=["family", "period"], how="left")
    table["gap_units"] = table["first_units"] - table["second_units"]
    size = table[["first_units", "second_units"]].abs().max(axis=1)
    table["gap_units"] = table["gap_units"].mask(table["gap_units"].abs() <= _SAME * size, 0.0)
    table["gap_value"] = table["gap_units"] * table["price"]
    table["gap_pct"] = table["gap_units"] / table["second_units"].where(table["second_units"] != 0)
    table["material"] = _material(inputs, table)
    causes = root_causes(sold, contributions(inputs, consensus, sold, made, plan, budget), plan)
    table = table.merge(causes, on=["family", "period", "between"], how="left")
    table["root_cause"] = table["root_cause"].where(table["gap_units"] != 0, "").fillna("")
    rule = table["between"].map(RULES).where(table["gap_units"] != 0, AGREED)
    table["resolution"] = rule.where(~table["material"], AGENDA)
    order = {f"{first}/{second}": rank for rank, (first, second) in enumerate(PAIRS)}
    table = table.sort_values(["family", "period", "between"], key=lambda s: s.map(order) if s.name == "between" else s)
    return typed("reconciliation", table.drop(columns="price"))


def _by_family(frame: pd.DataFrame) -> pd.Series:
    return frame.groupby(["family", "period"])["units"].sum()


def _pair(first: str, second: str, plans: dict[str, pd.Series], index: pd.MultiIndex) -> pd.DataFrame:
    one, other = (plans[name].reindex(index, fill_value=0.0) for name in (first, second))
    frame = pd.DataFrame({"first_units": one, "second_units": other}).rename_axis(["family", "period"])
    return frame.reset_index().assign(between=f"{first}/{second}")


def _prices(inputs: PlanningInputs, consensus: pd.DataFrame) -> pd.DataFrame:
    """Price per family and bucket: of consensus demand, else of the family over the horizon, else of the budget."""
    priced = consensus[consensus["price"].notna()]
    sums = priced.groupby(["family", "period"])[["consensus", "revenue"]].sum()
    per_bucket = (sums["revenue"] / sums["consensus"].where(sums["consensus"] > 0)).rename("price")
    over_time = sums.groupby("family").sum()
    whole = over_time["revenue"] / over_time["consensus"].where(over_time["consensus"] > 0)
    budget = budgeted(inputs).set_index(["family", "period"])
    promised = budget["revenue"] / budget["quantity"].where(budget["quantity"] > 0)
    families = sorted(set(consensus["family"]) | set(inputs["budget"]["family"]))
    index = pd.MultiIndex.from_product([families, bucket_starts(inputs)], names=["family", "period"])
    price = per_bucket.reindex(index)
    price = price.fillna(pd.Series(index.get_level_values("family").map(whole), index=index))
    return price.fillna(promised.reindex(index)).rename("price").reset_index()


def _material(inputs: PlanningInputs, table: pd.DataFrame) -> pd.Series:
    share = table["gap_pct"].abs().fillna(float("inf")) >= inputs.settings["materiality_pct"]
    value = table["gap_value"].abs().fillna(float("inf")) >= inputs.settings["materiality_value"]
    return (table["gap_units"] != 0) & share & value
