"""Versions over HTTP: the history, each version with its tables, and the check of the whole chain."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from apiflask import APIBlueprint
from flask import Response

from server.api import PREFIX, documents, edit_schemas, schemas
from server.api.answers import problems
from server.api.conditional import list_headers, quoted
from server.auth import reach
from server.auth.access import ANYONE, allowed
from server.auth.current import current
from server.context import context
from server.problems import Problem
from server.store import payload, versions
from server.store.verify import verify
from server.store.versions import Version
from server.table_names import CYCLE, scenario_prefix

blueprint = APIBlueprint("api_versions", __name__, url_prefix=PREFIX, tag="Versions")
_SUMMARY_BYTES = 200_000
"""About what the summary of a version takes in memory."""
_NAMES_BYTES = 10_000
"""About what the names of a version's tables take."""
_TABLE = {
    200: {
        "description": "The rows of the table",
        "content": {
            "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}


@blueprint.get("/versions")
@allowed(*ANYONE)
@blueprint.input(schemas.VersionQuery, location="query")
@blueprint.output(schemas.Version(many=True), headers=edit_schemas.ListHeaders)
@blueprint.doc(summary="List the versions, newest first")
def index(query_data: dict[str, Any]) -> Any:
    """Return the versions of the store, or of one cycle or kind."""
    wanted = {name: query_data[name] for name in ("before", "limit", "kind")}
    with context().database.read() as connection:
        page = versions.page(connection, query_data["cycle"] or None, **wanted)
    following = None if page.older is None else {"limit": query_data["limit"], "before": page.older}
    text = json.dumps([documents.version(v) for v in page.versions])
    return Response(text, mimetype="application/json", headers=list_headers(page.total, following))


@blueprint.get("/versions/<digest>")
@allowed(*ANYONE)
@blueprint.output(schemas.VersionDetail, headers=edit_schemas.TagHeader)
@blueprint.doc(summary="Show a version", responses=problems(404))
def show(digest: str) -> Any:
    """Return a version by its hash, or by the first eight or more characters of it."""
    found, content = load(digest)

    def written() -> tuple[bytes, int]:
        shown = documents.version_detail(reach.version_visible(current(), found), content)
        document = schemas.VersionDetail().dump(shown)
        text = json.dumps(document, allow_nan=False).encode()
        return text, len(text)

    text = context().recent.get(("document", found.hash, _audience()), written)
    return Response(text, mimetype="application/json", headers=quoted(found.hash))


@blueprint.get("/versions/<digest>/tables/<path:name>")
@allowed(*ANYONE)
@blueprint.input(schemas.TableQuery, location="query")
@blueprint.doc(summary="Download a table of a version", responses={**_TABLE, **problems(404)})
def table(digest: str, name: str, query_data: dict[str, str]) -> Any:
    """Return a table as JSON rows or as CSV.

    ``name`` is the full name (``inputs/demand``) or the table's own (``demand``): then the plan is looked at first,
    then the cycle's tables, then the inputs.
    """
    found, content = load(digest)
    wanted_format = query_data["format"]
    full_name = _full_name(found, content, name, query_data["scenario"])
    if not reach.table_visible(current(), full_name):
        raise Problem.of("forbidden", f"The table {full_name} belongs to another function.")

    def written() -> tuple[bytes, int]:
        rows = payload.table(content, full_name)
        assert rows is not None
        text = _WRITERS[wanted_format](_plain(_own_rows(full_name, rows)))
        return text, len(text)

    text = context().recent.get(("table", found.hash, full_name, _audience(), wanted_format), written)
    if wanted_format == "csv":
        file_name = f"{name.rsplit('/', 1)[-1]}-{found.hash[:8]}.csv"
        attached = {"Content-Disposition": f'attachment; filename="{file_name}"'}
        return Response(text, mimetype="text/csv", headers=attached)
    return Response(text, mimetype="application/json")


@blueprint.get("/verify")
@allowed(*ANYONE)
@blueprint.input(schemas.VerifyQuery, location="query")
@blueprint.output(schemas.Verification)
@blueprint.doc(summary="Check the whole store")
def check(query_data: dict[str, str]) -> Any:
    """Recompute every hash and say where the first break is; ``ok`` is false where something was changed."""
    with context().database.read() as connection:
        result = verify(connection, query_data["head"])
    breaks = [{"what": b.what, "seq": b.seq, "id": b.id, "problem": b.problem} for b in result.breaks]
    names = ("ok", "versions", "events", "submissions", "head")
    return {**{name: getattr(result, name) for name in names}, "breaks": breaks}


def load(digest: str) -> tuple[Version, bytes]:
    """Return a version and its payload by hash.

    Raises:
        Problem: *not-found*.
    """

    def from_store() -> tuple[tuple[Version, bytes], int]:
        with context().database.read() as connection:
            found = versions.find(connection, digest)
            if found is None:
                raise Problem.of("not-found", "There is no such version.")
            content = versions.content_of(connection, found)
        return (found, content), len(content) + _SUMMARY_BYTES

    return context().recent.get(("version", digest), from_store) if len(digest) == 64 else from_store()[0]


def _own_rows(name: str, rows: pa.Table) -> pa.Table:
    """Return the rows of a table about what functions changed that the person asking may see."""
    if reach.sees_all(current()) or not name.startswith(CYCLE) or "function" not in rows.column_names:
        return rows
    return rows.filter(pc.is_in(rows["function"], pa.array(sorted(current().own_functions), pa.string())))


def _full_name(found: Version, content: bytes, name: str, scenario: str) -> str:
    """Return the full name of a table of a version.

    Raises:
        Problem: *not-found*.
    """
    names = context().recent.get(("tables", found.hash), lambda: (list(payload.manifest(content)), _NAMES_BYTES))
    prefix = scenario_prefix(scenario or found.scenario)
    for candidate in (name, f"plan/{name}", f"{prefix}{name}", f"cycle/{name}", f"inputs/{name}"):
        if candidate in names:
            return candidate
    raise Problem.of("not-found", "The version has no such table.", tables=names)


def _audience() -> str:
    """Return what tells apart whose answers differ, because each sees the data of the own functions alone."""
    return "all" if reach.sees_all(current()) else " ".join(sorted(current().own_functions))


def _plain(rows: pa.Table) -> pa.Table:
    """Return dates as ISO days and missing numbers as nulls, so that JSON and CSV can say them."""
    for position, name in enumerate(rows.column_names):
        column = rows.column(position)
        if pa.types.is_timestamp(column.type):
            column = pc.strftime(column, format="%Y-%m-%d")
        elif pa.types.is_floating(column.type):
            known = pc.is_finite(column)
            column = pc.if_else(known, column, pa.scalar(None, column.type))
        rows = rows.set_column(position, name, column)
    return rows


def _as_csv(rows: pa.Table) -> bytes:
    sink = io.BytesIO()
    pa_csv.write_csv(rows, sink)
    return sink.getvalue()


def _as_json(rows: pa.Table) -> bytes:
    return json.dumps(rows.to_pylist(), allow_nan=False).encode()


_WRITERS = {"csv": _as_csv, "json": _as_json}
