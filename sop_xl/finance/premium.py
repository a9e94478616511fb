"""What supply costs beyond standard, by component, per product and bucket: the variances of a standard-cost system."""

from __future__ import annotations

import pandas as pd

from sop_xl.finance.allocation import allocate
from sop_xl.finance.standard import (
    bill_of_materials,
    expand_products,
    item_costs,
    period_lengths,
    standard_rates,
)
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.schema.frames import empty
from sop_xl.supply.capacity import resources as hours_of_resources
from sop_xl.supply.sourcing import Dated

COMPONENTS = (
    "regular hours",
    "overtime",
    "bought hours",
    "wages",
    "hiring and layoff",
    "routing",
    "setups",
    "outsourcing",
    "purchase price",
    "material usage",
    "capacity steps",
    "maintenance",
    "training and idle people",
    "handling and lanes",
    "disposal",
    "level production",
)
_COLUMNS = ["product", "period", "component", "amount"]


def supply_premium(inputs: PlanningInputs, plan: SolvedPlan) -> pd.DataFrame:
    """Return what supply costs beyond the standard cost of the units it yields, per product, bucket and component.

    Grain: ``product, period, component, amount`` (money); rows with an amount only. Actual cost of supply = standard
    material and conversion of good units made or bought outside + premium, in every bucket, where

    - *regular hours*, *overtime*, *bought hours*: hours of the plan × their price; *wages*, *hiring and layoff*: those
      of the workforce plan. A resource's cost is divided among products by the hours they take on it in the bucket
      (over the horizon where none do, then by units supplied).
    - *routing*: cost per unit of the routing chosen; *setups*: their cost.
    - *outsourcing*: partner's price − standard material and conversion of the units that arrive; they go to the
      cheapest partner first, up to its limit, and add up to what the plan says it pays partners.
    - *purchase price*: ordered units × (supplier's price − that of the cheapest supplier), divided by consumption.
    - *material usage*: material of the units started, items of the bill at standard − that of the good units.
    - *capacity steps*, *maintenance*, *training and idle people*, *handling and lanes*, *disposal*, *level production*:
      the table ``other_costs`` of the plan; what a product causes is its own, the rest is divided like hours.

    A favourable variance is negative. The price of CO2, of backorders, lost sales and missed safety stock steers the
    solve but is not paid: it is no part of this.
    """
    made = _made(inputs, plan)
    supplied = plan.tables["inventory_plan"].assign(units=lambda t: t["produced"] + t["outsourced"])
    fallback = supplied.groupby("product")["units"].sum().reindex(sorted(set(supplied["product"])), fill_value=0.0)
    hours = plan.tables["production_plan"].rename(columns={"resource": "pool", "hours": "use"})
    pools = pd.concat([_hours(inputs, plan), _people(inputs, plan)], ignore_index=True)
    consumed = _items_used(inputs, made).rename(columns={"item": "pool", "quantity_used": "use"})
    parts = [
        allocate(pools, hours[["product", "pool", "period", "use"]], fallback),
        allocate(_purchase_price(inputs, plan), consumed[["product", "pool", "period", "use"]], fallback),
        _routing(made),
        _outsourcing(inputs, plan),
        _usage(inputs, plan, made, consumed),
        *_other(plan, hours[["product", "pool", "period", "use"]], fallback),
    ]
    found = pd.concat([part[_COLUMNS] for part in parts if len(part)] or [pd.DataFrame(columns=_COLUMNS)])
    summed = found.groupby(["product", "period", "component"], as_index=False)["amount"].sum()
    return summed[summed["amount"] != 0].astype({"amount": "float64"}).reset_index(drop=True)


_OTHER = {
    "cost_capacity": "capacity steps",
    "cost_maintenance": "maintenance",
    "cost_training": "training and idle people",
    "cost_idle": "training and idle people",
    "cost_handling": "handling and lanes",
    "cost_lanes": "handling and lanes",
    "cost_disposal": "disposal",
    "cost_level": "level production",
}


