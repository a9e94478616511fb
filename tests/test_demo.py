"""`sop-xl demo`: the whole cycle through real workbooks and the real server, twice in the same folder."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from workbook.audit import audit
from workbook.formula_check import check_formulas

from sop_xl.demo.serving import serving
from sop_xl.schema.catalogue import FUNCTIONS
from sop_xl.workbook.reading import read_workbook


@dataclass(frozen=True)
class Runs:
    """Two runs of the demo in one folder: what they printed, and the files after the first."""

    folder: Path
    first: str
    second: str
    files: dict[str, str]


def digests(folder: Path) -> dict[str, str]:
    changing = {"sop_xl.sqlite", "server.log"}
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name.split("-")[0] not in changing
    }


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("demo")

    def run() -> str:
        command = [sys.executable, "-m", "sop_xl.cli", "demo", "--dir", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    first = run()
    files = digests(folder)
    return Runs(folder, first, run(), files)


def test_it_ends_with_a_table_of_results_and_where_the_files_are(runs: Runs) -> None:
    for figure in ("Gross margin", "Fill rate", "Gap, units late or lost", "Baseline WAPE", "Committed version"):
        assert figure in runs.first
    assert "12,5x" in runs.first and "Resources!" in runs.first, "the slip is reported with its cell"
    assert "C1O" in runs.first and "Pipeline!" in runs.first


def test_a_second_run_makes_the_next_version_and_overwrites_nothing(runs: Runs) -> None:
    after = digests(runs.folder)
    assert {name: after.get(name) for name in runs.files} == runs.files
    with serving(runs.folder) as team:
        client = team.facilitator
        cycles = {cycle["name"]: cycle for cycle in client.cycles()}
        committed = [client.cycle(name)["versions"][-1] for name in ("2008-01", "2008-02")]
        verified = client.verify()
    assert {name: cycle["state"] for name, cycle in cycles.items()} == {
        "2008-01": "committed",
        "2008-02": "committed",
        "2008-03": "collecting",
    }
    assert [version["kind"] for version in committed] == ["committed", "committed"]
    assert committed[0]["seq"] < committed[1]["seq"]
    assert verified["ok"] and verified["breaks"] == []


def test_the_next_cycle_has_a_new_baseline_over_its_own_horizon(runs: Runs) -> None:
    with serving(runs.folder) as team:
        client = team.facilitator
        issued = {
            name: next(v["hash"] for v in client.cycle(name)["versions"] if v["kind"] == "issued")
            for name in ("2008-01", "2008-02")
        }
        periods = {
            name: {row["period"] for row in client.table(version, "baseline")} for name, version in issued.items()
        }
    assert (min(periods["2008-01"]), max(periods["2008-01"])) == ("2008-01-01", "2009-06-01")
    assert (min(periods["2008-02"]), max(periods["2008-02"])) == ("2008-02-01", "2009-07-01")


def test_every_attempt_is_kept_also_those_with_a_slip(runs: Runs) -> None:
    with serving(runs.folder) as team:
        client = team.facilitator
        received = [s for s in client.cycle("2008-01")["submissions"] if s["function"] in FUNCTIONS]
    assert len(received) == 6 + 2, "six books, and two corrected ones"
    assert sorted(s["function"] for s in received if s["state"] == "returned" or s["errors"]) == ["operations", "sales"]


def test_every_workbook_opens_without_repair(runs: Runs) -> None:
    books = sorted((runs.folder / "cycle-01_2008-01").rglob("*.xlsx"))
    assert len(books) == 6 + 8 + 1
    assert {book.name: audit(book) for book in books} == {book.name: [] for book in books}


def test_the_pack_has_right_values_in_every_formula(runs: Runs) -> None:
    pack = next((runs.folder / "cycle-01_2008-01").glob("executive_pack*.xlsx"))
    assert check_formulas(pack) == []


def test_the_submitted_books_know_where_they_came_from(runs: Runs) -> None:
    with serving(runs.folder) as team:
        client = team.facilitator
        issued = next(v["hash"] for v in client.cycle("2008-01")["versions"] if v["kind"] == "issued")
    for book in (runs.folder / "cycle-01_2008-01" / "2_submitted").glob("*.xlsx"):
        meta = read_workbook(book).meta
        assert (meta["cycle"], meta["base_version"]) == ("2008-01", issued)
