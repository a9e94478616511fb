"""Tables of the store, the same on SQLite and PostgreSQL.

A table marked ``APPEND_ONLY`` only ever gets more rows: triggers refuse every UPDATE, DELETE and TRUNCATE. ``blobs``
holds bytes under their own SHA-256 (uploaded files, parsed tables, payloads of versions). ``versions`` and ``events``
are hash chains: each row carries the hash of the row before it and a hash over its own content; their ``seq`` has no
gaps. ``jobs`` is the queue of calculations, where rows move from state to state.

After a change here write the migration that makes it: ``python -m server.store.migrations`` (docs/operations.md).
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    column,
)
from sqlalchemy import Text as AnyText

APPEND_ONLY = {"append_only": True}
"""Mark of a table whose rows can neither be changed nor deleted: ``Table(..., info=APPEND_ONLY)``."""

Text = AnyText().with_variant(AnyText(collation="C"), "postgresql")
"""Text that compares byte by byte on every database, so that rows come in the same order on all of them."""

metadata = MetaData()

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    info=APPEND_ONLY,
)

cycles = Table(
    "cycles",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("config", Text, nullable=False),
    info=APPEND_ONLY,
)

submissions = Table(
    "submissions",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("cycle_id", Text, ForeignKey("cycles.id")),
    Column("function", Text, nullable=False),
    Column("submitter", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", Text, ForeignKey("blobs.sha256"), nullable=False),
    Column("received_at", Text, nullable=False),
    Column("base_version", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("engine", Text, nullable=False),
    Column("parsed", Text, ForeignKey("blobs.sha256")),
    Column("recipe", Text, nullable=False),
    Column("issues", Text, nullable=False),
    info=APPEND_ONLY,
)
Index("submissions_by_cycle", submissions.c.cycle_id, submissions.c.seq)
Index("submissions_by_file", submissions.c.sha256)

versions = Table(
    "versions",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False, unique=True),
    Column("previous", Text, nullable=False),
    Column("parent", Text, nullable=False),
    Column("cycle_id", Text, ForeignKey("cycles.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("scenario", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("payload_sha256", Text, ForeignKey("blobs.sha256"), nullable=False),
    Column("content_sha256", Text, nullable=False),
    Column("recipe", Text, nullable=False),
    Column("summary", Text, nullable=False),
    info=APPEND_ONLY,
)
Index("versions_by_cycle", versions.c.cycle_id, versions.c.seq)

events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False, unique=True),
    Column("previous", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("cycle_id", Text),
    Column("subject", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("detail", Text, nullable=False),
    info=APPEND_ONLY,
)
Index("events_by_subject", events.c.subject, events.c.seq)
Index("events_by_cycle", events.c.cycle_id, events.c.kind, events.c.seq)

jobs = Table(
    "jobs",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("subject", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("share", Float, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("finished_at", Text, nullable=False),
    Column("not_before", Float, nullable=False),
    Column("lease_until", Float, nullable=False),
    Column("token", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("cancelled_by", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("problem", Text, nullable=False),
)
_UNFINISHED = column("state").in_(["queued", "running"])
Index("jobs_by_subject", jobs.c.subject, jobs.c.seq)
Index("jobs_unfinished", jobs.c.subject, unique=True, sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED)

revisions = Table(
    "revisions",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("cycle_id", Text, ForeignKey("cycles.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("value", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("event_hash", Text, nullable=False),
    info=APPEND_ONLY,
)
Index(
    "revisions_in_order",
    revisions.c.cycle_id,
    revisions.c.kind,
    revisions.c.key,
    revisions.c.revision,
    unique=True,
)

derived = Table(
    "derived",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("at", Text, nullable=False),
)

kept_answers = Table(
    "kept_answers",
    metadata,
    Column("key", Text, primary_key=True),
    Column("request", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("at", Text, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, unique=True),
    Column("roles", Text, nullable=False),
    Column("functions", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("one_time_until", Text, nullable=False),
    Column("active", Integer, nullable=False),
    Column("oidc_subject", Text, unique=True),
    Column("created_at", Text, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False),
    Column("created_at", Text, nullable=False),
    Column("seen_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("browser", Text, nullable=False),
)
Index("sessions_by_person", sessions.c.person_id)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False),
    Column("label", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("used_at", Text, nullable=False),
    Column("revoked_at", Text, nullable=False),
)
Index("tokens_by_person", tokens.c.person_id)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("at", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("address", Text, nullable=False),
)
Index("sign_ins_by_time", sign_ins.c.at)

secrets = Table(
    "secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False, unique=True),
    Column("previous", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("means", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("detail", Text, nullable=False),
    info=APPEND_ONLY,
)
Index("audit_by_person", audit.c.person, audit.c.seq)
