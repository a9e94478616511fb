"""Accuracy and products on their pages: what was measured is shown, what is said of a person only to that person."""

from __future__ import annotations

import math
import re

import pandas as pd
import pytest
from conftest import CYCLE, Site

from server.pages.measured import accuracy_page, products_page
from server.store import payload
from sop_xl.demand.measured import measured
from sop_xl.schema import frames

MONTHS = pd.date_range("2023-01-01", periods=30, freq="MS")
FORECAST_FROM = MONTHS[-8:]


def version(*, sales: float = 1.2) -> bytes:
    """Return the payload of a version that has measured eight months of six products: sales lifts them all."""
    history, frozen = [], []
    for i in range(6):
        for day in MONTHS:
            units = 100.0 * (i + 1) * (1 + 0.1 * math.sin(day.month))
            history.append({"product": f"P{i}", "period": day, "units": units})
            if day in FORECAST_FROM:
                key = {"cycle": f"{day:%Y-%m}", "as_of": day, "product": f"P{i}", "period": day, "lag": 1}
                frozen.append({**key, "layer": "naive", "units": 0.8 * units})
                frozen.append({**key, "layer": "statistical", "units": 0.95 * units})
                who = {"function": "sales", "person": "Ada" if i else "Bo"}
                frozen.append({**key, "layer": "sales", **who, "units": sales * units})
    tables = {
        "history": frames.rows("history", history),
        "forecast_snapshots": frames.rows("forecast_snapshots", frozen),
        "products": frames.rows("products", [{"product": f"P{i}", "family": "F"} for i in range(6)]),
        "drift_proposals": frames.empty("drift_proposals"),
    }
    found = measured(tables, start=pd.Timestamp(2025, 7, 1).date())
    return payload.pack(
        {f"inputs/{n}": tables[n] for n in ("forecast_snapshots", "products")}
        | {f"cycle/{name}": frame for name, frame in found.items()}
    )


def test_the_page_shows_the_stairs_from_the_naive_to_what_was_committed_to() -> None:
    found = accuracy_page(version(), lambda person: True)
    assert (found.last, len(found.cycles), found.lags) == ("sales", 8, ("1",))
    assert found.figures["wape"] == pytest.approx(0.2)
    assert [(s["layer"], s["verdict"]) for s in found.stairs[1:]] == [("statistical", "better"), ("sales", "worse")]
    assert [p["person"] for p in found.people] == ["Ada", "Bo"]
    assert found.widest == pytest.approx(0.15)
    assert {line.name: line.values for line in found.lines}["statistical"] == (pytest.approx(0.05),)


def test_the_baseline_on_what_was_held_back_is_shown_with_its_coverage() -> None:
    row = {"family": "ALL", "wape": 0.06, "naive_wape": 0.08, "value_added": 0.02, "bias": -0.01}
    rows = frames.rows("forecast_accuracy", [{**row, "coverage_80": 0.81, "coverage_95": 0.945}])
    found = accuracy_page(payload.pack({"cycle/forecast_accuracy": rows}), lambda person: True)
    assert (found.held_back[0]["coverage_80"], found.held_back[0]["coverage_95"]) == (0.81, 0.945)


def test_what_is_said_of_a_person_is_shown_to_those_who_may_see_it() -> None:
    found = accuracy_page(version(), lambda person: person == "Bo")
    assert {row["person"] for row in found.people} == {"Bo"}
    assert {row["person"] for row in found.remarks} == {"Bo"}


def test_a_version_without_frozen_forecasts_has_an_empty_page() -> None:
    found = accuracy_page(payload.pack({}), lambda person: True)
    assert (found.figures, found.stairs, found.drift) == ({}, (), ())


def test_the_product_review_puts_the_highest_risk_first_and_counts_what_is_at_stake() -> None:
    review = [
        {"product": "A", "risk": 10.0, "stock_value": 5.0, "excess_value": 1.0},
        {"product": "B", "risk": 60.0, "stock_value": 70.0, "obsolete_value": 30.0, "proposed_end": "2026-12-31"},
        {"product": "C", "risk": 80.0, "stock_value": 7.0, "proposed_end": "2026-12-31", "action": "keep"},
    ]
    tables = {
        "cycle/rationalisation": frames.rows("rationalisation", review),
        "inputs/products": frames.rows("products", [{"product": p, "family": "F"} for p in "ABC"]),
    }
    found = products_page(payload.pack(tables))
    assert [row["product"] for row in found.rows] == ["C", "B", "A"]
    assert (found.at_risk, found.stock_at_risk, found.excess, found.obsolete) == (2, 77.0, 1.0, 30.0)
    assert found.proposed == 1, "C was answered"


def test_both_pages_open_in_every_state_of_a_cycle(site: Site) -> None:
    accuracy, products = (site.client.get(f"/cycles/{CYCLE}/{page}") for page in ("accuracy", "products"))
    assert accuracy.status_code == products.status_code == 200
    assert "No forecast has met its month yet" in accuracy.text
    assert "KETTLE" in re.sub(r"\s+", " ", products.text)
