"""How far the calculation of a cycle is, as API and pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic, sleep

from server.problems import Problem
from server.store import jobs
from server.store.database import Database
from server.store.jobs import CANCELLED, Job

_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the latest work on a cycle stands; ``state`` is running (also while it waits), done or failed."""

    task: str
    state: str
    step: str
    share: float
    started_at: str
    finished_at: str = ""
    version: str = ""
    problem: Problem | None = None
    job: str = ""
    attempt: int = 1
    cancelling: bool = False

    @property
    def running(self) -> bool:
        """True until it is done or has failed."""
        return self.state == "running"


def progress_of(job: Job) -> Progress:
    """Return how far a job is; one that was cancelled counts as failed and says who cancelled it."""
    problem = job.problem
    if job.state == CANCELLED:
        problem = Problem.of("cancelled", f"{job.cancelled_by} cancelled it. Nothing was stored.")
    return Progress(
        task=job.kind,
        state="running" if job.running else "failed" if problem else "done",
        step="Stopping" if job.running and job.cancelled_by else job.step,
        share=job.share,
        started_at=job.started_at or job.created_at,
        finished_at=job.finished_at,
        version=job.result,
        problem=problem,
        job=job.id,
        attempt=job.attempt,
        cancelling=job.running and bool(job.cancelled_by),
    )


@dataclass(frozen=True, slots=True)
class Jobs:
    """The jobs of a store as requests see them."""

    database: Database

    def latest(self, cycle_id: str) -> Progress | None:
        """Return the latest work on a cycle, or None where there was none."""
        with self.database.glance() as connection:
            job = jobs.latest(connection, cycle_id)
        return None if job is None else progress_of(job)

    def wait(self, cycle_id: str, seconds: float) -> Progress | None:
        """Wait until the work on a cycle has ended, for some seconds at most, and return where it stands."""
        until = monotonic() + seconds
        while (found := self.latest(cycle_id)) is not None and found.running and monotonic() < until:
            sleep(_LOOK_SECONDS)
        return found
