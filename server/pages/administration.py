"""Pages of the administrator: people and their roles, everyone's tokens, the audit log."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.actions import people as people_actions
from server.actions.people import Entry
from server.auth.access import ADMINISTRATOR, allowed
from server.auth.current import concerns, current
from server.context import context
from server.problems import Problem
from server.store import audit, people, sessions
from server.store.people import ROLES
from sop_xl.schema.catalogue import FUNCTIONS

blueprint = APIBlueprint("administration", __name__, url_prefix="/administration", enable_openapi=False)
allowed(ADMINISTRATOR).on(blueprint)
_LINES = 100
ROLE_TEXTS = {
    "administrator": "adds people and reads the audit log; decides nothing about the plan",
    "facilitator": "runs the cycle: issues, returns, resolves, consolidates, records decisions",
    "contributor": "fills in and submits the books of the own functions",
    "executive": "decides and commits; fills in the executive’s book",
    "reader": "looks at everything, changes nothing",
}


@blueprint.get("/people")
def people_page() -> str:
    """Show everyone, and the form that adds a person."""
    return _people()


@blueprint.post("/people")
def add() -> ResponseReturnValue:
    """Add a person and show the one-time password once."""
    form = request.form
    concerns(form.get("name", ""))
    try:
        rights = people_actions.rights_of(form.getlist("roles"), form.getlist("functions"))
        entry = people_actions.add(context(), name=form.get("name", ""), rights=rights)
    except Problem as problem:
        return _people(problem=problem), problem.kind.status
    concerns(entry.person)
    return _people(entry=entry)


@blueprint.get("/people/<person_id>")
def person(person_id: str) -> str:
    """Show a person: rights, tokens, what the person did lately."""
    with context().database.read() as connection:
        found = people_actions.found(connection, person_id)
        tokens = [token for token, _ in sessions.tokens_of(connection, person_id)]
        browsers = sessions.sessions_of(connection, person_id)
        lines = audit.newest(connection, limit=20, person=found.name)
    return render_template(
        "administration/person.html",
        found=found,
        tag=people_actions.tag(found),
        tokens=tokens,
        sessions=browsers,
        lines=lines,
        roles=ROLE_TEXTS,
        functions=FUNCTIONS,
    )


@blueprint.post("/people/<person_id>")
def change(person_id: str) -> ResponseReturnValue:
    """Give a person other rights."""
    form = request.form
    rights = people_actions.rights_of(form.getlist("roles"), form.getlist("functions"))
    concerns(people_actions.change(context(), person_id, rights=rights, seen=form.get("seen", "")))
    return redirect(url_for("administration.person", person_id=person_id), 303)


@blueprint.post("/people/<person_id>/leave")
def leave(person_id: str) -> ResponseReturnValue:
    """Let a person in no longer: sessions end and tokens are revoked."""
    concerns(people_actions.change(context(), person_id, active=False))
    return redirect(url_for("administration.people_page"), 303)


@blueprint.post("/people/<person_id>/return")
def come_back(person_id: str) -> ResponseReturnValue:
    """Let a person in again."""
    concerns(people_actions.change(context(), person_id, active=True))
    return redirect(url_for("administration.person", person_id=person_id), 303)


@blueprint.post("/people/<person_id>/password")
def reset_password(person_id: str) -> ResponseReturnValue:
    """Give a person a new one-time password and show it once."""
    entry = people_actions.reset_password(context(), person_id)
    concerns(entry.person)
    return _people(entry=entry)


@blueprint.get("/tokens")
def tokens() -> str:
    """Show everyone's tokens."""
    with context().database.read() as connection:
        found = sessions.tokens_of(connection)
    return render_template("administration/tokens.html", tokens=found, now=context().now())


@blueprint.post("/tokens/<token_id>/revoke")
def revoke_token(token_id: str) -> ResponseReturnValue:
    """Revoke a token of anyone."""
    people_actions.revoke_token(context(), token_id, by=current())
    return redirect(url_for("administration.tokens"), 303)


@blueprint.get("/audit")
def audit_page() -> str:
    """Show the audit log, newest first."""
    asked = {name: request.args.get(name, "").strip() for name in ("person", "action")}
    before = request.args.get("before", 0, type=int)
    with context().database.read() as connection:
        lines = audit.newest(connection, limit=_LINES + 1, before=min(max(before, 0), 2**53), **asked)
        names = [person.name for person in people.everyone(connection)]
        actions = audit.actions(connection)
    older = lines[_LINES - 1].seq if len(lines) > _LINES else 0
    return render_template(
        "administration/audit.html", lines=lines[:_LINES], older=older, asked=asked, names=names, actions=actions
    )


@blueprint.app_template_global("deed")
def deed(action: str) -> str:
    """Return what an action of the audit log is in words: what its route says it does."""
    endpoint, _, refused = action.partition(" ")
    view = current_app.view_functions.get(endpoint)
    if view is None or not view.__doc__:
        return action
    words = view.__doc__.strip().splitlines()[0].rstrip(".").split(";")[0].split(":")[0]
    return f"{words}{' (' + refused + ')' if refused else ''}"


def _people(*, entry: Entry | None = None, problem: Problem | None = None) -> str:
    with context().database.read() as connection:
        everyone = people.everyone(connection)
    return render_template(
        "administration/people.html",
        people=everyone,
        entry=entry,
        problem=problem,
        sent=request.form,
        roles=ROLE_TEXTS,
        role_names=ROLES,
        functions=FUNCTIONS,
    )
