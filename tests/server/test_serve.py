"""The server as a process: it says when it is ready, keeps what it acknowledged through kill -9, and verifies."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from conftest import CYCLE, copy_store
from signing import token_for

from server.store.canonical import sha256

ROOT = Path(__file__).resolve().parents[2]
MAIN = [sys.executable, "-m", "server"]


@contextmanager
def serving(store: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run the server in a process of its own on a free port; yield the process and the URL of the API."""
    ready = store.with_suffix(".url")
    ready.unlink(missing_ok=True)
    command = [*MAIN, "serve", "--port", "0", "--db", f"sqlite:///{store}", "--ready-file", str(ready), *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 60
        while not ready.exists():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        yield process, ready.read_text().strip() + "api/v1"
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def verify(store: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [*MAIN, "verify", "--db", f"sqlite:///{store}", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def signed(store: Path) -> dict[str, str]:
    """Headers of a facilitator of a store."""
    return {"Authorization": f"Bearer {token_for(store, 'facilitator', 'facilitator')}"}


def send(api: str, headers: dict[str, str], content: bytes, name: str = "book.xlsx") -> requests.Response:
    url = f"{api}/cycles/{CYCLE}/submissions"
    return requests.post(url, headers=headers, files={"file": (name, content)}, timeout=60)


def test_what_was_acknowledged_survives_kill_9(issued_store: Path, tmp_path: Path) -> None:
    store = copy_store(issued_store, tmp_path / "store.sqlite")
    headers = signed(store)
    acknowledged: dict[str, str] = {}
    chance = random.Random(7)
    for part in range(3):
        with serving(store) as (process, api):

            def submit(api: str = api, part: int = part) -> None:
                for number in range(100):
                    content = f"no workbook {part} {threading.get_ident()} {number}".encode()
                    try:
                        answer = send(api, headers, content)
                    except requests.RequestException:
                        return
                    acknowledged[answer.json()["submission"]] = sha256(content)

            threads = [threading.Thread(target=submit) for _ in range(3)]
            before = len(acknowledged)
            for thread in threads:
                thread.start()
            while len(acknowledged) < before + 2:
                time.sleep(0.01)
            time.sleep(chance.uniform(0, 0.6))
            os.kill(process.pid, 9)
            for thread in threads:
                thread.join()
    assert len(acknowledged) >= 6
    with serving(store) as (_, api):
        cycle = requests.get(f"{api}/cycles/{CYCLE}", headers=headers, timeout=30).json()
        kept = {s["id"]: s["sha256"] for s in cycle["submissions"]}
        assert acknowledged.items() <= kept.items()
        some = next(iter(acknowledged))
        file = requests.get(f"{api}/submissions/{some}/file", headers=headers, timeout=30).content
        assert sha256(file) == acknowledged[some]
    assert verify(store).returncode == 0


def test_verify_ends_with_1_and_names_the_version_that_was_changed(issued_store: Path, tmp_path: Path) -> None:
    store = copy_store(issued_store, tmp_path / "store.sqlite")
    whole = verify(store)
    assert whole.returncode == 0 and "nothing was changed" in whole.stdout
    head = whole.stdout.split()[-1]
    assert verify(store, "--head", head).returncode == 0
    with sqlite3.connect(store) as raw:
        raw.execute("DROP TRIGGER versions_no_update")
        raw.execute("UPDATE versions SET message = 'as if nothing had happened'")
    broken = verify(store, "--head", head)
    assert broken.returncode == 1
    assert f"BROKEN at version 1 ({head})" in broken.stderr


def test_verify_of_no_store_makes_none(tmp_path: Path) -> None:
    found = verify(tmp_path / "absent.sqlite")
    assert found.returncode == 1 and "There is no store" in found.stderr
    assert list(tmp_path.iterdir()) == []


def test_it_listens_on_loopback_and_warns_elsewhere(tmp_path: Path) -> None:
    with serving(tmp_path / "a.sqlite") as (process, api):
        headers = signed(tmp_path / "a.sqlite")
        assert api.startswith("http://127.0.0.1:")
        assert requests.get(f"{api}/cycles", headers=headers, timeout=10).json() == []
        elsewhere = {**headers, "Host": "evil.example"}
        assert requests.get(f"{api}/cycles", headers=elsewhere, timeout=10).status_code == 421
        process.terminate()
        assert process.wait(20) == 0
    with serving(tmp_path / "b.sqlite", "--host", "0.0.0.0") as (process, api):
        assert requests.get(api.replace("api/v1", "health"), timeout=10).json() == {"status": "ok"}
        process.terminate()
        assert process.stdout is not None
        assert "WITHOUT TLS" in process.stdout.read().decode()


def test_a_port_that_is_taken_is_said_plainly(tmp_path: Path) -> None:
    with serving(tmp_path / "a.sqlite") as (_, api):
        port = api.split(":")[2].split("/")[0]
        command = [*MAIN, "serve", "--port", port, "--db", f"sqlite:///{tmp_path / 'b.sqlite'}"]
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert "cannot be listened on" in second.stderr and "Traceback" not in second.stderr


@pytest.mark.parametrize("url", ["postgresql://localhost/x", "nonsense"])
def test_databases_that_cannot_be_used_are_said_plainly(url: str) -> None:
    done = subprocess.run([*MAIN, "serve", "--db", url], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ") and "Traceback" not in done.stderr


def console(store: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*MAIN, "people", *arguments, "--db", f"sqlite:///{store}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_first_start_tells_the_one_time_password_once(tmp_path: Path) -> None:
    store, secret = tmp_path / "store.sqlite", tmp_path / "password.txt"
    with serving(store) as (process, _):
        process.terminate()
        assert process.stdout is not None
        printed = process.stdout.read().decode()
    assert len(re.findall(r"[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}", printed)) == 1
    with serving(store, "--password-file", str(secret)) as (process, _):
        process.terminate()
        assert process.stdout is not None
        assert "one-time password" not in process.stdout.read().decode()
    assert not secret.exists(), "the administrator is there already"
    with serving(tmp_path / "other.sqlite", "--password-file", str(secret)) as (process, api):
        sent = {"name": "administrator", "password": secret.read_text().strip(), "new_password": "a kettle in the hall"}
        assert requests.post(f"{api}/sign-in", json=sent, timeout=30).status_code == 201
    assert secret.stat().st_mode & 0o077 == 0


def test_people_are_helped_at_the_console(tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite"
    added = console(store, "add", "Anna", "--role", "contributor", "--function", "sales")
    assert re.fullmatch(r"[A-Z2-9-]{19}\n", added.stdout), added.stderr
    again = console(store, "add", "ANNA", "--role", "reader")
    assert again.returncode == 1 and "someone named" in again.stderr and "Traceback" not in again.stderr
    assert "There is no one named" in console(store, "reset", "Bert").stderr
    reset = console(store, "reset", "anna").stdout.strip()
    token = console(store, "token", "robot", "--role", "reader").stdout.strip()
    with serving(store) as (_, api):
        sent = {"name": "Anna", "password": reset, "new_password": "a kettle in the hall"}
        entered = requests.post(f"{api}/sign-in", json=sent, timeout=30)
        assert entered.status_code == 201 and entered.json()["person"]["functions"] == ["sales"], entered.text
        me = requests.get(f"{api}/me", headers={"Authorization": f"Bearer {token}"}, timeout=30).json()
        assert (me["name"], me["roles"]) == ("robot", ["reader"])
        robot = {"name": "robot", "password": "", "new_password": "a kettle in the hall"}
        assert requests.post(f"{api}/sign-in", json=robot, timeout=30).status_code in (401, 422)
