"""The way of a submission: draft → submitted → validated → returned or accepted → … → committed → superseded."""

from __future__ import annotations

from collections.abc import Mapping

from sop_xl.schema.catalogue import lists

STATES = lists()["submission_states"]

MOVES: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"submitted"}),
    "submitted": frozenset({"validated", "returned", "superseded"}),
    "validated": frozenset({"accepted", "returned", "superseded"}),
    "returned": frozenset({"submitted", "accepted", "superseded"}),
    "accepted": frozenset({"reconciled", "returned", "superseded"}),
    "reconciled": frozenset({"recommended", "returned", "superseded"}),
    "recommended": frozenset({"committed", "returned", "superseded"}),
    "committed": frozenset({"superseded"}),
    "superseded": frozenset(),
}
"""States by the states they may lead to. What is committed never changes: it is only superseded by a newer version."""

NEEDS_COMMENT = frozenset({"returned"})
"""States that nobody may set without saying why."""


class MoveRefused(ValueError):
    """Raised where a submission may not go from one state to another, with the reason in words."""


def may_move(state: str, to: str) -> bool:
    """Return whether a submission in a state may go to another.

    Raises:
        KeyError: where a state is not one of ``STATES``.
    """
    if to not in MOVES:
        raise KeyError(to)
    return to in MOVES[state]


def move(state: str, to: str, *, comment: str = "") -> str:
    """Return the new state of a submission.

    Raises:
        MoveRefused: where the way is not open, or a comment is missing.
        KeyError: where a state is not one of ``STATES``.
    """
    if not may_move(state, to):
        ways = ", ".join(sorted(MOVES[state])) or "nothing"
        raise MoveRefused(f"What is {state} cannot become {to}, only {ways}.")
    if to in NEEDS_COMMENT and not comment.strip():
        raise MoveRefused(f"Say why it is {to}.")
    return to
