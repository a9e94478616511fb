"""Bytes kept under their own SHA-256: the same bytes are kept once, and changed bytes no longer match their name."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from server.store.canonical import sha256
from server.store.tables import blobs


def put(connection: Connection, content: bytes) -> str:
    """Keep some bytes and return their SHA-256."""
    digest = sha256(content)
    known = connection.execute(select(blobs.c.sha256).where(blobs.c.sha256 == digest)).first()
    if known is None:
        connection.execute(insert(blobs).values(sha256=digest, size=len(content), content=content))
    return digest


def get(connection: Connection, digest: str) -> bytes:
    """Return the bytes of a SHA-256; KeyError where there are none."""
    content = connection.execute(select(blobs.c.content).where(blobs.c.sha256 == digest)).scalar_one_or_none()
    if content is None:
        raise KeyError(digest)
    return content
