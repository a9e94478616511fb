"""Child processes: results come back as bytes, limits hold, and no child outlives what it works for."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from server.processes import Children, Task, TaskFailed

ROOT = Path(__file__).resolve().parents[2]
CSV = {"file0": b"product,period,units\nP1,2008-07-01,10\n"}
READ = {"names": {"file0": "demand.csv"}}


def alive(pid: int) -> bool:
    """Return whether a process runs (a zombie does not)."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_a_task_gives_values_and_bytes_back() -> None:
    result = Children().run(Task("read_data", READ, CSV))
    assert result.values["issues"] == []
    assert list(result.blobs) == ["tables"]


def test_a_task_that_takes_too_long_is_stopped() -> None:
    started = time.monotonic()
    with pytest.raises(TaskFailed, match=r"longer than 0\.2 seconds"):
        Children().run(Task("read_data", READ, CSV, seconds=0.2))
    assert time.monotonic() - started < 5


def test_a_task_that_needs_too_much_memory_fails_alone() -> None:
    with pytest.raises(TaskFailed, match="stopped unexpectedly") as failed:
        Children().run(Task("read_data", READ, CSV, memory_mb=64))
    assert failed.value.log


def test_a_task_that_raises_leaves_its_traceback_for_the_operator_only() -> None:
    with pytest.raises(TaskFailed) as failed:
        Children().run(Task("no_such_task"))
    assert "KeyError" in failed.value.log
    assert "KeyError" not in str(failed.value)


def test_closing_ends_the_children_that_run() -> None:
    children = Children(at_once=1)
    failures: list[TaskFailed] = []

    def run() -> None:
        try:
            children.run(Task("read_data", READ, CSV))
        except TaskFailed as failure:
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    while not children._running:
        time.sleep(0.01)
    children.close()
    thread.join(10)
    assert len(failures) == 1
    with pytest.raises(TaskFailed, match="shutting down"):
        children.run(Task("read_data", READ, CSV))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for the child in /proc")
def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import subprocess, sys
        child = subprocess.Popen(
            [sys.executable, "-c", "from server.child import _end_with_parent; _end_with_parent()"],
            stdin=subprocess.PIPE, start_new_session=True,
        )
        print(child.pid, flush=True)
        child.wait()
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert alive(child)
    os.kill(parent.pid, 9)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(child)
