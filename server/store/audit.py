"""The audit log: what people decided and administered, sign-ins, and what was refused them. A hash chain of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from server.store.canonical import canonical_json, hash_of
from server.store.chains import next_seq
from server.store.tables import audit


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the log.

    ``means`` is how the person came: *page*, *token* or *console*. ``action`` is the name of the route or deed,
    ``subject`` what it was done to, ``status`` the HTTP status it ended with (0 at the console).
    """

    seq: int
    hash: str
    previous: str
    at: str
    person: str
    means: str
    action: str
    subject: str
    status: int
    address: str
    detail: Mapping[str, Any]

    def recomputed_hash(self) -> str:
        """Return the hash its content should have."""
        return _hash({name: getattr(self, name) for name in _HASHED})


_HASHED = ("previous", "at", "person", "means", "action", "subject", "status", "address", "detail")


def _hash(values: Mapping[str, Any]) -> str:
    return hash_of({name: values[name] for name in _HASHED})


def from_row(row: Row[Any]) -> Record:
    """Return a record from its row; ValueError where the row holds no JSON where it should."""
    values = dict(row._mapping)
    return Record(**{**values, "detail": json.loads(values["detail"])})


def record(
    connection: Connection,
    *,
    at: str,
    person: str,
    means: str,
    action: str,
    subject: str = "",
    status: int = 0,
    address: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append a line."""
    previous = connection.execute(select(audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).scalar() or ""
    row: dict[str, Any] = {
        "previous": previous,
        "at": at,
        "person": person,
        "means": means,
        "action": action,
        "subject": subject,
        "status": status,
        "address": address,
        "detail": dict(detail or {}),
    }
    stored = {**row, "seq": next_seq(connection, audit), "hash": _hash(row), "detail": canonical_json(row["detail"])}
    connection.execute(insert(audit).values(**stored))


def newest(connection: Connection, *, limit: int, before: int = 0, person: str = "", action: str = "") -> list[Record]:
    """Return lines, newest first: those before a number, of a person, of actions that begin so, where given."""
    query = select(audit).order_by(audit.c.seq.desc()).limit(limit)
    if before:
        query = query.where(audit.c.seq < before)
    if person:
        query = query.where(audit.c.person == person)
    if action:
        query = query.where(audit.c.action.startswith(action, autoescape=True))
    return [from_row(row) for row in connection.execute(query)]


def actions(connection: Connection) -> list[str]:
    """Return the actions there are lines of."""
    return list(connection.execute(select(audit.c.action).distinct().order_by(audit.c.action)).scalars())
