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
        Problem: see :func:`promote`.
    """
    with context.database.write() as connection:
        version, plan = _chosen(context, connection, cycle_id, commitment, "committed")
        _record_decision(connection, version, plan)
    return version


def promote(context: Context, cycle_id: str, proposal: Commitment) -> Version:
    """Store a scenario of the newest consolidated plan as the candidate: the plan that is proposed to be committed.

    It is a version of its own, with who proposes it and why; the submissions and the committed plan stay as they are.

    Raises:
        Problem: *stale-parent* (or *precondition-failed* for If-Match) with the newest version where the decider saw
            an older one; *unknown-scenario*, *nothing-consolidated*, *not-found*, *invalid-request*.
    """
    with context.database.write() as connection:
        version, plan = _chosen(context, connection, cycle_id, proposal, "candidate")
        detail = {
            **{"scenario": version.scenario, "recommended": plan.scenario},
            **{"reason": version.message, "plan": plan.hash},
        }
        events.record(
            connection,
            cycle_id=cycle_id,
            subject=version.hash,
            kind="candidate",
            detail=detail,
            at=version.created_at,
            actor=version.author,
        )
    return version


def _chosen(
    context: Context, connection: Connection, cycle_id: str, chosen: Commitment, kind: str
) -> tuple[Version, Version]:
    """Store one scenario of the newest consolidated plan as a version of a kind; return it and the plan it is from."""
    named = {"author": chosen.author, "reason": chosen.reason, "expected_parent": chosen.expected_parent}
    missing = {name: "This is needed." for name, value in named.items() if not value.strip()}
    if missing:
        raise Problem.of("invalid-request", f"Missing: {', '.join(missing)}.", fields=missing)
    if cycles.find(connection, cycle_id) is None:
        raise Problem.of("not-found", "There is no such cycle.")
    plan = versions.head(connection, cycle_id, "consolidated")
    if plan is None:
        raise Problem.of("nothing-consolidated", "There is no consolidated plan yet.")
    offered = choosable(plan)
    if chosen.scenario not in offered:
        detail = f"The plan has no scenario {chosen.scenario!r} that is ours to choose."
        raise Problem.of("unknown-scenario", detail, scenarios=offered)
    content = versions.content_of(connection, plan)
    try:
        version = versions.append(
            connection,
            cycle_id=cycle_id,
            kind=kind,
            scenario=chosen.scenario,
            author=chosen.author.strip(),
            message=chosen.reason.strip(),
            at=context.now(),
            content=chosen_tables(content, chosen.scenario),
            summary=_chosen_summary(plan, chosen.scenario, kind),
            expected_parent=chosen.expected_parent,
            recipe=recipes.keep(connection, Task("choose", {"scenario": chosen.scenario}, {"plan": content})),
        )
    except StaleParent as stale:
        raise _stale(stale, "precondition-failed" if chosen.by_header else "stale-parent") from stale
    return version, plan


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


def _chosen_summary(plan: Version, scenario: str, kind: str) -> Mapping[str, Any]:
    chosen = {scenario: plan.summary["scenarios"][scenario]}
    return {**plan.summary, "scenarios": chosen, kind: scenario, "plan": plan.hash}


def _stale(stale: StaleParent, kind: str) -> Problem:
    head = stale.head
    newest = None
    if head is not None:
        newest = {"hash": head.hash, "kind": head.kind, "author": head.author, "created_at": head.created_at}
        newest["message"] = head.message
    who = f" {head.author} stored a {head.kind} version on {moment(head.created_at)}." if head else ""
    return Problem.of(kind, f"{stale}{who} Nothing was changed.", expected=stale.expected, head=newest)
