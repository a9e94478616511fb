"""Cycles over HTTP: create, look at, hand out books, consolidate, commit, follow on."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from apiflask import APIBlueprint
from flask import Response, send_file, url_for
from werkzeug.datastructures import FileStorage

from server.actions import cycles as cycle_actions
from server.actions import files as file_actions
from server.actions import plans
from server.actions.cycles import Upload
from server.api import PREFIX, documents, edit_schemas, schemas
from server.api.answers import WORKBOOK, XLSX, problems
from server.api.conditional import if_match, part, quoted
from server.auth import reach
from server.auth.access import ANYONE, EXECUTIVE, FACILITATOR, allowed
from server.auth.current import current
from server.context import Context, context
from server.problems import Problem
from server.store import cycles, submissions, versions
from server.store.versions import Version

blueprint = APIBlueprint("api_cycles", __name__, url_prefix=PREFIX, tag="Cycles")
_NEWEST = 50
"""How many versions the document of a cycle holds."""


def uploads(sent: Sequence[FileStorage]) -> list[Upload]:
    """Return uploaded files with their bare names; empty fields of a form are left out."""
    found = []
    for file in sent:
        name = (file.filename or "").replace("\\", "/").rsplit("/", 1)[-1]
        if name:
            found.append(Upload(name, file.read()))
    return found


def workbook(made: file_actions.Made) -> Response:
    """Return a workbook made from a version as a download, tagged with the version."""
    response = send_file(io.BytesIO(made.content), XLSX, as_attachment=True, download_name=made.name)
    response.headers["X-Version"] = made.version.hash
    return response


@blueprint.post("/cycles")
@allowed(FACILITATOR)
@blueprint.input(schemas.CycleUpload, location="form_and_files", arg_name="sent")
@blueprint.output(schemas.Cycle, 201)
@blueprint.doc(summary="Create a cycle from gathered data", responses=problems(409, 413, 422))
def create(sent: dict[str, Any]) -> Any:
    """Create a cycle, keep its data as they came, and start to make its baseline and books.

    Answers 422 with every issue where the data have errors. Poll ``/cycles/{id}/progress`` until the books are there.
    """
    files = uploads(sent["files"])
    cycle = cycle_actions.create(context(), name=sent["name"], author=current().name, files=files)
    return documents.cycle(cycle, []), 201, {"Location": url_for("api_cycles.show", cycle_id=cycle.id)}


@blueprint.get("/cycles")
@allowed(*ANYONE)
@blueprint.input(edit_schemas.PartQuery, location="query")
@blueprint.output(schemas.Cycle(many=True), headers=edit_schemas.ListHeaders)
@blueprint.doc(summary="List the cycles, newest first")
def index(query_data: dict[str, int]) -> Any:
    """Return the cycles with where they stand."""
    with context().database.read() as connection:
        chosen = part(cycles.all_cycles(connection), **query_data)
        found = [documents.cycle(c, versions.newest_links(connection, c.id, 1)) for c in chosen.items]
    return found, 200, dict(chosen.headers)


@blueprint.get("/cycles/<cycle_id>/progress")
@allowed(*ANYONE)
@blueprint.output(schemas.Progress)
@blueprint.doc(summary="Show how far the calculation of a cycle has come", responses=problems(404))
def progress(cycle_id: str) -> Any:
    """Return the latest work on the cycle; poll it about once a second."""
    with context().database.glance() as connection:
        _found(cycles.find(connection, cycle_id))
    return documents.progress(context().jobs.latest(cycle_id))


@blueprint.get("/cycles/<cycle_id>")
@allowed(*ANYONE)
@blueprint.output(schemas.CycleDetail)
@blueprint.doc(summary="Show a cycle", responses=problems(404))
def show(cycle_id: str) -> Any:
    """Return who submitted, in which state and with which issues, the newest versions, and the summary of the plan.

    All versions are in the list of versions, in parts.
    """
    with context().database.read() as connection:
        cycle = _found(cycles.find(connection, cycle_id))
        chain = versions.newest_links(connection, cycle_id, _NEWEST)
        newest = versions.head(connection, cycle_id)
        received = submissions.of_cycle(connection, cycle_id)
    plan = reach.version_visible(current(), newest) if newest is not None and newest.kind != "issued" else None
    seen = reach.visible(current(), received)
    return documents.cycle_detail(cycle, chain, plan, received, seen, context().jobs.latest(cycle_id))


@blueprint.post("/cycles/<cycle_id>/issue")
@allowed(FACILITATOR)
@blueprint.output(schemas.Progress, 202)
@blueprint.doc(summary="Prepare the books again after an interruption", responses=problems(404, 409))
def issue(cycle_id: str) -> Any:
    """Start to make the baseline and the first version, where the first attempt failed."""
    working = cycle_actions.issue(context(), cycle_id)
    return documents.progress(working), 202, {"Location": url_for("api_cycles.progress", cycle_id=cycle_id)}


@blueprint.get("/cycles/<cycle_id>/books/<function>")
@allowed(*ANYONE)
@blueprint.input(schemas.BookQuery, location="query")
@blueprint.doc(summary="Download the workbook of a function", responses={**WORKBOOK, **problems(404, 409)})
def book(cycle_id: str, function: str, query_data: dict[str, str]) -> Any:
    """Return the workbook, prefilled with baseline and last values, knowing the version it was issued from.

    With a later ``version`` it holds the numbers put together there; what is changed in it is merged against them.
    """
    reach.require(current(), function)
    return workbook(file_actions.book(context(), cycle_id, function, version_hash=query_data["version"]))


@blueprint.post("/cycles/<cycle_id>/consolidate")
@allowed(FACILITATOR)
@blueprint.output(schemas.Progress, 202)
@blueprint.doc(summary="Consolidate the submissions into one plan", responses=problems(404, 409, 422))
def consolidate(cycle_id: str) -> Any:
    """Start to merge the submissions and run the cycle; poll ``Location`` for the result."""
    working = plans.consolidate(context(), cycle_id, author=current().name)
    return documents.progress(working), 202, {"Location": url_for("api_cycles.progress", cycle_id=cycle_id)}


@blueprint.post("/cycles/<cycle_id>/commit")
@allowed(EXECUTIVE, FACILITATOR)
@blueprint.input(schemas.CommitInput)
@blueprint.output(schemas.Version, 201)
@blueprint.doc(summary="Commit a scenario of the consolidated plan", responses=problems(404, 409, 412, 422))
def commit(cycle_id: str, json_data: dict[str, str]) -> Any:
    """Store the scenario as the committed, immutable version.

    ``expected_parent`` (or ``If-Match``) is the newest version the decider saw; where the cycle has a newer one the
    answer is 409 (412 for ``If-Match``) with that version, and nothing is stored.
    """
    return _stored(plans.commit, cycle_id, json_data)


@blueprint.post("/cycles/<cycle_id>/candidate")
@allowed(FACILITATOR)
@blueprint.input(schemas.PromoteInput)
@blueprint.output(schemas.Version, 201)
@blueprint.doc(summary="Propose a scenario as the candidate", responses=problems(404, 409, 412, 422))
def promote(cycle_id: str, json_data: dict[str, str]) -> Any:
    """Store the scenario as the candidate: a version with who proposes it and why, before anyone commits.

    ``expected_parent`` (or ``If-Match``) is the newest version the proposer saw, as for the commitment.
    """
    return _stored(plans.promote, cycle_id, json_data)


@blueprint.post("/cycles/<cycle_id>/next")
@allowed(FACILITATOR)
@blueprint.input(schemas.NextCycleUpload, location="form_and_files", arg_name="sent")
@blueprint.output(schemas.Cycle, 201)
@blueprint.doc(summary="Create the cycle that follows a committed plan", responses=problems(404, 409, 413, 422))
def follow(cycle_id: str, sent: dict[str, Any]) -> Any:
    """Create the next cycle, whose books carry the committed plan as targets.

    Tables that are not among the files are taken over from the committed version, and so are actions that wait.
    """
    cycle = cycle_actions.create_next(
        context(),
        cycle_id,
        name=sent["name"],
        author=current().name,
        files=uploads(sent["files"]),
        despite=sent["despite"],
    )
    return documents.cycle(cycle, []), 201, {"Location": url_for("api_cycles.show", cycle_id=cycle.id)}


@blueprint.get("/cycles/<cycle_id>/pack")
@allowed(*ANYONE)
@blueprint.input(schemas.PackQuery, location="query")
@blueprint.doc(summary="Download the executive pack", responses={**WORKBOOK, **problems(404, 409)})
def pack(cycle_id: str, query_data: dict[str, str]) -> Any:
    """Return the pack of the newest plan, or of the version and scenario named."""
    made = file_actions.pack(context(), cycle_id, version_hash=query_data["version"], scenario=query_data["scenario"])
    return workbook(made)


def _found(cycle: cycles.Cycle | None) -> cycles.Cycle:
    if cycle is None:
        raise Problem.of("not-found", "There is no such cycle.")
    return cycle


def _stored(
    store: Callable[[Context, str, plans.Commitment], Version], cycle_id: str, json_data: dict[str, str]
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Store a decision on the version its author saw, and return the answer that names the new one."""
    matched = if_match()
    expected = matched or json_data.pop("expected_parent")
    json_data.pop("expected_parent", None)
    decided = plans.Commitment(**json_data, author=current().name, expected_parent=expected, by_header=bool(matched))
    version = store(context(), cycle_id, decided)
    location = url_for("api_versions.show", digest=version.hash)
    return documents.version(version), 201, {"Location": location, **quoted(version.hash)}
