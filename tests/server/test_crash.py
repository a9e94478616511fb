"""kill -9 of server and workers under load: what was acknowledged is there, the chain is whole, no job counts twice.

Eight clients submit, commit and consolidate at once. In every other round a consolidation runs when everything is
killed, and the next round finds it taken up again and finished. Two rounds here; the whole promise is checked with
``SOP_XL_CRASH_ROUNDS=20 python -m pytest tests/server/test_crash.py``.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from conftest import CYCLE, copy_store
from signing import token_for

from server.store import jobs, submissions, versions
from server.store.canonical import sha256
from server.store.copying import copy
from server.store.database import open_database
from server.store.verify import verify

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = int(os.environ.get("SOP_XL_CRASH_ROUNDS", "2"))
CLIENTS = 8
LEASE = 2.0
pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills processes by signal")


@dataclass
class Acknowledged:
    """What the clients were told is stored."""

    submissions: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    jobs: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)


@dataclass
class Round:
    """A server and its workers as processes, and what is asked of them."""

    api: str
    headers: dict[str, str]
    told: Acknowledged
    name: str

    def ask(self, method: str, path: str, **sent: object) -> requests.Response:
        """Send a request; nothing comes back once the server was killed."""
        answer = requests.request(method, f"{self.api}{path}", headers=self.headers, timeout=60, **sent)  # type: ignore[arg-type]
        self.told.statuses[answer.status_code] += 1
        return answer

    def submit(self, number: int) -> None:
        """Send a file nobody sent before; it is no workbook, which is kept all the same."""
        content = f"no workbook {self.name} {threading.get_ident()} {number}".encode()
        answer = self.ask("POST", f"/cycles/{CYCLE}/submissions", files={"file": ("book.xlsx", content)})
        self.told.submissions[answer.json()["submission"]] = sha256(content)

    def commit(self, _number: int) -> None:
        """Commit the base plan on the newest version seen; whoever is too late is told so and looks again."""
        head = self.ask("GET", f"/cycles/{CYCLE}").json()["versions"][-1]["hash"]
        decision = {"scenario": "base", "reason": self.name, "expected_parent": head}
        answer = self.ask("POST", f"/cycles/{CYCLE}/commit", json=decision)
        if answer.status_code == 201:
            self.told.versions[answer.json()["hash"]] = head
        else:
            assert answer.status_code in (409, 412), answer.text
            time.sleep(0.05)

    def consolidate(self, _number: int) -> None:
        """Start a consolidation, where none runs."""
        answer = self.ask("POST", f"/cycles/{CYCLE}/consolidate", json={})
        if answer.status_code == 202:
            self.told.jobs.add(self.ask("GET", f"/jobs?cycle={CYCLE}&limit=1").json()["items"][0]["id"])
        time.sleep(0.2)

    def running(self) -> bool:
        """Return whether a consolidation is under way."""
        return self.ask("GET", f"/cycles/{CYCLE}/progress").json()["state"] == "running"


@contextmanager
def serving(url: str, folder: Path) -> Iterator[str]:
    """Run a server without workers, and workers apart; kill both with all they started."""
    folder.mkdir()
    main = [sys.executable, "-m", "server"]
    ready, at_work = folder / "url", folder / "worker"
    serve = [*main, "serve", "--port", "0", "--db", url, "--ready-file", str(ready), "--workers", "0"]
    work = [*main, "work", "--db", url, "--ready-file", str(at_work), "--lease-seconds", str(LEASE)]
    with (folder / "log").open("wb") as log:
        processes = [
            subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
            for command in (serve, work)
        ]
    try:
        deadline = time.monotonic() + 90
        while not (ready.exists() and at_work.exists()):
            assert all(process.poll() is None for process in processes), (folder / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield ready.read_text().strip() + "api/v1"
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGKILL)
        for process in processes:
            process.wait()


def storm(now: Round, consolidating: bool, seconds: float) -> None:
    """Let eight clients ask until the server is killed in the middle of it."""
    others = [now.consolidate] if consolidating else [now.commit] * (CLIENTS // 2)
    work = [*others, *[now.submit] * (CLIENTS - len(others))]
    unexpected: list[BaseException] = []

    def client(ask: object) -> None:
        for number in range(10_000):
            try:
                ask(number)  # type: ignore[operator]
            except requests.RequestException:
                return
            except BaseException as error:
                unexpected.append(error)
                return

    before = len(now.told.submissions) + len(now.told.versions)
    threads = [threading.Thread(target=client, args=(ask,), daemon=True) for ask in work]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 60
    while len(now.told.submissions) + len(now.told.versions) < before + 2 and not unexpected:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(seconds)
    assert not unexpected, unexpected


@pytest.fixture(params=["sqlite", "postgresql"])
def planned_url(request: pytest.FixtureRequest, planned_store: Path, tmp_path: Path) -> tuple[str, dict[str, str]]:
    """A store with a consolidated plan on either database, and the headers of a facilitator who may also decide."""
    store = copy_store(planned_store, tmp_path / "store.sqlite")
    headers = {"Authorization": f"Bearer {token_for(store, 'the facilitator', 'facilitator', 'executive')}"}
    if request.param == "sqlite":
        return f"sqlite:///{store}", headers
    own = request.getfixturevalue("postgresql")
    source, target = open_database(f"sqlite:///{store}"), open_database(own.url(own.create()))
    assert copy(source, target).ok
    url = target.engine.url.render_as_string(hide_password=False)
    source.close()
    target.close()
    return url, headers


def test_what_was_acknowledged_survives_kill_9_and_no_job_counts_twice(
    planned_url: tuple[str, dict[str, str]], tmp_path: Path
) -> None:
    url, headers = planned_url
    told, chance, resumed = Acknowledged(), random.Random(20), 0
    database = open_database(url)
    with database.read() as connection:
        before = {version.hash for version in versions.links(connection, CYCLE)}
    for number in range(ROUNDS):
        with serving(url, tmp_path / f"round{number}") as api:
            now = Round(api, headers, told, f"round {number}")
            consolidating = number % 2 == 0
            if not consolidating:
                resumed += now.running()
                wait_until_idle(now)
            storm(now, consolidating, chance.uniform(0.0, 1.5))
    with serving(url, tmp_path / "after") as api:
        now = Round(api, headers, told, "after")
        wait_until_idle(now)
        some = next(iter(told.submissions))
        file = now.ask("GET", f"/submissions/{some}/file").content
        assert sha256(file) == told.submissions[some]
    with database.read() as connection:
        result = verify(connection)
        kept = {s.id: s.sha256 for s in submissions.of_cycle(connection, CYCLE)}
        chain = [version for version in versions.links(connection, CYCLE) if version.hash not in before]
        done = jobs.page(connection, subject=CYCLE, limit=1000)
    database.close()
    assert result.ok, result.breaks[:3]
    assert told.submissions.items() <= kept.items()
    parents = {version.hash: version.parent for version in chain}
    assert told.versions.items() <= parents.items()
    made = sorted(version.hash for version in chain if version.kind == "consolidated")
    assert made == sorted(job.result for job in done if job.state == "done" and job.result not in before)
    assert told.jobs <= {job.id for job in done}
    assert not [job for job in done if job.running]
    assert not [status for status in told.statuses if status >= 500], told.statuses
    assert resumed >= ROUNDS // 4, "no consolidation was interrupted: the test says nothing"
    sys.stdout.write(
        f"{ROUNDS} rounds: {len(told.submissions)} submissions and {len(told.versions)} commits acknowledged and kept; "
        f"{len(told.jobs)} consolidations, {resumed} interrupted and resumed, {len(made)} effects\n"
    )


def wait_until_idle(now: Round) -> None:
    """Wait until the consolidation that was interrupted has been taken up and finished."""
    deadline = time.monotonic() + 120
    while now.running():
        assert time.monotonic() < deadline, "the work of a killed worker was not taken up"
        time.sleep(0.1)
