"""A static analyser of VBA, another independent reader of the file, finds no mistake in the code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from sop_xl.excel.addin.building import build

ANALYSER = Path(sys.executable).parent / "pyvbaanalysis"
OF_XLWINGS = {"xlwings", "xlwings_udfs", "Dictionary"}


def analysed(path: Path) -> list[tuple[str, str, str]]:
    """Return module, severity and code of each finding."""
    done = subprocess.run([ANALYSER, "--format", "json", path], capture_output=True, text=True, check=False, timeout=60)
    return [
        (module["module"], finding["severity"], finding["code"])
        for project in json.loads(done.stdout)
        for module in project["modules"]
        for finding in module["diagnostics"]
    ]


def test_no_errors_and_in_our_own_modules_not_even_a_remark(tmp_path):
    build(tmp_path)
    found = analysed(tmp_path / "sop_xl.xlam")
    assert [finding for finding in found if finding[1] == "error"] == []
    assert [finding for finding in found if finding[0] not in OF_XLWINGS] == []


def test_the_analyser_would_find_a_call_of_nothing(tmp_path):
    build(tmp_path)
    start = tmp_path / "addin" / "SopStart.bas"
    start.write_text(start.read_text("utf-8").replace("RunPython ", "RunPithon "), "utf-8")
    assert ("SopStart", "error", "unknown-call") in analysed(tmp_path / "addin")
