"""The catalogue is what every face offers: cell functions, add-in, ribbon, Office.js, REST, command line and docs."""

from __future__ import annotations

import inspect
import io
import re
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

from click.testing import CliRunner

from server.office.manifest import manifest_xml
from server.office.metadata import functions_json
from sop_xl.capabilities import BUTTONS, CELL_FUNCTIONS
from sop_xl.cli import cli
from sop_xl.excel import macros, ribbon, udfs
from sop_xl.functions.describing import describe

ROOT = Path(__file__).resolve().parent.parent
ADDIN = ROOT / "workbook_templates" / "addin"
BASE = "https://plan.example.com"


def test_cell_functions_are_the_same_everywhere() -> None:
    wanted = list(CELL_FUNCTIONS)
    offered = [name for name, value in vars(udfs).items() if name.startswith("SOP_") and callable(value)]
    wrapped = re.findall(r"^(?:Public )?Function (\w+)\(", (ADDIN / "xlwings_udfs.bas").read_text("cp1252"), re.M)
    documented = re.findall(r"^## (\w+)$", (ROOT / "docs" / "cell-functions.md").read_text(encoding="utf-8"), re.M)
    assert offered == [f"SOP_{name}" for name in wanted]
    assert sorted(wrapped) == sorted(f"SOP_{name}" for name in wanted)
    assert [each["id"] for each in functions_json(BASE)["functions"]] == wanted
    assert documented == wanted
    assert re.findall(r"^([A-Z]+) ", CliRunner().invoke(cli, ["call"]).output, re.M) == wanted


def test_their_arguments_are_the_same_everywhere() -> None:
    for name, function in CELL_FUNCTIONS.items():
        wanted = [argument.name for argument in describe(name).arguments]
        assert list(inspect.signature(function.load()).parameters) == wanted
        assert list(inspect.signature(getattr(udfs, f"SOP_{name}")).parameters) == wanted
        listed = next(each for each in functions_json(BASE)["functions"] if each["id"] == name)
        assert [parameter["name"] for parameter in listed["parameters"]] == wanted


def test_buttons_are_the_same_everywhere() -> None:
    wanted = list(BUTTONS)
    callbacks = re.findall(r'^    SopRun "(\w+)"', (ADDIN / "SopRibbon.bas").read_text("cp1252"), re.M)
    drawn = ET.parse(ADDIN / "customUI14.xml").iter("{http://schemas.microsoft.com/office/2009/07/customui}button")
    documented = (ROOT / "docs" / "excel.md").read_text(encoding="utf-8")
    pressed = CliRunner().invoke(cli, ["press", "--help"]).output
    commands = [e.text for e in ET.fromstring(manifest_xml(BASE)).iter() if e.tag.endswith("FunctionName")]
    assert callbacks == wanted
    assert [button.get("onAction") for button in drawn] == [f"SopPress_{name}" for name in wanted]
    assert commands == wanted
    for name, button in BUTTONS.items():
        assert list(inspect.signature(getattr(macros, name)).parameters) == ["book"]
        assert callable(getattr(ribbon, name))
        assert name in re.sub(r"\s", "", pressed)
        assert button.label in documented


def test_the_add_in_file_holds_the_ribbon_of_its_sources() -> None:
    with zipfile.ZipFile(io.BytesIO((ROOT / "workbook_templates" / "sop_xl.xlam").read_bytes())) as package:
        part = next(name for name in package.namelist() if name.endswith("customUI14.xml"))
        assert package.read(part) == (ADDIN / "customUI14.xml").read_bytes()
