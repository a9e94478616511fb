"""${message}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import server.store.append_only  # noqa: F401  (gives op.make_append_only)

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Change the store to this layout."""
    ${upgrades}
