"""What happened, in order: received files, changes of state, decisions. A hash chain of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from server.store.canonical import canonical_json, hash_of
from server.store.chains import next_seq
from server.store.tables import events


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a submission, a version or a cycle (its *subject*), and who did it."""

    seq: int
    hash: str
    previous: str
    at: str
    cycle_id: str | None
    subject: str
    kind: str
    actor: str
    detail: Mapping[str, Any]

    def recomputed_hash(self) -> str:
        """Return the hash its content should have."""
        return _hash(self.previous, self.at, self.cycle_id, self.subject, self.kind, self.actor, self.detail)


def _hash(previous: str, at: str, cycle_id: str | None, subject: str, kind: str, actor: str, detail: Any) -> str:
    body = {"previous": previous, "at": at, "cycle": cycle_id, "subject": subject, "kind": kind, "actor": actor}
    return hash_of({**body, "detail": detail})


def from_row(row: Row[Any]) -> Event:
    """Return an event from its row; ValueError where the row holds no JSON where it should."""
    values = dict(row._mapping)
    return Event(**{**values, "detail": json.loads(values["detail"])})


def record(
    connection: Connection,
    *,
    at: str,
    cycle_id: str | None,
    subject: str,
    kind: str,
    actor: str,
    detail: Mapping[str, Any] | None = None,
) -> Event:
    """Append an event and return it."""
    content = dict(detail or {})
    previous = connection.execute(select(events.c.hash).order_by(events.c.seq.desc()).limit(1)).scalar() or ""
    digest = _hash(previous, at, cycle_id, subject, kind, actor, content)
    row: dict[str, Any] = {
        "previous": previous,
        "at": at,
        "cycle_id": cycle_id,
        "subject": subject,
        "kind": kind,
        "actor": actor,
    }
    row |= {"hash": digest, "seq": next_seq(connection, events)}
    connection.execute(insert(events).values(**row, detail=canonical_json(content)))
    return Event(**row, detail=content)


def of_cycle(connection: Connection, cycle_id: str, kinds: Sequence[str] = ()) -> list[Event]:
    """Return the events of a cycle, oldest first; with ``kinds``, those alone."""
    query = select(events).where(events.c.cycle_id == cycle_id).order_by(events.c.seq)
    if kinds:
        query = query.where(events.c.kind.in_(kinds))
    return [from_row(row) for row in connection.execute(query)]


def of_subject(connection: Connection, subject: str, kinds: Sequence[str] = ()) -> list[Event]:
    """Return what happened to a submission, a version or another subject, oldest first."""
    query = select(events).where(events.c.subject == subject).order_by(events.c.seq)
    if kinds:
        query = query.where(events.c.kind.in_(kinds))
    return [from_row(row) for row in connection.execute(query)]


def latest_states(connection: Connection, cycle_id: str | None) -> dict[str, Event]:
    """Return the event that last put each subject of a cycle into its state."""
    query = select(events).where(events.c.cycle_id == cycle_id, events.c.kind == "state").order_by(events.c.seq)
    return {event.subject: event for event in map(from_row, connection.execute(query))}
