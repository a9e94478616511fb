"""What every operation of the API has in common, as its OpenAPI description says it: sign-in, roles, refusals."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from flask import Flask

from server.auth.access import access_of
from server.problems import CONTENT_TYPE

_PROBLEM = {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}

_EVERYWHERE = (400, 401, 403, 429)
SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token of the account page or of /api/v1/sign-in."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sop_xl",
        "description": "The browser's session; changes carry X-CSRF-Token.",
    },
}


def describe(app: Flask, document: dict[str, Any]) -> dict[str, Any]:
    """Add to a description how each operation is signed in to, who may use it, and how it refuses."""
    parts = document.setdefault("components", {})
    parts["securitySchemes"] = SCHEMES
    parts.get("schemas", {}).get("ProblemDocument", {})["additionalProperties"] = True  # members of a type, RFC 9457
    for rule in app.url_map.iter_rules():
        item = document["paths"].get(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), {})
        for method in {name.lower() for name in rule.methods or ()} & set(item):
            operation, access = item[method], access_of(app, rule.endpoint)
            opened = access is not None and access.is_open
            operation["security"] = [] if opened else [{"token": []}, {"session": []}]
            if access is not None and access.roles is not None:
                operation["x-roles"] = sorted(access.roles)
            for status in ((400, 429) if opened else _EVERYWHERE) + _unreadable(operation):
                answer = {"description": HTTPStatus(status).phrase, "content": {CONTENT_TYPE: _PROBLEM}}
                operation["responses"].setdefault(str(status), answer)
    return document


def _unreadable(operation: dict[str, Any]) -> tuple[int, ...]:
    """Return how an operation answers to a query or a body that is not what it takes."""
    if "requestBody" in operation:
        return (413, 422)
    asked = any(parameter.get("in") == "query" for parameter in operation.get("parameters", ()))
    return (422,) if asked else ()
