"""Tables of the store. Rows are only ever added: triggers refuse every UPDATE and DELETE, save in tables that say
``mutable``: who may sign in changes; what people did, kept in ``audit``, does not.

``blobs`` holds bytes under their own SHA-256 (uploaded files, parsed tables, payloads of versions). ``versions``,
``events`` and ``audit`` are hash chains: each row carries the hash of the row before it and a hash over its own content.
"""

from __future__ import annotations

from sqlalchemy import DDL, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, event

SCHEMA_VERSION = 1

metadata = MetaData()

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

cycles = Table(
    "cycles",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("config", Text, nullable=False),
)

submissions = Table(
    "submissions",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
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
    Column("issues", Text, nullable=False),
    sqlite_autoincrement=True,
)
Index("submissions_by_cycle", submissions.c.cycle_id, submissions.c.seq)

versions = Table(
    "versions",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
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
    Column("summary", Text, nullable=False),
    sqlite_autoincrement=True,
)
Index("versions_by_cycle", versions.c.cycle_id, versions.c.seq)

events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("previous", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("cycle_id", Text),
    Column("subject", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("detail", Text, nullable=False),
    sqlite_autoincrement=True,
)
Index("events_by_subject", events.c.subject, events.c.seq)

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
    info={"mutable": True},
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
    info={"mutable": True},
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
    info={"mutable": True},
)
Index("tokens_by_person", tokens.c.person_id)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("at", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("address", Text, nullable=False),
    info={"mutable": True},
    sqlite_autoincrement=True,
)
Index("sign_ins_by_time", sign_ins.c.at)

secrets = Table(
    "secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    info={"mutable": True},
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("previous", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("detail", Text, nullable=False),
    sqlite_autoincrement=True,
)
Index("audit_by_person", audit.c.person, audit.c.seq)

for _table in metadata.tables.values():
    if _table.info.get("mutable"):
        continue
    for _action in ("UPDATE", "DELETE"):
        event.listen(
            _table,
            "after_create",
            DDL(
                f"CREATE TRIGGER {_table.name}_no_{_action.lower()} BEFORE {_action} ON {_table.name} "
                f"BEGIN SELECT RAISE(ABORT, '{_table.name} is append-only: {_action} refused'); END"
            ).execute_if(dialect="sqlite"),
        )
