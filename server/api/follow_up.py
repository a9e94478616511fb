"""Decisions, actions and the calendar of a cycle over HTTP."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import url_for

from server.actions import follow_up
from server.actions.editing import Edit
from server.api import PREFIX, edit_documents, edit_schemas
from server.api.answers import problems
from server.api.conditional import if_match, missing, part, quoted
from server.auth.access import ANYONE, CONTRIBUTOR, EXECUTIVE, FACILITATOR, allowed
from server.auth.current import current
from server.context import context
from server.store import cycles, versions
from server.store.revisions import UNTOUCHED

blueprint = APIBlueprint("api_follow_up", __name__, url_prefix=PREFIX, tag="Follow-up")


@blueprint.get("/cycles/<cycle_id>/decisions")
@allowed(*ANYONE)
@blueprint.input(edit_schemas.PartQuery, location="query")
@blueprint.output(edit_schemas.Decision(many=True), headers=edit_schemas.ListHeaders)
@blueprint.doc(summary="List the decisions of a cycle", responses=problems(404))
def decisions(cycle_id: str, query_data: dict[str, int]) -> Any:
    """Return the questions of the newest plan, with what came of them."""
    chosen = part(_decisions(cycle_id), **query_data)
    return [edit_documents.decision(d) for d in chosen.items], 200, dict(chosen.headers)


@blueprint.get("/cycles/<cycle_id>/decisions/<path:code>")
@allowed(*ANYONE)
@blueprint.output(edit_schemas.Decision, headers=edit_schemas.TagHeader)
@blueprint.doc(summary="Show a decision", responses=problems(404))
def decision(cycle_id: str, code: str) -> Any:
    """Return a question of the newest plan, with what came of it."""
    return _decision(cycle_id, code)


@blueprint.put("/cycles/<cycle_id>/decisions/<path:code>")
@allowed(EXECUTIVE, FACILITATOR)
@blueprint.input(edit_schemas.DecisionInput)
@blueprint.output(edit_schemas.Decision, headers=edit_schemas.TagHeader)
@blueprint.doc(summary="Record a decision", responses=problems(404, 412, 422, 428))
def decide(cycle_id: str, code: str, json_data: dict[str, str]) -> Any:
    """Record what came of a question; *decided* makes an action of it."""
    reason = json_data.pop("reason")
    follow_up.record_decision(context(), cycle_id, code, Edit(json_data, current().name, reason, if_match()))
    return _decision(cycle_id, code)


@blueprint.get("/cycles/<cycle_id>/actions")
@allowed(*ANYONE)
@blueprint.input(edit_schemas.PartQuery, location="query")
@blueprint.output(edit_schemas.Action(many=True), headers=edit_schemas.ListHeaders)
@blueprint.doc(summary="List the actions of a cycle", responses=problems(404))
def actions(cycle_id: str, query_data: dict[str, int]) -> Any:
    """Return the actions, those to do first, by due date."""
    chosen = part(_actions(cycle_id), **query_data)
    return [edit_documents.action(a, context().config.clock().date()) for a in chosen.items], 200, dict(chosen.headers)


@blueprint.post("/cycles/<cycle_id>/actions")
@allowed(EXECUTIVE, FACILITATOR)
@blueprint.input(edit_schemas.ActionInput)
@blueprint.output(edit_schemas.Action, 201, headers=edit_schemas.TagHeader)
@blueprint.doc(summary="Add an action", responses=problems(404, 422))
def add_action(cycle_id: str, json_data: dict[str, str]) -> Any:
    """Add an action with an owner and a due date."""
    reason = json_data.pop("reason")
    code = follow_up.add_action(context(), cycle_id, Edit(json_data, current().name, reason, UNTOUCHED))
    document, _, headers = _action(cycle_id, code)
    place = url_for("api_follow_up.action", cycle_id=cycle_id, code=code)
    return document, 201, {**headers, "Location": place}


@blueprint.get("/cycles/<cycle_id>/actions/<path:code>")
@allowed(*ANYONE)
@blueprint.output(edit_schemas.Action, headers=edit_schemas.TagHeader)
@blueprint.doc(summary="Show an action", responses=problems(404))
def action(cycle_id: str, code: str) -> Any:
    """Return an action as it stands."""
    return _action(cycle_id, code)


@blueprint.put("/cycles/<cycle_id>/actions/<path:code>")
@allowed(CONTRIBUTOR, EXECUTIVE, FACILITATOR)
@blueprint.input(edit_schemas.ActionInput)
@blueprint.output(edit_schemas.Action, headers=edit_schemas.TagHeader)
@blueprint.doc(summary="Change an action", responses=problems(403, 404, 412, 422, 428))
def change_action(cycle_id: str, code: str, json_data: dict[str, str]) -> Any:
    """Change owner, due date, status or evidence; contributors report on their own actions alone."""
    reason = json_data.pop("reason")
    follow_up.require_own_action(context(), cycle_id, code, current())
    follow_up.record_action(context(), cycle_id, code, Edit(json_data, current().name, reason, if_match()))
    return _action(cycle_id, code)


@blueprint.get("/cycles/<cycle_id>/calendar")
@allowed(*ANYONE)
@blueprint.output(edit_schemas.Calendar, headers=edit_schemas.TagHeader)
@blueprint.doc(summary="Show the calendar of a cycle", responses=problems(404))
def calendar(cycle_id: str) -> Any:
    """Return the day each step ends and who answers for it."""
    return _calendar(cycle_id)


@blueprint.put("/cycles/<cycle_id>/calendar")
@allowed(FACILITATOR)
@blueprint.input(edit_schemas.Calendar)
@blueprint.output(edit_schemas.Calendar, headers=edit_schemas.TagHeader)
@blueprint.doc(summary="Set the calendar of a cycle", responses=problems(404, 412, 422, 428))
def set_calendar(cycle_id: str, json_data: dict[str, Any]) -> Any:
    """Set the day each step ends and who answers for it."""
    follow_up.set_calendar(context(), cycle_id, Edit(json_data, current().name, "", if_match()))
    return _calendar(cycle_id)


def _decision(cycle_id: str, code: str) -> Any:
    found = next((d for d in _decisions(cycle_id) if d.code == code), None)
    if found is None:
        raise missing("decision")
    return edit_documents.decision(found), 200, quoted(found.tag)


def _action(cycle_id: str, code: str) -> Any:
    found = next((a for a in _actions(cycle_id) if a.code == code), None)
    if found is None:
        raise missing("action")
    return edit_documents.action(found, context().config.clock().date()), 200, quoted(found.tag)


def _calendar(cycle_id: str) -> Any:
    with context().database.read() as connection:
        cycle = cycles.find(connection, cycle_id)
        if cycle is None:
            raise missing("cycle")
        steps, tag = follow_up.calendar(connection, cycle)
    return {"steps": steps, "etag": tag}, 200, quoted(tag)


def _decisions(cycle_id: str) -> list[follow_up.Decision]:
    with context().database.read() as connection:
        if cycles.find(connection, cycle_id) is None:
            raise missing("cycle")
        return follow_up.decisions(connection, cycle_id, versions.head(connection, cycle_id))


def _actions(cycle_id: str) -> list[follow_up.Action]:
    with context().database.read() as connection:
        if cycles.find(connection, cycle_id) is None:
            raise missing("cycle")
        return follow_up.actions(connection, cycle_id, versions.head(connection, cycle_id))
