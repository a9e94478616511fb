"""Several server processes on one PostgreSQL database: none keeps anything to itself or dies with a connection."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from clusters import Cluster
from conftest import CYCLE, Site, sales_book

from server.app import create_app
from server.context import EXTENSION, ServerConfig
from server.store.copying import copy
from server.store.database import open_database


@pytest.fixture
def database_name(postgresql: Cluster, issued_store: Path) -> str:
    """A PostgreSQL database with the issued cycle of the small company."""
    name = postgresql.create()
    source, target = open_database(f"sqlite:///{issued_store}"), open_database(postgresql.url(name))
    assert copy(source, target).ok
    source.close()
    target.close()
    return name


@pytest.fixture
def sites(postgresql: Cluster, database_name: str) -> Iterator[tuple[Site, Site]]:
    """Two applications on the same database: one that only answers, one with a worker."""
    with ExitStack() as stack:
        opened = []
        for workers in (0, 1):
            config = ServerConfig(database_url=postgresql.url(database_name), solvers=workers, look_seconds=0.1)
            app = create_app(config)
            stack.callback(app.extensions[EXTENSION].close)
            opened.append(Site.of(app))
        yield opened[0], opened[1]


def test_what_one_server_was_told_the_others_know_and_carry_out(sites: tuple[Site, Site]) -> None:
    answering, working = sites
    sent = answering.submit(sales_book(working), by="sales lead")
    assert working.get(f"/submissions/{sent['id']}")["sha256"] == sent["sha256"]
    assert working.submit(sales_book(working), 200, by="sales lead")["recognised"]
    answering.post(f"/cycles/{CYCLE}/consolidate", 202, json={})
    assert working.post(f"/cycles/{CYCLE}/consolidate", 409, json={})["type"] == "/problems/busy"
    done = answering.done()
    assert done["state"] == "done", done
    job = answering.get("/jobs")["items"][0]
    assert (job["version"], job["worker"]) == (done["version"], working.context.workers.name)
    assert working.get("/verify")["ok"]


def test_a_server_finds_its_database_again(sites: tuple[Site, Site], postgresql: Cluster, database_name: str) -> None:
    site, _ = sites
    assert site.get(f"/cycles/{CYCLE}/progress")["state"] == "done"
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database_name}'"
    with postgresql.connect() as connection:
        connection.execute(end.encode())
        time.sleep(1.1)
        assert site.get(f"/cycles/{CYCLE}/progress")["state"] == "done", "connections that were cut are made anew"
        connection.execute(f"ALTER DATABASE {database_name} ALLOW_CONNECTIONS false".encode())
        connection.execute(end.encode())
        answer = site.client.get(f"/api/v1/cycles/{CYCLE}/progress")
        assert (answer.status_code, answer.json["type"]) == (503, "/problems/store-unavailable")
        assert answer.headers["Retry-After"] == "10"
        connection.execute(f"ALTER DATABASE {database_name} ALLOW_CONNECTIONS true".encode())
    time.sleep(1.1)
    assert site.get(f"/cycles/{CYCLE}/progress")["state"] == "done"
