"""Results that can be worked out again at any time, kept so that nobody waits for them twice."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from server.store.tables import derived


def find(connection: Connection, fingerprint: str) -> bytes | None:
    """Return the result of a fingerprint, which names everything it was worked out from; None where there is none."""
    return connection.execute(select(derived.c.content).where(derived.c.fingerprint == fingerprint)).scalar()


def keep(connection: Connection, fingerprint: str, content: bytes, at: str) -> None:
    """Keep a result; where someone else has kept it in the meantime, theirs stays."""
    if find(connection, fingerprint) is None:
        with suppress(IntegrityError), connection.begin_nested():
            connection.execute(insert(derived).values(fingerprint=fingerprint, content=content, at=at))
