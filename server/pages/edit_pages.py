"""What people do on the pages: settle conflicts, review submissions, record decisions and actions, restore, sign."""

from __future__ import annotations

from collections.abc import Mapping

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.actions import conflicts, follow_up, history, jobs, reviewing
from server.actions.conflicts import Choice
from server.actions.editing import Edit
from server.auth.access import CONTRIBUTOR, EXECUTIVE, FACILITATOR, allowed
from server.auth.current import current
from server.context import context
from server.pages import pages
from server.pages.shared import field
from server.store import versions
from server.store.revisions import UNTOUCHED

_VALUE = "value."


@pages.post("/submissions/<submission_id>/review")
@allowed(FACILITATOR)
def review(submission_id: str) -> ResponseReturnValue:
    """Accept a submission, or return it with a comment."""
    found = reviewing.decide(
        context(),
        submission_id,
        field("state"),
        author=current().name,
        comment=field("comment"),
        expected=field("expected"),
    )
    if field("back") == "cycle":
        return redirect(url_for("pages.submissions_page", cycle_id=found.cycle_id, _anchor=found.function), 303)
    return redirect(url_for("pages.submission", submission_id=submission_id), 303)


@pages.post("/cycles/<cycle_id>/conflicts/<conflict_id>")
@allowed(FACILITATOR)
def resolve(cycle_id: str, conflict_id: str) -> ResponseReturnValue:
    """Settle a conflict."""
    own = {name.removeprefix(_VALUE): text for name, text in request.form.items() if name.startswith(_VALUE)}
    choice = Choice(field("take"), own, field("reason"), field("expected"))
    conflicts.resolve(context(), cycle_id, conflict_id, choice, author=current().name)
    return redirect(url_for("pages.consolidation", cycle_id=cycle_id, _anchor="conflicts"), 303)


@pages.post("/cycles/<cycle_id>/decisions/<path:code>")
@allowed(EXECUTIVE, FACILITATOR)
def decide(cycle_id: str, code: str) -> ResponseReturnValue:
    """Record what came of a question."""
    option = field("decided_option") or field("other_option")
    value = {"outcome": field("outcome"), "decided_option": option, "decider": field("decider")}
    follow_up.record_decision(context(), cycle_id, code, _edit(value))
    return redirect(url_for("pages.decisions_page", cycle_id=cycle_id, _anchor="agenda"), 303)


@pages.post("/cycles/<cycle_id>/actions")
@allowed(EXECUTIVE, FACILITATOR)
def add_action(cycle_id: str) -> ResponseReturnValue:
    """Add an action."""
    value = {name: field(name) for name in ("text", "owner", "due")}
    follow_up.add_action(context(), cycle_id, Edit(value, current().name, "", UNTOUCHED))
    return redirect(url_for("pages.decisions_page", cycle_id=cycle_id, _anchor="actions"), 303)


@pages.post("/cycles/<cycle_id>/actions/<path:code>")
@allowed(CONTRIBUTOR, EXECUTIVE, FACILITATOR)
def change_action(cycle_id: str, code: str) -> ResponseReturnValue:
    """Change owner, day, status or evidence of an action."""
    follow_up.require_own_action(context(), cycle_id, code, current())
    value = {name: field(name) for name in ("owner", "due", "status", "evidence") if name in request.form}
    follow_up.record_action(context(), cycle_id, code, _edit(value))
    return redirect(url_for("pages.decisions_page", cycle_id=cycle_id, _anchor="actions"), 303)


@pages.post("/cycles/<cycle_id>/calendar")
@allowed(FACILITATOR)
def set_calendar(cycle_id: str) -> ResponseReturnValue:
    """Set the days of the cycle."""
    steps = [
        {"due": field(f"due-{n}"), "owner": field(f"owner-{n}"), "active": bool(field(f"active-{n}"))}
        for n in range(follow_up.STEPS)
    ]
    follow_up.set_calendar(context(), cycle_id, _edit({"steps": steps}))
    return redirect(url_for("pages.cycle", cycle_id=cycle_id, _anchor="steps"), 303)


@pages.post("/cycles/<cycle_id>/jobs/<job_id>/cancel")
@allowed(FACILITATOR)
def cancel_job(cycle_id: str, job_id: str) -> ResponseReturnValue:
    """Cancel a calculation."""
    jobs.cancel(context(), job_id, actor=current().name)
    return redirect(url_for("pages.cycle", cycle_id=cycle_id), 303)


@pages.post("/cycles/<cycle_id>/jobs/<job_id>/retry")
@allowed(FACILITATOR)
def retry_job(cycle_id: str, job_id: str) -> ResponseReturnValue:
    """Try a calculation again."""
    jobs.retry(context(), job_id, actor=current().name)
    return redirect(url_for("pages.cycle", cycle_id=cycle_id), 303)


@pages.post("/versions/<digest>/restore")
@allowed(EXECUTIVE, FACILITATOR)
def restore(digest: str) -> ResponseReturnValue:
    """Restore a version as a new one."""
    version = history.restore(
        context(), digest, author=current().name, reason=field("reason"), expected_head=field("expected")
    )
    return redirect(url_for("pages.version", digest=version.hash), 303)


@pages.post("/versions/<digest>/sign")
@allowed(EXECUTIVE, FACILITATOR)
def sign(digest: str) -> ResponseReturnValue:
    """Sign a version by its hash."""
    value = {"decision": field("decision"), "note": field("note")}
    history.sign(context(), digest, _edit(value, reason=field("note")))
    with context().database.read() as connection:
        found = versions.find(connection, digest)
    assert found is not None
    if field("back") == "cycle":
        return redirect(url_for("pages.decisions_page", cycle_id=found.cycle_id, _anchor="signatures"), 303)
    return redirect(url_for("pages.version", digest=found.hash), 303)


def _edit(value: Mapping[str, object], *, reason: str = "") -> Edit:
    return Edit(value, current().name, reason, field("expected"))
