"""Answers kept by the key a program gave its request, so that the same request sent again has no second effect."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from server.store.canonical import canonical_json
from server.store.tables import kept_answers

IN_PROGRESS = 0
"""Status of a request that has not been answered yet."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A request by its hash, and how it was answered; ``status`` is ``IN_PROGRESS`` until it was."""

    request: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    at: str


def begin(connection: Connection, key: str, request: str, at: str, *, forgotten_before: str) -> KeptAnswer | None:
    """Reserve a key for a request and return None, or return what is known of it; old keys are forgotten.

    Args:
        connection: one that holds the write lock.
        key: the key, with whom and what it is for.
        request: hash of the request.
        at: now.
        forgotten_before: answers from before that moment are dropped.
    """
    connection.execute(delete(kept_answers).where(kept_answers.c.at < forgotten_before))
    row = connection.execute(select(kept_answers).where(kept_answers.c.key == key)).first()
    if row is not None:
        return KeptAnswer(row.request, row.status, json.loads(row.headers), row.content, row.at)
    values = {"key": key, "request": request, "status": IN_PROGRESS, "headers": "{}", "content": b"", "at": at}
    connection.execute(insert(kept_answers).values(**values))
    return None


def take_over(connection: Connection, key: str, at: str) -> None:
    """Reserve a key anew whose request was never answered."""
    connection.execute(update(kept_answers).where(kept_answers.c.key == key).values(at=at))


def finish(connection: Connection, key: str, status: int, headers: Mapping[str, str], content: bytes) -> None:
    """Keep the answer of a request."""
    values = {"status": status, "headers": canonical_json(dict(headers)), "content": content}
    connection.execute(update(kept_answers).where(kept_answers.c.key == key).values(**values))


def forget(connection: Connection, key: str) -> None:
    """Give a key back whose request came to nothing."""
    connection.execute(delete(kept_answers).where(kept_answers.c.key == key))
