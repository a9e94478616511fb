"""Where PLAN and WHY read: the server's versions, a plan file, or tables at hand; the face says which."""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sop_xl.functions.problem import CellProblem

if TYPE_CHECKING:
    import pandas as pd

COMMITTED = "committed"
"""Name of the newest committed version."""
RECHECK_SECONDS = 60.0
RETRY_SECONDS = 10.0
"""A server that did not answer is left alone for so long: a sheet full of formulas must not wait for each."""
_KEPT_TABLES = 64
_SHORTEST_HASH = 8


class PlanSource(Protocol):
    """Versions of the plan that can be read. Both methods raise CellProblem where they cannot answer."""

    def find(self, version: str) -> str:
        """Return the full name of a version: ``committed`` for the newest, or the beginning of a hash."""

    def table(self, version: str, name: str) -> pd.DataFrame:
        """Return a table of a version by its full name, typed as in the schema; without rows where it has none."""


_reading: ContextVar[PlanSource | None] = ContextVar("plan_source", default=None)
_default: list[PlanSource] = []


@contextmanager
def reading_from(source: PlanSource) -> Iterator[None]:
    """Let PLAN and WHY read from a source while the block runs, in this thread or task alone."""
    token = _reading.set(source)
    try:
        yield
    finally:
        _reading.reset(token)


def set_default_source(source: PlanSource | None) -> None:
    """Let PLAN and WHY read from a source wherever no block says otherwise; None takes it away."""
    _default[:] = [] if source is None else [source]


def current_source() -> PlanSource:
    """Return the source to read from.

    Raises:
        CellProblem: none was named.
    """
    source = _reading.get() or (_default[0] if _default else None)
    if source is None:
        raise CellProblem("no plan to read from; give the server's address in the settings (Setup > Settings)")
    return source


class TablesSource:
    """One version whose tables are at hand."""

    def __init__(self, version: str, tables: Mapping[str, pd.DataFrame]) -> None:
        """Keep the name of the version and its typed tables."""
        self._version = version
        self._tables = tables

    def find(self, version: str) -> str:
        """Return the only version, where it is meant."""
        if version == COMMITTED or (len(version) >= _SHORTEST_HASH and self._version.startswith(version)):
            return self._version
        raise CellProblem(
            f"version {version[:20]!r} is not here; only {self._version[:12] or 'one version'} can be read"
        )

    def table(self, version: str, name: str) -> pd.DataFrame:
        """Return a table; without rows where the version has none."""
        from sop_xl.schema import frames

        return self._tables[name] if name in self._tables else frames.empty(name)


class FileSource:
    """The plan of a file that ``sop-xl plan --out`` wrote (.json or .xlsx), or of an executive pack."""

    def __init__(self, path: Path) -> None:
        """Keep the path; nothing is read yet."""
        self._path = path
        self._lock = threading.Lock()
        self._read: tuple[int, TablesSource] | None = None

    def find(self, version: str) -> str:
        """Return the version that the file shows, where it is meant."""
        return self._tables().find(version)

    def table(self, version: str, name: str) -> pd.DataFrame:
        """Return a table of the file."""
        return self._tables().table(version, name)

    def _tables(self) -> TablesSource:
        """Return what the file holds, read again where it has changed."""
        try:
            stamp = self._path.stat().st_mtime_ns
        except OSError:
            raise CellProblem(f"the plan file {self._path.name} is not there; write it with: sop-xl plan") from None
        with self._lock:
            if self._read is None or self._read[0] != stamp:
                self._read = (stamp, _document(self._path) if self._path.suffix == ".json" else _pack(self._path))
            return self._read[1]


class VersionServer(Protocol):
    """What a source needs of a server; :class:`sop_xl.client.Client` has it. It raises RuntimeError with a reason."""

    def versions(self, cycle: str = "") -> list[dict[str, Any]]:
        """Return the versions, oldest first: ``hash, kind, cycle`` among other things."""

    def table(self, version: str, name: str) -> list[dict[str, Any]]:
        """Return the rows of a table of a version."""


class ServerSource:
    """The versions of a server. A version never changes, so its tables are kept; the list of versions is asked anew
    when it is older than a minute."""

    def __init__(self, server: VersionServer, clock: Callable[[], float] = time.monotonic) -> None:
        """Keep the server; nothing is asked yet."""
        self._server = server
        self._clock = clock
        self._lock = threading.Lock()
        self._listed: tuple[float, list[dict[str, Any]]] | None = None
        self._failed: tuple[float, CellProblem] | None = None
        self._tables: OrderedDict[tuple[str, str], pd.DataFrame] = OrderedDict()

    def find(self, version: str) -> str:
        """Return the hash of the newest committed version, of the newest of a cycle, or of the one that begins so."""
        listed = self._versions()
        committed = [found for found in listed if found["kind"] == COMMITTED]
        if version == COMMITTED:
            if not committed:
                raise CellProblem("no version has been committed yet")
            return str(committed[-1]["hash"])
        of_cycle = [found for found in committed if found.get("cycle") == version]
        if of_cycle:
            return str(of_cycle[-1]["hash"])
        begun = [str(found["hash"]) for found in listed if str(found["hash"]).startswith(version)]
        if len(version) < _SHORTEST_HASH or len(begun) != 1:
            raise CellProblem(
                f"version {version[:20]!r} is not known; write committed, a cycle, or 8 or more characters of a hash"
            )
        return begun[0]

    def table(self, version: str, name: str) -> pd.DataFrame:
        """Return a table of a version."""
        key = (version, name)
        with self._lock:
            if key in self._tables:
                self._tables.move_to_end(key)
                return self._tables[key]
        frame = _typed(name, _asked(lambda: self._server.table(version, name)))
        with self._lock:
            self._tables[key] = frame
            while len(self._tables) > _KEPT_TABLES:
                self._tables.popitem(last=False)
        return frame

    def _versions(self) -> list[dict[str, Any]]:
        now = self._clock()
        with self._lock:
            if self._listed is not None and now - self._listed[0] < RECHECK_SECONDS:
                return self._listed[1]
            if self._failed is not None and now - self._failed[0] < RETRY_SECONDS:
                raise self._failed[1]
        try:
            listed = _asked(self._server.versions)
        except CellProblem as problem:
            with self._lock:
                self._failed = (self._clock(), problem)
            raise
        with self._lock:
            self._listed, self._failed = (now, listed), None
        return listed


def _asked(ask: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    try:
        return ask()
    except RuntimeError as problem:
        raise CellProblem(str(problem)) from problem


def _typed(name: str, records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows of plain values as a typed table; columns the schema does not know are left out."""
    from sop_xl.schema import frames
    from sop_xl.schema.catalogue import table

    known = set(table(name).column_names)
    return frames.rows(name, ({key: value for key, value in row.items() if key in known} for row in records))


def _document(path: Path) -> TablesSource:
    from sop_xl.schema.catalogue import tables

    unreadable = f"{path.name} is not a plan that can be read; write it anew with: sop-xl plan"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        found = {name: _typed(name, rows) for name, rows in document["tables"].items() if name in tables()}
        return TablesSource(str(document.get("inputs_hash", "")), found)
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        raise CellProblem(unreadable) from None


def _pack(path: Path) -> TablesSource:
    from sop_xl.model.issue import errors
    from sop_xl.workbook.pack import read_pack

    reading = read_pack(path)
    problems = errors(reading.issues)
    if problems or not reading.tables:
        said = problems[0].message if problems else "it holds no tables of a plan"
        raise CellProblem(f"{path.name} cannot be read: {said}")
    return TablesSource(reading.version, reading.tables)
