"""Rough-cut load: what demand would need in its own bucket, worked out by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.rough_cut import rough_cut

from .case import asked, inputs


def load(given: PlanningInputs) -> dict[str, list[float]]:
    table = rough_cut(given, given["demand"])
    assert list(table.columns) == [
        "resource",
        "location",
        "period",
        "available_hours",
        "rough_cut_hours",
        "rough_cut_utilisation",
    ]
    return {str(code): rows["rough_cut_hours"].tolist() for code, rows in table.groupby("resource")}


def test_hours_are_demand_by_hours_per_unit_over_yield() -> None:
    given = inputs(
        demand=asked("A", [8, 20]),
        resources=[{"resource": "M", "location": "P", "hours": 10}],
        routings=[{"product": "A", "resource": "M", "hours_per_unit": 0.5, "yield_pct": 0.8}],
        inventory=[{"product": "A", "location": "P", "on_hand": 100}],
    )
    table = rough_cut(given, given["demand"])
    assert table["rough_cut_hours"].tolist() == pytest.approx([5, 12.5]), "stock does not count"
    assert table["rough_cut_utilisation"].tolist() == pytest.approx([0.5, 1.25])


def test_alternatives_share_by_available_hours_and_earlier_steps_make_up_for_scrap() -> None:
    given = inputs(
        demand=asked("A", [12]),
        resources=[{"resource": code, "location": "P", "hours": h} for code, h in (("M1", 30), ("M2", 10), ("M3", 99))],
        routings=[
            {"product": "A", "resource": "M1", "operation": "9", "hours_per_unit": 1},
            {"product": "A", "resource": "M2", "operation": "9", "hours_per_unit": 2},
            {"product": "A", "resource": "M3", "operation": "10", "hours_per_unit": 1, "yield_pct": 0.75},
        ],
    )
    assert load(given) == {"M1": [pytest.approx(12)], "M2": [pytest.approx(8)], "M3": [pytest.approx(16)]}


def test_products_in_a_bill_are_loaded_too_and_demand_goes_back_over_lanes_to_the_sites() -> None:
    """6 of A asked at D come from P (20 hours) and Q (10 hours); each takes 2 of B, which P and Q make themselves."""
    sites = ("P", 20), ("Q", 10)
    given = inputs(
        demand=asked("A", [6], location="D"),
        products=[{"product": "A", "family": "F"}, {"product": "B", "family": "F"}],
        resources=[{"resource": f"M{s}", "location": s, "hours": h} for s, h in sites],
        routings=[{"product": p, "resource": f"M{s}", "hours_per_unit": 1} for p in "AB" for s, _ in sites],
        bom=[{"product": "A", "item": "B", "quantity": 2}],
        lanes=[{"from_location": s, "to_location": "D", "product": "A"} for s, _ in sites],
    )
    assert load(given) == {"MP": [pytest.approx(4 + 8)], "MQ": [pytest.approx(2 + 4)]}


def test_people_without_machine_hours_count_with_their_opening_number_and_no_hours_give_no_utilisation() -> None:
    given = inputs(
        demand=[*asked("A", [6]), *asked("B", [6])],
        routings=[
            {"product": "A", "location": "P", "resource": "CREW", "hours_per_unit": 1, "labour_hours_per_unit": 2},
            {"product": "B", "location": "P", "resource": "OFF", "hours_per_unit": 1},
        ],
        resources=[{"resource": "OFF", "location": "P", "hours": 0}],
        workforce=[{"workforce": "W", "resource": "CREW", "opening_workers": 3, "hours_per_worker": 8}],
    )
    table = rough_cut(given, given["demand"]).set_index("resource")
    assert table.loc["CREW", "available_hours"] == 24
    assert table.loc["CREW", "rough_cut_hours"] == pytest.approx(12)
    assert pd.isna(table.loc["OFF", "rough_cut_utilisation"]) and table.loc["OFF", "rough_cut_hours"] == 6
