"""The reference of the API as a page of the docs, written from its OpenAPI description.

Run ``python -m server.api.reference`` to write ``docs/api.md`` anew; a test fails when it is out of date.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_INTRODUCTION = """\
# API

Generated from the OpenAPI 3.1 description by `python -m server.api.reference`; a test fails when it is out of date. The
description itself is at `/openapi.json` of a running server.

- **Address**: everything below `/api/v1`. Bodies are JSON unless a form with files is named.
- **Sign-in**: `Authorization: Bearer sopxl_…` with a token of the account page or of `POST /api/v1/sign-in`; or a
  browser's session, then changes carry `X-CSRF-Token`. *Roles* names who may use an operation.
- **Errors** are problem documents (RFC 9457, `application/problem+json`) whose `type` is stable: `/problems/<name>`.
  Every operation may answer 400, 401, 403 and 429.
- **Two at once**: what can be edited has an `ETag`; send it back in `If-Match` (`*`: whatever is there). Left out: 428.
  No longer the present state: 412 with both values, `yours` and `theirs`; nothing is overwritten.
- **Sent twice**: with an `Idempotency-Key` of your own a request sent again gets the first answer
  (`Idempotency-Replayed: true`) and has no second effect, for a week.
- **Lists** come in parts: `limit` and `offset` (or `before`); `X-Total-Count` says how many there are, `Link` with
  `rel="next"` where the next part is.
- **Long work** (baseline, consolidation) is queued: 202 with `Location`; ask there about once a second until its
  `state` is `done` or `failed`.
- **Versions never change**: their answers carry an ETag and are answered 304 to `If-None-Match`.
"""
_EVERYWHERE = ("400", "401", "403", "429")
_METHODS = ("get", "post", "put", "patch", "delete")
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def reference(document: Mapping[str, Any]) -> str:
    """Return the reference of a described API as Markdown.

    Args:
        document: an OpenAPI description.
    """
    operations = [
        (path, method, item[method])
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item
    ]
    groups: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {}
    for path, method, operation in operations:
        groups.setdefault((operation.get("tags") or ["Other"])[0], []).append((path, method, operation))
    parts = [_INTRODUCTION, *_contents(groups)]
    for tag, listed in sorted(groups.items()):
        parts.append(f"## {tag}\n")
        parts += [_operation(path, method, operation) for path, method, operation in sorted(listed, key=_place)]
    parts.append("## Shapes\n")
    schemas = document["components"]["schemas"]
    parts += [_shape(name, schemas[name]) for name in sorted(schemas)]
    return "\n".join(parts).rstrip() + "\n"


def _place(entry: tuple[str, str, Mapping[str, Any]]) -> tuple[str, int]:
    return entry[0], _METHODS.index(entry[1])


def _contents(groups: Mapping[str, list[tuple[str, str, Mapping[str, Any]]]]) -> Iterator[str]:
    for tag, listed in sorted(groups.items()):
        rows = [
            f"| `{method.upper()} {path.removeprefix('/api/v1')}` | {operation['summary']} |"
            for path, method, operation in sorted(listed, key=_place)
        ]
        yield "\n".join([f"| {tag} | |", "|---|---|", *rows]) + "\n"


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> str:
    lines = [
        f"### {method.upper()} {path}\n",
        f"**{operation['summary']}.** {_text(operation.get('description', ''))}\n",
    ]
    roles = operation.get("x-roles")
    lines.append(f"*Roles*: {', '.join(roles)}.\n" if roles else "*Roles*: open, nobody needs to be signed in.\n")
    parameters = [p for p in operation.get("parameters", ()) if p["name"] != "Idempotency-Key"]
    if parameters:
        lines += ["| parameter | in | type | |", "|---|---|---|---|"]
        lines += [
            f"| `{p['name']}` | {p['in']} | {_type(p.get('schema', {}))} | {_cell(p.get('description', ''))} |"
            for p in parameters
        ]
        lines.append("")
    body = operation.get("requestBody", {}).get("content", {})
    for kind, content in body.items():
        lines.append(f"*Body* (`{kind}`): {_type(content['schema'])}.\n")
    answers = [
        f"{status} {_answer(answer)}" for status, answer in operation["responses"].items() if status not in _EVERYWHERE
    ]
    lines.append(f"*Answers*: {' · '.join(answers)}.\n")
    return "\n".join(lines)


def _answer(answer: Mapping[str, Any]) -> str:
    content = answer.get("content", {})
    kinds = [_type(entry["schema"]) for kind, entry in content.items() if kind != "application/problem+json"]
    described = answer.get("description", "").strip()
    return " or ".join(dict.fromkeys(kinds)) if kinds and kinds != ["any"] else described.lower()


def _shape(name: str, schema: Mapping[str, Any]) -> str:
    required = set(schema.get("required", ()))
    lines = [f"### {name}\n"]
    if not schema.get("properties"):
        return "\n".join([*lines, "No fields of its own.\n"])
    lines += ["| field | type | |", "|---|---|---|"]
    for field, own in schema["properties"].items():
        needed = " **needed.**" if field in required else ""
        lines.append(f"| `{field}` | {_type(own)} | {_cell(own.get('description', ''))}{needed} |")
    return "\n".join([*lines, ""])


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in schema:
        return ", ".join(f"`{value}`" if value != "" else "empty" for value in schema["enum"])
    options = schema.get("anyOf") or schema.get("allOf")
    if options:
        return " or ".join(_type(option) for option in options)
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if schema.get("format") == "binary":
        return "file"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _text(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("``", "`")).strip()


def _cell(text: str) -> str:
    return _text(text).replace("|", "\\|")


def described() -> dict[str, Any]:
    """Return the OpenAPI description of an application with an empty store."""
    from server.app import create_app
    from server.context import EXTENSION, ServerConfig

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(ServerConfig(database_url=f"sqlite:///{folder}/empty.sqlite", solvers=0))
        with app.test_request_context():
            document = app.spec
        app.extensions[EXTENSION].close()
        assert isinstance(document, dict)
        return document


if __name__ == "__main__":
    DOCUMENT.write_text(reference(described()), encoding="utf-8")
