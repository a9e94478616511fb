"""Planning problems whose optimum is published, stated in the tables of the product: one folder of CSVs a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sop_xl.schema import frames

from .case import MONTHS, asked

Rows = Sequence[Mapping[str, object]]
FAR = 10.0**6
"""More than a market could ask for."""


@dataclass(frozen=True)
class Case:
    """A published problem: its tables and settings, the figure to be found, and where it stands.

    ``offset`` is added to the plan's figure: what the source counts and a plan does not.
    """

    name: str
    source: str
    published: float
    tables: Mapping[str, Rows]
    settings: Mapping[str, object] = field(default_factory=dict)
    figure: str = "profit"
    within: float = 0.5
    offset: float = 0.0

    def write(self, folder: Path, **settings: object) -> Path:
        """Write the case as a folder of CSVs, named after the tables."""
        folder.mkdir(parents=True, exist_ok=True)
        named = {"objective": "profit", "rates_per": "bucket", **self.settings, **settings}
        rows = [{"setting": name, "value": str(value)} for name, value in named.items()]
        for name, records in {"settings": rows, **self.tables}.items():
            frame = frames.rows(name, list(records))
            frame = frame.loc[:, [c for c in frame if any(c in record for record in records)]]
            frame.to_csv(folder / f"{name}.csv", index=False, date_format="%Y-%m-%d")
        return folder


BASE = (1600, 3000, 3200, 3800, 2200, 2200)
HIGH_VARIABILITY = (1000, 3000, 3800, 4800, 2000, 1400)


def red_tomato(name: str, published: float, demand: Sequence[float], **settings: object) -> Case:
    """Red Tomato Tools: inventory, people, overtime and a subcontractor over six months."""
    people = {
        "workforce": "ASSEMBLERS",
        "resource": "ASSEMBLY",
        "opening_workers": 80,
        "hours_per_worker": 160,
        "wage": 640,
        "overtime_max": 10,
        "overtime_cost": 6,
        "hiring_cost": 300,
        "layoff_cost": 500,
    }
    return Case(
        name,
        "Chopra & Meindl, Supply Chain Management, aggregate planning",
        published,
        {
            "demand": asked("TOOL", demand),
            "inventory": [{"product": "TOOL", "location": "PLANT", "on_hand": 1000}],
            "inventory_policy": [{"product": "TOOL", "ending_stock": 500, "holding_cost": 2, "backorder_cost": 5}],
            "price_cost": [{"product": "TOOL", "price": 40, "material_cost": 10}],
            "routings": [{"product": "TOOL", "location": "PLANT", "resource": "ASSEMBLY", "hours_per_unit": 4}],
            "workforce": [people],
            "outsourcing": [{"product": "TOOL", "cost_per_unit": 30}],
        },
        {"rates_per": "month", **settings},
        "profit" if settings.get("objective") == "profit" else "total_cost",
    )


def mill(
    name: str,
    published: float,
    products: Mapping[str, tuple[float, float, float, float]],
    hours: Mapping[str, float],
    rates: Mapping[str, Mapping[str, float]],
) -> Case:
    """One week of a steel mill; products with profit a ton, least and most tons, and tons an hour by stage."""
    return Case(
        name,
        "Fourer, Gay & Kernighan, AMPL, chapter 1 (steel.mod, steel3.mod, steel4.mod)",
        published,
        {
            "demand": [row for p, (profit, _, most, _) in products.items() for row in asked(p, [most], price=profit)],
            "market_limits": [{"product": p, "min_sales": least} for p, (_, least, _, _) in products.items()],
            "price_cost": [{"product": p, "price": profit} for p, (profit, _, _, _) in products.items()],
            "resources": [{"resource": stage, "location": "MILL", "hours": h} for stage, h in hours.items()],
            "routings": [
                {"product": p, "resource": stage, "operation": stage, "hours_per_unit": 1 / rates[stage][p]}
                for p in products
                for stage in hours
            ],
            "inventory_policy": [{"max_stock": 0}],
        },
        {"shortage": "lost_sales"},
    )


STEEL_T = Case(
    "AMPL steelT",
    "Fourer, Gay & Kernighan, AMPL, chapter 4: the third week has 32 hours instead of 40",
    515_033,
    {
        "demand": [
            *asked("bands", [6000, 6000, 4000, 6500], price=[25, 26, 27, 27]),
            *asked("coils", [4000, 2500, 3500, 4200], price=[30, 35, 37, 39]),
        ],
        "inventory": [{"product": "bands", "location": "MILL", "on_hand": 10}],
        "price_cost": [
            {"product": "bands", "price": 25, "conversion_cost": 10},
            {"product": "coils", "price": 30, "conversion_cost": 11},
        ],
        "resources": [{"resource": "MILL", "location": "MILL", "hours": 40}],
        "resource_calendar": [{"resource": "MILL", "period": MONTHS[2], "downtime_hours": 8}],
        "routings": [
            {"product": "bands", "resource": "MILL", "hours_per_unit": 1 / 200},
            {"product": "coils", "resource": "MILL", "hours_per_unit": 1 / 140},
        ],
        "inventory_policy": [{"product": "bands", "holding_cost": 2.5}, {"product": "coils", "holding_cost": 3}],
    },
    {"shortage": "lost_sales"},
)

SETUP_COST = (85, 102, 102, 101, 98, 114, 105, 86, 119, 110, 98, 114)
WAGNER_WHITIN = Case(
    "Wagner-Whitin",
    "Wagner & Whitin, Management Science 5 (1958), section 5",
    864,
    {
        "demand": asked("A", [69, 29, 36, 61, 61, 26, 34, 67, 45, 67, 79, 56]),
        "price_cost": [{"product": "A", "price": 10_000}],
        "inventory_policy": [{"holding_cost": 1, "backorder_cost": 1_000}],
        "routings": [{"product": "A", "location": "SITE", "setup_cost": 1}],
        "routing_calendar": [
            {"product": "A", "period": day, "setup_cost": cost} for day, cost in zip(MONTHS, SETUP_COST, strict=True)
        ],
    },
    {"objective": "cost"},
    "total_cost",
)

SAILCO = Case(
    "Sailco",
    "Winston, Operations Research, chapter 3: sailboats over four quarters",
    78_450,
    {
        "demand": asked("BOAT", [40, 60, 75, 25]),
        "inventory": [{"product": "BOAT", "location": "YARD", "on_hand": 10}],
        "inventory_policy": [{"holding_cost": 20, "backorder_cost": 10_000}],
        "price_cost": [{"product": "BOAT", "price": 100_000}],
        "resources": [
            {
                "resource": "CREW",
                "location": "YARD",
                "hours": 40,
                "cost_per_hour": 400,
                "overtime_max": 200,
                "overtime_cost": 450,
            }
        ],
        "routings": [{"product": "BOAT", "resource": "CREW", "hours_per_unit": 1}],
    },
    {"objective": "cost"},
    "total_cost",
)

REGIONS = ("N-AMERICA", "S-AMERICA", "EUROPE", "ASIA", "AFRICA")
SUNOIL_COST = (
    (81, 92, 101, 130, 115),
    (117, 77, 108, 98, 100),
    (102, 105, 95, 119, 111),
    (115, 125, 90, 59, 74),
    (142, 100, 103, 105, 71),
)
SUNOIL_FIXED = ((6000, 4500, 6500, 4100, 4000), (9000, 6750, 9750, 6150, 6000))
SUNOIL = Case(
    "SunOil",
    "Chopra & Meindl, Supply Chain Management, network design: low and high capacity plants in five regions",
    23_751,
    {
        "demand": [
            row
            for region, units in zip(REGIONS, (12, 8, 14, 16, 7), strict=True)
            for row in asked("OIL", [units], location=f"{region}-MARKET")
        ],
        "price_cost": [{"product": "OIL", "price": 100_000}],
        "resources": [{"resource": region, "location": region, "hours": 0} for region in REGIONS],
        "routings": [{"product": "OIL", "resource": region, "hours_per_unit": 1} for region in REGIONS],
        "capacity_steps": [
            {"step": f"{region}-{size}", "target": region, "size": hours, "fixed_cost": fixed[i]}
            for size, hours, fixed in (("LOW", 10, SUNOIL_FIXED[0]), ("HIGH", 20, SUNOIL_FIXED[1]))
            for i, region in enumerate(REGIONS)
        ],
        "lanes": [
            {"from_location": origin, "to_location": f"{target}-MARKET", "cost": SUNOIL_COST[i][j]}
            for i, origin in enumerate(REGIONS)
            for j, target in enumerate(REGIONS)
        ],
    },
    {"objective": "cost"},
    "total_cost",
)

CITIES = ("FRA", "DET", "LAN", "WIN", "STL", "FRE", "LAF")
MILLS = ("GARY", "CLEV", "PITT")
STEEL_SUPPLY = {"bands": (400, 700, 800), "coils": (800, 1600, 1800), "plate": (200, 300, 300)}
STEEL_DEMAND = {
    "bands": (300, 300, 100, 75, 650, 225, 250),
    "coils": (500, 750, 400, 250, 950, 850, 500),
    "plate": (100, 100, 0, 50, 200, 100, 250),
}
STEEL_FREIGHT = {
    "bands": ((30, 10, 8, 10, 11, 71, 6), (22, 7, 10, 7, 21, 82, 13), (19, 11, 12, 10, 25, 83, 15)),
    "coils": ((39, 14, 11, 14, 16, 82, 8), (27, 9, 12, 9, 26, 95, 17), (24, 14, 17, 13, 28, 99, 20)),
    "plate": ((41, 15, 12, 16, 17, 86, 8), (29, 9, 13, 9, 28, 99, 18), (26, 14, 17, 13, 31, 104, 20)),
}
LANE_FIXED = (
    (3000, 1200, 1200, 1200, 2500, 3500, 2500),
    (2000, 1000, 1500, 1200, 2500, 3000, 2200),
    (2000, 1200, 1500, 1500, 2500, 3500, 2200),
)


def steel_by_rail(name: str, published: float, *, with_fixed: bool) -> Case:
    """Three products from three mills to seven cities; a lane takes 625 of all, and may cost to be used at all."""
    return Case(
        name,
        "Fourer, Gay & Kernighan, AMPL, chapters 4 and 20 (multi.mod, multmip1.mod)",
        published,
        {
            "demand": [
                row
                for p, units in STEEL_DEMAND.items()
                for city, quantity in zip(CITIES, units, strict=True)
                for row in asked(p, [quantity], location=city)
            ],
            "inventory": [
                {"product": p, "location": plant, "on_hand": units}
                for p, held in STEEL_SUPPLY.items()
                for plant, units in zip(MILLS, held, strict=True)
            ],
            "price_cost": [{"product": p, "price": 10_000} for p in STEEL_SUPPLY],
            "lanes": [
                {"from_location": plant, "to_location": city, "product": p, "cost": STEEL_FREIGHT[p][i][j]}
                for p in STEEL_SUPPLY
                for i, plant in enumerate(MILLS)
                for j, city in enumerate(CITIES)
            ],
            "lane_loads": [
                {
                    "from_location": plant,
                    "to_location": city,
                    "limit": 625,
                    "fixed_cost": LANE_FIXED[i][j] if with_fixed else 0,
                }
                for i, plant in enumerate(MILLS)
                for j, city in enumerate(CITIES)
            ],
        },
        {"objective": "cost", "holding_pct": 0},
        "total_cost",
    )


PRODUCTS = tuple(f"PROD{i}" for i in range(1, 8))
MACHINES = {"GRINDER": 4, "VERTICAL": 2, "HORIZONTAL": 3, "BORER": 1, "PLANER": 1}
MACHINE_HOURS = {
    "GRINDER": (0.5, 0.7, 0, 0, 0.3, 0.2, 0.5),
    "VERTICAL": (0.1, 0.2, 0, 0.3, 0, 0.6, 0),
    "HORIZONTAL": (0.2, 0, 0.8, 0, 0, 0, 0.6),
    "BORER": (0.05, 0.03, 0, 0.07, 0.1, 0, 0.08),
    "PLANER": (0, 0, 0.01, 0, 0.05, 0, 0.05),
}
MARKET = (
    (500, 600, 300, 200, 0, 500),
    (1000, 500, 600, 300, 100, 500),
    (300, 200, 0, 400, 500, 100),
    (300, 0, 0, 500, 100, 300),
    (800, 400, 500, 200, 1000, 1100),
    (200, 300, 400, 0, 300, 500),
    (100, 150, 100, 100, 0, 60),
)
DOWN = (
    ("GRINDER", 0, 1),
    ("HORIZONTAL", 1, 2),
    ("BORER", 2, 1),
    ("VERTICAL", 3, 1),
    ("GRINDER", 4, 1),
    ("VERTICAL", 4, 1),
    ("PLANER", 5, 1),
    ("HORIZONTAL", 5, 1),
)


def factory(name: str, published: float, down: Mapping[str, Rows]) -> Case:
    """Seven products on five kinds of machines over six months; 100 of each may be stored, 50 are wanted in the end."""
    return Case(
        name,
        "Williams, Model Building in Mathematical Programming, Factory planning",
        published,
        {
            "demand": [row for p, units in zip(PRODUCTS, MARKET, strict=True) for row in asked(p, units)],
            "price_cost": [
                {"product": p, "price": profit} for p, profit in zip(PRODUCTS, (10, 6, 8, 4, 11, 9, 3), strict=True)
            ],
            "resources": [
                {"resource": m, "location": "FACTORY", "units": units, "hours_per_shift": 8, "shifts": 2, "days": 24}
                for m, units in MACHINES.items()
            ],
            "routings": [
                {"product": p, "resource": m, "operation": m, "hours_per_unit": hours}
                for m, used in MACHINE_HOURS.items()
                for p, hours in zip(PRODUCTS, used, strict=True)
                if hours
            ],
            "inventory_policy": [{"holding_cost": 0.5, "max_stock": 100, "ending_stock": 50}],
            **down,
        },
        {"shortage": "lost_sales", "rates_per": "month"},
    )


SKILLS = ("UNSKILLED", "SEMISKILLED", "SKILLED")


def manpower(name: str, published: float, *, costs: bool, within: float) -> Case:
    """Three skills over three years: recruiting, training, downgrading, redundancy, idle people and short time."""
    plain = (0, 0, 0)
    opening, hires = (2000, 1500, 1000), (500, 800, 500)
    leave, leave_new = (0.10, 0.05, 0.05), (0.25, 0.20, 0.10)
    redundancy, idle, short = (
        ((200, 500, 500), (1500, 2000, 3000), (500, 400, 400)) if costs else ((1, 1, 1), plain, plain)
    )
    train = (400, 500) if costs else (0, 0)
    need = ((1000, 500, 0), (1400, 2000, 2500), (1000, 1500, 2000))
    down = {"cost": 0, "lost_pct": 0.5}
    return Case(
        name,
        "Williams, Model Building in Mathematical Programming, Manpower planning",
        published,
        {
            "demand": [row for skill, units in zip(SKILLS, need, strict=True) for row in asked(f"WORK-{skill}", units)],
            "price_cost": [{"product": f"WORK-{skill}", "price": 1_000_000} for skill in SKILLS],
            "routings": [
                {"product": f"WORK-{skill}", "location": "COMPANY", "resource": skill, "hours_per_unit": 1}
                for skill in SKILLS
            ],
            "inventory_policy": [{"max_stock": 0, "backorder_cost": 1_000_000}],
            "workforce": [
                {
                    "workforce": skill,
                    "resource": skill,
                    "opening_workers": opening[i],
                    "hours_per_worker": 1,
                    "max_hires": hires[i],
                    "attrition_pct": leave[i],
                    "attrition_new_pct": leave_new[i],
                    "layoff_cost": redundancy[i],
                    "idle_cost": idle[i],
                    "short_time_max": 50,
                    "short_time_cost": short[i],
                }
                for i, skill in enumerate(SKILLS)
            ],
            "workforce_moves": [
                {"from_workforce": "UNSKILLED", "to_workforce": "SEMISKILLED", "cost": train[0], "limit": 200}
                | {"lost_pct": 0.05},
                {"from_workforce": "SEMISKILLED", "to_workforce": "SKILLED", "cost": train[1], "limit_pct": 0.25}
                | {"lost_pct": 0.05},
                {"from_workforce": "SKILLED", "to_workforce": "SEMISKILLED", **down},
                {"from_workforce": "SKILLED", "to_workforce": "UNSKILLED", **down},
                {"from_workforce": "SEMISKILLED", "to_workforce": "UNSKILLED", **down},
            ],
            "plan_limits": [{"kind": "idle workers", "most": 150}],
        },
        {"objective": "cost"},
        "total_cost",
        within,
    )


SHOPS = {"C1": 50_000, "C2": 10_000, "C3": 40_000, "C4": 35_000, "C5": 60_000, "C6": 20_000}
DEPOTS = {"Newcastle": 70_000, "Birmingham": 50_000, "London": 100_000, "Exeter": 40_000}
FREIGHT = {
    "Liverpool": {
        "Newcastle": 0.5,
        "Birmingham": 0.5,
        "London": 1.0,
        "Exeter": 0.2,
        "C1": 1,
        "C3": 1.5,
        "C4": 2,
        "C6": 1,
    },
    "Brighton": {"Birmingham": 0.3, "London": 0.5, "Exeter": 0.2, "C1": 2.0},
    "Newcastle": {"C2": 1.5, "C3": 0.5, "C4": 1.5, "C6": 1.0},
    "Birmingham": {"C1": 1.0, "C2": 0.5, "C3": 0.5, "C4": 1.0, "C5": 0.5},
    "London": {"C2": 1.5, "C3": 2.0, "C5": 0.5, "C6": 1.5},
    "Exeter": {"C3": 0.2, "C4": 1.5, "C5": 0.5, "C6": 1.5},
}
MORE_FREIGHT = {
    "Liverpool": {"Bristol": 0.6, "Northampton": 0.4},
    "Brighton": {"Bristol": 0.4, "Northampton": 0.3},
    "Bristol": {"C1": 1.2, "C2": 0.6, "C3": 0.5, "C5": 0.3, "C6": 0.8},
    "Northampton": {"C2": 0.4, "C4": 0.5, "C5": 0.6, "C6": 0.9},
}


def distribution(name: str, published: float, throughput: Rows, steps: Rows, offset: float, *, more: bool) -> Case:
    """Two factories, depots and six customers, who can also be served directly."""
    ways = [*FREIGHT.items(), *(MORE_FREIGHT.items() if more else ())]
    return Case(
        name,
        "Williams, Model Building in Mathematical Programming, Distribution",
        published,
        {
            "demand": [row for shop, units in SHOPS.items() for row in asked("GOODS", [units], location=shop)],
            "price_cost": [{"product": "GOODS", "price": 100}],
            "resources": [
                {"resource": place, "location": place, "hours": hours}
                for place, hours in (("Liverpool", 150_000), ("Brighton", 200_000))
            ],
            "routings": [
                {"product": "GOODS", "resource": place, "hours_per_unit": 1} for place in ("Liverpool", "Brighton")
            ],
            "lanes": [
                {"from_location": origin, "to_location": target, "cost": cost}
                for origin, costs in ways
                for target, cost in costs.items()
            ],
            "location_limits": throughput,
            **({"capacity_steps": steps} if steps else {}),
        },
        {"objective": "cost"},
        "total_cost",
        offset=offset,
    )


THROUGHPUT = [{"location": place, "throughput": units} for place, units in DEPOTS.items()]
DEPOT_STEPS = [
    {"step": step, "target": place, "size": size, "fixed_cost": cost, "group": group}
    for step, place, size, cost, group in (
        ("KEEP-NEWCASTLE", "Newcastle", 70_000, 10_000, "DEPOTS"),
        ("KEEP-EXETER", "Exeter", 40_000, 5_000, "DEPOTS"),
        ("OPEN-BRISTOL", "Bristol", 30_000, 12_000, "DEPOTS"),
        ("OPEN-NORTHAMPTON", "Northampton", 25_000, 4_000, "DEPOTS"),
        ("EXPAND-BIRMINGHAM", "Birmingham", 20_000, 3_000, ""),
    )
]
DEPOT_STEPS[0]["group_max"] = 2

YIELDS = {"WHEAT": 2.5, "CORN": 3.0, "BEETS": 20.0}
PLANTING = {"WHEAT": 150, "CORN": 230, "BEETS": 260}


def farmer(name: str, published: float, scale: float, acres: Mapping[str, float] | None = None) -> Case:
    """Wheat, corn and beets on 500 acres in a year of some yield; with acres already decided where given."""
    yields = {crop: amount * scale for crop, amount in YIELDS.items()}
    frozen = [
        {"product": crop, "location": "FARM", "period": MONTHS[0], "units": acre * yields[crop]}
        for crop, acre in (acres or {}).items()
    ]
    return Case(
        name,
        "Birge & Louveaux, Introduction to Stochastic Programming, chapter 1",
        published,
        {
            "channels": [{"channel": c} for c in ("CATTLE", "MARKET", "BEYOND-QUOTA")],
            "demand": [
                *asked("WHEAT", [200], price=0, channel="CATTLE"),
                *asked("WHEAT", [FAR], price=170, channel="MARKET"),
                *asked("CORN", [240], price=0, channel="CATTLE"),
                *asked("CORN", [FAR], price=150, channel="MARKET"),
                *asked("BEETS", [6000], price=36, channel="MARKET"),
                *asked("BEETS", [FAR], price=10, channel="BEYOND-QUOTA"),
            ],
            "market_limits": [
                {"product": "WHEAT", "channel": "CATTLE", "min_sales": 200},
                {"product": "CORN", "channel": "CATTLE", "min_sales": 240},
            ],
            "price_cost": [{"product": crop, "price": 0} for crop in YIELDS],
            "resources": [{"resource": "LAND", "location": "FARM", "hours": 500}],
            "routings": [
                {
                    "product": crop,
                    "resource": "LAND",
                    "hours_per_unit": 1 / yields[crop],
                    "cost_per_unit": PLANTING[crop] / yields[crop],
                }
                for crop in YIELDS
            ],
            "outsourcing": [
                {"product": "WHEAT", "location": "FARM", "cost_per_unit": 238},
                {"product": "CORN", "location": "FARM", "cost_per_unit": 210},
            ],
            **({"frozen_production": frozen} if frozen else {}),
        },
        {"shortage": "lost_sales"},
    )


RATES = {"ROLL": {"bands": 200, "coils": 140, "plate": 160}, "REHEAT": {"bands": 200, "coils": 200, "plate": 200}}
THREE = {"bands": (25, 1000, 6000, 0), "coils": (30, 500, 4000, 0), "plate": (29, 750, 3500, 0)}
EXPECTED_ACRES = {"WHEAT": 120, "CORN": 80, "BEETS": 300}

CASES: tuple[Case, ...] = (
    red_tomato("Red Tomato, linear", 422_275, BASE, objective="cost"),
    red_tomato("Red Tomato, whole workers", 422_660, BASE, objective="cost", integer_workforce="yes"),
    red_tomato("Red Tomato, high variability", 432_858, HIGH_VARIABILITY, objective="cost"),
    red_tomato("Red Tomato, profit", 217_725, BASE, objective="profit"),
    STEEL_T,
    mill("AMPL steel", 192_000, {"bands": (25, 0, 6000, 0), "coils": (30, 0, 4000, 0)}, {"ROLL": 40}, RATES),
    mill("AMPL steel3", 194_828.57, THREE, {"ROLL": 40}, RATES),
    mill("AMPL steel4", 190_071.43, THREE, {"REHEAT": 35, "ROLL": 40}, RATES),
    WAGNER_WHITIN,
    SAILCO,
    SUNOIL,
    steel_by_rail("AMPL multi", 199_500, with_fixed=False),
    steel_by_rail("AMPL multmip1", 229_850, with_fixed=True),
    factory(
        "Factory planning",
        93_715.18,
        {
            "resource_calendar": [
                {"resource": machine, "period": MONTHS[month], "units_down": units} for machine, month, units in DOWN
            ]
        },
    ),
    factory(
        "Factory planning 2",
        108_855,
        {
            "maintenance": [
                {"job": f"SERVICE-{machine}", "resource": machine, "machines": 2 if machine == "GRINDER" else units}
                for machine, units in MACHINES.items()
            ]
        },
    ),
    manpower("Manpower planning, least cost", 498_677.29, costs=True, within=0.5),
    manpower("Manpower planning, fewest redundancies", 841.8, costs=False, within=0.05),
    distribution("Distribution", 198_500, THROUGHPUT, [], 0, more=False),
    distribution("Distribution 2", 174_000, THROUGHPUT[1:3], DEPOT_STEPS, -15_000, more=True),
    farmer("Farmer, expected yields", 118_600, 1.0),
    farmer("Farmer, yields known to be high", 167_667, 1.2),
    farmer("Farmer, yields known to be low", 59_950, 0.8),
    farmer("Farmer, expected plan in a high year", 148_000, 1.2, EXPECTED_ACRES),
    farmer("Farmer, expected plan in a low year", 55_120, 0.8, EXPECTED_ACRES),
)
