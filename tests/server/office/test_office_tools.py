"""Microsoft's own tools judge the add-in: manifest and functions against their schemas, scripts against their types.

They are npm packages (``tests/server/office/node/package.json``), installed by ``.ci/run`` or by
``npm install --prefix tests/server/office/node``; nothing of them is shipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from server.office.manifest import manifest_xml
from server.office.metadata import functions_json
from sop_xl.capabilities import BUTTONS, CELL_FUNCTIONS

HERE = Path(__file__).parent / "node"
MODULES = Path(os.environ.get("SOP_XL_NODE_MODULES") or HERE / "node_modules")
SCRIPTS = Path(__file__).resolve().parents[3] / "server" / "static" / "office"
BASE = "https://plan.example.com"
pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js on this machine"),
    pytest.mark.skipif(not MODULES.is_dir(), reason="the npm packages of tests/server/office/node are not installed"),
]


def judged(folder: Path, manifest: bytes, functions: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Run the judge on a manifest and a list of functions."""
    (folder / "manifest.xml").write_bytes(manifest)
    (folder / "functions.json").write_text(json.dumps(functions), encoding="utf-8")
    command = ["node", str(HERE / "check_manifest.js"), "manifest.xml", "functions.json", "out"]
    environment = {**os.environ, "NODE_PATH": str(MODULES)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_manifest_and_functions_have_no_finding(tmp_path: Path) -> None:
    done = judged(tmp_path, manifest_xml(BASE), functions_json(BASE))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["findings"] == []
    assert found["tab"] == "S&OP"
    assert [name for name in found["commands"] if name in BUTTONS] == sorted(BUTTONS, key=found["commands"].index)
    assert len(found["commands"]) == len(BUTTONS) + 1
    assert ["long", f"{BASE}/office/taskpane"] in found["runtimes"]
    assert found["functions"] == len(CELL_FUNCTIONS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"https://plan.example.com/office/taskpane", b"http://plan.example.com/office/taskpane"),
        (b"<Id>", b"<Id>no-"),
        (b"</CustomTab>", b""),
    ],
    ids=["not https", "id", "not XML"],
)
def test_the_judge_finds_what_is_wrong(tmp_path: Path, old: bytes, new: bytes) -> None:
    right = manifest_xml(BASE)
    assert old in right
    done = judged(tmp_path, right.replace(old, new), functions_json(BASE))
    assert done.returncode != 0 or json.loads(done.stdout.splitlines()[-1])["findings"]


def test_the_judge_finds_a_wrong_function(tmp_path: Path) -> None:
    functions = functions_json(BASE)
    functions["functions"][0]["name"] = "F"
    functions["functions"][1]["parameters"][0]["description"] = "x" * 600
    done = judged(tmp_path, manifest_xml(BASE), functions)
    assert len(json.loads(done.stdout.splitlines()[-1])["findings"]) == 2


def typed(folder: Path, scripts: str) -> subprocess.CompletedProcess[str]:
    """Check scripts against the types of Office.js."""
    options = {
        **{"allowJs": True, "checkJs": True, "noEmit": True, "strict": True, "noImplicitAny": False},
        **{"target": "es2022", "module": "es2022", "moduleResolution": "bundler", "skipLibCheck": True},
        "lib": ["es2023", "dom", "dom.iterable"],
        "types": ["office-js", "custom-functions-runtime"],
        "typeRoots": [str(MODULES / "@types")],
    }
    config = folder / "tsconfig.json"
    config.write_text(json.dumps({"compilerOptions": options, "include": [scripts]}), encoding="utf-8")
    command = [str(MODULES / ".bin" / "tsc"), "-p", str(config)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_scripts_use_office_js_as_its_types_say(tmp_path: Path) -> None:
    done = typed(tmp_path, f"{SCRIPTS}/*.js")
    assert done.returncode == 0, done.stdout[-4000:]


def test_a_method_that_office_js_does_not_have_is_found(tmp_path: Path) -> None:
    wrong = 'void Excel.run(async (context) => context.workbook.worksheets.getSheet("Forecast"));'
    (tmp_path / "wrong.js").write_text(wrong, encoding="utf-8")
    done = typed(tmp_path, "wrong.js")
    assert done.returncode != 0 and "getSheet" in done.stdout
