"""The queue: a job is held by one worker at a time, survives it, and takes effect exactly once."""

from __future__ import annotations

import threading
import time

import pytest

from server.problems import Problem
from server.store import events, jobs
from server.store.database import Database
from server.store.jobs import Finished, Job, LeaseLost, Pulse, Unfinished

AT = "2026-07-01T08:00:00Z"
LONG, SHORT = 60.0, 0.05


def enqueue(database: Database, subject: str = "2026-07", attempts: int = 3) -> Job:
    with database.update() as connection:
        return jobs.enqueue(
            connection,
            subject=subject,
            kind="consolidate",
            actor="facilitator",
            at=AT,
            arguments={"why": "a test"},
            attempts=attempts,
        )


def claim(database: Database, worker: str = "one", seconds: float = LONG) -> Job | None:
    with database.update() as connection:
        return jobs.claim(connection, worker=worker, seconds=seconds, at=AT)


def claimed(database: Database, worker: str = "one", seconds: float = LONG) -> Job:
    job = claim(database, worker, seconds)
    assert job is not None
    return job


def found(database: Database, job: Job) -> Job:
    with database.read() as connection:
        again = jobs.find(connection, job.id)
    assert again is not None
    return again


def finish(database: Database, job: Job, effect: str = "stored") -> None:
    """Store an effect (an event) and complete the job in one transaction, as a worker does."""
    with database.write() as connection:
        events.record(connection, at=AT, cycle_id=None, subject=job.id, kind=effect, actor=job.worker)
        jobs.complete(connection, job, result="hash", at=AT)


def effects(database: Database, job: Job) -> list[str]:
    with database.read() as connection:
        return [event.actor for event in events.of_subject(connection, job.id)]


def test_a_job_goes_from_the_queue_to_its_worker_and_is_done(database: Database) -> None:
    queued = enqueue(database)
    assert (queued.state, queued.running, queued.attempt) == ("queued", True, 0)
    job = claimed(database)
    assert (job.id, job.state, job.attempt, job.worker) == (queued.id, "running", 1, "one")
    assert job.arguments == {"why": "a test"}
    assert claim(database, "two") is None
    finish(database, job)
    done = found(database, job)
    assert (done.state, done.result, done.share, done.running) == ("done", "hash", 1.0, False)
    assert claim(database) is None


def test_jobs_are_claimed_in_the_order_they_came(database: Database) -> None:
    queued = [enqueue(database, f"2026-{month:02}").id for month in range(1, 6)]
    assert [claimed(database).id for _ in queued] == queued


def test_a_subject_has_one_unfinished_job(database: Database) -> None:
    first = enqueue(database)
    with pytest.raises(Unfinished) as refused:
        enqueue(database)
    assert refused.value.job == first
    finish(database, claimed(database))
    assert enqueue(database).id != first.id


def test_of_many_who_start_the_same_at_once_one_does(database: Database) -> None:
    start, started, refused = threading.Barrier(8), [], []

    def ask() -> None:
        start.wait()
        try:
            started.append(enqueue(database).id)
        except Unfinished as busy:
            refused.append(busy.job.id)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == 1
    assert refused == started * 7


