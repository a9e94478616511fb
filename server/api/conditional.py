"""Conditions and pages of requests: which state was seen, which part of a list is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, request

from server.problems import Problem

_Item = TypeVar("_Item")
MOST = 500
DEFAULT = 100


@dataclass(frozen=True, slots=True)
class Part:
    """Some items of a list and the headers that lead on."""

    items: Sequence[Any]
    headers: Mapping[str, str]


def if_match() -> str:
    """Return the tag of the state the client saw, ``*`` for any, '' where it does not say."""
    given = request.headers.get("If-Match", "").strip()
    return given.removeprefix("W/").strip('"')


def quoted(tag: str) -> dict[str, str]:
    """Return a tag as the header ETag."""
    return {"ETag": f'"{tag}"'}


def part(items: Sequence[_Item], *, limit: int, offset: int) -> Part:
    """Return some items of a list that is there as a whole."""
    chosen = items[offset : offset + limit]
    following = {"limit": limit, "offset": offset + limit} if offset + limit < len(items) else None
    return Part(chosen, list_headers(len(items), following))


def list_headers(total: int, following: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the headers of a list: how many there are, and where the next ones are."""
    headers = {"X-Total-Count": str(total)}
    if following is not None:
        kept = {name: value for name, value in request.args.items() if name not in following}
        headers["Link"] = f'<{request.path}?{urlencode({**kept, **following})}>; rel="next"'
    return headers


def answer_unchanged(response: Response) -> Response:
    """Answer 304 where the client has the present state already."""
    if request.method == "GET" and response.status_code == 200 and "ETag" in response.headers:
        response.make_conditional(request)
    return response


def missing(name: str) -> Problem:
    """Return the problem of something that is not there."""
    return Problem.of("not-found", f"There is no such {name}.")
