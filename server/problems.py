"""Problems as RFC 9457 describes them: every error of the API has a stable type, a status, a title and a detail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of problem: its name in the URI ``/problems/<name>``, HTTP status, title and what to do about it.

    ``heading`` is what a page says instead of the title, where people have filled in a form and sent no request.
    """

    name: str
    status: int
    title: str
    remedy: str
    heading: str = ""


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("bad-request", 400, "The request cannot be understood", "Compare it with /openapi.json."),
        Kind("not-signed-in", 401, "Nobody is signed in", "Sign in; programs send a token: Authorization: Bearer …"),
        Kind("sign-in-refused", 401, "The sign-in was refused", "Check name and password, or ask an administrator."),
        Kind("forbidden", 403, "Your role does not allow this", "Ask an administrator for the right, or a colleague."),
        Kind("form-expired", 403, "The form is no longer valid", "Load the page again and send the form once more."),
        Kind("password-change-needed", 403, "The one-time password must be changed first", "Choose a password."),
        Kind("weak-password", 422, "The password is too simple", "Choose another one."),
        Kind("person-exists", 409, "Someone has that name already", "Choose another name."),
        Kind("last-administrator", 409, "Someone must administer", "Make someone else administrator first."),
        Kind("too-many-requests", 429, "Too many requests", "Wait a little, then try again."),
        Kind("cross-site", 403, "Requests from other sites are refused", "Use the pages of this server itself."),
        Kind("unknown-host", 421, "This server does not answer to that name", "Use the address it printed at start."),
        Kind("not-found", 404, "There is nothing at this address", "Start from the list of cycles."),
        Kind("method-not-allowed", 405, "This address does not take that method", "Compare it with /openapi.json."),
        Kind("cycle-exists", 409, "There is a cycle of that name already", "Choose another name, or use that cycle."),
        Kind("not-issued", 409, "The books are not ready yet", "Ask for the progress and try again when it is done."),
        Kind("already-issued", 409, "The cycle was issued already", "Go on with its books."),
        Kind("nothing-consolidated", 409, "There is no consolidated plan yet", "Consolidate the submissions first."),
        Kind("nothing-committed", 409, "No plan was committed yet", "Commit a scenario first."),
        Kind("busy", 409, "Something is being calculated for this cycle", "Wait until it is done."),
        Kind("cancelled", 409, "The calculation was cancelled", "Start it again when you want its result."),
        Kind("not-cancellable", 409, "The calculation is over", "Look at its result."),
        Kind("not-retryable", 409, "There is nothing to try again", "Look at where the calculation stands."),
        Kind("stale-parent", 409, "Someone stored a newer version", "Look at the newest version, then decide again."),
        Kind("state-refused", 409, "The submission cannot go there", "Look at where it stands now."),
        Kind("cannot-restore", 409, "This version cannot be restored", "Restore a consolidated or committed one."),
        Kind("overdue-actions", 409, "Actions of the cycle are overdue", "Close them, or say why to go on without."),
        Kind("same-key-in-progress", 409, "The same request is being answered", "Ask again in a moment."),
        Kind("key-reused", 422, "The idempotency key belongs to another request", "Use a new key for a new request."),
        Kind("precondition-required", 428, "Say which state you saw", "Send its ETag in If-Match."),
        Kind("precondition-failed", 412, "Someone stored a newer version", "Look at the newest, then decide again."),
        Kind("too-large", 413, "The file is too large", "Send a smaller file, or raise the server's limit."),
        Kind("invalid-data", 422, "The data have errors", "Correct every issue listed and send the data again."),
        Kind(
            "invalid-request",
            422,
            "A field of the request is missing or wrong",
            "Correct the fields listed.",
            "Please correct the form",
        ),
        Kind("unreadable-file", 422, "The file cannot be read", "Send the workbook as Excel saved it."),
        Kind("unknown-scenario", 422, "The plan has no such scenario", "Choose one of those listed."),
        Kind("calculation-failed", 500, "The calculation stopped", "Try again; the server's log says more."),
        Kind("store-unavailable", 503, "The store cannot be reached at the moment", "Try again in a little while."),
        Kind("internal-error", 500, "Something went wrong on the server", "The server's log says where."),
    )
}

_BY_STATUS = {
    400: "bad-request",
    403: "forbidden",
    429: "too-many-requests",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    422: "invalid-request",
}


class Problem(Exception):
    """An error with its type; raised where the request cannot be done, shown as problem+json or as a page."""

    def __init__(self, kind: Kind, detail: str, extra: Mapping[str, Any] | None = None) -> None:
        """Keep the type, what happened this time, and further members for programs."""
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.extra = dict(extra or {})

    @classmethod
    def of(cls, name: str, detail: str, **extra: Any) -> Problem:
        """Return a problem of a type by its name."""
        return cls(KINDS[name], detail, extra)

    @classmethod
    def of_status(cls, status: int, detail: str, **extra: Any) -> Problem:
        """Return the problem that stands for an HTTP status."""
        if status in _BY_STATUS:
            return cls(KINDS[_BY_STATUS[status]], detail, extra)
        name = "internal-error" if status >= 500 else "bad-request"
        return cls(Kind(name, status, KINDS[name].title, KINDS[name].remedy), detail, extra)

    @property
    def heading(self) -> str:
        """What a page says the problem is."""
        return self.kind.heading or self.kind.title

    def to_dict(self, instance: str = "") -> dict[str, Any]:
        """Return the members of the problem document."""
        document = {
            "type": f"/problems/{self.kind.name}",
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "remedy": self.kind.remedy,
        }
        if instance:
            document["instance"] = instance
        return {**document, **self.extra}
