"""From the tables of breakdowns, yields and late deliveries to what is drawn for every bucket; and what they lack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sop_xl.finance.standard import bucket_starts, expand_products
from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.result import ScenarioResult
from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.schema.frames import rows
from sop_xl.supply.shutdowns import lane_code
from sop_xl.supply.simulation import Disturbances, Twin

_RATES = ("hours_between_breakdowns", "repair_hours", "yield_spread")
_NAMES = {"supplier": "suppliers", "partner": "partner plants", "lane": "lanes"}


@dataclass(frozen=True, slots=True)
class Source:
    """Something supply comes from: kind and code, and by family the share of its supply that waits on it."""

    kind: str
    code: str
    share: Mapping[str, float]


def disturbances_of(result: ScenarioResult, twin: Twin) -> Disturbances:
    """Return what goes wrong in making and bringing the supply of a plan.

    - breakdowns in a bucket come with n = planned hours / hours between breakdowns, so P(any) = 1 − e^−n; then the
      hours lost are n × repair hours / P, less the hours in which the resource would have stood idle, as a part of
      those planned;
    - yield: standard deviation √Σ (share of the family's units over a resource × its yield spread)²;
    - a source is late in a bucket with its chance, and then late days / days of the bucket of what comes from it arrive
      a bucket later.

    Args:
        result: the plan.
        twin: its twin.
    """
    inputs = result.inputs
    rates = _resource_rates(inputs, twin.resources)
    planned, idle = _planned_hours(result, twin.resources)
    expected = planned / rates["hours_between_breakdowns"].to_numpy(dtype=float)[:, None]
    chance = -np.expm1(-expected)
    lost = np.divide(expected, chance, out=np.ones_like(chance), where=chance > 0)
    lost *= rates["repair_hours"].to_numpy(dtype=float)[:, None]
    part = np.divide(lost - idle, planned, out=np.zeros_like(planned), where=planned > 0)
    found = sources(result, twin)
    late, days = _late_rates(inputs, found)
    length = np.mean([bucket.days for bucket in inputs.calendar.buckets])
    share = np.array([[source.share.get(family, 0.0) for family in twin.families] for source in found])
    return Disturbances(
        yield_sd=np.sqrt((twin.use**2) @ (rates["yield_spread"].to_numpy(dtype=float) ** 2)),
        breakdown=chance,
        breakdown_loss=np.clip(part, 0.0, 1.0),
        late=late,
        late_share=share.reshape(len(found), len(twin.families)) * np.minimum(days / length, 1.0)[:, None],
    )


def variation_issues(inputs: PlanningInputs) -> tuple[Issue, ...]:
    """Return what is wrong with the tables of variation, with its cell, and what the simulation assumes beyond them."""
    issues, table = [], inputs["supply_variation"]
    known = known_sources(inputs)
    for row, (kind, code) in enumerate(zip(table["kind"], table["code"], strict=True)):
        if code != EVERYWHERE and code not in known[kind]:
            there = ", ".join(sorted(known[kind])[:5]) or "none"
            text = f"There is no {kind} '{code}' in the plan's tables."
            hint = f"Correct the code, or write ALL. The {_NAMES[kind]} are: {there}."
            issues.append(Issue(Severity.WARNING, text, hint, **inputs.place("supply_variation", row, "code")))
    rated = set(inputs["resource_variation"]["resource"])
    without = sorted(set(inputs["resources"]["resource"]) - rated) if EVERYWHERE not in rated else []
    if without:
        usual = rows("resource_variation", [{"resource": EVERYWHERE}]).iloc[0]
        text = (
            f"The simulation assumes a breakdown every {usual['hours_between_breakdowns']:,.0f} hours, "
            f"{usual['repair_hours']:,.0f} hours of repair and a yield that moves by {usual['yield_spread']:.0%} for "
            f"{len(without)} of {len(inputs['resources'])} resources: nothing is entered for them."
        )
        hint = "Enter them on the sheet Variation of the operations book, one row a resource or one for ALL."
        issues.append(Issue(Severity.INFO, text, hint, table="resource_variation"))
    return tuple(issues)


def known_sources(inputs: PlanningInputs) -> dict[str, set[str]]:
    """Return the codes of suppliers, partner plants and lanes by kind."""
    lanes = inputs["lanes"]
    ends = zip(lanes["from_location"], lanes["to_location"], strict=True)
    return {
        "supplier": set(inputs["materials"]["supplier"]),
        "partner": set(inputs["outsourcing"]["partner"]),
        "lane": {lane_code(origin, target) for origin, target in ends},
    }


def sources(result: ScenarioResult, twin: Twin) -> tuple[Source, ...]:
    """Return the suppliers, partners and lanes a plan uses, each with the share of every family that waits on it."""
    inputs, tables = result.inputs, result.plan.tables
    stock = tables["inventory_plan"]
    family = dict(zip(stock["product"], stock["family"], strict=True))
    got = stock.assign(units=stock["produced"] + stock["outsourced"] + stock["scheduled"])
    total = got.groupby("family")["units"].sum()
    found: dict[tuple[str, str], dict[str, float]] = {}

    def add(kind: str, code: str, of: str, units: float) -> None:
        if of in twin.families and total.get(of, 0.0) > 0 and units > 0:
            shares = found.setdefault((kind, code), {})
            shares[of] = min(1.0, shares.get(of, 0.0) + units / float(total[of]))

    made = stock.groupby("product")["produced"].sum()
    for item, supplier, share in _orders(tables["material_plan"]):
        bill = expand_products(inputs, "bom", ("item",))
        for product in bill.loc[bill["item"] == item, "product"]:
            add("supplier", supplier, family.get(product, ""), share * float(made.get(product, 0.0)))
    bought = stock.groupby("product")["outsourced"].sum()
    offers = expand_products(inputs, "outsourcing", ("location", "partner"))
    for product, own in offers.groupby("product"):
        partners = sorted(set(own["partner"]))
        for partner in partners:
            add("partner", str(partner), family.get(product, ""), float(bought.get(product, 0.0)) / len(partners))
    moved = tables["shipments"].groupby(["product", "from_location", "to_location"])["units"].sum()
    for (product, origin, target), units in moved.items():
        add("lane", lane_code(origin, target), family.get(product, ""), float(units))
    return tuple(Source(kind, code, shares) for (kind, code), shares in sorted(found.items()))


def _orders(plan: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Item, supplier and its share of the item's orders."""
    units = plan.groupby(["item", "supplier"])["ordered"].sum()
    whole = units.groupby(level="item").transform("sum")
    return [(str(i), str(s), float(u / whole[i, s])) for (i, s), u in units.items() if u > 0]


def _resource_rates(inputs: PlanningInputs, resources: Sequence[str]) -> pd.DataFrame:
    usual = rows("resource_variation", [{"resource": EVERYWHERE}])
    table = pd.concat([usual, inputs["resource_variation"]]).drop_duplicates("resource", keep="last")
    given = table.set_index("resource")[list(_RATES)]
    named = [resource if resource in given.index else EVERYWHERE for resource in resources]
    return given.loc[named]


def _planned_hours(result: ScenarioResult, resources: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    load, starts = result.plan.tables["resource_load"], bucket_starts(result.inputs)
    planned, there = (
        np.asarray(
            load.groupby(["resource", "period"])[name].sum().unstack().reindex(index=list(resources), columns=starts),
            dtype=float,
        )
        for name in ("planned_hours", "available_hours")
    )
    return planned, np.maximum(there - planned, 0.0)


def _late_rates(inputs: PlanningInputs, found: Sequence[Source]) -> tuple[np.ndarray, np.ndarray]:
    given = inputs["supply_variation"].set_index(["kind", "code"])
    usual = rows("supply_variation", [{"kind": "supplier", "code": EVERYWHERE}]).iloc[0]
    late, days = [], []
    for source in found:
        keys = ((source.kind, source.code), (source.kind, EVERYWHERE))
        row = next((given.loc[key] for key in keys if key in given.index), usual)
        late.append(float(row["late_pct"]))
        days.append(float(row["late_days"]))
    return np.array(late), np.array(days)
