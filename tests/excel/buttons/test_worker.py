"""The warm process: started when needed, asked again, closed to strangers, gone when idle or told to end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path

import pytest

from sop_xl.buttons.request import Request
from sop_xl.excel import worker
from sop_xl.excel.desk import Warm
from sop_xl.excel.worker import WorkerLost, ask, state_file, stop
from sop_xl.workbook.reading import read_workbook


@pytest.fixture
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state file of its own; the process that a test starts ends with it."""
    monkeypatch.setenv("SOP_XL_CONFIG", str(tmp_path / "settings.toml"))
    yield state_file()
    stop()


@pytest.fixture
def request_(book) -> Request:  # type: ignore[no-untyped-def]
    reading = read_workbook(book("sales"), file_name="sales.xlsx")
    return Request("validate", "sales.xlsx", reading.raw_tables, reading.meta, reading.issues)


def test_it_answers_from_one_process_that_stays(own_state: Path, request_: Request, company_folder: Path) -> None:
    told: list[str] = []
    first = ask(request_, company_folder, lambda share, text: told.append(text))
    known = json.loads(own_state.read_text())
    again = ask(request_, company_folder, lambda share, text: None)
    assert first.message == again.message and first.message.startswith("No errors in sales.xlsx")
    assert json.loads(own_state.read_text()) == known, "the second question started no other process"
    assert told[0] == "Starting the calculation (once)" and "Checking every cell" in told
    assert os.name != "posix" or own_state.stat().st_mode & 0o077 == 0, "the key is the user's alone"

    with pytest.raises(AuthenticationError):
        Client(("127.0.0.1", known["port"]), authkey=b"guessed")
    assert ask(request_, None, lambda share, text: None).message == first.message, "a stranger ends nothing"

    assert stop() and not stop()
    until = time.monotonic() + 10
    while own_state.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not own_state.exists()


def test_it_ends_itself_when_nobody_asks(tmp_path: Path) -> None:
    path = tmp_path / "worker.json"
    code = (
        f"from pathlib import Path; from sop_xl.excel.worker import serve; serve(Path({str(path)!r}), idle_seconds=0.5)"
    )
    done = subprocess.run([sys.executable, "-c", code], timeout=60, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert not path.exists()


def test_an_old_state_file_of_a_process_that_died_is_no_obstacle(own_state: Path, request_: Request) -> None:
    own_state.parent.mkdir(parents=True, exist_ok=True)
    own_state.write_text(json.dumps({"port": 9, "key": "00", "pid": 1}))
    assert ask(request_, None, lambda share, text: None).message.startswith("No errors")


def test_where_it_cannot_be_started_the_button_is_calculated_here(
    own_state: Path, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker.sys, "executable", str(own_state.parent / "no-python"))
    with pytest.raises(WorkerLost):
        ask(request_, None, lambda share, text: None)
    assert Warm().answer(request_, lambda share, text: None).message.startswith("No errors")
