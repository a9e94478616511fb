"""The example company and what books are prefilled with from it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sop_xl.gather.inputs import planning_inputs
from sop_xl.gather.sources import read_csvs
from sop_xl.product.review import product_review
from sop_xl.schema.frames import rows
from sop_xl.schema.parse import parse
from sop_xl.workbook.example import SMALLEST, example_inputs, example_plan, write_example
from sop_xl.workbook.prefill import prefilled, sales_forecast, supply_response


def test_the_smallest_folder_is_complete(tmp_path: Path) -> None:
    written = write_example(tmp_path / "example")
    assert [path.stem for path in written] == list(SMALLEST)
    raw, issues = read_csvs({path.name: path.read_bytes() for path in written})
    inputs, more = planning_inputs(parse(raw))
    assert [str(issue) for issue in (*issues, *more)] == []
    assert inputs is not None
    assert (len(inputs.calendar), sorted(inputs["families"]["family"])) == (18, ["KETTLE", "TOASTER"])


def test_the_example_is_small_and_says_that_it_is_invented() -> None:
    inputs = example_inputs()
    assert (len(inputs["products"]), len(inputs["resources"]), len(inputs["locations"])) == (4, 2, 2)
    assert inputs["history"]["period"].nunique() == 36
    assert inputs.settings["illustrative"] is True


def test_the_example_plan_keeps_its_identities() -> None:
    plan = example_plan()
    stock = plan["inventory_plan"]
    closing = stock["opening_stock"] + stock["produced"] + stock["outsourced"] + stock["scheduled"] + stock["received"]
    closing -= stock["sent"] + stock["consumed"] + stock["delivered"]
    assert closing.to_numpy() == pytest.approx(stock["closing_stock"].to_numpy(), abs=1e-2)
    pnl = plan["profit_and_loss"]
    costs = pnl[["rebates", "material", "conversion", "freight", "supply_premium"]].sum(axis=1)
    assert (pnl["revenue"] - costs).to_numpy() == pytest.approx(pnl["gross_margin"].to_numpy(), abs=1e-2)


def test_the_grid_shows_what_was_sold_in_the_same_month_before() -> None:
    inputs, plan = example_inputs(), example_plan()
    frame = sales_forecast({**inputs.tables, **plan}, inputs.calendar).set_index(["product", "period"])
    history = inputs["history"].set_index(["product", "period"])["units"]
    for product in ("KT-10", "TO-02"):
        row = frame.loc[(product, pd.Timestamp(2026, 9, 1))]
        assert row["history_y1"] == history[product, pd.Timestamp(2025, 9, 1)]
        assert row["history_y2"] == history[product, pd.Timestamp(2024, 9, 1)]
    late = frame.loc[("KT-10", pd.Timestamp(2027, 9, 1))]
    assert pd.isna(late["history_y1"])
    assert late["history_y2"] == history["KT-10", pd.Timestamp(2025, 9, 1)]


def test_prefilling_keeps_what_people_entered_and_adds_the_rest() -> None:
    inputs, plan = example_inputs(), example_plan()
    answer = rows(
        "supply_response",
        [{"family": "KETTLE", "period": "2026-07-01", "demand": 1, "response": "accept", "note": "fine"}],
    )
    found = supply_response({**plan, "supply_response": answer}).set_index(["family", "period"])
    kept = found.loc[("KETTLE", pd.Timestamp(2026, 7, 1))]
    assert (kept["response"], kept["note"], kept["demand"]) == ("accept", "fine", 1)
    demand = plan["sales_plan"].groupby(["family", "period"])["demand"].sum()
    other = ("TOASTER", pd.Timestamp(2026, 8, 1))
    assert found.loc[other, "demand"] == pytest.approx(demand[other])
    assert len(found) == len(demand)
    assert prefilled({}, inputs.calendar)["supply_response"].empty


def test_rationalisation_shows_a_year_of_sales_and_what_lies_on_stock() -> None:
    inputs = example_inputs()
    found = product_review(inputs.tables, inputs.calendar).set_index("product")
    year = inputs["history"][inputs["history"]["period"] >= pd.Timestamp(2025, 7, 1)]
    assert found.loc["KT-17", "quantity_12m"] == year.loc[year["product"] == "KT-17", "units"].sum()
    cost = inputs["price_cost"].set_index("product").loc["KT-17"]
    held = inputs["inventory"].set_index("product").loc["KT-17", "on_hand"]
    assert found.loc["KT-17", "stock_value"] == pytest.approx(held * (cost["material_cost"] + cost["conversion_cost"]))
    assert pd.isna(found.loc["TO-04", "quantity_12m"]), "not sold yet is not zero"
