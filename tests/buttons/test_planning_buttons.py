"""Buttons that calculate: their numbers are those of the engine, their errors are told, nothing is raised."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from buttons.conftest import Ask
from sop_xl.buttons import CALCULATED, answer
from sop_xl.buttons.company import FolderCompany
from sop_xl.buttons.request import Answer
from sop_xl.capabilities import BUTTONS
from sop_xl.cycle import plan_inputs
from sop_xl.demand.accuracy_by_family import accuracy_by_family
from sop_xl.demand.baseline_plan import plan_baseline
from sop_xl.gather.inputs import require_inputs
from sop_xl.schema.parse import parse
from sop_xl.supply.explain import Explain
from sop_xl.workbook.filling import Filler, fill
from sop_xl.workbook.reading import read_workbook

Book = Callable[[str], bytes]


def rows(answered: Answer, table: str) -> pd.DataFrame:
    return next(output.rows for output in answered.outputs if output.table == table)


def test_every_button_of_the_catalogue_is_known_except_those_about_the_computer() -> None:
    assert set(BUTTONS) - set(CALCULATED) == {"check_setup", "settings", "help"}


def test_validate_finds_a_slip_with_its_cell_and_lists_it(book: Book, ask: Ask, company: FolderCompany) -> None:
    wrong = fill(book("sales"), [("pipeline", {"opportunity": "OPP-1"}, "product", "KETLE")])
    found = answer(ask("validate", wrong, file="sales.xlsx"), company)
    assert found.failed
    checks = rows(found, "checks")
    assert checks[["number", "severity", "sheet", "cell"]].iloc[0].tolist() == ["E1", "error", "Pipeline", "D7"]
    assert "'KETLE' is not known" in checks["message"].iloc[0] and "KETTLE" in checks["hint"].iloc[0]


def test_validate_says_so_where_nothing_is_wrong(book: Book, ask: Ask, company: FolderCompany) -> None:
    found = answer(ask("validate", book("marketing")), company)
    assert not found.failed and "No errors" in found.message
    assert rows(found, "checks")["severity"].tolist() == ["ok"]


def test_reforecast_gives_the_numbers_of_the_engine(book: Book, ask: Ask, company: FolderCompany) -> None:
    inputs = require_inputs(
        {k: v for k, v in company.parsed().tables.items() if k in ("history", "settings", "products")}
    )
    expected = plan_baseline(inputs["history"], inputs["products"], inputs.calendar, seed=0).ranges
    expected = expected[expected["level"] == "product"].set_index(["code", "period"]).sort_index()
    found = rows(answer(ask("reforecast", book("sales")), company), "sales_forecast")
    whole = found[(found["location"] == "ALL") & (found["channel"] == "ALL")]
    whole = whole.set_index(["product", "period"]).sort_index()
    for column in ("baseline", "p10", "p90"):
        assert (whole[column] - expected.loc[whole.index, column]).abs().max() <= 0.005
    assert whole.index.get_level_values(0).nunique() == 3


def test_a_slip_in_another_table_does_not_keep_reforecast_from_working(
    book: Book, ask: Ask, company: FolderCompany
) -> None:
    wrong = fill(book("sales"), [("pipeline", {"opportunity": "OPP-1"}, "product", "KETLE")])
    assert not answer(ask("reforecast", wrong), company).failed


def test_a_selection_is_forecast_with_the_numbers_of_the_whole(book: Book, ask: Ask, company: FolderCompany) -> None:
    whole = rows(answer(ask("reforecast", book("sales")), company), "sales_forecast")
    found = rows(answer(ask("reforecast_selection", book("sales"), at="Forecast!H10"), company), "sales_forecast")
    (product,) = found["product"].unique()
    assert_frame_equal(found, whole[whole["product"] == product].reset_index(drop=True))


def test_without_a_selected_product_it_says_what_to_do(book: Book, ask: Ask, company: FolderCompany) -> None:
    found = answer(ask("reforecast_selection", book("sales"), at="Home!B2"), company)
    assert found.failed and found.issues[0].message == "No product is selected."


def test_accuracy_is_that_of_the_demand_room(book: Book, ask: Ask, company: FolderCompany) -> None:
    tables = company.parsed().tables
    expected = accuracy_by_family(tables["history"], tables["products"], seed=0)
    assert_frame_equal(rows(answer(ask("accuracy", book("sales")), company), "forecast_accuracy"), expected)


def test_feasibility_explains_a_gap(narrow_operations: bytes, ask: Ask, company: FolderCompany) -> None:
    found = answer(ask("feasibility", narrow_operations), company)
    assert not found.failed
    response = rows(found, "supply_response")
    assert (response["demand"] - response["feasible"] - response["gap"]).abs().max() <= 0.011
    short = response[response["gap"] > 1]
    assert len(short) and short["cause"].str.contains("LINE-B is full").any()
    assert set(response.loc[response["gap"] < 0.5, "response"]) == {"accept"}
    assert set(short["response"]) <= {"gap", "decline"}
    proposed = short[~short["note"].str.contains("Partner takes more|second shift")]
    assert proposed["note"].str.startswith("Proposed: ").all(), "two answers of the book are a person's"
    narrow = rows(found, "bottlenecks")
    assert "LINE-B" in set(narrow["constraint"]) and (narrow["marginal_value"] > 0).any()
    reliefs = rows(found, "reliefs")
    assert reliefs["margin_effect"].is_monotonic_decreasing and (reliefs["gap_closed"] > 0).any()
    assert f"{response['gap'].sum():,.0f} units cannot be delivered on time." in found.message


def test_what_people_answered_stays_when_feasibility_is_asked_again(
    narrow_operations: bytes, ask: Ask, company: FolderCompany
) -> None:
    proposed = rows(answer(ask("feasibility", narrow_operations), company), "supply_response")
    filler = Filler(narrow_operations)
    first, second = proposed.iloc[0], proposed.iloc[1]
    key = {"family": first["family"], "period": first["period"]}
    filler.type("supply_response", key, "response", "decline")
    filler.type("supply_response", key, "note", "we will not")
    again = rows(answer(ask("feasibility", filler.save()), company), "supply_response")
    assert again.iloc[0][["response", "note"]].tolist() == ["decline", "we will not"]
    assert again.iloc[1]["response"] == second["response"]


def test_options_are_measured_against_the_base_plan(narrow_operations: bytes, ask: Ask, company: FolderCompany) -> None:
    table = rows(answer(ask("options", narrow_operations), company), "option_effects").set_index("option")
    base = table.loc["base"]
    assert (base["margin_effect"], base["gap_closed"]) == (0, 0)
    assert {"OUT-1", "OT-A"} <= set(table.index), "what people listed is solved"
    assert any(" + " in name for name in table.index), "the best two are solved together"
    effects = table["gross_margin"] - base["gross_margin"] - table["margin_effect"]
    assert effects.abs().max() < 1e-6
    assert ((base["gap_units"] - table["gap_units"]) - table["gap_closed"]).abs().max() < 1e-6


def test_simulate_tells_ranges_and_fills_the_pictures(
    narrow_operations: bytes, ask: Ask, company: FolderCompany
) -> None:
    found = answer(ask("simulate", narrow_operations), company)
    assert not found.failed, found.issues
    (own,) = rows(found, "simulation").to_dict("records")
    assert own["margin_p10"] < own["margin_p50"] < own["margin_p90"] and own["fill_rate_p10"] < own["fill_rate_p90"]
    assert f"{own['margin_p10']:,.0f} to {own['margin_p90']:,.0f} EUR" in found.message
    risk = rows(found, "stockout_risk")
    assert risk.loc[risk["family"] == "TOASTER", "chance"].max() > 0.9, "LINE-B cannot make them all"
    assert len(rows(found, "resource_load")) and len(rows(found, "demand_served"))
    assert rows(found, "twin_replay").empty
    assert any("not tested on your past: there are no actuals" in issue.message for issue in found.issues)


def test_scenarios_are_compared_and_the_missing_standard_ones_added(
    book: Book, ask: Ask, company: FolderCompany
) -> None:
    found = answer(ask("scenarios", book("executive")), company)
    compared = rows(found, "scenario_comparison")
    assert compared["recommended"].sum() == 1
    own = set(parse(read_workbook(book("executive")).raw_tables).tables["scenarios"]["scenario"])
    added = set(rows(found, "scenarios")["scenario"])
    assert added and not added & own
    assert set(rows(found, "scenario_drivers")["scenario"]) <= added
    assert added | own - {"base"} <= set(compared["scenario"]) | {"base"}
    anew = ("scenario_comparison", "simulation")
    assert all(output.mode == "add" for output in found.outputs if output.table not in anew)


def test_a_new_scenario_can_be_solved_as_it_stands(book: Book, ask: Ask, company: FolderCompany) -> None:
    made = answer(ask("new_scenario", book("executive"), title="Hot summer"))
    (scenario,), (driver,) = (rows(made, name).to_dict("records") for name in ("scenarios", "scenario_drivers"))
    assert (scenario["scenario"], scenario["title"], driver["scenario"]) == ("own-1", "Hot summer", "own-1")
    filler = Filler(book("executive"))
    filler.add("scenarios", {"scenario": "own-1", "title": "Hot summer"})
    filler.add("scenario_drivers", {"scenario": "own-1", "driver": "demand_pct", "value": 0.05})
    filled = filler.save()
    compared = rows(answer(ask("compare", filled), company), "scenario_comparison").set_index("scenario")
    assert compared.loc["own-1", "demand_units"] == pytest.approx(1.05 * compared.loc["base", "demand_units"])
    again = answer(ask("new_scenario", filled))
    assert rows(again, "scenarios")["scenario"].tolist() == ["own-2"]


def test_conflicts_list_gaps_that_are_there_material_first(book: Book, ask: Ask, company: FolderCompany) -> None:
    table = rows(answer(ask("conflicts", book("finance")), company), "reconciliation")
    assert len(table) and (table["gap_units"] != 0).all()
    assert table["material"].is_monotonic_decreasing
    assert (table["first_units"] - table["second_units"] - table["gap_units"]).abs().max() < 1e-6


@pytest.mark.parametrize(("button", "name"), [("reforecast", "sales"), ("feasibility", "operations")])
def test_without_the_company_a_button_says_where_to_name_it(book: Book, ask: Ask, button: str, name: str) -> None:
    found = answer(ask(button, book(name)))
    assert found.failed
    assert rows(found, "checks")["severity"].iloc[0] == "error"


def test_a_button_in_the_wrong_book_says_which_is_right(book: Book, ask: Ask, company: FolderCompany) -> None:
    found = answer(ask("reforecast", book("finance")), company)
    assert "has no table sales_forecast" in found.issues[0].message
    assert "sales book" in found.issues[0].hint


def test_a_button_for_the_team_without_a_server_says_so(book: Book, ask: Ask) -> None:
    found = answer(ask("status", book("sales")))
    assert found.failed and "needs the server of your team" in found.issues[0].message


def test_what_the_plan_says_is_what_the_engine_says(narrow_operations: bytes, ask: Ask, company: FolderCompany) -> None:
    parsed = parse(read_workbook(narrow_operations).raw_tables)
    tables = {**company.parsed().tables, **parsed.tables}
    tables["assumptions"] = parsed.tables["assumptions"]
    plan = plan_inputs(require_inputs(tables), explain=Explain.CAUSES).solved.tables["sales_plan"]
    found = rows(answer(ask("feasibility", narrow_operations), company), "supply_response")
    assert found["feasible"].sum() == pytest.approx(plan["on_time"].sum(), abs=1)
