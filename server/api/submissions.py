"""Submissions over HTTP: send a workbook, look at what was found in it, get it back."""

from __future__ import annotations

import io
from typing import Any

from apiflask import APIBlueprint
from flask import send_file, url_for

from server.actions import submissions as submission_actions
from server.api import PREFIX, documents, edit_schemas, schemas
from server.api.answers import FILE, problems
from server.api.conditional import quoted
from server.api.cycles import uploads
from server.auth import reach
from server.auth.access import ANYONE, CONTRIBUTOR, EXECUTIVE, FACILITATOR, allowed
from server.auth.current import current
from server.context import context
from server.problems import Problem
from server.store import blobs, submissions

blueprint = APIBlueprint("api_submissions", __name__, url_prefix=PREFIX, tag="Submissions")


@blueprint.post("/cycles/<cycle_id>/submissions")
@allowed(CONTRIBUTOR, EXECUTIVE, FACILITATOR)
@blueprint.input(schemas.SubmissionUpload, location="form_and_files", arg_name="sent")
@blueprint.output(schemas.Submission, 201)
@blueprint.doc(
    summary="Submit a function's workbook",
    responses={200: "The same bytes had been sent before", **problems(404, 409, 413, 422)},
)
def submit(cycle_id: str, sent: dict[str, Any]) -> Any:
    """Keep the workbook and answer at once with what was found in it, cell by cell.

    Function and base version are read from the workbook. *validated* goes into the next consolidation; *returned* has
    errors to correct. Every attempt is kept, also one that cannot be read (422).
    """
    files = uploads([sent["file"]])
    if not files:
        raise Problem.of("invalid-request", "Choose the workbook to submit.", fields={"file": "missing"})
    receipt = submission_actions.submit(
        context(), cycle_id, upload=files[0], sender=current(), submitter=sent["submitter"]
    )
    problem = submission_actions.unreadable(receipt)
    if problem is not None:
        raise problem
    document = documents.submission(receipt.submission, recognised=receipt.recognised)
    location = url_for("api_submissions.show", submission_id=receipt.submission.id)
    return document, 200 if receipt.recognised else 201, {"Location": location}


@blueprint.get("/submissions/<submission_id>")
@allowed(*ANYONE)
@blueprint.output(schemas.Submission, headers=edit_schemas.TagHeader)
@blueprint.doc(summary="Show a submission", responses=problems(404))
def show(submission_id: str) -> Any:
    """Return a submission with its issues and where it stands."""
    with context().database.read() as connection:
        found = _found(submissions.find(connection, submission_id))
    return documents.submission(found), 200, quoted(found.tag)


@blueprint.get("/submissions/<submission_id>/file")
@allowed(*ANYONE)
@blueprint.doc(summary="Download a submission as it was sent", responses={**FILE, **problems(404)})
def file(submission_id: str) -> Any:
    """Return the bytes exactly as they were received."""
    with context().database.read() as connection:
        found = _found(submissions.find(connection, submission_id))
        content = blobs.get(connection, found.sha256)
    return send_file(io.BytesIO(content), "application/octet-stream", as_attachment=True, download_name=found.file_name)


def _found(submission: submissions.Submission | None) -> submissions.Submission:
    if submission is None:
        raise Problem.of("not-found", "There is no such submission.")
    reach.require_submission(current(), submission)
    return submission
