"""Installs the add-in for one user and takes it away again; Python itself is the business of the installer scripts."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sop_xl.excel.addin.building import ADDIN_NAME, build_addin
from sop_xl.excel.addin.xlwings_module import APPLE_SCRIPT, apple_script
from sop_xl.excel.install.places import Places
from sop_xl.excel.install.vba_settings import read_vba_settings, write_vba_settings
from sop_xl.excel.settings import read_settings, settings_path, write_settings
from sop_xl.model.issue import InputErrors, Issue, Severity

NO_EXCEL = "There is no desktop Excel on this system, so no add-in was installed; the settings were written."


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done: what, and where."""

    what: str
    path: Path | None = None


def install(
    there: Places,
    changes: Mapping[str, str] | None = None,
    *,
    python: Path | None = None,
    addin: bytes | None = None,
) -> list[Step]:
    """Install the add-in for this user and return what was done.

    Installing again replaces the add-in and keeps the settings that are not given.

    Args:
        there: where things lie.
        changes: settings of :class:`UserSettings` by name.
        python: interpreter that Excel shall start; the one that runs this if left out.
        addin: the add-in's file, such as one that was signed; built here if left out.

    Raises:
        InputErrors: where something cannot be written, with what to do; what was there before still works.
    """
    interpreter = _windowless(python or Path(sys.executable), there)
    settings = replace(read_settings(), **dict(changes or {}), python=str(interpreter))
    steps = [Step("settings", write_settings(settings))]
    if there.addins is None or there.vba_settings is None:
        return [*steps, Step(NO_EXCEL)]
    write_vba_settings(
        there.vba_settings,
        {**read_vba_settings(there.vba_settings), there.interpreter_key: there.shortened(interpreter)},
        "\r\n" if there.system == "windows" else "\n",
    )
    steps.append(Step("settings of the add-in", there.vba_settings))
    if there.scripts is not None:
        _replace(there.scripts / APPLE_SCRIPT, apple_script().encode())
        steps.append(Step("script that starts Python", there.scripts / APPLE_SCRIPT))
    _replace(there.addins / ADDIN_NAME, build_addin() if addin is None else addin)
    return [*steps, Step("add-in", there.addins / ADDIN_NAME)]


def uninstall(there: Places, *, forget: bool = False) -> list[Step]:
    """Take the add-in away and return what was removed.

    Args:
        there: where things lie.
        forget: also remove the settings of this user, with the token.

    Raises:
        InputErrors: where a file is in use.
    """
    wanted = [there.addins / ADDIN_NAME] if there.addins else []
    wanted += [there.vba_settings] if there.vba_settings else []
    wanted += [there.scripts / APPLE_SCRIPT] if there.scripts else []
    wanted += [settings_path()] if forget else []
    removed = []
    for path in wanted:
        try:
            path.unlink()
        except FileNotFoundError:
            continue
        except OSError as problem:
            raise _in_use(path, problem) from problem
        removed.append(Step("removed", path))
    return removed


def _windowless(python: Path, there: Places) -> Path:
    """Return the interpreter that opens no console window, where Windows has one beside the one given."""
    if there.system != "windows":
        return python
    quiet = python.with_name("pythonw.exe")
    return quiet if quiet.exists() else python


def _replace(path: Path, data: bytes) -> None:
    """Write a file so that another program sees the old or the new one, never a part."""
    part = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError as problem:
        part.unlink(missing_ok=True)
        raise _in_use(path, problem) from problem


def _in_use(path: Path, problem: OSError) -> InputErrors:
    message = f"{path.name} cannot be changed ({problem.strerror or problem})."
    return InputErrors([Issue(Severity.ERROR, message, "Close Excel and try again.", file=str(path))])
