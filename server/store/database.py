"""The connection to the database: opened by URL, with durable writes and serialised writers.

Two databases are known. SQLite, a file, for one server process and its workers on one machine. PostgreSQL for several
server processes and machines. What is promised is the same on both:

- what ``write()`` returned from is on disk;
- writers of the chains wait for each other, so that every link sees the link before it;
- ``read()`` sees one consistent state and waits for nobody.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, OperationalError, SQLAlchemyError

_BUSY_MILLISECONDS = 30_000
_CHAIN_LOCK = 0x50_50_6C_61_6E
_CONNECTIONS, _MORE_CONNECTIONS = 8, 24
_USED, _RESTED_SECONDS = "sop_used", 1.0
_LAYOUT_TABLE = "alembic_version"


class StoreError(RuntimeError):
    """The database cannot be used as it is; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Database:
    """An open store. Reading never blocks writing; writers wait for each other."""

    engine: Engine

    @property
    def name(self) -> str:
        """The URL without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    @property
    def shared(self) -> bool:
        """True where several server processes, also on several machines, may use the store at once."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one consistent state of the store."""
        with self.engine.connect() as connection:
            if self.shared:
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """Yield a connection for single questions, asked often: each statement sees the store of its own moment."""
        with self.engine.connect() as connection:
            if self.shared:
                yield connection.execution_options(isolation_level="AUTOCOMMIT")
            else:
                yield connection.execution_options(sop_glance=True)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection that alone writes the chains from its first statement; on return all is on disk."""
        with self.update() as connection:
            if self.shared:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})
            yield connection

    @contextmanager
    def update(self) -> Iterator[Connection]:
        """Yield a connection for short changes of rows that are in no chain: jobs, sessions, tokens.

        On PostgreSQL these go on side by side, row by row; on SQLite there is one writer at a time anyhow.
        """
        with self.engine.connect() as connection:
            connection = connection.execution_options(sop_write=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def seconds_now(connection: Connection) -> float:
    """Return the time by the clock all users of a store share: the server's of PostgreSQL, this machine's of SQLite."""
    if connection.dialect.name == "postgresql":
        return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
    return time.time()


def open_database(url: str, *, create: bool = True) -> Database:
    """Open the store at a SQLAlchemy URL: ``sqlite:///sop_xl.sqlite`` or ``postgresql+psycopg://user@host/name``.

    An empty database gets its tables, unless ``create`` is False.

    Raises:
        StoreError: where the URL means neither, the database cannot be reached, is no store or a missing one with
            ``create=False``, or has the layout of another version of the program.
    """
    database = _connect(url, create=create)
    try:
        found = layout(database)
        newest = _newest()
        if not found:
            if not create:
                raise StoreError(f"{database.name} is no store of this program. If it was one, it has been emptied.")
            upgrade(database)
        elif found > newest:
            raise StoreError(f"{database.name} was written by a newer version (layout {found}); update the program.")
        elif found < newest:
            raise StoreError(
                f"{database.name} has the layout {found} of an earlier version. Make a backup, then bring it to "
                f"layout {newest}: python -m server upgrade --db {database.name}"
            )
    except Exception as error:
        database.close()
        raise _told(database, error) from error
    return database


def open_for_upgrade(url: str) -> Database:
    """Open a store of whatever layout, to bring it to the newest.

    Raises:
        StoreError: where there is none.
    """
    database = _connect(url, create=False)
    try:
        if not layout(database):
            raise StoreError(f"{database.name} is no store of this program.")
    except Exception as error:
        database.close()
        raise _told(database, error) from error
    return database


def layout(database: Database) -> str:
    """Return the name of the layout a database has, empty where it holds no store."""
    with database.read() as connection:
        if not inspect(connection).has_table(_LAYOUT_TABLE):
            return ""
        return connection.exec_driver_sql(f"SELECT version_num FROM {_LAYOUT_TABLE}").scalar_one_or_none() or ""


def upgrade(database: Database) -> str:
    """Bring a store to the newest layout, all or nothing, and return the layout's name.

    An empty database becomes a store. Where several processes do so at once, one does and the others find it done.
    """
    from server.store import migrations

    with database.write() as connection:
        _refuse_foreign(database, connection)
        migrations.upgrade(connection)
    return layout(database)


def _newest() -> str:
    from server.store import migrations

    return migrations.newest()


def _connect(url: str, *, create: bool) -> Database:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(f"{url!r} is no database URL; write for example sqlite:///sop_xl.sqlite.") from error
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, create=create)
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        return _postgresql(parsed)
    raise StoreError(f"The store is kept in SQLite or PostgreSQL; {parsed.get_backend_name()!r} is not supported.")


def _sqlite(url: URL, *, create: bool) -> Database:
    if not url.database or url.database == ":memory:":
        raise StoreError("The store must be a file, for example sqlite:///sop_xl.sqlite: memory forgets.")
    path = Path(url.database)
    if not create:
        if not path.is_file():
            raise StoreError(f"There is no store at {path}.")
        _refuse_strange(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=_CONNECTIONS, max_overflow=_MORE_CONNECTIONS)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return Database(engine)


def _postgresql(url: URL) -> Database:
    options = f"-c lock_timeout={_BUSY_MILLISECONDS} -c synchronous_commit=on -c timezone=UTC"
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=_CONNECTIONS,
            max_overflow=_MORE_CONNECTIONS,
            connect_args={"options": options, "application_name": "sop-xl", "connect_timeout": 10},
        )
    except ImportError as error:
        raise StoreError("PostgreSQL needs its driver: pip install 'sop-xl[postgresql]'") from error
    event.listen(engine, "checkin", _on_checkin)
    event.listen(engine, "checkout", _on_checkout)
    return Database(engine)


def _on_checkin(_raw: Any, record: Any) -> None:
    record.info[_USED] = time.monotonic()


def _on_checkout(raw: Any, record: Any, _proxy: Any) -> None:
    """Ask a connection that has rested whether it still lives; one that has not is replaced unseen."""
    if time.monotonic() - record.info.get(_USED, 0.0) > _RESTED_SECONDS:
        try:
            raw.execute("SELECT 1")
            raw.rollback()
        except Exception as error:
            raise DisconnectionError from error


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
    options = connection.get_execution_options()
    if not options.get("sop_glance", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("sop_write", False) else "BEGIN")


def _refuse_strange(path: Path) -> None:
    """Refuse a file that is no store, before a connection of ours would make one of it."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            known = connection.execute(
                "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?", (_LAYOUT_TABLE,)
            ).fetchone()[0]
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be opened as a store: {error}") from error
    if not known:
        raise StoreError(f"{path} is no store of this program. If it was one, it has been emptied or replaced.")


def _refuse_foreign(database: Database, connection: Connection) -> None:
    others = inspect(connection).get_table_names()
    if others and _LAYOUT_TABLE not in others:
        raise StoreError(
            f"{database.name} holds tables of something else ({', '.join(sorted(others)[:3])}); "
            "give the store a database of its own."
        )


def _told(database: Database, error: Exception) -> Exception:
    if isinstance(error, StoreError):
        return error
    if isinstance(error, OperationalError) and database.shared:
        reason = str(error.orig).strip().splitlines()[0] if error.orig else str(error)
        return StoreError(f"The database {database.name} cannot be reached: {reason}")
    if isinstance(error, SQLAlchemyError | sqlite3.Error):
        return StoreError(f"{database.name} cannot be opened as a store: {error}")
    return error
