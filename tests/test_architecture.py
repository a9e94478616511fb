"""The house: imports run one way, heavy libraries come late, and nothing of a paid licence is touched."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_imports_run_one_way() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_the_command_line_loads_no_heavy_library_before_it_works() -> None:
    code = "import sys, sop_xl.cli; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pandas", "numpy", "statsforecast", "lightgbm", "pulp", "openpyxl", "flask", "server"} & set(loaded)


def test_the_excel_face_needs_no_flask_and_the_server_none_of_the_command_line() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    excel = re.search(r"excel = \[(.*?)\]", text, re.S)
    assert excel and "lask" not in excel[1]
    for path in (ROOT / "server").rglob("*.py"):
        assert not re.search(r"(from|import) sop_xl\.(cli|demo)\b", path.read_text(encoding="utf-8")), path


def test_only_the_open_part_of_xlwings_is_used() -> None:
    sources = [p for folder in ("sop_xl", "server") for p in (ROOT / folder).rglob("*.py")]
    assert sources
    for path in sources:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"xlwings\.pro|XLWINGS_LICENSE_KEY|LICENSE_KEY", text), path
