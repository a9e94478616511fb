"""Layout"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import server.store.append_only  # noqa: F401  (gives op.make_append_only)

revision = "0001"
down_revision = None
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Change the store to this layout."""
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", Text, nullable=False),
        sa.Column("previous", Text, nullable=False),
        sa.Column("at", Text, nullable=False),
        sa.Column("person", Text, nullable=False),
        sa.Column("means", Text, nullable=False),
        sa.Column("action", Text, nullable=False),
        sa.Column("subject", Text, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("address", Text, nullable=False),
        sa.Column("detail", Text, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("audit_by_person", "audit", ["person", "seq"], unique=False)
    op.create_table(
        "blobs",
        sa.Column("sha256", Text, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "cycles",
        sa.Column("id", Text, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("created_at", Text, nullable=False),
        sa.Column("author", Text, nullable=False),
        sa.Column("config", Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "derived",
        sa.Column("fingerprint", Text, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", Text, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", Text, nullable=False),
        sa.Column("previous", Text, nullable=False),
        sa.Column("at", Text, nullable=False),
        sa.Column("cycle_id", Text, nullable=True),
        sa.Column("subject", Text, nullable=False),
        sa.Column("kind", Text, nullable=False),
        sa.Column("actor", Text, nullable=False),
        sa.Column("detail", Text, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("events_by_cycle", "events", ["cycle_id", "kind", "seq"], unique=False)
    op.create_index("events_by_subject", "events", ["subject", "seq"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("subject", Text, nullable=False),
        sa.Column("kind", Text, nullable=False),
        sa.Column("arguments", Text, nullable=False),
        sa.Column("actor", Text, nullable=False),
        sa.Column("state", Text, nullable=False),
        sa.Column("step", Text, nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", Text, nullable=False),
        sa.Column("started_at", Text, nullable=False),
        sa.Column("finished_at", Text, nullable=False),
        sa.Column("not_before", sa.Float(), nullable=False),
        sa.Column("lease_until", sa.Float(), nullable=False),
        sa.Column("token", Text, nullable=False),
        sa.Column("worker", Text, nullable=False),
        sa.Column("cancelled_by", Text, nullable=False),
        sa.Column("result", Text, nullable=False),
        sa.Column("problem", Text, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("jobs_by_subject", "jobs", ["subject", "seq"], unique=False)
    op.create_index(
        "jobs_unfinished",
        "jobs",
        ["subject"],
        unique=True,
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_table(
        "kept_answers",
        sa.Column("key", Text, nullable=False),
        sa.Column("request", Text, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", Text, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", Text, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "people",
        sa.Column("id", Text, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("name_key", Text, nullable=False),
        sa.Column("roles", Text, nullable=False),
        sa.Column("functions", Text, nullable=False),
        sa.Column("password", Text, nullable=False),
        sa.Column("one_time_until", Text, nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("oidc_subject", Text, nullable=True),
        sa.Column("created_at", Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name_key"),
        sa.UniqueConstraint("oidc_subject"),
    )
    op.create_table(
        "secrets",
        sa.Column("name", Text, nullable=False),
        sa.Column("value", Text, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "sign_ins",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", Text, nullable=False),
        sa.Column("name_key", Text, nullable=False),
        sa.Column("address", Text, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("sign_ins_by_time", "sign_ins", ["at"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("cycle_id", Text, nullable=False),
        sa.Column("kind", Text, nullable=False),
        sa.Column("key", Text, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("value", Text, nullable=False),
        sa.Column("author", Text, nullable=False),
        sa.Column("reason", Text, nullable=False),
        sa.Column("at", Text, nullable=False),
        sa.Column("event_hash", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["cycle_id"],
            ["cycles.id"],
        ),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("revisions_in_order", "revisions", ["cycle_id", "kind", "key", "revision"], unique=True)
    op.create_table(
        "sessions",
        sa.Column("hash", Text, nullable=False),
        sa.Column("person_id", Text, nullable=False),
        sa.Column("created_at", Text, nullable=False),
        sa.Column("seen_at", Text, nullable=False),
        sa.Column("expires_at", Text, nullable=False),
        sa.Column("address", Text, nullable=False),
        sa.Column("browser", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("sessions_by_person", "sessions", ["person_id"], unique=False)
    op.create_table(
        "submissions",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("cycle_id", Text, nullable=True),
        sa.Column("function", Text, nullable=False),
        sa.Column("submitter", Text, nullable=False),
        sa.Column("file_name", Text, nullable=False),
        sa.Column("sha256", Text, nullable=False),
        sa.Column("received_at", Text, nullable=False),
        sa.Column("base_version", Text, nullable=False),
        sa.Column("state", Text, nullable=False),
        sa.Column("engine", Text, nullable=False),
        sa.Column("parsed", Text, nullable=True),
        sa.Column("recipe", Text, nullable=False),
        sa.Column("issues", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["cycle_id"],
            ["cycles.id"],
        ),
        sa.ForeignKeyConstraint(
            ["parsed"],
            ["blobs.sha256"],
        ),
        sa.ForeignKeyConstraint(
            ["sha256"],
            ["blobs.sha256"],
        ),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("submissions_by_cycle", "submissions", ["cycle_id", "seq"], unique=False)
    op.create_index("submissions_by_file", "submissions", ["sha256"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("id", Text, nullable=False),
        sa.Column("hash", Text, nullable=False),
        sa.Column("person_id", Text, nullable=False),
        sa.Column("label", Text, nullable=False),
        sa.Column("created_at", Text, nullable=False),
        sa.Column("expires_at", Text, nullable=False),
        sa.Column("used_at", Text, nullable=False),
        sa.Column("revoked_at", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("tokens_by_person", "tokens", ["person_id"], unique=False)
    op.create_table(
        "versions",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", Text, nullable=False),
        sa.Column("previous", Text, nullable=False),
        sa.Column("parent", Text, nullable=False),
        sa.Column("cycle_id", Text, nullable=False),
        sa.Column("kind", Text, nullable=False),
        sa.Column("scenario", Text, nullable=False),
        sa.Column("author", Text, nullable=False),
        sa.Column("message", Text, nullable=False),
        sa.Column("created_at", Text, nullable=False),
        sa.Column("payload_sha256", Text, nullable=False),
        sa.Column("content_sha256", Text, nullable=False),
        sa.Column("recipe", Text, nullable=False),
        sa.Column("summary", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["cycle_id"],
            ["cycles.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payload_sha256"],
            ["blobs.sha256"],
        ),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("versions_by_cycle", "versions", ["cycle_id", "seq"], unique=False)
    op.make_append_only("audit")  # type: ignore[attr-defined]
    op.make_append_only("blobs")  # type: ignore[attr-defined]
    op.make_append_only("cycles")  # type: ignore[attr-defined]
    op.make_append_only("events")  # type: ignore[attr-defined]
    op.make_append_only("revisions")  # type: ignore[attr-defined]
    op.make_append_only("submissions")  # type: ignore[attr-defined]
    op.make_append_only("versions")  # type: ignore[attr-defined]
