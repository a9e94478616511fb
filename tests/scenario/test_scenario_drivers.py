"""Every driver changes what it says, where it says, and nothing else; the inputs it starts from stay as they are."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger import ledger, planning
from pandas.testing import assert_frame_equal

from sop_xl.finance.standard import held_rates
from sop_xl.gather.inputs import require_inputs
from sop_xl.gather.sources import read_csvs
from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.chain import merge_scenarios, resolve
from sop_xl.scenario.drivers import LAYERS, adjust_demand, apply
from sop_xl.scenario.scenario import Driver, Kind, Option, Scenario
from sop_xl.schema.parse import parse
from sop_xl.supply.agreements import lane_loads, location_limits
from sop_xl.supply.capacity import resources
from sop_xl.supply.elements import Arc, LeadTime

INPUTS = """
calendar: period kind / 2026-01-01 month / 2026-02-01 month / 2026-03-01 month / 2026-04-01 month
baseline: product location channel period baseline
          A       Plant    web     2026-01 10
          A       Plant    shop    2026-01 10
          B       Plant    web     2026-02 20
products: product family launch / A Tools - / B Toys 2026-01-31
launches: product analogue launch / B A 2026-01-31
price_cost: product period  price material_cost conversion_cost
            A       -       10    4             1
            A       2026-03 12    4             1
            B       -       20    8             2
price_changes: product effective old_price new_price elasticity / A 2026-03-01 10 12 -2
locations: location / Plant / Shop
resources: resource location hours / R Plant 100 / Q Plant 50
resource_calendar: resource period downtime_hours / R 2026-02 20
materials: item supplier unit_cost lead_time period_limit / steel near 4 1 100 / steel far 3 2 -
outsourcing: product location partner cost_per_unit / A Plant mill 9
lanes: from_location to_location lead_time cost / Plant Shop 1 2
location_limits: location throughput / Shop 50
routings: product resource hours_per_unit yield_pct / Tools R 1 0.8 / B Q 1 0.9
workforce: workforce resource opening_workers hours_per_worker / crew R 5 160
inventory_policy: product location min_stock shelf_life / Tools ALL 4 6 / B Plant 3 -
elasticities: product competitor_elasticity / B 0.5
"""
CONSENSUS = """
consensus_demand: family product location channel period baseline promotion consensus price revenue
                  Tools  A       Plant    web     2026-01 8       2         10        10    100
                  Tools  A       Plant    shop    2026-01 10      0         10        10    100
                  Toys   B       Plant    web     2026-02 20      0         20        20    400
