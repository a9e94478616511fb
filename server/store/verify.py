"""The check of the whole store: every hash recomputed, every link followed, every blob compared with its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Table, select
from sqlalchemy.exc import SQLAlchemyError

from server.store import audit, blobs, events, payload, people, revisions, submissions, versions
from server.store.canonical import sha256
from server.store.tables import audit as audit_table
from server.store.tables import events as events_table
from server.store.tables import submissions as submissions_table
from server.store.tables import versions as versions_table

_Record = TypeVar("_Record")


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the store does not say what it said when it was written."""

    what: str
    seq: int
    id: str
    problem: str

    def __str__(self) -> str:
        """Return the place and the problem in one line."""
        return f"{self.what} {self.seq} ({self.id}): {self.problem}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of the store found; ``breaks`` is in the order of the chain, versions first."""

    versions: int
    events: int
    submissions: int
    head: str
    breaks: tuple[Break, ...]

    @property
    def ok(self) -> bool:
        """True where nothing was changed."""
        return not self.breaks


def verify(connection: Connection, expected_head: str = "") -> Verification:
    """Walk the store and return every break.

    A chain cannot show by itself that its last links were cut off. A hash printed earlier (on a pack, a page) can:
    give it, or as much of it as was printed, as ``expected_head``, and its absence is a break.
    """
    chain, found = _read("version", connection, versions_table, versions.from_row)
    log, unreadable = _read("event", connection, events_table, events.from_row)
    found += [*_versions(connection, chain), *unreadable, *_log("event", log)]
    received = {event.subject: event for event in log if event.kind == "received"}
    files, unreadable = _read("submission", connection, submissions_table, submissions.from_row)
    found += unreadable
    for submission in files:
        problem = _submission(connection, submission, received.pop(submission.id, None))
        if problem:
            found.append(Break("submission", submission.seq, submission.id, problem))
    if not unreadable:
        found += [Break("event", e.seq, e.hash, f"submission {e.subject} is gone") for e in received.values()]
    decided, unreadable = _read("audit line", connection, audit_table, audit.from_row)
    found += [*unreadable, *_log("audit line", decided), *_rights(connection, decided)]
    found += [Break("revision", seq, key, problem) for seq, key, problem in revisions.changed_ones(connection, log)]
    if expected_head and not any(version.hash.startswith(expected_head.lower()) for version in chain):
        found.append(Break("version", len(chain) + 1, expected_head, "this version is not in the chain"))
    head = chain[-1].hash if chain else ""
    return Verification(len(chain), len(log), len(files), head, tuple(found))


def _read(
    what: str, connection: Connection, table: Table, from_row: Callable[[Row[Any]], _Record]
) -> tuple[list[_Record], list[Break]]:
    records: list[_Record] = []
    unreadable: list[Break] = []
    for row in connection.execute(select(table).order_by(table.c.seq)):
        try:
            records.append(from_row(row))
        except (ValueError, TypeError):
            name = str(row._mapping.get("hash") or row._mapping.get("id"))
            unreadable.append(Break(what, row.seq, name, "its data were changed into something unreadable"))
    return records, unreadable


def _versions(connection: Connection, chain: list[versions.Version]) -> list[Break]:
    found: list[Break] = []
    before, known, expected_seq = "", {""}, 1
    for version in chain:
        problems = []
        if version.seq != expected_seq:
            problems.append(f"version {expected_seq} is missing before it")
        elif version.previous != before:
            problems.append("does not follow the version stored before it")
        if version.parent not in known:
            problems.append("its parent is not in the store")
        if version.recomputed_hash() != version.hash:
            problems.append("its data do not give its hash: something of it was changed")
        problems += _payload(connection, version)
        found += [Break("version", version.seq, version.hash, problem) for problem in problems]
        before, expected_seq = version.hash, version.seq + 1
        known.add(version.hash)
    return found


def _blob_problem(connection: Connection, digest: str, name: str) -> str:
    try:
        content = blobs.get(connection, digest)
    except KeyError:
        return f"its {name} is gone"
    except (SQLAlchemyError, TypeError):
        return f"its {name} was changed"
    return "" if isinstance(content, bytes) and sha256(content) == digest else f"its {name} was changed"


def _payload(connection: Connection, version: versions.Version) -> list[str]:
    problem = _blob_problem(connection, version.payload_sha256, "payload")
    if problem:
        return [problem]
    content = blobs.get(connection, version.payload_sha256)
    if payload.recomputed_content_hash(content) != version.content_sha256:
        return ["the values of its tables do not give its content hash"]
    return []


def _log(what: str, log: Sequence[events.Event | audit.Record]) -> list[Break]:
    found: list[Break] = []
    before, expected_seq = "", 1
    for line in log:
        if line.seq != expected_seq:
            found.append(Break(what, line.seq, line.hash, f"{what} {expected_seq} is missing before it"))
        elif line.previous != before:
            found.append(Break(what, line.seq, line.hash, f"does not follow the {what} stored before it"))
        if line.recomputed_hash() != line.hash:
            found.append(Break(what, line.seq, line.hash, "was changed"))
        before, expected_seq = line.hash, line.seq + 1
    return found


def _rights(connection: Connection, log: Sequence[audit.Record]) -> list[Break]:
    """Return the people whose rights are not those the audit log last told; who is in no line of it is not compared."""
    told = {people.name_key(line.subject): line for line in log if "rights" in line.detail}
    found = []
    for person in people.everyone(connection):
        line = told.pop(people.name_key(person.name), None)
        now = people.rights_told(person)
        if line is not None and line.detail["rights"] != now:
            was = ", ".join(f"{name} {line.detail['rights'].get(name)} → {now[name]}" for name in now)
            found.append(Break("person", line.seq, person.name, f"has other rights than the audit log says: {was}"))
    return [*found, *(Break("person", line.seq, line.subject, "is gone") for line in told.values())]


def _submission(connection: Connection, submission: submissions.Submission, received: events.Event | None) -> str:
    if received is None:
        return "nothing says that it was ever received"
    values = {name: getattr(submission, name) for name in submission.__slots__}
    if dict(received.detail) != submissions.received_detail(values):
        return "was changed after it was received"
    digests = (submission.sha256,) if submission.parsed is None else (submission.sha256, submission.parsed)
    return next(filter(None, (_blob_problem(connection, digest, "file") for digest in digests)), "")
