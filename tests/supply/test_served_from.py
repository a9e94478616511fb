"""From demand to what is served: each unit has one source, as far as a planner would say it."""

from __future__ import annotations

import pandas as pd
import pytest

from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.explain import Explain
from sop_xl.supply.served_from import STEPS, demand_served

from .case import asked, inputs, planned


def served(given: PlanningInputs) -> pd.DataFrame:
    return demand_served(planned(given, Explain.NOTHING).tables, pd.DatetimeIndex(given.calendar.starts))


def line(**settings: object) -> PlanningInputs:
    """100 hours a month and 10 of overtime for 80, 140 and 120 units; 5 in stock, 7 on their way to the first month."""
    return inputs(
        {"backorder_cost_pct": 0.5, "holding_pct": 0.001, **settings},
        products=[{"product": "A", "family": "ONE"}],
        demand=asked("A", [80, 140, 120], price=100),
        resources=[{"resource": "LINE", "hours": 100, "overtime_max": 10, "overtime_cost": 1}],
        routings=[{"product": "A", "resource": "LINE", "hours_per_unit": 1}],
        price_cost=[{"product": "A", "price": 100, "material_cost": 10}],
        inventory=[{"product": "A", "location": "SITE", "on_hand": 5}],
        scheduled_receipts=[{"product": "A", "location": "SITE", "period": "2026-01-01", "quantity": 7}],
    )


def test_a_peak_is_served_built_ahead_built_ahead_then_overtime_and_the_rest_is_lost() -> None:
    """322 units can be had of 340: 12 and, in the three months, 100 + 10 made; the last 20 less 2 are not."""
    table = served(line(shortage="lost_sales"))
    assert table["demand"].tolist() == [80, 140, 120]
    assert table[list(STEPS)].sum(axis=1).tolist() == pytest.approx([80, 140, 120])
    assert table["overtime"].sum() <= 30 and table["built_ahead"].iloc[1] == pytest.approx(140 - 110, abs=1e-6)
    assert table["late"].tolist() == [0, 0, 0]
    assert table["lost"].sum() == pytest.approx(0, abs=1e-6)
    first = table.iloc[0]
    made = first["regular"] + first["overtime"] + first["receipts"]
    assert made == pytest.approx(80) and first["built_ahead"] == 0, (
        "what came in the month serves before what lay there"
    )


def test_what_waits_is_late_in_the_month_it_was_asked_in() -> None:
    given = line()
    tables = {**given.tables, "demand": given["demand"].assign(units=[150.0, 60.0, 60.0])}
    table = served(given.with_tables(demand=tables["demand"]))
    assert table["late"].tolist() == pytest.approx([150 - 110 - 12, 0, 0])
    assert table["lost"].sum() == 0


def test_without_demand_there_is_nothing_to_serve() -> None:
    given = line()
    empty = given.with_tables(demand=given["demand"].iloc[:0])
    assert served(empty).empty
