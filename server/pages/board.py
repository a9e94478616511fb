"""The board of a cycle: its steps with their days, the tasks of each, and whether its gate is passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from server.actions.follow_up import Action, Decision
from server.pages.cycle_view import CycleView
from server.store.revisions import Revision

NAMES = (
    ("Data gathering", "One clean dataset, with a baseline"),
    ("Product review", "Lifecycle, launches, sunset"),
    ("Demand review", "Unconstrained consensus demand"),
    ("Supply review", "Feasible plan and priced gaps"),
    ("Pre-S&OP", "One plan, scenarios, the recommendation"),
    ("Executive S&OP", "Decision and commitment"),
    ("Follow-up", "Actions, and the next cycle"),
)
BOOKS: Mapping[int, tuple[str, ...]] = {
    1: ("product",),
    2: ("sales", "marketing"),
    3: ("operations",),
    4: ("finance", "executive"),
}
"""Books by the step that needs them."""
PASSED, OPEN, LATER, SKIPPED = "passed", "open", "later", "skipped"


@dataclass(frozen=True, slots=True)
class Task:
    """Something a step needs; ``page`` is the endpoint where it is done."""

    text: str
    done: bool
    note: str = ""
    page: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the cycle as the board shows it; its gate is *passed*, *open*, *later* or *skipped*."""

    number: int
    name: str
    purpose: str
    due: str
    owner: str
    tasks: tuple[Task, ...]
    gate: str
    overdue: bool

    @property
    def missing(self) -> int:
        """Number of tasks that are not done."""
        return sum(not task.done for task in self.tasks)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the board knows beyond the cycle itself; ``open_conflicts`` is None where nobody has looked yet."""

    calendar: Sequence[Mapping[str, Any]]
    open_conflicts: int | None
    decisions: Sequence[Decision]
    actions: Sequence[Action]
    signatures: Sequence[Revision]
    today: date


def board(view: CycleView, facts: Facts) -> tuple[Stage, ...]:
    """Return the steps of a cycle with their tasks and gates; the first gate that is not passed is open."""
    found: list[Stage] = []
    for number, (name, purpose) in enumerate(NAMES):
        day = facts.calendar[number]
        tasks = _tasks(number, view, facts)
        done = all(task.done for task in tasks)
        reached = number == 0 or view.issued is not None
        gate = SKIPPED if not day["active"] else PASSED if done else OPEN if reached else LATER
        overdue = gate in (OPEN, LATER) and str(day["due"]) < facts.today.isoformat()
        found.append(Stage(number, name, purpose, day["due"], day["owner"], tasks, gate, overdue))
    return tuple(found)


def _tasks(number: int, view: CycleView, facts: Facts) -> tuple[Task, ...]:
    books = tuple(_book(view, function) for function in BOOKS.get(number, ()))
    rest = {0: _gathering, 4: _pre_sop, 5: _executive, 6: _follow_up}.get(number)
    return books if rest is None else (*books, *rest(view, facts))


def _book(view: CycleView, function: str) -> Task:
    row = next(row for row in view.functions if row.function == function)
    note = f"{row.latest.submitter}: {row.state}" if row.latest else "nothing received"
    return Task(f"{function.capitalize()} book in", bool(row.counting), note, "pages.submissions_page", function)


def _gathering(view: CycleView, facts: Facts) -> tuple[Task, ...]:
    quality = view.issued.summary.get("quality", {}) if view.issued else {}
    stamp = str(quality.get("stamp", ""))
    failed = sum(check["result"] == "failed" for check in quality.get("checks", ()))
    note = f"{failed} of {len(quality['checks'])} checks failed" if failed else stamp.removeprefix("trusted").strip()
    return (
        Task("Data gathered", view.data is not None, "", "pages.history_page", "data"),
        Task("Data trusted", stamp.startswith("trusted"), note, "pages.history_page", "data"),
        Task("Books issued", view.issued is not None, "", "pages.submissions_page"),
    )


def _pre_sop(view: CycleView, facts: Facts) -> tuple[Task, ...]:
    conflicts = facts.open_conflicts
    begun = bool(view.submitted) or view.plan is not None
    note = "looked at when the page of conflicts is opened" if conflicts is None else f"{conflicts} open"
    note = ("" if conflicts == 0 else note) if begun else "no submission yet"
    planned = view.plan is not None and not view.newer_submissions
    waiting = f"{view.newer_submissions} newer than the plan" if view.newer_submissions else ""
    return (
        Task("Conflicts settled", begun and conflicts == 0, note, "pages.consolidation", "conflicts"),
        Task("Consolidated into one plan", planned, waiting, "pages.consolidation"),
    )


def _executive(view: CycleView, facts: Facts) -> tuple[Task, ...]:
    taken = sum(decision.outcome != "open" for decision in facts.decisions)
    committed = view.settled
    approved = [s for s in facts.signatures if s.value["decision"] != "reject"]
    names = ", ".join(signature.author for signature in approved)
    asked = f"{taken} of {len(facts.decisions)}" if facts.decisions else "no question yet"
    return (
        Task("Questions answered", bool(view.plan) and taken == len(facts.decisions), asked, "pages.decisions_page"),
        Task("One scenario committed", committed, "", "pages.decisions_page", "decision"),
        Task("Committed plan signed", bool(approved) and committed, names, "pages.decisions_page", "signatures"),
    )


def _follow_up(view: CycleView, facts: Facts) -> tuple[Task, ...]:
    late = sum(action.revision is not None and action.overdue(facts.today) for action in facts.actions)
    waiting = [action for action in facts.actions if action.waiting]
    owned = all(action.owner and action.due for action in waiting)
    loose = sum(not (action.owner and action.due) for action in waiting)
    committed = view.committed is not None
    return (
        Task(
            "Every action has an owner and a day",
            committed and owned,
            f"{loose} without" if loose else "",
            "pages.decisions_page",
            "actions",
        ),
        Task(
            "No action overdue",
            committed and not late,
            f"{late} overdue" if late else "",
            "pages.decisions_page",
            "actions",
        ),
        Task("Next cycle started", bool(view.follower), "", "pages.decisions_page", "next"),
    )
