"""The standard set picks the supplier with the largest spend and the line that hurts most."""

from __future__ import annotations

import pandas as pd
from ledger import ledger, planning

from sop_xl.scenario.chain import resolve
from sop_xl.scenario.scenario import Kind
from sop_xl.scenario.standard import key_resource, key_supplier, standard_set
from sop_xl.schema.frames import empty

INPUTS = """
calendar: period kind / 2026-01-01 month / 2026-02-01 month / 2026-03-01 month
baseline: product location channel period baseline / A Plant web 2026-01 10 / B Plant web 2026-02 20
products: product family / A Tools / B Toys / C Toys
launches: product analogue launch / C A 2026-02-01
resources: resource location / R Plant / Q Plant
routings: product resource hours_per_unit / A R 5 / B Q 1
materials: item  supplier unit_cost on_hand
           steel north    10        0
           steel south    8         0
           glue  north    100       0
bom: product item quantity
     A       steel 3
     A       B     2
     B       glue  0.1
"""


def test_the_key_supplier_has_the_largest_spend_over_all_levels() -> None:
    # Steel 30 × 8 from the cheaper south = 240; glue (20 own + 10 × 2 inside A) × 0.1 × 100 = 400 from north.
    assert key_supplier(planning(INPUTS)) == "north"


def test_the_key_resource_is_the_bottleneck_worth_most_else_the_busiest_else_that_with_most_hours() -> None:
    inputs = planning(INPUTS)
    bottlenecks = ledger("""
        bottlenecks: kind     constraint marginal_value value_of_10_percent
                     supplier north      9              900
                     resource Q          5              100
                     resource R          7              50
    """)["bottlenecks"]
    load = ledger("""
        resource_load: resource period planned_hours available_hours / R 2026-01 50 100 / Q 2026-01 30 40
    """)["resource_load"]
    nothing = empty("bottlenecks")
    assert key_resource(inputs, bottlenecks) == "Q"
    assert key_resource(inputs, nothing, load) == "Q"
    assert key_resource(inputs, nothing) == "R", "A takes 10 × 5 hours, B 20 × 1"


def test_the_whole_set_can_be_resolved_and_says_what_happens() -> None:
    inputs = planning(INPUTS)
    scenarios, issues = resolve(inputs, *standard_set(inputs, empty("bottlenecks")))
    assert issues == ()
    assert [(s.name, s.title) for s in scenarios] == [
        ("base", "Base plan"),
        ("demand-up", "Demand +15%"),
        ("demand-down", "Demand −15%"),
        ("supplier-out", "Supplier north takes no orders for 3 months"),
        ("line-down", "R is down for 2 months"),
        ("launch-late", "Launches 3 months late"),
    ]
    assert {s.kind for s in scenarios[1:]} == {Kind.EVENT}
    down = scenarios[4].drivers[0]
    assert (down.first, down.last) == (0, 1)


def test_what_does_not_apply_is_left_out() -> None:
    inputs = planning("demand: product period units / A 2026-01 1 / A 2026-02 1")
    scenarios, drivers = standard_set(inputs, empty("bottlenecks"))
    assert scenarios["scenario"].tolist() == ["base", "demand-up", "demand-down"]
    assert isinstance(drivers, pd.DataFrame) and drivers["value"].tolist() == [0.15, -0.15]
