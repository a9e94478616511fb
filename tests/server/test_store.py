"""The store keeps what it acknowledged, refuses to change it, and shows where someone changed it behind its back."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import IntegrityError
from tampering import behind_its_back

from server.store import audit, cycles, events, payload, submissions, versions
from server.store.append_only import is_append_only
from server.store.database import Database, StoreError, open_database, open_for_upgrade
from server.store.submissions import Attempt
from server.store.tables import APPEND_ONLY, metadata
from server.store.verify import verify
from server.store.versions import StaleParent

ROOT = Path(__file__).resolve().parents[2]
AT = "2008-07-01T08:00:00Z"


def tables(units: float) -> bytes:
    return payload.pack({"inputs/demand": pd.DataFrame({"product": ["P1"], "units": [units]})})


def with_cycle(database: Database, name: str = "2008-07") -> str:
    with database.write() as connection:
        return cycles.add(connection, name=name, author="facilitator", at=AT, config={}).id


def append(database: Database, cycle_id: str, units: float, expected: str, kind: str = "issued") -> versions.Version:
    with database.write() as connection:
        return versions.append(
            connection,
            cycle_id=cycle_id,
            kind=kind,
            author="facilitator",
            message=f"{units:g} units",
            at=AT,
            content=tables(units),
            summary={"units": units},
            expected_parent=expected,
        )


def attempt(
    cycle_id: str, *, sender: str = "sales lead", content: bytes = b"book", state: str = "validated"
) -> Attempt:
    return Attempt(
        cycle_id=cycle_id,
        function="sales",
        submitter=sender,
        file_name="sales.xlsx",
        content=content,
        received_at=AT,
        base_version="",
        state=state,
        engine="1",
        parsed=tables(1) if state == "validated" else None,
        issues=() if state == "validated" else ({"severity": "error", "message": "not a workbook"},),
    )


def submit(database: Database, given: Attempt) -> submissions.Submission:
    with database.write() as connection:
        return submissions.add(connection, given)


def three_versions(database: Database) -> list[versions.Version]:
    cycle_id = with_cycle(database)
    found, head = [], ""
    for units, kind in ((1, "issued"), (2, "consolidated"), (3, "committed")):
        found.append(append(database, cycle_id, units, head, kind))
        head = found[-1].hash
    return found


def test_versions_form_a_chain_across_cycles_and_a_lineage_within_each(database: Database) -> None:
    first, second = with_cycle(database, "2008-07"), with_cycle(database, "2008-08")
    a = append(database, first, 1, "")
    b = append(database, second, 2, "")
    c = append(database, first, 3, a.hash, "consolidated")
    assert [v.previous for v in (a, b, c)] == ["", a.hash, b.hash]
    assert [v.parent for v in (a, b, c)] == ["", "", a.hash]
    with database.read() as connection:
        assert [link.hash for link in versions.links(connection)] == [a.hash, b.hash, c.hash]
        assert [link.hash for link in versions.links(connection, first)] == [a.hash, c.hash]
        assert versions.newest_of_each_kind(connection, first) == [a, c]
        assert versions.head(connection, first) == c
        assert verify(connection).ok


def test_the_same_content_stored_at_another_moment_has_the_same_content_hash_but_another_hash(
    database: Database,
) -> None:
    cycle_id = with_cycle(database)
    a = append(database, cycle_id, 1, "")
    b = append(database, cycle_id, 1, a.hash)
    assert a.content_sha256 == b.content_sha256
    assert a.payload_sha256 == b.payload_sha256
    assert a.hash != b.hash


def test_a_commit_on_an_old_parent_is_refused_with_the_present_head(database: Database) -> None:
    cycle_id = with_cycle(database)
    a = append(database, cycle_id, 1, "")
    b = append(database, cycle_id, 2, a.hash)
    with pytest.raises(StaleParent) as refused:
        append(database, cycle_id, 3, a.hash)
    assert refused.value.head == b
    with database.read() as connection:
        assert len(versions.links(connection)) == 2


def test_of_many_commits_on_the_same_parent_exactly_one_wins(database: Database) -> None:
    cycle_id = with_cycle(database)
    head = append(database, cycle_id, 0, "").hash
    start, won, refused = threading.Barrier(6), [], []

    def commit(units: int) -> None:
        start.wait()
        try:
            won.append(append(database, cycle_id, units, head, "committed"))
        except StaleParent as stale:
            refused.append(stale.head)

    threads = [threading.Thread(target=commit, args=(units,)) for units in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert refused == [won[0]] * 5


@pytest.mark.parametrize("table", ["blobs", "cycles", "submissions", "versions", "events"])
@pytest.mark.parametrize("statement", ["DELETE FROM {0}", "UPDATE {0} SET {1} = {1}"])
def test_rows_can_neither_be_changed_nor_deleted(database: Database, table: str, statement: str) -> None:
    submit(database, attempt(three_versions(database)[0].cycle_id))
    first = "sha256" if table == "blobs" else "id" if table == "cycles" else "seq"
    with pytest.raises(IntegrityError, match=f"{table} is append-only"), database.write() as connection:
        connection.exec_driver_sql(statement.format(table, first))


def test_replacing_a_row_counts_as_changing_it(database: Database) -> None:
    with_cycle(database)
    row = "VALUES ('2008-07', '2008-07', '', 'me', '{}')"
    statement = f"INSERT OR REPLACE INTO cycles {row}"
    if database.shared:
        statement = f"INSERT INTO cycles {row} ON CONFLICT (id) DO UPDATE SET author = 'me'"
    with pytest.raises(IntegrityError, match="append-only"), database.write() as connection:
        connection.exec_driver_sql(statement)


def test_emptying_a_table_at_once_is_refused_too(database: Database) -> None:
    if not database.shared:
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(IntegrityError, match="events is append-only"), database.write() as connection:
        connection.exec_driver_sql("TRUNCATE events")


OTHER_BYTES = {
    "sqlite": "CAST(substr(content, 1, 199) || x'00' || substr(content, 201) AS BLOB)",
    "postgresql": "set_byte(content, 199, 0)",
}


@pytest.mark.parametrize(
    ("statement", "seq", "problem"),
    [
        ("UPDATE versions SET author = 'someone else' WHERE seq = 2", 2, "something of it was changed"),
        ("UPDATE versions SET summary = '{\"units\":9}' WHERE seq = 3", 3, "something of it was changed"),
        ("UPDATE versions SET summary = 'not json' WHERE seq = 1", 1, "unreadable"),
        ("UPDATE versions SET parent = 'x' WHERE seq = 3", 3, "its parent is not in the store"),
        ("DELETE FROM versions WHERE seq = 2", 3, "version 2 is missing before it"),
        (
            "UPDATE blobs SET content = OTHER_BYTES WHERE sha256 = (SELECT payload_sha256 FROM versions WHERE seq = 2)",
            2,
            "its payload was changed",
        ),
        ("UPDATE blobs SET content = 'text' WHERE size > 400", 1, "its payload was changed"),
        ("DELETE FROM blobs WHERE sha256 = (SELECT payload_sha256 FROM versions WHERE seq = 3)", 3, "payload is gone"),
    ],
)
def test_verify_names_the_version_that_was_tampered_with(
    database: Database, statement: str, seq: int, problem: str
) -> None:
    three_versions(database)
    behind_its_back(database, statement.replace("OTHER_BYTES", OTHER_BYTES[database.engine.dialect.name]))
    with database.read() as connection:
        result = verify(connection)
    assert not result.ok
    first = result.breaks[0]
    assert (first.what, first.seq) == ("version", seq)
    assert problem in " / ".join(str(b) for b in result.breaks)


def test_a_forger_who_recomputes_the_hash_of_a_version_breaks_the_next_one(database: Database) -> None:
    found = three_versions(database)
    forged = replace(found[1], author="someone else")
    behind_its_back(
        database,
        f"UPDATE versions SET author = 'someone else', hash = '{forged.recomputed_hash()}' WHERE seq = 2",
    )
    with database.read() as connection:
        assert next((b.seq, b.problem) for b in verify(connection).breaks) == (
            3,
            "does not follow the version stored before it",
        )


@pytest.mark.parametrize(
    ("statement", "what", "problem"),
    [
        ("UPDATE submissions SET submitter = 'nobody'", "submission", "was changed after it was received"),
        ("UPDATE submissions SET issues = '[]'", "submission", "was changed after it was received"),
        ("DELETE FROM submissions", "event", "is gone"),
        ("UPDATE events SET actor = 'nobody' WHERE kind = 'received'", "event", "was changed"),
        ("DELETE FROM events WHERE kind = 'created'", "event", "event 1 is missing before it"),
        ("UPDATE blobs SET content = 'kbook' WHERE size = 4", "submission", "its file was changed"),
    ],
)
def test_verify_names_submissions_and_events_that_were_tampered_with(
    database: Database, statement: str, what: str, problem: str
) -> None:
    submit(database, attempt(with_cycle(database), state="returned"))
    behind_its_back(database, statement)
    with database.read() as connection:
        breaks = verify(connection).breaks
    assert any(b.what == what and problem in b.problem for b in breaks), breaks


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE audit SET person = 'nobody' WHERE seq = 1", "audit line 1 (HASH): was changed"),
        ("DELETE FROM audit WHERE seq = 1", "audit line 1 is missing before it"),
    ],
)
def test_verify_names_lines_of_the_audit_log_that_were_tampered_with(
    database: Database, statement: str, problem: str
) -> None:
    with database.write() as connection:
        for person in ("administrator", "facilitator"):
            audit.record(connection, at=AT, person=person, means="console", action="cycle.created")
    with database.read() as connection:
        assert verify(connection).ok
        first = audit.newest(connection, limit=2)[-1].hash
    behind_its_back(database, statement)
    with database.read() as connection:
        breaks = [str(b) for b in verify(connection).breaks]
    assert any(problem.replace("HASH", first) in b for b in breaks), breaks


def test_a_chain_cut_at_its_end_is_found_with_a_hash_that_was_printed_before(database: Database) -> None:
    printed = three_versions(database)[-1].hash
    behind_its_back(database, "DELETE FROM versions WHERE seq = 3")
    with database.read() as connection:
        assert verify(connection).ok
        assert "not in the chain" in verify(connection, printed).breaks[0].problem
        assert "not in the chain" in verify(connection, printed[:16]).breaks[0].problem
        assert verify(connection, versions.chain_head(connection)[:16].upper()).ok


def test_every_attempt_is_kept_with_its_bytes(database: Database) -> None:
    cycle_id = with_cycle(database)
    first = submit(database, attempt(cycle_id, content=b"%PDF", state="returned"))
    second = submit(database, attempt(cycle_id, content=b"PK", state="validated"))
    with database.read() as connection:
        assert submissions.of_cycle(connection, cycle_id) == [first, second]
        assert (first.readable, first.errors, second.readable) == (False, 1, True)
        assert verify(connection).ok


def test_the_same_bytes_are_recognised_in_their_cycle_alone(database: Database) -> None:
    first, other = with_cycle(database, "2008-07"), with_cycle(database, "2008-08")
    sent = submit(database, attempt(first))
    with database.read() as connection:
        assert submissions.same_bytes(connection, first, b"book", "1") == sent
        assert submissions.same_bytes(connection, other, b"book", "1") is None
        assert submissions.same_bytes(connection, first, b"book2", "1") is None


def test_a_returned_file_is_read_anew_by_a_later_engine(database: Database) -> None:
    cycle_id = with_cycle(database)
    sent = submit(database, attempt(cycle_id, state="returned"))
    with database.read() as connection:
        assert submissions.same_bytes(connection, cycle_id, b"book", "1") == sent
        assert submissions.same_bytes(connection, cycle_id, b"book", "2") is None


def test_a_valid_submission_replaces_the_earlier_one_of_the_same_sender_only(database: Database) -> None:
    cycle_id = with_cycle(database)
    submit(database, attempt(cycle_id, content=b"1"))
    submit(database, attempt(cycle_id, content=b"2", sender="Sales Lead"))
    submit(database, attempt(cycle_id, content=b"3", sender="key account"))
    submit(database, attempt(cycle_id, content=b"4", state="returned"))
    with database.read() as connection:
        found = submissions.of_cycle(connection, cycle_id)
        assert [s.state for s in found] == ["superseded", "validated", "validated", "returned"]
        assert [s.seq for s in submissions.in_force(found)] == [2, 3]
        kinds = [e.kind for e in events.of_cycle(connection, cycle_id)]
        assert kinds == ["created", "received", "received", "state", "received", "received"]


def test_cycle_names_are_unique_by_their_id(database: Database) -> None:
    with_cycle(database, "July 2008")
    with pytest.raises(cycles.CycleExists), database.write() as connection:
        cycles.add(connection, name="july-2008", author="x", at=AT, config={})
    with pytest.raises(ValueError, match="letters or digits"), database.write() as connection:
        cycles.add(connection, name="…", author="x", at=AT, config={})


def test_a_failed_write_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as connection:
        cycles.add(connection, name="2008-07", author="x", at=AT, config={})
        raise RuntimeError
    with database.read() as connection:
        assert cycles.all_cycles(connection) == []
        assert events.of_cycle(connection, "2008-07") == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://localhost/sop", "not supported"),
        ("sqlite://", "memory forgets"),
        ("postgresql://nobody:secret@127.0.0.1:1/none", r"nobody:\*\*\*@127.* cannot be reached"),
        ("nonsense", "no database URL"),
    ],
)
def test_urls_that_cannot_keep_the_promise_are_refused(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as refused:
        open_database(url)
    assert "secret" not in str(refused.value)


def test_files_that_are_no_store_are_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database, but long enough to be looked at " * 30)
    with pytest.raises(StoreError, match="cannot be opened"):
        open_database(f"sqlite:///{text}")
    assert text.read_text().startswith("not a database")
    with pytest.raises(StoreError, match="There is no store"):
        open_database(f"sqlite:///{tmp_path / 'absent.sqlite'}", create=False)


@pytest.mark.parametrize("left", [b"", b"x"], ids=["emptied", "overwritten"])
def test_an_emptied_store_is_not_taken_for_one_in_which_nothing_was_changed(tmp_path: Path, left: bytes) -> None:
    path = tmp_path / "store.sqlite"
    open_database(f"sqlite:///{path}").close()
    path.write_bytes(left)
    with pytest.raises(StoreError, match="emptied or replaced"):
        open_database(f"sqlite:///{path}", create=False)
    assert path.read_bytes() == left, "looking at a file does not write into it"


def test_a_database_of_something_else_is_left_alone(store_url: str) -> None:
    engine = create_engine(store_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE customers (name TEXT)")
    with pytest.raises(StoreError, match="tables of something else"):
        open_database(store_url)
    assert inspect(engine).get_table_names() == ["customers"]
    engine.dispose()


def with_layout(url: str, name: str) -> None:
    open_database(url).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{name}'")
    engine.dispose()


def test_a_store_of_another_layout_is_refused_with_what_to_do(store_url: str) -> None:
    with_layout(store_url, "0000")
    with pytest.raises(StoreError, match=r"layout 0000 of an earlier version. Make a backup.*python -m server upgrade"):
        open_database(store_url)
    with_newer = open_for_upgrade(store_url)
    with with_newer.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with_newer.close()
    with pytest.raises(StoreError, match="newer version"):
        open_database(store_url)


def test_the_migrations_make_the_tables_the_program_works_with(database: Database) -> None:
    with database.read() as connection:
        compared = compare_metadata(MigrationContext.configure(connection), metadata)
        protected = {name for name in metadata.tables if is_append_only(connection, name)}
    assert compared == [], "write the migration: python -m server.store.migrations"
    assert protected == {name for name, found in metadata.tables.items() if found.info == APPEND_ONLY}
    assert {"blobs", "cycles", "submissions", "versions", "events"} <= protected


def test_several_processes_may_meet_an_empty_database(store_url: str) -> None:
    code = "import sys; from server.store.database import open_database; print(open_database(sys.argv[1]).name)"
    started = [
        subprocess.Popen([sys.executable, "-c", code, store_url], cwd=ROOT, stderr=subprocess.PIPE) for _ in range(4)
    ]
    told = [process.communicate(timeout=60)[1].decode() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0, 0], told


def test_versions_come_in_pages_newest_first(database: Database) -> None:
    first, second = with_cycle(database, "2008-07"), with_cycle(database, "2008-08")
    found, head = [], ""
    for units in range(5):
        found.append(append(database, first, units, head).hash)
        head = found[-1]
    other = append(database, second, 9, "", "committed").hash
    with database.read() as connection:
        newest = versions.page(connection, first, limit=2)
        assert [v.hash for v in newest.versions] == [found[4], found[3]]
        assert (newest.total, newest.older) == (5, 4)
        middle = versions.page(connection, first, limit=2, before=newest.older)
        last = versions.page(connection, first, limit=2, before=middle.older)
        assert [v.hash for v in (*middle.versions, *last.versions)] == [found[2], found[1], found[0]]
        assert last.older is None
        assert [v.hash for v in versions.page(connection, limit=1).versions] == [other]
        assert [v.hash for v in versions.page(connection, kind="committed").versions] == [other]


def test_a_version_is_found_by_the_beginning_of_its_hash(database: Database) -> None:
    found = three_versions(database)
    with database.read() as connection:
        assert versions.find(connection, found[1].hash[:8]) == found[1]
        assert versions.find(connection, found[1].hash[:7]) is None
        assert versions.find(connection, "%%%%%%%%") is None
