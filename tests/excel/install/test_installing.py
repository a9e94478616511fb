"""Installing for one user, on the folders of Windows and of a Mac; nothing is left behind half done."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from sop_xl.cli import cli
from sop_xl.excel.addin.building import INTERPRETER_MAC, INTERPRETER_WINDOWS, build_addin
from sop_xl.excel.addin.xlwings_module import apple_script
from sop_xl.excel.install import places as places_module
from sop_xl.excel.install.installing import install, uninstall
from sop_xl.excel.install.vba_settings import read_vba_settings
from sop_xl.excel.settings import UserSettings, read_settings, settings_path, write_settings
from sop_xl.model.issue import InputErrors

from .computers import computer, make_environment


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    """Keep the settings of the test in a folder of its own."""
    monkeypatch.setenv("SOP_XL_CONFIG", str(tmp_path / "config" / "settings.toml"))
    monkeypatch.delenv("SOP_XL_TOKEN", raising=False)


def test_on_windows_the_add_in_lies_in_excels_start_folder(tmp_path):
    there = computer("windows", tmp_path)
    install(there, {"inputs_folder": "plans"}, python=make_environment(there))
    addin = tmp_path / "Users/planner/AppData/Roaming/Microsoft/Excel/XLSTART/sop_xl.xlam"
    assert addin.read_bytes() == build_addin()
    assert read_settings() == UserSettings(inputs_folder="plans", python=str(there.interpreter))


def test_the_add_in_is_told_the_interpreter_without_the_users_name(tmp_path):
    """Names of people have letters that VBA reads in another code page; the variable has none."""
    for system, key, text in (
        ("windows", "INTERPRETER_WIN", INTERPRETER_WINDOWS),
        ("macos", "INTERPRETER_MAC", INTERPRETER_MAC),
    ):
        there = computer(system, tmp_path / system / "Jürgen")
        install(there, python=make_environment(there))
        assert read_vba_settings(there.vba_settings) == {key: text}
        assert there.expanded(text) == there.interpreter


def test_the_settings_of_the_add_in_are_written_as_vba_reads_them(tmp_path):
    windows, mac = computer("windows", tmp_path / "w"), computer("macos", tmp_path / "m")
    install(windows, python=make_environment(windows))
    install(mac, python=make_environment(mac))
    assert windows.vba_settings.read_bytes() == f'"INTERPRETER_WIN","{INTERPRETER_WINDOWS}"\r\n'.encode()
    assert mac.vba_settings.read_bytes() == f'"INTERPRETER_MAC","{INTERPRETER_MAC}"\n'.encode()


def test_on_a_mac_excel_also_gets_its_script(tmp_path):
    there = computer("macos", tmp_path)
    install(there, python=make_environment(there))
    home = tmp_path / "Users/planner/Library"
    script = home / "Application Scripts/com.microsoft.Excel/sop_xl.applescript"
    assert script.read_text("utf-8") == apple_script()
    startup = home / "Group Containers/UBF8T346G9.Office/User Content.localized/Startup.localized/Excel"
    assert (startup / "sop_xl.xlam").exists()


def test_a_python_that_opens_no_window_is_preferred_on_windows(tmp_path):
    there = computer("windows", tmp_path)
    make_environment(there)
    install(there, python=there.interpreter.with_name("python.exe"))
    assert read_settings().python == str(there.interpreter)


def test_on_linux_it_says_what_it_cannot_do(tmp_path):
    steps = install(computer("linux", tmp_path), {"server_url": "https://planning.example"})
    assert [step.what for step in steps] == [
        "settings",
        "There is no desktop Excel on this system, so no add-in was installed; the settings were written.",
    ]
    assert read_settings().server_url == "https://planning.example"


def test_installing_again_keeps_settings_that_are_not_given(tmp_path):
    there = computer("windows", tmp_path)
    write_settings(UserSettings("https://planning.example", "token-of-the-planner"))
    make_environment(there)
    install(there, {"inputs_folder": "C:/inputs"})
    install(there, {"server_url": "https://plans.example"})
    kept = read_settings()
    assert (kept.server_url, kept.token) == ("https://plans.example", "token-of-the-planner")
    assert kept.inputs_folder == "C:/inputs"


def test_a_signed_add_in_is_taken_as_it_is(tmp_path):
    there = computer("windows", tmp_path)
    install(there, addin=b"signed", python=make_environment(there))
    assert (there.addins / "sop_xl.xlam").read_bytes() == b"signed"


def test_where_the_add_in_cannot_be_replaced_the_old_one_stays_and_the_remedy_is_said(tmp_path):
    there = computer("windows", tmp_path)
    there.addins.mkdir(parents=True)
    (there.addins / "sop_xl.xlam").mkdir()  # stands for a file that Excel holds: it cannot be replaced
    with pytest.raises(InputErrors, match="Close Excel and try again"):
        install(there, python=make_environment(there))
    assert [path.name for path in there.addins.iterdir()] == ["sop_xl.xlam"]


def test_an_interpreter_that_vba_would_misread_is_refused(tmp_path):
    there = computer("windows", tmp_path)
    with pytest.raises(InputErrors, match="Excel cannot read the path"):
        install(there, python=tmp_path / "Programme für alle" / "python.exe")
    assert not (there.addins / "sop_xl.xlam").exists()


@pytest.mark.parametrize("system", ["windows", "macos"])
def test_uninstalling_removes_what_installing_brought(tmp_path, system):
    there = computer(system, tmp_path)
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    install(there, {"inputs_folder": "plans"})
    uninstall(there)
    assert {path for path in tmp_path.rglob("*") if path.is_file()} - before == {settings_path()}
    uninstall(there, forget=True)
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == before
    assert uninstall(there, forget=True) == []


def test_the_command_line_installs_and_uninstalls(tmp_path, monkeypatch):
    monkeypatch.setattr(places_module, "this_system", lambda: "macos")
    monkeypatch.setenv("HOME", str(tmp_path))
    arguments = ["excel", "install", "--server", "https://planning.example", "--ask-token"]
    done = CliRunner().invoke(cli, [*arguments, "--inputs", str(tmp_path)], input="secret-token-of-mine\n")
    assert done.exit_code == 0, done.output
    assert "secret" not in done.output
    assert "add-in: " in done.output
    settings = read_settings()
    assert (settings.token, settings.server_url) == ("secret-token-of-mine", "https://planning.example")
    assert settings.inputs_folder == str(tmp_path)
    gone = CliRunner().invoke(cli, ["excel", "uninstall", "--forget"])
    assert gone.exit_code == 0
    assert "removed: " in gone.output
    assert "Nothing was installed" in CliRunner().invoke(cli, ["excel", "uninstall"]).output


def test_the_token_may_come_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setattr(places_module, "this_system", lambda: "linux")
    monkeypatch.setenv("SOP_XL_TOKEN", "token-from-deployment")
    assert CliRunner().invoke(cli, ["excel", "install"]).exit_code == 0
    assert read_settings().token == "token-from-deployment"
