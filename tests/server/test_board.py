"""The board of a cycle: a gate is passed when its tasks are done, and says what is missing when they are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from test_cycle_view import COMMITTED, CONSOLIDATED, CYCLE, ISSUED, submission

from server.actions.follow_up import Action, Decision
from server.pages.board import Facts, Stage, board
from server.pages.cycle_view import CycleView, cycle_view
from server.store.revisions import Revision

TODAY = date(2008, 7, 15)
TRUSTED = replace(ISSUED, summary={"currency": "AUD", "quality": {"stamp": "trusted", "checks": []}})
BOOKS = ("product", "sales", "marketing", "operations", "finance", "executive")
DATA = replace(submission(0, "data"), id="s-0")
PLANNED = replace(
    CONSOLIDATED, summary={**CONSOLIDATED.summary, "submissions": [{"id": f"s-{n}"} for n in range(1, 7)]}
)
COMMITTED_LAST = replace(COMMITTED, summary=PLANNED.summary)


def facts(**given: Any) -> Facts:
    calendar = [{"due": f"2008-07-{day:02d}", "owner": "", "active": True} for day in (5, 10, 12, 20, 25, 28, 31)]
    known = {"calendar": calendar, "open_conflicts": 0, "decisions": [], "actions": [], "signatures": []}
    return Facts(**{**known, "today": TODAY, **given})


def stages(view: CycleView, **given: Any) -> dict[str, Stage]:
    return {stage.name: stage for stage in board(view, facts(**given))}


def full(follower: str = "") -> CycleView:
    sent = [replace(submission(n, name), id=f"s-{n}", seq=n) for n, name in enumerate(BOOKS, start=1)]
    return cycle_view(CYCLE, [TRUSTED, PLANNED, COMMITTED_LAST], [DATA, *sent], None, follower=follower)


def missing(stage: Stage) -> list[str]:
    return [task.text for task in stage.tasks if not task.done]


def action(status: str = "open", due: str = "2008-08-01", owner: str = "plant manager") -> Action:
    return Action("A01", "Second shift", owner, due, status, "", "added", signature())


def signature(decision: str = "approve") -> Revision:
    return Revision(1, "2008-07", "sign-off", "x", 1, {"decision": decision}, "director", "", "", "")


def test_before_the_books_only_the_first_step_is_open() -> None:
    found = stages(cycle_view(CYCLE, [], [DATA], None))
    assert found["Data gathering"].gate == "open" and missing(found["Data gathering"]) == [
        "Data trusted",
        "Books issued",
    ]
    assert {stage.gate for name, stage in found.items() if name != "Data gathering"} == {"later"}


def test_a_review_waits_for_its_books_and_says_who_has_sent_what() -> None:
    view = cycle_view(CYCLE, [TRUSTED], [DATA, submission(1, "sales"), submission(2, "product")], None)
    found = stages(view)
    assert found["Product review"].gate == "passed"
    assert missing(found["Demand review"]) == ["Marketing book in"]
    assert found["Demand review"].tasks[0].note == "sales lead: validated"


def test_a_returned_book_does_not_pass_the_gate() -> None:
    found = stages(cycle_view(CYCLE, [TRUSTED], [submission(1, "product", "returned")], None))
    assert found["Product review"].gate == "open"
    assert found["Product review"].tasks[0].note == "product lead: returned"


@pytest.mark.parametrize(("known", "note"), [(2, "2 open"), (None, "looked at when the page of conflicts is opened")])
def test_open_conflicts_hold_up_the_one_plan(known: int | None, note: str) -> None:
    stage = stages(full(), open_conflicts=known)["Pre-S&OP"]
    assert missing(stage) == ["Conflicts settled"] and stage.tasks[2].note == note


def test_no_conflict_is_settled_before_anything_was_sent() -> None:
    stage = stages(cycle_view(CYCLE, [], [DATA], None))["Pre-S&OP"]
    assert "Conflicts settled" in missing(stage) and stage.tasks[2].note == "no submission yet"


def test_a_plan_restored_after_the_commitment_is_to_be_decided_again() -> None:
    restored = replace(PLANNED, seq=4)
    view = cycle_view(CYCLE, [TRUSTED, COMMITTED_LAST, restored], [DATA], None)
    assert (view.state, view.reopened, view.current) == ("consolidated", True, restored)
    assert (full().state, full().reopened) == ("committed", False)


def test_a_commitment_is_signed_and_its_questions_are_answered() -> None:
    question = Decision("PLAN", {"outcome": "open"}, None)
    assert missing(stages(full(), decisions=[question])["Executive S&OP"]) == [
        "Questions answered",
        "Committed plan signed",
    ]
    rejected = stages(full(), signatures=[signature("reject")])["Executive S&OP"]
    assert missing(rejected) == ["Committed plan signed"]
    assert stages(full(), signatures=[signature()])["Executive S&OP"].gate == "passed"


def test_overdue_or_ownerless_actions_hold_up_the_next_cycle() -> None:
    late = stages(full("2008-08"), actions=[action(due="2008-07-01")])["Follow-up"]
    assert missing(late) == ["No action overdue"]
    assert missing(stages(full("2008-08"), actions=[action(owner="")])["Follow-up"]) == [
        "Every action has an owner and a day"
    ]
    assert stages(full("2008-08"), actions=[action("done", due="2008-07-01")])["Follow-up"].gate == "passed"


def test_a_step_is_overdue_after_its_day_while_its_gate_is_open() -> None:
    view = cycle_view(CYCLE, [TRUSTED], [DATA, submission(1, "product")], None)
    found = stages(view)
    assert [name for name, stage in found.items() if stage.overdue] == ["Demand review"]
    skipped = [{**day, "active": number != 2} for number, day in enumerate(facts().calendar)]
    assert stages(view, calendar=skipped)["Demand review"].gate == "skipped"
