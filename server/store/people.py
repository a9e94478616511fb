"""People: who may sign in, what each may do, and for which functions.

A person is never deleted, because versions and submissions carry the name; one who has left is made inactive. What is
done to people is written to :mod:`server.store.audit`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from server.store.canonical import canonical_json
from server.store.tables import people
from sop_xl.schema.catalogue import FUNCTIONS

ADMINISTRATOR, FACILITATOR, CONTRIBUTOR = "administrator", "facilitator", "contributor"
EXECUTIVE, READER = "executive", "reader"
ROLES = (ADMINISTRATOR, FACILITATOR, CONTRIBUTOR, EXECUTIVE, READER)


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who may sign in.

    ``functions`` are those a contributor plans for. ``one_time_until`` is the moment until which a one-time password
    works; empty where the password is the person's own.
    """

    id: str
    name: str
    roles: frozenset[str]
    functions: frozenset[str]
    active: bool
    one_time_until: str
    oidc_subject: str | None
    created_at: str

    def has(self, *roles: str) -> bool:
        """Return whether the person has one of the roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def must_change(self) -> bool:
        """True while the password is the one-time password: nothing else can be done before it is changed."""
        return bool(self.one_time_until)

    @property
    def own_functions(self) -> frozenset[str]:
        """Functions whose books the person fills; an executive fills the executive's."""
        own = self.functions if self.has(CONTRIBUTOR) else frozenset()
        return own | {EXECUTIVE} if self.has(EXECUTIVE) else own


class PersonExists(ValueError):
    """Someone has that name already."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a person may do: roles, and the functions of a contributor.

    Raises:
        ValueError: where a role or function is unknown, no role is given, a contributor has no function, or someone
            else has one.
    """

    roles: frozenset[str]
    functions: frozenset[str]

    @classmethod
    def of(cls, roles: Iterable[str], functions: Iterable[str] = ()) -> Rights:
        """Return rights from names; ``contributor:sales`` gives role and function at once."""
        named = [role.partition(":") for role in roles]
        found = frozenset(name for name, _, _ in named)
        own = frozenset(functions) | {function for _, colon, function in named if colon}
        if not found:
            raise ValueError("Choose at least one role.")
        if not found <= set(ROLES):
            strange = ", ".join(sorted(found - set(ROLES)))
            raise ValueError(f"There is no role {strange}; roles are {', '.join(ROLES)}.")
        if not own <= set(FUNCTIONS):
            strange = ", ".join(sorted(own - set(FUNCTIONS)))
            raise ValueError(f"There is no function {strange}; functions are {', '.join(FUNCTIONS)}.")
        if CONTRIBUTOR in found and not own:
            raise ValueError("A contributor needs at least one function.")
        if own and CONTRIBUTOR not in found:
            named = ", ".join(sorted(own))
            raise ValueError(f"Only a contributor has functions: choose contributor as well, or leave out {named}.")
        return cls(found, own)


def rights_told(person: Person) -> dict[str, Any]:
    """Return what the audit log keeps of a person's rights; :mod:`server.store.verify` compares it."""
    return {"roles": sorted(person.roles), "functions": sorted(person.functions), "active": person.active}


def name_key(name: str) -> str:
    """Return what two spellings of the same name have in common."""
    return " ".join(name.split()).casefold()


def _from_row(row: Row[Any]) -> Person:
    return of_values(dict(row._mapping))


def of_values(values: Mapping[str, Any]) -> Person:
    """Return a person from the values of a row by column."""
    return Person(
        id=values["id"],
        name=values["name"],
        roles=frozenset(json.loads(values["roles"])),
        functions=frozenset(json.loads(values["functions"])),
        active=bool(values["active"]),
        one_time_until=values["one_time_until"],
        oidc_subject=values["oidc_subject"],
        created_at=values["created_at"],
    )


def _stored(rights: Rights) -> dict[str, str]:
    return {"roles": canonical_json(sorted(rights.roles)), "functions": canonical_json(sorted(rights.functions))}


def add(
    connection: Connection, *, name: str, rights: Rights, at: str, password: str = "", one_time_until: str = ""
) -> Person:
    """Add a person; ``password`` is a hash, empty where the person signs in elsewhere.

    Raises:
        PersonExists: where someone has the name.
        ValueError: where the name is empty or too long.
    """
    name = " ".join(name.split())
    if not name or len(name) > 120 or not name.isprintable():
        raise ValueError("A name has 1 to 120 letters, digits and signs.")
    if find_by_name(connection, name) is not None:
        raise PersonExists(name)
    person_id = f"p-{secrets.token_hex(6)}"
    row = {"id": person_id, "name": name, "name_key": name_key(name), "created_at": at, "active": 1}
    row |= {"password": password, "one_time_until": one_time_until, **_stored(rights)}
    connection.execute(insert(people).values(**row))
    return Person(person_id, name, rights.roles, rights.functions, True, one_time_until, None, at)


def set_rights(connection: Connection, person_id: str, rights: Rights) -> None:
    """Give a person other rights."""
    connection.execute(update(people).where(people.c.id == person_id).values(**_stored(rights)))


def set_active(connection: Connection, person_id: str, *, active: bool) -> None:
    """Let a person in, or no longer."""
    connection.execute(update(people).where(people.c.id == person_id).values(active=int(active)))


def set_password(connection: Connection, person_id: str, password: str, *, one_time_until: str = "") -> None:
    """Store the hash of a new password."""
    changed = {"password": password, "one_time_until": one_time_until}
    connection.execute(update(people).where(people.c.id == person_id).values(**changed))


def bind_oidc(connection: Connection, person_id: str, subject: str) -> None:
    """Remember under which subject the identity provider knows a person."""
    connection.execute(update(people).where(people.c.id == person_id).values(oidc_subject=subject))


def password_of(connection: Connection, person_id: str) -> str:
    """Return the hash of a person's password, empty where there is none."""
    return connection.execute(select(people.c.password).where(people.c.id == person_id)).scalar() or ""


_BY_ID = select(people).where(people.c.id == bindparam("person_id"))


def find(connection: Connection, person_id: str) -> Person | None:
    """Return a person by id, or None."""
    row = connection.execute(_BY_ID, {"person_id": person_id}).first()
    return None if row is None else _from_row(row)


def find_by_name(connection: Connection, name: str) -> Person | None:
    """Return a person by name in whatever spelling of capitals and spaces, or None."""
    row = connection.execute(select(people).where(people.c.name_key == name_key(name))).first()
    return None if row is None else _from_row(row)


def find_by_oidc(connection: Connection, subject: str) -> Person | None:
    """Return the person an identity provider knows under a subject, or None."""
    row = connection.execute(select(people).where(people.c.oidc_subject == subject)).first()
    return None if row is None else _from_row(row)


def everyone(connection: Connection) -> list[Person]:
    """Return all people by name, those who have left last."""
    query = select(people).order_by(people.c.active.desc(), people.c.name_key)
    return [_from_row(row) for row in connection.execute(query)]


def count(connection: Connection) -> int:
    """Return the number of people."""
    return connection.execute(select(func.count()).select_from(people)).scalar_one()


def active_administrators(connection: Connection) -> list[Person]:
    """Return the administrators who may sign in; there must always be one."""
    return [person for person in everyone(connection) if person.active and person.has(ADMINISTRATOR)]
