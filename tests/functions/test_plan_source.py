"""Where PLAN reads: files that `sop-xl plan` writes, a server's versions, or nothing at all."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from sop_xl.cycle import plan_inputs
from sop_xl.functions.calling import call
from sop_xl.functions.plan_source import (
    RECHECK_SECONDS,
    RETRY_SECONDS,
    FileSource,
    ServerSource,
    TablesSource,
    reading_from,
    set_default_source,
)
from sop_xl.gather.inputs import require_inputs
from sop_xl.plan_files import write_plan
from sop_xl.schema import frames
from sop_xl.schema.plain import records

from .small_plan import plan_at_hand, plan_tables


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a plan as JSON and as a workbook: 120 hours a month for 100, 150 and 130 kettles of an hour each."""
    tables = {
        "settings": [{"setting": "rates_per", "value": "bucket"}],
        "products": [{"product": "KETTLE", "family": "KITCHEN"}],
        "demand": [
            {"product": "KETTLE", "period": f"2026-0{month}-01", "units": units, "price": 25}
            for month, units in ((7, 100), (8, 150), (9, 130))
        ],
        "resources": [{"resource": "LINE", "location": "PLANT", "hours": 120}],
        "routings": [{"product": "KETTLE", "location": "PLANT", "resource": "LINE", "hours_per_unit": 1}],
        "price_cost": [{"product": "KETTLE", "price": 25, "material_cost": 8}],
    }
    folder = tmp_path_factory.mktemp("plan")
    made = plan_inputs(require_inputs({name: frames.rows(name, rows) for name, rows in tables.items()}))
    for name in ("plan.json", "plan.xlsx"):
        write_plan(made, folder / name)
    return folder / "plan.json", folder / "plan.xlsx"


def test_the_plan_file_and_its_workbook_give_the_same_numbers(files: tuple[Path, Path]) -> None:
    asked = ["stock", "demand", "sales", "revenue", "margin", "load", "price", "fill_rate"]
    answers = []
    for file in files:
        with reading_from(FileSource(file)):
            answers.append([call("PLAN", [measure]) for measure in asked])
            answers[-1].append(call("WHY", ["kitchen"]))
    assert answers[0][:-1] == pytest.approx(answers[1][:-1])
    assert answers[0][-1] == answers[1][-1] and "LINE is full" in answers[0][-1]
    document = json.loads(files[0].read_text(encoding="utf-8"))
    assert answers[0][2] == pytest.approx(sum(row["delivered"] for row in document["tables"]["sales_plan"]))
    assert answers[0][7] == pytest.approx(document["kpis"]["fill_rate"])


