"""More published problems: workforce and production smoothing, multi-period production, transport and transshipment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .case import MONTHS, asked
from .published import FAR, Case

DRIVES_PER_DAY = 0.14653
DRIVES_PER_WORKER = (2.931, 3.517, 2.638, 3.810, 3.224, 2.198)
"""In months of 20, 24, 18, 26, 22 and 15 days, rounded as the source prints them."""

DENSEPACK = Case(
    "Densepack",
    "Nahmias, Production and Operations Analysis, aggregate planning: disk drives over six months, in parts of workers",
    379_320.90,
    {
        "demand": asked("DRIVE", [1280, 640, 900, 1200, 2000, 1400]),
        "calendar": [
            {"period": day, "kind": "month", "working_days": drives / DRIVES_PER_DAY}
            for day, drives in zip(MONTHS, DRIVES_PER_WORKER, strict=False)
        ],
        "inventory": [{"product": "DRIVE", "location": "PLANT", "on_hand": 500}],
        "inventory_policy": [{"ending_stock": 600, "holding_cost": 80, "backorder_cost": 100_000}],
        "price_cost": [{"product": "DRIVE", "price": 100_000}],
        "routings": [{"product": "DRIVE", "location": "PLANT", "resource": "LINE", "hours_per_unit": 1}],
        "resources": [{"resource": "LINE", "location": "PLANT"}],
        "workforce": [
            {
                "workforce": "STAFF",
                "resource": "LINE",
                "opening_workers": 300,
                "hours_per_day": DRIVES_PER_DAY,
                "idle_max": 0,
                "hiring_cost": 500,
                "layoff_cost": 1000,
            }
        ],
    },
    {"objective": "cost"},
    "total_cost",
)

MONDO = Case(
    "Mondo Motorcycles",
    "Winston, Operations Research, multi-period problems: production smoothing over four quarters",
    95_000,
    {
        "demand": asked("MONDO", [40, 70, 50, 20]),
        "inventory_policy": [{"holding_cost": 100, "backorder_cost": 100_000, "ending_stock": 0}],
        "price_cost": [{"product": "MONDO", "price": 100_000, "conversion_cost": 400}],
        "routings": [{"product": "MONDO", "location": "PLANT"}],
        "smoothing": [{"product": "MONDO", "opening_rate": 50, "rise_cost": 700, "fall_cost": 600}],
    },
    {"objective": "cost"},
    "total_cost",
)

TEMPORARY = Case(
    "Temporary workers",
    "Taha, Operations Research, production smoothing: ten permanent workers, others hired for 200 and fired for 400",
    19_500,
    {
        "demand": asked("UNIT", [520, 720, 520, 620]),
        "inventory_policy": [{"holding_cost": 50, "backorder_cost": 100_000, "ending_stock": 0}],
        "price_cost": [{"product": "UNIT", "price": 100_000}],
        "routings": [{"product": "UNIT", "location": "PLANT", "resource": "BENCH", "hours_per_unit": 1}],
        "resources": [{"resource": "BENCH", "location": "PLANT"}],
        "workforce": [
            {
                "workforce": "PERMANENT",
                "resource": "BENCH",
                "opening_workers": 10,
                "min_workers": 10,
                "max_workers": 10,
                "hours_per_worker": 12,
                "idle_max": 0,
            },
            {
                "workforce": "TEMPORARY",
                "resource": "BENCH",
                "opening_workers": 0,
                "hours_per_worker": 10,
                "idle_max": 0,
                "hiring_cost": 200,
                "layoff_cost": 400,
            },
        ],
    },
    {"objective": "cost"},
    "total_cost",
)


def made_in_time(
    name: str,
    source: str,
    published: float,
    demand: Sequence[float],
    cost: Sequence[float],
    holding: float,
    most: Sequence[float] = (),
) -> Case:
    """One product whose cost a unit changes from month to month; it may be made ahead and stored."""
    full = max(most, default=0.0)
    machine = [{"resource": "LINE", "location": "PLANT", "hours": full}]
    down = [
        {"resource": "LINE", "period": day, "downtime_hours": full - hours}
        for day, hours in zip(MONTHS, most, strict=False)
        if hours < full
    ]
    return Case(
        name,
        source,
        published,
        {
            "demand": asked("UNIT", demand),
            "inventory_policy": [{"holding_cost": holding, "backorder_cost": 100_000}],
            "price_cost": [{"product": "UNIT", "price": 100_000}],
            **({"resources": machine, "resource_calendar": down} if most else {}),
            "routings": [
                {"product": "UNIT", "location": "PLANT", "resource": "LINE" if most else "", "hours_per_unit": 1}
            ],
            "routing_calendar": [
                {"product": "UNIT", "period": day, "cost_per_unit": each}
                for day, each in zip(MONTHS, cost, strict=False)
            ],
        },
        {"objective": "cost"},
        "total_cost",
        within=0.0005 if published < 100 else 0.5,
    )


FARNSWORTH = Case(
    "Farnsworth Tire",
    "the transportation method of aggregate planning (Heizer & Render, Operations Management), worked out by hand: "
    "2100 × 40 in regular time, 150 × 50 in overtime, 200 × 70 bought, 100 kept for a month at 2",
    105_700,
    {
        "demand": asked("TYRE", [800, 1000, 750]),
        "inventory": [{"product": "TYRE", "location": "PLANT", "on_hand": 100}],
        "inventory_policy": [{"holding_cost": 2, "backorder_cost": 100_000, "ending_stock": 0}],
        "price_cost": [{"product": "TYRE", "price": 100_000}],
        "resources": [
            {
                "resource": "PRESS",
                "location": "PLANT",
                "hours": 700,
                "cost_per_hour": 40,
                "overtime_max": 50,
                "overtime_cost": 50,
            }
        ],
        "routings": [{"product": "TYRE", "resource": "PRESS", "hours_per_unit": 1}],
        "outsourcing": [{"product": "TYRE", "location": "PLANT", "partner": "SUB", "cost_per_unit": 70, "limit": 150}],
        "supply_calendar": [{"kind": "partner", "code": "SUB", "period": MONTHS[2], "available_pct": 130 / 150}],
    },
    {"objective": "cost"},
    "total_cost",
)

WYNDOR = Case(
    "Wyndor Glass",
    "Hillier & Lieberman, Introduction to Operations Research, chapter 3: doors and windows from three plants",
    36,
    {
        "demand": [*asked("DOOR", [FAR], price=3), *asked("WINDOW", [FAR], price=5)],
        "price_cost": [{"product": p, "price": 0} for p in ("DOOR", "WINDOW")],
        "resources": [
            {"resource": f"PLANT{k}", "location": "WYNDOR", "hours": hours} for k, hours in ((1, 4), (2, 12), (3, 18))
        ],
        "routings": [
            {"product": p, "resource": f"PLANT{k}", "operation": str(k), "hours_per_unit": hours}
            for p, k, hours in (("DOOR", 1, 1), ("DOOR", 3, 3), ("WINDOW", 2, 2), ("WINDOW", 3, 2))
        ],
        "inventory_policy": [{"max_stock": 0}],
    },
    {"shortage": "lost_sales"},
    within=0.0005,
)


def transport(
    name: str,
    source: str,
    published: float,
    supply: Mapping[str, float],
    demand: Mapping[str, float],
    cost: Mapping[str, Mapping[str, float]],
) -> Case:
    """One product from where it is to where it is wanted, over lanes that may pass other places."""
    places = sorted({*supply, *demand, *cost, *(to for lanes in cost.values() for to in lanes)})
    return Case(
        name,
        source,
        published,
        {
            "demand": [row for place, units in demand.items() for row in asked("GOODS", [units], location=place)],
            "locations": [{"location": place} for place in places],
            "inventory": [{"product": "GOODS", "location": place, "on_hand": units} for place, units in supply.items()],
            "price_cost": [{"product": "GOODS", "price": 100_000}],
            "lanes": [
                {"from_location": origin, "to_location": to, "cost": each}
                for origin, lanes in cost.items()
                for to, each in lanes.items()
            ],
        },
        {"objective": "cost"},
        "total_cost",
    )


CITIES = ("FRA", "DET", "LAN", "WIN", "STL", "FRE", "LAF")

MORE_CASES: tuple[Case, ...] = (
    DENSEPACK,
    MONDO,
    TEMPORARY,
    FARNSWORTH,
    WYNDOR,
    made_in_time(
        "Windows",
        "Taha, Operations Research, single-item production over six months",
        49_980,
        [100, 250, 190, 140, 220, 110],
        [50, 45, 55, 48, 52, 50],
        8,
    ),
    made_in_time(
        "Northern Airplane",
        "Hillier & Lieberman, Introduction to Operations Research, transportation problems: jet engines, in millions",
        77.3,
        [10, 15, 25, 20],
        [1.08, 1.11, 1.10, 1.13],
        0.015,
        [25, 35, 30, 10],
    ),
    transport(
        "Powerco",
        "Winston, Operations Research, transportation problems",
        1_020,
        {"P1": 35, "P2": 50, "P3": 40},
        {"C1": 45, "C2": 20, "C3": 30, "C4": 30},
        {
            "P1": {"C1": 8, "C2": 6, "C3": 10, "C4": 9},
            "P2": {"C1": 9, "C2": 12, "C3": 13, "C4": 7},
            "P3": {"C1": 14, "C2": 9, "C3": 16, "C4": 5},
        },
    ),
    transport(
        "AMPL transp",
        "Fourer, Gay & Kernighan, AMPL, chapter 3",
        196_200,
        {"GARY": 1400, "CLEV": 2600, "PITT": 2900},
        dict(zip(CITIES, (900, 1200, 600, 400, 1700, 1100, 1000), strict=True)),
        {
            "GARY": dict(zip(CITIES, (39, 14, 11, 14, 16, 82, 8), strict=True)),
            "CLEV": dict(zip(CITIES, (27, 9, 12, 9, 26, 95, 17), strict=True)),
            "PITT": dict(zip(CITIES, (24, 14, 17, 13, 28, 99, 20), strict=True)),
        },
    ),
    transport(
        "Widgetco",
        "Winston, Operations Research, transshipment: widgets that may pass New York and Chicago, either way",
        6_370,
        {"MEMPHIS": 150, "DENVER": 200},
        {"LA": 130, "BOSTON": 130},
        {
            "MEMPHIS": {"NY": 8, "CHICAGO": 13, "LA": 25, "BOSTON": 28},
            "DENVER": {"NY": 15, "CHICAGO": 12, "LA": 26, "BOSTON": 25},
            "NY": {"CHICAGO": 6, "LA": 16, "BOSTON": 17},
            "CHICAGO": {"NY": 6, "LA": 14, "BOSTON": 16},
        },
    ),
)
