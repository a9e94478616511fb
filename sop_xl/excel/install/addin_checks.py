"""Checks of what Excel itself needs: the add-in in its start folder, the interpreter, the libraries beside."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sop_xl import __version__
from sop_xl.excel.addin.building import ADDIN_NAME, VERSION_KEY, XLWINGS_VERSION_KEY
from sop_xl.excel.addin.package import SETTINGS_SHEET
from sop_xl.excel.addin.xlwings_module import APPLE_SCRIPT
from sop_xl.excel.install.places import Places
from sop_xl.excel.install.setup_check import SetupCheck, command, reinstall
from sop_xl.excel.install.vba_settings import read_vba_settings
from sop_xl.model.issue import InputErrors


def addin_checks(there: Places) -> list[SetupCheck]:
    """Return what Excel would find; on a system without Excel, what to use instead."""
    if there.addins is None:
        remedy = f"Use {command('press BUTTON BOOK.xlsx')}, or the add-in of Excel on the web."
        return [SetupCheck("Excel", "warning", "does not run on this system", remedy)]
    checks = [_excel(there), *_addin(there.addins / ADDIN_NAME), *_second_copy(there), *_interpreter(there)]
    if there.scripts is not None:
        checks += [_script(there.scripts / APPLE_SCRIPT), _mac_limits()]
    return checks


def addin_versions(path: Path) -> tuple[str, str]:
    """Return the versions of S&OP and of xlwings that an add-in was built for; empty where it does not say.

    Raises:
        ValueError: where the file is no workbook.
    """
    import python_calamine

    try:
        sheet = python_calamine.load_workbook(path).get_sheet_by_name(SETTINGS_SHEET)
    except (python_calamine.CalamineError, OSError) as problem:
        raise ValueError(str(problem)) from problem
    rows = {str(row[0]): str(row[1]) for row in sheet.to_python() if len(row) > 1}
    return rows.get(VERSION_KEY, ""), rows.get(XLWINGS_VERSION_KEY, "")


def _excel(there: Places) -> SetupCheck:
    found = next((path for path in there.excel if path.exists()), None)
    if found is None:
        remedy = "If Excel starts as usual, ignore this. Otherwise install it, or use Excel on the web."
        return SetupCheck("Excel", "warning", "not found in its usual place", remedy)
    return SetupCheck("Excel", "ok", str(found))


def _addin(path: Path) -> list[SetupCheck]:
    what = "Add-in"
    if not path.exists():
        return [SetupCheck(what, "error", f"{path} is not there", reinstall())]
    try:
        ours, xlwings = addin_versions(path)
    except ValueError as problem:
        return [SetupCheck(what, "error", f"{path} is damaged ({problem})", reinstall())]
    installed = _installed_xlwings()
    if (ours, xlwings) != (__version__, installed):
        found = f"{path} is of version {ours or 'unknown'} with xlwings {xlwings or 'unknown'}"
        remedy = f"Python has {__version__} with xlwings {installed or 'not installed'}. {reinstall()}"
        return [SetupCheck(what, "error", found, remedy)]
    if Path(f"{path}:Zone.Identifier").exists():
        remedy = f"Right-click the file, Properties, tick Unblock; or run {command('excel install')}."
        return [SetupCheck(what, "error", f"{path} is marked as coming from the internet: Excel blocks it", remedy)]
    return [SetupCheck(what, "ok", f"{path}, version {ours}")]


def _second_copy(there: Places) -> list[SetupCheck]:
    copies = [folder / ADDIN_NAME for folder in there.other_addins if (folder / ADDIN_NAME).exists()]
    remedy = "Untick it under File > Options > Add-ins > Go, and delete the file."
    return [SetupCheck("Second copy of the add-in", "warning", str(copy), remedy) for copy in copies]


def _interpreter(there: Places) -> list[SetupCheck]:
    what = "Python that Excel starts"
    if there.vba_settings is None:
        raise ValueError("a system with Excel has settings of the add-in")
    try:
        chosen = read_vba_settings(there.vba_settings).get(there.interpreter_key, "")
    except InputErrors as problem:
        return [SetupCheck(what, "error", f"{there.vba_settings}: {problem.issues[0].message}", reinstall())]
    interpreter = there.expanded(chosen) if chosen else there.interpreter
    if not interpreter.exists():
        return [SetupCheck(what, "error", f"{interpreter} is not there", "Run the installer again.")]
    library = [_library(interpreter)] if there.system == "windows" else []
    if interpreter.parent.resolve() != Path(sys.executable).parent.resolve():
        found = f"{interpreter}, not the Python that runs this check"
        return [SetupCheck(what, "warning", found, f"If that is not meant: {reinstall()}"), *library]
    return [SetupCheck(what, "ok", str(interpreter)), *library]


def _library(interpreter: Path) -> SetupCheck:
    """The DLL through which Excel talks to Python lies in the environment of the interpreter."""
    name, scripts = f"xlwings64-{_installed_xlwings()}.dll", interpreter.parent
    if any((folder / name).exists() for folder in (scripts, scripts.parent)):
        return SetupCheck("Library for Excel", "ok", name)
    found = f"{name} is neither in {scripts} nor above it"
    return SetupCheck("Library for Excel", "error", found, "Run the installer again.")


def _installed_xlwings() -> str:
    try:
        return version("xlwings")
    except PackageNotFoundError:
        return ""


def _script(path: Path) -> SetupCheck:
    if path.exists():
        return SetupCheck("Script that starts Python", "ok", str(path))
    return SetupCheck("Script that starts Python", "error", f"{path} is not there", reinstall())


def _mac_limits() -> SetupCheck:
    found = "buttons work; cell functions of the desktop need Windows"
    return SetupCheck("Limits of Excel for Mac", "ok", found, "For cell functions, use the add-in of Excel on the web.")
