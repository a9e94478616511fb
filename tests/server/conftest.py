"""Shared fixtures of the server's tests: stores in files of their own, applications, and a cycle that was issued once.

The cycle is that of :mod:`small_company`, with a real baseline and real workbooks. It is made once a session and
copied, so that every test changes a store of its own.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from clusters import Cluster, cluster, programs
from flask.testing import FlaskClient
from signing import PLANNER, browser_of, client_of
from small_company import tables, zipped

from server.app import create_app
from server.context import EXTENSION, Context, ServerConfig
from server.store.copying import copy
from server.store.database import Database, open_database
from sop_xl.workbook.filling import Filler
from sop_xl.workbook.patching import CellValue

CYCLE = "2026-07"
_BOOKS: dict[tuple[str, str], bytes] = {}


@dataclass(frozen=True)
class Site:
    """A running application with its store, and a client that is signed in, at first as facilitator."""

    app: APIFlask
    client: FlaskClient
    context: Context

    @classmethod
    def of(cls, app: APIFlask) -> Site:
        """Return the site of an application, signed in as facilitator."""
        context: Context = app.extensions[EXTENSION]
        return cls(app, client_of(app, context, "facilitator", "facilitator"), context)

    def as_(self, name: str, *roles: str) -> Site:
        """Return the site with the client of a person, made with these roles where there is none of that name."""
        return Site(self.app, client_of(self.app, self.context, name, *roles), self.context)

    def browser(self, name: str = "facilitator", *roles: str) -> FlaskClient:
        """Return a client with the session of a person, as a browser has it."""
        return browser_of(self.app, self.context, name, *roles)

    def anonymous(self) -> FlaskClient:
        """Return a client nobody is signed in with."""
        return self.app.test_client()

    def get(self, path: str, status: int = 200) -> Any:
        """Return the JSON of an address under /api/v1."""
        answer = self.client.get(f"/api/v1{path}")
        assert answer.status_code == status, answer.text[:2000]
        return answer.json

    def post(self, path: str, status: int, **request: Any) -> Any:
        """Post to an address under /api/v1 and return the JSON."""
        answer = self.client.post(f"/api/v1{path}", **request)
        assert answer.status_code == status, answer.text[:2000]
        return answer.json

    def book(self, function: str) -> bytes:
        """Return the workbook of a function as the server issues it; a book of a version is made once a session."""
        key = (self.get(f"/cycles/{CYCLE}")["versions"][0]["hash"], function)
        if key not in _BOOKS:
            answer = self.client.get(f"/api/v1/cycles/{CYCLE}/books/{function}")
            assert answer.status_code == 200, answer.text[:2000]
            _BOOKS[key] = answer.data
        return _BOOKS[key]

    def submit(self, content: bytes, status: int = 201, *, by: str = "a planner", name: str = "book.xlsx") -> Any:
        """Submit a workbook as a planner of that name and return the answer."""
        form = {"file": (io.BytesIO(content), name)}
        return self.as_(by, *PLANNER).post(f"/cycles/{CYCLE}/submissions", status, data=form)

    def done(self, cycle: str = CYCLE) -> Any:
        """Wait until the work on a cycle has ended and return its progress."""
        self.context.jobs.wait(cycle, 300)
        return self.get(f"/cycles/{cycle}/progress")


def cycle_form(content: bytes, name: str = CYCLE, file: str = "data.zip") -> dict[str, Any]:
    """Return the form that creates a cycle."""
    return {"name": name, "files": [(io.BytesIO(content), file)]}


def typed(book: bytes, table: str, key: Mapping[str, str | date], **values: CellValue) -> bytes:
    """Return a workbook with values typed into the row of a key."""
    filler = Filler(book)
    for column, value in values.items():
        filler.type(table, key, column, value)
    return filler.save()


def sales_book(site: Site, units: float = 1000.0) -> bytes:
    """Return the sales book with 1,000 kettles in September, where the baseline is 800."""
    key = {"product": "KETTLE", "location": "PLANT", "channel": "ALL", "period": date(2026, 9, 1)}
    said = {"reason": "account win", "note": "chain of cafés"}
    return typed(site.book("sales"), "sales_forecast", key, sales_override=units, **said)


def consolidated(site: Site, by: str = "facilitator") -> Any:
    """Consolidate the submissions of the cycle and return its document."""
    site.as_(by, "facilitator").post(f"/cycles/{CYCLE}/consolidate", 202)
    progress = site.done()
    assert progress["state"] == "done", progress
    return site.get(f"/cycles/{CYCLE}")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A PostgreSQL cluster; tests that need it are skipped where PostgreSQL is not installed."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed")
    with cluster(found) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of the test's own, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite'}"
    own: Cluster = request.getfixturevalue("postgresql")
    return own.url(own.create())


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    """A new store, once on SQLite and once on PostgreSQL."""
    opened = open_database(store_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def url_of(request: pytest.FixtureRequest) -> Callable[[Path], str]:
    """Gives the URL of a store: the file itself or, with SOP_XL_TEST_DB=postgresql, a database that it was moved to."""
    moved: dict[Path, str] = {}
    templates: dict[str, str] = {}

    def template(own: Cluster, store: Path) -> str:
        """Return the database that holds what stands in a file; of files that hold the same, it is made once."""
        content = hashlib.sha256(store.read_bytes() if store.exists() else b"").hexdigest()
        if content not in templates:
            templates[content] = own.create()
            target = open_database(own.url(templates[content]))
            if store.exists():
                source = open_database(f"sqlite:///{store}")
                assert copy(source, target).ok
                source.close()
            target.close()
        return templates[content]

    def found(store: Path) -> str:
        if os.environ.get("SOP_XL_TEST_DB", "sqlite") == "sqlite":
            return f"sqlite:///{store}"
        if store not in moved:
            own: Cluster = request.getfixturevalue("postgresql")
            moved[store] = own.url(own.create(template(own, store)))
        return moved[store]

    return found


@pytest.fixture
def open_site(tmp_path: Path, url_of: Callable[[Path], str]) -> Iterator[Callable[..., Site]]:
    """Opens applications on a store of the test's own, and closes them."""
    with ExitStack() as stack:

        def opened(store: Path | None = None, **config: Any) -> Site:
            url = url_of(store or tmp_path / "site.sqlite")
            app = create_app(ServerConfig(database_url=url, **config))
            context: Context = app.extensions[EXTENSION]
            stack.callback(context.close)
            return Site.of(app)

        yield opened


