"""Conflicts between submissions: found by merging them, settled by the facilitator or by a rule, kept for ever."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from server.actions.editing import Edit, put
from server.context import Context
from server.engine.conflict_names import BASE, ISSUED, OWN, place
from server.problems import Problem
from server.processes import Task, TaskFailed
from server.store import blobs, cycles, derived, revisions, submissions, versions
from server.store.canonical import canonical_json, hash_of
from server.store.revisions import RESOLUTION, UNTOUCHED, Revision
from server.store.submissions import Submission
from server.store.versions import Version
from sop_xl import __version__
from sop_xl.reconcile.disputes import KEEP, REMOVE
from sop_xl.schema.catalogue import table
from sop_xl.schema.convert import convert, is_blank


@dataclass(frozen=True, slots=True)
class Conflict:
    """A conflict as it stands: what is wanted, and how it was settled."""

    document: Mapping[str, Any]
    resolution: Revision | None

    @property
    def id(self) -> str:
        """Names the conflict and what is wanted in it."""
        return str(self.document["id"])

    @property
    def tag(self) -> str:
        """Changes when somebody settles it, or settles it anew."""
        return self.resolution.tag if self.resolution else UNTOUCHED

    @property
    def state(self) -> str:
        """*resolved* by a person, settled by *rule*, or *open*."""
        return "resolved" if self.resolution else "rule" if self.document["rule"] else "open"

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return place(self.document)

    @property
    def values(self) -> Mapping[str, Any]:
        """What the plan will hold, by column."""
        if self.resolution:
            return self.resolution.value["values"]
        if self.document["rule"]:
            return self.document["rule"]["values"]
        return {cell["column"]: cell["issued"] for cell in self.document["cells"]}


@dataclass(frozen=True, slots=True)
class Preview:
    """What a consolidation would put together now: the conflicts, and what each sender changes."""

    conflicts: tuple[Conflict, ...]
    changes: Mapping[str, Mapping[str, Any]]
    issues: Sequence[Mapping[str, str]]

    def count(self, state: str) -> int:
        """Return how many conflicts are *open*, *resolved* or settled by *rule*."""
        return sum(conflict.state == state for conflict in self.conflicts)


@dataclass(frozen=True, slots=True)
class Choice:
    """How somebody settles a conflict.

    Attributes:
        take: number of the sender whose values count, *issued* for the values as issued, *own* for others.
        values: own values by column, as typed.
        reason: why.
        expected: tag of the conflict as it was seen.
    """

    take: str
    values: Mapping[str, str]
    reason: str
    expected: str


def preview(context: Context, cycle_id: str) -> Preview:
    """Return what a consolidation would put together now; worked out once for the same submissions.

    Raises:
        Problem: *not-found*, *not-issued*, or *calculation-failed* where the merge did not come to an end.
    """
    with context.database.read() as connection:
        if cycles.find(connection, cycle_id) is None:
            raise Problem.of("not-found", "There is no such cycle.")
        issued = versions.head(connection, cycle_id, "issued")
        if issued is None:
            raise Problem.of("not-issued", "The books of this cycle are still being prepared.")
        used = submissions.in_force(submissions.of_cycle(connection, cycle_id))
        fingerprint = hash_of(["preview", __version__, issued.hash, [s.id for s in used]])
        content = derived.find(connection, fingerprint)
        settled = revisions.latest(connection, cycle_id, RESOLUTION)
        given = {} if content is not None else merge_input(connection, issued, used)
    if content is None:
        content = _merged(context, given, used)
        with context.database.update() as connection:
            derived.keep(connection, fingerprint, content, context.now())
    found = json.loads(content)
    conflicts = tuple(Conflict(document, settled.get(document["id"])) for document in found["conflicts"])
    return Preview(conflicts, found["changes"], found["issues"])


def find(context: Context, cycle_id: str, conflict_id: str) -> Conflict:
    """Return a conflict of a cycle.

    Raises:
        Problem: *not-found*, also where the submissions it was between have changed.
    """
    for conflict in preview(context, cycle_id).conflicts:
        if conflict.id == conflict_id:
            return conflict
    raise Problem.of("not-found", "There is no such conflict; somebody may have submitted another value since.")


def resolve(context: Context, cycle_id: str, conflict_id: str, choice: Choice, *, author: str) -> Conflict:
    """Settle a conflict, or settle it anew, and return it.

    Raises:
        Problem: *not-found*, *invalid-request* for a value that does not fit or a missing reason,
            *precondition-required*, or *precondition-failed* with both values where somebody was quicker.
    """
    conflict = find(context, cycle_id, conflict_id)
    if not choice.reason.strip():
        raise Problem.of("invalid-request", "Say why: the reason stays with the number.", fields={"reason": "missing"})
    values, taken = _values(conflict.document, choice)
    document = conflict.document
    value = {"table": document["table"], "key": document["key"], "values": values}
    value |= {"taken": taken, "place": conflict.place}
    edit = Edit(value, author, choice.reason, choice.expected)
    with context.database.write() as connection:
        revision = put(context, connection, cycle_id, RESOLUTION, conflict_id, edit, value)
    return Conflict(document, revision)


def decided(connection: Connection, cycle_id: str) -> dict[str, dict[str, Any]]:
    """Return what people have decided in the conflicts of a cycle, by id, as the task *consolidate* wants it."""
    return {
        key: {"values": dict(revision.value["values"]), "author": revision.author, "reason": revision.reason}
        for key, revision in revisions.latest(connection, cycle_id, RESOLUTION).items()
    }


def merge_input(connection: Connection, issued: Version, used: Sequence[Submission]) -> dict[str, bytes]:
    """Return the bytes a merge needs: the issued version, the submissions, and versions that books were issued from."""
    given = {"issued": versions.content_of(connection, issued)}
    for submission in used:
        if submission.parsed is not None:
            given[submission.id] = blobs.get(connection, submission.parsed)
    for digest in {submission.base_version for submission in used} - {issued.hash, ""}:
        base = versions.find(connection, digest)
        if base is not None:
            given[f"{BASE}{base.hash}"] = versions.content_of(connection, base)
    return given


def source_of(submission: Submission) -> dict[str, str]:
    """Return what a plan says of a submission it was made from."""
    names = ("id", "function", "submitter", "sha256", "base_version")
    return {**{name: getattr(submission, name) for name in names}, "at": submission.received_at}


def _merged(context: Context, given: Mapping[str, bytes], used: Sequence[Submission]) -> bytes:
    task = Task(
        "preview",
        {"submissions": [source_of(submission) for submission in used]},
        given,
        seconds=context.config.read_seconds,
    )
    try:
        return canonical_json(dict(context.readers.run(task).values)).encode("utf-8")
    except TaskFailed as failure:
        raise Problem.of("calculation-failed", f"The submissions could not be put together. {failure}") from failure


def _values(document: Mapping[str, Any], choice: Choice) -> tuple[dict[str, Any], str]:
    """Return the values of a choice by column, and in words whose they are."""
    cells = document["cells"]
    if choice.take == ISSUED:
        kept = {cell["column"]: KEEP if document["what"] == "row" else cell["issued"] for cell in cells}
        return kept, "as issued"
    if choice.take == OWN and document["what"] == "cells":
        return {cell["column"]: _typed(document["table"], cell, choice.values) for cell in cells}, "another value"
    if not choice.take.isdigit() or int(choice.take) >= len(document["senders"]):
        raise Problem.of("invalid-request", "Choose whose value counts.", fields={"take": "unknown"})
    position = int(choice.take)
    sender = document["senders"][position]
    values: dict[str, Any] = {}
    for cell in cells:
        claim = cell["wanted"][position]
        if document["what"] == "row":
            values[""] = KEEP if claim is None or claim["value"] is not None else REMOVE
        else:
            values[cell["column"]] = cell["issued"] if claim is None else claim["value"]
    return values, f"{sender['function']}, {sender['submitter']}"


def _typed(name: str, cell: Mapping[str, Any], typed: Mapping[str, str]) -> Any:
    column = table(name).column(cell["column"])
    text = typed.get(column.name, "").strip()
    if is_blank(text):
        return None
    series, findings = convert(column, [text])
    if findings:
        _, message, hint = findings[0]
        raise Problem.of("invalid-request", f"{message} {hint}", fields={column.name: message})
    value = series.iloc[0]
    if column.type in ("date", "period"):
        return value.date().isoformat()
    return bool(value) if column.type == "boolean" else float(value) if column.numeric else str(value)
