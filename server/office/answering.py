"""What the server answers a button that is being worked out in a child: the store's tables, and its own API.

The team is asked through the application itself, with the headers of the person who pressed: whoever may not see or do
something over HTTP may not do it by pressing a button either.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import current_app, request
from requests.utils import parse_header_links
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Response

from server.auth import reach
from server.auth.current import current
from server.context import Context
from server.processes import Result
from server.store import cycles, submissions, versions
from server.store.cycles import Cycle
from server.table_names import INPUTS
from server.warm.pool import Answer, NotAnswered
from sop_xl.client import words_of
from sop_xl.schema.catalogue import FUNCTIONS, tables

_PREFIX = "/api/v1"
_MOST = 500
"""Most the API gives of a list at once."""
_CARRIED = ("Authorization", "Cookie", "Origin", "Sec-Fetch-Site", "X-CSRF-Token", "X-Forwarded-For")
Arguments = Mapping[str, Any]


def answers(context: Context) -> dict[str, Answer]:
    """Return what a task may ask for, by name; usable while the request lasts."""
    ask = _Team()
    return {
        "company": lambda arguments, _: _company(context, str(arguments.get("cycle", ""))),
        "payload": lambda arguments, _: _payload(context, str(arguments["version"])),
        "cycles": lambda arguments, _: ask.all(f"/cycles?limit={_MOST}"),
        "cycle": lambda arguments, _: ask.document(f"/cycles/{_part(arguments['cycle'])}"),
        "versions": lambda arguments, _: ask.all(f"/versions?limit={_MOST}&cycle={_part(arguments.get('cycle', ''))}"),
        "table": lambda arguments, _: ask.document(
            f"/versions/{_part(arguments['version'])}/tables/{_part(arguments['name'])}"
        ),
        "book": lambda arguments, _: ask.content(
            f"/cycles/{_part(arguments['cycle'])}/books/{_part(arguments['function'])}"
        ),
        "submit": lambda arguments, blobs: ask.submit(arguments, blobs["workbook"]),
    }


def _part(value: object) -> str:
    return quote(str(value), safe="")


class _Team:
    """The API of this server, asked from within."""

    def __init__(self) -> None:
        carried = {name: request.headers[name] for name in _CARRIED if name in request.headers}
        self._headers = {**carried, "Host": request.host}
        self._client = Client(current_app.wsgi_app, Response)

    def document(self, path: str) -> Result:
        """Return the JSON of an address."""
        return Result({"document": self._got(path).json}, {})

    def all(self, path: str) -> Result:
        """Return the JSON of a list that is given in parts."""
        found: list[Any] = []
        while path:
            part = self._got(path)
            found += part.json or []
            path = _following(part)
        return Result({"document": found}, {})

    def content(self, path: str) -> Result:
        """Return the bytes of an address."""
        return Result({}, {"content": self._got(path).get_data()})

    def submit(self, arguments: Arguments, workbook: bytes) -> Result:
        """Hand in a workbook."""
        file = (io.BytesIO(workbook), str(arguments["file"]))
        path = f"{_PREFIX}/cycles/{_part(arguments['cycle'])}/submissions"
        sent = self._client.post(path, data={"file": file}, headers=self._headers)
        return Result({"document": _checked(sent).json}, {})

    def _got(self, path: str) -> TestResponse:
        return _checked(self._client.get(f"{_PREFIX}{path}", headers=self._headers))


def _following(response: TestResponse) -> str:
    """Return the address of the next part of a list; empty after the last."""
    links = parse_header_links(response.headers.get("Link", ""))
    return next((link["url"].removeprefix(_PREFIX) for link in links if link.get("rel") == "next"), "")


def _checked(response: TestResponse) -> TestResponse:
    if response.status_code < 400:
        return response
    problem = response.json or {}
    raise NotAnswered(words_of(problem) or f"The server answered {response.status}.", problem.get("issues") or ())


def _company(context: Context, wanted: str) -> Result:
    """Return the versions a button works from: the newest of the cycle, and the one committed last in the store."""
    with context.database.read() as connection:
        cycle = _cycle(cycles.all_cycles(connection), wanted)
        newest = versions.head(connection, cycle.id) if cycle else None
        received = submissions.of_cycle(connection, cycle.id) if cycle else []
        committed = [link for link in versions.links(connection) if link.kind == "committed"]
        names = {each.id: each.name for each in cycles.all_cycles(connection)}
    last = committed[-1] if committed else None
    known = {
        "version": last.hash if last else "",
        "cycle": names.get(last.cycle_id, "") if last else "",
        "author": last.author if last else "",
        "reason": last.message if last else "",
        "submitters": {s.function: f"{s.submitter}, {s.received_at[:10]}" for s in received if s.function},
    }
    values = {
        "inputs": newest.hash if newest else "",
        "committed": last.hash if last else "",
        "scenario": last.scenario if last else "",
        "known": known,
        "hidden": _hidden(),
    }
    return Result(values, {})


def _hidden() -> list[str]:
    """Return the input tables of functions that who presses may not look at."""
    of_functions = [name for name, shape in tables().items() if shape.book in FUNCTIONS]
    return [name for name in of_functions if not reach.table_visible(current(), f"{INPUTS}{name}")]


def _cycle(found: list[Cycle], wanted: str) -> Cycle | None:
    if not wanted:
        return found[0] if found else None
    for cycle in found:
        if wanted in (cycle.id, cycle.name):
            return cycle
    listed = ", ".join(cycle.name for cycle in found[:6]) or "none yet"
    hint = f"Choose a cycle of the server: {listed}."
    raise NotAnswered(
        f"The server knows no cycle {wanted!r}.",
        [{"severity": "error", "message": f"The server knows no cycle {wanted!r}.", "hint": hint}],
    )


def _payload(context: Context, version: str) -> Result:
    with context.database.read() as connection:
        found = versions.find(connection, version)
        if found is None:
            raise NotAnswered("There is no such version.")
        return Result({}, {"payload": versions.content_of(connection, found)})
