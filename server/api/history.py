"""Differences of versions, restoring and signing over HTTP."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import url_for

from server.actions import history
from server.actions.editing import Edit
from server.api import PREFIX, documents, edit_documents, edit_schemas, schemas
from server.api.answers import problems
from server.api.conditional import if_match, list_headers, missing, quoted
from server.auth import reach
from server.auth.access import ANYONE, EXECUTIVE, FACILITATOR, allowed
from server.auth.current import current
from server.context import context
from server.store import revisions, versions
from server.store.revisions import SIGN_OFF, UNTOUCHED
from sop_xl.reconcile.differences import PLAN

blueprint = APIBlueprint("api_history", __name__, url_prefix=PREFIX, tag="Versions")


@blueprint.get("/versions/<digest>/diff/<other>")
@allowed(*ANYONE)
@blueprint.input(edit_schemas.DiffQuery, location="query")
@blueprint.output(edit_schemas.Difference, headers=edit_schemas.ListHeaders)
@blueprint.doc(summary="Compare two versions", responses=problems(404, 422))
def diff(digest: str, other: str, query_data: dict[str, Any]) -> Any:
    """Return what differs from ``digest`` to ``other``, cell by cell, with family, function, measure and money.

    Inputs are told with who changed them and why. Contributors see the inputs of their own functions, and the plan.
    """
    comparison = history.compare(
        context(), digest, other, left_scenario=query_data["scenario"], right_scenario=query_data["other_scenario"]
    )
    wanted = edit_documents.chosen_cells(comparison, query_data)
    mine = [f for f in wanted["function"].unique() if f == PLAN or reach.reads(current(), f)]
    wanted = wanted[wanted["function"].isin(mine)]
    limit, offset = query_data["limit"], query_data["offset"]
    following = {"limit": limit, "offset": offset + limit} if offset + limit < len(wanted) else None
    document = {
        "version": comparison.left.version.hash,
        "other": comparison.right.version.hash,
        "scenario": comparison.left.scenario,
        "other_scenario": comparison.right.scenario,
        "cells_total": len(wanted),
        "by_measure": [row for row in edit_documents.measures(comparison) if row["function"] in mine],
        "cells": edit_documents.cells(comparison, wanted.iloc[offset : offset + limit]),
    }
    return document, 200, list_headers(len(wanted), following)


@blueprint.post("/versions/<digest>/restore")
@allowed(EXECUTIVE, FACILITATOR)
@blueprint.input(edit_schemas.RestoreInput)
@blueprint.output(schemas.Version, 201, headers=edit_schemas.TagHeader)
@blueprint.doc(summary="Restore a version as a new one", responses=problems(404, 409, 412, 422, 428))
def restore(digest: str, json_data: dict[str, str]) -> Any:
    """Store an earlier plan again as the newest version of its cycle; nothing of what came between is lost.

    ``If-Match`` is the hash of the newest version of the cycle.
    """
    version = history.restore(
        context(), digest, author=current().name, reason=json_data["reason"], expected_head=if_match()
    )
    headers = {"Location": url_for("api_versions.show", digest=version.hash), **quoted(version.hash)}
    return documents.version(version), 201, headers


@blueprint.get("/versions/<digest>/sign-offs")
@allowed(*ANYONE)
@blueprint.output(edit_schemas.SignOff(many=True))
@blueprint.doc(summary="List the signatures under a version", responses=problems(404))
def sign_offs(digest: str) -> Any:
    """Return who has signed the version, and what."""
    found = _found(digest)
    with context().database.read() as connection:
        return [edit_documents.sign_off(s) for s in history.signatures(connection, found)]


@blueprint.get("/versions/<digest>/sign-offs/mine")
@allowed(*ANYONE)
@blueprint.output(edit_schemas.SignOff, headers=edit_schemas.TagHeader)
@blueprint.doc(summary="Show one's own signature under a version", responses=problems(404))
def own_sign_off(digest: str) -> Any:
    """Return one's own signature; before the first its ETag is "0"."""
    found = _found(digest)
    key = history.sign_off_key(found, current().name)
    with context().database.read() as connection:
        revision = revisions.find(connection, found.cycle_id, SIGN_OFF, key)
    if revision is None:
        empty = {"name": current().name, "decision": "", "note": "", "at": "", "version": found.hash}
        return {**empty, "etag": UNTOUCHED}, 200, quoted(UNTOUCHED)
    return edit_documents.sign_off(revision), 200, quoted(revision.tag)


@blueprint.put("/versions/<digest>/sign-offs/mine")
@allowed(EXECUTIVE, FACILITATOR)
@blueprint.input(edit_schemas.SignOffInput)
@blueprint.output(edit_schemas.SignOff, headers=edit_schemas.TagHeader)
@blueprint.doc(summary="Sign a version", responses=problems(404, 412, 422, 428))
def sign(digest: str, json_data: dict[str, str]) -> Any:
    """Sign a plan by its hash: what was signed cannot be exchanged for something else."""
    revision = history.sign(context(), digest, Edit(json_data, current().name, json_data["note"], if_match()))
    return edit_documents.sign_off(revision), 200, quoted(revision.tag)


def _found(digest: str) -> versions.Version:
    with context().database.read() as connection:
        found = versions.find(connection, digest)
    if found is None:
        raise missing("version")
    return found
