"""How Alembic reaches the store: always on the connection it is handed, in that connection's transaction."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import CreateTableOp, MigrationScript, UpgradeOps
from alembic.runtime.migration import MigrationContext

from server.store.append_only import MakeAppendOnly
from server.store.tables import APPEND_ONLY, Text, metadata


def _protect(_context: MigrationContext, _revision: object, directives: list[MigrationScript]) -> None:
    """Let a new table that is append-only be protected by the migration that makes it."""
    for script in directives:
        upgrade = script.upgrade_ops
        assert isinstance(upgrade, UpgradeOps)
        made = [operation for operation in upgrade.ops if isinstance(operation, CreateTableOp)]
        upgrade.ops.extend([MakeAppendOnly(op.table_name) for op in made if op.info == APPEND_ONLY])
        for operation in made:
            operation.info = {}


def _render(kind: str, value: object, _context: AutogenContext) -> str | Literal[False]:
    return "Text" if kind == "type" and value is Text else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    process_revision_directives=_protect,
    render_item=_render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
