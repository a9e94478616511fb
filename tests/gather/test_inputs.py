"""From tables to planning inputs: calendar, masters, references, horizon and hash."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from sop_xl.gather.inputs import planning_inputs, require_inputs
from sop_xl.gather.sources import read_csvs
from sop_xl.model.issue import InputErrors, Issue, errors
from sop_xl.model.plan import PlanningInputs
from sop_xl.schema.parse import parse

DEMAND = b"product,period,units\nA,2026-01,5\nA,2026-02,6\nB,2026-01,1\nB,2026-02,0\n"


def gather(**csvs: bytes) -> tuple[PlanningInputs | None, list[Issue]]:
    raw, problems = read_csvs({f"{name}.csv": data for name, data in csvs.items()})
    inputs, issues = planning_inputs(parse(raw))
    return inputs, [*problems, *issues]


def test_masters_left_out_are_made_from_their_uses() -> None:
    inputs, issues = gather(demand=DEMAND, inventory=b"product,location,on_hand\nA,Plant,10\n")
    assert issues == []
    assert inputs is not None
    assert inputs["products"]["product"].tolist() == ["A", "B"]
    assert inputs["locations"]["location"].tolist() == ["Plant"]
    assert set(inputs["demand"]["location"]) == {"Plant"}, "with one location, ALL is that location"
    assert inputs.calendar.labels == ("2026-01", "2026-02")
    assert inputs.settings["as_of"] == date(2025, 12, 31)


def test_the_calendar_follows_the_settings_from_the_end_of_the_history() -> None:
    history = b"product,period,units\n" + b"".join(b"A,2025-%02d,10\n" % m for m in range(1, 13))
    inputs, _ = gather(
        history=history, settings=b"setting,value\nweekly_months,1\nmonthly_buckets,2\nyearly_buckets,1\n"
    )
    assert inputs is not None
    assert inputs.calendar.labels[:6] == (
        "2026-01-01",
        "2026-01-05",
        "2026-01-12",
        "2026-01-19",
        "2026-01-26",
        "2026-02",
    )
    assert inputs.calendar.labels[-1] == "2026-04+12"
    assert inputs.period_length(0) == pytest.approx(4 / 31)
    assert sum(inputs.period_length(t) for t in range(len(inputs.calendar))) == pytest.approx(15)


def test_unknown_codes_and_days_outside_the_horizon_name_their_cells_and_what_was_meant() -> None:
    _, issues = gather(
        demand=DEMAND,
        products=b"product,family\nA,Tools\nB,Tools\n",
        price_cost=b"product,price\nA,10\nXY-77,12\n",
        budget=b"family,period,quantity\nTool,2026-01,5\nTools,2027-05,5\n",
        settings=b"setting,value\nshortige,backorder\nmonthly_buckets,many\n",
    )
    said = {(i.file, i.cell): f"{i.message} {i.hint}" for i in errors(issues)}
    assert said == {
        ("price_cost.csv", "product:3"): "SKU 'XY-77' is not known. Choose one of: A, B.",
        ("budget.csv", "family:2"): "Family 'Tool' is not known. Did you mean 'Tools'?",
        ("budget.csv", "period:3"): "Period 2027-05-01 lies outside the horizon 2026-01 to 2026-02. "
        "Correct the date, or delete the row.",
        ("settings.csv", "setting:2"): "Setting 'shortige' is not known. Did you mean 'shortage'?",
        ("settings.csv", "value:3"): "monthly_buckets is 'many', which is not a number. "
        "Type a number, or leave the cell empty.",
    }


def test_periods_with_a_hole_are_refused() -> None:
    inputs, issues = gather(demand=b"product,period,units\nA,2026-01,5\nA,2026-03,6\n")
    assert inputs is None
    assert "do not follow each other" in issues[0].message


def test_nothing_to_plan_is_said() -> None:
    inputs, issues = gather(products=b"product,family\nA,F\n")
    assert inputs is None
    assert any("nothing to plan" in i.message for i in issues)


def test_several_locations_need_to_be_named() -> None:
    _, issues = gather(demand=DEMAND, inventory=b"product,location,on_hand\nA,Plant,10\nA,Depot,1\n")
    assert [i.message for i in errors(issues)] == ["4 rows of demand name no location, but there are 2."]


def test_the_hash_knows_content_not_row_order() -> None:
    one, _ = gather(demand=DEMAND)
    lines = DEMAND.splitlines(keepends=True)
    two, _ = gather(demand=b"".join([lines[0], *reversed(lines[1:])]))
    three, _ = gather(demand=DEMAND.replace(b"A,2026-01,5", b"A,2026-01,5.5"))
    assert one and two and three
    assert one.content_hash == two.content_hash != three.content_hash


def test_csv_problems_name_file_and_line() -> None:
    raw, issues = read_csvs(
        {
            "demmand.csv": DEMAND,
            "products.csv": b"product,family\nA,F,\xff\n",
            "demand.csv": b"\xef\xbb\xbfproduct;period;units\nA;2026-01;5;7\n",
        }
    )
    assert [t.name for t in raw] == ["demand"]
    assert raw[0].headers == ("product", "period", "units"), "byte-order mark and semicolons are read"
    assert [(i.file, i.message) for i in issues] == [
        ("demmand.csv", "'demmand.csv' is not the name of an input table."),
        ("products.csv", "Line 2 is not UTF-8 text."),
        ("demand.csv", "Line 2 has 4 values, but the header has 3."),
    ]
    assert "demand.csv" in issues[0].hint


def test_inputs_do_not_change() -> None:
    inputs, _ = gather(demand=DEMAND)
    assert inputs is not None
    with pytest.raises(TypeError):
        inputs.tables["demand"] = pd.DataFrame()  # type: ignore[index]
    assert inputs.with_tables(demand=inputs["demand"].assign(units=0.0))["demand"]["units"].sum() == 0
    assert inputs["demand"]["units"].sum() == 12


def test_require_inputs_raises_with_all_issues() -> None:
    raw, _ = read_csvs({"demand.csv": b"product,period,units\nA,soon,x\n"})
    with pytest.raises(InputErrors) as raised:
        require_inputs(parse(raw))
    assert len(errors(raised.value.issues)) >= 2
