"""`sop-xl call`: the same numbers as in a cell, from CSV files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sop_xl.capabilities import CELL_FUNCTIONS
from sop_xl.cli import cli
from sop_xl.functions.calling import call

HISTORY = [float(100 + 3 * month + month % 12) for month in range(30)]


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(cli, ["call", *arguments], input=typed)


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """Return a file of month and sales, semicolon-separated as Excel writes it in much of Europe."""
    file = tmp_path / "sales.csv"
    file.write_text("Sales\n" + "\n".join(map(str, HISTORY)) + "\n", encoding="utf-8-sig")
    return file


def test_the_result_is_that_of_the_cell(sales: Path) -> None:
    expected = call("FORECAST", [[[value] for value in HISTORY], 3])
    done = run("forecast", "--range", str(sales), "--arg", "3", "--json")
    assert done.exit_code == 0 and json.loads(done.stdout) == expected
    named = run("FORECAST", "--arg", "periods=3", "--range", f"history={sales}")
    assert [[float(line)] for line in named.stdout.split()] == expected


def test_ranges_come_from_any_csv_and_from_standard_input(tmp_path: Path) -> None:
    demand = tmp_path / "demand.csv"
    demand.write_text("product;Jul;Aug\nA;100;50\n", encoding="utf-8")
    done = run("COVER", "--range", f"demand={demand}", "--arg", "stock=125")
    assert done.stdout == "1.5\n"
    assert run("COVER", "--range", "demand=-", "--arg", "125", typed="100,50\n").stdout == "1.5\n"


def test_a_problem_is_told_on_standard_error_with_status_1(sales: Path) -> None:
    done = run("COVER", "--arg", "-1x", "--range", f"demand={sales}")
    assert done.exit_code == 1 and done.stdout == ""
    assert done.stderr.startswith("#S&OP: stock has '-1x' in its cell, which is no number")


def test_without_arguments_functions_are_listed_and_explained() -> None:
    listed = run().stdout
    assert [line.split()[0] for line in listed.splitlines()] == list(CELL_FUNCTIONS)
    explained = run("cover").stdout
    assert "=SOP_COVER(B2, C2:N2)" in explained and "months  Length of a period in months" in explained


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["COVER", "--arg", "colour=1"], "COVER has no argument 'colour' left"),
        (["COVER", "--arg", "1", "--arg", "2", "--arg", "3", "--arg", "4"], "COVER takes fewer arguments"),
        (["COVER", "--range", "nowhere.csv"], "'nowhere.csv' cannot be read as a CSV file"),
        (["WEATHER"], "'WEATHER' is not one of"),
    ],
)
def test_wrong_usage_ends_with_status_2(arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2 and said in done.stderr


def test_plan_reads_the_plan_file_named(tmp_path: Path) -> None:
    done = run("PLAN", "--arg", "demand", "--plan", str(tmp_path / "plan.json"))
    assert done.exit_code == 1 and "the plan file plan.json is not there" in done.stderr
