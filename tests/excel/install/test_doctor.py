"""Check setup: each thing that can be wrong is found, and the remedy is said."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
import xlwings
from click.testing import CliRunner
from werkzeug.serving import make_server

from server.app import create_app
from server.context import EXTENSION, ServerConfig
from sop_xl import __version__
from sop_xl.cli import cli
from sop_xl.excel.addin.building import build_addin
from sop_xl.excel.install import addin_checks as addin_checks_module
from sop_xl.excel.install import places as places_module
from sop_xl.excel.install.addin_checks import addin_checks
from sop_xl.excel.install.doctor import SetupCheck, check_setup, worst
from sop_xl.excel.install.installing import install
from sop_xl.excel.install.setup_check import command
from sop_xl.excel.settings import UserSettings, settings_path, write_settings

from .computers import computer, make_environment


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    """Keep the settings of the test in a folder of its own."""
    monkeypatch.setenv("SOP_XL_CONFIG", str(tmp_path / "config" / "settings.toml"))


@pytest.fixture
def windows(tmp_path, monkeypatch):
    """Return a Windows computer on which everything is installed and run by the Python that checks."""
    there = computer("windows", tmp_path)
    interpreter = make_environment(there)
    addin = build_addin()
    monkeypatch.setattr(sys, "executable", str(interpreter))
    install(there, addin=addin)
    return there


def checked(there, settings: UserSettings | None = None, **arguments) -> dict[str, SetupCheck]:
    """Return the checks by name; the server answers well unless something else is given."""
    if settings is not None:
        write_settings(settings)
    arguments.setdefault("ask_server", lambda _: [SetupCheck("Server", "ok", "there")])
    return {check.what: check for check in check_setup(there, **arguments)}


def test_where_all_is_well_nothing_is_to_be_done(windows):
    checks = checked(windows)
    assert [(check.what, check.state) for check in checks.values() if check.state != "ok"] == []
    assert list(checks) == [
        "Python",
        "S&OP package",
        "xlwings",
        "Settings",
        "Excel",
        "Add-in",
        "Python that Excel starts",
        "Library for Excel",
        "Server",
        "Folder of inputs",
        "Log",
    ]


def test_every_finding_that_is_not_ok_has_a_remedy(tmp_path):
    broken = checked(computer("windows", tmp_path), python=(3, 10, 2), ask_server=None)
    assert broken["Python"].state == "error"
    assert broken["Add-in"].state == "error"
    assert broken["Python that Excel starts"].state == "error"
    assert all(check.remedy for check in broken.values() if check.state != "ok")


def test_an_add_in_of_another_version_is_found(windows, monkeypatch):
    monkeypatch.setattr("sop_xl.excel.install.addin_checks.__version__", "9.9.9")
    check = checked(windows)["Add-in"]
    assert check.state == "error"
    assert f"is of version {__version__}" in check.found
    assert "Python has 9.9.9" in check.remedy


def test_a_damaged_add_in_is_found(windows):
    (windows.addins / "sop_xl.xlam").write_bytes(b"PK\x03\x04 cut off")
    check = checked(windows)["Add-in"]
    assert (check.state, "damaged" in check.found) == ("error", True)


def test_an_add_in_that_excel_blocks_as_coming_from_the_internet_is_found(windows):
    Path(f"{windows.addins / 'sop_xl.xlam'}:Zone.Identifier").write_text("[ZoneTransfer]\nZoneId=3\n")
    check = checked(windows)["Add-in"]
    assert check.state == "error"
    assert "Unblock" in check.remedy


def test_a_second_copy_of_the_add_in_is_found(windows):
    windows.other_addins[0].mkdir(parents=True)
    (windows.other_addins[0] / "sop_xl.xlam").touch()
    assert checked(windows)["Second copy of the add-in"].state == "warning"


def test_an_interpreter_that_is_gone_or_another_one_is_found(windows, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "elsewhere" / "python.exe"))
    assert "not the Python that runs this check" in checked(windows)["Python that Excel starts"].found
    windows.interpreter.unlink()
    assert checked(windows)["Python that Excel starts"].state == "error"


def test_broken_settings_of_the_add_in_are_found(windows):
    windows.vba_settings.write_text('"INTERPRETER_WIN"\n')
    assert checked(windows)["Python that Excel starts"].state == "error"


def test_a_missing_library_is_found(windows):
    next(windows.interpreter.parent.parent.glob("xlwings64-*.dll")).unlink()
    assert checked(windows)["Library for Excel"].state == "error"


def test_a_python_without_xlwings_is_told_to_install_again(windows, monkeypatch):
    def absent(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(addin_checks_module, "version", absent)
    found = [check for check in addin_checks(windows) if check.state == "error"]
    assert any("xlwings not installed" in check.remedy for check in found)


def test_on_a_mac_the_script_is_checked_and_the_limits_are_said(tmp_path):
    there = computer("macos", tmp_path)
    assert checked(there)["Script that starts Python"].state == "error"
    install(there, python=make_environment(there))
    checks = checked(there)
    assert checks["Script that starts Python"].state == "ok"
    assert "cell functions of the desktop need Windows" in checks["Limits of Excel for Mac"].found
    assert "Library for Excel" not in checks


def test_on_linux_what_to_use_instead_is_said(tmp_path):
    check = checked(computer("linux", tmp_path))["Excel"]
    assert check.state == "warning"
    assert "press BUTTON BOOK.xlsx" in check.remedy


def test_the_paid_part_of_xlwings_is_found(windows, monkeypatch):
    monkeypatch.setattr(xlwings, "__pro__", True)
    assert checked(windows)["xlwings"].state == "warning"


def test_broken_settings_are_found_and_the_rest_is_still_checked(windows):
    settings_path().write_text("server_url = 7\n")
    checks = checked(windows)
    assert checks["Settings"].state == "error"
    assert "Server" not in checks
    assert checks["Log"].state == "ok"


def test_settings_that_others_may_read_are_found(windows):
    settings_path().chmod(0o644)
    assert "chmod 600" in checked(windows)["Settings"].remedy


def test_the_folder_of_inputs_is_looked_into(windows, tmp_path):
    folder = tmp_path / "inputs"
    settings = UserSettings(inputs_folder=str(folder))
    assert checked(windows, settings)["Folder of inputs"].state == "error"
    folder.mkdir()
    assert checked(windows, settings)["Folder of inputs"].state == "warning"
    (folder / "operations.xlsx").touch()
    assert checked(windows, settings)["Folder of inputs"].found == f"{folder}, 1 file"


def test_a_log_that_cannot_be_written_is_found(windows):
    log = settings_path().parent / "log"
    log.write_text("a file where the folder should be")
    assert checked(windows)["Log"].state == "warning"


@contextmanager
def server(status: int, body: str, wanted: str = "") -> Iterator[str]:
    """Run a server on this machine that answers as given; with `wanted`, only to that token."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            refused = wanted and self.headers.get("Authorization") != f"Bearer {wanted}"
            self.send_response(401 if refused else status)
            self.end_headers()
            self.wfile.write(b"" if refused else body.encode())

        def log_message(self, *_: object) -> None:
            pass

    running = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


