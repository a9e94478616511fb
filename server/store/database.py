"""The connection to the database: opened by URL, with durable writes and serialised writers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from server.store.tables import SCHEMA_VERSION, metadata

_BUSY_MILLISECONDS = 30_000


class StoreError(RuntimeError):
    """The database cannot be used as it is; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Database:
    """An open store. Reading never blocks writing; writers wait for each other."""

    engine: Engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one consistent state of the store."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection that holds the write lock from its first statement; on return everything is on disk."""
        with self.engine.connect() as connection:
            connection = connection.execution_options(sop_write=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _on_connect(raw: Any, _record: Any) -> None:
    raw.isolation_level = None
    cursor = raw.cursor()
    for pragma in (
        f"busy_timeout={_BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # so that INSERT OR REPLACE meets the DELETE trigger too
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("sop_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def open_database(url: str, *, create: bool = True) -> Database:
    """Open the store at a SQLAlchemy URL such as ``sqlite:///sop_xl.sqlite``, making its tables where there are none.

    Raises:
        StoreError: where the database is not SQLite in a file, is missing or no store with ``create=False``, is no
            database, or was written by a newer version of the program.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(f"{url!r} is no database URL; write for example sqlite:///sop_xl.sqlite.") from error
    if parsed.get_backend_name() != "sqlite":
        raise StoreError(f"This version keeps its store in SQLite; {parsed.get_backend_name()!r} is not supported.")
    if not parsed.database or parsed.database == ":memory:":
        raise StoreError("The store must be a file, for example sqlite:///sop_xl.sqlite: memory forgets.")
    path = Path(parsed.database)
    if not create and not path.is_file():
        raise StoreError(f"There is no store at {path}.")
    if not create:
        _refuse_strange(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    database = Database(engine)
    try:
        _prepare(database, path)
    except Exception as error:
        engine.dispose()
        if isinstance(error, StoreError):
            raise
        raise StoreError(f"{path} cannot be opened as a store: {error}") from error
    return database


def _refuse_strange(path: Path) -> None:
    """Refuse a file that is no store, before a connection of ours would make one of it."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            layout = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be opened as a store: {error}") from error
    if layout == 0:
        raise StoreError(f"{path} is no store of this program. If it was one, it has been emptied or replaced.")


def _prepare(database: Database, path: Path) -> None:
    with database.write() as connection:
        found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        if found > SCHEMA_VERSION:
            raise StoreError(f"{path} was written by a newer version (layout {found}); update the program.")
        if found == 0:
            metadata.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
