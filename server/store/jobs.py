"""The queue of calculations: each is held by one worker for the time of a lease, and takes effect exactly once.

A worker *claims* the oldest job that waits, or one whose worker has gone silent, and gets a fresh *token* with it. It
keeps its lease by a heartbeat. What it calculated is stored, and the job completed, in one transaction that only goes
through while the token is still the job's: a worker that was thought dead and comes back changes nothing.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from server.problems import KINDS, Problem
from server.store.canonical import canonical_json
from server.store.database import seconds_now
from server.store.tables import jobs

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
ATTEMPTS = 3
"""Times a job is tried whose worker or process died; a calculation that says what is wrong is not tried again."""


class Pulse(StrEnum):
    """What a heartbeat is answered with."""

    HELD = "held"
    CANCELLED = "cancelled"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Job:
    """A calculation and where it stands; ``subject`` is the cycle it is for, ``result`` the version it stored."""

    seq: int
    id: str
    subject: str
    kind: str
    arguments: Mapping[str, Any]
    actor: str
    state: str
    step: str
    share: float
    attempt: int
    attempts: int
    created_at: str
    started_at: str
    finished_at: str
    not_before: float
    lease_until: float
    token: str
    worker: str
    cancelled_by: str
    result: str
    problem: Problem | None

    @property
    def running(self) -> bool:
        """True until it is done, has failed or was cancelled."""
        return self.state in (QUEUED, RUNNING)


class Unfinished(ValueError):
    """The subject has a job that is not finished; there is one at a time."""

    def __init__(self, job: Job) -> None:
        """Carry the job that is there."""
        super().__init__(f"{job.kind} of {job.subject} is not finished yet.")
        self.job = job


class Finished(ValueError):
    """The job is over and can no longer be cancelled, or is not over and cannot be tried again yet."""


class LeaseLost(RuntimeError):
    """The job was given to another worker or cancelled in the meantime: nothing may be stored for it."""


def enqueue(
    connection: Connection,
    *,
    subject: str,
    kind: str,
    actor: str,
    at: str,
    arguments: Mapping[str, Any] | None = None,
    attempts: int = ATTEMPTS,
) -> Job:
    """Put a job into the queue, in the caller's transaction, and return it.

    Raises:
        Unfinished: where the subject has a job that is not finished.
    """
    job_id = f"j-{secrets.token_hex(6)}"
    row = {
        "id": job_id,
        "subject": subject,
        "kind": kind,
        "arguments": canonical_json(dict(arguments or {})),
        "actor": actor,
        "state": QUEUED,
        "step": "Waiting for its turn",
        "share": 0.0,
        "attempt": 0,
        "attempts": attempts,
        "created_at": at,
        "not_before": 0.0,
        "lease_until": 0.0,
        **dict.fromkeys(("started_at", "finished_at", "token", "worker", "cancelled_by", "result", "problem"), ""),
    }
    try:
        with connection.begin_nested():
            connection.execute(insert(jobs).values(**row))
    except IntegrityError:
        newest = latest(connection, subject)
        if newest is None or not newest.running:
            raise
        raise Unfinished(newest) from None
    return _required(connection, job_id)


def claim(connection: Connection, *, worker: str, seconds: float, at: str) -> Job | None:
    """Give a worker the oldest job that may be run, for the seconds of a lease; None where there is none.

    A job whose lease ran out is given again, until its attempts are used up: then it has failed.
    """
    now = seconds_now(connection)
    query = select(jobs).where(_claimable(now)).order_by(jobs.c.seq).limit(1).with_for_update(skip_locked=True)
    while (row := connection.execute(query).first()) is not None:
        job = _from_row(row)
        if job.cancelled_by:
            _change(connection, job.id, state=CANCELLED, token="", finished_at=at)
        elif job.attempt >= job.attempts:
            detail = f"It was started {job.attempt} times and its worker stopped each time."
            problem = Problem.of("calculation-failed", detail)
            _change(connection, job.id, state=FAILED, token="", finished_at=at, problem=_problem_text(problem))
        else:
            changes = {"state": RUNNING, "token": secrets.token_hex(8), "worker": worker, "attempt": job.attempt + 1}
            _change(connection, job.id, **changes, lease_until=now + seconds, started_at=job.started_at or at)
            return _required(connection, job.id)
    return None


def any_waiting(connection: Connection) -> bool:
    """Return whether there is a job to claim; asked often, and changes nothing."""
    found = select(jobs.c.seq).where(_claimable(seconds_now(connection))).limit(1)
    return connection.execute(found).first() is not None


def _claimable(now: float) -> ColumnElement[bool]:
    waiting = and_(jobs.c.state == QUEUED, jobs.c.not_before <= now)
    return or_(waiting, and_(jobs.c.state == RUNNING, jobs.c.lease_until < now))


def heartbeat(connection: Connection, job: Job, *, seconds: float, share: float, step: str) -> Pulse:
    """Renew the lease of a running job and say how far it is; the answer tells whether to go on."""
    until = seconds_now(connection) + seconds
    held = _held(job)
    changed = connection.execute(
        update(jobs).where(*held).values(lease_until=until, share=min(max(share, 0.0), 1.0), step=step)
    )
    if not changed.rowcount:
        return Pulse.LOST
    by = connection.execute(select(jobs.c.cancelled_by).where(jobs.c.id == job.id)).scalar_one()
    return Pulse.CANCELLED if by else Pulse.HELD


def complete(connection: Connection, job: Job, *, result: str, at: str) -> None:
    """Complete a job in the transaction that stored its result.

    Raises:
        LeaseLost: where the job is no longer this worker's; the transaction must not go through then.
    """
    values = {"state": DONE, "share": 1.0, "step": "", "result": result, "finished_at": at, "token": ""}
    changed = connection.execute(update(jobs).where(*_held(job), jobs.c.cancelled_by == "").values(**values))
    if not changed.rowcount:
        raise LeaseLost(job.id)


def fail(connection: Connection, job: Job, problem: Problem, *, at: str) -> None:
    """End a job with a problem that trying again would not solve."""
    _settle(connection, job, state=FAILED, problem=_problem_text(problem), finished_at=at)


def try_later(connection: Connection, job: Job, *, seconds: float) -> None:
    """Put a job whose process died back into the queue, for after some seconds."""
    again = f"Stopped unexpectedly; attempt {job.attempt + 1} of {job.attempts} follows"
    _settle(connection, job, state=QUEUED, not_before=seconds_now(connection) + seconds, share=0.0, step=again)


def give_back(connection: Connection, job: Job) -> None:
    """Put a job back into the queue whose worker is shutting down; the attempt does not count."""
    _settle(connection, job, state=QUEUED, attempt=job.attempt - 1, share=0.0, step="Waiting for its turn")


def confirm_cancelled(connection: Connection, job: Job, *, at: str) -> None:
    """End a job whose process was stopped because someone cancelled it."""
    _settle(connection, job, state=CANCELLED, finished_at=at)


def cancel(connection: Connection, job_id: str, *, actor: str, at: str) -> Job:
    """Cancel a job: at once where it waits; where it runs its process is stopped at the next heartbeat.

    Raises:
        KeyError: where there is no such job.
        Finished: where it is over.
    """
    waiting = update(jobs).where(jobs.c.id == job_id, jobs.c.state == QUEUED)
    waiting = waiting.values(state=CANCELLED, cancelled_by=actor, finished_at=at, token="")
    if not connection.execute(waiting).rowcount:
        running = update(jobs).where(jobs.c.id == job_id, jobs.c.state == RUNNING).values(cancelled_by=actor)
        if not connection.execute(running).rowcount and not _required(connection, job_id).running:
            raise Finished("It is over already.")
    return _required(connection, job_id)


def retry(connection: Connection, job_id: str, *, actor: str, at: str) -> Job:
    """Put what failed or was cancelled into the queue again, as a job of its own, and return that.

    Raises:
        KeyError: where there is no such job.
        Finished: where it did its work, or has not ended.
        Unfinished: where its subject is being worked on.
    """
    job = _required(connection, job_id)
    if job.state not in (FAILED, CANCELLED):
        raise Finished("Only what failed or was cancelled can be tried again.")
    return enqueue(
        connection,
        subject=job.subject,
        kind=job.kind,
        arguments=job.arguments,
        actor=actor,
        at=at,
        attempts=job.attempts,
    )


def find(connection: Connection, job_id: str) -> Job | None:
    """Return a job by id, or None."""
    row = connection.execute(select(jobs).where(jobs.c.id == job_id)).first()
    return None if row is None else _from_row(row)


def latest(connection: Connection, subject: str) -> Job | None:
    """Return the newest job of a subject, or None."""
    query = select(jobs).where(jobs.c.subject == subject).order_by(jobs.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else _from_row(row)


def page(
    connection: Connection,
    *,
    subject: str | None = None,
    states: Sequence[str] = (),
    before: int | None = None,
    limit: int = 50,
) -> list[Job]:
    """Return jobs, newest first: of a subject, in some states, queued before the one numbered ``before``."""
    query = select(jobs).order_by(jobs.c.seq.desc()).limit(limit)
    if subject is not None:
        query = query.where(jobs.c.subject == subject)
    if states:
        query = query.where(jobs.c.state.in_(states))
    if before is not None:
        query = query.where(jobs.c.seq < before)
    return [_from_row(row) for row in connection.execute(query)]


def counts(connection: Connection) -> dict[str, int]:
    """Return how many jobs are in each state."""
    query = select(jobs.c.state, func.count()).group_by(jobs.c.state)
    return {state: number for state, number in connection.execute(query)}  # noqa: C416 (rows are no pairs to mypy)


def _held(job: Job) -> tuple[Any, ...]:
    return jobs.c.id == job.id, jobs.c.state == RUNNING, jobs.c.token == job.token


def _settle(connection: Connection, job: Job, **values: Any) -> None:
    """Change a job that is still this worker's; where it is not, another has settled it."""
    connection.execute(update(jobs).where(*_held(job)).values(token="", **values))


def _change(connection: Connection, job_id: str, **values: Any) -> None:
    connection.execute(update(jobs).where(jobs.c.id == job_id).values(**values))


def _required(connection: Connection, job_id: str) -> Job:
    job = find(connection, job_id)
    if job is None:
        raise KeyError(job_id)
    return job


def _problem_text(problem: Problem) -> str:
    return canonical_json({"name": problem.kind.name, "detail": problem.detail, "extra": problem.extra})


def _from_row(row: Row[Any]) -> Job:
    values = dict(row._mapping)
    told = json.loads(values["problem"]) if values["problem"] else None
    problem = None
    if told is not None:
        name = told["name"] if told["name"] in KINDS else "internal-error"
        problem = Problem.of(name, told["detail"], **told["extra"])
    return Job(**{**values, "arguments": json.loads(values["arguments"]), "problem": problem})
