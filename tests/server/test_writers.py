"""Sixteen writers at once, in four processes: nobody overwrites what they have not seen, and the chain stays whole."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from server.store import cycles, jobs, revisions, versions
from server.store.copying import copy
from server.store.database import Database, StoreError, open_database
from server.store.verify import verify

WRITER = Path(__file__).with_name("writer.py")
ROOT = Path(__file__).resolve().parents[2]
AT = "2026-07-01T08:00:00Z"
PROCESSES, THREADS, EACH = 4, 4, 4


def test_of_sixteen_writers_of_a_cycle_none_overwrites_what_it_has_not_seen(database: Database, store_url: str) -> None:
    with database.write() as connection:
        cycle = cycles.add(connection, name="2026-07", author="facilitator", at=AT, config={}).id
    command = [sys.executable, str(WRITER), store_url, cycle, str(THREADS), str(EACH)]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    told = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0] * PROCESSES, told
    acknowledged = {line.split()[0]: line.split()[1] for out, _ in told for line in out.splitlines()}
    refused = sum(int(line.split()[2]) for out, _ in told for line in out.splitlines())
    with database.read() as connection:
        chain = versions.links(connection, cycle)
        assert verify(connection).ok
    assert len(acknowledged) == PROCESSES * THREADS * EACH
    assert {link.hash: link.parent or "-" for link in chain} == acknowledged
    assert [link.parent for link in chain] == ["", *[link.hash for link in chain[:-1]]]
    assert refused > 0, "nobody met anybody: the test says nothing"


def test_of_sixteen_people_who_edit_the_same_thing_fifteen_are_told_what_the_first_one_wrote(
    database: Database,
) -> None:
    with database.write() as connection:
        cycle = cycles.add(connection, name="2026-07", author="facilitator", at=AT, config={}).id
    start, wrote, refused = threading.Barrier(16), [], []

    def edit(name: str) -> None:
        start.wait()
        try:
            with database.write() as connection:
                made = revisions.put(
                    connection,
                    cycle_id=cycle,
                    kind=revisions.RESOLUTION,
                    key="sales_forecast|KETTLE|2026-09",
                    value={"value": name},
                    author=name,
                    reason="I know better",
                    at=AT,
                    expected=revisions.UNTOUCHED,
                )
            wrote.append(made)
        except revisions.StaleRevision as stale:
            refused.append(stale.newest)

    threads = [threading.Thread(target=edit, args=(f"person {number}",)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wrote) == 1
    assert refused == wrote * 15
    with database.read() as connection:
        assert revisions.history(connection, cycle, revisions.RESOLUTION) == wrote


def test_writers_of_different_cycles_share_one_chain(database: Database, store_url: str) -> None:
    with database.write() as connection:
        names = [cycles.add(connection, name=f"c{n}", author="f", at=AT, config={}).id for n in range(PROCESSES)]
    running = [
        subprocess.Popen([sys.executable, str(WRITER), store_url, name, "2", "3"], cwd=ROOT, stdout=subprocess.DEVNULL)
        for name in names
    ]
    assert [process.wait(120) for process in running] == [0] * PROCESSES
    with database.read() as connection:
        assert len(versions.links(connection)) == PROCESSES * 2 * 3
        assert verify(connection).ok


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    with database.write() as connection:
        cycles.add(connection, name="2026-07", author="facilitator", at=AT, config={})
    seen: list[int] = []

    def look() -> None:
        with database.read() as connection:
            seen.append(len(cycles.all_cycles(connection)))

    with database.write() as connection:
        cycles.add(connection, name="2026-08", author="facilitator", at=AT, config={})
        reader = threading.Thread(target=look)
        reader.start()
        reader.join(10)
        assert seen == [1], "the reader waited, or saw what is not stored yet"


def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    def add(name: str) -> None:
        with database.write() as connection:
            cycles.add(connection, name=name, author="facilitator", at=AT, config={})

    add("2026-07")
    with database.read() as connection:
        before = cycles.all_cycles(connection)
        writer = threading.Thread(target=add, args=("2026-08",))
        writer.start()
        writer.join()
        assert cycles.all_cycles(connection) == before
    with database.read() as connection:
        assert len(cycles.all_cycles(connection)) == 2


def test_a_store_moves_to_the_other_database_with_every_hash(store_url: str, tmp_path: Path) -> None:
    source = open_database(f"sqlite:///{tmp_path / 'source.sqlite'}")
    target = open_database(store_url)
    with source.write() as connection:
        cycle = cycles.add(connection, name="2026-07", author="facilitator", at=AT, config={}).id
        jobs.enqueue(connection, subject=cycle, kind="issue", actor="facilitator", at=AT)
    assert subprocess.run(
        [sys.executable, str(WRITER), source.engine.url.render_as_string(), cycle, "1", "3"], cwd=ROOT, check=True
    )
    moved = copy(source, target)
    with source.read() as old, target.read() as new:
        assert versions.links(new) == versions.links(old)
        assert (moved.ok, moved.versions, moved.head) == (True, 3, versions.chain_head(old))
        last = jobs.latest(old, cycle)
    with target.write() as connection:
        added = jobs.enqueue(connection, subject="another", kind="issue", actor="facilitator", at=AT)
    assert last is not None and added.seq > last.seq
    with pytest.raises(StoreError, match="holds a store already"):
        copy(source, target)
    source.close()
    target.close()
