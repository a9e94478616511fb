"""The history of versions: what differs between two of them, restoring one as a new one, signing one."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection

from server.actions.editing import Edit, put
from server.context import Context
from server.problems import Problem
from server.store import events, payload, revisions, versions
from server.store.revisions import SIGN_OFF, Revision
from server.store.versions import ONE_PLAN, StaleParent, Version
from server.table_names import CYCLE, INPUTS, PLAN, scenario_prefix
from sop_xl.model.plan import Tables
from sop_xl.reconcile.differences import Differences, differences
from sop_xl.schema.catalogue import tables as schema_tables

SIGNED = ("approve", "approve with conditions", "reject")
_MOST_KEPT = 8
_NEEDED = ("products", "price_cost")
"""Tables that give cells of others their family and price."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: a version, and the scenario of it that is looked at ('' where it has none)."""

    version: Version
    scenario: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions side by side.

    ``reasons`` says who changed an input of the right one, and why: rows of its table *changes* by table, key, column.
    """

    left: Side
    right: Side
    found: Differences
    reasons: Mapping[tuple[str, str, str], Mapping[str, str]]


class _Kept:
    """Comparisons worked out lately; versions never change, so that none goes stale."""

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[str, ...], Comparison] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, ...]) -> Comparison | None:
        with self._lock:
            return self._found.get(key)

    def keep(self, key: tuple[str, ...], comparison: Comparison) -> None:
        with self._lock:
            self._found[key] = comparison
            while len(self._found) > _MOST_KEPT:
                self._found.popitem(last=False)


_KEPT = _Kept()


def compare(
    context: Context, left: str, right: str, *, left_scenario: str = "", right_scenario: str = ""
) -> Comparison:
    """Return what differs between two versions: their inputs, and the plan of a scenario of each.

    Raises:
        Problem: *not-found* or *unknown-scenario*.
    """
    with context.database.read() as connection:
        sides = (_side(connection, left, left_scenario), _side(connection, right, right_scenario))
        key = tuple(part for side in sides for part in (side.version.hash, side.scenario))
        kept = _KEPT.get(key)
        if kept is not None:
            return kept
        contents = [versions.content_of(connection, side.version) for side in sides]
    before, after = _pair(contents, sides)
    comparison = Comparison(*sides, differences(before, after), _reasons(contents[1]))
    _KEPT.keep(key, comparison)
    return comparison


def _side(connection: Connection, digest: str, scenario: str) -> Side:
    version = versions.find(connection, digest)
    if version is None:
        raise Problem.of("not-found", "There is no such version.")
    offered = list(version.summary.get("scenarios", {}))
    if scenario and scenario not in offered:
        raise Problem.of("unknown-scenario", f"The version has no scenario {scenario!r}.", scenarios=offered)
    return Side(version, scenario or version.scenario)


def _pair(contents: Sequence[bytes], sides: Sequence[Side]) -> tuple[Tables, Tables]:
    """Return the tables of both sides without those that are the same; by these, cells get their family and price."""
    listed = [_listed(content, side) for content, side in zip(contents, sides, strict=True)]
    same = {own for own, (_, digest) in listed[0].items() if listed[1].get(own, ("", ""))[1] == digest}
    left, right = (
        {own: _frame(content, name) for own, (name, _) in found.items() if own not in same or own in _NEEDED}
        for content, found in zip(contents, listed, strict=True)
    )
    return left, right


def _listed(content: bytes, side: Side) -> dict[str, tuple[str, str]]:
    """Full name and content hash of the tables of a side that are compared, by their own names."""
    prefixes = (INPUTS, PLAN if side.version.kind in ONE_PLAN else scenario_prefix(side.scenario))
    found: dict[str, tuple[str, str]] = {}
    for name, entry in payload.manifest(content).items():
        prefix = next((p for p in prefixes if name.startswith(p) and (side.scenario or p == INPUTS)), None)
        own = name.removeprefix(prefix) if prefix else ""
        if own in schema_tables():
            found.setdefault(own, (name, entry["sha256"]))
    return found


def _frame(content: bytes, name: str) -> pd.DataFrame:
    rows = payload.table(content, name)
    assert rows is not None
    return rows.to_pandas(date_as_object=False)


def _reasons(content: bytes) -> Mapping[tuple[str, str, str], Mapping[str, str]]:
    rows = payload.table(content, f"{CYCLE}changes")
    return {} if rows is None else {(row["table"], row["key"], row["column"]): row for row in rows.to_pylist()}


def restore(context: Context, digest: str, *, author: str, reason: str, expected_head: str) -> Version:
    """Store an earlier plan again as the newest version of its cycle; what came between stays in the history.

    A consolidated plan becomes the plan to decide on, a committed one the plan that is committed. Where another plan
    was made since, the plan that one was chosen from is stored again before it.

    Args:
        context: the server.
        digest: hash of the version to restore.
        author: who restores it.
        reason: why.
        expected_head: hash of the newest version of the cycle as the author saw it.

    Raises:
        Problem: *not-found*, *cannot-restore*, *invalid-request*, or *precondition-failed* with the newest version.
    """
    if not reason.strip():
        raise Problem.of("invalid-request", "Say why it is restored.", fields={"reason": "missing"})
    if not expected_head:
        raise Problem.of("precondition-required", "Say which version is the newest you saw.")
    with context.database.write() as connection:
        found = versions.find(connection, digest)
        if found is None:
            raise Problem.of("not-found", "There is no such version.")
        newest = versions.head(connection, found.cycle_id)
        if found.kind == "issued" or (newest is not None and newest.hash == found.hash):
            why = "It is the newest already." if found.kind != "issued" else "The books are made from it as it is."
            raise Problem.of("cannot-restore", why)
        message = f"Restored from {found.hash[:10]}: {reason.strip()}"
        by = {"author": author, "message": message, "at": context.now()}
        plan = _plan_behind(connection, found)
        if plan is not None:
            expected_head = _again(connection, plan, plan.summary, expected_head, by).hash
        summary = found.summary if plan is None else {**found.summary, "plan": expected_head}
        version = _again(connection, found, summary, expected_head, by)
        events.record(
            connection,
            at=by["at"],
            cycle_id=found.cycle_id,
            subject=version.hash,
            kind="restored",
            actor=author,
            detail={"restored": found.hash, "reason": reason.strip()},
        )
    return version


def _plan_behind(connection: Connection, found: Version) -> Version | None:
    """Return the plan a committed version was chosen from, where it is no longer the newest plan of its cycle."""
    if found.kind != "committed":
        return None
    plan = versions.find(connection, found.summary["plan"])
    newest = versions.head(connection, found.cycle_id, "consolidated")
    same = plan is None or newest is None or plan.content_sha256 == newest.content_sha256
    return None if same else plan


def _again(
    connection: Connection, found: Version, summary: Mapping[str, object], expected_head: str, by: Mapping[str, str]
) -> Version:
    """Append a version with the content of an earlier one."""
    try:
        return versions.append(
            connection,
            cycle_id=found.cycle_id,
            kind=found.kind,
            scenario=found.scenario,
            content=versions.content_of(connection, found),
            summary={**summary, "restored": found.hash},
            expected_parent=expected_head,
            recipe=found.recipe,
            **by,
        )
    except StaleParent as stale:
        raise stale_head(stale) from stale


def stale_head(stale: StaleParent) -> Problem:
    """Return the problem of a change made from a version that is no longer the newest, with the one that is."""
    names = ("hash", "kind", "author", "created_at", "message")
    newest = {name: getattr(stale.head, name) for name in names} if stale.head else None
    return Problem.of("precondition-failed", f"{stale} Nothing was changed.", expected=stale.expected, head=newest)


def sign(context: Context, digest: str, edit: Edit) -> Revision:
    """Sign a version by its hash: approve it, with conditions or without, or reject it; signing again replaces it.

    Raises:
        Problem: *not-found*, *invalid-request*, *precondition-required* or *precondition-failed*.
    """
    decision, note = str(edit.value.get("decision", "")), str(edit.value.get("note", "")).strip()
    if decision not in SIGNED:
        raise Problem.of("invalid-request", f"Say one of: {', '.join(SIGNED)}.", fields={"decision": "unknown"})
    if decision != SIGNED[0] and not note:
        raise Problem.of("invalid-request", "Say the conditions, or why not.", fields={"note": "missing"})
    with context.database.write() as connection:
        found = versions.find(connection, digest)
        if found is None or found.kind == "issued":
            raise Problem.of("not-found", "There is no such plan to sign.")
        value = {"version": found.hash, "content": found.content_sha256, "decision": decision, "note": note}
        return put(context, connection, found.cycle_id, SIGN_OFF, sign_off_key(found, edit.author), edit, value)


def sign_off_key(version: Version, name: str) -> str:
    """Return the key of a person's signature under a version."""
    return f"{version.hash}/{name}"


def signatures(connection: Connection, version: Version) -> list[Revision]:
    """Return the signatures under a version as they stand, in the order in which people first signed."""
    found = revisions.latest(connection, version.cycle_id, SIGN_OFF).values()
    return [revision for revision in found if revision.value["version"] == version.hash]
