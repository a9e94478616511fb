"""Hostile files over real HTTP: each is refused in plain words or does no harm, and nobody else notices."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from conftest import CYCLE, Site, copy_store
from hostile import HARMLESS, KINDS
from signing import token_for
from test_serve import serving, verify

from server.app import create_app
from server.context import ServerConfig

MOST_SECONDS, MOST_GROWTH_MB, MOST_LATENCY = 60.0, 150, 2.0


@dataclass(frozen=True)
class Answer:
    """What came of an upload."""

    status: int
    document: dict[str, Any]
    seconds: float


@dataclass(frozen=True)
class Siege:
    """What came of all uploads, and how the server and its other visitors fared."""

    answers: dict[str, Answer]
    latencies: list[float]
    growth_mb: float
    left_over: list[str]
    verified: bool


def resident_mb(pid: int) -> float:
    """Memory of a process, and the most it ever was, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


@pytest.fixture(scope="module")
def siege(issued_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    folder = tmp_path_factory.mktemp("siege")
    store, temporary = copy_store(issued_store, folder / "store.sqlite"), folder / "temporary"
    temporary.mkdir()
    site = Site.of(create_app(ServerConfig(database_url=f"sqlite:///{store}", solvers=0)))
    book = site.book("operations")
    site.context.close()
    headers = {"Authorization": f"Bearer {token_for(store, 'attacker', 'contributor:operations')}"}
    visitor = {"Authorization": f"Bearer {token_for(store, 'visitor', 'reader')}"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(temporary))
        with serving(store) as (process, api):

            def send(kind: str) -> Answer:
                files = {"file": ("book.xlsx", KINDS[kind](book))}
                began = time.monotonic()
                url = f"{api}/cycles/{CYCLE}/submissions"
                answer = requests.post(url, headers=headers, files=files, timeout=150)
                return Answer(answer.status_code, answer.json(), time.monotonic() - began)

            over, latencies = threading.Event(), []

            def visit() -> None:
                while not over.wait(0.25):
                    began = time.monotonic()
                    assert requests.get(f"{api}/cycles", headers=visitor, timeout=60).ok
                    latencies.append(time.monotonic() - began)

            assert requests.get(f"{api}/cycles", headers=visitor, timeout=60).ok
            before = resident_mb(process.pid)
            visiting = threading.Thread(target=visit)
            visiting.start()
            try:
                with ThreadPoolExecutor(2) as pool:
                    answers = dict(zip(KINDS, pool.map(send, KINDS), strict=True))
            finally:
                over.set()
                visiting.join()
            growth = resident_mb(process.pid) - before
            left_over = sorted(path.name for path in temporary.iterdir())
    yield Siege(answers, latencies, growth, left_over, verify(store).returncode == 0)


def test_there_are_more_kinds_than_anyone_has_seen_in_practice() -> None:
    assert len(KINDS) >= 40 and set(KINDS) >= HARMLESS


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_file_is_refused_in_plain_words_with_a_remedy(siege: Siege, kind: str) -> None:
    answer = siege.answers[kind]
    assert answer.seconds < MOST_SECONDS
    if kind in HARMLESS and answer.status == 201:
        return
    assert answer.status == 422 or (answer.status == 201 and answer.document["state"] == "returned"), answer.document
    wrong = [issue for issue in answer.document["issues"] if issue["severity"] == "error"]
    assert wrong and all(issue["message"] and issue["hint"] for issue in wrong)
    told = " ".join(f"{issue['message']} {issue['hint']}" for issue in wrong)
    for inside in ("Traceback", "Error:", "Exception", "Errno", "exit code", "0x", "/etc/passwd:", "root:"):
        assert inside not in told, told[:500]


def test_others_are_served_meanwhile_and_the_server_stays_small_and_tidy(siege: Siege) -> None:
    assert len(siege.latencies) > 10
    assert sorted(siege.latencies)[int(len(siege.latencies) * 0.95)] < MOST_LATENCY
    assert siege.growth_mb < MOST_GROWTH_MB
    assert siege.left_over == []
    assert siege.verified
