"""Consolidating the submissions into one plan, and committing one of its scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from server.actions.conflicts import decided, merge_input, source_of
from server.context import Context
from server.engine.choosing import chosen_tables
from server.jobs.progress import Progress, progress_of
from server.jobs.workers import Effect
from server.problems import Problem
from server.processes import Report, Stop, Task
from server.store import cycles, events, jobs, recipes, submissions, versions
from server.store.jobs import Job, Unfinished
from server.store.submissions import ACCEPTED, COMMITTED, RECONCILED, VALIDATED
from server.store.versions import StaleParent, Version
from server.wording import moment


def consolidate(context: Context, cycle_id: str, *, author: str) -> Progress:
    """Start to merge the submissions in force over the issued version and to run the cycle on the result.

    Raises:
        Problem: *not-found*, *not-issued*, *busy*, or *invalid-request* where nobody is named.
    """
    if not author.strip():
        raise Problem.of("invalid-request", "Say who consolidates: a name or a role.", fields={"author": "missing"})
    with context.database.write() as connection:
        if cycles.find(connection, cycle_id) is None:
            raise Problem.of("not-found", "There is no such cycle.")
        if versions.head(connection, cycle_id, "issued") is None:
            raise Problem.of("not-issued", "The books of this cycle are still being prepared.")
        try:
            job = jobs.enqueue(connection, subject=cycle_id, kind="consolidate", actor=author.strip(), at=context.now())
        except Unfinished as busy:
            raise Problem.of("busy", "This cycle is being calculated already.") from busy
    context.workers.wake()
    return progress_of(job)


def consolidation_work(context: Context, job: Job, report: Report, stop: Stop) -> Effect:
    """Merge the submissions in force and run the cycle on the result; the work of a job."""
    with context.database.read() as connection:
        cycle = cycles.find(connection, job.subject)
        issued = versions.head(connection, job.subject, "issued")
        head = versions.head(connection, job.subject)
        if cycle is None or issued is None or head is None:
            raise Problem.of("not-issued", "The books of this cycle are not there.")
        used = submissions.in_force(submissions.of_cycle(connection, job.subject))
        given = merge_input(connection, issued, used)
        resolutions = decided(connection, job.subject)
    sources = [source_of(s) for s in used]
    task = Task(
        "consolidate",
        {"cycle": cycle.name, "submissions": sources, "resolutions": resolutions},
        given,
        seconds=context.config.solve_seconds,
        patient=True,
    )
    result = context.solvers.run(task, report, stop)
    if "payload" not in result.blobs:
        raise Problem.of(
            "invalid-data",
            "The submissions fit their own books, but not each other. Nothing was stored.",
            issues=result.values["issues"],
        )
    summary = {**result.values["summary"], "submissions": sources, "issued": issued.hash}

    def store(connection: Connection) -> str:
        at = context.now()
        try:
            version = versions.append(
                connection,
                cycle_id=job.subject,
                kind="consolidated",
                scenario=summary["recommended"],
                author=job.actor,
                message=f"Consolidated {len(used)} {'submission' if len(used) == 1 else 'submissions'}.",
                at=at,
                content=result.blobs["payload"],
                summary=summary,
                expected_parent=head.hash,
                recipe=recipes.keep(connection, task),
            )
        except StaleParent as stale:
            raise _stale(stale, "stale-parent") from stale
        ids = {s.id for s in used}
        still = submissions.in_force(s for s in submissions.of_cycle(connection, job.subject) if s.id in ids)
        unreviewed = [s for s in still if s.state == VALIDATED]
        who = {"at": at, "actor": job.actor, "by": version.hash}
        submissions.set_state(connection, unreviewed, ACCEPTED, **who)
        submissions.set_state(connection, [s for s in still if s.state in (VALIDATED, ACCEPTED)], RECONCILED, **who)
        return version.hash

    return store


@dataclass(frozen=True, slots=True)
class Commitment:
    """What an executive decides: which scenario, in whose name and why, having seen which version."""

    scenario: str
    author: str
    reason: str
    expected_parent: str
    by_header: bool = False


def commit(context: Context, cycle_id: str, commitment: Commitment) -> Version:
    """Store the chosen scenario of the newest consolidated plan as the committed version.

    Raises:
        Problem: *stale-parent* (or *precondition-failed* for If-Match) with the newest version where the decider saw
            an older one; *unknown-scenario*, *nothing-consolidated*, *not-found*, *invalid-request*.
    """
    named = {"author": commitment.author, "reason": commitment.reason, "expected_parent": commitment.expected_parent}
    missing = {name: "This is needed." for name, value in named.items() if not value.strip()}
    if missing:
        raise Problem.of("invalid-request", f"Missing: {', '.join(missing)}.", fields=missing)
    at = context.now()
    with context.database.write() as connection:
        if cycles.find(connection, cycle_id) is None:
            raise Problem.of("not-found", "There is no such cycle.")
        plan = versions.head(connection, cycle_id, "consolidated")
        if plan is None:
            raise Problem.of("nothing-consolidated", "There is no consolidated plan to commit yet.")
        offered = choosable(plan)
        if commitment.scenario not in offered:
            detail = f"The plan has no scenario {commitment.scenario!r}."
            raise Problem.of("unknown-scenario", detail, scenarios=offered)
        content = versions.content_of(connection, plan)
        try:
            version = versions.append(
                connection,
                cycle_id=cycle_id,
                kind="committed",
                scenario=commitment.scenario,
                author=commitment.author.strip(),
                message=commitment.reason.strip(),
                at=at,
                content=chosen_tables(content, commitment.scenario),
                summary=_committed_summary(plan, commitment.scenario),
                expected_parent=commitment.expected_parent,
                recipe=recipes.keep(connection, Task("choose", {"scenario": commitment.scenario}, {"plan": content})),
            )
        except StaleParent as stale:
            raise _stale(stale, "precondition-failed" if commitment.by_header else "stale-parent") from stale
        _record_decision(connection, version, plan)
    return version


def choosable(plan: Version) -> list[str]:
    """Return the scenarios that can be committed: the base plan and choices, not events, which nobody decides."""
    offered = plan.summary["scenarios"].items()
    return [name for name, scenario in offered if scenario["kind"] in ("base", "choice")]


def _record_decision(connection: Any, version: Version, plan: Version) -> None:
    detail = {
        "scenario": version.scenario,
        "recommended": plan.scenario,
        "followed": version.scenario == plan.scenario,
        "reason": version.message,
        "plan": plan.hash,
    }
    who = {"at": version.created_at, "actor": version.author}
    events.record(connection, cycle_id=version.cycle_id, subject=version.hash, kind="decision", detail=detail, **who)
    used = {source["id"] for source in plan.summary["submissions"]}
    behind = [s for s in submissions.of_cycle(connection, version.cycle_id) if s.id in used and s.state == RECONCILED]
    submissions.set_state(connection, behind, COMMITTED, by=version.hash, **who)


def _committed_summary(plan: Version, scenario: str) -> Mapping[str, Any]:
    chosen = {scenario: plan.summary["scenarios"][scenario]}
    return {**plan.summary, "scenarios": chosen, "committed": scenario, "plan": plan.hash}


def _stale(stale: StaleParent, kind: str) -> Problem:
    head = stale.head
    newest = None
    if head is not None:
        newest = {"hash": head.hash, "kind": head.kind, "author": head.author, "created_at": head.created_at}
        newest["message"] = head.message
    who = f" {head.author} stored a {head.kind} version on {moment(head.created_at)}." if head else ""
    return Problem.of(kind, f"{stale}{who} Nothing was changed.", expected=stale.expected, head=newest)
