"""Planning inputs of products added up to those of their families, so that a plan of thousands of products is small.

A family becomes one product with its own code. Rows written for a family or ALL stay as they are, so that master data
kept by family is carried over exactly. Rows of products are added up or, prices and rates, weighed by demand.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sop_xl.model.issue import InputErrors, Issue, Severity
from sop_xl.model.plan import PlanningInputs
from sop_xl.schema import frames
from sop_xl.schema.catalogue import table
from sop_xl.supply.scope import family_of, spread

_ADDED = {
    "inventory": ["product", "location"],
    "scheduled_receipts": ["product", "location", "period"],
    "frozen_production": ["product", "location", "period"],
}
_WEIGHED = {
    "routings": ["location", "operation", "resource"],
    "lanes": ["from_location", "to_location"],
    "outsourcing": ["location", "partner"],
}
_LEFT_OUT = ("routing_calendar", "market_limits", "smoothing")
"""Tables whose rows of single products say nothing about their family."""


def families_of(inputs: PlanningInputs) -> dict[str, str]:
    """Return the family of every product; a product without one is its own."""
    return {product: family or product for product, family in family_of(inputs).items()}


def family_demand(inputs: PlanningInputs, demand: pd.DataFrame) -> pd.DataFrame:
    """Return the demand of families: units added up, the price their mean weighted by units."""
    keys = ["product", "location", "channel", "period"]
    known = families_of(inputs)
    priced = demand["units"].where(demand["price"].notna(), 0.0)
    held = demand.assign(
        product=demand["product"].map(known).fillna(demand["product"]),
        priced=priced,
        value=priced * demand["price"].fillna(0.0),
    )
    summed = held.groupby(keys, as_index=False)[["units", "priced", "value"]].sum()
    price = (summed["value"] / summed["priced"]).where(summed["priced"] > 0)
    return summed.assign(price=price)[[*keys, "units", "price"]]


def family_inputs(inputs: PlanningInputs, demand: pd.DataFrame) -> tuple[PlanningInputs, tuple[Issue, ...]]:
    """Return planning inputs in which families are the products, and what could not be carried over.

    Args:
        inputs: typed tables, calendar and settings.
        demand: ``product, units``: what rates and prices are weighed by.

    Raises:
        InputErrors: where a code is that of a family and of one product among several of it, or of another's.
    """
    family = families_of(inputs)
    _refuse_two_meanings(family)
    asked = demand.groupby("product")["units"].sum()
    weight = {product: max(float(asked.get(product, 0.0)), 1e-9) for product in family}
    changed = {"products": frames.rows("products", [{"product": f, "family": f} for f in sorted(set(family.values()))])}
    for name, keys in _ADDED.items():
        held = inputs[name].assign(product=inputs[name]["product"].map(family).fillna(inputs[name]["product"]))
        numbers = [c.name for c in table(name).columns if c.numeric]
        changed[name] = frames.typed(name, held.groupby(keys, as_index=False, dropna=False)[numbers].sum())
    for name, keys in _WEIGHED.items():
        changed[name] = _weighed(inputs, name, keys, family, weight)
    changed["inventory_policy"] = _policy(inputs, family, weight)
    changed["bom"] = _bills(inputs, family, weight)
    changed["price_cost"] = _prices(inputs, family, weight)
    changed["routings"], issues = _routes_of_all(inputs, changed["routings"], family, asked)
    for name in _LEFT_OUT:
        single = _single(inputs, name, family)
        if single.any():
            changed[name] = inputs[name][~single].reset_index(drop=True)
            issues.append(_left_out(name, int(single.sum())))
    return inputs.with_tables(**changed), tuple(issues)


def _refuse_two_meanings(family: dict[str, str]) -> None:
    counts = pd.Series(list(family.values())).value_counts()
    twice = sorted(code for code in set(family) & set(counts.index) if family[code] != code or counts[code] > 1)
    if twice:
        raise InputErrors(
            [
                Issue(
                    Severity.ERROR,
                    f"{', '.join(twice)} is the code of a product and of a family: a plan by families cannot tell "
                    "which a row means.",
                    "Give the product or the family another code, or set plan_by to product.",
                    sheet="Products",
                    table="products",
                )
            ]
        )


def _single(inputs: PlanningInputs, name: str, family: dict[str, str]) -> pd.Series:
    """True for rows that name a product and not its family."""
    code = inputs[name]["product"]
    return code.isin(set(family) - set(family.values()))


def _left_out(name: str, count: int) -> Issue:
    return Issue(
        Severity.WARNING,
        f"{count} rows of {table(name).title} name single products: a plan by families leaves them out.",
        "State them for the family, or set plan_by to product.",
        sheet=table(name).sheet,
        table=name,
    )


def _routes_of_all(
    inputs: PlanningInputs, routings: pd.DataFrame, family: dict[str, str], asked: pd.Series
) -> tuple[pd.DataFrame, list[Issue]]:
    """Return the routes of families that every product asked for has, and a warning about the others.

    Raises:
        InputErrors: where the products of a family have no route of a step in common.
    """
    keys = ["location", "operation", "resource"]
    full = spread(inputs, "routings", keys)
    full = full.assign(family=full["product"].map(family))[full["product"].map(asked).fillna(0.0) > 0]
    wanted = pd.Series({product: family[product] for product in asked.index[asked > 0] if product in family})
    count = full.groupby(["family", *keys])["product"].nunique()
    whole = count == wanted.value_counts().reindex(count.index.get_level_values("family")).to_numpy()
    steps = whole.groupby(level=["family", "operation"]).any()
    if not steps.all():
        named = ", ".join(sorted(set(steps.index[~steps].get_level_values("family"))))
        raise InputErrors(
            [
                Issue(
                    Severity.ERROR,
                    f"Products of {named} are made in different ways: none of the routes of a step is one of all of "
                    "them, so that a plan by families cannot tell what is made where.",
                    "Give products that are made alike a family of their own, or set plan_by to product.",
                    sheet=table("routings").sheet,
                    table="routings",
                )
            ]
        )
    partly = set(whole.index[~whole])
    if not partly:
        return routings, []
    rows = routings[["product", *keys]].itertuples(index=False, name=None)
    kept = routings[[row not in partly for row in rows]].reset_index(drop=True)
    named = ", ".join(f"{family} on {resource or location}" for family, location, _, resource in sorted(partly)[:5])
    return kept, [
        Issue(
            Severity.WARNING,
            f"{len(partly)} routes that only some products of a family have are left out of the plan by families: "
            f"{named}{' …' if len(partly) > 5 else ''}.",
            "State them for the family, or set plan_by to product.",
            sheet=table("routings").sheet,
            table="routings",
        )
    ]


def _weighed(
    inputs: PlanningInputs, name: str, keys: Sequence[str], family: dict[str, str], weight: dict[str, float]
) -> pd.DataFrame:
    """Rows of products weighed to rows of their families; limits of rows are added up, each row once."""
    single = _single(inputs, name, family)
    if not single.any():
        return inputs[name]
    touched = {family[product] for product in inputs[name]["product"][single]}
    full = spread(inputs, name, keys)
    full = full.assign(family=full["product"].map(family), weight=full["product"].map(weight))
    full = full[full["family"].isin(touched)]
    numbers = [c.name for c in table(name).columns if c.numeric and c.over_products != "sum" and c.name != "limit"]
    limits = [c.name for c in table(name).columns if c.numeric and c.name not in numbers]
    group = ["family", *keys]
    found = _means(full, group, numbers)
    for limit in limits:
        once = full.drop_duplicates([*group, "row"])
        found[limit] = once.groupby(group)[limit].sum(min_count=1).where(once.groupby(group)[limit].count() > 0)
        found[limit] = found[limit].where(once.groupby(group)[limit].apply(lambda held: held.notna().all()))
    others = [c.name for c in table(name).columns if c.name not in (*numbers, *limits, *keys, "product")]
    for other in others:
        found[other] = full.groupby(group)[other].first()
    made = frames.typed(name, found.reset_index().rename(columns={"family": "product"}))
    return pd.concat([inputs[name][~single], made], ignore_index=True)


def _means(full: pd.DataFrame, group: Sequence[str], numbers: Sequence[str]) -> pd.DataFrame:
    """Means of columns by group, weighed by ``weight``; rows without a value are left out of a mean."""
    found = {}
    for name in numbers:
        known = full["weight"].where(full[name].notna(), 0.0)
        sums = pd.DataFrame({"w": known, "v": known * full[name].fillna(0.0)}).groupby([full[g] for g in group]).sum()
        found[name] = (sums["v"] / sums["w"]).where(sums["w"] > 0)
    return pd.DataFrame(found)


def _policy(inputs: PlanningInputs, family: dict[str, str], weight: dict[str, float]) -> pd.DataFrame:
    """Targets in units added up over the products they stand for; months, prices and rates weighed."""
    if not len(inputs["inventory_policy"]):
        return inputs["inventory_policy"]
    full = spread(inputs, "inventory_policy", ["location"])
    full = full.assign(family=full["product"].map(family), weight=full["product"].map(weight))
    heaviest = full.sort_values("weight", ascending=False, kind="stable")
    group = ["family", "location"]
    full = full.assign(main=full.set_index(group).index.map(heaviest.groupby(group)["method"].first()))
    full = full[full["method"] == full["main"]]
    numbers = [c.name for c in table("inventory_policy").columns if c.numeric]
    found = _means(full, group, numbers)
    found["method"] = full.groupby(group)["method"].first()
    in_units = found["method"] == "units"
    for name in ("min_stock", "max_stock", "ending_stock"):
        held = full.groupby(group)[name]
        whole = held.sum().where(held.count() == held.size())
        found[name] = found[name].where(~in_units, whole)
    return frames.typed("inventory_policy", found.reset_index().rename(columns={"family": "product"}))


def _bills(inputs: PlanningInputs, family: dict[str, str], weight: dict[str, float]) -> pd.DataFrame:
    """Quantities per unit of a family: those of its products weighed by demand; a product without the item needs 0."""
    if not _single(inputs, "bom", family).any():
        return inputs["bom"]
    full = spread(inputs, "bom", ["item"])
    full = full.assign(family=full["product"].map(family), weight=full["product"].map(weight))
    full["item"] = full["item"].map(family).fillna(full["item"])
    whole: dict[str, float] = {}
    for product, code in family.items():
        whole[code] = whole.get(code, 0.0) + weight[product]
    full = full.assign(quantity=full["quantity"] * full["weight"] / full["family"].map(whole))
    needed = full.groupby(["family", "item"], as_index=False)["quantity"].sum()
    return frames.typed("bom", needed.rename(columns={"family": "product"})[["product", "item", "quantity"]])


def _prices(inputs: PlanningInputs, family: dict[str, str], weight: dict[str, float]) -> pd.DataFrame:
    """Prices and costs of families on every day on which those of a product change, weighed by demand."""
    given = inputs["price_cost"]
    numbers = [c.name for c in table("price_cost").columns if c.numeric]
    held = given.assign(family=given["product"].map(family)).dropna(subset=["family"])
    days = held[["family", "period"]].drop_duplicates()
    grid = days.merge(held[["family", "product"]].drop_duplicates(), on="family")
    full = grid.merge(held, on=["family", "product", "period"], how="left", indicator=True)
    full = full.sort_values(["product", "period"], na_position="first", kind="stable")
    own = full["_merge"] == "both"
    latest = pd.Series(np.where(own, np.arange(len(full)), -1), index=full.index).groupby(full["product"]).cummax()
    rows = full[numbers].to_numpy()
    full[numbers] = np.where((latest >= 0).to_numpy()[:, None], rows[latest.to_numpy()], np.nan)
    full = full.assign(weight=full["product"].map(weight), period=full["period"].fillna(pd.Timestamp.min.ceil("D")))
    found = _means(full, ["family", "period"], numbers).reset_index().rename(columns={"family": "product"})
    found["period"] = found["period"].where(found["period"] > pd.Timestamp.min.ceil("D"))
    return frames.typed("price_cost", found)
