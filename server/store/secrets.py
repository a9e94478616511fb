"""Secrets of the server that all its processes share; made when first asked for."""

from __future__ import annotations

from secrets import token_urlsafe

from sqlalchemy import Connection, insert, select

from server.store.tables import secrets


def shared(connection: Connection, name: str) -> str:
    """Return a secret, made now where there is none; to be asked within ``Database.write()``."""
    known = connection.execute(select(secrets.c.value).where(secrets.c.name == name)).scalar()
    if known is not None:
        return str(known)
    value = token_urlsafe(32)
    connection.execute(insert(secrets).values(name=name, value=value))
    return value