def _other(plan: SolvedPlan, hours: pd.DataFrame, fallback: pd.Series) -> list[pd.DataFrame]:
    costs = plan.tables.get("other_costs", empty("other_costs"))
    named = costs.assign(component=costs["line"].map(_OTHER))
    own = named["pool"].isin(set(fallback.index))
    direct = named[own].rename(columns={"pool": "product"})[_COLUMNS]
    return [direct, allocate(named.loc[~own, ["pool", "period", "component", "amount"]], hours, fallback)]


def _made(inputs: PlanningInputs, plan: SolvedPlan) -> pd.DataFrame:
    """Production per product, site, step and resource with its routing: costs and units started."""
    keys = ["product", "location", "operation", "resource"]
    routings = expand_products(inputs, "routings", ("location", "operation", "resource"))
    sites = inputs["resources"].set_index("resource")["location"]
    place = routings["location"].where(routings["location"] != EVERYWHERE, routings["resource"].map(sites))
    stated = routings.assign(location=place)[place.notna() & (place != EVERYWHERE)]
    anywhere = routings[place.isna() | (place == EVERYWHERE)].drop(columns="location")
    rates = pd.concat([stated, anywhere.merge(inputs["locations"][["location"]], how="cross")])
    rates = rates[[*keys, "cost_per_unit", "setup_cost", "yield_pct"]]
    made = plan.tables["production_plan"].merge(rates.drop_duplicates(keys), on=keys, how="left")
    unknown = made["yield_pct"].isna()
    if unknown.any():
        raise ValueError(f"production without a routing: {made.loc[unknown, keys].iloc[0].to_dict()}")
    return _dated(inputs, made).assign(started=made["units"] / made["yield_pct"])


def _dated(inputs: PlanningInputs, made: pd.DataFrame) -> pd.DataFrame:
    """Production with the costs that routings in time state for its buckets."""
    if inputs["routing_calendar"].empty:
        return made
    dated, usual = Dated(inputs), ("cost_per_unit", "setup_cost")
    rows = made[["product", "location", "operation", "resource"]].itertuples(index=False, name=None)
    positions = [inputs.calendar.index_of(day.date()) or 0 for day in made["period"]]
    figures = zip(rows, positions, made[usual[0]], made[usual[1]], strict=True)
    found = []
    for key, t, cost, setup in figures:
        own = dated(key, {"cost": cost, "setup_hours": 0.0, "setup_cost": setup, "min_lot": 0.0})
        found.append((own["cost"][t], own["setup_cost"][t]))
    return made.assign(cost_per_unit=[c for c, _ in found], setup_cost=[c for _, c in found])


def _hours(inputs: PlanningInputs, plan: SolvedPlan) -> pd.DataFrame:
    load = plan.tables["resource_load"].merge(inputs["resources"].drop(columns="location"), on="resource")
    regular = (load["planned_hours"] - load["overtime_hours"] - load["subcontract_hours"]) * load["cost_per_hour"]
    of_people = {resource.code for resource in hours_of_resources(inputs)[0] if resource.people_only}
    overtime = load["overtime_hours"].mask(load["resource"].isin(of_people), 0.0)
    return _pools(
        load.rename(columns={"resource": "pool"}),
        {
            "regular hours": regular,
            "overtime": overtime * load["overtime_cost"],
            "bought hours": load["subcontract_hours"] * load["subcontract_cost"],
        },
    )


def _people(inputs: PlanningInputs, plan: SolvedPlan) -> pd.DataFrame:
    people = plan.tables["workforce_plan"].merge(inputs["workforce"], on="workforce")
    length = people["period"].map(period_lengths(inputs))
    return _pools(
        people.rename(columns={"resource": "pool"}),
        {
            "wages": people["workers"] * people["wage"] * length,
            "overtime": people["overtime_hours"] * people["overtime_cost"],
            "hiring and layoff": people["hired"] * people["hiring_cost"] + people["laid_off"] * people["layoff_cost"],
        },
    )


def _pools(rows: pd.DataFrame, amounts: dict[str, pd.Series]) -> pd.DataFrame:
    keys = rows[["pool", "period"]]
    return pd.concat([keys.assign(component=name, amount=amount) for name, amount in amounts.items()])


def _routing(made: pd.DataFrame) -> pd.DataFrame:
    keys = made[["product", "period"]]
    return pd.concat(
        [
            keys.assign(component="routing", amount=made["cost_per_unit"] * made["units"]),
            keys.assign(component="setups", amount=made["setup_cost"] * made["setups"]),
        ]
    )


