"""The family page: sales, production, inventory, money and capacity of a family, past months beside the plan."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sop_xl.finance.cover import months_of_supply
from sop_xl.finance.pnl import by_family
from sop_xl.finance.standard import bucket_starts, expand_products
from sop_xl.finance.yardsticks import budgeted, prior_year
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.schema.catalogue import EVERYWHERE, measures
from sop_xl.schema.frames import typed
from sop_xl.supply.scope import family_of

PAST_MONTHS = 3


def family_pages(
    inputs: PlanningInputs,
    consensus: pd.DataFrame,
    plan: SolvedPlan,
    pnl: pd.DataFrame,
    committed: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the family pages (schema table ``family_pages``): the last 3 past months, then every bucket of the plan.

    Grain: ``family, measure, period, value``, measures and units as in the catalogue; family ALL is all together, each
    measure added up as the catalogue says and shares computed anew. A value that is not known has no row.

    Args:
        inputs: for actuals, budget, history and routings.
        consensus: ``consensus_demand`` of the schema.
        plan: the plan shown.
        pnl: its profit and loss.
        committed: profit and loss of the plan committed in the last cycle.
    """
    past, ahead = _past(inputs), _ahead(inputs, consensus, plan, pnl)
    money = _yardsticks(inputs, committed)
    parts = [part.dropna(axis=1, how="all") for part in (past, ahead, money) if len(part)]
    wide = pd.concat(parts).groupby(["family", "period"], as_index=False).first()
    wide = wide[wide["family"] != ""].reindex(columns=["family", "period", *measures()])
    first = wide.loc[wide["period"] < bucket_starts(inputs)[0], "period"].drop_duplicates().nlargest(PAST_MONTHS)
    shown = wide[(wide["period"] >= bucket_starts(inputs)[0]) | wide["period"].isin(set(first))]
    summed = [name for name, measure in measures().items() if measure.over_products == "sum"]
    together = shown.groupby("period")[summed].agg(lambda values: values.sum(min_count=1)).reset_index()
    largest = [name for name, measure in measures().items() if measure.over_products == "max"]
    together = together.merge(shown.groupby("period")[largest].max().reset_index(), on="period")
    several = shown["family"].nunique() > 1 or set(shown["family"]) != {EVERYWHERE}
    full = pd.concat([shown, together.assign(family=EVERYWHERE)]) if several else shown
    full = _accuracy(full, shown).sort_values(["family", "period"])
    full = full.assign(months_of_supply=_cover(inputs, full))
    long = full.melt(["family", "period"], list(measures()), "measure", "value").dropna(subset=["value"])
    order = {name: position for position, name in enumerate(measures())}
    long = long.assign(_order=long["measure"].map(order)).sort_values(["family", "_order", "period"])
    return typed("family_pages", long[["family", "measure", "period", "value"]])


def _past(inputs: PlanningInputs) -> pd.DataFrame:
    actuals = inputs["actuals"]
    actuals = actuals[actuals["period"] < bucket_starts(inputs)[0]]
    names = {
        "sales_units": "sales_actual",
        "production_units": "production_actual",
        "stock_units": "inventory_actual",
        "stock_plan": "inventory_plan",
    }
    past = actuals.rename(columns=names)
    return past.assign(
        sales_difference=past["sales_actual"] - past["sales_plan"],
        production_difference=past["production_actual"] - past["production_plan"],
    )


def _ahead(inputs: PlanningInputs, consensus: pd.DataFrame, plan: SolvedPlan, pnl: pd.DataFrame) -> pd.DataFrame:
    keys = ["family", "period"]
    families = family_of(inputs)
    money = by_family(pnl)[[*keys, "units", "revenue", "gross_margin", "stock_value"]]
    stock = plan.tables["inventory_plan"].assign(family=lambda t: t["product"].map(families))
    stock = stock.assign(production_plan=stock["produced"] + stock["outsourced"])
    units = stock.groupby(keys, as_index=False)[["production_plan", "closing_stock", "safety_stock"]].sum()
    demand = consensus.assign(family=consensus["product"].map(families))
    demand = demand.groupby(keys, as_index=False)["consensus"].sum()
    found = money.merge(units, on=keys, how="outer").merge(demand, on=keys, how="outer")
    found = found.merge(_load(inputs, plan), on=keys, how="left")
    names = {
        "units": "sales_plan",
        "closing_stock": "inventory_plan",
        "safety_stock": "inventory_target",
        "consensus": "consensus_demand",
        "stock_value": "inventory_value",
    }
    return found.rename(columns=names)


def _load(inputs: PlanningInputs, plan: SolvedPlan) -> pd.DataFrame:
    """Highest utilisation among the resources a family's routings name, per bucket."""
    routings = expand_products(inputs, "routings", ("location", "operation", "resource"))
    runs_on = routings.assign(family=routings["product"].map(family_of(inputs)))[["family", "resource"]]
    load = runs_on.drop_duplicates().merge(plan.tables["resource_load"], on="resource")
    peak = load.groupby(["family", "period"], as_index=False)["utilisation"].max()
    return pd.DataFrame(peak).rename(columns={"utilisation": "capacity_load"})


def _yardsticks(inputs: PlanningInputs, committed: pd.DataFrame | None) -> pd.DataFrame:
    budget = budgeted(inputs).rename(columns={"revenue": "revenue_budget", "margin": "margin_budget"})
    before = prior_year(inputs).rename(columns={"revenue": "revenue_prior_year"})
    parts = [
        budget[["family", "period", "revenue_budget", "margin_budget"]],
        before[["family", "period", "revenue_prior_year"]],
    ]
    if committed is not None:
        last = by_family(committed).rename(columns={"revenue": "revenue_committed"})
        parts.append(last[["family", "period", "revenue_committed"]])
    kept = [part for part in parts if len(part)]
    return pd.concat(kept) if kept else pd.DataFrame(columns=["family", "period"])


def _accuracy(full: pd.DataFrame, families: pd.DataFrame) -> pd.DataFrame:
    """Accuracy of the sales plan in past months; for ALL misses of families add up, overs and unders do not cancel."""
    own = full["sales_difference"].abs()
    missed = families.assign(miss=families["sales_difference"].abs()).groupby("period")["miss"].sum(min_count=1)
    miss = own.where(full["family"] != EVERYWHERE, full["period"].map(missed))
    sold = full["sales_actual"]
    return full.assign(sales_accuracy=(1 - miss / sold.where(sold > 0)).clip(lower=0))


def _cover(inputs: PlanningInputs, full: pd.DataFrame) -> pd.Series:
    lengths = {pd.Timestamp(bucket.start): bucket.months for bucket in inputs.calendar.buckets}
    found = np.full(len(full), np.nan)
    for at in full.groupby("family").indices.values():
        rows = full.iloc[at]
        start = rows["period"] >= bucket_starts(inputs)[0]
        stock = rows["inventory_plan"].where(start, rows["inventory_actual"])
        sales = rows["sales_plan"].where(start, rows["sales_actual"]).fillna(0.0)
        months = [lengths.get(period, 1.0) for period in rows["period"]]
        found[at] = months_of_supply(stock.tolist(), sales.tolist(), months)
    return pd.Series(found, index=full.index)
