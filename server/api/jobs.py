"""Calculations over HTTP: what is queued, what runs and how far it is; cancel, try again."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Float, Integer, List, Nested, String
from apiflask.validators import OneOf, Range
from flask import url_for

from server.actions import jobs as actions
from server.api import PREFIX
from server.api.answers import problems
from server.api.schemas import WHEN, ProblemDocument
from server.auth import reach
from server.auth.access import ANYONE, FACILITATOR, allowed
from server.auth.current import current
from server.context import context
from server.problems import Problem
from server.store import jobs
from server.store.jobs import Job

blueprint = APIBlueprint("api_jobs", __name__, url_prefix=f"{PREFIX}/jobs", tag="Calculations")
_STATES = [jobs.QUEUED, jobs.RUNNING, jobs.DONE, jobs.FAILED, jobs.CANCELLED]
_NAMES = (
    *("id", "state", "step", "share", "attempt", "attempts", "actor", "worker", "cancelled_by"),
    *("created_at", "started_at", "finished_at"),
)


class JobDocument(Schema):
    """A calculation and where it stands."""

    id = String()
    cycle = String(metadata={"description": "The cycle it is for."})
    task = String(metadata={"description": "What is calculated: issue, consolidate."})
    state = String(validate=OneOf(_STATES))
    step = String(metadata={"description": "What is being done."})
    share = Float(metadata={"description": "How much is done, 0 to 1."})
    attempt = Integer(metadata={"description": "How many times it was started."})
    attempts = Integer(metadata={"description": "How many times it is started at most where its process dies."})
    actor = String(metadata={"description": "Who started it."})
    worker = String(metadata={"description": "Host, process and mark of the worker that has it, or had it last."})
    cancelled_by = String()
    created_at = String(metadata=WHEN)
    started_at = String(metadata=WHEN)
    finished_at = String(metadata=WHEN)
    version = String(metadata={"description": "Hash of the version it stored."})
    problem = Nested(ProblemDocument, allow_none=True)


class JobPage(Schema):
    """Some calculations, newest first."""

    items = List(Nested(JobDocument))
    older = Integer(allow_none=True, metadata={"description": "Ask with before=… for the next page; null on the last."})


class JobQuery(Schema):
    """Which calculations."""

    cycle = String(load_default="")
    state = String(load_default="", validate=OneOf(["", *_STATES]))
    before = Integer(load_default=None, allow_none=True, validate=Range(1, 2**31 - 1))
    limit = Integer(load_default=50, validate=Range(1, 200))


def document(job: Job) -> dict[str, Any]:
    """Return the document of a calculation."""
    found: dict[str, Any] = {name: getattr(job, name) for name in _NAMES}
    found |= {"cycle": job.subject, "task": job.kind, "version": job.result}
    problem = reach.problem_visible(current(), job.problem).to_dict() if job.problem else None
    return {**found, "problem": problem}


@blueprint.get("")
@allowed(*ANYONE)
@blueprint.input(JobQuery, location="query")
@blueprint.output(JobPage)
@blueprint.doc(summary="List the calculations, newest first")
def index(query_data: dict[str, Any]) -> Any:
    """Return calculations of all cycles or of one, page by page."""
    limit, state = query_data["limit"], query_data["state"]
    with context().database.glance() as connection:
        found = jobs.page(
            connection,
            subject=query_data["cycle"] or None,
            states=(state,) if state else (),
            before=query_data["before"],
            limit=limit + 1,
        )
    return {
        "items": [document(job) for job in found[:limit]],
        "older": found[limit - 1].seq if len(found) > limit else None,
    }


@blueprint.get("/<job_id>")
@allowed(*ANYONE)
@blueprint.output(JobDocument)
@blueprint.doc(summary="Show a calculation", responses=problems(404))
def show(job_id: str) -> Any:
    """Return a calculation; poll it about once a second."""
    with context().database.glance() as connection:
        job = jobs.find(connection, job_id)
    if job is None:
        raise Problem.of("not-found", "There is no such calculation.")
    return document(job)


@blueprint.post("/<job_id>/cancel")
@allowed(FACILITATOR)
@blueprint.output(JobDocument, 202)
@blueprint.doc(summary="Cancel a calculation", responses=problems(404, 409))
def cancel(job_id: str) -> Any:
    """Stop a calculation: at once where it waits, within seconds where it runs. Nothing of it is stored."""
    return document(actions.cancel(context(), job_id, actor=current().name))


@blueprint.post("/<job_id>/retry")
@allowed(FACILITATOR)
@blueprint.output(JobDocument, 202)
@blueprint.doc(summary="Try a calculation again", responses=problems(404, 409))
def retry(job_id: str) -> Any:
    """Queue again what failed or was cancelled, as a calculation of its own."""
    job = actions.retry(context(), job_id, actor=current().name)
    return document(job), 202, {"Location": url_for("api_jobs.show", job_id=job.id)}