@pytest.fixture
def empty_site(open_site: Callable[..., Site]) -> Site:
    """An application without a cycle."""
    return open_site()


@pytest.fixture(scope="session")
def issued_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds the issued cycle of the small company."""
    path = tmp_path_factory.mktemp("issued") / "issued.sqlite"
    app = create_app(ServerConfig(database_url=f"sqlite:///{path}"))
    site = Site.of(app)
    site.post("/cycles", 201, data=cycle_form(zipped(tables())))
    assert site.done()["state"] == "done"
    site.context.close()
    return path


@pytest.fixture
def site(open_site: Callable[..., Site], issued_store: Path, tmp_path: Path) -> Site:
    """An application with the issued cycle of the small company."""
    return open_site(copy_store(issued_store, tmp_path / "copy.sqlite"))


@pytest.fixture(scope="session")
def planned_store(issued_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the sales and finance books submitted and consolidated."""
    path = copy_store(issued_store, tmp_path_factory.mktemp("planned") / "planned.sqlite")
    app = create_app(ServerConfig(database_url=f"sqlite:///{path}"))
    site = Site.of(app)
    site.submit(sales_book(site), by="sales lead")
    site.submit(site.book("finance"), by="controller")
    consolidated(site)
    site.context.close()
    return path


@pytest.fixture
def planned(open_site: Callable[..., Site], planned_store: Path, tmp_path: Path) -> Site:
    """An application with a consolidated plan."""
    return open_site(copy_store(planned_store, tmp_path / "planned.sqlite"))


@pytest.fixture(scope="session")
def office(planned_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The planned small company on a server whose warm children last for all tests."""
    store = copy_store(planned_store, tmp_path_factory.mktemp("office") / "store.sqlite")
    app = create_app(ServerConfig(database_url=f"sqlite:///{store}"))
    context: Context = app.extensions[EXTENSION]
    yield Site(app, client_of(app, context, "facilitator", "facilitator"), context)
    context.close()


def copy_store(source: Path, target: Path) -> Path:
    """Copy a store with what stands in its write-ahead log."""
    with sqlite3.connect(source) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(shutil.copy(source, target))
