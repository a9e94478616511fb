"""People and the audit log over HTTP, for administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apiflask import APIBlueprint
from flask import request, url_for

from server.actions import people as people_actions
from server.api import PREFIX, people_schemas
from server.api.account import person_document, token_document
from server.api.answers import problems
from server.auth.access import ADMINISTRATOR, allowed
from server.auth.current import answer_is_secret, concerns
from server.context import context
from server.store import audit, people, sessions
from server.store.people import CONTRIBUTOR

blueprint = APIBlueprint("api_people", __name__, url_prefix=PREFIX, tag="People")
allowed(ADMINISTRATOR).on(blueprint)


@blueprint.get("/people")
@blueprint.output(people_schemas.Person(many=True))
@blueprint.doc(summary="List the people")
def index() -> Any:
    """Return everyone who may sign in, and those who no longer may last."""
    with context().database.read() as connection:
        return [person_document(person) for person in people.everyone(connection)]


@blueprint.post("/people")
@blueprint.input(people_schemas.PersonInput)
@blueprint.output(people_schemas.NewPerson, 201)
@blueprint.doc(summary="Add a person", responses=problems(409, 422))
def add(json_data: Mapping[str, Any]) -> Any:
    """Add a person; the one-time password is shown this once and changed at the first sign-in."""
    concerns(json_data["name"])
    rights = people_actions.rights_of(json_data["roles"], json_data["functions"])
    answer_is_secret()
    entry = people_actions.add(context(), name=json_data["name"], rights=rights)
    concerns(entry.person)
    document = {**person_document(entry.person), "one_time_password": entry.password}
    return document, 201, {"Location": url_for("api_people.show", person_id=entry.person.id)}


@blueprint.get("/people/<person_id>")
@blueprint.output(people_schemas.Person)
@blueprint.doc(summary="Show a person", responses=problems(404))
def show(person_id: str) -> Any:
    """Return a person; the ``ETag`` changes with the rights."""
    with context().database.read() as connection:
        person = people_actions.found(connection, person_id)
    return person_document(person), 200, {"ETag": f'"{people_actions.tag(person)}"'}


@blueprint.patch("/people/<person_id>")
@blueprint.input(people_schemas.PersonChange)
@blueprint.output(people_schemas.Person)
@blueprint.doc(summary="Give a person other rights", responses=problems(404, 409, 412, 422))
def change(person_id: str, json_data: Mapping[str, Any]) -> Any:
    """Change roles, functions or whether the person may sign in at all.

    With ``If-Match`` the change is made only where nobody else changed the person since; else the answer is 412.
    """
    where = context()
    rights = None
    if "roles" in json_data or "functions" in json_data:
        with where.database.read() as connection:
            before = people_actions.found(connection, person_id)
        roles = json_data.get("roles", sorted(before.roles))
        plans = any(role.partition(":")[0] == CONTRIBUTOR for role in roles)
        rights = people_actions.rights_of(roles, json_data.get("functions", before.functions if plans else ()))
    seen = request.headers.get("If-Match", "").strip().strip('"')
    person = people_actions.change(where, person_id, rights=rights, active=json_data.get("active"), seen=seen)
    concerns(person)
    return person_document(person), 200, {"ETag": f'"{people_actions.tag(person)}"'}


@blueprint.post("/people/<person_id>/password")
@blueprint.output(people_schemas.NewPerson)
@blueprint.doc(summary="Give a person a new one-time password", responses=problems(404))
def reset_password(person_id: str) -> Any:
    """Replace the password of someone who has lost it; the browser sessions of the person end."""
    answer_is_secret()
    entry = people_actions.reset_password(context(), person_id)
    concerns(entry.person)
    return {**person_document(entry.person), "one_time_password": entry.password}


@blueprint.get("/people/<person_id>/tokens")
@blueprint.output(people_schemas.Token(many=True))
@blueprint.doc(summary="List the tokens of a person", responses=problems(404))
def tokens(person_id: str) -> Any:
    """Return the tokens of a person, newest first, without their secrets."""
    with context().database.read() as connection:
        people_actions.found(connection, person_id)
        return [token_document(token) for token, _ in sessions.tokens_of(connection, person_id)]


@blueprint.get("/audit")
@blueprint.input(people_schemas.AuditQuery, location="query")
@blueprint.output(people_schemas.AuditRecord(many=True))
@blueprint.doc(summary="Read the audit log, newest first", responses=problems(422))
def log(query_data: Mapping[str, Any]) -> Any:
    """Return what people changed, what was refused them and who signed in; page on with ``before``."""
    with context().database.read() as connection:
        return audit.newest(connection, **query_data)
