"""Stored things as the documents the API answers with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.auth import reach
from server.auth.current import current
from server.jobs.progress import Progress
from server.store import payload
from server.store.cycles import Cycle
from server.store.submissions import DATA, Submission
from server.store.versions import Link, Version
from sop_xl.schema.catalogue import FUNCTIONS

_VERSION = (
    *("seq", "hash", "previous", "parent", "kind", "scenario", "author", "message", "created_at"),
    *("payload_sha256", "content_sha256"),
)
_SUBMISSION = (
    *("id", "function", "submitter", "file_name", "sha256", "received_at", "base_version", "state", "readable"),
    *("errors", "warnings", "comment", "state_by"),
)


def progress(found: Progress | None) -> dict[str, Any]:
    """Return the document of the latest work, *idle* where there was none."""
    if found is None:
        return {"task": "", "state": "idle", "step": "", "share": 0.0, "version": "", "problem": None}
    names = ("task", "state", "step", "share", "started_at", "finished_at", "version")
    document: dict[str, Any] = {name: getattr(found, name) for name in names}
    problem = reach.problem_visible(current(), found.problem).to_dict() if found.problem else None
    return {**document, "problem": problem}


def version(found: Link) -> dict[str, Any]:
    """Return the document of a version without its summary."""
    return {**{name: getattr(found, name) for name in _VERSION}, "cycle": found.cycle_id}


def version_detail(found: Version, content: bytes) -> dict[str, Any]:
    """Return the document of a version with its summary and the list of its tables."""
    tables = [
        {"name": name, "rows": entry["rows"], "columns": entry["columns"]}
        for name, entry in payload.manifest(content).items()
    ]
    return {**version(found), "summary": dict(found.summary), "tables": tables}


def submission(found: Submission, *, recognised: bool = False) -> dict[str, Any]:
    """Return the document of a submission."""
    document: dict[str, Any] = {name: getattr(found, name) for name in _SUBMISSION}
    document |= {"cycle": found.cycle_id, "issues": [dict(issue) for issue in found.issues]}
    return {**document, "recognised": recognised, "etag": found.tag}


def cycle_state(chain: Sequence[Link]) -> str:
    """Return how far a cycle has come, from its versions."""
    states = {"issued": "collecting", "consolidated": "consolidated", "candidate": "consolidated"}
    states["committed"] = "committed"
    return states[chain[-1].kind] if chain else "gathering"


def cycle(found: Cycle, chain: Sequence[Link]) -> dict[str, Any]:
    """Return the document of a cycle."""
    return {
        "id": found.id,
        "name": found.name,
        "created_at": found.created_at,
        "author": found.author,
        "follows": found.config.get("follows", ""),
        "state": cycle_state(chain),
        "head": chain[-1].hash if chain else "",
    }


def cycle_detail(
    found: Cycle,
    chain: Sequence[Link],
    plan: Version | None,
    received: Sequence[Submission],
    seen: Sequence[Submission],
    working: Progress | None,
) -> dict[str, Any]:
    """Return the document of a cycle with versions, progress, the summary of its plan, and the submissions ``seen``."""
    return {
        **cycle(found, chain),
        "functions": functions(received),
        "submissions": [submission(s) for s in seen],
        "versions": [version(v) for v in chain],
        "progress": progress(working),
        "plan": dict(plan.summary) if plan else None,
    }


def functions(received: Sequence[Submission]) -> list[Mapping[str, Any]]:
    """Return where each function stands: its newest submission in force, else the newest attempt."""
    found: list[Mapping[str, Any]] = []
    for function in FUNCTIONS:
        own = [s for s in received if s.function == function != DATA]
        latest = own[-1] if own else None
        found.append(
            {
                "function": function,
                "state": latest.state if latest else "open",
                "submissions": len(own),
                "errors": latest.errors if latest else 0,
                "latest": latest.id if latest else "",
            }
        )
    return found
