"""Whose data a person may see and write: a contributor those of the own functions, the others those of all.

The plan is common: its figures, scenarios and pack are there for everyone who is signed in. What a function sends in
is not: its book, its submissions and files, what was found in them, and the inputs read from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from server.problems import Problem
from server.store.people import ADMINISTRATOR, EXECUTIVE, FACILITATOR, READER, Person
from server.store.submissions import Submission
from server.store.versions import Version
from server.table_names import INPUTS
from sop_xl.schema.catalogue import FUNCTIONS, tables

_Row = TypeVar("_Row", bound=Mapping[str, Any])
_SEES_ALL = (FACILITATOR, EXECUTIVE, READER, ADMINISTRATOR)
_COMMON = ("data", "plan", "every")
"""Books whose tables belong to no function; assumptions and comments are written for the others."""


def sees_all(person: Person) -> bool:
    """Return whether a person may look at the data of every function."""
    return person.has(*_SEES_ALL)


def reads(person: Person, function: str) -> bool:
    """Return whether a person may look at the data of a function."""
    return sees_all(person) or function in person.own_functions


def writes(person: Person, function: str) -> bool:
    """Return whether a person may submit for a function: its contributors, and the facilitator what was mailed."""
    return person.has(FACILITATOR) or function in person.own_functions


def require(person: Person, function: str) -> None:
    """Refuse who may not look at the data of a function.

    Raises:
        Problem: *forbidden*.
    """
    if not reads(person, function):
        raise _not_yours(person, function)


def require_own(person: Person, function: str) -> None:
    """Refuse who may not submit for a function.

    Raises:
        Problem: *forbidden*.
    """
    if not writes(person, function):
        raise _not_yours(person, function)


def sees(person: Person, submission: Submission) -> bool:
    """Return whether a person may look at a submission; one that could not be read is for its sender."""
    if submission.function in FUNCTIONS:
        return reads(person, submission.function)
    return sees_all(person) or (submission.function == "" and submission.submitter == person.name)


def require_submission(person: Person, submission: Submission) -> None:
    """Refuse who may not look at a submission.

    Raises:
        Problem: *forbidden*.
    """
    if not sees(person, submission):
        raise _not_yours(person, submission.function)


def visible(person: Person, found: Iterable[Submission]) -> list[Submission]:
    """Return the submissions a person may look at."""
    return [submission for submission in found if sees(person, submission)]


def redacted(person: Person, found: Iterable[Submission]) -> list[Submission]:
    """Return submissions with nothing but sender, time and state where a person may not look at them.

    Who has submitted is known to the whole team; what was sent and what was found in it is not.
    """
    hidden: dict[str, Any] = {"file_name": "", "sha256": "", "issues": (), "comment": ""}
    return [s if sees(person, s) else replace(s, **hidden) for s in found]


def table_visible(person: Person, name: str) -> bool:
    """Return whether a person may look at a table of a version, by its full name such as ``inputs/price_cost``."""
    if sees_all(person) or not name.startswith(INPUTS):
        return True
    shape = tables().get(name.removeprefix(INPUTS))
    if shape is None:
        return False
    return shape.book in _COMMON or shape.book in person.own_functions


def rows_visible(person: Person, rows: Iterable[_Row]) -> list[_Row]:
    """Return the rows a person may look at, by their ``function``."""
    return [row for row in rows if reads(person, str(row.get("function") or ""))]


def version_visible(person: Person, version: Version) -> Version:
    """Return a version whose summary holds no conflicts of functions a person may not look at."""
    conflicts = version.summary.get("conflicts")
    if sees_all(person) or not conflicts:
        return version
    seen = {**conflicts, "rows": rows_visible(person, conflicts["rows"])}
    return replace(version, summary={**version.summary, "conflicts": seen})


def issues_visible(person: Person, issues: Iterable[_Row]) -> list[_Row]:
    """Return the issues of a calculation a person may look at, by the table each is about."""
    return [issue for issue in issues if table_visible(person, f"{INPUTS}{issue.get('table') or 'settings'}")]


def problem_visible(person: Person, problem: Problem) -> Problem:
    """Return a problem of a calculation with the issues a person may look at."""
    issues = problem.extra.get("issues")
    if sees_all(person) or not issues:
        return problem
    return Problem(problem.kind, problem.detail, {**problem.extra, "issues": issues_visible(person, issues)})


def _not_yours(person: Person, function: str) -> Problem:
    own = ", ".join(sorted(person.own_functions)) or "no function"
    return Problem.of("forbidden", f"This belongs to {function or 'someone else'}; you plan for {own}.")
