"""What the departments of the demo type, put into the tables and read by the one parser."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pandas as pd
import pytest

from sop_xl.gather.demo.departments import CONFLICT_FAMILY, CONFLICT_PRODUCT, department_edits
from sop_xl.gather.demo.edits import CellEdit, Edit
from sop_xl.gather.demo.expectations import expected, horizon_of, short_months
from sop_xl.gather.demo.tables import demo_tables
from sop_xl.gather.inputs import planning_inputs
from sop_xl.model.issue import errors
from sop_xl.schema import frames
from sop_xl.schema.catalogue import FUNCTIONS, table, tables_of
from sop_xl.schema.parse import Parsed, parse
from sop_xl.schema.raw import RawTable

Tables = dict[str, pd.DataFrame]


def typed_in(tables: Tables, edits: Iterable[Edit]) -> Parsed:
    """Return what the parser makes of tables after edits, as if they had been typed into sheets."""
    records = {name: frame.astype(object).to_dict("records") for name, frame in tables.items()}
    for edit in edits:
        rows = records.setdefault(edit.table, [])
        if isinstance(edit, CellEdit):
            key = {k: pd.Timestamp(v) if isinstance(v, date) else v for k, v in edit.key.items()}
            row = next((r for r in rows if all(r.get(k) == v for k, v in key.items())), None)
            if row is None:
                rows.append(row := dict(key))
            row[edit.column] = edit.value
        else:
            rows.append(dict(edit.values))
    return parse(_raw(name, rows) for name, rows in records.items())


def _raw(name: str, rows: list[dict[str, object]]) -> RawTable:
    columns = table(name).column_names
    cells = [[row.get(c) if row.get(c) is not None else "" for row in rows] for c in columns]
    shown = [["yes" if v is True else "no" if v is False else v for v in column] for column in cells]
    return RawTable(name, columns, tuple(shown))


@pytest.fixture(scope="module", params=(1, 4, 7))
def cycle(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_corrected_edits_of_all_departments_make_clean_inputs(cycle: int) -> None:
    tables = demo_tables(cycle)
    everything = [e for f in FUNCTIONS for e in department_edits(f, tables, cycle).corrected()]
    parsed = typed_in(tables, everything)
    inputs, issues = planning_inputs(parsed)
    assert [str(issue) for issue in issues] == []
    assert inputs is not None


def test_each_slip_is_reported_once_and_nothing_else(cycle: int) -> None:
    tables = demo_tables(cycle)
    last = tables["history"]["period"].max()
    tables["history"] = tables["history"][tables["history"]["period"] > last - pd.DateOffset(months=24)]
    said = {}
    for function in FUNCTIONS:
        edits = department_edits(function, tables, cycle)
        _, issues = planning_inputs(typed_in(tables, edits.edits))
        said[function] = [issue.message for issue in errors(issues)]
        assert len(said[function]) == len(edits.corrections), function
    assert [function for function, messages in said.items() if messages] == ["sales", "operations"]
    assert "'C1O' is not known" in said["sales"][0]
    assert "'12,5x', which is not a number" in said["operations"][0]


def test_departments_edit_their_own_books_only() -> None:
    tables = demo_tables(1)
    for function in FUNCTIONS:
        own = {t.name: t for t in tables_of(function)}
        for edit in department_edits(function, tables).edits:
            columns = {edit.column} if isinstance(edit, CellEdit) else set(edit.values)
            assert columns <= {c.name for c in own[edit.table].inputs}, f"{function}: {edit}"


def test_no_edit_touches_a_row_that_a_later_cycle_no_longer_has(cycle: int) -> None:
    tables = demo_tables(cycle)
    filled_by_the_plan = {"sales_forecast", "supply_response", "rationalisation"}
    for function in FUNCTIONS:
        for edit in department_edits(function, tables, cycle).edits:
            if isinstance(edit, CellEdit) and edit.table not in filled_by_the_plan:
                frame = tables[edit.table]
                same = pd.Series(True, index=frame.index)
                for column, value in edit.key.items():
                    same &= frame[column] == (pd.Timestamp(value) if isinstance(value, date) else value)
                assert same.sum() == 1, edit


def test_sales_stands_far_above_the_budget_of_finance_in_one_family() -> None:
    tables = demo_tables(1)
    months = horizon_of(tables)
    units = expected(tables, months)
    overrides = {
        (str(e.key["product"]), e.key["period"]): float(str(e.value))
        for e in department_edits("sales", tables).edits
        if isinstance(e, CellEdit) and e.column == "sales_override"
    }
    contested = sorted(str(day) for product, day in overrides if product == CONFLICT_PRODUCT)
    budget = tables["budget"].set_index(["family", "period"])["quantity"]
    excess = {}
    for family in tables["families"]["family"]:
        wanted = {k: overrides.get(k, u) for k, u in units.items() if k[0][0] == family and str(k[1]) in contested}
        excess[family] = sum(wanted.values()) / sum(budget[family, pd.Timestamp(d)] for d in contested) - 1
    assert len(contested) == 6
    assert excess.pop(CONFLICT_FAMILY) > 0.12
    assert max(excess.values()) < 0.12


def test_overrides_carry_a_reason_and_follow_the_baseline_where_there_is_one() -> None:
    tables = demo_tables(1)
    months = horizon_of(tables)
    flat = frames.rows(
        "baseline",
        ({"product": p, "location": "DC", "period": d, "baseline": 100_000.0} for p, d in expected(tables, months)),
    )
    edits = department_edits("sales", {**tables, "baseline": flat}).edits
    cells = [e for e in edits if isinstance(e, CellEdit) and e.table == "sales_forecast"]
    by_row: dict[tuple[object, object], dict[str, object]] = {}
    for cell in cells:
        by_row.setdefault((cell.key["product"], cell.key["period"]), {})[cell.column] = cell.value
    assert {product for product, _ in by_row} == {"R03", "C09", "N02"}
    for (product, _), row in by_row.items():
        assert row["reason"] in table("sales_forecast").column("reason").choices
        assert row["note"]
        low, high = {"R03": (117_000, 119_000), "C09": (102_000, 104_000), "N02": (96_000, 98_000)}[str(product)]
        assert low <= float(str(row["sales_override"])) <= high


def test_operations_answers_for_every_family_and_month_and_names_the_gap() -> None:
    tables = demo_tables(1)
    months = horizon_of(tables)
    answers = {
        (e.key["family"], e.key["period"]): e.value
        for e in department_edits("operations", tables).edits
        if isinstance(e, CellEdit) and e.column == "response"
    }
    assert len(answers) == 14 * 18
    assert {family for (family, _), answer in answers.items() if answer == "gap"} == {"C"}
    assert answers["C", date(2009, 1, 1)] == "gap"
    response = frames.rows(
        "supply_response",
        (
            {"family": f, "period": months[0], "demand": 100.0, "feasible": 100.0 - gap, "gap": gap}
            for f, gap in (("A", 0.0), ("B", 0.2), ("J", 5.0))
        ),
    )
    assert short_months({**tables, "supply_response": response}, months) == {("J", months[0])}


def test_every_assumption_has_an_owner_a_value_and_a_later_day_of_test(cycle: int) -> None:
    tables = demo_tables(cycle)
    start = horizon_of(tables)[0]
    made = [e for f in FUNCTIONS for e in department_edits(f, tables, cycle).edits if e.table == "assumptions"]
    assert len(made) >= 6
    for row in made:
        assert not isinstance(row, CellEdit)
        assert row.values["owner"] and row.values["value"]
        assert isinstance(day := row.values["test_date"], date) and day > start


def test_the_same_arguments_give_the_same_edits() -> None:
    tables = demo_tables(2)
    for function in FUNCTIONS:
        assert department_edits(function, tables, 2, seed=3) == department_edits(function, tables, 2, seed=3)
    assert department_edits("sales", tables, 2, seed=3) != department_edits("sales", tables, 2, seed=4)
    with pytest.raises(KeyError):
        department_edits("legal", tables)


def test_tables_survive_the_way_through_a_sheet_and_the_parser() -> None:
    tables = demo_tables(1)
    parsed = typed_in(tables, ())
    assert parsed.issues == ()
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(parsed.tables[name], frame)
