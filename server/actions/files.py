"""Files made for people: the workbooks of the functions and the executive pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.context import Context
from server.problems import Problem
from server.processes import Task
from server.store import cycles, versions
from server.store.cycles import Cycle
from server.store.versions import Version


@dataclass(frozen=True, slots=True)
class Made:
    """A file made from a version."""

    name: str
    content: bytes
    version: Version


def book(context: Context, cycle_id: str, function: str, *, version_hash: str = "") -> Made:
    """Return the workbook of a function as issued, or with the numbers put together in a later version of the cycle.

    It knows the version it came from; what is typed into it is merged as a change of that version.

    Raises:
        Problem: *not-found* or *not-issued*.
    """
    from sop_xl.schema.catalogue import FUNCTIONS

    with context.database.read() as connection:
        cycle = _cycle(cycles.find(connection, cycle_id))
        version = versions.head(connection, cycle_id, "issued")
        if version_hash:
            version = versions.find(connection, version_hash)
            if version is None or version.cycle_id != cycle_id:
                raise Problem.of("not-found", "This cycle has no such version.")
        if function not in FUNCTIONS:
            raise Problem.of("not-found", f"There is no book {function!r}; there are {', '.join(FUNCTIONS)}.")
        if version is None:
            raise Problem.of("not-issued", "The books of this cycle are still being prepared.")
    arguments = {
        "functions": FUNCTIONS,
        "cycle": cycle.name,
        "version": version.hash,
        "scenario": version.scenario,
        "summary": version.summary,
    }
    content = _made(context, "books", version, arguments, function)
    return Made(f"{cycle.id}-{function}.xlsx", content, version)


def pack(context: Context, cycle_id: str, *, version_hash: str = "", scenario: str = "") -> Made:
    """Return the executive pack of the newest plan of a cycle, or of the version and scenario named.

    Raises:
        Problem: *not-found*, *nothing-consolidated* or *unknown-scenario*.
    """
    with context.database.read() as connection:
        cycle = _cycle(cycles.find(connection, cycle_id))
        if version_hash:
            version = versions.find(connection, version_hash)
            if version is None or version.cycle_id != cycle_id:
                raise Problem.of("not-found", "This cycle has no such version.")
        else:
            version = versions.head(connection, cycle_id)
    if version is None or version.kind == "issued":
        raise Problem.of("nothing-consolidated", "There is no plan to make a pack of yet: consolidate first.")
    scenario = scenario or version.scenario
    if scenario not in version.summary["scenarios"]:
        offered = list(version.summary["scenarios"])
        raise Problem.of("unknown-scenario", f"The plan has no scenario {scenario!r}.", scenarios=offered)
    arguments = {
        "cycle": cycle.name,
        "version": version.hash,
        "kind": version.kind,
        "scenario": scenario,
        "created_at": version.created_at,
        "summary": version.summary,
    }
    content = _made(context, "pack", version, arguments, scenario)
    return Made(f"{cycle.id}-pack-{version.hash[:8]}.xlsx", content, version)


def _made(context: Context, task: str, version: Version, arguments: Mapping[str, object], wanted: str) -> bytes:
    """Return a file of a version by the name its task gives it; all the task makes is kept for those who ask next."""

    def make() -> dict[tuple[str, ...], bytes]:
        with context.database.read() as connection:
            content = versions.content_of(connection, version)
        limit = context.config.write_seconds
        files = context.readers.run(Task(task, arguments, {"payload": content}, seconds=limit)).blobs
        return {(task, version.hash, name if task == "books" else wanted): data for name, data in files.items()}

    return context.files.get((task, version.hash, wanted), make)


def _cycle(cycle: Cycle | None) -> Cycle:
    if cycle is None:
        raise Problem.of("not-found", "There is no such cycle.")
    return cycle
