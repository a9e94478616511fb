"""The commands an operator gives: upgrade, copy, work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import CYCLE, copy_store

from server.recent import Recent
from server.store import jobs, versions
from server.store.database import open_database

ROOT = Path(__file__).resolve().parents[2]
MAIN = [sys.executable, "-m", "server"]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, **environment}
    return subprocess.run([*MAIN, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, env=given)


def test_a_store_of_this_layout_needs_no_upgrade(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    missing = run("upgrade", "--db", url)
    assert missing.returncode == 1 and "There is no store" in missing.stderr
    open_database(url).close()
    done = run("upgrade", SOP_XL_DB=url)
    assert done.returncode == 0 and "already" in done.stdout


def test_a_backup_is_taken_while_the_store_is_in_use_and_is_verified(issued_store: Path, tmp_path: Path) -> None:
    store = copy_store(issued_store, tmp_path / "store.sqlite")
    source, backup = f"sqlite:///{store}", f"sqlite:///{tmp_path / 'backup.sqlite'}"
    database = open_database(source)
    with database.write() as connection:
        head = versions.chain_head(connection)
        done = run("copy", "--db", source, "--to", backup)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith(f"1 versions, nothing was changed. Head {head}")
    assert run("verify", "--db", backup, "--head", head).returncode == 0
    again = run("copy", "--db", source, "--to", backup)
    assert again.returncode == 1 and "holds a store already" in again.stderr
    database.close()


@pytest.mark.skipif(os.name != "posix", reason="stops a process by signal")
def test_a_worker_of_its_own_takes_up_work_and_gives_it_back_when_it_is_stopped(
    issued_store: Path, tmp_path: Path
) -> None:
    url = f"sqlite:///{copy_store(issued_store, tmp_path / 'store.sqlite')}"
    database = open_database(url)
    with database.write() as connection:
        at = "2026-07-01T08:00:00Z"
        job = jobs.enqueue(connection, subject=CYCLE, kind="consolidate", actor="facilitator", at=at)
    process = subprocess.Popen([*MAIN, "work", "--db", url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    wait_for(database, job.id, "running")
    process.send_signal(signal.SIGTERM)
    told = process.communicate(timeout=60)[0]
    assert process.returncode == 0 and "1 worker on" in told and "Stopping." in told
    with database.read() as connection:
        back = jobs.find(connection, job.id)
    assert back is not None and (back.state, back.attempt) == ("queued", 0)
    process = subprocess.Popen([*MAIN, "work", "--db", url], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_for(database, job.id, "done")
    finally:
        process.kill()
        process.wait()
    database.close()


def wait_for(database: object, job_id: str, state: str) -> None:
    until = time.monotonic() + 120
    while True:
        with database.read() as connection:  # type: ignore[attr-defined]
            job = jobs.find(connection, job_id)
        if job is not None and job.state == state:
            return
        assert time.monotonic() < until, job
        time.sleep(0.05)


def test_what_is_kept_in_memory_is_bounded_and_made_once() -> None:
    made: list[str] = []

    def make(name: str, size: int) -> str:
        def now() -> tuple[str, int]:
            made.append(name)
            return name.upper(), size

        return recent.get(name, now)

    recent = Recent(most_bytes=100)
    assert [make("a", 25), make("b", 25), make("a", 25)] == ["A", "B", "A"]
    assert made == ["a", "b"]
    for name in ("c", "d", "e"):
        make(name, 25)
    make("a", 25)
    make("b", 25)
    assert made == ["a", "b", "c", "d", "e", "b"], "a was asked for more lately than b, which had to go"
    make("large", 26)
    make("large", 26)
    assert made[-2:] == ["large", "large"], "what takes more than a quarter is not kept"
