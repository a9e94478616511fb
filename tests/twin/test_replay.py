"""Past months replayed: the twin's own arithmetic by hand, and plain words where there is nothing to replay."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from supply.case import inputs

from sop_xl.twin.replay import Replay, replay
from twin.test_of_plan import SMALL


def past(rows: list[Mapping[str, object]]) -> Replay:
    return replay(inputs(**SMALL, actuals=[{"family": "ONE", **row} for row in rows]))


def month(number: int, **known: float) -> dict[str, object]:
    return {"period": f"2025-{number:02d}-01", **known}


PLANNED = {"sales_plan": 100.0, "production_plan": 100.0, "stock_plan": 50.0}


def test_stock_is_what_was_there_and_came_less_what_was_sold() -> None:
    """From 40 in stock: + 100 − 90 = 50 is the plan's stock, so 100 come again; − 120 leave 30."""
    found = past(
        [
            month(1, stock_units=40),
            month(2, sales_units=90, stock_units=52, **PLANNED),
            month(3, sales_units=120, stock_units=20, **PLANNED),
        ]
    )
    assert found.table["simulated_stock"].tolist() == pytest.approx([50, 30])
    assert found.table["error"].tolist() == pytest.approx([-2, 10])
    assert found.error == pytest.approx(12 / 72) and found.plan_error == pytest.approx(32 / 72)
    assert "17% off what was left, closer than the stock of the plan, which was 44% off" in found.text


def test_a_month_without_the_one_before_is_not_replayed() -> None:
    found = past([month(1, stock_units=40), month(3, sales_units=120, stock_units=20, **PLANNED)])
    assert found.table.empty and "no two months in a row are complete" in found.text


def test_what_is_lacking_is_said() -> None:
    nothing = replay(inputs(**SMALL))
    assert nothing.error is None and "there are no actuals of past months" in nothing.text
    unplanned = past([month(m, sales_units=90, stock_units=40) for m in (1, 2)])
    assert "the actuals say nothing of production plan, stock plan" in unplanned.text
    assert "Actuals" in unplanned.issues[0].hint
