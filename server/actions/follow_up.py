"""What was decided and who does it by when: outcomes of decisions, actions, the calendar of the cycle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection

from server.actions.editing import Edit, put
from server.context import Context
from server.problems import Problem
from server.store import cycles, payload, revisions, versions
from server.store.cycles import Cycle
from server.store.people import EXECUTIVE, FACILITATOR, Person
from server.store.revisions import ACTION, CALENDAR, OUTCOME, UNTOUCHED, Revision
from server.store.versions import Version
from server.table_names import INPUTS

OUTCOMES = ("open", "decided", "deferred", "withdrawn")
STATUSES = ("open", "done", "late", "withdrawn")
STEPS = 7
RHYTHM = (7, 7, 7, 14, 21, 28, 35)
"""Days from the start of a cycle to the end of each step, in the four-week rhythm."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A question of the executive meeting, and what came of it."""

    code: str
    row: Mapping[str, Any]
    revision: Revision | None

    @property
    def tag(self) -> str:
        """Changes with every edit."""
        return self.revision.tag if self.revision else UNTOUCHED

    @property
    def outcome(self) -> str:
        """*open*, *decided*, *deferred* or *withdrawn*."""
        return str(self.value["outcome"])

    @property
    def value(self) -> Mapping[str, Any]:
        """Outcome, option chosen and decider as they stand."""
        names = ("outcome", "decided_option", "decider")
        given = {name: self.row.get(name) or "" for name in names}
        return {**given, **(self.revision.value if self.revision else {})}


@dataclass(frozen=True, slots=True)
class Action:
    """Something somebody does by a day."""

    code: str
    text: str
    owner: str
    due: str
    status: str
    evidence: str
    origin: str
    revision: Revision | None

    @property
    def tag(self) -> str:
        """Changes with every edit."""
        return self.revision.tag if self.revision else UNTOUCHED

    @property
    def waiting(self) -> bool:
        """True while it is not done and not withdrawn."""
        return self.status in ("open", "late")

    def overdue(self, today: date) -> bool:
        """Return whether it is not done and its day has passed."""
        return self.waiting and bool(self.due) and self.due < today.isoformat()


def decisions(connection: Connection, cycle_id: str, plan: Version | None) -> list[Decision]:
    """Return the decisions of a cycle: the agenda of its newest plan, with what people have recorded."""
    recorded = revisions.latest(connection, cycle_id, OUTCOME)
    rows = plan.summary.get("decisions", ()) if plan else ()
    return [Decision(row["decision"], row, recorded.get(row["decision"])) for row in rows]


def actions(connection: Connection, cycle_id: str, plan: Version | None) -> list[Action]:
    """Return the actions of a cycle: those carried over from before, those decided, those people have added."""
    recorded = revisions.latest(connection, cycle_id, ACTION)
    given = {row["commitment"]: ("carried over", row) for row in _carried_over(connection, plan)}
    found = []
    for code in dict.fromkeys((*given, *recorded)):
        origin, row = given.get(code, ("added", {}))
        revision = recorded.get(code)
        values = {**{name: row.get(name) or "" for name in ("text", "owner", "due", "status", "evidence")}}
        values |= {"origin": origin, **(revision.value if revision else {})}
        found.append(Action(code=code, revision=revision, **{**values, "status": values["status"] or "open"}))
    return sorted(found, key=lambda action: (not action.waiting, action.due or "9999", action.code))


def _carried_over(connection: Connection, plan: Version | None) -> list[Mapping[str, Any]]:
    if plan is None:
        return []
    rows = payload.table(versions.content_of(connection, plan), f"{INPUTS}prior_commitments")
    if rows is None:
        return []
    listed = rows.to_pylist()
    return [{**row, "due": row["due"].date().isoformat() if row["due"] is not None else ""} for row in listed]


def calendar(connection: Connection, cycle: Cycle) -> tuple[list[dict[str, Any]], str]:
    """Return the day each step ends and who answers for it, and the tag of the calendar."""
    revision = revisions.find(connection, cycle.id, CALENDAR, "steps")
    start = date.fromisoformat(cycle.created_at[:10])
    steps = [{"due": (start + timedelta(days=days)).isoformat(), "owner": "", "active": True} for days in RHYTHM]
    if revision is not None:
        steps = [{**step, **given} for step, given in zip(steps, revision.value["steps"], strict=True)]
    return steps, revision.tag if revision else UNTOUCHED


