"""What the description of the API says of every operation of a kind: conditions and idempotency keys."""

from __future__ import annotations

from typing import Any

from server.api.idempotency import HEADER

_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "ETag of the state you saw, or * for any. Left out: 428; no longer the present one: 412 with both.",
}
_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "Any text of your own: the same request with the same key has no second effect for a week.",
}


def describe(document: dict[str, Any]) -> dict[str, Any]:
    """Return the description with ``If-Match`` where a state must be named, and keys where something is changed."""
    for path in document["paths"].values():
        for method, operation in path.items():
            if method not in ("post", "put", "patch", "delete"):
                continue
            own = [_IF_MATCH] if "428" in operation["responses"] else []
            operation.setdefault("parameters", []).extend([*own, _KEY])
    return document
