"""Idempotency keys: a request sent again with the same key gets the answer of the first one and has no second effect.

A program sends ``Idempotency-Key`` with any text of its own with a POST, PUT, PATCH or DELETE under ``/api/``. Answers
are kept for a week, for the person who asked; those with a status of 500 and more, or with a secret in
them, are not.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask, Response, g, request

from server.auth.current import signed_in
from server.context import context
from server.problems import Problem
from server.security import SAFE_METHODS
from server.store import kept_answers
from server.store.canonical import hash_of, sha256
from server.store.kept_answers import IN_PROGRESS

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
_LONGEST = 200
_KEPT = timedelta(days=7)
_PATIENCE = timedelta(minutes=15)
_HEADERS = ("Content-Type", "Location", "ETag", "Link")


def install(app: Flask) -> None:
    """Heed the keys of an application's API; to be installed after the sign-in."""
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> Response | None:
    given = request.headers.get(HEADER, "")
    person = signed_in()
    if not given or person is None or request.method in SAFE_METHODS or not request.path.startswith("/api/"):
        return None
    if len(given) > _LONGEST:
        raise Problem.of("bad-request", f"An idempotency key has at most {_LONGEST} characters.")
    key = hash_of([person.person.id, request.method, request.path, given])
    asked, now = _request_hash(), context().config.clock()
    at, forgotten = now.isoformat(), (now - _KEPT).isoformat()
    with context().database.write() as connection:
        known = kept_answers.begin(connection, key, asked, at, forgotten_before=forgotten)
        if known is None:
            g.sop_idempotency_key = key
            return None
        if known.request != asked:
            raise Problem.of("key-reused", "The same key came with another request before. Nothing was done.")
        if known.status == IN_PROGRESS:
            if now - datetime.fromisoformat(known.at) < _PATIENCE:
                raise Problem.of("same-key-in-progress", "The same request came a moment ago and is being answered.")
            kept_answers.take_over(connection, key, at)
            g.sop_idempotency_key = key
            return None
    return Response(known.content, known.status, {**known.headers, REPLAYED: "true"})


def _finish(response: Response) -> Response:
    key = g.pop("sop_idempotency_key", None)
    if key is None:
        return response
    with context().database.write() as connection:
        if response.status_code >= 500 or response.is_streamed or g.get("sop_secret"):
            kept_answers.forget(connection, key)
        else:
            headers = {name: response.headers[name] for name in _HEADERS if name in response.headers}
            kept_answers.finish(connection, key, response.status_code, headers, response.get_data())
    return response


def _request_hash() -> str:
    """Hash of what was sent; the boundaries of a form are left out, because they differ each time."""
    asked = request.query_string.decode("utf-8", "replace")
    if request.mimetype != "multipart/form-data":
        return hash_of([asked, sha256(request.get_data(cache=True))])
    files = []
    for name, file in request.files.items(multi=True):
        files.append([name, file.filename, sha256(file.read())])
        file.seek(0)
    return hash_of([asked, sorted(request.form.items(multi=True)), sorted(files)])
