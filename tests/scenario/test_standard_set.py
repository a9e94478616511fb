"""The standard set picks what matters most: suppliers by spend, lines that hurt, the family with most revenue."""

from __future__ import annotations

from ledger import ledger, planning

from sop_xl.scenario.chain import resolve
from sop_xl.scenario.drivers import adjust_demand, apply
from sop_xl.scenario.ranked import families_by_revenue, lanes_by_load, resources_by_harm, suppliers_by_spend
from sop_xl.scenario.scenario import Kind
from sop_xl.scenario.standard import standard_set

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


PRICES = """
price_cost: product price / A 10 / B 9
elasticities: product elasticity competitor_elasticity / ALL -0.5 - / Toys -2 0.5
"""


def test_suppliers_come_by_their_spend_over_all_levels() -> None:
    # Steel 30 × 8 from the cheaper south = 240; glue (20 own + 10 × 2 inside A) × 0.1 × 100 = 400 from north.
    assert suppliers_by_spend(planning(INPUTS)) == ["north", "south"]


def test_resources_come_by_what_they_are_worth_then_the_busiest_else_by_hours_of_demand() -> None:
    inputs = planning(INPUTS)
    bottlenecks = ledger("""
        bottlenecks: kind     constraint marginal_value value_of_10_percent
                     supplier north      9              900
                     resource Q          5              100
    """)["bottlenecks"]
    load = ledger("""
        resource_load: resource period planned_hours available_hours / R 2026-01 50 100 / Q 2026-01 30 40
    """)["resource_load"]
    assert resources_by_harm(inputs, {"bottlenecks": bottlenecks, "resource_load": load}) == ["Q", "R"]
    assert resources_by_harm(inputs, {"resource_load": load}) == ["Q", "R"]
    assert resources_by_harm(inputs, {}) == ["R", "Q"], "A takes 10 × 5 hours, B 20 × 1"


def test_lanes_come_by_units_and_families_by_revenue() -> None:
    inputs = planning(INPUTS + PRICES + "lanes: from_location to_location / Plant Shop / Plant Depot")
    moved = ledger(
        """
        shipments: product from_location to_location period units
                   A Plant Shop 2026-01 5 / B Plant Depot 2026-01 4 / A Plant Depot 2026-01 3
    """.replace(" / ", "\n")
    )
    assert lanes_by_load(inputs, moved) == ["Plant>Depot", "Plant>Shop"]
    assert families_by_revenue(inputs) == ["Toys", "Tools"], "20 × 9 against 10 × 10"


def test_the_whole_set_can_be_resolved_and_says_what_happens() -> None:
    inputs = planning(INPUTS + PRICES)
    made = standard_set(inputs, {})
    scenarios, issues = resolve(inputs, *made.tables)
    assert issues == () and made.notes == ()
    entry = "A competitor enters Toys at −10 % price"
    assert [(s.name, s.title, s.kind.value) for s in scenarios] == [
        ("base", "Base plan", "base"),
        ("demand-up", "Demand +15 %", "event"),
        ("demand-down", "Demand −15 %", "event"),
        ("supplier-out north", "Supplier north takes no orders for 3 months", "event"),
        ("supplier-out south", "Supplier south takes no orders for 3 months", "event"),
        ("line-down R", "R is down for 2 months", "event"),
        ("line-down Q", "Q is down for 2 months", "event"),
        ("launch-late", "Launches 3 months late", "event"),
        ("costs-up", "All costs +5 %", "event"),
        ("price-up", "Our prices +3 %", "test"),
        ("price-down", "Our prices −3 %", "test"),
        ("competitor", entry, "event"),
        ("competitor hold", f"{entry}; we hold our price", "response"),
        ("competitor partial", f"{entry}; we half match it", "response"),
        ("competitor match", f"{entry}; we match it", "response"),
    ]
    down = scenarios[5].drivers[0]
    assert (down.first, down.last) == (0, 1)


def test_a_competitor_takes_demand_through_its_elasticity_and_our_answer_brings_some_back() -> None:
    inputs = planning(INPUTS.replace("B Plant web 2026-02 20", "B Plant web 2026-03 20") + PRICES)
    found = {s.name: s for s in resolve(inputs, *standard_set(inputs, {}).tables)[0]}
    demand = ledger("""
        consensus_demand: family product location channel period baseline price_effect consensus price revenue
                          Tools A Plant web 2026-03 10 0 10 10 100
                          Toys  B Plant web 2026-03 20 0 20 9  180
    """)["consensus_demand"].fillna(0.0)

    def units(name: str) -> list[float]:
        drivers = found[name].drivers
        table = adjust_demand(demand, apply(inputs, drivers), drivers)
        return [round(value, 6) for value in table["consensus"]]

    entered = 20 * 0.9**0.5 * 0.95
    assert units("competitor") == units("competitor hold") == [10, round(entered, 6)]
    assert units("competitor partial") == [10, round(entered * 0.95**-2, 6)]
    assert units("competitor match") == [10, round(entered * 0.9**-2, 6)]
    assert units("price-up") == [round(10 * 1.03**-0.5, 6), round(20 * 1.03**-2, 6)], "Toys have their own row"


def test_a_test_of_prices_becomes_a_choice_when_someone_says_it_is_ours() -> None:
    inputs = planning(INPUTS + PRICES)
    scenarios, drivers = standard_set(inputs, {}).tables
    ours = scenarios.assign(ours=scenarios["ours"].replace("no", "yes"))
    found = {s.name: s.kind for s in resolve(inputs, ours, drivers)[0]}
    assert found["price-up"] is Kind.CHOICE
    not_ours = scenarios.assign(ours=scenarios["ours"].where(scenarios["scenario"] != "competitor match", "no"))
    assert {s.name: s.kind for s in resolve(inputs, not_ours, drivers)[0]}["competitor match"] is Kind.TEST


def test_of_many_those_that_matter_most_are_taken_and_it_is_said() -> None:
    rows = " / ".join(f"item{n} supplier{n} {n}" for n in range(1, 6))
    made = " / ".join(f"A item{n} 1" for n in range(1, 6))
    inputs = planning(
        INPUTS.split("materials:")[0]
        + f"materials: item supplier unit_cost / {rows}\nbom: product item quantity / {made}"
    )
    found = standard_set(inputs, {})
    out = [name for name in found.scenarios["scenario"] if name.startswith("supplier-out")]
    assert out == ["supplier-out supplier5", "supplier-out supplier4", "supplier-out supplier3"]
    told = [note.message for note in found.notes]
    assert told[0] == (
        "Of 5 suppliers the standard scenarios take the 3 suppliers with the largest spend: "
        "supplier5, supplier4, supplier3."
    )
    assert "leave out price moves and competitor entry: no elasticity" in told[1]


def test_what_does_not_apply_is_left_out() -> None:
    inputs = planning("demand: product period units / A 2026-01 1 / A 2026-02 1")
    scenarios, drivers = standard_set(inputs, {}).tables
    assert scenarios["scenario"].tolist() == ["base", "demand-up", "demand-down", "costs-up"]
    assert drivers["value"].tolist() == [0.15, -0.15, 0.05]
