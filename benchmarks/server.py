"""Measure what the server promises: consolidation, differences, history, and reading while a solve runs.

Run from anywhere: ``python benchmarks/server.py`` (about two minutes on two cores), ``--db postgresql+psycopg://…``
with the URL of an empty database to measure on PostgreSQL, ``--only reads`` for one of *consolidate*, *difference*,
*history*, *reads*. Each line says what was measured, the figure, and the promise it is held against; the exit status
is 1 where one is broken.

- *consolidate*: 50 books of sales, each with 10,000 rows, 200 of them changed and every book disputing with its
  neighbour over ten: unpacked from the store's bytes, merged three ways, settled, and packed again.
- *difference*: two versions with a table of 100,000 cells, a tenth of them changed; from bytes to cells with money.
- *history*: a store with 1,000 versions: the slowest of all pages of 50 over HTTP, and all of them by one query.
- *reads*: requests at a fixed rate of 500 a second from another process, timed from when they were due, while the
  server's worker makes the baseline of the demo's data.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # this file is named like the package it measures

from server.actions.history import compare
from server.context import Context, ServerConfig
from server.engine.merging import merge_submissions
from server.store import cycles, payload, people, sessions, versions
from server.store.database import open_database
from server.store.people import FACILITATOR, Rights
from sop_xl.gather.demo.tables import demo_tables
from sop_xl.schema import frames

RATE, SECONDS, CONNECTIONS = 500, 20, 8
AT = "2026-07-01T08:00:00Z"


@dataclass(frozen=True)
class Figure:
    """A measured figure and the most it may be."""

    name: str
    value: float
    promise: float
    unit: str
    note: str = ""

    @property
    def kept(self) -> bool:
        """True where it is within the promise."""
        return self.value <= self.promise

    def __str__(self) -> str:
        mark = "kept" if self.kept else "BROKEN"
        return f"{self.name:58} {self.value:9.2f} {self.unit:3} (promise {self.promise:g}) {mark}  {self.note}"


def forecast_sheet(products: int, months: int, seed: int) -> pd.DataFrame:
    """Return a sales forecast of products × months rows."""
    rng = np.random.default_rng(seed)
    names = [f"P{number:05}" for number in range(products)]
    periods = pd.date_range("2026-07-01", periods=months, freq="MS")
    count = products * months
    sheet = pd.DataFrame(
        {
            "family": np.repeat([f"F{number // 50:03}" for number in range(products)], months),
            "product": np.repeat(names, months),
            "location": "ALL",
            "channel": "ALL",
            "period": np.tile(periods.to_numpy(), products),
            "history_y2": rng.uniform(0, 500, count),
            "history_y1": rng.uniform(0, 500, count),
            "baseline": rng.uniform(0, 500, count),
            "p10": rng.uniform(0, 100, count),
            "p90": rng.uniform(500, 900, count),
        }
    )
    return frames.typed("sales_forecast", sheet)


def inputs(products: int, months: int) -> dict[str, pd.DataFrame]:
    """Return the inputs of a version with a forecast, products, prices and settings."""
    sheet = forecast_sheet(products, months, seed=1)
    codes = sheet.drop_duplicates("product")
    settings = pd.DataFrame({"setting": ["currency", "monthly_buckets"], "value": ["EUR", str(months)]})
    prices = pd.DataFrame({"product": codes["product"], "price": 10.0, "standard_cost": 6.0})
    return {
        "settings": frames.typed("settings", settings),
        "products": frames.typed("products", codes[["product", "family"]]),
        "price_cost": frames.typed("price_cost", prices),
        "sales_forecast": sheet,
    }


def consolidate() -> Figure:
    """Merge 50 books of 10,000 rows."""
    books, rows, changed, disputed = 50, 10_000, 200, 10
    issued = inputs(rows // 10, 10)
    sheet = issued["sales_forecast"]
    sent = []
    for number in range(books):
        own = sheet.copy()
        first = number * (changed - disputed)
        mine = slice(first, first + changed - 1)
        own.loc[mine, "sales_override"] = 100.0 + number
        own.loc[mine, "reason"] = "account win"
        source = {"id": str(number), "function": "sales", "submitter": f"account {number}", "base_version": ""}
        sent.append((source, payload.pack({"sales_forecast": own})))
    started = time.perf_counter()
    given = [(source, payload.unpack(content)) for source, content in sent]
    merged = merge_submissions(issued, given)
    stored = payload.pack({**{f"inputs/{n}": f for n, f in merged.tables.items()}, "cycle/changes": merged.changes})
    took = time.perf_counter() - started
    assert len(merged.conflicts) == (books - 1) * disputed, len(merged.conflicts)
    note = f"{len(merged.changes):,} changes, {len(merged.conflicts)} conflicts, {len(stored) / 1e6:.1f} MB"
    return Figure("50 submissions × 10,000 rows consolidated", took, 20.0, "s", note)


def demand_plan(products: int, months: int, seed: int) -> pd.DataFrame:
    """Return a consensus demand of products × months rows with ten numbers each."""
    rng = np.random.default_rng(seed)
    sheet = forecast_sheet(products, months, seed)[["family", "product", "location", "channel", "period"]]
    shape = frames.typed("consensus_demand", sheet)
    numbers = shape.select_dtypes("number").columns
    return shape.assign(**{name: rng.uniform(0, 500, len(shape)) for name in numbers})


def difference() -> Figure:
    """Compare two versions with a plan of 100,000 cells, of which a tenth differ, as pages and API do."""
    plan = demand_plan(1_000, 10, seed=2)
    numbers = plan.select_dtypes("number").columns
    rng = np.random.default_rng(3)
    changed = plan.copy()
    for column in numbers:
        touched = rng.random(len(changed)) < 0.1
        changed.loc[touched, column] = rng.uniform(0, 500, touched.sum())
    given = {f"inputs/{name}": frame for name, frame in inputs(1_000, 10).items()}
    with tempfile.TemporaryDirectory(prefix="sop-xl-benchmark-") as name:
        context = Context.open(ServerConfig(database_url=f"sqlite:///{Path(name) / 'store.sqlite'}"))
        hashes = [""]
        with context.database.write() as connection:
            cycle = cycles.add(connection, name="2026-07", author="facilitator", at=AT, config={}).id
            for frame in (plan, changed):
                content = payload.pack({**given, "plan/consensus_demand": frame})
                hashes.append(append(connection, cycle, content, hashes[-1], {"scenarios": {"base": {}}}))
        started = time.perf_counter()
        found = compare(context, hashes[1], hashes[2])
        took = time.perf_counter() - started
        context.close()
    cells = len(plan) * len(numbers)
    note = f"{len(found.found.cells):,} cells differ; {len(plan):,} rows of inputs beside them"
    return Figure(f"difference of two versions of {cells:,} cells", took, 1.0, "s", note)


def append(connection: Connection, cycle: str, content: bytes, parent: str, summary: Mapping[str, Any]) -> str:
    """Store a committed version and return its hash."""
    stored = versions.append(
        connection,
        cycle_id=cycle,
        kind="committed",
        scenario="base",
        author="facilitator",
        message="for the measurement",
        at=AT,
        content=content,
        summary=summary,
        expected_parent=parent,
    )
    return stored.hash


def fill(url: str, count: int) -> tuple[str, str]:
    """Store some versions of a cycle and a person's token; return the hash of the newest and the token."""
    database = open_database(url)
    with database.write() as connection:
        cycle = cycles.add(connection, name="2026-06", author="facilitator", at=AT, config={}).id
        person = people.add(connection, name="reader of figures", rights=Rights.of([FACILITATOR]), at=AT, password="")
        later = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds").replace("+00:00", "Z")
        _, token = sessions.make_token(connection, person.id, label="benchmark", at=AT, expires_at=later)
    summary = {"scenarios": {}, "kpis": {f"figure {number}": number / 7 for number in range(2_000)}}
    head = ""
    for start in range(0, count, 100):
        with database.write() as connection:
            for number in range(start, start + 100):
                demand = pd.DataFrame({"product": ["P1", "P2"], "units": [float(number), 1.0]})
                head = append(connection, cycle, payload.pack({"inputs/demand": demand}), head, summary)
    database.close()
    return head, token


