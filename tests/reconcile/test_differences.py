"""Two versions side by side: every cell that differs, once, with its money; nothing that does not."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger import ledger

from sop_xl.reconcile.differences import CELL_COLUMNS, differences
from sop_xl.schema.frames import typed

BEFORE = """
products: product family / A Tools / B Toys
price_cost: product period price material_cost / A - 10 4 / B - 20 8
sales_forecast: product location channel period sales_override reason
                A       ALL      ALL     2026-01 100           price
                B       ALL      ALL     2026-01 -             -
budget: family period quantity revenue / Tools 2026-01 90 900
"""


def cells(after: str, before: str = BEFORE) -> list[dict[str, object]]:
    return differences(ledger(before), ledger(after)).cells.to_dict("records")


def test_equal_versions_do_not_differ() -> None:
    found = differences(ledger(BEFORE), ledger(BEFORE))
    assert found.cells.empty and found.by_measure.empty


def test_an_override_is_told_in_units_and_at_the_price() -> None:
    (cell,) = cells(BEFORE.replace("100           price", "130           price"))
    assert (cell["before"], cell["after"], cell["change"], cell["money"]) == (100, 130, 30, 300)
    assert (cell["table"], cell["function"], cell["family"], cell["measure"]) == (
        *("sales_forecast", "sales"),
        *("Tools", "sales_override"),
    )
    assert cell["period"] == pd.Timestamp("2026-01-01")


def test_empty_is_not_zero_but_adds_nothing() -> None:
    (cell,) = cells(BEFORE.replace("2026-01 -             -", "2026-01 0             -"))
    assert (cell["before"], cell["after"], cell["change"]) == (None, 0, 0)


def test_money_is_its_own_effect_and_a_price_has_none() -> None:
    revenue, price = cells(BEFORE.replace("90 900", "90 950").replace("B - 20", "B - 21"))[::-1]
    found = {cell["measure"]: cell["money"] for cell in (revenue, price)}
    assert found["revenue"] == 50 and np.isnan(found["price"])


def test_words_differ_without_a_number() -> None:
    (cell,) = cells(BEFORE.replace("100           price", "100           launch"))
    assert (cell["before"], cell["after"], cell["measure"]) == ("price", "launch", "reason")
    assert np.isnan(cell["change"])


def test_a_row_that_one_side_alone_has_is_told_cell_by_cell() -> None:
    shorter = BEFORE.replace(" / B - 20 8", "")
    gone = cells(shorter)
    assert [(c["what"], c["measure"], c["before"], c["after"]) for c in gone] == [
        ("removed", "price", 20, None),
        ("removed", "material_cost", 8, None),
    ]
    assert [(c["what"], c["measure"], c["change"]) for c in cells(BEFORE, shorter)] == [
        ("added", "price", 20),
        ("added", "material_cost", 8),
    ]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=4, max_size=4), st.data())
def test_one_way_is_the_other_with_the_sign_turned(numbers: list[int | None], data: st.DataObject) -> None:
    others = data.draw(st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=4, max_size=4))

    def forecast(given: list[int | None]) -> dict[str, pd.DataFrame]:
        months = pd.date_range("2026-01-01", periods=4, freq="MS")
        return {
            **ledger(BEFORE),
            "sales_forecast": typed(
                "sales_forecast",
                pd.DataFrame({"product": "A", "period": months, "sales_override": given}, dtype=object),
            ),
        }

    there = differences(forecast(numbers), forecast(others))
    back = differences(forecast(others), forecast(numbers))
    assert len(there.cells) == sum(a != b for a, b in zip(numbers, others, strict=True)) == len(back.cells)
    assert there.cells["change"].sum() == pytest.approx(-back.cells["change"].sum())
    assert there.by_measure["money"].sum() == pytest.approx(
        10 * (sum(filter(None, others)) - sum(filter(None, numbers)))
    )


def test_a_hundred_thousand_cells_are_compared_in_less_than_a_second() -> None:
    rows = 20_000
    products = np.repeat([f"P{n:04d}" for n in range(rows // 20)], 20)
    months = np.tile(pd.date_range("2026-01-01", periods=20, freq="MS"), rows // 20)
    plan = typed("sales_plan", pd.DataFrame({"product": products, "period": months, "demand": np.arange(rows) * 1.0}))
    numbers = [column for column in plan.columns if plan[column].dtype == "float64"][:5]
    one = {"sales_plan": plan.assign(**{name: np.arange(rows) * 1.0 for name in numbers})}
    other = {"sales_plan": one["sales_plan"].assign(**{name: np.arange(rows) * 2.0 for name in numbers})}
    started = time.perf_counter()
    found = differences(one, other)
    seconds = time.perf_counter() - started
    assert len(found.cells) == 5 * (rows - 1) and list(found.cells.columns) == list(CELL_COLUMNS)
    assert seconds < 1.0
