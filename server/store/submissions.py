"""Submissions: every file anyone ever sent, as it came, with what was found in it.

The row never changes. Where a submission stands *now* follows from the events after it: it is the state it was
received with until an event of kind ``state`` says otherwise.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select

from server.store import blobs, events
from server.store.canonical import canonical_json, hash_of, sha256
from server.store.chains import next_seq
from server.store.tables import submissions

VALIDATED = "validated"
ACCEPTED = "accepted"
RETURNED = "returned"
ACCEPTED = "accepted"
SUPERSEDED = "superseded"
RECONCILED = "reconciled"
COMMITTED = "committed"
IN_FORCE = (VALIDATED, ACCEPTED, RECONCILED, COMMITTED)
"""States in which a submission counts in a consolidation."""
DATA = "data"
"""The function of the files a cycle was made from."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A file as it came in: what a submission is made from. ``parsed`` is None where it could not be read.

    ``sent_by`` is who sent it, where that is not the ``submitter`` who filled it in.
    """

    cycle_id: str | None
    function: str
    submitter: str
    file_name: str
    content: bytes
    received_at: str
    base_version: str
    state: str
    engine: str
    parsed: bytes | None
    issues: Sequence[Mapping[str, str]]
    recipe: Mapping[str, Any] = field(default_factory=dict)
    sent_by: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """A stored submission without its bytes.

    ``state`` is where it stands now, ``comment`` what was said with it, ``state_by`` who put it there; ``tag`` changes
    with the state.
    """

    seq: int
    id: str
    cycle_id: str | None
    function: str
    submitter: str
    file_name: str
    sha256: str
    received_at: str
    base_version: str
    state: str
    engine: str
    parsed: str | None
    recipe: Mapping[str, Any]
    issues: tuple[Mapping[str, str], ...]
    comment: str = ""
    state_by: str = ""
    tag: str = "received"

    @property
    def readable(self) -> bool:
        """True where the file could be read, with or without errors in its cells."""
        return self.parsed is not None

    @property
    def correct(self) -> bool:
        """True where the file could be read and has no errors."""
        return self.readable and not self.errors

    @property
    def errors(self) -> int:
        """Number of issues that stop the submission."""
        return sum(issue["severity"] == "error" for issue in self.issues)

    @property
    def warnings(self) -> int:
        """Number of warnings."""
        return sum(issue["severity"] == "warning" for issue in self.issues)


def from_row(row: Row[Any]) -> Submission:
    """Return a submission as it was received from its row; ValueError where the row holds no JSON where it should."""
    values = dict(row._mapping)
    texts = {"recipe": json.loads(values["recipe"]), "issues": tuple(json.loads(values["issues"]))}
    return Submission(**{**values, **texts})


def received_detail(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the ``received`` event says of a submission, so that a change of its row shows."""
    names = ("function", "submitter", "file_name", "sha256", "received_at", "base_version", "state", "engine", "parsed")
    hashes = {"recipe": hash_of(dict(row["recipe"])), "issues": hash_of(list(row["issues"]))}
    return {**{name: row[name] for name in names}, **hashes}


def add(connection: Connection, attempt: Attempt) -> Submission:
    """Keep an attempt with its bytes, and put earlier ones of the same sender out of force where this one is valid."""
    submission_id = f"s-{secrets.token_hex(6)}"
    row: dict[str, Any] = {
        "cycle_id": attempt.cycle_id,
        "function": attempt.function,
        "submitter": attempt.submitter,
        "file_name": attempt.file_name,
        "sha256": blobs.put(connection, attempt.content),
        "received_at": attempt.received_at,
        "base_version": attempt.base_version,
        "state": attempt.state,
        "engine": attempt.engine,
        "parsed": None if attempt.parsed is None else blobs.put(connection, attempt.parsed),
        "recipe": dict(attempt.recipe),
        "issues": tuple(dict(issue) for issue in attempt.issues),
    }
    seq = next_seq(connection, submissions)
    texts = {"recipe": canonical_json(row["recipe"]), "issues": canonical_json(list(row["issues"]))}
    connection.execute(insert(submissions).values(**{**row, **texts}, seq=seq, id=submission_id))
    submission = Submission(seq=seq, id=submission_id, **row)
    events.record(
        connection,
        at=attempt.received_at,
        cycle_id=attempt.cycle_id,
        subject=submission_id,
        kind="received",
        actor=attempt.sent_by or attempt.submitter,
        detail=received_detail(row),
    )
    if attempt.state == VALIDATED and attempt.cycle_id is not None:
        earlier = [s for s in of_cycle(connection, attempt.cycle_id) if _replaces(submission, s)]
        set_state(connection, earlier, SUPERSEDED, at=attempt.received_at, actor=attempt.submitter, by=submission_id)
    return submission


def _replaces(newer: Submission, older: Submission) -> bool:
    same_sender = (older.function, older.submitter.casefold()) == (newer.function, newer.submitter.casefold())
    return same_sender and older.seq < newer.seq and older.state in IN_FORCE


def set_state(
    connection: Connection,
    changed: Iterable[Submission],
    state: str,
    *,
    at: str,
    actor: str,
    by: str = "",
    comment: str = "",
) -> None:
    """Put submissions into a state, saying which submission or version did it, or with the comment of who did."""
    for submission in changed:
        detail = {"state": state, "by": by, **({"comment": comment} if comment else {})}
        events.record(
            connection,
            at=at,
            cycle_id=submission.cycle_id,
            subject=submission.id,
            kind="state",
            actor=actor,
            detail=detail,
        )


def same_bytes(connection: Connection, cycle_id: str, content: bytes, engine: str) -> Submission | None:
    """Return the submission of the same bytes to the same cycle, or None.

    A file that was returned counts only while the engine that read it is the one in use, because a later one may
    read it differently.
    """
    query = select(submissions).where(
        submissions.c.cycle_id == cycle_id,
        submissions.c.sha256 == sha256(content),
        or_(submissions.c.state == VALIDATED, and_(submissions.c.state == RETURNED, submissions.c.engine == engine)),
    )
    row = connection.execute(query.order_by(submissions.c.seq.desc()).limit(1)).first()
    return None if row is None else _with_state(connection, from_row(row))


def find(connection: Connection, submission_id: str) -> Submission | None:
    """Return a submission by id with its present state, or None."""
    row = connection.execute(select(submissions).where(submissions.c.id == submission_id)).first()
    return None if row is None else _with_state(connection, from_row(row))


def of_cycle(connection: Connection, cycle_id: str | None) -> list[Submission]:
    """Return the submissions of a cycle, oldest first, with their present states; None gives those of no cycle."""
    query = select(submissions).where(submissions.c.cycle_id == cycle_id).order_by(submissions.c.seq)
    states = events.latest_states(connection, cycle_id)
    return [_standing(from_row(row), states) for row in connection.execute(query)]


def in_force(found: Iterable[Submission]) -> list[Submission]:
    """Return the submissions of people that count in a consolidation: valid and not replaced by a later one."""
    return [s for s in found if s.function != DATA and s.state in IN_FORCE]


def _with_state(connection: Connection, submission: Submission) -> Submission:
    changed = events.of_subject(connection, submission.id, ("state",))
    return _standing(submission, {submission.id: changed[-1]} if changed else {})


def _standing(submission: Submission, states: Mapping[str, events.Event]) -> Submission:
    event = states.get(submission.id)
    if event is None:
        return submission
    said = {"state": event.detail["state"], "comment": event.detail.get("comment", "")}
    return replace(submission, **said, state_by=event.actor, tag=event.hash[:16])