@contextmanager
def serving(url: str, folder: Path) -> Iterator[tuple[str, int]]:
    """Run the server with one worker in a process of its own; yield host and port."""
    ready = folder / "url"
    command = [sys.executable, "-m", "server", "serve", "--port", "0", "--db", url, "--ready-file", str(ready)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((folder / "server.log").read_text())
            time.sleep(0.05)
        host, _, port = ready.read_text().strip().removeprefix("http://").rstrip("/").partition(":")
        yield host, int(port)
    finally:
        process.terminate()
        process.wait()


class Line:
    """A kept-alive connection that sends requests and reads answers, and nothing more."""

    def __init__(self, place: tuple[str, int], token: str) -> None:
        self._socket = socket.create_connection(place)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._headers = f"Host: {place[0]}\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n"

    def ask(self, path: str, method: str = "GET", body: bytes = b"", kind: str = "") -> tuple[int, bytes]:
        """Return status and body of an answer."""
        sent = f"{method} /api/v1{path} HTTP/1.1\r\n{self._headers}"
        if body:
            sent += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        self._socket.sendall(sent.encode() + b"\r\n" + body)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, rest = data.partition(b"\r\n\r\n")
        length = next(int(h[15:]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length:"))
        while len(rest) < length:
            rest += self._more()
        return int(head[9:12]), rest

    def _more(self) -> bytes:
        part = self._socket.recv(65536)
        if not part:
            raise ConnectionError("the server closed the connection")
        return part


def history(place: tuple[str, int], token: str, url: str) -> list[Figure]:
    """List 1,000 versions page by page over HTTP, and at once from the store."""
    connection = Line(place, token)
    connection.ask("/versions?limit=50")
    slowest, seen, before = 0.0, 0, ""
    while True:
        started = time.perf_counter()
        status, body = connection.ask(f"/versions?limit=50{before}")
        slowest = max(slowest, time.perf_counter() - started)
        assert status == 200, body
        rows = json.loads(body)
        seen += len(rows)
        if len(rows) < 50 or rows[-1]["seq"] == 1:
            break
        before = f"&before={rows[-1]['seq']}"
    database = open_database(url)
    started = time.perf_counter()
    with database.read() as opened:
        listed = len(versions.page(opened, limit=1000).versions)
    took = time.perf_counter() - started
    database.close()
    assert seen == listed == 1000, (seen, listed)
    return [
        Figure("1,000 versions: slowest page of 50 over HTTP", slowest * 1000, 200.0, "ms"),
        Figure("1,000 versions listed at once from the store", took * 1000, 200.0, "ms"),
    ]


def csv_of(name: str, frame: pd.DataFrame) -> bytes:
    """Return a table as the CSV people send."""
    shaped = frames.typed(name, frame)
    flags = {flag: shaped[flag].map({True: "yes", False: "no"}) for flag in shaped.select_dtypes("bool").columns}
    return shaped.assign(**flags).to_csv(index=False, date_format="%Y-%m-%d").encode()


def start_a_solve(place: tuple[str, int], token: str) -> None:
    """Create a cycle from the demo's data, whose baseline keeps the worker busy."""
    boundary = secrets.token_hex(16)
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="name"\r\n\r\n2026-07\r\n'.encode()]
    for name, frame in demo_tables(1).items():
        data = csv_of(name, frame)
        disposition = f'Content-Disposition: form-data; name="files"; filename="{name}.csv"'
        parts.append(f"--{boundary}\r\n{disposition}\r\n\r\n".encode() + data + b"\r\n")
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    status, told = Line(place, token).ask("/cycles", "POST", body, f"multipart/form-data; boundary={boundary}")
    assert status == 201, told[:500]


def read(place: tuple[str, int], token: str, paths: list[str], seconds: float) -> list[float]:
    """Ask at a fixed rate over some connections; return how long each answer took from when it was due."""
    took: list[float] = []
    failed: list[str] = []
    begin = time.perf_counter() + 0.2

    def client(number: int) -> None:
        connection = Line(place, token)
        for turn in range(int(RATE / CONNECTIONS * seconds)):
            due = begin + (turn * CONNECTIONS + number) / RATE
            wait = due - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            status, body = connection.ask(paths[(turn + number) % len(paths)])
            took.append(time.perf_counter() - due)
            if status != 200:
                failed.append(f"{status} {body[:200]!r}")

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed[0]
    return took


def reads(place: tuple[str, int], token: str, head: str) -> list[Figure]:
    """Read at 500 requests a second while the worker calculates."""
    start_a_solve(place, token)
    ask = Line(place, token)
    while json.loads(ask.ask("/cycles/2026-07/progress")[1])["share"] == 0.0:
        time.sleep(0.1)
    paths = [
        "/cycles/2026-07/progress",
        f"/versions/{head}",
        "/versions?limit=20",
        "/cycles/2026-07",
        f"/versions/{head}/tables/demand",
        "/jobs?limit=20",
    ]
    read(place, token, paths, 2.0)
    started = time.perf_counter()
    took = np.array(read(place, token, paths, SECONDS)) * 1000
    rate = len(took) / (time.perf_counter() - started)
    state = json.loads(ask.ask("/cycles/2026-07/progress")[1])
    note = f"p50 {np.percentile(took, 50):.1f} ms, {rate:.0f}/s, {len(paths)} addresses; solve {state['state']}"
    return [Figure(f"{RATE} reads/s while a solve runs: p99", float(np.percentile(took, 99)), 100.0, "ms", note)]


def main() -> int:
    """Print every figure; status 1 where a promise is broken."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument(
        "--db", default="", help="URL of an empty database; by default a SQLite file that is thrown away"
    )
    asked.add_argument("--only", choices=["consolidate", "difference", "history", "reads"], default="")
    wanted = asked.parse_args()
    figures: list[Figure] = []

    def show(found: list[Figure]) -> None:
        figures.extend(found)
        for figure in found:
            print(figure, flush=True)

    alone: dict[str, Callable[[], Figure]] = {"consolidate": consolidate, "difference": difference}
    for name, measure in alone.items():
        if wanted.only in ("", name):
            show([measure()])
    if wanted.only in ("", "history", "reads"):
        with tempfile.TemporaryDirectory(prefix="sop-xl-benchmark-") as name:
            folder = Path(name)
            url = wanted.db or f"sqlite:///{folder / 'store.sqlite'}"
            head, token = fill(url, 1000)
            with serving(url, folder) as place:
                if wanted.only in ("", "history"):
                    show(history(place, token, url))
                if wanted.only in ("", "reads"):
                    show(reads(place, token, head))
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return 0 if all(figure.kept for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
