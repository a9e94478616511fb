"""Sessions of browsers and tokens of programs: only the SHA-256 of either is kept, so the store gives nobody entry."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import LABEL_STYLE_TABLENAME_PLUS_COL, Connection, Row, bindparam, delete, insert, select, update

from server.store import people
from server.store.canonical import sha256
from server.store.people import Person
from server.store.tables import people as people_table
from server.store.tables import sessions, tokens

TOKEN_PREFIX = "sopxl_"


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in."""

    hash: str
    person_id: str
    created_at: str
    seen_at: str
    expires_at: str
    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a program such as Excel or the command line; the token itself is shown once and not kept."""

    id: str
    person_id: str
    label: str
    created_at: str
    expires_at: str
    used_at: str
    revoked_at: str


def digest_of(secret: str) -> str:
    """Return what is kept of a session's or program's secret."""
    return sha256(secret.encode("utf-8"))


def open_session(
    connection: Connection, person_id: str, *, at: str, expires_at: str, address: str, browser: str
) -> str:
    """Open a session and return its secret, which goes into the cookie; sessions that have ended are cleared away."""
    secret = secrets.token_urlsafe(32)
    connection.execute(delete(sessions).where(sessions.c.expires_at <= at))
    row = {"hash": digest_of(secret), "person_id": person_id, "created_at": at, "seen_at": at}
    row |= {"expires_at": expires_at, "address": address, "browser": browser[:200]}
    connection.execute(insert(sessions).values(**row))
    return secret


def session(connection: Connection, secret: str) -> tuple[Session, Person] | None:
    """Return the session of a secret and its person, or None; expiry is for the caller to judge."""
    columns = [sessions.c[name] for name in Session.__slots__]
    row = connection.execute(select(*columns).where(sessions.c.hash == digest_of(secret))).first()
    if row is None:
        return None
    found = Session(**row._mapping)
    person = people.find(connection, found.person_id)
    return None if person is None else (found, person)


def seen(connection: Connection, digest: str, at: str) -> None:
    """Note that a session was used."""
    connection.execute(update(sessions).where(sessions.c.hash == digest).values(seen_at=at))


def close_session(connection: Connection, secret: str) -> None:
    """End a session."""
    connection.execute(delete(sessions).where(sessions.c.hash == digest_of(secret)))


def close_sessions(connection: Connection, person_id: str, *, but: str = "") -> None:
    """End the sessions of a person, but one where its hash is given."""
    connection.execute(delete(sessions).where(sessions.c.person_id == person_id, sessions.c.hash != but))


def sessions_of(connection: Connection, person_id: str) -> list[Session]:
    """Return the sessions of a person, the one used last first."""
    query = select(sessions).where(sessions.c.person_id == person_id).order_by(sessions.c.seen_at.desc())
    return [Session(**row._mapping) for row in connection.execute(query)]


def make_token(connection: Connection, person_id: str, *, label: str, at: str, expires_at: str) -> tuple[Token, str]:
    """Make a token and return it with the secret that is shown once."""
    secret = f"{TOKEN_PREFIX}{secrets.token_urlsafe(32)}"
    found = Token(f"t-{secrets.token_hex(6)}", person_id, label, at, expires_at, "", "")
    row = {name: getattr(found, name) for name in Token.__slots__}
    connection.execute(insert(tokens).values(**row, hash=digest_of(secret)))
    return found, secret


def _token(row: Row[Any]) -> Token:
    return Token(**{name: row._mapping[name] for name in Token.__slots__})


_BY_HASH = (
    select(tokens, people_table)
    .join(people_table, people_table.c.id == tokens.c.person_id)
    .where(tokens.c.hash == bindparam("digest"))
    .set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)
)


def token(connection: Connection, secret: str) -> tuple[Token, Person] | None:
    """Return the token of a secret and its person, or None; expiry and revocation are for the caller to judge."""
    row = connection.execute(_BY_HASH, {"digest": digest_of(secret)}).first()
    if row is None:
        return None
    found = row._mapping
    person = people.of_values({column.name: found[column] for column in people_table.c})
    return Token(**{name: found[tokens.c[name]] for name in Token.__slots__}), person


def find_token(connection: Connection, token_id: str) -> Token | None:
    """Return a token by id, or None."""
    row = connection.execute(select(tokens).where(tokens.c.id == token_id)).first()
    return None if row is None else _token(row)


def used(connection: Connection, token_id: str, at: str) -> None:
    """Note that a token was used."""
    connection.execute(update(tokens).where(tokens.c.id == token_id).values(used_at=at))


def revoke(connection: Connection, token_id: str, at: str) -> None:
    """Make a token worthless from now on."""
    query = update(tokens).where(tokens.c.id == token_id, tokens.c.revoked_at == "")
    connection.execute(query.values(revoked_at=at))


def revoke_all(connection: Connection, person_id: str, at: str) -> None:
    """Make all tokens of a person worthless."""
    query = update(tokens).where(tokens.c.person_id == person_id, tokens.c.revoked_at == "")
    connection.execute(query.values(revoked_at=at))


def tokens_of(connection: Connection, person_id: str | None = None) -> list[tuple[Token, str]]:
    """Return the tokens of a person, or of all, newest first, each with the name of its person."""
    query = select(tokens, people_table.c.name).join(people_table, people_table.c.id == tokens.c.person_id)
    if person_id is not None:
        query = query.where(tokens.c.person_id == person_id)
    query = query.order_by(tokens.c.created_at.desc(), tokens.c.id)
    return [(_token(row), row.name) for row in connection.execute(query)]
