"""Workers: what becomes of a job when its work succeeds, refuses, crashes, is killed, cancelled or interrupted."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Connection

from server.context import Context, ServerConfig
from server.jobs.workers import Effect, Handler, Workers
from server.problems import Problem
from server.processes import Report, Stop, Task
from server.store import events, jobs
from server.store.jobs import Job

CYCLE = "2026-07"
READ = Task("read_data", {"names": {"file0": "demand.csv"}}, {"file0": b"product,period,units\nP1,2008-07-01,10\n"})

Start = Callable[..., Context]


@pytest.fixture
def start(store_url: str) -> Iterator[Start]:
    """Opens a store with workers of its own that know the work given."""
    with ExitStack() as stack:

        def started(work: Mapping[str, Handler], workers: int = 1, lease: float = 1.0) -> Context:
            config = ServerConfig(database_url=store_url, solvers=workers, lease_seconds=lease, look_seconds=0.05)
            context = Context.open(config)
            stack.callback(context.close)
            context.workers.start(context, work, workers)
            return context

        yield started


def noted(job: Job) -> Effect:
    def store(connection: Connection) -> str:
        at = "2026-07-01T08:00:00Z"
        events.record(connection, at=at, cycle_id=None, subject=CYCLE, kind="stored", actor=job.worker)
        return "hash"

    return store


def reads(context: Context, job: Job, report: Report, stop: Stop) -> Effect:
    report(0.4, "Reading")
    context.solvers.run(READ, report, stop)
    return noted(job)


def enqueue(context: Context, kind: str = "work", attempts: int = 3) -> Job:
    with context.database.write() as connection:
        at = context.now()
        job = jobs.enqueue(connection, subject=CYCLE, kind=kind, actor="facilitator", at=at, attempts=attempts)
    context.workers.wake()
    return job


def ended(context: Context, job: Job) -> Job:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with context.database.read() as connection:
            now = jobs.find(connection, job.id)
        assert now is not None
        if not now.running:
            return now
        time.sleep(0.02)
    raise AssertionError(now)


def effects(context: Context) -> int:
    with context.database.read() as connection:
        return len(events.of_subject(connection, CYCLE))


def children(context: Context) -> list[int]:
    return [process.pid for process in context.solvers._running]


def wait_for(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_what_was_calculated_is_stored_and_the_job_is_done(start: Start) -> None:
    context = start({"work": reads})
    done = ended(context, enqueue(context))
    assert (done.state, done.result, done.worker, effects(context)) == ("done", "hash", context.workers.name, 1)


def test_an_effect_that_fails_leaves_nothing_of_itself(start: Start) -> None:
    def broken(_context: Context, job: Job, _report: Report, _stop: Stop) -> Effect:
        def store(connection: Connection) -> str:
            noted(job)(connection)
            raise Problem.of("stale-parent", "Someone was faster.")

        return store

    context = start({"work": broken})
    failed = ended(context, enqueue(context))
    assert failed.problem is not None
    assert (failed.state, failed.problem.kind.name, effects(context)) == ("failed", "stale-parent", 0)


@pytest.mark.parametrize(
    ("raised", "problem"),
    [
        (Problem.of("invalid-data", "They do not fit."), "invalid-data"),
        (ZeroDivisionError("a mistake of ours"), "internal-error"),
    ],
)
def test_what_would_fail_again_is_not_tried_again(start: Start, raised: Exception, problem: str) -> None:
    def refuses(*_: object) -> Effect:
        raise raised

    context = start({"work": refuses})
    failed = ended(context, enqueue(context))
    assert failed.problem is not None
    assert (failed.state, failed.problem.kind.name, failed.attempt) == ("failed", problem, 1)
    assert "mistake" not in failed.problem.detail


def test_work_nobody_knows_fails_plainly(start: Start) -> None:
    context = start({})
    failed = ended(context, enqueue(context, "an invented work"))
    assert failed.problem is not None and "an invented work" in failed.problem.detail


@pytest.mark.skipif(os.name != "posix", reason="kills a process by signal")
def test_a_process_that_is_killed_is_started_again_and_counts_once(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.jobs.workers._RETRY_SECONDS", 0.05)
    started: list[int] = []

    def killed_twice(context: Context, job: Job, report: Report, stop: Stop) -> Effect:
        started.append(job.attempt)
        if job.attempt < 3:
            threading.Thread(target=kill_child, args=(context,)).start()
        return reads(context, job, report, stop)

    def kill_child(context: Context) -> None:
        wait_for(lambda: children(context))
        os.killpg(children(context)[0], signal.SIGKILL)

    context = start({"work": killed_twice})
    done = ended(context, enqueue(context))
    assert (started, done.state, done.attempt, effects(context)) == ([1, 2, 3], "done", 3, 1)


def waits(context: Context, job: Job, report: Report, stop: Stop) -> Effect:
    """Run a child that would take a minute, which is what a solve looks like from here."""
    report(0.3, "Solving")
    context.solvers.run(Task("wait", {"seconds": 60.0}), report, stop)
    return noted(job)


@pytest.fixture
def waiting_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let children do a work that only waits: the task is looked up in a module of the test's own."""
    (tmp_path / "waiting_child.py").write_text(
        "import time\n"
        "from server import child\n"
        "from server.processes import Result\n"
        "def wait(*, report, blobs, seconds):\n"
        "    time.sleep(seconds)\n"
        "    return Result({}, {})\n"
        "child._ROOMS['wait'] = 'waiting_child'\n"
        "if __name__ == '__main__':\n"
        "    import sys\n"
        "    from pathlib import Path\n"
        "    child.main(Path(sys.argv[1]))\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("server.processes.MAIN_MODULE", "waiting_child")


@pytest.mark.usefixtures("waiting_child")
def test_cancelling_stops_the_process_and_stores_nothing(start: Start) -> None:
    context = start({"work": waits})
    job = enqueue(context)
    wait_for(lambda: children(context))
    asked = time.monotonic()
    with context.database.write() as connection:
        jobs.cancel(connection, job.id, actor="facilitator", at=context.now())
    assert ended(context, job).state == "cancelled"
    assert time.monotonic() - asked < 5
    assert (children(context), effects(context)) == ([], 0)
    progress = context.jobs.latest(CYCLE)
    assert progress is not None and progress.problem is not None
    assert progress.problem.detail == "facilitator cancelled it. Nothing was stored."


@pytest.mark.usefixtures("waiting_child")
def test_progress_is_in_the_store_for_every_process_to_see(start: Start) -> None:
    context, other = start({"work": waits}), start({}, workers=0)
    job = enqueue(context)
    wait_for(lambda: (found := other.jobs.latest(CYCLE)) is not None and found.step == "Solving")
    assert other.jobs.latest(CYCLE).share == 0.3  # type: ignore[union-attr]
    with other.database.write() as connection:
        jobs.cancel(connection, job.id, actor="another process", at=other.now())
    assert ended(other, job).cancelled_by == "another process"


@pytest.mark.usefixtures("waiting_child")
def test_a_server_that_stops_gives_its_work_back_to_others(start: Start) -> None:
    stopping = start({"work": waits})
    job = enqueue(stopping)
    wait_for(lambda: children(stopping))
    stopping.close()
    taking_over = start({"work": reads})
    done = ended(taking_over, job)
    assert (done.state, done.attempt, done.worker) == ("done", 1, taking_over.workers.name)


def test_a_worker_that_freezes_is_replaced_and_what_it_brings_later_is_not_stored(start: Start) -> None:
    thaw = threading.Event()

    def freezes(_context: Context, job: Job, _report: Report, _stop: Stop) -> Effect:
        thaw.wait(30)
        return noted(job)

    frozen = start({"work": freezes}, lease=600.0)
    job = enqueue(frozen)
    wait_for(lambda: frozen.workers._runs)
    with frozen.database.update() as connection:
        connection.exec_driver_sql("UPDATE jobs SET lease_until = 0")
    taking_over = start({"work": reads})
    wait_for(lambda: taking_over.workers._runs)
    done = ended(taking_over, job)
    thaw.set()
    wait_for(lambda: not frozen.workers._runs)
    assert (done.worker, done.attempt, effects(taking_over)) == (taking_over.workers.name, 2, 1)


def test_workers_share_the_queue_and_every_job_counts_once(start: Start) -> None:
    def quick(_context: Context, job: Job, _report: Report, _stop: Stop) -> Effect:
        return noted(job)

    first, second = start({"work": quick}, workers=3), start({"work": quick}, workers=3)
    queued = []
    for number in range(30):
        with first.database.write() as connection:
            subject, at = f"cycle-{number}", first.now()
            queued.append(jobs.enqueue(connection, subject=subject, kind="work", actor="me", at=at))
        first.workers.wake()
    assert {ended(second, job).state for job in queued} == {"done"}
    assert effects(first) == 30


def test_closing_workers_twice_does_no_harm(start: Start) -> None:
    context = start({})
    context.workers.close()
    context.workers.close()
    assert Workers().name != context.workers.name
