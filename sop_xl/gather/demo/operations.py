"""Illustrative plants of the demo: lines, routings, materials, lanes, stock policy, partners and levers, by rule."""

from __future__ import annotations

import pandas as pd

from sop_xl.gather.demo import rules
from sop_xl.gather.demo.published import base_year_by_family, horizon, last_year
from sop_xl.schema import frames

Record = dict[str, object]


def base_hours() -> pd.Series:
    """Return the hours an average month of the base year needs per line."""
    units, families = base_year_by_family(), rules.families()
    hours = pd.Series({family: units[family] / rule.packs_per_hour for family, rule in families.items()})
    return hours.groupby({family: rule.line for family, rule in families.items()}).sum()


def regular_hours(line: str) -> float:
    """Return the regular hours of a line per month: its base load is the stated part of them."""
    return float(base_hours()[line]) / rules.lines()[line].base_load


def resources() -> pd.DataFrame:
    """Return the packaging lines; efficiency is what makes the regular hours those of the base load."""
    records: list[Record] = []
    for line, rule in rules.lines().items():
        hours = regular_hours(line)
        records.append(
            {
                "resource": line,
                "location": rule.site,
                "units": rule.machines,
                "hours_per_shift": rules.HOURS_PER_SHIFT,
                "shifts": rule.shifts,
                "days": rules.DAYS,
                "efficiency": round(hours / (rule.machines * rules.HOURS_PER_SHIFT * rule.shifts * rules.DAYS), 4),
                "overtime_max": round(hours * rule.overtime),
                "overtime_cost": rule.overtime_premium,
            }
        )
    return frames.rows("resources", records)


def resource_variation() -> pd.DataFrame:
    """Return how often a packaging line stops; the busiest one stops most."""
    busiest = max(rules.lines(), key=lambda line: rules.lines()[line].base_load)
    usual = {"resource": "ALL", "hours_between_breakdowns": 300, "repair_hours": 4, "yield_spread": 0.01}
    worst = {"resource": busiest, "hours_between_breakdowns": 200, "repair_hours": 4, "yield_spread": 0.015}
    return frames.rows("resource_variation", [usual, worst])


def supply_variation() -> pd.DataFrame:
    """Return how often suppliers, partners and lanes are late."""
    kinds = (("supplier", 0.08, 12), ("partner", 0.1, 10), ("lane", 0.04, 3))
    rows = ({"kind": kind, "code": "ALL", "late_pct": late, "late_days": days} for kind, late, days in kinds)
    return frames.rows("supply_variation", rows)


def routings() -> pd.DataFrame:
    """Return hours per pack by family on its line, and the slower alternatives."""
    families, lines = rules.families(), rules.lines()
    records: list[Record] = [
        {
            "product": family,
            "location": lines[rule.line].site,
            "resource": rule.line,
            "hours_per_unit": 1 / rule.packs_per_hour,
            "yield_pct": 0.98 if family in rules.STERILE else 1.0,
        }
        for family, rule in families.items()
    ]
    records += [
        {
            "product": other["product"],
            "location": lines[other["line"]].site,
            "resource": other["line"],
            "hours_per_unit": other["slower"] / families[other["product"][0]].packs_per_hour,
            "cost_per_unit": other["cost_per_unit"],
        }
        for other in rules.illustrative()["alternatives"]
    ]
    return frames.rows("routings", records)


def resource_calendar(cycle: int) -> pd.DataFrame:
    """Return the weeks in which lines stand still as planned."""
    return frames.rows(
        "resource_calendar",
        [
            {
                "resource": stop["line"],
                "period": period,
                "downtime_hours": round(regular_hours(stop["line"]) * stop["part"]),
                "note": stop["note"],
            }
            for stop in rules.illustrative()["standstill"]
            for period in horizon(cycle)
            if period == stop.get("period") or period.month == stop.get("month")
        ],
    )


def product_prices(cycle: int) -> pd.DataFrame:
    """Return family and price per product: cost per script of the last twelve months, and the new product's premium."""
    recent = last_year(cycle)[["family", "price"]]
    price = round(dict(recent["price"])[rules.ANALOGUE] * rules.NEW_PRODUCT_PREMIUM, 2)
    index = pd.Index([rules.NEW_PRODUCT], name="product")
    return pd.concat([recent, pd.DataFrame({"family": ["A"], "price": [price]}, index=index)])


def price_by_product(cycle: int) -> dict[str, float]:
    """Return the price of each product in AUD."""
    prices = product_prices(cycle)["price"]
    return dict(zip(prices.index.astype(str), prices.astype(float), strict=True))


def packaging_cost(family: str) -> float:
    """Return foil or container plus carton per pack, in AUD."""
    return sum(quantity * rules.item_cost(item) for item, quantity in rules.packaging(family).items())


