"""Risks from events, actions from decisions, and the way of a submission."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger import ledger, planning, solved

from sop_xl.govern.actions import actions, follow_through, overdue
from sop_xl.govern.lifecycle import MOVES, STATES, MoveRefused, may_move, move
from sop_xl.govern.risks import risks
from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.result import ScenarioResult
from sop_xl.scenario.scenario import Driver, Scenario

DEMAND = "demand: product period units / A 2026-01 1 / A 2026-02 1\n"


def results(inputs: PlanningInputs) -> dict[str, ScenarioResult]:
    drivers = {"base": "", "strike": "supplier_out", "boom": "demand_pct", "more": "capacity_pct"}
    return {
        name: ScenarioResult(
            Scenario(name, name, "base", (Driver(driver, "ALL", 0.1, 0, 1, True),) if driver else ()),
            inputs,
            solved(""),
            pd.DataFrame(),
        )
        for name, driver in drivers.items()
    }


COMPARISON = """
scenario_comparison: scenario title kind gross_margin fill_rate
    base   Base   base   1000 0.9
    strike Strike event  700  0.8
    boom   Boom   event  1500 0.85
    more   More   choice 1100 0.95
"""


def test_events_become_risks_and_opportunities_and_choices_do_not() -> None:
    inputs = planning(DEMAND)
    found = risks(inputs, ledger(COMPARISON)["scenario_comparison"], results(inputs)).set_index("risk")
    assert found.index.tolist() == ["boom", "strike"], "the largest money first"
    assert found[["kind", "money"]].to_numpy().tolist() == [["opportunity", 500.0], ["risk", -300.0]]
    assert found.loc["strike", "text"] == "Strike. Fill rate −10.0 points."
    assert found.loc["strike", ["trigger", "owner"]].tolist() == ["A confirmed delivery is missed", "supply planner"]
    assert found["probability"].isna().all(), "people judge chances"


def test_what_people_wrote_down_stays() -> None:
    inputs = planning(DEMAND + "risks_opportunities: risk kind text money / strike risk Dock~workers -50")
    found = risks(inputs, ledger(COMPARISON)["scenario_comparison"], results(inputs)).set_index("risk")
    assert found.index.tolist() == ["strike", "boom"]
    assert found.loc["strike", ["text", "money"]].tolist() == ["Dock workers", -50.0]


def test_a_decided_decision_becomes_an_owned_dated_action() -> None:
    decisions = ledger("""
        decisions: decision question decided_option deadline decider outcome
                   PLAN Which? Commit~base 2026-01-28 sponsor decided
                   GAP  Close? -           2026-01-28 sponsor deferred
    """)["decisions"]
    found = actions(decisions, "2026-01")
    row = found.iloc[0]
    assert len(found) == 1
    assert (row["commitment"], row["text"], row["owner"]) == ("2026-01 PLAN", "Commit base", "sponsor")
    assert (row["due"], row["status"]) == (pd.Timestamp("2026-01-28"), "open")


def test_overdue_and_follow_through_by_hand() -> None:
    table = ledger("""
        prior_commitments: commitment text due status
                           a x 2026-01-10 done
                           b x 2026-01-10 open
                           c x 2026-01-20 open
                           d x 2026-01-05 withdrawn
                           e x -          open
    """)["prior_commitments"]
    assert overdue(table, date(2026, 1, 10))["commitment"].tolist() == []
    assert overdue(table, date(2026, 1, 11))["commitment"].tolist() == ["b"]
    assert follow_through(table, date(2026, 1, 11)) == 0.5
    assert follow_through(table, date(2026, 1, 1)) is None


def test_every_state_of_the_schema_has_its_moves_and_committed_is_final_but_for_a_newer_version() -> None:
    assert set(MOVES) == set(STATES)
    assert MOVES["committed"] == {"superseded"}
    assert MOVES["superseded"] == frozenset()
    reached, queue = {"draft"}, ["draft"]
    while queue:
        for to in MOVES[queue.pop()] - reached:
            reached.add(to)
            queue.append(to)
    assert reached == set(STATES)


def test_the_way_of_a_submission() -> None:
    state = "draft"
    for to in ("submitted", "validated", "accepted", "reconciled", "recommended", "committed"):
        state = move(state, to)
    assert state == "committed"
    with pytest.raises(MoveRefused, match="What is committed cannot become draft, only superseded"):
        move(state, "draft")
    with pytest.raises(MoveRefused, match="Say why"):
        move("validated", "returned", comment=" ")
    assert move("validated", "returned", comment="February is missing") == "returned"


@given(st.sampled_from(STATES), st.sampled_from(STATES))
def test_a_move_is_made_where_it_may_be(state: str, to: str) -> None:
    if may_move(state, to):
        assert move(state, to, comment="because") == to
    else:
        with pytest.raises(MoveRefused):
            move(state, to, comment="because")
