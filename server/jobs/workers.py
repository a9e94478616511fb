"""Workers: threads that take jobs from the queue, run each in a child process, and store what came out once.

A worker lives in the server's process or, with ``python -m server work``, in one of its own, on this machine or
another. It renews the lease of its job every few seconds and learns by that whether the job was cancelled. Where it
dies, the lease runs out and the job is taken up by another.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from server.problems import Problem
from server.processes import Report, Stop, TaskFailed
from server.store import jobs
from server.store.jobs import Job, LeaseLost, Pulse

if TYPE_CHECKING:
    from server.context import Context

_log = logging.getLogger(__name__)
_BEATS_A_LEASE = 6
_MOST_SECONDS_BETWEEN_BEATS = 1.0
_RETRY_SECONDS = 2.0

Effect = Callable[[Connection], str]
"""Stores what was calculated, in the transaction that completes the job, and returns the hash of the version."""
Handler = Callable[["Context", Job, Report, Stop], Effect]
"""Calculates a job without changing the store, and returns its effect; the ``Stop`` ends its child process."""


@dataclass(slots=True)
class Workers:
    """The workers of one process."""

    name: str = field(default_factory=lambda: f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(3)}")
    _threads: list[threading.Thread] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _runs: set[_Run] = field(default_factory=set)
    _closing: bool = False

    def start(self, context: Context, handlers: Mapping[str, Handler], count: int) -> None:
        """Start some workers, each doing one job at a time."""
        for number in range(count):
            name = f"worker-{number + 1}"
            thread = threading.Thread(target=self._work, args=(context, handlers), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def wake(self) -> None:
        """Let the workers of this process look at the queue now; those of others look by themselves."""
        with self._news:
            self._news.notify_all()

    def wait(self) -> None:
        """Wait until the workers are closed, or a signal interrupts the waiting."""
        # Not Thread.join: interrupted by a signal it takes the thread for ended (bpo-45274).
        with self._news:
            while not self._closing:
                self._news.wait(1.0)

    def close(self) -> None:
        """Stop the calculations that run here; their jobs go back into the queue."""
        with self._news:
            self._closing = True
            running = set(self._runs)
            self._news.notify_all()
        for run in running:
            run.stop.ask()
        for thread in self._threads:
            thread.join(10.0)

    def _work(self, context: Context, handlers: Mapping[str, Handler]) -> None:
        while not self._closing:
            try:
                job = self._claim(context)
                if job is not None:
                    self._run(context, handlers, job)
                    continue
            except SQLAlchemyError:
                if not self._closing:
                    _log.exception("The queue cannot be read; it is looked at again.")
            with self._news:
                if not self._closing:
                    self._news.wait(context.config.look_seconds)

    def _claim(self, context: Context) -> Job | None:
        with context.database.glance() as connection:
            if not jobs.any_waiting(connection):
                return None
        with context.database.update() as connection:
            return jobs.claim(connection, worker=self.name, seconds=context.config.lease_seconds, at=context.now())

    def _run(self, context: Context, handlers: Mapping[str, Handler], job: Job) -> None:
        run = _Run(context, job)
        with self._news:
            self._runs.add(run)
            if self._closing:
                run.stop.ask()
        try:
            with run.alive():
                self._carry_on(run, handlers)
        finally:
            with self._news:
                self._runs.discard(run)

    def _carry_on(self, run: _Run, handlers: Mapping[str, Handler]) -> None:
        context, job = run.context, run.job
        try:
            if job.kind not in handlers:
                raise Problem.of("internal-error", f"This server knows no work named {job.kind!r}.")
            effect = handlers[job.kind](context, job, run.report, run.stop)
            with context.database.write() as connection:
                jobs.complete(connection, job, result=effect(connection), at=context.now())
        except LeaseLost:
            self._left(run)
        except Problem as problem:
            self._settle(run, problem)
        except TaskFailed as failure:
            if run.stop.asked:
                self._left(run)
            elif failure.killed and job.attempt < job.attempts:
                _log.warning("%s for %s died (attempt %s): %s", job.kind, job.subject, job.attempt, failure)
                with context.database.update() as connection:
                    jobs.try_later(connection, job, seconds=_RETRY_SECONDS * job.attempt)
            else:
                _log.error("%s for %s failed: %s\n%s", job.kind, job.subject, failure, failure.log)
                self._settle(run, Problem.of("calculation-failed", str(failure)))
        except SQLAlchemyError:
            raise
        except Exception:
            _log.exception("%s for %s failed", job.kind, job.subject)
            self._settle(run, Problem.of("internal-error", "The calculation failed; the server's log says where."))

    def _settle(self, run: _Run, problem: Problem) -> None:
        with run.context.database.update() as connection:
            jobs.fail(connection, run.job, problem, at=run.context.now())

    def _left(self, run: _Run) -> None:
        """Settle a job that was stopped before its result was stored: cancelled, lost, or put back at shutdown."""
        with run.context.database.update() as connection:
            found = jobs.find(connection, run.job.id)
            if found is not None and found.cancelled_by:
                jobs.confirm_cancelled(connection, run.job, at=run.context.now())
            elif self._closing:
                jobs.give_back(connection, run.job)


@dataclass(slots=True, eq=False)
class _Run:
    """A job while it runs here: its progress, its heartbeat, and the way to stop its process."""

    context: Context
    job: Job
    stop: Stop = field(default_factory=Stop)
    share: float = 0.0
    step: str = "Starting"

    def report(self, share: float, step: str) -> None:
        """Take note of progress; the next heartbeat tells it."""
        self.share, self.step = share, step

    @contextmanager
    def alive(self) -> Iterator[None]:
        """Keep the lease meanwhile."""
        over = threading.Event()
        thread = threading.Thread(target=self._beat, args=(over,), name=f"heartbeat-{self.job.id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _beat(self, over: threading.Event) -> None:
        lease = self.context.config.lease_seconds
        while not over.wait(min(lease / _BEATS_A_LEASE, _MOST_SECONDS_BETWEEN_BEATS)):
            try:
                with self.context.database.update() as connection:
                    pulse = jobs.heartbeat(connection, self.job, seconds=lease, share=self.share, step=self.step)
            except SQLAlchemyError as problem:
                _log.warning("The heartbeat of %s did not reach the store: %s", self.job.id, problem)
                continue
            if pulse is not Pulse.HELD:
                self.stop.ask()
                return
