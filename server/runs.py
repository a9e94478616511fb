"""Work of a cycle that takes its time: started by a request, carried on in the background, asked about by polling."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from server.problems import Problem
from server.processes import Report, TaskFailed

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the latest work on a cycle stands; ``state`` is running, done or failed."""

    task: str
    state: str
    step: str
    share: float
    started_at: str
    finished_at: str = ""
    version: str = ""
    problem: Problem | None = None

    @property
    def running(self) -> bool:
        """True until it is done or has failed."""
        return self.state == "running"


class AlreadyRunning(RuntimeError):
    """Something is being calculated for this cycle already."""


class Runs:
    """The latest piece of work of every cycle; one at a time for each."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Start with nothing running."""
        self._clock = clock
        self._latest: dict[str, Progress] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()

    def start(self, cycle_id: str, task: str, work: Callable[[Report], str]) -> Progress:
        """Start work that returns the hash of the version it stored.

        Raises:
            AlreadyRunning: where the cycle is being worked on.
        """
        with self._lock:
            latest = self._latest.get(cycle_id)
            if latest is not None and latest.running:
                raise AlreadyRunning(latest.task)
            progress = Progress(task, "running", "Waiting for its turn", 0.0, self._now())
            self._latest[cycle_id] = progress
            thread = threading.Thread(target=self._carry_on, args=(cycle_id, work), daemon=True)
            self._threads[cycle_id] = thread
        thread.start()
        return progress

    def latest(self, cycle_id: str) -> Progress | None:
        """Return the latest work on a cycle, or None where there was none since the server started."""
        with self._lock:
            return self._latest.get(cycle_id)

    def wait(self, cycle_id: str, seconds: float | None = None) -> Progress | None:
        """Wait until the work on a cycle has ended and return how it did."""
        thread = self._threads.get(cycle_id)
        if thread is not None:
            thread.join(seconds)
        return self.latest(cycle_id)

    def _carry_on(self, cycle_id: str, work: Callable[[Report], str]) -> None:
        def report(share: float, step: str) -> None:
            self._update(cycle_id, step=step, share=min(max(share, 0.0), 1.0))

        try:
            version = work(report)
        except Problem as problem:
            self._fail(cycle_id, problem)
        except TaskFailed as failure:
            _log.error("calculation for %s failed: %s\n%s", cycle_id, failure, failure.log)
            self._fail(cycle_id, Problem.of("calculation-failed", str(failure)))
        except Exception:
            _log.exception("work on %s failed", cycle_id)
            self._fail(cycle_id, Problem.of("internal-error", "The calculation failed; the server's log says where."))
        else:
            self._update(cycle_id, state="done", share=1.0, version=version, finished_at=self._now())

    def _fail(self, cycle_id: str, problem: Problem) -> None:
        self._update(cycle_id, state="failed", problem=problem, finished_at=self._now())

    def _update(self, cycle_id: str, **changes: Any) -> None:
        with self._lock:
            self._latest[cycle_id] = replace(self._latest[cycle_id], **changes)

    def _now(self) -> str:
        return self._clock().isoformat(timespec="seconds").replace("+00:00", "Z")
