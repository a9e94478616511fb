"""Signals and assumptions on their pages: what is used and why, what held, and whose hit rate is shown to whom."""

from __future__ import annotations

import re

import pytest
from conftest import CYCLE, Site

from server.pages.drivers import assumptions_page, signals_page
from server.store import payload
from sop_xl.govern.assumptions import assumption_scores
from sop_xl.schema import frames

SIGNALS = [
    {"signal": "price", "kind": "price", "period": f"2024-0{month}-01", "value": 10, "available_from": "2024-01-01"}
    for month in (1, 2, 3)
]
GAINS = [
    {
        "product": "A",
        "location": "DC",
        "channel": "X",
        "used": True,
        "wape_without": 0.2,
        "wape_with": 0.1,
        "gain": 0.1,
    },
    {"product": "B", "location": "DC", "channel": "X", "wape_without": 0.2, "wape_with": 0.3, "gain": -0.1},
]
LEDGER = [
    {"assumption_id": code, "statement": "S", "owner": owner, "function": "sales", "status": status, "test_date": day}
    for code, owner, status, day in (
        ("1", "Ada", "open", "2025-03-01"),
        ("2", "Ada", "held", "2024-02-01"),
        ("3", "Bo", "failed", "2024-05-01"),
    )
]


def test_signals_in_use_are_told_from_those_without_gain() -> None:
    tables = {
        "inputs/signals": frames.rows("signals", SIGNALS),
        "cycle/sensing_gain": frames.rows("sensing_gain", GAINS),
        "cycle/driver_effects": frames.rows(
            "driver_effects", [{"signal": "price", "product": "A", "planned_units": -70}]
        ),
    }
    found = signals_page(payload.pack(tables), with_inputs=True)
    assert (found.used, found.tested, found.without, found.with_signals) == (1, 2, 0.2, 0.1)
    assert (found.signals[0]["values"], found.added) == (3, -70)
    others = signals_page(payload.pack(tables), with_inputs=False)
    assert (others.signals, others.added) == ((), -70), "what signals do is for all, what was given for its function"


def test_results_come_first_and_the_hit_rate_of_a_person_is_for_those_who_may_see_it() -> None:
    ledger = frames.rows("assumptions", LEDGER)
    scores = assumption_scores(ledger, ledger["test_date"].min().date())
    content = payload.pack({"inputs/assumptions": ledger, "cycle/assumption_scores": scores})
    found = assumptions_page(content, lambda person: person == "Bo")
    assert [row["assumption_id"] for row in found.rows] == ["3", "2", "1"]
    assert [row["owner"] for row in found.owners] == ["Bo"]
    assert found.whole["hit_rate"] == pytest.approx(0.5)


def test_both_pages_open_in_every_state_of_a_cycle(site: Site) -> None:
    signals, assumptions = (site.client.get(f"/cycles/{CYCLE}/{page}") for page in ("signals", "assumptions"))
    assert signals.status_code == assumptions.status_code == 200
    assert "No signals" in re.sub(r"\s+", " ", signals.text)
    assert "No assumptions" in assumptions.text or "Ledger" in assumptions.text
