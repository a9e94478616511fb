"""Warm children: quick, one task at a time, limits hold, and nothing of a failed task lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.processes import Result, Task, TaskFailed
from server.warm.frames import Frame, FrameError, receive
from server.warm.pool import NotAnswered, WarmPool

TASKS = "warm_tasks"


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[WarmPool]:
    """A pool of two that knows the tasks of this folder."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    opened = WarmPool([TASKS], size=2, tasks_each=3)
    yield opened
    opened.close()


def read_from(data: bytes) -> Any:
    """Return a reader that gives at most 3 bytes at a time."""
    position = 0

    def read(size: int) -> bytes:
        nonlocal position
        part = data[position : position + min(size, 3)]
        position += len(part)
        return part

    return read


members = st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text())


@given(st.text(), members, st.dictionaries(st.text(), st.binary()))
def test_frames_come_out_as_they_went_in(kind: str, inner: dict[str, Any], blobs: dict[str, bytes]) -> None:
    sent = Frame(kind, inner, blobs)
    read = read_from(sent.encode())
    assert receive(read) == sent
    assert receive(read) is None


@given(st.binary(min_size=1, max_size=60))
def test_what_is_no_frame_is_refused_and_never_believed(data: bytes) -> None:
    with pytest.raises(FrameError):
        receive(read_from(data))


def test_a_frame_that_is_cut_off_anywhere_is_refused() -> None:
    whole = Frame("done", {"units": 7}, {"book": b"abc"}).encode()
    for length in range(1, len(whole)):
        with pytest.raises(FrameError):
            receive(read_from(whole[:length]))


def test_a_task_gives_values_and_bytes_back_and_tells_of_progress(pool: WarmPool) -> None:
    told: list[tuple[float, str]] = []
    task = Task(f"{TASKS}:echo", {"product": "KETTLE"}, {"book": b"abc", "none": b""})
    result = pool.run(task, lambda share, step: told.append((share, step)))
    assert result.values["product"] == "KETTLE"
    assert result.blobs == {"book": b"cba", "none": b""}
    assert told == [(0.5, "half way")]


def test_a_child_is_used_again_and_replaced_after_its_share_of_tasks(pool: WarmPool) -> None:
    pids = [pool.run(Task(f"{TASKS}:echo")).values["pid"] for _ in range(4)]
    assert len(set(pids[:3])) == 1
    assert pids[3] != pids[0]


def test_two_work_at_once_and_the_third_waits(pool: WarmPool) -> None:
    pool.warm_up(2)
    pids: list[int] = []
    started = time.monotonic()
    run = [Task(f"{TASKS}:sleep", {"seconds": 0.4}) for _ in range(3)]
    threads = [threading.Thread(target=lambda task=task: pids.append(pool.run(task).values["pid"])) for task in run]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 3 and len(set(pids)) == 2
    assert time.monotonic() - started > 0.8


def test_a_task_that_takes_too_long_is_stopped_and_the_next_one_works(pool: WarmPool) -> None:
    started = time.monotonic()
    with pytest.raises(TaskFailed, match=r"longer than 0\.5 seconds"):
        pool.run(Task(f"{TASKS}:sleep", {"seconds": 60}, seconds=0.5))
    assert time.monotonic() - started < 5
    assert pool.run(Task(f"{TASKS}:echo", {"ok": 1})).values["ok"] == 1


@pytest.mark.parametrize("task", ["shout", "vanish", "garble", "no_such_task"])
def test_after_a_failure_the_next_task_has_a_child_of_its_own(pool: WarmPool, task: str) -> None:
    before = pool.run(Task(f"{TASKS}:echo")).values["pid"]
    with pytest.raises(TaskFailed, match="stopped unexpectedly") as failed:
        pool.run(Task(f"{TASKS}:{task}"))
    if task == "shout":
        assert "the reason" in failed.value.log and "printed by a library" in failed.value.log
        assert "the reason" not in str(failed.value)
    assert pool.run(Task(f"{TASKS}:echo")).values["pid"] != before


def test_memory_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    pool = WarmPool([TASKS], size=1, memory_mb=1024)
    try:
        pool.run(Task(f"{TASKS}:swallow", {"megabytes": 10}))
        with pytest.raises(TaskFailed) as failed:
            pool.run(Task(f"{TASKS}:swallow", {"megabytes": 2000}))
        assert "MemoryError" in failed.value.log
    finally:
        pool.close()


def test_a_task_asks_the_server_for_what_it_may_not_reach_itself(pool: WarmPool) -> None:
    def table(arguments: Mapping[str, Any], blobs: Mapping[str, bytes]) -> Result:
        if arguments["name"] != "demand":
            raise NotAnswered("There is no such table.", [{"message": "look"}])
        return Result({"rows": 7}, {"table": blobs["proof"] * 2})

    ask = Task(f"{TASKS}:gather", {"name": "demand"})
    found = pool.run(ask, answers={"table": table})
    assert (found.values, found.blobs) == ({"rows": 7}, {"table": b"abcabc"})
    refused = pool.run(Task(f"{TASKS}:gather", {"name": "secrets"}), answers={"table": table})
    assert refused.values == {"refused": "There is no such table.", "issues": [{"message": "look"}]}
    assert pool.run(ask).values["refused"] == "The server does not answer 'table' here."


def test_a_child_whose_pipes_were_closed_before_it_got_its_task_is_told_as_a_failure(pool: WarmPool) -> None:
    pool.warm_up()
    (child,) = pool._idle
    child.end()
    with pytest.raises(TaskFailed, match="stopped unexpectedly"):
        child.work(b"", 60, 60, None, {})


def test_closing_ends_the_children_and_starts_no_more(pool: WarmPool) -> None:
    failures: list[TaskFailed] = []

    def run() -> None:
        try:
            pool.run(Task(f"{TASKS}:sleep", {"seconds": 60}))
        except TaskFailed as failure:
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    while not pool._all:
        time.sleep(0.01)
    pool.close()
    thread.join(10)
    assert len(failures) == 1
    with pytest.raises(TaskFailed, match="shutting down"):
        pool.run(Task(f"{TASKS}:echo"))
