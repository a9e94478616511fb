"""Who makes the request that is being answered."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g

from server.problems import Problem
from server.store.people import Person, rights_told

PAGE, TOKEN = "page", "token"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person and how the person came: by a browser's session (``page``) or by a program's ``token``.

    ``key`` is the hash of the session or the id of the token; ``csrf`` the text that forms of the session carry.
    """

    person: Person
    means: str
    key: str
    csrf: str = ""


def signed_in() -> SignedIn | None:
    """Return who is signed in, or None."""
    return g.get("sop_signed_in")


def current() -> Person:
    """Return the person that makes the request.

    Raises:
        Problem: *not-signed-in*.
    """
    found = signed_in()
    if found is None:
        raise Problem.of("not-signed-in", "Sign in first.")
    return found.person


def concerns(subject: str | Person) -> None:
    """Say in the audit log what the request concerns, where its address does not tell or tells an id alone.

    Of a person, the log keeps the rights the request left the person with.
    """
    g.sop_subject = subject.name if isinstance(subject, Person) else subject
    if isinstance(subject, Person):
        g.sop_rights = rights_told(subject)


def answer_is_secret() -> None:
    """Mark the answer as one that holds a secret, so that no copy of it is kept."""
    g.sop_secret = True
