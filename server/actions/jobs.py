"""Calculations as people handle them: looked at, cancelled, tried again."""

from __future__ import annotations

from server.context import Context
from server.problems import Problem
from server.store import events, jobs
from server.store.jobs import Finished, Job, Unfinished


def cancel(context: Context, job_id: str, *, actor: str) -> Job:
    """Cancel a calculation; where it runs, its process is stopped within a second or two and nothing is stored.

    Raises:
        Problem: *not-found*, or *not-cancellable* where it is over.
    """
    with context.database.write() as connection:
        try:
            job = jobs.cancel(connection, job_id, actor=actor, at=context.now())
        except KeyError as unknown:
            raise Problem.of("not-found", "There is no such calculation.") from unknown
        except Finished as over:
            raise Problem.of("not-cancellable", str(over)) from over
        detail = {"job": job.id, "task": job.kind}
        who = {"at": context.now(), "actor": actor, "cycle_id": job.subject}
        events.record(connection, subject=job.subject, kind="cancelled", detail=detail, **who)
    context.workers.wake()
    return job


def retry(context: Context, job_id: str, *, actor: str) -> Job:
    """Queue again what failed or was cancelled, as a calculation of its own.

    Raises:
        Problem: *not-found*, *not-retryable*, or *busy* where the cycle is being calculated.
    """
    with context.database.write() as connection:
        try:
            job = jobs.retry(connection, job_id, actor=actor, at=context.now())
        except KeyError as unknown:
            raise Problem.of("not-found", "There is no such calculation.") from unknown
        except Finished as not_ended:
            raise Problem.of("not-retryable", str(not_ended)) from not_ended
        except Unfinished as busy:
            raise Problem.of("busy", "This cycle is being calculated already.") from busy
    context.workers.wake()
    return job
