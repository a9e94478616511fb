"""Numbering of the rows of a chain: without gaps, so that a row that was cut out is missed."""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, select


def next_seq(connection: Connection, table: Table) -> int:
    """Return the number of the next row; to be asked within ``Database.write()``, where nobody else takes it."""
    return int(connection.execute(select(func.coalesce(func.max(table.c.seq), 0))).scalar_one()) + 1
