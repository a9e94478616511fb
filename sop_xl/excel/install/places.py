"""Where things lie on this computer: Excel's start folder, settings that the add-in reads, the program itself."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sop_xl.excel.addin.xlwings_module import PROJECT

System = Literal["windows", "macos", "linux"]

_MAC_STARTUP = "Library/Group Containers/UBF8T346G9.Office/User Content.localized/Startup.localized/Excel"
_MAC_SANDBOX = "Library/Containers/com.microsoft.Excel/Data"
_MAC_SCRIPTS = "Library/Application Scripts/com.microsoft.Excel"


@dataclass(frozen=True, slots=True)
class Places:
    """Folders and files of one user on one computer; nothing here needs an administrator.

    Attributes:
        system: the operating system.
        addins: Excel's start folder of this user; None where there is no Excel.
        other_addins: folders from which Excel may load a second copy.
        vba_settings: file in which the add-in looks up the interpreter; None where there is no Excel.
        scripts: folder of the scripts that Excel for Mac may run; None elsewhere.
        program: folder of the Python environment that the installer makes.
        interpreter: Python that Excel starts, as the installer makes it.
        excel: places where Excel's program may lie.
        variables: folders that the add-in can name by a variable, longest first.
    """

    system: System
    addins: Path | None
    other_addins: tuple[Path, ...]
    vba_settings: Path | None
    scripts: Path | None
    program: Path
    interpreter: Path
    excel: tuple[Path, ...]
    variables: tuple[tuple[str, Path], ...] = ()

    @property
    def interpreter_key(self) -> str:
        """Name of the add-in's setting for the interpreter."""
        return "INTERPRETER_MAC" if self.system == "macos" else "INTERPRETER_WIN"

    def shortened(self, path: Path) -> str:
        """Return a path with a variable in place of the user's folder, whose name may have letters VBA misreads."""
        for variable, folder in self.variables:
            if path.is_relative_to(folder):
                separator = "/" if self.system == "macos" else "\\"
                return separator.join((variable, *path.relative_to(folder).parts))
        return str(path)

    def expanded(self, text: str) -> Path:
        """Return the path that a text with a variable means."""
        for variable, folder in self.variables:
            if text.lower().startswith(variable.lower()):
                rest = re.split(r"[\\/]", text[len(variable) :])
                return folder.joinpath(*(part for part in rest if part))
        return Path(text)


def this_system() -> System:
    """Return which operating system this is."""
    return {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")  # type: ignore[return-value]


def places(system: System | None = None, environ: Mapping[str, str] | None = None, home: Path | None = None) -> Places:
    """Return where things lie for this user.

    Args:
        system: the operating system; this one if left out.
        environ: the environment; this process's if left out.
        home: the user's folder; that of the system if left out.
    """
    system = system or this_system()
    environ = os.environ if environ is None else environ
    home = home or Path.home()
    return {"windows": _windows, "macos": _macos, "linux": _linux}[system](environ, home)


def _windows(environ: Mapping[str, str], home: Path) -> Places:
    profile = Path(environ.get("USERPROFILE") or home)
    local = Path(environ.get("LOCALAPPDATA") or profile / "AppData" / "Local")
    roaming = Path(environ.get("APPDATA") or profile / "AppData" / "Roaming")
    offices = [
        Path(environ[name]) / "Microsoft Office" / folder
        for name in ("ProgramFiles", "ProgramFiles(x86)")
        if name in environ
        for folder in ("root/Office16", "Office16", "Office15")
    ]
    return Places(
        system="windows",
        addins=roaming / "Microsoft" / "Excel" / "XLSTART",
        other_addins=(roaming / "Microsoft" / "AddIns",),
        vba_settings=profile / f".{PROJECT}" / f"{PROJECT}.conf",
        scripts=None,
        program=local / PROJECT,
        interpreter=local / PROJECT / "venv" / "Scripts" / "pythonw.exe",
        excel=tuple(office / "EXCEL.EXE" for office in offices),
        variables=(("%LOCALAPPDATA%", local), ("%APPDATA%", roaming), ("%USERPROFILE%", profile)),
    )


def _macos(environ: Mapping[str, str], home: Path) -> Places:
    program = home / f".{PROJECT}"
    return Places(
        system="macos",
        addins=home / _MAC_STARTUP,
        other_addins=(),
        vba_settings=home / _MAC_SANDBOX / f"{PROJECT}.conf",
        scripts=home / _MAC_SCRIPTS,
        program=program,
        interpreter=program / "venv" / "bin" / "python",
        excel=(Path("/Applications/Microsoft Excel.app"), home / "Applications" / "Microsoft Excel.app"),
        variables=(("$HOME", home),),
    )


def _linux(environ: Mapping[str, str], home: Path) -> Places:
    program = home / f".{PROJECT}"
    return Places("linux", None, (), None, None, program, program / "venv" / "bin" / "python", ())
