"""Sign-ins that failed lately, so that nobody may guess on and on; shared by all processes of the server."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select

from server.store.people import name_key
from server.store.tables import sign_ins


@dataclass(frozen=True, slots=True)
class Failures:
    """How often a sign-in failed: for this name from this address, for the name, from the address."""

    both: int
    name: int
    address: int


def failures(connection: Connection, name: str, address: str, since: str) -> Failures:
    """Return how often it failed since a moment."""
    counted = select(func.count()).select_from(sign_ins).where(sign_ins.c.at > since)
    by_name, by_address = sign_ins.c.name_key == name_key(name)[:200], sign_ins.c.address == address
    wanted = ((by_name, by_address), (by_name,), (by_address,))
    return Failures(*(connection.execute(counted.where(*which)).scalar_one() for which in wanted))


def note(connection: Connection, name: str, address: str, at: str, *, forget_before: str) -> None:
    """Note an attempt before its password is looked at; those before a moment are forgotten."""
    connection.execute(delete(sign_ins).where(sign_ins.c.at < forget_before))
    connection.execute(insert(sign_ins).values(at=at, name_key=name_key(name)[:200], address=address))


def forgive(connection: Connection, name: str, address: str) -> None:
    """Forget the failures of a name from an address, because it has signed in."""
    query = delete(sign_ins).where(sign_ins.c.name_key == name_key(name)[:200], sign_ins.c.address == address)
    connection.execute(query)
