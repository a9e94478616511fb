"""What is wrong with this computer's setup, and what to do: the checks behind the button "Check setup"."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sop_xl import __version__
from sop_xl.excel.install.places import Places, places
from sop_xl.excel.install.setup_check import SetupCheck, State, command
from sop_xl.excel.settings import UserSettings, log_folder, read_settings, readable_by_others, settings_path
from sop_xl.model.issue import InputErrors

__all__ = ["SetupCheck", "check_setup", "worst"]
OLDEST_PYTHON = (3, 11)

Ask = Callable[[UserSettings], Sequence[SetupCheck]]


def check_setup(
    there: Places | None = None, ask_server: Ask | None = None, python: Sequence[int] | None = None
) -> list[SetupCheck]:
    """Look at Python, add-in, settings, server and folders, and return what was found, in the order of dependence.

    Nothing is changed, except that a file is written into the folder of the log and removed again.

    Args:
        there: where things lie; on this computer if left out.
        ask_server: asks the server of the settings; over HTTP if left out.
        python: version of Python; this one if left out.
    """
    from sop_xl.excel.install.addin_checks import addin_checks
    from sop_xl.excel.install.server_check import server_checks

    there = there or places()
    settings, settings_checks = _settings()
    checks = [_python(tuple(python or sys.version_info[:3])), _package(), *_xlwings(), *settings_checks]
    checks += addin_checks(there)
    if settings is not None:
        checks += [*(ask_server or server_checks)(settings), _inputs(settings)]
    return [*checks, _log(log_folder())]


def worst(checks: Sequence[SetupCheck]) -> State:
    """Return the gravest state among checks."""
    states = {check.state for check in checks}
    return "error" if "error" in states else "warning" if "warning" in states else "ok"


def _python(found: Sequence[int]) -> SetupCheck:
    text = f"{'.'.join(map(str, found))} at {sys.executable}"
    if tuple(found[:2]) < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        return SetupCheck("Python", "error", text, f"Install Python {wanted} or newer and run the installer again.")
    return SetupCheck("Python", "ok", text)


def _package() -> SetupCheck:
    return SetupCheck("S&OP package", "ok", __version__)


def _xlwings() -> list[SetupCheck]:
    try:
        found = version("xlwings")
    except PackageNotFoundError:
        remedy = "Run: pip install 'sop-xl[excel]'"
        return [SetupCheck("xlwings", "error", "not installed", remedy)]
    import xlwings

    if getattr(xlwings, "__pro__", False):
        remedy = "Remove the licence key of xlwings from this user; S&OP uses the free part only."
        return [SetupCheck("xlwings", "warning", f"{found}, with its paid part switched on", remedy)]
    return [SetupCheck("xlwings", "ok", found)]


def _settings() -> tuple[UserSettings | None, list[SetupCheck]]:
    path = settings_path()
    try:
        settings = read_settings()
    except InputErrors as problem:
        found = "; ".join(issue.message for issue in problem.issues)
        return None, [SetupCheck("Settings", "error", f"{path}: {found}", problem.issues[0].hint)]
    if not path.exists():
        found = f"{path} is not there; the settings of a fresh installation are used"
        return settings, [SetupCheck("Settings", "warning", found, f"Run {command('excel install')}.")]
    if readable_by_others(path):
        found = f"{path} can be read by others, and holds your token"
        return settings, [SetupCheck("Settings", "warning", found, f"Run: chmod 600 '{path}'")]
    return settings, [SetupCheck("Settings", "ok", str(path))]


def _inputs(settings: UserSettings) -> SetupCheck:
    what, folder = "Folder of inputs", settings.inputs
    if folder is None:
        found = "none chosen; forecasts and plans are then calculated on the server"
        return SetupCheck(what, "ok", found)
    try:
        count = sum(1 for path in folder.iterdir() if path.suffix.lower() in (".xlsx", ".xlsm", ".csv"))
    except OSError as problem:
        remedy = f"Choose another with {command('excel install --inputs FOLDER')}."
        return SetupCheck(what, "error", f"{folder} cannot be read ({problem.strerror})", remedy)
    if not count:
        return SetupCheck(what, "warning", f"{folder} has no workbook or CSV", "Put the company's inputs there.")
    return SetupCheck(what, "ok", f"{folder}, {count} file{'s' if count > 1 else ''}")


def _log(folder: Path) -> SetupCheck:
    probe = folder / ".check"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as problem:
        remedy = f"Make sure that you may write into {folder.parent}."
        return SetupCheck("Log", "warning", f"{folder} cannot be written ({problem.strerror})", remedy)
    return SetupCheck("Log", "ok", str(folder))
