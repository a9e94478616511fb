"""What the pages of a cycle show, checked before any HTML: who has submitted, scenarios, yardsticks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from server.engine.summary import unproven
from server.pages.cycle_view import cycle_view, limit_words
from server.store.cycles import Cycle
from server.store.submissions import Submission
from server.store.versions import Version
from sop_xl.model.plan import SolvedPlan

CYCLE = Cycle("2008-07", "2008-07", "2008-06-27T08:00:00Z", "facilitator", {})
PLAN: dict[str, Any] = {
    "recommended": "more_overtime",
    "submissions": [{"id": "s-1"}],
    "currency": "AUD",
    "comparison": [
        {"scenario": "base", "title": "As submitted"},
        {"scenario": "more_overtime", "title": "More overtime"},
        {"scenario": "line_down", "title": "Line down"},
        {"scenario": "unsolved", "title": "No plan"},
    ],
    "scenarios": {
        "base": {"kind": "base", "dashboard": []},
        "more_overtime": {
            "kind": "choice",
            "dashboard": [
                {"kpi": "revenue", "plan": 110.0, "budget": None, "prior_year": None, "committed": None},
                {
                    "kpi": "revenue against budget, 2008-07 to 2009-06",
                    "plan": 110.0,
                    "budget": 100.0,
                    "prior_year": None,
                    "committed": None,
                },
            ],
        },
        "line_down": {"kind": "event", "dashboard": []},
    },
}


def version(seq: int, kind: str, scenario: str = "", summary: dict[str, Any] | None = None) -> Version:
    return Version(
        seq=seq,
        hash=f"{seq:064d}",
        previous="",
        parent="",
        cycle_id="2008-07",
        kind=kind,
        scenario=scenario,
        author="facilitator",
        message="",
        created_at="2008-07-01T08:00:00Z",
        payload_sha256="",
        content_sha256="",
        recipe={},
        summary=summary or {"currency": "AUD"},
    )


def submission(number: int, function: str, state: str = "validated") -> Submission:
    issues = ({"severity": "error", "message": "x"},) if state == "returned" else ()
    return Submission(
        seq=number,
        id=f"s-{number}",
        cycle_id="2008-07",
        function=function,
        submitter=f"{function} lead",
        file_name="book.xlsx",
        sha256="",
        received_at="2008-07-01T08:00:00Z",
        base_version="",
        state=state,
        engine="1",
        parsed="x",
        recipe={},
        issues=issues,
    )


ISSUED = version(1, "issued")
CONSOLIDATED = version(2, "consolidated", "more_overtime", PLAN)
COMMITTED = version(3, "committed", "base", {**PLAN, "scenarios": {"base": PLAN["scenarios"]["base"]}})


def test_a_function_shows_its_newest_attempt_and_what_counts() -> None:
    received = [submission(1, "sales", "superseded"), submission(2, "sales"), submission(3, "sales", "returned")]
    view = cycle_view(CYCLE, [ISSUED], [*received, submission(4, "")], None)
    sales = next(row for row in view.functions if row.function == "sales")
    assert (sales.state, sales.latest, sales.counting) == ("returned", received[2], (received[1],))
    assert view.submitted == 1
    assert [s.id for s in view.attempts] == ["s-4", "s-3", "s-2", "s-1"]
    assert [s.id for s in view.unassigned] == ["s-4"]


def test_submissions_newer_than_the_plan_are_counted() -> None:
    received = [submission(1, "sales", "reconciled"), submission(2, "finance"), submission(3, "product", "returned")]
    assert cycle_view(CYCLE, [ISSUED, CONSOLIDATED], received, None).newer_submissions == 1
    assert cycle_view(CYCLE, [ISSUED], received, None).newer_submissions == 0


def test_the_recommended_scenario_is_shown_until_another_is_asked_for_or_committed() -> None:
    chain = [ISSUED, CONSOLIDATED]
    assert cycle_view(CYCLE, chain, [], None).scenario == "more_overtime"
    assert cycle_view(CYCLE, chain, [], None, scenario="line_down").scenario == "line_down"
    assert cycle_view(CYCLE, chain, [], None, scenario="unheard_of").scenario == "more_overtime"
    assert cycle_view(CYCLE, [*chain, COMMITTED], [], None).scenario == "base"


def test_only_what_is_ours_to_choose_can_be_committed() -> None:
    view = cycle_view(CYCLE, [ISSUED, CONSOLIDATED], [], None)
    assert [(s.name, s.has_plan, s.can_commit) for s in view.scenarios] == [
        ("base", True, True),
        ("more_overtime", True, True),
        ("line_down", True, False),
        ("unsolved", False, False),
    ]


def test_yardsticks_are_those_with_a_value() -> None:
    (found,) = cycle_view(CYCLE, [ISSUED, CONSOLIDATED], [], None).against("revenue")
    assert (found.name, round(found.change, 6), found.buckets) == ("budget", 0.1, "budget, 2008-07 to 2009-06")


def test_a_solve_that_ran_out_of_time_says_how_far_from_the_best_it_may_be() -> None:
    late = {"scenario": "base", "status": "time limit"}
    assert limit_words({"scenario": "base", "status": "optimal"}, {}) == ""
    assert limit_words(late, {"may_be_off": 0.034}) == "solved until the time limit; may be up to 3.4 % from the best"
    assert "less than 0.1 %" in limit_words(late, {"may_be_off": 0.0001})
    assert limit_words(late, {}) == "solved until the time limit; how far from the best is not known"


def test_only_a_plan_that_ran_out_of_time_carries_how_far_off_it_may_be() -> None:
    plan = SolvedPlan("optimal", 1.0, {}, {}, mip_gap=0.001)
    assert unproven(plan) == {}
    late = replace(plan, status="time limit", mip_gap=0.034)
    assert unproven(late) == {"may_be_off": 0.034}
    for unknown in (0.0, float("inf")):
        assert unproven(replace(late, mip_gap=unknown)) == {"may_be_off": None}, "a linear program proves no gap"
