"""Cycles: one round of planning, named by people and addressed by a short id made from the name."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select

from server.store import events
from server.store.canonical import canonical_json
from server.store.tables import cycles


@dataclass(frozen=True, slots=True)
class Cycle:
    """A cycle of planning; ``config`` says which cycle it follows and what its data gathering was."""

    id: str
    name: str
    created_at: str
    author: str
    config: Mapping[str, Any]


class CycleExists(ValueError):
    """There is a cycle of that name already."""

    def __init__(self, cycle: Cycle) -> None:
        """Carry the cycle that is there."""
        super().__init__(f"There is a cycle named {cycle.name!r} already.")
        self.cycle = cycle


def identifier(name: str) -> str:
    """Return the id a name gives: its letters and digits in lower case, joined by hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]


def _from_row(row: Row[Any]) -> Cycle:
    values = dict(row._mapping)
    return Cycle(**{**values, "config": json.loads(values["config"])})


def add(connection: Connection, *, name: str, author: str, at: str, config: Mapping[str, Any]) -> Cycle:
    """Add a cycle.

    Raises:
        ValueError: where the name has no letter or digit to make an id from.
        CycleExists: where the name, or one that gives the same id, is taken.
    """
    name = " ".join(name.split())
    cycle_id = identifier(name)
    if not cycle_id:
        raise ValueError("A cycle needs a name with letters or digits, such as 2008-07.")
    taken = connection.execute(select(cycles).where(or_(cycles.c.id == cycle_id, cycles.c.name == name))).first()
    if taken is not None:
        raise CycleExists(_from_row(taken))
    cycle = Cycle(cycle_id, name, at, author, dict(config))
    connection.execute(
        insert(cycles).values(id=cycle.id, name=name, created_at=at, author=author, config=canonical_json(cycle.config))
    )
    detail = {"name": name, "config": cycle.config}
    events.record(connection, at=at, cycle_id=cycle.id, subject=cycle.id, kind="created", actor=author, detail=detail)
    return cycle


def find(connection: Connection, cycle_id: str) -> Cycle | None:
    """Return a cycle by id, or None."""
    row = connection.execute(select(cycles).where(cycles.c.id == cycle_id)).first()
    return None if row is None else _from_row(row)


def all_cycles(connection: Connection) -> list[Cycle]:
    """Return every cycle, newest first."""
    query = select(cycles).order_by(cycles.c.created_at.desc(), cycles.c.id.desc())
    return [_from_row(row) for row in connection.execute(query)]
