"""Conflicts between submissions and the facilitator's answers, over HTTP."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from server.actions import conflicts, reviewing
from server.actions.conflicts import Choice, Conflict
from server.api import PREFIX, documents, edit_documents, edit_schemas, schemas
from server.api.answers import problems
from server.api.conditional import if_match, part, quoted
from server.auth import reach
from server.auth.access import ANYONE, FACILITATOR, allowed
from server.auth.current import current
from server.context import context
from server.store.people import Person

blueprint = APIBlueprint("api_reviewing", __name__, url_prefix=PREFIX, tag="Review")


@blueprint.get("/cycles/<cycle_id>/conflicts")
@allowed(*ANYONE)
@blueprint.input(edit_schemas.ConflictQuery, location="query")
@blueprint.output(edit_schemas.Conflict(many=True), headers=edit_schemas.ListHeaders)
@blueprint.doc(summary="List the conflicts between submissions", responses=problems(404, 409))
def index(cycle_id: str, query_data: dict[str, Any]) -> Any:
    """Return the rows that submissions in force want differently, the largest money first, and how they stand."""
    found = [c for c in conflicts.preview(context(), cycle_id).conflicts if visible(current(), c)]
    wanted = [c for c in found if query_data["state"] in ("", c.state)]
    chosen = part(wanted, limit=query_data["limit"], offset=query_data["offset"])
    return [edit_documents.conflict(c) for c in chosen.items], 200, dict(chosen.headers)


@blueprint.get("/cycles/<cycle_id>/conflicts/<conflict_id>")
@allowed(*ANYONE)
@blueprint.output(edit_schemas.Conflict, headers=edit_schemas.TagHeader)
@blueprint.doc(summary="Show a conflict", responses=problems(404, 409))
def show(cycle_id: str, conflict_id: str) -> Any:
    """Return a conflict with both values, their reasons and people, and how it was settled."""
    found = conflicts.find(context(), cycle_id, conflict_id)
    reach.require(current(), str(found.document["function"]))
    return edit_documents.conflict(found), 200, quoted(found.tag)


@blueprint.put("/cycles/<cycle_id>/conflicts/<conflict_id>/resolution")
@allowed(FACILITATOR)
@blueprint.input(edit_schemas.ResolutionInput)
@blueprint.output(edit_schemas.Conflict, headers=edit_schemas.TagHeader)
@blueprint.doc(summary="Settle a conflict", responses=problems(404, 409, 412, 422, 428))
def resolve(cycle_id: str, conflict_id: str, json_data: dict[str, Any]) -> Any:
    """Settle a conflict with a name and a reason; the next consolidation takes the value.

    Settling it again is a new revision. Where somebody was quicker the answer is 412 with both values.
    """
    choice = Choice(**json_data, expected=if_match())
    found = conflicts.resolve(context(), cycle_id, conflict_id, choice, author=current().name)
    return edit_documents.conflict(found), 200, quoted(found.tag)


@blueprint.put("/submissions/<submission_id>/review")
@allowed(FACILITATOR)
@blueprint.input(edit_schemas.ReviewInput)
@blueprint.output(schemas.Submission, headers=edit_schemas.TagHeader)
@blueprint.doc(summary="Accept a submission or return it", responses=problems(404, 409, 412, 422, 428))
def review(submission_id: str, json_data: dict[str, str]) -> Any:
    """Accept a submission, or return it with a comment; what is returned counts no longer."""
    found = reviewing.decide(
        context(),
        submission_id,
        json_data["state"],
        author=current().name,
        comment=json_data["comment"],
        expected=if_match(),
    )
    return documents.submission(found), 200, quoted(found.tag)


def visible(person: Person, conflict: Conflict) -> bool:
    """Return whether a person may look at a conflict: that of the own function's table."""
    return reach.reads(person, str(conflict.document["function"]))
