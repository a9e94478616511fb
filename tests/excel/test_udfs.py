"""The cell functions of desktop Excel: wrappers that say and take what the catalogue says, and give its numbers."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys

import pytest

from sop_xl.capabilities import CELL_FUNCTIONS
from sop_xl.excel import udfs
from sop_xl.functions.calling import call
from sop_xl.functions.describing import describe

OFFERED = """
import importlib, json, sys, types
for name in ("pythoncom", "pywintypes", "win32com", "win32com.client"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["pythoncom"].CoInitialize = lambda: None
sys.modules["pywintypes"].com_error = type("com_error", (Exception,), {})
sys.modules["win32com.client"].Dispatch = lambda *_, **__: None
import xlwings
from xlwings import udfs as desktop
xlwings.func, xlwings.arg, xlwings.ret = desktop.xlfunc, desktop.xlarg, desktop.xlret
module = importlib.import_module("sop_xl.excel.udfs")
print(json.dumps([getattr(module, name).__xlfunc__ for name in dir(module) if name.startswith("SOP_")]))
"""
"""What xlwings would tell Excel on Windows; only the Windows libraries are stand-ins."""


@pytest.fixture(scope="module")
def offered() -> dict[str, dict]:
    """Return what xlwings knows of every function on Windows."""
    done = subprocess.run([sys.executable, "-c", OFFERED], capture_output=True, text=True, check=True)
    return {entry["name"]: entry for entry in json.loads(done.stdout)}


def test_every_function_of_the_catalogue_is_offered_and_no_other(offered: dict[str, dict]) -> None:
    assert set(offered) == {function.excel_name for function in CELL_FUNCTIONS.values()}


@pytest.mark.parametrize("name", CELL_FUNCTIONS)
def test_arguments_and_help_are_those_of_the_catalogue(name: str, offered: dict[str, dict]) -> None:
    told, described = offered[f"SOP_{name}"], describe(name)
    assert told["category"] == "S&OP" and told["ret"]["doc"] == described.summary
    assert not told["volatile"] and "expand" not in told["ret"]["options"]
    assert [argument["name"] for argument in told["args"]] == [argument.name for argument in described.arguments]
    for argument, description in zip(told["args"], described.arguments, strict=True):
        assert argument["doc"] == description.help
        assert ("optional" in argument) == description.optional and argument.get("optional") is None
        assert argument["options"].get("err_to_str") is True and "convert" not in argument["options"]
        assert argument["options"].get("ndim") == (2 if description.kind in ("range", "any") else None)


@pytest.mark.parametrize("name", CELL_FUNCTIONS)
def test_every_wrapper_hands_its_arguments_on_in_order(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list = []
    monkeypatch.setattr(udfs, "call", lambda *given: seen.append(given))
    wrapper = getattr(udfs, f"SOP_{name}")
    count = len(inspect.signature(wrapper).parameters)
    wrapper(*range(count))
    assert seen == [(name, list(range(count)))]


def test_a_wrapper_gives_the_number_of_the_catalogue() -> None:
    history = [[float(100 + month)] for month in range(30)]
    assert udfs.SOP_FORECAST(history, 3.0) == call("FORECAST", [history, 3])
    assert udfs.SOP_COVER([[250.0]], [[100.0, 100.0, 100.0]]) == 2.5


def test_the_wrappers_load_none_of_the_engine() -> None:
    """xlwings itself loads numpy and pandas; the models and the solver come with the first call that needs them."""
    code = "import sys, sop_xl.excel.udfs; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"statsforecast", "lightgbm", "pulp", "highspy", "scipy", "requests", "openpyxl", "xlsxwriter"} & set(
        loaded
    )
