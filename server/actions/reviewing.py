"""The facilitator's answer to a submission: accepted, or returned with a comment."""

from __future__ import annotations

from sqlalchemy import Connection

from server.actions.editing import ANY, moved_on, require_expected
from server.context import Context
from server.problems import Problem
from server.store import submissions
from server.store.submissions import ACCEPTED, DATA, RETURNED, Submission
from sop_xl.govern.lifecycle import MoveRefused, move

DECISIONS = (ACCEPTED, RETURNED)


def decide(
    context: Context, submission_id: str, to: str, *, author: str, comment: str = "", expected: str
) -> Submission:
    """Accept a submission or return it with a comment, and return it as it stands then.

    What is returned no longer counts in a consolidation; plans made from it before stay as they are. What a person
    returned may be accepted after all, because the same file cannot be sent twice; what has errors may not, nor what
    a newer workbook of the same sender has replaced.

    Args:
        context: the server.
        submission_id: which one.
        to: *accepted* or *returned*.
        author: who decides.
        comment: why; needed to return.
        expected: tag of the submission as it was seen.

    Raises:
        Problem: *not-found*, *state-refused* where the way is not open, *invalid-request* where the comment is missing,
            *precondition-required*, or *precondition-failed* where its state has changed since.
    """
    if to not in DECISIONS:
        raise Problem.of("invalid-request", f"A submission is {' or '.join(DECISIONS)}.", fields={"state": "unknown"})
    if to == RETURNED and not comment.strip():
        raise Problem.of("invalid-request", "Say what to correct.", fields={"comment": "missing"})
    require_expected(expected)
    with context.database.write() as connection:
        found = submissions.find(connection, submission_id)
        if found is None or found.function == DATA:
            raise Problem.of("not-found", "There is no such submission.")
        if expected not in (ANY, found.tag):
            raise moved_on(found, to)
        try:
            move(found.state, to, comment=comment)
        except MoveRefused as refused:
            raise Problem.of("state-refused", str(refused)) from refused
        if found.state == RETURNED:
            _require_acceptable(connection, found)
        submissions.set_state(connection, [found], to, at=context.now(), actor=author, comment=comment.strip())
        changed = submissions.find(connection, submission_id)
    assert changed is not None
    return changed


def _require_acceptable(connection: Connection, found: Submission) -> None:
    """Refuse to accept a returned submission that cannot count any more.

    Raises:
        Problem: *state-refused*.
    """
    if not found.correct:
        raise Problem.of("state-refused", "The workbook has errors. It counts when they are corrected and it is sent.")
    assert found.cycle_id is not None
    counting = submissions.in_force(submissions.of_cycle(connection, found.cycle_id))
    sender = (found.function, found.submitter.casefold())
    if any((s.function, s.submitter.casefold()) == sender for s in counting):
        raise Problem.of("state-refused", f"{found.submitter} has submitted another workbook since, which counts.")
