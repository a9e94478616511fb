"""Drivers that change people, yields and stock policies: tables without periods, so over the whole horizon."""

from __future__ import annotations

import pandas as pd

from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.prices import scaled
from sop_xl.scenario.scenario import Driver
from sop_xl.scenario.scope import products_of
from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.schema.frames import typed
from sop_xl.supply.scope import spread


def workforce_pct(inputs: PlanningInputs, driver: Driver) -> PlanningInputs:
    """Return inputs in which the people of a group or resource give more or fewer hours a month: sickness, a strike."""
    people = inputs["workforce"]
    reached = (people["workforce"] == driver.target) | (people["resource"] == driver.target)
    reached |= driver.target == EVERYWHERE
    return inputs.with_tables(workforce=scaled(people, reached, ("hours_per_worker",), 1 + driver.value))


def yield_pct(inputs: PlanningInputs, driver: Driver) -> PlanningInputs:
    """Return inputs in which the yield of routings is multiplied, up to 100 %: of products, a family or a resource."""
    keys = ["location", "operation", "resource"]
    routings = spread(inputs, "routings", keys).drop(columns=["given", "row"])
    reached = routings["product"].isin(products_of(inputs, driver.target)) | (routings["resource"] == driver.target)
    better = scaled(routings, reached, ("yield_pct",), 1 + driver.value)
    return inputs.with_tables(routings=typed("routings", better.assign(yield_pct=better["yield_pct"].clip(0.01, 1.0))))


def safety_stock_pct(inputs: PlanningInputs, driver: Driver) -> PlanningInputs:
    """Return inputs in which the safety stock of products, a family or a location is multiplied."""
    return _policy(inputs, driver, "min_stock")


def shelf_life_pct(inputs: PlanningInputs, driver: Driver) -> PlanningInputs:
    """Return inputs in which the shelf life of products, a family or a location is multiplied."""
    return _policy(inputs, driver, "shelf_life")


def _policy(inputs: PlanningInputs, driver: Driver, column: str) -> PlanningInputs:
    """Multiply a column of the policy that counts for each product and location reached."""
    table = inputs["inventory_policy"]
    if driver.target == EVERYWHERE:
        return inputs.with_tables(inventory_policy=scaled(table, table[column].notna(), (column,), 1 + driver.value))
    policy = spread(inputs, "inventory_policy", ["location"]).drop(columns=["given", "row"])
    at = policy["location"] == driver.target
    if at.any() or driver.target in set(inputs["locations"]["location"]):
        policy = _placed(inputs, policy)
        reached = policy["location"] == driver.target
    else:
        reached = policy["product"].isin(products_of(inputs, driver.target))
    changed = scaled(policy[reached], policy.loc[reached, column].notna(), (column,), 1 + driver.value)
    both = pd.concat([changed, table], ignore_index=True).drop_duplicates(["product", "location"])
    return inputs.with_tables(inventory_policy=typed("inventory_policy", both))


def _placed(inputs: PlanningInputs, policy: pd.DataFrame) -> pd.DataFrame:
    """Return the policy with rows that hold everywhere written for every location; a row of its own comes first."""
    own, everywhere = policy[policy["location"] != EVERYWHERE], policy[policy["location"] == EVERYWHERE]
    places = inputs["locations"][["location"]]
    written = everywhere.drop(columns="location").merge(places, how="cross")
    return pd.concat([own, written], ignore_index=True).drop_duplicates(["product", "location"])
