"""Routes of the pages. Forms work without scripts; with them, answers replace a part of the page."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.actions import conflicts, plans
from server.actions import cycles as cycle_actions
from server.actions import submissions as submission_actions
from server.actions.cycles import Upload
from server.auth import reach
from server.auth.access import ANYONE, CONTRIBUTOR, EXECUTIVE, FACILITATOR, allowed
from server.auth.current import current
from server.context import context
from server.pages import pages
from server.pages.cycle_view import cycle_view
from server.pages.shared import field, files, follower_of
from server.problems import KINDS, Problem
from server.processes import Task, TaskFailed
from server.store import blobs, cycles, events, submissions, versions
from server.store.cycles import Cycle
from server.store.submissions import Submission


@pages.get("/")
@allowed(*ANYONE)
def index() -> str:
    """Show the cycles, and the form that starts one."""
    with context().database.read() as connection:
        found = cycles.all_cycles(connection)
        rejected = reach.visible(current(), submissions.of_cycle(connection, None))
        views = [
            cycle_view(
                cycle,
                versions.newest_of_each_kind(connection, cycle.id),
                reach.redacted(current(), submissions.of_cycle(connection, cycle.id)),
                context().jobs.latest(cycle.id),
                follower=follower_of(found, cycle.id),
            )
            for cycle in found
        ]
    return render_template("index.html", views=views, rejected=rejected[::-1][:5], problem=None, sent={})


@pages.post("/cycles")
@allowed(FACILITATOR)
def create() -> ResponseReturnValue:
    """Start a cycle from the form."""
    cycle = cycle_actions.create(context(), name=field("name"), author=current().name, files=files("files"))
    return redirect(url_for("pages.cycle", cycle_id=cycle.id), 303)


@pages.post("/cycles/<cycle_id>/issue")
@allowed(FACILITATOR)
def issue(cycle_id: str) -> ResponseReturnValue:
    """Prepare the books again."""
    cycle_actions.issue(context(), cycle_id)
    return redirect(url_for("pages.cycle", cycle_id=cycle_id), 303)


@pages.post("/cycles/<cycle_id>/submissions")
@allowed(CONTRIBUTOR, EXECUTIVE, FACILITATOR)
def submit(cycle_id: str) -> ResponseReturnValue:
    """Receive a workbook from the form and show what was found in it."""
    sent = files("file")
    upload = sent[0] if sent else Upload("", b"")
    receipt = submission_actions.submit(
        context(), cycle_id, upload=upload, sender=current(), submitter=field("submitter")
    )
    place = url_for("pages.submission", submission_id=receipt.submission.id, again=int(receipt.recognised) or None)
    return redirect(place, 303)


@pages.get("/submissions/<submission_id>")
@allowed(*ANYONE)
def submission(submission_id: str) -> str:
    """Show a submission with every issue and its cell, what it changes, and what happened to it."""
    found, of = _found(submission_id)
    with context().database.read() as connection:
        told = events.of_subject(connection, found.id)
    changes, unchanged = None, False
    if found.cycle_id is not None and found in submissions.in_force([found]):
        try:
            preview = conflicts.preview(context(), found.cycle_id)
        except Problem:
            preview = None
        changes = preview.changes.get(f"{found.function}/{found.submitter}") if preview else None
        unchanged = preview is not None and changes is None
    again = bool(request.args.get("again"))
    return render_template(
        "submission.html", found=found, cycle=of, again=again, changes=changes, unchanged=unchanged, told=told
    )


@pages.get("/submissions/<submission_id>/cells")
@allowed(*ANYONE)
def cells(submission_id: str) -> str:
    """Show a cell of a workbook someone sent, with those around it."""
    found, of = _found(submission_id)
    place = {name: request.args.get(name, "") for name in ("sheet", "cell")}
    with context().database.read() as connection:
        content = blobs.get(connection, found.sha256)
    task = Task(
        "excerpt",
        place,
        {"file": content},
        seconds=context().config.read_seconds,
        memory_mb=context().config.read_memory_mb,
    )
    try:
        excerpt = context().readers.run(task).values
    except TaskFailed:
        excerpt = {"rows": []}
    here = [i for i in found.issues if (i.get("sheet"), i.get("cell")) == (place["sheet"], place["cell"])]
    return render_template("cells.html", found=found, cycle=of, excerpt=excerpt, here=here, **place)


def _found(submission_id: str) -> tuple[Submission, Cycle | None]:
    with context().database.read() as connection:
        found = submissions.find(connection, submission_id)
        if found is None:
            raise Problem.of("not-found", "There is no such submission.")
        reach.require_submission(current(), found)
        return found, cycles.find(connection, found.cycle_id) if found.cycle_id else None


@pages.post("/cycles/<cycle_id>/consolidate")
@allowed(FACILITATOR)
def consolidate(cycle_id: str) -> ResponseReturnValue:
    """Start the consolidation."""
    plans.consolidate(context(), cycle_id, author=current().name)
    return redirect(url_for("pages.cycle", cycle_id=cycle_id), 303)


@pages.post("/cycles/<cycle_id>/commit")
@allowed(EXECUTIVE, FACILITATOR)
def commit(cycle_id: str) -> ResponseReturnValue:
    """Commit the scenario chosen in the form."""
    commitment = plans.Commitment(
        field("scenario"), current().name, field("reason"), expected_parent=field("expected_parent")
    )
    version = plans.commit(context(), cycle_id, commitment)
    return redirect(url_for("pages.version", digest=version.hash), 303)


@pages.post("/cycles/<cycle_id>/candidate")
@allowed(FACILITATOR)
def promote(cycle_id: str) -> ResponseReturnValue:
    """Make the scenario chosen in the form the candidate."""
    proposal = plans.Commitment(
        field("scenario"), current().name, field("reason"), expected_parent=field("expected_parent")
    )
    plans.promote(context(), cycle_id, proposal)
    return redirect(url_for("pages.scenarios_page", cycle_id=cycle_id, _anchor="candidate"), 303)


@pages.post("/cycles/<cycle_id>/next")
@allowed(FACILITATOR)
def follow(cycle_id: str) -> ResponseReturnValue:
    """Start the cycle that follows."""
    created = cycle_actions.create_next(
        context(),
        cycle_id,
        name=field("name"),
        author=current().name,
        files=files("files"),
        despite=field("despite"),
    )
    return redirect(url_for("pages.cycle", cycle_id=created.id), 303)


@pages.get("/problems/")
@pages.get("/problems/<name>")
@allowed(*ANYONE)
def problems(name: str = "") -> str:
    """Explain the types of problems the API names."""
    if name and name not in KINDS:
        raise Problem.of("not-found", "There is no such type of problem.")
    return render_template("problems.html", kinds=[KINDS[name]] if name else list(KINDS.values()))
