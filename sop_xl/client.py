"""The calculation server as seen from a workbook or a command line: a thin client of its HTTP interface."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import requests

from sop_xl.model.issue import InputErrors, Issue, Severity

Progress = Callable[[float, str], None]
TIMEOUT = 60.0
"""Seconds a single request may take; long work is polled."""
_PREFIX = "/api/v1"
_MOST = 500
"""Most the server gives of a list at once."""


class ServerError(RuntimeError):
    """The server refused or could not be reached; the message says why in plain words."""

    def __init__(self, message: str, issues: tuple[Issue, ...] = ()) -> None:
        """Keep the message and the issues that came with it."""
        super().__init__(message)
        self.issues = issues


class Client:
    """Talks to one server; answers are the documents of its OpenAPI description."""

    def __init__(self, url: str, token: str = "") -> None:
        """Keep the address and the token of the person, if any; nothing is sent yet."""
        self.url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def sign_in(self, name: str, password: str, *, new_password: str = "", label: str = "") -> str:
        """Return a token for a name and password; a one-time password is exchanged for a new one at the same time."""
        sent = {"name": name, "password": password, "new_password": new_password, "label": label}
        return str(self._json("POST", "/sign-in", json=sent)["token"])

    def me(self) -> dict[str, Any]:
        """Return the person the token belongs to, with roles and functions."""
        return self._json("GET", "/me")

    def add_person(self, name: str, roles: Sequence[str], functions: Sequence[str] = ()) -> str:
        """Add a person and return the one-time password; for administrators."""
        sent = {"name": name, "roles": list(roles), "functions": list(functions)}
        return str(self._json("POST", "/people", json=sent)["one_time_password"])

    def cycles(self) -> list[dict[str, Any]]:
        """Return all cycles, newest first."""
        return self._all("/cycles")

    def cycle(self, cycle: str) -> dict[str, Any]:
        """Return a cycle with submissions, versions and the summary of its plan."""
        return self._json("GET", f"/cycles/{cycle}")

    def create_cycle(self, name: str, files: Mapping[str, bytes], *, follows: str = "") -> dict[str, Any]:
        """Create a cycle from files of gathered data; one that follows another takes over its committed plan."""
        path = f"/cycles/{follows}/next" if follows else "/cycles"
        sent = [("files", (file, data)) for file, data in files.items()]
        return self._json("POST", path, data={"name": name}, files=sent)

    def issue(self, cycle: str) -> None:
        """Start to make the books of a cycle whose first attempt was interrupted."""
        self._json("POST", f"/cycles/{cycle}/issue")

    def book(self, cycle: str, function: str) -> bytes:
        """Return the workbook issued to a function."""
        return self._request("GET", f"/cycles/{cycle}/books/{function}").content

    def submit(self, cycle: str, file: str, data: bytes, submitter: str = "") -> dict[str, Any]:
        """Submit a workbook and return what was found in it; a facilitator may name who filled it in."""
        return self._json(
            "POST", f"/cycles/{cycle}/submissions", data={"submitter": submitter}, files={"file": (file, data)}
        )

    def consolidate(self, cycle: str) -> None:
        """Start to consolidate the submissions; wait for it with :meth:`wait`."""
        self._json("POST", f"/cycles/{cycle}/consolidate")

    def commit(self, cycle: str, *, scenario: str, reason: str, parent: str) -> dict[str, Any]:
        """Commit a scenario and return the new version."""
        body = {"scenario": scenario, "reason": reason, "expected_parent": parent}
        return self._json("POST", f"/cycles/{cycle}/commit", json=body)

    def pack(self, cycle: str) -> bytes:
        """Return the executive pack of the newest plan of a cycle."""
        return self._request("GET", f"/cycles/{cycle}/pack").content

    def press(self, cycle: str, button: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Let the server calculate a button's request on the data of a cycle and return its answer, both as JSON."""
        return self._json("POST", f"/cycles/{cycle}/buttons/{button}", json=request)

    def versions(self, cycle: str = "") -> list[dict[str, Any]]:
        """Return the versions of a cycle, or of all, oldest first."""
        return self._all("/versions", cycle=cycle)[::-1]

    def table(self, version: str, name: str) -> list[dict[str, Any]]:
        """Return the rows of a table of a version."""
        return self._json("GET", f"/versions/{version}/tables/{name}")

    def verify(self) -> dict[str, Any]:
        """Return whether the chain of versions is whole, and where it is not."""
        return self._json("GET", "/verify")

    def wait(self, cycle: str, progress: Progress, *, seconds: float = 900.0) -> dict[str, Any]:
        """Poll the work on a cycle until it is done and return its last state.

        Raises:
            ServerError: where it failed, with its issues, or took longer than the seconds given.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            state = self._json("GET", f"/cycles/{cycle}/progress")
            progress(float(state.get("share") or 0.0), str(state.get("step") or ""))
            if state["state"] == "failed":
                raise _refused(state.get("problem") or {})
            if state["state"] in ("done", "idle"):
                return state
            time.sleep(0.2)
        raise ServerError(f"The server was not done after {seconds:.0f} seconds. It may still be working; look again.")

    def _all(self, path: str, **wanted: str) -> list[dict[str, Any]]:
        """Return a list that the server gives in parts; each part names the address of the next."""
        answer = self._request("GET", path, params={"limit": str(_MOST), **wanted})
        found: list[dict[str, Any]] = answer.json()
        while following := answer.links.get("next"):
            answer = self._request("GET", following["url"].removeprefix(_PREFIX))
            found += answer.json()
        return found

    def _json(self, method: str, path: str, **sent: Any) -> Any:
        return self._request(method, path, **sent).json()

    def _request(self, method: str, path: str, **sent: Any) -> requests.Response:
        try:
            answer = self._session.request(method, f"{self.url}{_PREFIX}{path}", timeout=TIMEOUT, **sent)
        except requests.RequestException as problem:
            hint = "Start it with `sop-xl serve`, or check the address in the settings."
            raise ServerError(f"The server at {self.url} cannot be reached. {hint}") from problem
        if answer.ok:
            return answer
        try:
            raise _refused(answer.json())
        except requests.JSONDecodeError:
            raise ServerError(f"The server answered {answer.status_code} {answer.reason}.") from None


def issues_of(document: Mapping[str, Any]) -> tuple[Issue, ...]:
    """Return the issues of an answer of the server."""
    return tuple(
        Issue(**{**{k: v for k, v in issue.items() if k != "severity"}, "severity": Severity(issue["severity"])})
        for issue in document.get("issues") or ()
    )


def words_of(problem: Mapping[str, Any]) -> str:
    """Return what a problem document says, as sentences; '' where it says nothing."""
    parts = [str(problem[part]).strip().rstrip(".") for part in ("title", "detail") if problem.get(part)]
    return "".join(f"{part}. " for part in parts).strip()


def _refused(problem: Mapping[str, Any]) -> Exception:
    issues = issues_of(problem)
    if any(issue.severity is Severity.ERROR for issue in issues):
        return InputErrors(issues)
    return ServerError(words_of(problem) or "The server refused without a reason.", issues)
