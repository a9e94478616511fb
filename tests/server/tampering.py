"""Changing a store as someone would who has the database itself in hand."""

from __future__ import annotations

from server.store.database import Database


def behind_its_back(database: Database, statement: str) -> None:
    """Change rows past the program: the triggers are put out of force first."""
    with database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        if database.shared:
            raw.execute("SET session_replication_role = replica")
            raw.execute(statement)
        else:
            raw.execute("PRAGMA foreign_keys = OFF")
            for (trigger,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                raw.execute(f"DROP TRIGGER {trigger}")
            raw.execute(statement)
        connection.connection.commit()
        connection.invalidate()
