"""A PostgreSQL cluster of the tests' own: made in a temporary folder, reached through a socket there, thrown away."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

_TEMPLATE = "sop_empty"


@dataclass(frozen=True)
class Cluster:
    """A running cluster; each test takes databases of its own from it."""

    folder: Path
    numbers: Iterator[int] = field(default_factory=count)

    def url(self, name: str) -> str:
        """Return the URL of a database."""
        return f"postgresql+psycopg://sop@/{name}?host={self.folder}"

    def connect(self, name: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """Connect as the superuser, past the program."""
        return psycopg.connect(host=str(self.folder), user="sop", dbname=name, autocommit=True)

    def create(self, template: str = "template0") -> str:
        """Make a database, a copy of a template, and return its name."""
        name = f"sop_{next(self.numbers)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return name


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def cluster(bin_folder: Path) -> Iterator[Cluster]:
    """Run a cluster meanwhile; as another user where the tests run as root, which PostgreSQL refuses."""
    folder = Path(tempfile.mkdtemp(prefix="sop-pg-"))
    user = _ordinary_user()
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"
    start = [*("-D", str(data)), *("-k", str(folder)), *("-c", "listen_addresses="), *("-c", "fsync=off")]
    make = [*("-D", str(data)), *("-U", "sop"), *("-A", "trust"), *("-E", "UTF8"), "--locale=C", "--no-sync"]
    subprocess.run([bin_folder / "initdb", *make], cwd=folder, user=user, check=True, stdout=subprocess.DEVNULL)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([bin_folder / "postgres", *start], cwd=folder, user=user, stdout=log, stderr=log)
    try:
        found = Cluster(folder)
        _wait(found, process)
        yield found
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _ordinary_user() -> str | None:
    if os.geteuid() != 0:
        return None
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _wait(found: Cluster, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            found.connect().close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)
