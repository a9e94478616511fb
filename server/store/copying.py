"""Moving a store from one database to another, such as from SQLite to PostgreSQL, with every hash as it is."""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, insert, select, text

from server.store.database import Database, StoreError
from server.store.tables import metadata
from server.store.verify import Verification, verify

_ROWS_AT_ONCE = 50


def copy(source: Database, target: Database) -> Verification:
    """Copy every row of a store into an empty one, in one transaction, and return the check of what arrived.

    Nobody else may write into the source meanwhile; stop its servers before.

    Raises:
        StoreError: where the target holds something already.
    """
    with source.read() as read, target.write() as write:
        for table in metadata.sorted_tables:
            if write.execute(select(func.count()).select_from(table)).scalar_one():
                raise StoreError(f"{target.name} holds a store already; copy into an empty database.")
        for table in metadata.sorted_tables:
            _copy_rows(read, write, table)
            if target.shared:
                _go_on_counting(write, table)
    with target.read() as connection:
        return verify(connection)


def _copy_rows(read: Connection, write: Connection, table: Table) -> None:
    rows = read.execution_options(yield_per=_ROWS_AT_ONCE).execute(select(table))
    for some in rows.mappings().partitions():
        write.execute(insert(table), [dict(row) for row in some])


def _go_on_counting(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number the next row after those that were copied with their numbers."""
    counted = table.autoincrement_column
    if counted is not None:
        place = f"pg_get_serial_sequence('{table.name}', '{counted.name}')"
        newest = f"(SELECT coalesce(max({counted.name}), 0) + 1 FROM {table.name})"
        connection.execute(text(f"SELECT setval({place}, {newest}, false)"))
