"""What administrators do with people, and people with their tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from server.auth import passwords
from server.auth.times import later
from server.context import Context
from server.problems import Problem
from server.store import audit, people, sessions
from server.store.canonical import hash_of
from server.store.people import ADMINISTRATOR, Person, PersonExists, Rights
from server.store.sessions import Token

FIRST = "administrator"


@dataclass(frozen=True, slots=True)
class Entry:
    """A person and the one-time password to hand over; it is shown this once."""

    person: Person
    password: str


def first_administrator(context: Context) -> Entry | None:
    """Make the first administrator of a store without people; None where there is someone already."""
    with context.database.read() as connection:
        if people.count(connection):
            return None
    password = passwords.one_time()
    hashed = passwords.hashed(password)
    with context.database.write() as connection:
        if people.count(connection):
            return None
        at, until = context.now(), _one_time_until(context)
        rights = Rights.of((ADMINISTRATOR,))
        person = people.add(connection, name=FIRST, rights=rights, at=at, password=hashed, one_time_until=until)
        told = {"rights": people.rights_told(person)}
        action = "first administrator"
        audit.record(connection, at=at, person=FIRST, means="console", action=action, subject=FIRST, detail=told)
    return Entry(person, password)


def rights_of(roles: Iterable[str], functions: Iterable[str]) -> Rights:
    """Return the rights of names.

    Raises:
        Problem: *invalid-request* where one is unknown, or a contributor has no function.
    """
    try:
        return Rights.of(roles, functions)
    except ValueError as wrong:
        raise Problem.of("invalid-request", str(wrong), fields={"roles": str(wrong)}) from wrong


def add(context: Context, *, name: str, rights: Rights) -> Entry:
    """Add a person with a one-time password.

    Raises:
        Problem: *person-exists* or *invalid-request*.
    """
    password = passwords.one_time()
    hashed = passwords.hashed(password)
    until = _one_time_until(context)
    with context.database.write() as connection:
        try:
            person = people.add(
                connection, name=name, rights=rights, at=context.now(), password=hashed, one_time_until=until
            )
        except PersonExists as taken:
            raise Problem.of("person-exists", f"There is someone named {str(taken)!r} already.") from taken
        except ValueError as wrong:
            raise Problem.of("invalid-request", str(wrong), fields={"name": str(wrong)}) from wrong
    return Entry(person, password)


def change(
    context: Context, person_id: str, *, rights: Rights | None = None, active: bool | None = None, seen: str = ""
) -> Person:
    """Give a person other rights, or let the person in or no longer; who has left is signed out everywhere.

    ``seen`` is the tag of the person as the administrator saw it.

    Raises:
        Problem: *not-found*, *precondition-failed*, or *last-administrator* where nobody could administer any more.
    """
    with context.database.write() as connection:
        person = found(connection, person_id)
        if seen and seen != tag(person):
            newest = {"name": person.name, "roles": sorted(person.roles), "functions": sorted(person.functions)}
            raise Problem.of("precondition-failed", f"{person.name} was changed in the meantime.", newest=newest)
        somebody_administered = bool(people.active_administrators(connection))
        if rights is not None:
            people.set_rights(connection, person_id, rights)
        if active is not None:
            people.set_active(connection, person_id, active=active)
        if active is False:
            sessions.close_sessions(connection, person_id)
            sessions.revoke_all(connection, person_id, context.now())
        if somebody_administered and not people.active_administrators(connection):
            raise Problem.of("last-administrator", f"{person.name} is the only administrator.")
        return found(connection, person_id)


def tag(person: Person) -> str:
    """Return what changes with a person's rights, for ETag and If-Match."""
    return hash_of([person.id, person.name, sorted(person.roles), sorted(person.functions), person.active])[:24]


def reset_password(context: Context, person_id: str) -> Entry:
    """Give a person a new one-time password; sessions end, tokens stay.

    Raises:
        Problem: *not-found*.
    """
    password = passwords.one_time()
    hashed = passwords.hashed(password)
    with context.database.write() as connection:
        found(connection, person_id)
        people.set_password(connection, person_id, hashed, one_time_until=_one_time_until(context))
        sessions.close_sessions(connection, person_id)
        return Entry(found(connection, person_id), password)


def make_token(context: Context, person: Person, *, label: str, days: int = 0) -> tuple[Token, str]:
    """Make a token for a person's program; the secret is shown this once.

    Raises:
        Problem: *invalid-request* where the label is missing.
    """
    label = " ".join(label.split())[:80]
    if not label:
        raise Problem.of("invalid-request", "Say where the token is for.", fields={"label": "Such as: Excel, laptop."})
    most = context.config.people.token_days
    until = later(context, timedelta(days=min(days or most, most)))
    with context.database.update() as connection:
        return sessions.make_token(connection, person.id, label=label, at=context.now(), expires_at=until)


def revoke_token(context: Context, token_id: str, *, by: Person) -> None:
    """Make a token worthless: the own, or as administrator anyone's.

    Raises:
        Problem: *not-found*; also where the token is someone else's.
    """
    with context.database.write() as connection:
        token = sessions.find_token(connection, token_id)
        if token is None or (token.person_id != by.id and not by.has(ADMINISTRATOR)):
            raise Problem.of("not-found", "There is no such token.")
        sessions.revoke(connection, token_id, context.now())


def found(connection: Connection, person_id: str) -> Person:
    """Return a person by id.

    Raises:
        Problem: *not-found*.
    """
    person = people.find(connection, person_id)
    if person is None:
        raise Problem.of("not-found", "There is no such person.")
    return person


def _one_time_until(context: Context) -> str:
    return later(context, timedelta(days=context.config.people.one_time_days))
