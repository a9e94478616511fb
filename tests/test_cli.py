"""The command line: the contract every check uses."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from sop_xl.gather.inputs import planning_inputs
from sop_xl.workbook.content import BookContent
from sop_xl.workbook.folder import read_folder
from sop_xl.workbook.writing import write_book

CASES = {
    "demand": """product,period,units
Tool,2026-01,1600
Tool,2026-02,3000
Tool,2026-03,3200
Tool,2026-04,3800
Tool,2026-05,2200
Tool,2026-06,2200
""",
    "inventory": "product,location,on_hand\nTool,Factory,1000\n",
    "inventory_policy": "product,ending_stock,holding_cost,backorder_cost\nTool,500,2,5\n",
    "price_cost": "product,price,material_cost\nTool,40,10\n",
    "routings": "product,resource,hours_per_unit\nTool,Assembly,4\n",
    "workforce": "workforce,resource,opening_workers,hours_per_worker,wage,overtime_max,overtime_cost,"
    "hiring_cost,layoff_cost\nAssemblers,Assembly,80,160,640,10,6,300,500\n",
    "outsourcing": "product,cost_per_unit\nTool,30\n",
}
"""Red Tomato Tools (Chopra & Meindl, Supply Chain Management, aggregate planning) as a folder of CSVs."""


def sop_xl(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sop_xl.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def red_tomato(folder: Path, **settings: str) -> Path:
    folder.mkdir()
    lines = ["setting,value", *(f"{name},{value}" for name, value in settings.items())]
    for name, text in {**CASES, "settings": "\n".join(lines)}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("integer", "cost"), [("no", 422_275), ("yes", 422_660)])
def test_red_tomato_tools_costs_what_the_book_says(tmp_path: Path, integer: str, cost: int) -> None:
    inputs = red_tomato(tmp_path / "in", objective="cost", integer_workforce=integer)
    done = sop_xl("plan", inputs, "--out", tmp_path / "plan.json")
    assert done.returncode == 0, done.stderr
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert plan["status"] == "optimal"
    assert plan["objective"] == pytest.approx(cost, abs=0.01)
    assert plan["kpis"]["total_cost"] == pytest.approx(cost, abs=0.01)
    assert {"status", "objective", "kpis", "gaps", "tables"} <= set(plan)
    people = plan["tables"]["workforce_plan"]
    if integer == "yes":
        assert all(row["workers"] == pytest.approx(round(row["workers"]), abs=1e-6) for row in people)


def test_a_plan_is_simulated_with_its_cautious_brother(tmp_path: Path) -> None:
    inputs = red_tomato(tmp_path / "in", demand_spread="0.3")
    done = sop_xl("simulate", inputs, "--paths", 500, "--cautious", "--out", tmp_path / "found.json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("The simulation is not tested on your past")
    assert "No demand has a forecast range" in done.stderr and "30% below and above" in done.stderr
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    plans = {row["scenario"]: row for row in found["simulation"]}
    assert set(plans) == {"base", "cautious"} and plans["base"]["paths"] == 500
    assert all(row["margin_p10"] < row["margin_p90"] for row in plans.values())
    assert found["cautious_decisions"][0]["period"] == "2026-01-01"


def test_red_tomato_tools_costs_the_same_from_workbooks(tmp_path: Path) -> None:
    inputs, issues = planning_inputs(read_folder(red_tomato(tmp_path / "csv", objective="cost")))
    assert inputs is not None and not issues
    (tmp_path / "books").mkdir()
    for function in ("data", "product", "operations", "finance"):
        write_book(function, BookContent(inputs.tables, inputs.calendar), tmp_path / "books" / f"{function}.xlsx")
    done = sop_xl("plan", tmp_path / "books", "--out", tmp_path / "plan.json")
    assert done.returncode == 0, done.stderr
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert plan["objective"] == pytest.approx(422_275, abs=0.01)


def test_the_profit_of_red_tomato_tools_is_revenue_less_cost(tmp_path: Path) -> None:
    inputs = red_tomato(tmp_path / "in")
    done = sop_xl("plan", inputs, "--out", tmp_path / "plan.json")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "plan.json").read_text())["objective"] == pytest.approx(217_725, abs=0.01)


def test_a_plan_is_written_as_a_workbook_too(tmp_path: Path) -> None:
    done = sop_xl("plan", red_tomato(tmp_path / "in", objective="cost"), "--out", tmp_path / "plan.xlsx")
    assert done.returncode == 0, done.stderr
    assert "422,275" in done.stdout
    sheets = pd.ExcelFile(tmp_path / "plan.xlsx", engine="calamine").sheet_names
    assert {"Cover", "Dashboard", "Data InventoryPlan"} <= set(sheets)


def test_scenarios_are_compared_with_one_recommended(tmp_path: Path) -> None:
    done = sop_xl("scenarios", red_tomato(tmp_path / "in", objective="cost"), "--out", tmp_path / "all.json")
    assert done.returncode == 0, done.stderr
    cycle = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    compared = cycle["tables"]["scenario_comparison"]
    assert {"base", "demand-up", "demand-down", "line-down Assembly"} <= {row["scenario"] for row in compared}
    assert [row["scenario"] for row in compared if row["recommended"]] == [cycle["recommendation"]["scenario"]]
    assert cycle["scenarios"]["base"]["objective"] == pytest.approx(422_275, abs=0.01)


def test_errors_of_the_data_are_listed_with_their_cells_and_end_with_1(tmp_path: Path) -> None:
    inputs = red_tomato(tmp_path / "in")
    (inputs / "routings.csv").write_text("product,resource,hours_per_unit\nTool,Assembly,four\nTol,Assembly,4\n")
    (inputs / "inventry.csv").write_text("product,on_hand\nTool,1\n")
    done = sop_xl("plan", inputs, "--out", tmp_path / "plan.json")
    assert done.returncode == 1
    assert not (tmp_path / "plan.json").exists()
    said = done.stderr
    assert "routings.csv · hours_per_unit:2 (routings): Hours per unit is 'four', which is not a number." in said
    assert "Family/SKU 'Tol' is not known. Did you mean 'Tool'?" in said
    assert "'inventry.csv' is not the name of an input table. Did you mean inventory.csv?" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan",),
        ("plan", ".", "--out", "plan.pdf"),
        ("plan", "nowhere", "--out", "plan.json"),
        ("forecast", "pyproject.toml", "--out", "f.csv"),
        ("unknown",),
        ("serve", "--port", "99999"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    done = sop_xl(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_any_long_table_is_forecast(tmp_path: Path, ending: str) -> None:
    months = pd.date_range("2020-01-01", periods=48, freq="MS")
    table = pd.DataFrame(
        {"unique_id": "A", "ds": months, "y": [100 + 10 * (day.month in (6, 7)) + i for i, day in enumerate(months)]}
    )
    source, out = tmp_path / f"in.{ending}", tmp_path / f"out.{ending}"
    if ending == "csv":
        table.to_csv(source, index=False)
    elif ending == "parquet":
        table.to_parquet(source)
    else:
        table.to_excel(source, index=False)
    done = sop_xl("forecast", source, "--horizon", 6, "--out", out)
    assert done.returncode == 0, done.stderr
    reader = {"csv": pd.read_csv, "parquet": pd.read_parquet, "xlsx": pd.read_excel}[ending]
    found = reader(out)
    assert list(found.columns) == ["unique_id", "ds", "forecast", "p2_5", "p10", "p50", "p90", "p97_5", "method"]
    assert pd.to_datetime(found["ds"]).tolist() == list(pd.date_range("2024-01-01", periods=6, freq="MS"))
    assert ((found["p10"] <= found["p50"]) & (found["p50"] <= found["p90"])).all()


def test_a_forecast_of_bad_rows_says_which(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("unique_id,ds,y\nA,2020-01,5\nA,soon,6\nA,2020-03,many\n")
    done = sop_xl("forecast", tmp_path / "in.csv", "--horizon", 3, "--out", tmp_path / "out.csv")
    assert done.returncode == 1
    assert "soon" in done.stderr and "many" in done.stderr and "Traceback" not in done.stderr


def test_the_example_folder_is_planned(tmp_path: Path) -> None:
    assert sop_xl("templates", "example", tmp_path / "example").returncode == 0
    done = sop_xl("plan", tmp_path / "example", "--out", tmp_path / "plan.json")
    assert done.returncode == 0, done.stderr
    again = sop_xl("templates", "example", tmp_path / "example")
    assert again.returncode == 2 and "not empty" in again.stderr


def test_a_folder_of_workbooks_is_planned(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parent.parent
    done = sop_xl("plan", root / "workbook_templates", "--out", tmp_path / "plan.json")
    assert done.returncode == 0, done.stderr
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert plan["status"] == "optimal" and len(plan["tables"]["profit_and_loss"]) > 0


def test_the_templates_committed_are_those_of_the_schema(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parent.parent
    done = sop_xl("templates", "check", "--dir", root / "workbook_templates")
    assert done.returncode == 0, done.stderr


def test_help_answers_at_once() -> None:
    """CPU time of the command itself, best of three: the machine may be busy."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        assert sop_xl("--help").returncode == 0
        times.append(time.perf_counter() - start)
    assert min(times) < 0.4
