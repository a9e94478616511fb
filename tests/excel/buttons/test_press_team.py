"""`sop-xl press` end to end: the team's buttons against a real server, and what it says where something is wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sop_xl.client import Client
from sop_xl.demo.serving import serving
from sop_xl.demo.team import MANAGERS
from sop_xl.demo.team import Team as People
from sop_xl.schema.catalogue import table
from sop_xl.schema.parse import parse
from sop_xl.workbook.filling import Filler, fill
from sop_xl.workbook.reading import read_tables, read_workbook


def press(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sop_xl.cli", "press", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def rows(path: Path, name: str) -> list[dict[str, object]]:
    return parse(read_tables(path.read_bytes(), (table(name),)).raw_tables).tables[name].to_dict("records")


@dataclass(frozen=True)
class Team:
    """A server with one cycle, and the people who may sign in on it."""

    people: People
    cycle: str

    @property
    def client(self) -> Client:
        """The server as the facilitator sees it."""
        return self.people.facilitator

    def press(
        self, button: str, workbook: Path, *options: object, by: str = "sales"
    ) -> subprocess.CompletedProcess[str]:
        """Press a button with the token of the person who plans for a function."""
        token = self.people.tokens[MANAGERS[by]]
        return press(button, workbook, "--server", self.people.url, "--token", token, *options)


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, company_folder: Path) -> Iterator[Team]:
    with serving(tmp_path_factory.mktemp("server")) as people:
        files = {path.name: path.read_bytes() for path in company_folder.iterdir()}
        cycle = people.facilitator.create_cycle("2026-07", files)
        people.facilitator.wait(cycle["id"], lambda share, text: None)
        yield Team(people, cycle["id"])


def test_a_function_gets_its_book_fills_it_hands_it_in_and_sees_where_it_stands(
    team: Team, book, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    old = tmp_path / "last_month.xlsx"
    old.write_bytes(book("sales"))
    got = team.press("get_workbook", old)
    assert got.returncode == 0, got.stderr
    mine = tmp_path / "sales_2026-07.xlsx"
    assert read_workbook(mine).meta["base_version"] and read_workbook(mine).issues == ()

    filler = Filler(mine.read_bytes())
    filler.add("pipeline", {"opportunity": "O-9", "product": "KETLE", "probability": 0.5, "quantity": 10})
    wrong = tmp_path / "wrong.xlsx"
    wrong.write_bytes(filler.save())
    refused = team.press("submit", wrong, "--out", tmp_path / "refused.xlsx")
    assert refused.returncode == 1 and "Start period is empty" in refused.stderr
    assert "Not handed in" in refused.stdout
    assert not team.client.cycle(team.cycle)["submissions"][1:], "only the data of the cycle were sent"

    sent = team.press("submit", mine, "--out", tmp_path / "sent.xlsx")
    assert sent.returncode == 0, sent.stdout + sent.stderr
    assert "is validated in cycle 2026-07" in sent.stdout

    seen = team.press("status", mine, "--out", tmp_path / "seen.xlsx")
    assert seen.returncode == 0, seen.stderr
    by_function = {row["function"]: row for row in rows(tmp_path / "seen.xlsx", "cycle_status")}
    assert (by_function["sales"]["state"], by_function["sales"]["submitter"]) == ("validated", MANAGERS["sales"])
    assert by_function["finance"]["state"] == "open" and "finance" in seen.stdout

    listed = team.press("history", mine, "--out", tmp_path / "versions.xlsx")
    assert listed.returncode == 0, listed.stderr
    (version,) = rows(tmp_path / "versions.xlsx", "version_history")
    assert version["kind"] == "issued"
    assert version["version"] == read_workbook(mine).meta["base_version"][:12]


def test_refresh_brings_the_server_s_figures_back_and_keeps_entries(team: Team, tmp_path: Path) -> None:
    issued = team.client.book(team.cycle, "operations")
    response = parse(read_workbook(issued).raw_tables).tables["supply_response"].iloc[0]
    key = {"family": response["family"], "period": response["period"].date()}
    path = tmp_path / "operations.xlsx"
    path.write_bytes(
        fill(
            issued,
            [
                ("supply_response", key, "demand", 1.0),
                ("supply_response", key, "response", "decline"),
                ("resources", {"resource": "LINE-A"}, "overtime_max", 77.0),
            ],
        )
    )
    done = team.press("refresh", path, "--out", tmp_path / "fresh.xlsx", by="operations")
    assert done.returncode == 0, done.stderr
    tables = parse(read_workbook(tmp_path / "fresh.xlsx").raw_tables).tables
    first = tables["supply_response"].iloc[0]
    assert first["demand"] == pytest.approx(response["demand"], abs=0.01)
    assert first["response"] == "decline"
    assert tables["resources"].set_index("resource").loc["LINE-A", "overtime_max"] == 77


def test_without_a_token_the_server_turns_everybody_away(team: Team, tmp_path: Path) -> None:
    path = tmp_path / "sales.xlsx"
    path.write_bytes(team.client.book(team.cycle, "sales"))
    for more in ((), ("--token", "sopxl_made_up")):
        done = press("submit", path, "--server", team.people.url, *more, "--out", tmp_path / "out.xlsx")
        assert done.returncode == 1, done.stdout
        assert "Nobody is signed in" in done.stderr and "Traceback" not in done.stderr


def test_the_book_of_another_function_is_refused(team: Team, tmp_path: Path) -> None:
    path = tmp_path / "operations.xlsx"
    path.write_bytes(team.client.book(team.cycle, "operations"))
    for button in ("submit", "refresh", "get_workbook"):
        done = team.press(button, path, "--out", tmp_path / "out.xlsx", by="sales")
        assert done.returncode == 1 and "belongs to operations; you plan for sales" in done.stderr, done.stdout


def test_the_variable_of_the_environment_is_the_token(team: Team, tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "sales.xlsx"
    path.write_bytes(team.client.book(team.cycle, "sales"))
    monkeypatch.setenv("SOP_XL_TOKEN", team.people.tokens[MANAGERS["sales"]])
    done = press("status", path, "--server", team.people.url, "--out", tmp_path / "out.xlsx")
    assert done.returncode == 0, done.stderr


def test_a_server_that_is_not_there_is_told_in_words(book, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "sales.xlsx"
    path.write_bytes(book("sales"))
    done = press("status", path, "--server", "http://127.0.0.1:9", "--out", tmp_path / "out.xlsx")
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr and "Traceback" not in done.stderr


def test_a_button_is_pressed_on_a_selected_cell(book, company_folder: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path, out = tmp_path / "sales.xlsx", tmp_path / "out.xlsx"
    path.write_bytes(book("sales"))
    done = press("explain", path, "--inputs", company_folder, "--select", "Pipeline!F7", "--out", out)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Pipeline!F7: ")
    about = [row["about"] for row in rows(out, "explanation")]
    assert "Consensus demand" in about and "Assumption" in about
    assert path.read_bytes() == book("sales"), "the file itself is not changed"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("validate", "no_such_file.xlsx"), 2, "does not exist"),
        (("unknown", "."), 2, "is not one of"),
        (("validate", "{book}", "--out", "x.pdf"), 2, "must end in"),
        (("explain", "{book}", "--select", "B5"), 1, "says no sheet and cell"),
        (("explain", "{book}", "--select", "Nowhere!B5"), 1, "Nowhere"),
        (("validate", "{text}"), 1, "error"),
    ],
)
def test_what_is_wrong_is_said_without_a_stack_trace(
    book, tmp_path: Path, arguments: tuple[str, ...], status: int, said: str
) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "sales.xlsx").write_bytes(book("sales"))
    (tmp_path / "text.xlsx").write_text("no workbook")
    given = [a.format(book=tmp_path / "sales.xlsx", text=tmp_path / "text.xlsx") for a in arguments]
    done = press(*given)
    assert done.returncode == status, done.stdout + done.stderr
    assert said in done.stderr and "Traceback" not in done.stderr
