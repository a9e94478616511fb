"""Computers for tests: the folders of a user on Windows or on a Mac, below a temporary folder."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from sop_xl.excel.install.places import Places, System, places


def computer(system: System, root: Path) -> Places:
    """Return the places of a user whose folders all lie below a temporary one; Excel is installed."""
    home = root / "Users" / "planner"
    environ = {
        "USERPROFILE": str(home),
        "LOCALAPPDATA": str(home / "AppData" / "Local"),
        "APPDATA": str(home / "AppData" / "Roaming"),
        "ProgramFiles": str(root / "Program Files"),
    }
    there = places(system, environ, home)
    program = there.excel[-1] if there.excel else home
    program.parent.mkdir(parents=True, exist_ok=True)
    program.touch()
    return there


def make_environment(there: Places) -> Path:
    """Make what the installer script leaves behind and return the interpreter."""
    there.interpreter.parent.mkdir(parents=True)
    there.interpreter.touch()
    (there.interpreter.parent.parent / f"xlwings64-{version('xlwings')}.dll").touch()
    return there.interpreter
