"""The own account over HTTP: sign in for a token, who am I, the own tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apiflask import APIBlueprint

from server.actions import people as people_actions
from server.actions import signing_in
from server.api import PREFIX, people_schemas
from server.api.answers import problems
from server.auth.access import ANYONE, allowed, open_to_all
from server.auth.current import TOKEN, answer_is_secret, current
from server.auth.guard import address
from server.context import context
from server.problems import Problem
from server.store import sessions
from server.store.people import Person
from server.store.sessions import Token

blueprint = APIBlueprint("api_account", __name__, url_prefix=PREFIX, tag="Account")


def person_document(person: Person) -> dict[str, Any]:
    """Return the document of a person."""
    document: dict[str, Any] = {name: getattr(person, name) for name in ("id", "name", "active", "created_at")}
    lists = {"roles": sorted(person.roles), "functions": sorted(person.own_functions)}
    return {**document, **lists, "must_change": person.must_change}


def token_document(token: Token) -> dict[str, Any]:
    """Return the document of a token without its secret."""
    return {name: getattr(token, name) for name in ("id", "label", "created_at", "expires_at", "used_at", "revoked_at")}


@blueprint.post("/sign-in")
@open_to_all
@blueprint.input(people_schemas.SignInInput)
@blueprint.output(people_schemas.NewToken, 201)
@blueprint.doc(summary="Exchange name and password for a token", security=[], responses=problems(401, 403, 422, 429))
def sign_in(json_data: Mapping[str, str]) -> Any:
    """Return a token for programs.

    A one-time password is exchanged for ``new_password`` at the same time; without one the answer is 403.
    """
    where, name, password = context(), json_data["name"], json_data["password"]
    person = signing_in.check_password(where, name, password, address=address(), means=TOKEN)
    if json_data["new_password"]:
        signing_in.change_password(where, person, old=password, new=json_data["new_password"])
    elif person.must_change:
        raise Problem.of("password-change-needed", "Send new_password along: this was a one-time password.")
    answer_is_secret()
    token, secret = people_actions.make_token(where, person, label=json_data["label"] or "sign-in")
    with where.database.read() as connection:
        person = people_actions.found(connection, person.id)
    return {**token_document(token), "token": secret, "person": person_document(person)}, 201


@blueprint.get("/me")
@allowed(*ANYONE)
@blueprint.output(people_schemas.Person)
@blueprint.doc(summary="Show who is signed in")
def me() -> Any:
    """Return the person the token or session belongs to, with roles and functions."""
    return person_document(current())


@blueprint.get("/tokens")
@allowed(*ANYONE)
@blueprint.output(people_schemas.Token(many=True))
@blueprint.doc(summary="List the own tokens")
def tokens() -> Any:
    """Return the own tokens, newest first, without their secrets."""
    with context().database.read() as connection:
        return [token_document(token) for token, _ in sessions.tokens_of(connection, current().id)]


@blueprint.post("/tokens")
@allowed(*ANYONE)
@blueprint.input(people_schemas.TokenInput)
@blueprint.output(people_schemas.NewToken, 201)
@blueprint.doc(summary="Make a token of the own", responses=problems(422))
def make_token(json_data: Mapping[str, Any]) -> Any:
    """Return a new token; its secret is shown this once."""
    answer_is_secret()
    token, secret = people_actions.make_token(context(), current(), label=json_data["label"], days=json_data["days"])
    return {**token_document(token), "token": secret, "person": person_document(current())}, 201


@blueprint.delete("/tokens/<token_id>")
@allowed(*ANYONE)
@blueprint.output({}, 204)
@blueprint.doc(summary="Revoke a token", responses=problems(404))
def revoke_token(token_id: str) -> Any:
    """Make a token of the own worthless at once; an administrator anyone's."""
    people_actions.revoke_token(context(), token_id, by=current())
    return ""
