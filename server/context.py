"""What every request works with: the store, the child processes, the work going on, the clock and the limits."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import current_app, request

from server.jobs.progress import Jobs
from server.jobs.workers import Workers
from server.office.workers import WarmWorkers
from server.processes import Children
from server.recent import Recent
from server.store.database import Database, open_database

EXTENSION = "sop_xl"
_CACHED_FILES = 24
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class PeopleConfig:
    """How people sign in and how much they may ask for.

    ``public_url`` is the address people type where it is not the one listened on; with https, cookies are sent over
    TLS alone. ``proxies`` is the number of reverse proxies in front whose X-Forwarded-For and -Proto are believed.
    Limits are requests a minute and process, 0 for none: of a person, of a person's changes, of an address nobody has
    signed in from. ``oidc`` is the identity provider people may sign in at.
    """

    public_url: str = ""
    proxies: int = 0
    session_idle_minutes: int = 8 * 60
    session_hours: int = 72
    token_days: int = 365
    one_time_days: int = 14
    requests_per_minute: int = 60_000
    writes_per_minute: int = 600
    anonymous_per_minute: int = 600
    max_body_mb: int = 4
    oidc: OidcConfig | None = None

    @property
    def tls(self) -> bool:
        """True where people come over https."""
        return self.public_url.lower().startswith("https://")


@dataclass(frozen=True, slots=True)
class OidcConfig:
    """An OpenID Connect provider: its issuer's URL, this server's client there, and the claim that is people's name."""

    issuer: str
    client_id: str
    client_secret: str
    name_claim: str = "email"
    title: str = "your organisation"


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """How a server is set up.

    ``hosts`` are the names and addresses it answers to (a page elsewhere could otherwise point a name of its own at
    it); empty means any. ``solve_seconds`` limits one baseline or consolidation, ``read_seconds`` and
    ``read_memory_mb`` the reading of one upload, ``write_seconds`` the making of one book or pack. Reading and writing
    have processes of their own, so that nobody waits for a solve to hand in a book.
    ``solvers`` is the number of workers in this process, 0 where others do the calculating. A worker that has not been
    heard of for ``lease_seconds`` is taken for dead; workers look for work of other processes every ``look_seconds``.
    ``warm_workers`` are the warm processes for cell functions, and as many for buttons; ``cell_seconds`` and
    ``button_seconds`` limit what they do.
    """

    database_url: str = "sqlite:///sop_xl.sqlite"
    hosts: tuple[str, ...] = LOOPBACK
    max_upload_mb: int = 30
    read_seconds: float = 120.0
    read_memory_mb: int = 4096
    write_seconds: float = 300.0
    solve_seconds: float = 3600.0
    readers: int = 3
    solvers: int = 1
    lease_seconds: float = 15.0
    look_seconds: float = 1.0
    warm_workers: int = 2
    warm_memory_mb: int = 8192
    cell_seconds: float = 60.0
    button_seconds: float = 900.0
    clock: Callable[[], datetime] = _utc_now
    people: PeopleConfig = field(default_factory=PeopleConfig)


@dataclass(slots=True)
class FileCache:
    """Books and packs made before, by version; they can always be made again."""

    _files: OrderedDict[tuple[str, ...], bytes] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _making: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: tuple[str, ...], make: Callable[[], Mapping[tuple[str, ...], bytes]]) -> bytes:
        """Return a file; where it was not made before it is made now, with those that are made along with it.

        Files are made one lot at a time, so that two who ask for the same one do not make it twice.
        """
        with self._making:
            found = self._known(key)
            if found is not None:
                return found
            made = make()
            with self._lock:
                self._files.update(made)
                while len(self._files) > _CACHED_FILES:
                    self._files.popitem(last=False)
            return made[key]

    def _known(self, key: tuple[str, ...]) -> bytes | None:
        with self._lock:
            if key in self._files:
                self._files.move_to_end(key)
            return self._files.get(key)


@dataclass(frozen=True, slots=True)
class Context:
    """What every request works with."""

    config: ServerConfig
    database: Database
    readers: Children
    solvers: Children
    warm: WarmWorkers
    jobs: Jobs
    workers: Workers
    files: FileCache
    recent: Recent

    @classmethod
    def open(cls, config: ServerConfig) -> Context:
        """Open the store of a configuration."""
        readers, solvers = Children(config.readers), Children(max(config.solvers, 1))
        warm = WarmWorkers.of_size(config.warm_workers, config.warm_memory_mb)
        database = open_database(config.database_url)
        return cls(config, database, readers, solvers, warm, Jobs(database), Workers(), FileCache(), Recent())

    def now(self) -> str:
        """Return the moment, in UTC, as it is stored."""
        return self.config.clock().isoformat(timespec="seconds").replace("+00:00", "Z")

    def close(self) -> None:
        """End what is running, put unfinished work back into the queue, and let go of the store."""
        self.workers.close()
        self.readers.close()
        self.solvers.close()
        self.warm.close()
        self.database.close()


def context() -> Context:
    """Return the context of the running application."""
    return current_app.extensions[EXTENSION]


def base_url() -> str:
    """Return the address people reach this server at: the public one, else that of the request."""
    return (context().config.people.public_url or request.host_url).rstrip("/")
