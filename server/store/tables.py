"""Tables of the store. Rows are only ever added: triggers refuse every UPDATE and DELETE.

``blobs`` holds bytes under their own SHA-256 (uploaded files, parsed tables, payloads of versions). ``versions`` and
``events`` are hash chains: each row carries the hash of the row before it and a hash over its own content.
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

for _table in metadata.tables.values():
    for _action in ("UPDATE", "DELETE"):
        event.listen(
            _table,
            "after_create",
            DDL(
                f"CREATE TRIGGER {_table.name}_no_{_action.lower()} BEFORE {_action} ON {_table.name} "
                f"BEGIN SELECT RAISE(ABORT, '{_table.name} is append-only: {_action} refused'); END"
            ).execute_if(dialect="sqlite"),
        )