def record_decision(context: Context, cycle_id: str, code: str, edit: Edit) -> Revision:
    """Record what came of a decision; one that was decided becomes an action of its decider.

    Raises:
        Problem: *not-found*, *invalid-request*, *precondition-required* or *precondition-failed*.
    """
    outcome = str(edit.value.get("outcome", ""))
    option = str(edit.value.get("decided_option", "")).strip()
    if outcome not in OUTCOMES:
        raise Problem.of(
            "invalid-request", f"The outcome is one of {', '.join(OUTCOMES)}.", fields={"outcome": outcome}
        )
    if outcome == "decided" and not option:
        raise Problem.of("invalid-request", "Say what was decided.", fields={"decided_option": "missing"})
    with context.database.write() as connection:
        plan = _newest_plan(connection, cycle_id)
        known = next((d for d in decisions(connection, cycle_id, plan) if d.code == code), None)
        if known is None:
            raise Problem.of("not-found", "The plan asks no such question.")
        value = {"outcome": outcome, "decided_option": option, "decider": edit.value.get("decider") or edit.author}
        revision = put(context, connection, cycle_id, OUTCOME, code, edit, value)
        if outcome == "decided" and revisions.find(connection, cycle_id, ACTION, code) is None:
            action = {"text": option, "owner": value["decider"], "due": known.row.get("deadline") or ""}
            action |= {"status": "open", "evidence": "", "origin": f"decision {code}"}
            follow = Edit(action, edit.author, f"Decided: {known.row['question']}", UNTOUCHED)
            put(context, connection, cycle_id, ACTION, code, follow, action)
    return revision


def add_action(context: Context, cycle_id: str, edit: Edit) -> str:
    """Add an action with a code of its own and return the code.

    Raises:
        Problem: *not-found* or *invalid-request*.
    """
    with context.database.write() as connection:
        known = {action.code for action in actions(connection, cycle_id, _newest_plan(connection, cycle_id))}
        code = next(code for number in count(1) if (code := f"A{number:02d}") not in known)
        value = _action_value(None, edit)
        put(context, connection, cycle_id, ACTION, code, edit, value)
    return code


def record_action(context: Context, cycle_id: str, code: str, edit: Edit) -> Revision:
    """Change an action: text, owner, due date, status, evidence; what the edit leaves out stays.

    Raises:
        Problem: *not-found*, *invalid-request*, *precondition-required* or *precondition-failed*.
    """
    with context.database.write() as connection:
        known = {a.code: a for a in actions(connection, cycle_id, _newest_plan(connection, cycle_id))}
        if code not in known:
            raise Problem.of("not-found", "There is no such action.")
        return put(context, connection, cycle_id, ACTION, code, edit, _action_value(known[code], edit))


def _action_value(before: Action | None, edit: Edit) -> dict[str, str]:
    names = ("text", "owner", "due", "status", "evidence")
    value = {name: getattr(before, name) if before else "" for name in (*names, "origin")}
    value |= {name: str(edit.value[name]).strip() for name in names if name in edit.value}
    value |= {"status": value["status"] or "open", "origin": value["origin"] or "added"}
    _refuse_wrong_action(value)
    return value


def require_own_action(context: Context, cycle_id: str, code: str, person: Person) -> None:
    """Refuse whoever neither owns an action nor leads the process.

    Raises:
        Problem: *forbidden*.
    """
    if person.has(FACILITATOR, EXECUTIVE):
        return
    with context.database.read() as connection:
        found = actions(connection, cycle_id, _newest_plan(connection, cycle_id))
    if not any(action.code == code and action.owner.casefold() == person.name.casefold() for action in found):
        raise Problem.of("forbidden", "This action is someone else's.")


def _refuse_wrong_action(value: Mapping[str, str]) -> None:
    fields = {}
    if not value["text"]:
        fields["text"] = "Say what is to be done."
    if value["status"] not in STATUSES:
        fields["status"] = f"The status is one of {', '.join(STATUSES)}."
    if value["status"] == "open" and not (value["owner"] and value["due"]):
        fields["owner"] = "An action has an owner and a due date."
    if value["due"] and not _is_day(value["due"]):
        fields["due"] = "Write the day as 2026-07-31."
    if fields:
        raise Problem.of("invalid-request", " ".join(fields.values()), fields=fields)


def set_calendar(context: Context, cycle_id: str, edit: Edit) -> Revision:
    """Set the day each step ends, who answers for it, and which steps are held.

    Raises:
        Problem: *not-found*, *invalid-request*, *precondition-required* or *precondition-failed*.
    """
    steps = edit.value.get("steps", ())
    if len(steps) != STEPS or not all(_is_day(str(step.get("due", ""))) for step in steps):
        raise Problem.of("invalid-request", f"Give a day for each of the {STEPS} steps, such as 2026-07-31.")
    value = {
        "steps": [
            {"due": str(s["due"]), "owner": str(s.get("owner", "")).strip(), "active": bool(s.get("active", True))}
            for s in steps
        ]
    }
    with context.database.write() as connection:
        if cycles.find(connection, cycle_id) is None:
            raise Problem.of("not-found", "There is no such cycle.")
        return put(context, connection, cycle_id, CALENDAR, "steps", edit, value)


def _newest_plan(connection: Connection, cycle_id: str) -> Version | None:
    if cycles.find(connection, cycle_id) is None:
        raise Problem.of("not-found", "There is no such cycle.")
    return versions.head(connection, cycle_id)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