def test_a_file_that_has_changed_is_read_again_and_one_that_is_gone_or_broken_is_said(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    source = FileSource(file)
    with reading_from(source):
        assert call("PLAN", ["demand"]) == "#S&OP: the plan file plan.json is not there; write it with: sop-xl plan"
        tables = {name: records(frame) for name, frame in plan_tables().items()}
        file.write_text(json.dumps({"inputs_hash": "0123456789", "tables": tables}), encoding="utf-8")
        assert call("PLAN", ["demand"]) == 570
        tables["consensus_demand"] = tables["consensus_demand"][:3]
        file.write_text(json.dumps({"inputs_hash": "0123456789", "tables": tables}), encoding="utf-8")
        os.utime(file, ns=(1, 1))
        assert call("PLAN", ["demand"]) == 360
        file.write_text("[1, 2", encoding="utf-8")
        assert call("PLAN", ["demand"]).startswith("#S&OP: plan.json is not a plan that can be read")
    (tmp_path / "plan.xlsx").write_bytes(b"PK")
    with reading_from(FileSource(tmp_path / "plan.xlsx")):
        assert call("PLAN", ["demand"]).startswith("#S&OP: plan.xlsx cannot be read: ")


class Shelf:
    """A server with two committed versions and one that is not, which counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.listed = [
            {"hash": "a" * 64, "kind": "committed", "cycle": "2026-06"},
            {"hash": "b" * 64, "kind": "committed", "cycle": "2026-07"},
            {"hash": "c" * 64, "kind": "consolidated", "cycle": "2026-08"},
        ]

    def versions(self, cycle: str = "") -> list[dict[str, Any]]:
        self.asked.append("versions")
        return list(self.listed)

    def table(self, version: str, name: str) -> list[dict[str, Any]]:
        self.asked.append(f"{version[0]} {name}")
        if name == "kpis":
            raise RuntimeError("The server cannot be reached.")
        rows = records(plan_tables().get(name, plan_tables()["gaps"][:0]))
        return [{**row, "unknown_column": 1} for row in rows if version[0] != "a" or row.get("location") == "S"]


def test_the_newest_committed_version_is_read_and_its_tables_are_kept() -> None:
    shelf, now = Shelf(), [0.0]
    with reading_from(ServerSource(shelf, clock=lambda: now[0])):
        assert call("PLAN", ["demand"]) == 570
        count = len(shelf.asked)
        assert call("PLAN", ["demand", "A"]) == 420 and len(shelf.asked) == count, "nothing is asked twice"
        assert call("PLAN", ["demand", None, None, None, None, "2026-06"]) == 60
        assert call("PLAN", ["demand", None, None, None, None, "a" * 8]) == 60
        shelf.listed.append({"hash": "a" * 63 + "d", "kind": "committed", "cycle": "2026-08"})
        assert call("PLAN", ["demand"]) == 570
        now[0] += RECHECK_SECONDS
        assert call("PLAN", ["demand"]) == 60, "after a minute the new version is seen"


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("aaaa", "version 'aaaa' is not known; write committed, a cycle, or 8 or more characters of a hash"),
        ("2026-08", "version '2026-08' is not known"),
        ("z" * 64, "version 'zzzzzzzzzzzzzzzzzzzz' is not known"),
    ],
)
def test_a_version_that_is_not_there_is_said(version: str, said: str) -> None:
    with reading_from(ServerSource(Shelf())):
        assert call("PLAN", ["demand", None, None, None, None, version]).startswith(f"#S&OP: {said}")


def test_a_server_that_cannot_answer_is_said_in_the_cell() -> None:
    with reading_from(ServerSource(Shelf())):
        assert call("PLAN", ["fill_rate"]) == "#S&OP: The server cannot be reached."
    empty = Shelf()
    empty.listed = []
    with reading_from(ServerSource(empty)):
        assert call("PLAN", ["demand"]) == "#S&OP: no version has been committed yet"
    with reading_from(TablesSource("x" * 64, {})):
        assert call("PLAN", ["demand"]) == "#S&OP: the version holds no plan; commit a solved scenario first"


def test_a_server_that_did_not_answer_is_left_alone_for_a_while() -> None:
    now, asked = [0.0], []

    class Down(Shelf):
        def versions(self, cycle: str = "") -> list[dict[str, Any]]:
            asked.append(now[0])
            raise RuntimeError("The server cannot be reached.")

    with reading_from(ServerSource(Down(), clock=lambda: now[0])):
        said = {call("PLAN", ["demand", product]) for product in "ABCDEF"}
        now[0] += RETRY_SECONDS
        said |= {call("PLAN", ["demand"])}
    assert said == {"#S&OP: The server cannot be reached."} and asked == [0.0, RETRY_SECONDS]


def test_without_a_source_the_cell_says_what_to_set_up() -> None:
    set_default_source(None)
    assert call("PLAN", ["demand"]).startswith("#S&OP: no plan to read from; give the server's address")
    set_default_source(plan_at_hand())
    try:
        assert call("PLAN", ["demand"]) == 570
    finally:
        set_default_source(None)


def test_two_requests_at_once_read_each_their_own_source() -> None:
    seen: dict[str, Any] = {}
    meet = threading.Barrier(2)

    def ask(name: str, source: Any) -> None:
        with reading_from(source):
            meet.wait()
            seen[name] = call("PLAN", ["demand"])

    half = {**plan_tables(), "consensus_demand": plan_tables()["consensus_demand"][:3]}
    threads = [
        threading.Thread(target=ask, args=("all", plan_at_hand())),
        threading.Thread(target=ask, args=("half", TablesSource("h" * 64, half))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {"all": 570, "half": 360}