"""


def consensus() -> pd.DataFrame:
    table = ledger(CONSENSUS)["consensus_demand"]
    return table.assign(**{name: table[name].fillna(0.0) for name in LAYERS})


def drive(inputs: PlanningInputs, line: str) -> tuple[Driver, ...]:
    """Return the drivers of a scenario written as rows ``driver target from to value`` after ``/``."""
    text = (
        f"scenarios: scenario title / x x\nscenario_drivers: scenario driver target from_period to_period value {line}"
    )
    tables = ledger(text)
    scenarios, issues = resolve(inputs, tables["scenarios"], tables["scenario_drivers"])
    assert not issues, issues
    return scenarios[1].drivers


def changed(before: PlanningInputs, after: PlanningInputs) -> set[str]:
    return {name for name, frame in before.tables.items() if not frame.equals(after[name])}


def test_demand_moves_by_family_channel_and_bucket() -> None:
    inputs = planning(INPUTS)
    drivers = drive(inputs, "/ x demand_pct Tools 2026-01 2026-01 0.5 / x demand_pct web - - -0.2")
    table = adjust_demand(consensus(), inputs, drivers)
    assert table["consensus"].tolist() == pytest.approx([10 * 1.5 * 0.8, 10 * 1.5, 20 * 0.8])
    assert table["promotion"].tolist() == pytest.approx([2 * 1.5 * 0.8, 0, 0])
    assert table["revenue"].tolist() == pytest.approx([120, 150, 320])
    assert changed(inputs, apply(inputs, drivers)) == set()


def test_a_price_changes_revenue_and_with_an_elasticity_demand() -> None:
    inputs = planning(INPUTS)
    drivers = drive(inputs, "/ x price_pct ALL 2026-01 2026-02 0.25")
    after = apply(inputs, drivers)
    price = held_rates(after).pivot(index="product", columns="period", values="price")
    assert price.loc["A"].tolist() == pytest.approx([12.5, 12.5, 12, 12])
    assert price.loc["B"].tolist() == pytest.approx([25, 25, 20, 20])
    table = adjust_demand(consensus(), inputs, drivers)
    assert table["consensus"].tolist() == pytest.approx([10 / 1.25**2, 10 / 1.25**2, 20]), "B has no elasticity"
    assert table[list(LAYERS)].sum(axis=1).tolist() == pytest.approx(table["consensus"].tolist())


def test_costs_of_products_items_and_everything() -> None:
    inputs = planning(INPUTS)
    tools = apply(inputs, drive(inputs, "/ x cost_pct Tools - - 0.1"))
    assert tools["price_cost"]["material_cost"].tolist() == pytest.approx([4.4, 4.4, 8])
    assert changed(inputs, tools) == {"price_cost"}
    steel = apply(inputs, drive(inputs, "/ x cost_pct near - - 0.5"))
    assert steel["materials"]["unit_cost"].tolist() == [6, 3]
    everything = apply(inputs, drive(inputs, "/ x cost_pct ALL - - 1"))
    assert everything["lanes"]["cost"].tolist() == [4]
    assert everything["outsourcing"]["cost_per_unit"].tolist() == [18]
    assert everything["price_cost"]["conversion_cost"].tolist() == [2, 2, 4]
    assert everything["price_cost"]["price"].tolist() == [10, 12, 20]


def test_capacity_changes_net_hours_in_its_buckets() -> None:
    inputs = planning(INPUTS)
    after = apply(inputs, drive(inputs, "/ x capacity_pct R 2026-02 2026-03 0.25"))
    hours = {resource.code: resource.regular for resource in resources(after)[0]}
    assert hours["R"] == pytest.approx((100, 100, 125, 100)), "80 net hours in February, a quarter more"
    assert hours["Q"] == (50, 50, 50, 50)
    down = apply(inputs, drive(inputs, "/ x resource_down R 2026-01 2026-02 -"))
    assert {r.code: r.regular for r in resources(down)[0]}["R"] == (0, 0, 100, 100)
    both = apply(after, drive(inputs, "/ x capacity_pct R 2026-02 2026-02 -1"))
    assert {r.code: r.regular for r in resources(both)[0]}["R"] == pytest.approx((100, 0, 125, 100))


def test_suppliers_partners_and_lanes_shut_in_their_buckets() -> None:
    inputs = planning(INPUTS)
    shut = apply(
        inputs,
        drive(
            inputs,
            "/ x supplier_out near 2026-02 2026-03 - / x capacity_pct near 2026-03 2026-04 -0.5"
            " / x supplier_out mill 2026-01 2026-01 - / x lane_closed Shop 2026-04 - -",
        ),
    )["supply_calendar"]
    found = {(row.kind, row.code, f"{row.period:%m}"): row.available_pct for row in shut.itertuples()}
    assert found == {
        ("supplier", "near", "02"): 0,
        ("supplier", "near", "03"): 0,
        ("supplier", "near", "04"): 0.5,
        ("partner", "mill", "01"): 0,
        ("lane", "Plant>Shop", "04"): 0,
    }


def test_delays_move_lead_times_and_launches() -> None:
    inputs = planning(INPUTS)
    late = apply(inputs, drive(inputs, "/ x lead_time_delay steel - - 2 / x lead_time_delay Plant>Shop - - 1"))
    assert late["materials"]["lead_time"].tolist() == [3, 4]
    assert late["lanes"]["lead_time"].tolist() == [2]
    launch = apply(inputs, drive(inputs, "/ x launch_delay Toys - - 3"))
    assert launch["launches"]["launch"].tolist() == [pd.Timestamp("2026-04-30")], "the last day of a shorter month"
    assert launch["products"]["launch"].dropna().tolist() == [pd.Timestamp("2026-04-30")]


@settings(deadline=None, max_examples=20)
@given(
    rows=st.lists(
        st.sampled_from(
            [
                "price_pct A 2026-02 2026-03 {v}",
                "cost_pct ALL - - {v}",
                "capacity_pct ALL - - {v}",
                "capacity_pct near 2026-02 - {v}",
                "resource_down Q 2026-03 2026-03 -",
                "supplier_out ALL - - -",
                "lane_closed ALL - - -",
                "launch_delay ALL - - {v}",
                "lead_time_delay ALL - - {v}",
                "demand_pct ALL - - {v}",
                "competitor_price_pct Toys 2026-02 - {v}",
                "workforce_pct ALL - - {v}",
                "yield_pct Tools - - {v}",
                "safety_stock_pct Plant - - {v}",
                "shelf_life_pct ALL - - {v}",
                "capacity_pct Shop 2026-02 2026-03 {v}",
            ]
        ),
        min_size=1,
        max_size=4,
        unique=True,
    ),
    value=st.floats(-0.9, 5).map(lambda v: f"{v:.4f}"),
)
def test_what_a_scenario_starts_from_never_changes(rows: list[str], value: str) -> None:
    inputs, demand = planning(INPUTS), consensus()
    copies = {name: frame.copy(deep=True) for name, frame in inputs.tables.items()}
    drivers = [driver for row in rows for driver in drive(inputs, f"/ x {row.format(v=value)}")]
    after = apply(inputs, drivers)
    adjusted = adjust_demand(demand, after, drivers)
    for name, frame in copies.items():
        assert_frame_equal(inputs[name], frame)
    assert_frame_equal(demand, consensus())
    for name, frame in after.tables.items():
        assert frame.dtypes.equals(inputs[name].dtypes), name
    assert (adjusted["consensus"] >= 0).all()
    assert adjusted[list(LAYERS)].sum(axis=1).tolist() == pytest.approx(adjusted["consensus"].tolist())


def test_children_inherit_and_what_is_wrong_is_told_all_at_once() -> None:
    inputs = planning(INPUTS)
    tables = ledger(
        """
        scenarios: scenario title  parent active
                   crisis   Crisis base   yes
                   repair   Repair crisis yes
                   asleep   Asleep base   no
                   egg      Egg    hen    yes
                   hen      Hen    egg    yes
                   orphan   Orphan nobody yes
                   bad      Bad    base   yes
                   child    Child  bad    yes
        scenario_drivers: scenario driver target from_period to_period value
                          crisis   resource_down R 2026-01 2026-02 -
                          repair   capacity_pct  Q - - 0.5
                          bad      demand_pct    Nowhere - - 0.1
                          bad      demand_pct    ALL 2026-03 2026-01 0.1
                          bad      capacity_pct  R - - -
                          base     demand_pct    ALL - - 0.1
                          ghost    demand_pct    ALL - - 0.1
    """.replace("-     ", "t     ")
    )
    scenarios, issues = resolve(inputs, tables["scenarios"], tables["scenario_drivers"])
    assert [scenario.name for scenario in scenarios] == ["base", "crisis", "repair"]
    repair = scenarios[2]
    assert [driver.driver for driver in repair.drivers] == ["resource_down", "capacity_pct"]
    assert [scenario.kind for scenario in scenarios] == [Kind.BASE, Kind.EVENT, Kind.RESPONSE]
    told = " ".join(issue.message for issue in issues)
    for part in (
        "egg > hen > egg",
        "hen > egg > hen",
        "'nobody'",
        "'Nowhere'",
        "name no bucket",
        "no value",
        "'ghost'",
    ):
        assert part in told, part
    assert "The base plan has no drivers" in told


def test_people_yields_and_policies_change_for_whom_they_are_named() -> None:
    inputs = planning(INPUTS)
    sick = apply(inputs, drive(inputs, "/ x workforce_pct crew - - -0.1"))
    assert sick["workforce"]["hours_per_worker"].tolist() == pytest.approx([144])
    scrap = apply(inputs, drive(inputs, "/ x yield_pct Tools - - -0.1 / x yield_pct Q - - 0.5"))
    assert scrap["routings"].set_index("product")["yield_pct"].to_dict() == pytest.approx({"A": 0.72, "B": 1.0})
    more = apply(inputs, drive(inputs, "/ x safety_stock_pct A - - 0.5 / x shelf_life_pct ALL - - -0.5"))
    policy = more["inventory_policy"].set_index(["product", "location"])
    assert policy.loc[("A", "ALL"), "min_stock"] == 6 and policy.loc[("Tools", "ALL"), "min_stock"] == 4
    assert policy.loc[("A", "ALL"), "shelf_life"] == 3 and policy.loc[("B", "Plant"), "min_stock"] == 3
    at_plant = apply(inputs, drive(inputs, "/ x safety_stock_pct Plant - - 1"))["inventory_policy"]
    assert at_plant.set_index(["product", "location"])["min_stock"].to_dict() == {
        ("A", "Plant"): 8,
        ("B", "Plant"): 6,
        ("Tools", "ALL"): 4,
    }


def test_the_throughput_of_a_location_and_the_load_of_a_lane_shrink_in_their_buckets() -> None:
    inputs = planning(INPUTS + "\nlane_loads: from_location to_location limit / Plant Shop 60")
    drivers = drive(inputs, "/ x capacity_pct Shop 2026-02 2026-03 -0.5 / x capacity_pct Plant>Shop 2026-04 - -0.9")
    after = apply(inputs, drivers)
    (place,) = location_limits(after, ())
    assert place.throughput == pytest.approx((50, 25, 25, 50))
    arcs = (Arc("A", "Plant", "Shop", LeadTime((), ()), 0.0, 0.0, 0),)
    (load,) = lane_loads(after, arcs)
    assert load.limit == pytest.approx((60, 60, 60, 6))


def test_a_signal_ahead_takes_the_value_assumed_and_then_that_of_the_plan_again() -> None:
    history = " / ".join(
        f"A Plant web {day:%Y-%m-%d} 10" for day in pd.date_range("2024-01-01", "2025-12-01", freq="MS")
    )
    inputs = planning(
        INPUTS
        + f"\nhistory: product location channel period units / {history}"
        + "\nsignals: signal kind period value available_from known_ahead"
        + " / petrol price 2025-01-01 2 2025-01-01 no / petrol price 2025-07-01 2.5 2025-07-01 no"
        + " / petrol price 2026-03-01 3 2025-12-01 yes"
    )

    def petrol(line: str) -> dict[str, float]:
        table = apply(inputs, drive(inputs, line))["signals"]
        assert table.loc[table["period"] >= "2026", "known_ahead"].all()
        return {f"{day:%y-%m}": value for day, value in zip(table["period"], table["value"].round(6), strict=True)}

    past = {"25-01": 2, "25-07": 2.5}
    share = petrol("/ x signal_pct petrol 2026-02 2026-03 0.1")
    assert share == past | {"26-01": 2.5, "26-02": 2.75, "26-03": 3.3, "26-04": 3}
    assert petrol("/ x signal_value petrol 2026-04 - 4") == past | {"26-01": 2.5, "26-02": 2.5, "26-03": 3, "26-04": 4}


def test_a_circle_of_parents_is_told_at_its_cells() -> None:
    files = {
        "demand.csv": "product,period,units\nA,2026-01-01,1\n",
        "scenarios.csv": "scenario,title,parent\nhen,Hen,egg\nfox,Fox,base\negg,Egg,hen\n",
        "scenario_drivers.csv": "scenario,driver,target,value\nfox,demand_pct,Nowhere,0.1\n",
    }
    raw, _ = read_csvs({name: text.encode() for name, text in files.items()})
    inputs = require_inputs(parse(raw))
    _, issues = resolve(inputs, inputs["scenarios"], inputs["scenario_drivers"])
    assert sorted((issue.table, issue.cell) for issue in issues) == [
        ("scenario_drivers", "driver:2"),
        ("scenarios", "parent:2"),
        ("scenarios", "parent:4"),
    ]


def test_prices_without_any_elasticity_are_told() -> None:
    inputs = planning(INPUTS)
    tables = ledger("""
        scenarios: scenario title / x x
        scenario_drivers: scenario driver target value / x price_pct B 0.1 / x competitor_price_pct Tools -0.1
    """)
    _, issues = resolve(inputs, tables["scenarios"], tables["scenario_drivers"])
    assert [issue.message.split(" has an elasticity")[0] for issue in issues] == [
        "Scenario 'x': no product of B",
        "Scenario 'x': no product of Tools",
    ]


def test_a_driver_without_periods_in_its_table_says_that_all_buckets_change() -> None:
    inputs = planning(INPUTS)
    tables = ledger("""
        scenarios: scenario title / x x
        scenario_drivers: scenario driver target from_period to_period value
                          x       lead_time_delay near 2026-02 2026-03 1
                          x       cost_pct        R    2026-02 -       0.1
                          x       cost_pct        A    2026-02 -       0.1
    """)
    _, issues = resolve(inputs, tables["scenarios"], tables["scenario_drivers"])
    assert [issue.severity for issue in issues] == ["warning", "warning"]
    assert "lead times" in issues[0].message and "prices of hours" in issues[1].message


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("demand_pct ALL - - 0.15", Kind.EVENT),
        ("price_pct ALL - - 0.05", Kind.CHOICE),
        ("capacity_pct R - - 0.2", Kind.CHOICE),
        ("capacity_pct R - - -0.2", Kind.EVENT),
        ("supplier_out near - - -", Kind.EVENT),
    ],
)
def test_only_what_we_decide_is_a_choice(row: str, kind: Kind) -> None:
    inputs = planning(INPUTS)
    assert Scenario("x", "x", "base", drive(inputs, f"/ x {row}")).kind is kind


def test_a_pulled_option_is_a_choice() -> None:
    overtime = Option("overtime on R", "overtime", "R", 10, 20, 500, 0, 3)
    scenario = Scenario("x", "x", "base", (overtime,))
    assert scenario.kind is Kind.CHOICE
    assert scenario.fixed_cost == 500


def test_people_win_over_the_standard_set() -> None:
    standard = ledger("""
        scenarios: scenario title / base Base / demand-up Up
        scenario_drivers: scenario driver value / demand-up demand_pct 0.15
    """)
    own = ledger("""
        scenarios: scenario title / demand-up Much~more
        scenario_drivers: scenario driver target value / demand-up demand_pct Tools 0.4
    """)
    names, drivers = merge_scenarios(
        (standard["scenarios"], standard["scenario_drivers"]), (own["scenarios"], own["scenario_drivers"])
    )
    assert names["title"].tolist() == ["Base", "Much more"]
    assert drivers[["target", "value"]].to_numpy().tolist() == [["Tools", 0.4]]
