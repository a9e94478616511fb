"""The demo's tables: their shape, their references, and the rules they are made by."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from sop_xl.gather.demo import rules
from sop_xl.gather.demo.expectations import expected, horizon_of
from sop_xl.gather.demo.operations import regular_hours
from sop_xl.gather.demo.past import split, stock_ledger
from sop_xl.gather.demo.published import published
from sop_xl.gather.demo.tables import demo_tables
from sop_xl.gather.inputs import planning_inputs, require_inputs
from sop_xl.gather.quality import Stamp, data_quality
from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.chain import resolve
from sop_xl.schema import frames
from sop_xl.schema.catalogue import table

CYCLES = (1, 2, 7)
Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module", params=CYCLES)
def tables(request: pytest.FixtureRequest) -> Tables:
    return demo_tables(request.param)


@pytest.fixture(scope="module")
def first() -> Tables:
    return demo_tables(1)


def test_every_table_has_the_columns_and_types_of_the_schema(tables: Tables) -> None:
    for name, frame in tables.items():
        assert tuple(frame.columns) == table(name).column_names, name
        assert {c: str(t) for c, t in frame.dtypes.items()} == frames.column_types(table(name)), name
        assert len(frame), name


def test_every_value_keeps_the_limits_and_choices_of_the_schema(tables: Tables) -> None:
    for name, frame in tables.items():
        for column in table(name).columns:
            values = frame[column.name]
            place = f"{name}.{column.name}"
            if column.required:
                assert values.notna().all() and (values != "").all(), place
            if column.choices:
                assert set(values) <= {"", *column.choices}, place
            if column.numeric:
                assert np.isfinite(values.dropna()).all(), place
            if column.min is not None:
                assert not (values < column.min).any(), place
            if column.max is not None:
                assert not (values > column.max).any(), place


def test_keys_are_unique(tables: Tables) -> None:
    for name, frame in tables.items():
        assert not frame.duplicated(list(table(name).keys)).any(), name


def test_references_resolve_and_nothing_is_left_to_complain_about(tables: Tables) -> None:
    inputs, issues = planning_inputs(tables)
    assert issues == ()
    assert isinstance(inputs, PlanningInputs)
    assert inputs.settings["illustrative"] is True
    assert (inputs.settings["currency"], len(inputs.calendar)) == ("AUD", 18)


def test_the_same_arguments_give_the_same_tables_and_another_seed_other_stock() -> None:
    first, second, other = demo_tables(3, seed=5), demo_tables(3, seed=5), demo_tables(3, seed=6)
    assert first.keys() == second.keys()
    for name in first:
        pd.testing.assert_frame_equal(first[name], second[name])
    assert not first["inventory"].equals(other["inventory"])
    pd.testing.assert_frame_equal(first["history"], other["history"])


def test_history_and_past_sales_are_the_published_figures(tables: Tables) -> None:
    rows = published()
    rows = rows[rows["period"] <= tables["history"]["period"].max()]
    assert tables["history"]["units"].sum() == rows["scripts"].sum()
    assert tables["history"]["revenue"].sum() == pytest.approx(rows["cost"].sum())
    by_family = rows.groupby(["family", "period"])[["scripts", "cost"]].sum()
    for row in tables["actuals"].itertuples(index=False):
        sold = by_family.loc[(row.family, row.period)]
        assert row.sales_units == sold["scripts"]
        assert row.revenue == pytest.approx(sold["cost"], abs=0.01)


def test_products_add_up_to_their_family(tables: Tables) -> None:
    family = dict(tables["products"][["product", "family"]].to_numpy())
    history = tables["history"].assign(family=tables["history"]["product"].map(family))
    last = history["period"].max()
    sold = history[history["period"] == last].groupby("family")["units"].sum()
    stock = tables["inventory"].assign(family=tables["inventory"]["product"].map(family))
    actuals = tables["actuals"][tables["actuals"]["period"] == last].set_index("family")
    pd.testing.assert_series_equal(sold, actuals["sales_units"], check_names=False)
    pd.testing.assert_series_equal(stock.groupby("family")["on_hand"].sum(), actuals["stock_units"], check_names=False)


def test_stock_ties_out_from_month_to_month() -> None:
    ledger = stock_ledger(0).set_index("period")
    for family, rows in ledger.groupby("family"):
        for before, after in pairwise(rows.itertuples()):
            assert before.stock_units + after.production_units - after.sales_units == after.stock_units, family
            assert after.stock_units > 0, family


def test_a_later_cycle_sees_the_same_past() -> None:
    early, late = demo_tables(1)["actuals"], demo_tables(4)["actuals"]
    keys = ["family", "period"]
    both = early.merge(late, on=keys, suffixes=("", "_later"))
    assert len(both) == 14 * 9
    for column in early.columns.drop(keys):
        pd.testing.assert_series_equal(both[column], both[f"{column}_later"], check_names=False)
    pd.testing.assert_frame_equal(demo_tables(1)["resources"], demo_tables(4)["resources"])


def test_split_adds_up_exactly_and_follows_the_weights() -> None:
    units = split(10, pd.Series({"a": 1.0, "b": 1.0, "c": 1.0}))
    assert (units.sum(), units.to_dict()) == (10, {"a": 4, "b": 3, "c": 3})
    assert split(7, pd.Series({"a": 6.0, "b": 1.0})).to_dict() == {"a": 6, "b": 1}


def test_efficiency_gives_back_the_hours_a_line_is_sized_to(first: Tables) -> None:
    for line in first["resources"].itertuples(index=False):
        hours = line.units * line.hours_per_shift * line.shifts * line.days * line.efficiency
        assert hours == pytest.approx(regular_hours(line.resource), rel=1e-3)
        assert 0.5 < line.efficiency < 0.95


def test_material_cost_is_what_the_bill_of_materials_buys(first: Tables) -> None:
    price = first["materials"].drop_duplicates("item").set_index("item")["unit_cost"]
    bom = first["bom"].assign(money=first["bom"]["quantity"] * first["bom"]["item"].map(price))
    bought = bom.groupby("product")["money"].sum()
    family = dict(first["products"][["product", "family"]].to_numpy())
    for row in first["price_cost"].itertuples(index=False):
        assert row.material_cost == pytest.approx(bought[row.product] + bought[family[row.product]], abs=1e-3)
        assert row.standard_cost == pytest.approx(row.material_cost + row.conversion_cost, abs=1e-3)


def test_margins_by_rule_lie_between_25_and_45_percent() -> None:
    assert all(0.25 < rule.margin < 0.45 for rule in rules.families().values())


def test_finance_budgets_less_than_sales_expects(first: Tables) -> None:
    months = horizon_of(first)
    budget = first["budget"]["quantity"].sum()
    assert 0.95 < budget / sum(expected(first, months).values()) < 0.99


def test_one_line_is_short_and_most_are_not(first: Tables) -> None:
    months = horizon_of(first)
    records = [(p[0], d, units) for (p, d), units in expected(first, months).items()]
    demand = pd.DataFrame(records, columns=["family", "period", "units"])
    rule = demand["family"].map(rules.families())
    demand["line"] = rule.map(lambda r: r.line)
    demand["hours"] = demand["units"] / rule.map(lambda r: r.packs_per_hour)
    hours = demand.pivot_table(index="period", columns="line", values="hours", aggfunc="sum")
    lost = first["resource_calendar"].pivot_table(index="period", columns="resource", values="downtime_hours")
    lost = lost.reindex(index=pd.to_datetime(months), columns=hours.columns).fillna(0.0).set_axis(hours.index)
    there = pd.Series({line: regular_hours(line) for line in rules.lines()}) - lost
    load = hours / there
    assert hours["N1"].sum() / there["N1"].sum() > 1
    assert load["N1"].max() > 1.1
    others = load.drop(columns="N1")
    assert others.mean().max() < 0.95
    assert (others > 1).to_numpy().mean() < 0.1


def test_events_of_the_past_disappear_and_the_launch_slips() -> None:
    early, late = demo_tables(1), demo_tables(7)
    assert early["launches"]["launch"].dt.strftime("%Y-%m").tolist() == ["2008-05"]
    assert late["launches"]["launch"].dt.strftime("%Y-%m").tolist() == ["2008-09"]
    assert set(late["campaigns"]["campaign"]) < set(early["campaigns"]["campaign"])
    for cycle in CYCLES:
        tables = demo_tables(cycle)
        start = pd.Timestamp(horizon_of(tables)[0])
        assert (tables["pipeline"]["start_period"] >= start).all()
        assert (tables["account_changes"]["period"] >= start).all()


def test_owners_are_roles(first: Tables) -> None:
    for name in ("assumptions", "risks_opportunities", "prior_commitments"):
        assert first[name]["owner"].str.endswith(" manager").all(), name


def test_the_data_tie_out_and_are_trusted_with_remarks(tables: Tables) -> None:
    found = data_quality(require_inputs(tables))
    assert found.stamp is Stamp.REMARKS
    assert set(found.checks.loc[found.checks["result"] != "passed", "table"]) == {"history"}


def test_the_scenarios_resolve_one_of_them_on_another(tables: Tables) -> None:
    inputs = require_inputs(tables)
    scenarios, issues = resolve(inputs, inputs["scenarios"], inputs["scenario_drivers"])
    assert issues == ()
    assert [s.name for s in scenarios] == [
        "base",
        "demand-up",
        "demand-down",
        "supplier-out SUPPLIER-A",
        "line-down N1",
        "launch-late",
        "demand-up line-down",
        "co-payment",
    ]
