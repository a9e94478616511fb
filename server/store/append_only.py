"""Tables whose rows can neither be changed nor deleted, as an operation of the migrations."""

from __future__ import annotations

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation, Operations
from sqlalchemy import Connection, text


@Operations.register_operation("make_append_only")
class MakeAppendOnly(MigrateOperation):
    """Puts triggers on a table that refuse every change of a row that is there."""

    def __init__(self, table: str) -> None:
        """Name the table."""
        self.table = table

    @classmethod
    def make_append_only(cls, operations: Operations, table: str) -> None:
        """Refuse every UPDATE, DELETE and TRUNCATE of a table from now on."""
        operations.invoke(cls(table))


@Operations.implementation_for(MakeAppendOnly)
def _make_append_only(operations: Operations, operation: MakeAppendOnly) -> None:
    connection = operations.get_bind()
    statements = _POSTGRESQL if connection.dialect.name == "postgresql" else _SQLITE
    for statement in statements:
        connection.exec_driver_sql(statement.format(table=operation.table))


@renderers.dispatch_for(MakeAppendOnly)
def _render(_context: AutogenContext, operation: MakeAppendOnly) -> str:
    return f"op.make_append_only({operation.table!r})  # type: ignore[attr-defined]"


_SQLITE = tuple(
    f"CREATE TRIGGER {{table}}_no_{action.lower()} BEFORE {action} ON {{table}} "
    f"BEGIN SELECT RAISE(ABORT, '{{table}} is append-only: {action} refused'); END"
    for action in ("UPDATE", "DELETE")
)
_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE EXCEPTION '%% is append-only: %% refused', TG_TABLE_NAME, TG_OP USING ERRCODE = "
    "'integrity_constraint_violation'; END $$",
    "CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)


def is_append_only(connection: Connection, table: str) -> bool:
    """Return whether the triggers that refuse changes stand on a table."""
    if connection.dialect.name == "postgresql":
        query = text("SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(:name) AND tgenabled = 'O'")
    else:
        query = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name")
    return sum(name.startswith(f"{table}_no_") for name in connection.execute(query, {"name": table}).scalars()) == 2
