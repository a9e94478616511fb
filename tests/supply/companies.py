"""Random small companies for tests of what holds in every plan."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .case import MONTHS, asked

PERIODS = 4
units = st.integers(0, 40)
maybe = st.booleans()


@st.composite
def companies(draw: st.DrawFn) -> dict[str, Any]:
    """A plant and a market a lane apart, two products, two machines with people, bought items and a partner.

    Product A takes one step on M; B one on M, or one on M or N and then another on N.
    """
    money = st.integers(1, 9)
    staffed, in_lots = draw(maybe), draw(maybe)
    machine = {
        "resource": "M",
        "location": "P",
        "hours": None if staffed and draw(maybe) else draw(st.integers(0, 60)),
        "overtime_max": draw(st.integers(0, 10)),
        "overtime_cost": draw(st.integers(3, 9)),
        "subcontract_max": draw(st.integers(0, 5)),
        "subcontract_cost": draw(st.integers(5, 12)),
        "cost_per_hour": draw(st.integers(0, 2)),
    }
    crew = {
        "workforce": "CREW",
        "resource": "M",
        "opening_workers": draw(st.integers(0, 6)),
        "hours_per_worker": 8,
        "wage": draw(st.integers(1, 20)),
        "overtime_max": draw(st.integers(0, 2)),
        "overtime_cost": draw(money),
        "hiring_cost": draw(money),
        "layoff_cost": draw(money),
        "min_workers": draw(st.integers(0, 2)),
        "max_workers": draw(st.sampled_from([None, 3, 8])),
        "max_hires": draw(st.sampled_from([None, 1])),
        "attrition_pct": draw(st.sampled_from([0, 0.1])),
        "idle_cost": draw(st.sampled_from([None, 4])),
        "short_time_max": draw(st.sampled_from([0, 2])),
        "short_time_cost": 1,
    }
    two_steps = draw(maybe)
    second = two_steps and draw(maybe)
    other = {
        "resource": "N",
        "location": "P",
        "hours": draw(st.integers(0, 40)),
        "overtime_max": draw(st.sampled_from([0, 5])),
        "overtime_cost": 4,
        "cost_per_hour": draw(st.integers(0, 2)),
    }
    helpers = {
        "workforce": "HELPERS",
        "resource": "N",
        "opening_workers": draw(st.integers(0, 1)),
        "hours_per_worker": 10,
        "wage": draw(st.integers(1, 9)),
        "hiring_cost": draw(st.sampled_from([3, 90])),
        "layoff_cost": draw(money),
        "attrition_new_pct": draw(st.sampled_from([0, 0.2])),
        "idle_cost": draw(st.sampled_from([None, 1])),
        "overtime_max": draw(st.sampled_from([0, 3])),
        "overtime_cost": 3,
    }
    routing = {
        product: {
            "product": product,
            "location": "P",
            "resource": "M",
            "hours_per_unit": draw(st.sampled_from([0.5, 1, 2])),
            "yield_pct": draw(st.sampled_from([1, 0.8])),
            "cost_per_unit": draw(st.integers(0, 2)),
            "setup_cost": draw(st.integers(0, 20)) if in_lots else 0,
            "setup_hours": draw(st.integers(0, 3)) if in_lots else 0,
            "min_lot": draw(st.sampled_from([0, 5])) if in_lots else 0,
        }
        for product in "AB"
    }
    ways = list(routing.values())
    if two_steps:
        ways += [
            {**routing["B"], "resource": "N", "setup_cost": 0, "setup_hours": 0, "min_lot": 0, "yield_pct": 0.9},
            {
                "product": "B",
                "location": "P",
                "operation": "20",
                "resource": "N",
                "hours_per_unit": 0.5,
                "labour_hours_per_unit": draw(st.sampled_from([None, 0.25])),
                "yield_pct": draw(st.sampled_from([1, 0.9])),
                "cost_per_unit": draw(st.integers(0, 1)),
            },
        ]
    policy = {
        "holding_cost": draw(st.sampled_from([0, 0.5, 1])),
        "backorder_cost": draw(money),
        "lost_sale_cost": draw(st.integers(0, 5)),
        "shortfall_cost": draw(st.integers(0, 4)),
        "min_stock": draw(st.integers(0, 10)),
        "max_stock": draw(st.sampled_from([15, 50])),
        "ending_stock": draw(st.integers(0, 10)),
        "shelf_life": draw(st.sampled_from([None, None, 1, 2])),
        "disposal_cost": draw(st.integers(0, 3)),
    }
    decided = {
        "capacity_steps": [
            {
                "step": step,
                "target": target,
                "size": draw(st.integers(3, 9)),
                "most": draw(st.sampled_from([1, 2])),
                "kind": draw(st.sampled_from(["lasting", "by bucket"])),
                "fixed_cost": draw(st.integers(0, 20)),
                "cost_per_month": draw(st.integers(0, 9)),
                "lead_time": draw(st.sampled_from([0, 1])),
                **draw(st.sampled_from([{}, {"group": "ROOM", "group_max": 1}])),
            }
            for step, target in (("MORE", "M"), ("DOCK", "P"), ("ANNEX", "N"))[: draw(st.integers(1, 3))]
        ],
        "maintenance": [
            {
                "job": "SERVICE",
                "resource": "M",
                "hours": draw(st.sampled_from([7, None])),
                "cost_per_machine": 3,
                "from_period": draw(st.sampled_from([None, MONTHS[1]])),
                "to_period": draw(st.sampled_from([None, MONTHS[2]])),
            }
        ],
        "smoothing": [
            {
                "product": "A",
                "opening_rate": draw(st.sampled_from([None, 5])),
                "max_rise": draw(st.sampled_from([None, 6])),
                "max_fall": draw(st.sampled_from([None, 8])),
                "rise_cost": 1,
                "fall_cost": 0.5,
            }
        ],
        "lane_loads": [
            {
                "from_location": "P",
                "to_location": "D",
                "fixed_cost": draw(st.integers(0, 30)),
                "limit": draw(st.sampled_from([None, 25])),
                "min_load": draw(st.sampled_from([0, 6])),
            }
        ],
        "location_limits": [
            {
                "location": "P",
                "handling_cost": draw(st.integers(0, 2)),
                "throughput": draw(st.integers(10, 90)),
                "storage": draw(st.sampled_from([None, 12])),
            }
        ],
        "market_limits": [
            {
                "product": "B",
                "min_sales": draw(st.sampled_from([0, 3])),
                "max_sales": draw(st.sampled_from([None, 6])),
            }
        ],
        "routing_calendar": [
            {"product": "A", "resource": "M", "period": MONTHS[1], "cost_per_unit": 3, "setup_cost": 4 * in_lots}
        ],
        "plan_limits": [
            {"kind": kind, "most": most}
            for kind, most in draw(
                st.lists(
                    st.sampled_from(
                        [
                            ("co2", 0.4),
                            ("spend", 900),
                            ("working capital", 450),
                            ("idle workers", 5),
                            ("overtime hours", 9),
                        ]
                    ),
                    min_size=1,
                    max_size=2,
                    unique_by=lambda pair: pair[0],
                )
            )
        ],
        "frozen_production": [
            {"product": "A", "location": "P", "period": MONTHS[0], "units": draw(st.sampled_from([0, 0, 2]))}
        ],
        "workforce_moves": [
            {
                "from_workforce": "CREW",
                "to_workforce": "HELPERS",
                "cost": draw(st.integers(0, 3)),
                "limit": draw(st.sampled_from([None, 1])),
                "limit_pct": draw(st.sampled_from([None, 0.5])),
                "lost_pct": draw(st.sampled_from([0, 0.25])),
            }
        ]
        if staffed and second
        else [],
    }
    decided = {name: rows for name, rows in decided.items() if draw(st.integers(0, 2))}
    demand = []
    for product in "AB":
        price = draw(st.integers(5, 40))
        for place in ("P", "D"):
            asked_for = st.one_of(st.just(0), st.integers(0, 5), units)
            wanted = draw(st.lists(asked_for, min_size=PERIODS, max_size=PERIODS))
            demand += asked(product, wanted, price=price, location=place, channel="ALL")
    item = {
        "item": "STEEL",
        "supplier": "NEAR",
        "unit_cost": draw(money),
        "lead_time": draw(st.integers(0, 2)),
        "period_limit": draw(st.sampled_from([None, 20])),
        "moq": draw(st.sampled_from([0, 15])) if in_lots else 0,
        "on_hand": draw(st.integers(0, 9)),
        "on_order": draw(st.integers(0, 9)),
        "in_transit": draw(st.integers(0, 9)),
        "holding_cost": draw(st.sampled_from([0, 0.2])),
    }
    far = {"item": "STEEL", "supplier": "FAR", "unit_cost": draw(money), "lead_time": 1, "period_limit": 9}
    paint = {"item": "PAINT", "location": draw(st.sampled_from(["P", "P", "D"])), "unit_cost": 1}
    parts = [{"product": "A", "item": "STEEL", "quantity": draw(st.sampled_from([1, 2]))}] if draw(maybe) else []
    if draw(maybe):
        parts.append({"product": "B", "item": "A", "quantity": 1})
    if draw(st.integers(0, 4)) == 0:
        parts.append({"product": "A", "item": "PAINT", "quantity": 1})
    return {
        "settings": {
            "rates_per": draw(st.sampled_from(["bucket", "month"])),
            "objective": draw(st.sampled_from(["profit", "cost", "service"])),
            "shortage": draw(st.sampled_from(["backorder", "lost_sales"])),
            "integer_workforce": "yes" if draw(maybe) else "no",
            "co2_price": draw(st.sampled_from([0, 50])),
        },
        "calendar": [
            {"period": day, "kind": "month" if t < PERIODS - 1 else draw(st.sampled_from(["month", "quarter"]))}
            for t, day in enumerate(MONTHS[:PERIODS])
        ],
        "demand": demand,
        "resources": [machine, other],
        "routings": ways,
        "workforce": [crew, *([helpers] if second else [])] if staffed else [],
        "bom": parts,
        "materials": [item, paint, *([far] if draw(maybe) else [])],
        "lanes": [
            {
                "from_location": "P",
                "to_location": "D",
                "lead_time": draw(st.integers(0, 1)),
                "cost": draw(money),
                "limit": draw(st.sampled_from([None, 8])),
                "co2_per_unit": 2,
            }
        ],
        "outsourcing": [{"product": "A", "location": "D", "cost_per_unit": draw(st.integers(3, 20)), "limit": 8}]
        if draw(maybe)
        else [],
        "inventory": [{"product": "A", "location": "P", "on_hand": draw(units)}],
        "scheduled_receipts": [{"product": "B", "location": "D", "period": "2026-02-01", "quantity": draw(units)}],
        **decided,
        "inventory_policy": [policy],
        "price_cost": [
            {
                "product": product,
                "price": 1,
                "material_cost": draw(money),
                "conversion_cost": draw(st.integers(0, 3)),
                "freight_cost": draw(st.integers(0, 2)),
                "rebate_pct": draw(st.sampled_from([0, 0.1])),
                "co2_per_unit": 3,
            }
            for product in "AB"
        ],
    }