def active_quantity(family: str, price: float) -> float:
    """Return the kg of active ingredient per pack: what makes material its stated share of the price."""
    rule = rules.families()[family]
    money = max(rule.material * price - packaging_cost(family), 0.0)
    return round(money / rules.item_cost(rule.active), 7)


def bom(cycle: int) -> pd.DataFrame:
    """Return the bill of materials: packaging by family, active ingredient by product."""
    records: list[Record] = [
        {"product": family, "item": item, "quantity": quantity}
        for family in rules.families()
        for item, quantity in rules.packaging(family).items()
    ]
    records += [
        {
            "product": product,
            "item": rules.families()[family].active,
            "quantity": active_quantity(family, price),
        }
        for product, family, price in product_prices(cycle).itertuples()
    ]
    return frames.rows("bom", records)


def use_per_month(cycle: int) -> dict[str, float]:
    """Return the average monthly use of every bought item over the last twelve known months."""
    recent = last_year(cycle)
    use: dict[str, float] = dict.fromkeys((s.item for s in rules.supplies()), 0.0)
    for family, scripts, price in recent[["family", "scripts", "price"]].itertuples(index=False):
        use[rules.families()[family].active] += active_quantity(family, price) * scripts / 12
        for item, quantity in rules.packaging(family).items():
            use[item] += quantity * scripts / 12
    return use


def materials(cycle: int) -> pd.DataFrame:
    """Return bought items with suppliers; the key supplier of the cardiovascular ingredient has a limit."""
    now, base = use_per_month(cycle), use_per_month(1)
    return frames.rows(
        "materials",
        [
            {
                "item": s.item,
                "supplier": s.supplier,
                "unit_cost": s.cost,
                "lead_time": s.lead_time,
                "period_limit": None if s.limit is None else round(base[s.item] * s.limit),
                "on_hand": round(now[s.item] * s.on_hand),
                "in_transit": round(now[s.item] * s.in_transit),
                "holding_cost": round(s.cost * rules.HOLDING_PCT / 12, 4),
            }
            for s in rules.supplies()
        ],
    )


def lanes() -> pd.DataFrame:
    """Return the way from each plant to the distribution centre, by family made there."""
    made = sorted({(str(product)[0], str(plant)) for product, plant in routings()[["product", "location"]].to_numpy()})
    return frames.rows(
        "lanes",
        [
            {
                "from_location": plant,
                "to_location": rules.CENTRE,
                "product": family,
                "lead_time": 1 if family in rules.STERILE else 0,
                "cost": rules.LANE_COST[plant] * (rules.STERILE_LANE_FACTOR if family in rules.STERILE else 1),
                "co2_per_unit": rules.LANE_CO2[plant],
            }
            for family, plant in made
        ],
    )


def inventory_policy() -> pd.DataFrame:
    """Return safety stock and storage limit at the centre, in months of forward demand; plants keep no stock."""
    records: list[Record] = [
        {
            "product": family,
            "location": rules.CENTRE,
            "method": "months of supply",
            "min_stock": round(rules.SAFETY_PART * rule.months_of_supply, 2),
            "max_stock": round(rule.most, 2),
            "service_target": 0.98 if family in ("C", "L") else 0.97,
            "holding_pct": rules.HOLDING_PCT,
        }
        for family, rule in rules.families().items()
    ]
    records += [
        {"location": plant, "method": "units", "max_stock": 0.0, "holding_pct": rules.HOLDING_PCT}
        for plant in (rules.NORTH, rules.SOUTH)
    ]
    return frames.rows("inventory_policy", records)


def outsourcing(cycle: int) -> pd.DataFrame:
    """Return finished product a partner plant sells: dearer than making it, and limited."""
    prices = price_by_product(cycle)
    return frames.rows(
        "outsourcing",
        [
            {
                "product": row["product"],
                "location": rules.CENTRE,
                "partner": "PARTNER-1",
                "cost_per_unit": round(prices[row["product"]] * row["cost"], 2),
                "limit": row["limit"],
                "lead_time": row["lead_time"],
            }
            for row in rules.illustrative()["outsourced"]
        ],
    )


def options(cycle: int) -> pd.DataFrame:
    """Return the levers operations can pull against the shortage of the busiest line."""
    prices, months = price_by_product(cycle), horizon(cycle)
    records: list[Record] = []
    for lever in rules.illustrative()["levers"]:
        record = {k: v for k, v in lever.items() if k not in ("hours", "price", "from_month")}
        if "hours" in lever:
            record["quantity"] = round(regular_hours(lever["target"]) * lever["hours"])
        if "price" in lever:
            record["cost_per_unit"] = round(prices[lever["target"]] * lever["price"], 2)
        if "from_month" in lever:
            record["from_period"] = months[lever["from_month"]]
        records.append(record)
    return frames.rows("options", records)