def test_many_workers_never_hold_the_same_job(database: Database) -> None:
    queued = {enqueue(database, f"cycle-{number}").id for number in range(40)}
    taken: list[str] = []

    def work(name: str) -> None:
        while (job := claim(database, name)) is not None:
            taken.append(job.id)

    threads = [threading.Thread(target=work, args=(f"worker {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(queued)


def test_a_silent_worker_loses_its_job_and_can_no_longer_change_anything(database: Database) -> None:
    enqueue(database)
    silent = claimed(database, "silent", SHORT)
    time.sleep(2 * SHORT)
    second = claimed(database, "second")
    assert (second.id, second.attempt) == (silent.id, 2)
    with pytest.raises(LeaseLost):
        finish(database, silent)
    with database.update() as connection:
        assert jobs.heartbeat(connection, silent, seconds=LONG, share=0.9, step="late") is Pulse.LOST
        jobs.fail(connection, silent, Problem.of("calculation-failed", "late"), at=AT)
        jobs.try_later(connection, silent, seconds=0)
        jobs.give_back(connection, silent)
    assert found(database, second) == second
    finish(database, second)
    assert effects(database, second) == ["second"]


def test_a_lease_that_ran_out_but_was_taken_by_nobody_still_counts(database: Database) -> None:
    enqueue(database)
    job = claimed(database, "slow", SHORT)
    time.sleep(2 * SHORT)
    finish(database, job)
    assert effects(database, job) == ["slow"]
    assert claim(database) is None


def test_a_heartbeat_keeps_the_lease_and_tells_progress(database: Database) -> None:
    enqueue(database)
    job = claimed(database, "one", 0.2)
    for _ in range(4):
        time.sleep(0.1)
        with database.update() as connection:
            assert jobs.heartbeat(connection, job, seconds=0.2, share=0.5, step="Solving") is Pulse.HELD
        assert claim(database, "two") is None
    assert (found(database, job).share, found(database, job).step) == (0.5, "Solving")


def test_after_its_last_attempt_a_job_has_failed_and_says_why(database: Database) -> None:
    enqueue(database, attempts=2)
    for attempt in (1, 2):
        assert claimed(database, f"dies {attempt}", SHORT).attempt == attempt
        time.sleep(2 * SHORT)
    assert claim(database, "third") is None
    with database.read() as connection:
        job = jobs.latest(connection, "2026-07")
    assert job is not None and job.problem is not None
    assert (job.state, job.problem.kind.name) == ("failed", "calculation-failed")
    assert "started 2 times" in job.problem.detail


def test_a_job_that_waits_is_cancelled_at_once(database: Database) -> None:
    job = enqueue(database)
    with database.write() as connection:
        assert jobs.cancel(connection, job.id, actor="facilitator", at=AT).state == "cancelled"
    assert claim(database) is None
    with pytest.raises(Finished), database.write() as connection:
        jobs.cancel(connection, job.id, actor="facilitator", at=AT)
    with pytest.raises(KeyError), database.write() as connection:
        jobs.cancel(connection, "j-unknown", actor="facilitator", at=AT)


def test_a_job_that_runs_learns_of_its_cancelling_and_stores_nothing(database: Database) -> None:
    enqueue(database)
    job = claimed(database)
    with database.write() as connection:
        assert jobs.cancel(connection, job.id, actor="facilitator", at=AT).running
    with pytest.raises(LeaseLost):
        finish(database, job)
    with database.update() as connection:
        assert jobs.heartbeat(connection, job, seconds=LONG, share=0.5, step="") is Pulse.CANCELLED
        jobs.confirm_cancelled(connection, job, at=AT)
    assert (found(database, job).state, found(database, job).cancelled_by) == ("cancelled", "facilitator")
    assert effects(database, job) == []


def test_a_cancelled_job_whose_worker_died_is_not_started_again(database: Database) -> None:
    enqueue(database)
    job = claimed(database, "dies", SHORT)
    with database.write() as connection:
        jobs.cancel(connection, job.id, actor="facilitator", at=AT)
    time.sleep(2 * SHORT)
    assert claim(database) is None
    assert found(database, job).state == "cancelled"


def test_what_failed_can_be_tried_again_and_what_did_not_cannot(database: Database) -> None:
    enqueue(database)
    job = claimed(database)
    with pytest.raises(Finished), database.write() as connection:
        jobs.retry(connection, job.id, actor="facilitator", at=AT)
    with database.update() as connection:
        jobs.fail(connection, job, Problem.of("invalid-data", "no", issues=[{"cell": "B2"}]), at=AT)
    failed = found(database, job)
    assert failed.problem is not None and failed.problem.extra == {"issues": [{"cell": "B2"}]}
    with database.write() as connection:
        again = jobs.retry(connection, job.id, actor="someone else", at=AT)
    assert (again.kind, again.arguments, again.actor, again.state) == (
        "consolidate",
        {"why": "a test"},
        "someone else",
        "queued",
    )
    with pytest.raises(Unfinished), database.write() as connection:
        jobs.retry(connection, job.id, actor="facilitator", at=AT)
    finish(database, claimed(database))
    with pytest.raises(Finished), database.write() as connection:
        jobs.retry(connection, again.id, actor="facilitator", at=AT)


def test_a_job_put_off_waits_its_time_and_one_given_back_does_not_lose_an_attempt(database: Database) -> None:
    enqueue(database)
    first = claimed(database)
    with database.update() as connection:
        jobs.try_later(connection, first, seconds=0.3)
    assert claim(database) is None
    time.sleep(0.35)
    job = claimed(database)
    assert job.attempt == 2
    with database.update() as connection:
        jobs.give_back(connection, job)
    assert claimed(database).attempt == 2


def test_jobs_come_in_pages_newest_first_and_are_counted_by_state(database: Database) -> None:
    queued = [enqueue(database, f"cycle-{number}") for number in range(5)]
    finish(database, claimed(database))
    with database.read() as connection:
        newest = jobs.page(connection, limit=2)
        assert [job.id for job in newest] == [queued[4].id, queued[3].id]
        assert [job.id for job in jobs.page(connection, limit=2, before=newest[-1].seq)] == [
            queued[2].id,
            queued[1].id,
        ]
        assert [job.id for job in jobs.page(connection, states=("done",))] == [queued[0].id]
        assert [job.id for job in jobs.page(connection, subject="cycle-3")] == [queued[3].id]
        assert jobs.counts(connection) == {"done": 1, "queued": 4}


def test_a_job_enqueued_in_a_transaction_that_fails_was_never_there(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as connection:
        jobs.enqueue(connection, subject="2026-07", kind="issue", actor="facilitator", at=AT)
        raise RuntimeError
    assert claim(database) is None
