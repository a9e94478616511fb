"""Editing what others edit too: who comes late is told both values, and nothing is overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from server.context import Context
from server.problems import Problem
from server.store import revisions
from server.store.revisions import UNTOUCHED, Revision, StaleRevision
from server.store.submissions import COMMITTED, RECONCILED, SUPERSEDED, Submission
from server.wording import moment

ANY = "*"
"""Expected tag of somebody who does not care what is there; only a person may say so, by ``If-Match: *``."""
_DONE = {
    RECONCILED: "taken into the plan",
    COMMITTED: "committed with the plan",
    SUPERSEDED: "replaced by a newer workbook of the same sender",
}


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody changes and why, and the tag of what was seen."""

    value: Mapping[str, Any]
    author: str
    reason: str
    expected: str


def put(
    context: Context, connection: Connection, cycle_id: str, kind: str, key: str, edit: Edit, value: Mapping[str, Any]
) -> Revision:
    """Store a value as the next revision of a thing, in the name of who edits it.

    Raises:
        Problem: *precondition-required*, or *precondition-failed* with both values where somebody was quicker.
    """
    expected = require_expected(edit.expected)
    if expected == ANY:
        newest = revisions.find(connection, cycle_id, kind, key)
        expected = newest.tag if newest else UNTOUCHED
    try:
        return revisions.put(
            connection,
            cycle_id=cycle_id,
            kind=kind,
            key=key,
            value=value,
            author=edit.author,
            reason=edit.reason.strip(),
            at=context.now(),
            expected=expected,
        )
    except StaleRevision as stale:
        raise overtaken(stale, value) from stale


def require_expected(expected: str) -> str:
    """Return the tag somebody saw.

    Raises:
        Problem: *precondition-required* where none was sent.
    """
    if not expected:
        raise Problem.of("precondition-required", "Say which state you saw: its ETag, in If-Match.")
    return expected


def overtaken(stale: StaleRevision, yours: Mapping[str, Any]) -> Problem:
    """Return the problem of an edit that came late, with both values."""
    newest = stale.newest
    if newest is None:
        return Problem.of("precondition-failed", "This was not edited yet. Nothing was changed.", yours=dict(yours))
    detail = f"{newest.author} edited this on {moment(newest.at)}. Nothing was changed."
    return Problem.of("precondition-failed", detail, yours=dict(yours), theirs=revision_document(newest))


def moved_on(found: Submission, wanted: str) -> Problem:
    """Return the problem of a decision about a submission whose state has changed since it was looked at."""
    done = _DONE.get(found.state, found.state)
    who = f" by {found.state_by}" if found.state_by and found.state != SUPERSEDED else ""
    detail = f"The submission was {done}{who} in the meantime. Nothing was changed."
    theirs = {"state": found.state, "author": found.state_by, "comment": found.comment, "etag": found.tag}
    return Problem.of("precondition-failed", detail, yours={"state": wanted}, theirs=theirs)


def revision_document(revision: Revision) -> dict[str, Any]:
    """Return a revision as plain values."""
    names = ("revision", "author", "reason", "at")
    return {**{name: getattr(revision, name) for name in names}, "value": dict(revision.value), "etag": revision.tag}