def _outsourcing(inputs: PlanningInputs, plan: SolvedPlan) -> pd.DataFrame:
    bought = plan.tables["inventory_plan"][["product", "location", "period", "outsourced"]]
    bought = bought[bought["outsourced"] > 0]
    offers = expand_products(inputs, "outsourcing", ("location", "partner"))
    lengths = period_lengths(inputs)
    rows = bought.merge(offers, on=["product", "location"]).sort_values("cost_per_unit", kind="stable")
    keys = ["product", "location", "period"]
    most = (rows["limit"] * rows["period"].map(lengths)).fillna(float("inf"))
    dearest = ~rows.duplicated(keys, keep="last")
    most = most.mask(dearest, float("inf"))
    groups = [rows[key] for key in keys]
    before = most.groupby(groups).cumsum().groupby(groups).shift(fill_value=0.0)
    taken = (rows["outsourced"] - before).clip(lower=0)
    taken = taken.where(taken < most, most)
    paid = rows.assign(amount=taken * rows["cost_per_unit"]).groupby(keys, as_index=False)["amount"].sum()
    rates = standard_rates(inputs)[["product", "period", "material_cost", "conversion_cost"]]
    priced = bought.merge(paid, on=keys, how="left").merge(rates, on=["product", "period"], how="left")
    standard = priced["material_cost"].fillna(0) + priced["conversion_cost"].fillna(0)
    told, guessed = plan.kpis.get("cost_outsourcing"), priced["amount"].sum()
    share = told / guessed if told is not None and guessed > 0 else 1.0
    amount = priced["amount"] * share - standard * priced["outsourced"]
    return priced.assign(component="outsourcing", amount=amount)[_COLUMNS]


def _started(made: pd.DataFrame) -> pd.DataFrame:
    """Units put into the first step per product and bucket: with scrap, no step starts more."""
    by_step = made.groupby(["product", "location", "operation", "period"], as_index=False)["started"].sum()
    first = by_step.groupby(["product", "location", "period"], as_index=False)["started"].max()
    return first.groupby(["product", "period"], as_index=False)["started"].sum()


def _items_used(inputs: PlanningInputs, made: pd.DataFrame) -> pd.DataFrame:
    used = _started(made).merge(bill_of_materials(inputs), on="product")
    return used.assign(quantity_used=used["started"] * used["quantity"])


def _purchase_price(inputs: PlanningInputs, plan: SolvedPlan) -> pd.DataFrame:
    prices = inputs["materials"].drop_duplicates(["item", "supplier"])[["item", "supplier", "unit_cost"]]
    orders = plan.tables["material_plan"].merge(prices, on=["item", "supplier"])
    dearer = orders["unit_cost"] - orders["item"].map(item_costs(inputs))
    return orders.assign(pool=orders["item"], component="purchase price", amount=orders["ordered"] * dearer)[
        ["pool", "period", "component", "amount"]
    ]


def _usage(inputs: PlanningInputs, plan: SolvedPlan, made: pd.DataFrame, consumed: pd.DataFrame) -> pd.DataFrame:
    keys = ["product", "period"]
    rates = standard_rates(inputs)
    unit = rates.assign(pool=rates["product"], full=rates["material_cost"] + rates["conversion_cost"])
    used = consumed.merge(unit[["pool", "period", "full"]], on=["pool", "period"], how="left")
    cost = used["use"] * used["pool"].map(item_costs(inputs)).fillna(used["full"])
    billed = cost.groupby([used["product"], used["period"]]).sum().rename("billed").reset_index()
    good = plan.tables["inventory_plan"].groupby(keys, as_index=False)["produced"].sum()
    rows = _started(made).merge(good, on=keys, how="left").merge(billed, on=keys, how="left")
    rows = rows.merge(rates[[*keys, "material_cost"]], on=keys, how="left")
    standard = rows["material_cost"].fillna(0.0)
    amount = rows["billed"].fillna(rows["started"] * standard) - rows["produced"] * standard
    return rows.assign(component="material usage", amount=amount)[_COLUMNS]
