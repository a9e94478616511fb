"""Things people edit while a cycle goes on (resolutions, decisions, actions, the calendar, sign-offs), as revisions.

Nothing is overwritten: every edit is a new revision, and says which one its author saw. Each also stands in the chain
of events, so that a change behind the program's back shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from server.store import events
from server.store.canonical import canonical_json
from server.store.events import Event
from server.store.tables import revisions

RESOLUTION, OUTCOME, ACTION, CALENDAR, SIGN_OFF = "resolution", "outcome", "action", "calendar", "sign-off"
KINDS = (RESOLUTION, OUTCOME, ACTION, CALENDAR, SIGN_OFF)
UNTOUCHED = "0"
"""Tag of what nobody has edited yet."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of an edited thing: what it says, who said so, when and why."""

    seq: int
    cycle_id: str
    kind: str
    key: str
    revision: int
    value: Mapping[str, Any]
    author: str
    reason: str
    at: str
    event_hash: str

    @property
    def tag(self) -> str:
        """Short text that no other revision has; sent as ETag."""
        return f"{self.revision}-{self.event_hash[:12]}"


class StaleRevision(ValueError):
    """Someone edited the thing since the author looked at it."""

    def __init__(self, expected: str, newest: Revision | None) -> None:
        """Carry the tag that was expected and the revision that is there."""
        super().__init__("Someone edited this in the meantime.")
        self.expected = expected
        self.newest = newest


def put(
    connection: Connection,
    *,
    cycle_id: str,
    kind: str,
    key: str,
    value: Mapping[str, Any],
    author: str,
    reason: str,
    at: str,
    expected: str,
) -> Revision:
    """Append a revision and return it.

    Args:
        connection: one that holds the write lock.
        cycle_id: the cycle it belongs to.
        kind: one of ``KINDS``.
        key: which thing of that kind.
        value: what it says from now on.
        author: who says so.
        reason: why; '' where nothing was said.
        at: when.
        expected: tag of the revision the author saw, ``UNTOUCHED`` where there was none.

    Raises:
        StaleRevision: where there is another revision than the one expected.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of revision")
    newest = find(connection, cycle_id, kind, key)
    if (newest.tag if newest else UNTOUCHED) != expected:
        raise StaleRevision(expected, newest)
    number = newest.revision + 1 if newest else 1
    detail = {"key": key, "revision": number, "value": dict(value), "reason": reason}
    event = events.record(
        connection, at=at, cycle_id=cycle_id, subject=_subject(kind, key), kind=kind, actor=author, detail=detail
    )
    row: dict[str, Any] = {"cycle_id": cycle_id, "kind": kind, "key": key, "revision": number}
    row |= {"author": author, "reason": reason, "at": at, "event_hash": event.hash}
    result = connection.execute(insert(revisions).values(**row, value=canonical_json(dict(value))))
    inserted = result.inserted_primary_key
    return Revision(seq=inserted[0] if inserted else 0, value=dict(value), **row)


def find(connection: Connection, cycle_id: str, kind: str, key: str) -> Revision | None:
    """Return the newest revision of a thing, None where nobody has edited it."""
    query = select(revisions).where(revisions.c.cycle_id == cycle_id, revisions.c.kind == kind, revisions.c.key == key)
    row = connection.execute(query.order_by(revisions.c.revision.desc()).limit(1)).first()
    return None if row is None else _from_row(row)


def latest(connection: Connection, cycle_id: str, kind: str) -> dict[str, Revision]:
    """Return the newest revision of every thing of a kind in a cycle, by key, in the order of their first one."""
    return {revision.key: revision for revision in history(connection, cycle_id, kind)}


def history(connection: Connection, cycle_id: str, kind: str, key: str = "") -> list[Revision]:
    """Return all revisions of a kind in a cycle, of one thing where a key is given, oldest first."""
    query = select(revisions).where(revisions.c.cycle_id == cycle_id, revisions.c.kind == kind)
    if key:
        query = query.where(revisions.c.key == key)
    return [_from_row(row) for row in connection.execute(query.order_by(revisions.c.seq))]


def changed_ones(connection: Connection, log: Iterable[Event]) -> list[tuple[int, str, str]]:
    """Return number, key and problem of every revision that does not say what the chain of events says.

    Args:
        connection: the store.
        log: the events, already checked as a chain.
    """
    told = {event.hash: event for event in log if event.kind in KINDS}
    found: list[tuple[int, str, str]] = []
    for row in connection.execute(select(revisions).order_by(revisions.c.seq)):
        try:
            revision = _from_row(row)
        except (ValueError, TypeError):
            found.append((row.seq, row.key, "its data were changed into something unreadable"))
            continue
        event = told.pop(revision.event_hash, None)
        if event is None or not _agrees(event, revision):
            found.append((revision.seq, revision.key, f"this {revision.kind} was changed after it was made"))
    return found + [(event.seq, event.subject, f"this {event.kind} is gone") for event in told.values()]


def _agrees(event: Event, revision: Revision) -> bool:
    detail = {
        "key": revision.key,
        "revision": revision.revision,
        "value": dict(revision.value),
        "reason": revision.reason,
    }
    who = (event.kind, event.actor, event.at, event.cycle_id, dict(event.detail))
    return who == (revision.kind, revision.author, revision.at, revision.cycle_id, detail)


def _subject(kind: str, key: str) -> str:
    return f"{kind}:{key}"


def _from_row(row: Row[Any]) -> Revision:
    values = dict(row._mapping)
    return Revision(**{**values, "value": json.loads(values["value"])})
