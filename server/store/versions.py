"""Versions: what was issued, consolidated and committed, as a hash chain that shows every later change.

Each version names two others: ``previous`` is the version stored before it, in whatever cycle, and links the chain;
``parent`` is the version it was made from. The hash is taken over the canonical JSON of both, the payload's hashes,
the summary and who, when and why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from server.store import blobs, payload
from server.store.canonical import canonical_json, hash_of
from server.store.chains import next_seq
from server.store.tables import versions

KINDS = ("issued", "consolidated", "candidate", "committed")
ONE_PLAN = frozenset({"candidate", "committed"})
"""Kinds that hold the plan of one scenario alone."""


@dataclass(frozen=True, slots=True)
class Link:
    """A version as a link of the chain: everything but its summary and its payload."""

    seq: int
    hash: str
    previous: str
    parent: str
    cycle_id: str
    kind: str
    scenario: str
    author: str
    message: str
    created_at: str
    payload_sha256: str
    content_sha256: str


@dataclass(frozen=True, slots=True)
class Version(Link):
    """A version without its payload; ``recipe`` says what it was calculated from (:mod:`server.store.recipes`)."""

    recipe: Mapping[str, Any]
    summary: Mapping[str, Any]

    def recomputed_hash(self) -> str:
        """Return the hash its content should have."""
        return _hash({name: getattr(self, name) for name in _HASHED})


_LINK = tuple(versions.c[field.name] for field in fields(Link))
_HASHED = (
    *("previous", "parent", "cycle_id", "kind", "scenario", "author", "message", "created_at"),
    *("payload_sha256", "content_sha256", "recipe", "summary"),
)


def _hash(values: Mapping[str, Any]) -> str:
    return hash_of({name: values[name] for name in _HASHED})


class StaleParent(ValueError):
    """The version a change was made from is no longer the newest of its cycle."""

    def __init__(self, expected: str, head: Version | None) -> None:
        """Carry the version that was expected and the one that is there."""
        super().__init__("Someone stored a newer version of this cycle in the meantime.")
        self.expected = expected
        self.head = head


def from_row(row: Row[Any]) -> Version:
    """Return a version from its row; ValueError where the row holds no JSON where it should."""
    values = dict(row._mapping)
    return Version(**{**values, "recipe": json.loads(values["recipe"]), "summary": json.loads(values["summary"])})


def append(
    connection: Connection,
    *,
    cycle_id: str,
    kind: str,
    author: str,
    message: str,
    at: str,
    content: bytes,
    summary: Mapping[str, Any],
    expected_parent: str,
    scenario: str = "",
    parent: str | None = None,
    recipe: Mapping[str, Any] | None = None,
) -> Version:
    """Append a version whose payload is ``content`` and return it.

    ``expected_parent`` is the hash of the newest version of the cycle as the author saw it, empty for the first.
    ``parent`` is given where the version is made from one of another cycle. ``recipe`` is what
    :func:`server.store.recipes.keep` returned for the task that calculated the content.

    Raises:
        StaleParent: where the cycle has a newer version than the one expected.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of version")
    newest = head(connection, cycle_id)
    if (newest.hash if newest else "") != expected_parent:
        raise StaleParent(expected_parent, newest)
    row: dict[str, Any] = {
        "previous": chain_head(connection),
        "parent": expected_parent if parent is None else parent,
        "cycle_id": cycle_id,
        "kind": kind,
        "scenario": scenario,
        "author": author,
        "message": message,
        "created_at": at,
        "payload_sha256": blobs.put(connection, content),
        "content_sha256": payload.content_hash(content),
        "recipe": dict(recipe or {}),
        "summary": dict(summary),
    }
    row |= {"hash": _hash(row), "seq": next_seq(connection, versions)}
    texts = {name: canonical_json(row[name]) for name in ("recipe", "summary")}
    connection.execute(insert(versions).values(**{**row, **texts}))
    return Version(**row)


def chain_head(connection: Connection) -> str:
    """Return the hash of the newest version of the whole store, empty where there is none."""
    return connection.execute(select(versions.c.hash).order_by(versions.c.seq.desc()).limit(1)).scalar() or ""


def head(connection: Connection, cycle_id: str, kind: str = "") -> Version | None:
    """Return the newest version of a cycle, of one kind where given, or None."""
    query = select(versions).where(versions.c.cycle_id == cycle_id).order_by(versions.c.seq.desc()).limit(1)
    if kind:
        query = query.where(versions.c.kind == kind)
    row = connection.execute(query).first()
    return None if row is None else from_row(row)


def newest(connection: Connection, cycle_id: str = "", kind: str = "") -> Version | None:
    """Return the newest version of the store, or of a cycle or kind where one is given, or None."""
    query = select(versions).order_by(versions.c.seq.desc()).limit(1)
    query = query.where(versions.c.cycle_id == cycle_id) if cycle_id else query
    query = query.where(versions.c.kind == kind) if kind else query
    row = connection.execute(query).first()
    return None if row is None else from_row(row)


def find(connection: Connection, digest: str) -> Version | None:
    """Return the version of a hash (or of its first characters, at least eight, where only one begins so)."""
    query = select(versions).where(versions.c.hash == digest)
    if 8 <= len(digest) < 64:
        query = select(versions).where(versions.c.hash >= digest, versions.c.hash < f"{digest}g")
    rows = connection.execute(query.limit(2)).all()
    return from_row(rows[0]) if len(rows) == 1 else None


def links(connection: Connection, cycle_id: str | None = None) -> list[Link]:
    """Return every version, or those of a cycle, oldest first, without their summaries, which are large."""
    query = select(*_LINK).order_by(versions.c.seq)
    if cycle_id is not None:
        query = query.where(versions.c.cycle_id == cycle_id)
    return [Link(**row._mapping) for row in connection.execute(query)]


def newest_links(connection: Connection, cycle_id: str, count: int) -> list[Link]:
    """Return the newest versions of a cycle, oldest first, without their summaries."""
    query = select(*_LINK).where(versions.c.cycle_id == cycle_id).order_by(versions.c.seq.desc()).limit(count)
    return [Link(**row._mapping) for row in connection.execute(query)][::-1]


@dataclass(frozen=True, slots=True)
class Page:
    """Some versions, newest first; ``older`` is what to ask the next page with, None on the last."""

    versions: tuple[Link, ...]
    older: int | None
    total: int


def page(
    connection: Connection,
    cycle_id: str | None = None,
    *,
    before: int | None = None,
    limit: int = 50,
    kind: str = "",
    scenario: str = "",
) -> Page:
    """Return versions of the store or of a cycle, newest first, those stored before the version numbered ``before``."""
    chosen = [versions.c.cycle_id == cycle_id] if cycle_id is not None else []
    chosen += [versions.c.kind == kind] if kind else []
    chosen += [versions.c.scenario == scenario] if scenario else []
    query = select(*_LINK).where(*chosen).order_by(versions.c.seq.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(versions.c.seq < before)
    found = [Link(**row._mapping) for row in connection.execute(query)]
    total = connection.execute(select(func.count()).select_from(versions).where(*chosen)).scalar_one()
    return Page(tuple(found[:limit]), found[limit - 1].seq if len(found) > limit else None, total)


def newest_of_each_kind(connection: Connection, cycle_id: str) -> list[Version]:
    """Return the newest version of each kind of a cycle, oldest first."""
    found = (head(connection, cycle_id, kind) for kind in KINDS)
    return sorted((version for version in found if version is not None), key=lambda version: version.seq)


def content_of(connection: Connection, version: Version) -> bytes:
    """Return the payload of a version."""
    return blobs.get(connection, version.payload_sha256)
