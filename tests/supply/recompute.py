"""Money and steering of a plan computed again from its tables and the input tables, by other means than the model."""

from __future__ import annotations

import pandas as pd

from sop_xl.model.plan import PlanningInputs, SolvedPlan


def steps(row: tuple, decided: pd.DataFrame, length: pd.Series) -> float:
    """Return what a step costs: fixed when taken (or switched on), monthly from a lead time of whole months on."""
    taken = decided[decided["decision"] == row.step].set_index("period")["number"].reindex(length.index, fill_value=0.0)
    late = int(row.lead_time)
    if row.kind == "lasting":
        there = taken.cumsum().shift(late, fill_value=0.0)
        return float(taken.sum() * row.fixed_cost + (there * length).sum() * row.cost_per_month)
    switched = (taken - taken.shift(fill_value=0.0)).clip(lower=0).sum()
    return float(switched * row.fixed_cost + (taken * length).sum() * row.cost_per_month)


def recomputed(given: PlanningInputs, plan: SolvedPlan) -> dict[str, float]:
    """Return every line of cost and penalty, revenue and rebates of a plan.

    Good for inputs with one partner without lead time, one price per product, one channel and policies without
    families: what the random plans of these tests are made of.
    """
    t, out = plan.tables, {}
    length = pd.Series([given.period_length(k) for k in range(len(given.calendar))])
    length.index = pd.DatetimeIndex(given.calendar.starts)
    rates = given["price_cost"].set_index("product")
    standard = rates["standard_cost"].fillna(rates["material_cost"] + rates["conversion_cost"])
    billed = set(given["bom"]["product"])
    sales, stock, made, sent = t["sales_plan"], t["inventory_plan"], t["production_plan"], t["shipments"]
    out["revenue"] = (sales["delivered"] * sales["price"]).sum()
    out["rebates"] = (sales["delivered"] * sales["price"] * sales["product"].map(rates["rebate_pct"])).sum()

    way = ["product", "operation", "resource"]
    routing = given["routings"].set_index(way)
    key = pd.MultiIndex.from_frame(made[way])
    started = made["units"].to_numpy() / routing["yield_pct"].reindex(key).to_numpy()
    dated = given["routing_calendar"].set_index([*way, "period"])
    when = pd.MultiIndex.from_frame(made[[*way, "period"]])
    first = made["operation"] == "10"
    last = made["operation"] == made["product"].map(given["routings"].groupby("product")["operation"].max())
    per_unit, per_setup = (
        dated[name].reindex(when).reset_index(drop=True).fillna(routing[name].reindex(key).reset_index(drop=True))
        for name in ("cost_per_unit", "setup_cost")
    )
    own_material = made["product"].map(rates["material_cost"]).where(~made["product"].isin(billed) & first, 0.0)
    bought = t["material_plan"].merge(given["materials"], on=["item", "supplier"], suffixes=("", "_in"))
    load = t["resource_load"].merge(given["resources"], on="resource", suffixes=("", "_in"))
    people = t["workforce_plan"].merge(given["workforce"], on="workforce")
    regular = load["planned_hours"] - load["overtime_hours"] - load["subcontract_hours"]
    out["cost_material"] = (started * own_material).sum() + (bought["ordered"] * bought["unit_cost"]).sum()
    out["cost_conversion"] = (
        (made["units"] * last * made["product"].map(rates["conversion_cost"])).sum()
        + (made["units"].to_numpy() * per_unit.to_numpy()).sum()
        + (regular * load["cost_per_hour"]).sum()
    )
    out["cost_setup"] = (made["setups"].to_numpy() * per_setup.to_numpy()).sum()
    out["cost_wages"] = (people["workers"] * people["wage"] * people["period"].map(length)).sum()
    out["cost_overtime"] = (load["overtime_hours"] * load["overtime_cost"]).sum() + (
        people["overtime_hours"] * people["overtime_cost"]
    ).sum()
    out["cost_subcontract"] = (load["subcontract_hours"] * load["subcontract_cost"]).sum()
    out["cost_idle"] = (
        (people["idle"] * people["idle_cost"].fillna(0.0) + people["short_time"] * people["short_time_cost"])
        * people["period"].map(length)
    ).sum()
    out["cost_hiring"] = (people["hired"] * people["hiring_cost"]).sum()
    out["cost_layoff"] = (people["laid_off"] * people["layoff_cost"]).sum()
    training = given["workforce_moves"].set_index("from_workforce")["cost"]
    out["cost_training"] = (people["moved_out"] * people["workforce"].map(training).fillna(0.0)).sum()
    partner = given["outsourcing"].set_index(["product", "location"])["cost_per_unit"]
    offered = partner.reindex(pd.MultiIndex.from_frame(stock[["product", "location"]])).fillna(0.0)
    out["cost_outsourcing"] = (stock["outsourced"].to_numpy() * offered.to_numpy()).sum()
    lanes = given["lanes"].set_index(["from_location", "to_location"])["cost"]
    freight = lanes.reindex(pd.MultiIndex.from_frame(sent[["from_location", "to_location"]]))
    out["cost_freight"] = (sent["units"].to_numpy() * freight.to_numpy()).sum() + (
        sales["delivered"] * sales["product"].map(rates["freight_cost"])
    ).sum()

    places = given["location_limits"].set_index("location")["handling_cost"]
    left = stock["sent"] + stock["delivered"]
    out["cost_handling"] = (left * stock["location"].map(places).fillna(0.0)).sum()
    in_use = sent[sent["units"] > 0].groupby(["from_location", "to_location"])["period"].nunique()
    loads = given["lane_loads"].set_index(["from_location", "to_location"])["fixed_cost"]
    out["cost_lanes"] = (in_use * loads.reindex(in_use.index).fillna(0.0)).sum()
    rate = stock[stock["product"] == "A"].groupby("period")["produced"].sum() / length
    out["cost_level"] = 0.0
    for rule in given["smoothing"].itertuples():
        change = rate - rate.shift(fill_value=rate.iloc[0] if pd.isna(rule.opening_rate) else rule.opening_rate)
        out["cost_level"] += change.clip(lower=0).sum() * rule.rise_cost - change.clip(upper=0).sum() * rule.fall_cost
    decided = t["capacity_plan"]
    out["cost_maintenance"] = 3.0 * decided.loc[decided["kind"] == "maintenance", "number"].sum()
    out["cost_capacity"] = sum(steps(row, decided, length) for row in given["capacity_steps"].itertuples())

    policy = given["inventory_policy"].iloc[0]
    out["cost_disposal"] = stock["expired"].sum() * policy["disposal_cost"]
    months = stock["period"].map(length)
    items = t["material_plan"].merge(given["materials"].drop_duplicates("item")[["item", "holding_cost"]], on="item")
    out["cost_holding"] = (stock["closing_stock"] * policy["holding_cost"] * months).sum() + (
        items["closing_stock"] * items["holding_cost"] * items["period"].map(length)
    ).sum()
    out["cost_backorder"] = (sales["backlog"] * policy["backorder_cost"] * sales["period"].map(length)).sum()
    out["cost_lost_sales"] = (sales["lost"] * policy["lost_sale_cost"]).sum()

    below = (policy["min_stock"] - stock["closing_stock"]).clip(lower=0)
    out["penalty_safety_shortfall"] = (below * policy["shortfall_cost"] * months).sum()
    last = stock[stock["period"] == stock["period"].max()]
    missing = (policy["ending_stock"] - last["closing_stock"]).clip(lower=0)
    worth = sales["price"] * (1 - sales["product"].map(rates["rebate_pct"])) + policy["lost_sale_cost"]
    dearest = worth.groupby(sales["product"]).max()
    target_price = pd.concat([last["product"].map(standard), last["product"].map(dearest)], axis=1).max(axis=1)
    price = given.settings["ending_stock_price_pct"] * target_price
    out["penalty_ending_stock"] = (missing * price).sum()
    out["penalty_missed_sales"] = 0.0
    for limit in given["market_limits"].itertuples():
        sold = sales[sales["product"] == limit.product].groupby("period")["delivered"].sum()
        short = (limit.min_sales * length - sold).clip(lower=0)
        out["penalty_missed_sales"] += short.sum() * 100 * max(1.0, worth.max())
    above = (stock["closing_stock"] - policy["max_stock"]).clip(lower=0)
    dear = given.settings["ending_stock_price_pct"] * stock["product"].map(standard)
    out["penalty_overstock"] = (above * dear * months).sum()
    weighs = 1.0 if given.settings["objective"] == "cost" else 0.0
    out["penalty_unmet_demand"] = weighs * (sales["lost"] * sales["price"]).sum()
    kg = (stock["produced"] + stock["outsourced"]) * stock["product"].map(rates["co2_per_unit"])
    lane_kg = given["lanes"].set_index(["from_location", "to_location"])["co2_per_unit"]
    moved = lane_kg.reindex(pd.MultiIndex.from_frame(sent[["from_location", "to_location"]]))
    out["co2_t"] = (kg.sum() + (sent["units"].to_numpy() * moved.to_numpy()).sum()) / 1000
    out["penalty_co2"] = given.settings["co2_price"] * out["co2_t"]
    return {name: float(value) for name, value in out.items()}
