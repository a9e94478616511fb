"""Calculating an exported version again, step by step from the files people sent, and comparing every hash.

Each step is given the recorded bytes of the step before it, so a step that differs is named and does not blur those
that follow. Where all agree, the whole plan has been reproduced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from server.processes import Children, Task, TaskFailed
from server.store import payload
from server.store.canonical import sha256
from server.store.plan_file import PlanFile
from server.store.recipes import calculated_with
from server.store.submissions import Submission
from server.store.versions import Version
from sop_xl.scenario.result import TIME_LIMIT

SAME, SAME_VALUES, DIFFERENT, FAILED, NOTHING = "same", "same values", "different", "failed", "nothing to calculate"


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was calculated again.

    Attributes:
        name: what was calculated, in words.
        recorded: the hash it is known by: of a version, or of a submission's parsed tables.
        outcome: ``same`` to the last byte and hash, ``same values`` in other bytes, ``different``, ``failed``,
            or ``nothing to calculate``.
        details: tables that differ and by how much, or why it failed.
        libraries: those whose version differs from the one it was first calculated with.
        out_of_time: scenarios whose solve ran out of time, then or now: how far such a solve comes is not the same
            on every day and machine.
    """

    name: str
    recorded: str
    outcome: str
    details: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    out_of_time: tuple[str, ...] = ()

    @property
    def reproduced(self) -> bool:
        """True where the same values came out."""
        return self.outcome in (SAME, SAME_VALUES, NOTHING)


def replay(plan: PlanFile, *, seconds: float = 3600.0) -> Iterator[Step]:
    """Calculate a plan again and yield each step when it is done.

    Args:
        plan: an exported version, checked.
        seconds: limit for a step.
    """
    children = Children(1)
    for submission in plan.submissions:
        name = f"{submission.function} from {submission.file_name} by {submission.submitter}"
        yield _step(children, plan, submission, name, seconds)
    for version in plan.versions:
        name = f"{version.kind} version of {version.created_at[:10]}"
        yield _step(children, plan, version, name, seconds)


def _step(children: Children, plan: PlanFile, made: Submission | Version, name: str, seconds: float) -> Step:
    recorded = made.hash if isinstance(made, Version) else made.parsed or ""
    recipe = made.recipe
    if not recipe:
        return Step(name, recorded, NOTHING)
    libraries = _other_libraries(recipe["with"])
    task = Task(
        recipe["task"],
        recipe["arguments"],
        {blob: plan.contents[digest] for blob, digest in recipe["blobs"].items()},
        seconds=seconds,
    )
    try:
        result = children.run(task)
        content = result.blobs["payload" if isinstance(made, Version) else "tables"]
    except TaskFailed as failure:
        return Step(name, recorded, FAILED, (str(failure), *failure.log.strip().splitlines()[-1:]), libraries)
    except KeyError:
        return Step(name, recorded, FAILED, ("The tables could not be made from what was recorded.",), libraries)
    if isinstance(made, Version):
        before = plan.contents[made.payload_sha256]
        again = replace(
            made,
            payload_sha256=sha256(content),
            content_sha256=payload.content_hash(content),
            summary={**made.summary, **result.values.get("summary", {})},
        )
        same, same_values = again.recomputed_hash() == made.hash, again.content_sha256 == made.content_sha256
    else:
        before = plan.contents[made.parsed or ""]
        same, same_values = content == before, payload.content_hash(content) == payload.content_hash(before)
    if same:
        return Step(name, recorded, SAME, (), libraries)
    if same_values:
        return Step(name, recorded, SAME_VALUES, (), libraries)
    late = _out_of_time(made.summary, result.values.get("summary", {})) if isinstance(made, Version) else ()
    return Step(name, recorded, DIFFERENT, tuple(_differing(before, content)), libraries, late)


def _out_of_time(*summaries: Mapping[str, Any]) -> tuple[str, ...]:
    rows = (row for summary in summaries for row in summary.get("comparison", ()))
    return tuple(dict.fromkeys(row.get("title") or row["scenario"] for row in rows if row.get("status") == TIME_LIMIT))


def _other_libraries(recorded: Mapping[str, Any]) -> tuple[str, ...]:
    here = calculated_with()
    return tuple(f"{name} {was} → {here.get(name, 'none')}" for name, was in recorded.items() if here.get(name) != was)


def _differing(before: bytes, after: bytes) -> Iterator[str]:
    old, new = payload.unpack(before), payload.unpack(after)
    for name in sorted(payload.differing(before, after)):
        if name not in old or name not in new:
            yield f"{name}: {'only now' if name in new else 'no longer there'}"
        elif old[name].shape != new[name].shape:
            yield f"{name}: {len(old[name])} rows → {len(new[name])}"
        else:
            yield f"{name}: {_largest(old[name], new[name])}"


def _largest(old: pd.DataFrame, new: pd.DataFrame) -> str:
    columns = [c for c in old if c in new and not old[c].equals(new[c])]
    numbers = [c for c in columns if pd.api.types.is_numeric_dtype(old[c]) and pd.api.types.is_numeric_dtype(new[c])]
    if numbers:
        worst = max(float((old[c].astype(float) - new[c].astype(float)).abs().max()) for c in numbers)
        return f"{', '.join(map(str, columns))}: by up to {worst:.3g}"
    return f"{', '.join(map(str, columns))} differ"
