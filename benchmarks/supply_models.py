"""Reference plans made from a seed, as tables: families, sites, buckets, resources, materials and lanes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sop_xl.gather.inputs import require_inputs
from sop_xl.model.plan import PlanningInputs
from sop_xl.schema import frames


@dataclass(frozen=True, slots=True)
class Size:
    """How large a plan is; ``materials`` and ``people`` say whether items and workers are planned."""

    families: int
    sites: int
    periods: int
    resources: int
    materials: bool
    people: bool
    shortage: str
    alternatives: int
    lanes: int
    tightness: float


SMALL = Size(20, 3, 18, 10, materials=True, people=True, shortage="backorder", alternatives=2, lanes=2, tightness=0.85)
MIDDLE = Size(
    200, 10, 36, 50, materials=False, people=False, shortage="lost_sales", alternatives=1, lanes=2, tightness=0.95
)


def reference(size: Size, seed: int = 7) -> PlanningInputs:
    """Return the planning inputs of a reference plan: demand of every family at every site, about 95 % of capacity."""
    rng = np.random.default_rng(seed)
    families = [f"F{i:03d}" for i in range(size.families)]
    sites = [f"S{i}" for i in range(size.sites)]
    machines = [f"R{i:02d}" for i in range(size.resources)]
    months = pd.date_range("2026-01-01", periods=size.periods, freq="MS")
    level = rng.lognormal(5.5, 0.6, (size.families, size.sites))
    season = 1 + 0.25 * np.sin(2 * np.pi * (np.arange(size.periods) / 12 + rng.random((size.families, 1))))
    noise = rng.normal(1, 0.05, (size.families, size.sites, size.periods))
    units = np.round(level[:, :, None] * season[:, None, :] * noise)
    price = rng.uniform(40, 160, size.families)
    hours = rng.uniform(0.4, 1.6, size.families)
    at_site = {s: [r for r in range(size.resources) if r % size.sites == s] for s in range(size.sites)}
    load = np.zeros(size.resources)
    routings, labour = [], {}
    for f, family in enumerate(families):
        for s, site in enumerate(sites):
            for a in range(size.alternatives):
                r = at_site[s][(f + a) % len(at_site[s])]
                load[r] += units[f, s].mean() * hours[f] / size.alternatives
                labour[r] = labour.get(r, 0.0) + units[f, s].mean() * hours[f] / size.alternatives
                routings.append(
                    {
                        "product": family,
                        "location": site,
                        "resource": machines[r],
                        "hours_per_unit": hours[f] * (1 + 0.1 * a),
                        "cost_per_unit": 1.0 + a,
                        "yield_pct": 0.98,
                    }
                )
    tables: dict[str, list[dict[str, object]]] = {
        "demand": [
            {"product": family, "location": site, "channel": "ALL", "period": month, "units": units[f, s, t]}
            for f, family in enumerate(families)
            for s, site in enumerate(sites)
            for t, month in enumerate(months)
        ],
        "products": [{"product": family, "family": family} for family in families],
        "locations": [{"location": site} for site in sites],
        "price_cost": [
            {
                "product": family,
                "price": price[f],
                "material_cost": 0 if size.materials else 0.3 * price[f],
                "conversion_cost": 0.15 * price[f],
                "standard_cost": 0.5 * price[f],
                "freight_cost": 0.5,
            }
            for f, family in enumerate(families)
        ],
        "inventory": [
            {"product": family, "location": site, "on_hand": round(0.6 * units[f, s, 0])}
            for f, family in enumerate(families)
            for s, site in enumerate(sites)
        ],
        "inventory_policy": [{"method": "months of supply", "min_stock": 0.5}],
        "resources": [
            {
                "resource": machine,
                "location": sites[r % size.sites],
                "hours": size.tightness * load[r],
                "cost_per_hour": 12 + r % 7,
                "overtime_max": 0.1 * load[r],
                "overtime_cost": 24 + r % 5,
            }
            for r, machine in enumerate(machines)
        ],
        "routings": routings,
        "lanes": [
            {
                "from_location": sites[s],
                "to_location": sites[(s + step) % size.sites],
                "cost": 3 + 2 * step,
                "lead_time": 1,
                "limit": 0.08 * units.sum(axis=(0, 1)).mean(),
            }
            for step in range(1, size.sites)
            for s in range(size.sites)
        ][: size.lanes if size.sites <= 3 else size.lanes * size.sites // 2],
    }
    if size.materials:
        tables["bom"] = [{"product": family, "item": f"I{f:03d}", "quantity": 1} for f, family in enumerate(families)]
        tables["materials"] = [
            {
                "item": f"I{f:03d}",
                "supplier": "V1",
                "location": site,
                "unit_cost": 0.3 * price[f],
                "lead_time": 1,
                "period_limit": 1.3 * units[f, s].mean(),
                "on_hand": 1.5 * units[f, s].mean(),
            }
            for f in range(size.families)
            for s, site in enumerate(sites)
        ]
    if size.people:
        tables["workforce"] = [
            {
                "workforce": f"W{r:02d}",
                "resource": machine,
                "opening_workers": size.tightness * load[r] / 160,
                "hours_per_worker": 160,
                "wage": 2400,
                "overtime_max": 16,
                "overtime_cost": 22,
                "hiring_cost": 1500,
                "layoff_cost": 2500,
            }
            for r, machine in enumerate(machines)
        ]
    rows = [{"setting": "shortage", "value": size.shortage}, {"setting": "objective", "value": "profit"}]
    typed = {name: frames.rows(name, records) for name, records in tables.items()}
    return require_inputs({"settings": frames.rows("settings", rows), **typed})


def with_products(inputs: PlanningInputs, count: int, seed: int = 3) -> PlanningInputs:
    """Return the same plan with so many products in each family; together they ask and hold what the family did."""
    rng = np.random.default_rng(seed)
    families = sorted(inputs["products"]["product"])
    part = {family: rng.dirichlet(np.full(count, 3.0)) for family in families}
    code = {family: [f"{family}-{k}" for k in range(count)] for family in families}

    def each(name: str, column: str) -> pd.DataFrame:
        frame = inputs[name]
        held = frame.loc[np.repeat(frame.index, count)].reset_index(drop=True)
        parts = np.concatenate([part[family] for family in frame["product"]])
        codes = np.concatenate([code[family] for family in frame["product"]]).astype(object)
        return held.assign(product=codes, **({column: held[column] * parts} if column else {}))

    products = [{"product": c, "family": family} for family in families for c in code[family]]
    return inputs.with_tables(
        products=frames.rows("products", products),
        demand=each("demand", "units"),
        inventory=each("inventory", "on_hand"),
        price_cost=each("price_cost", ""),
    )
