"""Routes of the pages. Forms work without scripts; with them, answers replace a part of the page."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.actions import cycles as cycle_actions
from server.actions import plans
from server.actions import submissions as submission_actions
from server.actions.cycles import Upload
from server.api.cycles import uploads
from server.auth import reach
from server.auth.access import ANYONE, CONTRIBUTOR, EXECUTIVE, FACILITATOR, allowed
from server.auth.current import current
from server.context import context
from server.pages import pages
from server.pages.cycle_view import CycleView, cycle_view
from server.problems import KINDS, Problem
from server.store import cycles, events, payload, submissions, versions
from server.store.verify import verify

HEADLINES = (
    *("revenue", "gross_margin", "margin_pct", "fill_rate", "gap_units", "average_stock_value", "turns", "peak_load"),
    *("supply_premium", "cash", "cash_to_cash", "co2_t"),
)
"""Key figures a version shows first."""


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
                follower=_follower(found, cycle.id),
            )
            for cycle in found
        ]
    return render_template("index.html", views=views, rejected=rejected[::-1][:5], problem=None, sent={})


@pages.post("/cycles")
@allowed(FACILITATOR)
def create() -> ResponseReturnValue:
    """Start a cycle from the form."""
    cycle = cycle_actions.create(context(), name=_field("name"), author=current().name, files=_files("files"))
    return redirect(url_for("pages.cycle", cycle_id=cycle.id), 303)


@pages.get("/cycles/<cycle_id>")
@allowed(*ANYONE)
def cycle(cycle_id: str) -> str:
    """Show a cycle: where it stands, who submitted, what the plan says, what is to be decided."""
    return render_template("cycle.html", view=_view(cycle_id))


@pages.get("/cycles/<cycle_id>/progress")
@allowed(*ANYONE)
def progress(cycle_id: str) -> ResponseReturnValue:
    """Return the progress alone, for polling; the page is loaded anew when the work has ended."""
    working = context().jobs.latest(cycle_id)
    body = render_template("fragments/progress.html", progress=working, cycle_id=cycle_id)
    finished = working is None or not working.running
    return body, 200, {"HX-Refresh": "true"} if finished else {}


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
    files = _files("file")
    upload = files[0] if files else Upload("", b"")
    receipt = submission_actions.submit(
        context(), cycle_id, upload=upload, sender=current(), submitter=_field("submitter")
    )
    place = url_for("pages.submission", submission_id=receipt.submission.id, again=int(receipt.recognised) or None)
    return redirect(place, 303)


@pages.get("/submissions/<submission_id>")
@allowed(*ANYONE)
def submission(submission_id: str) -> str:
    """Show a submission with every issue and its cell."""
    with context().database.read() as connection:
        found = submissions.find(connection, submission_id)
        if found is None:
            raise Problem.of("not-found", "There is no such submission.")
        reach.require_submission(current(), found)
        of = cycles.find(connection, found.cycle_id) if found.cycle_id else None
    return render_template("submission.html", found=found, cycle=of, again=bool(request.args.get("again")))


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
        _field("scenario"), current().name, _field("reason"), expected_parent=_field("expected_parent")
    )
    version = plans.commit(context(), cycle_id, commitment)
    return redirect(url_for("pages.version", digest=version.hash), 303)


@pages.post("/cycles/<cycle_id>/next")
@allowed(FACILITATOR)
def follow(cycle_id: str) -> ResponseReturnValue:
    """Start the cycle that follows."""
    created = cycle_actions.create_next(
        context(), cycle_id, name=_field("name"), author=current().name, files=_files("files")
    )
    return redirect(url_for("pages.cycle", cycle_id=created.id), 303)


@pages.get("/versions")
@allowed(*ANYONE)
def chain() -> str:
    """Show the whole chain of versions; its check follows, because it reads every byte ever stored."""
    with context().database.read() as connection:
        found = versions.links(connection)[::-1]
        names = {cycle.id: cycle.name for cycle in cycles.all_cycles(connection)}
    return render_template("versions.html", versions=found, names=names, asked=request.args.get("head", ""))


@pages.get("/versions/check")
@allowed(*ANYONE)
def check() -> str:
    """Tell whether the chain is whole: as a part of the page of versions, or alone."""
    asked = request.args.get("head", "").strip()
    with context().database.read() as connection:
        result = verify(connection, asked)
    partial = request.headers.get("HX-Request") == "true"
    page = "fragments/check.html" if partial else "check.html"
    return render_template(page, result=result, asked=asked)


@pages.get("/versions/<digest>")
@allowed(*ANYONE)
def version(digest: str) -> str:
    """Show a version: who stored it, when and why, what it says, and its tables."""
    with context().database.read() as connection:
        found = versions.find(connection, digest)
        if found is None:
            raise Problem.of("not-found", "There is no such version.")
        of = cycles.find(connection, found.cycle_id)
        parent = versions.find(connection, found.parent) if found.parent else None
        decisions = [e for e in events.of_cycle(connection, found.cycle_id, ("decision",)) if e.subject == found.hash]
        tables = payload.manifest(versions.content_of(connection, found))
    groups: dict[str, list[tuple[str, int]]] = {}
    seen = {name: entry for name, entry in tables.items() if reach.table_visible(current(), name)}
    for name, entry in seen.items():
        group, _, table = name.rpartition("/")
        groups.setdefault(group, []).append((table, entry["rows"]))
    return render_template(
        "version.html",
        version=found,
        cycle=of,
        parent=parent,
        decision=decisions[0] if decisions else None,
        groups=groups,
        headlines=HEADLINES,
    )


@pages.get("/problems/")
@pages.get("/problems/<name>")
@allowed(*ANYONE)
def problems(name: str = "") -> str:
    """Explain the types of problems the API names."""
    if name and name not in KINDS:
        raise Problem.of("not-found", "There is no such type of problem.")
    return render_template("problems.html", kinds=[KINDS[name]] if name else list(KINDS.values()))


def _view(cycle_id: str) -> CycleView:
    with context().database.read() as connection:
        found = cycles.find(connection, cycle_id)
        if found is None:
            raise Problem.of("not-found", "There is no such cycle.")
        return cycle_view(
            found,
            versions.newest_of_each_kind(connection, cycle_id),
            reach.redacted(current(), submissions.of_cycle(connection, cycle_id)),
            context().jobs.latest(cycle_id),
            scenario=request.args.get("scenario", ""),
            follower=_follower(cycles.all_cycles(connection), cycle_id),
            chain=versions.links(connection, cycle_id),
        )


def _follower(found: list[cycles.Cycle], cycle_id: str) -> str:
    return next((cycle.id for cycle in found if cycle.config.get("follows") == cycle_id), "")


def _field(name: str) -> str:
    return request.form.get(name, "").strip()


def _files(name: str) -> list[Upload]:
    return uploads(request.files.getlist(name))