OURS = f'{{"info": {{"title": "S&OP calculation server", "version": "{__version__}"}}}}'


@pytest.mark.parametrize(
    ("status", "body", "wanted", "token", "expected"),
    [
        (200, OURS, "", "", {"Server": "ok", "Token": "ok"}),
        (200, OURS, "good-token-1234", "good-token-1234", {"Server": "ok", "Token": "ok"}),
        (200, OURS, "good-token-1234", "bad", {"Server": "ok", "Token": "error"}),
        (200, OURS, "good-token-1234", "", {"Server": "ok", "Token": "error"}),
        (200, OURS.replace(__version__, "7.0.0"), "", "", {"Server": "warning", "Token": "ok"}),
        (200, "<html>Welcome</html>", "", "", {"Server": "error"}),
        (302, "", "", "", {"Server": "error"}),
        (200, '{"info": {"title": "Pet shop", "version": "1"}}', "", "", {"Server": "error"}),
    ],
)
def test_the_server_is_asked_who_it_is_and_whether_it_takes_the_token(windows, status, body, wanted, token, expected):
    with server(status, body, wanted) as address:
        checks = checked(windows, UserSettings(address, token), ask_server=None)
    assert {what: checks[what].state for what in ("Server", "Token") if what in checks} == expected
    assert token == "" or all(token not in check.found for check in checks.values())


def test_our_own_server_is_recognised(windows, tmp_path):
    app = create_app(ServerConfig(database_url=f"sqlite:///{tmp_path / 'store.sqlite'}"))
    running = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    try:
        checks = checked(windows, UserSettings(f"http://127.0.0.1:{running.port}"), ask_server=None)
    finally:
        running.shutdown()
        thread.join()
        app.extensions[EXTENSION].close()
    assert checks["Server"].state == "ok"


def test_a_server_that_is_not_there_is_told_at_once(windows):
    check = checked(windows, UserSettings("http://127.0.0.1:9"), ask_server=None)["Server"]
    assert check.state == "error"
    assert "sop-xl serve" in check.remedy


def test_without_a_server_the_rest_works(windows):
    assert checked(windows, UserSettings(server_url=""), ask_server=None)["Server"].state == "warning"


def test_the_command_line_prints_remedies_and_ends_with_1_where_something_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(places_module, "this_system", lambda: "windows")
    for name in ("USERPROFILE", "LOCALAPPDATA", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    write_settings(UserSettings(server_url=""))
    done = CliRunner().invoke(cli, ["excel", "doctor"])
    assert done.exit_code == 1
    assert "error    Add-in" in done.output
    assert "→ Close Excel and run `" in done.output


def test_remedies_name_the_program_where_it_can_be_found(monkeypatch):
    """The installers leave the search path of the system alone."""
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr(sys, "executable", "/home/planner/.sop_xl/venv/bin/python")
    assert command("excel doctor") == "`/home/planner/.sop_xl/venv/bin/sop-xl excel doctor`"
    monkeypatch.setattr(sys, "executable", "/Users/A Planner/venv/bin/python")
    assert command("excel doctor") == '`"/Users/A Planner/venv/bin/sop-xl" excel doctor`'
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert command("excel doctor") == "`sop-xl excel doctor`"


def test_the_gravest_state_counts():
    ok, warning, error = (SetupCheck("x", state, "") for state in ("ok", "warning", "error"))
    assert (worst([ok]), worst([ok, warning]), worst([warning, error, ok])) == ("ok", "warning", "error")
