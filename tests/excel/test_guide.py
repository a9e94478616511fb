"""The guide of the Excel face names every button, function, file and command there is."""

from __future__ import annotations

import re
from pathlib import Path

import platformdirs.macos
import platformdirs.windows
import pytest
from click.testing import CliRunner

from sop_xl.capabilities import BUTTONS, CELL_FUNCTIONS
from sop_xl.cli import cli
from sop_xl.excel.addin.building import ADDIN_NAME
from sop_xl.excel.addin.xlwings_module import APPLE_SCRIPT
from sop_xl.excel.guide import filled
from sop_xl.excel.install.places import places

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "excel.md").read_text("utf-8")
SMOKE_TEST = GUIDE[GUIDE.index("## Smoke test of a release") :]


def test_the_tables_are_those_of_the_catalogue():
    assert filled(GUIDE) == GUIDE


def test_a_table_that_lacks_a_button_is_made_anew():
    lacking = GUIDE.replace("| Cycle | **Submit** |", "| Cycle | **Send** |")
    assert lacking != GUIDE
    assert filled(lacking) == GUIDE
    with pytest.raises(ValueError, match="no place for the table of functions"):
        filled(GUIDE.replace("<!-- functions -->", ""))


@pytest.mark.parametrize("button", BUTTONS.values(), ids=BUTTONS)
def test_a_person_checks_every_button_by_hand(button):
    """Each label stands in the column of steps of the smoke test."""
    steps = " ; ".join(re.findall(r"^\| \d+ \| (.*?) \|", SMOKE_TEST, re.MULTILINE))
    assert re.search(rf"\b{re.escape(button.label)}\b", steps)


def test_every_function_is_in_the_guide():
    assert [function.excel_name for function in CELL_FUNCTIONS.values() if function.excel_name not in GUIDE] == []


def test_the_files_are_where_the_guide_says():
    windows = places("windows", {"USERPROFILE": "/p", "LOCALAPPDATA": "/p/l", "APPDATA": "/p/r"}, Path("/p"))
    mac = places("macos", {}, Path("/home"))
    for there, path in (
        (windows, windows.addins / ADDIN_NAME),
        (windows, windows.program / "venv"),
        (windows, windows.vba_settings),
        (mac, mac.addins / ADDIN_NAME),
        (mac, mac.program / "venv"),
        (mac, mac.vba_settings),
        (mac, mac.scripts / APPLE_SCRIPT),
    ):
        assert f"| `{there.shortened(path).replace('$HOME', '~')}` |" in GUIDE


def test_settings_and_log_are_where_the_guide_says(monkeypatch):
    windows = platformdirs.windows.Windows("sop_xl", appauthor=False, roaming=False)
    monkeypatch.setattr(platformdirs.windows, "get_win_folder", lambda _: r"%LOCALAPPDATA%")
    for folder, file in ((windows.user_config_dir, "settings.toml"), (windows.user_log_dir, "excel.log")):
        assert rf"| `{folder}\{file}` |".replace("/", "\\") in GUIDE
    mac = platformdirs.macos.MacOS("sop_xl", appauthor=False)
    for folder, file in ((mac.user_config_dir, "settings.toml"), (mac.user_log_dir, "excel.log")):
        assert f"| `{folder.replace(str(Path.home()), '~')}/{file}` |" in GUIDE


def test_the_commands_of_the_guide_exist():
    named = set(re.findall(r"sop-xl excel (\w+)", GUIDE))
    assert named == {"build", "check", "install", "doctor"}
    for command in (*named, "uninstall"):
        assert CliRunner().invoke(cli, ["excel", command, "--help"]).exit_code == 0


def test_links_within_the_guide_lead_somewhere():
    headings = {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in re.findall(r"^## (.*)$", GUIDE, re.M)}
    assert set(re.findall(r"\]\(#([\w-]+)\)", GUIDE)) <= headings


def test_check_finds_a_guide_that_lists_other_buttons(tmp_path):
    guide = tmp_path / "guide.md"
    guide.write_text(GUIDE.replace("| Cycle | **Submit** |", "| Cycle | **Send** |"), "utf-8")
    arguments = ["--dir", str(tmp_path), "--guide", str(guide)]
    assert "lists other buttons" in str(CliRunner().invoke(cli, ["excel", "check", *arguments]).exception)
    CliRunner().invoke(cli, ["excel", "build", *arguments])
    assert CliRunner().invoke(cli, ["excel", "check", *arguments]).exit_code == 0
    assert guide.read_text("utf-8") == GUIDE
