"""xlwings' own module for custom add-ins, hardened: what starts Python never asks the workbook a person has open.

xlwings looks for its settings in the active workbook first, then in a file beside that workbook, and puts the names of
both into command lines. A workbook that arrives by mail could so choose the program that runs. Of the module in the
pinned wheel (BSD licence, see NOTICE) only the procedures listed here are kept; those that read or run anything are
replaced by ours; everything else is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import version
from importlib.resources import files

PROJECT = "sop_xl"
"""Names the add-in's sheet of settings ``sop_xl.conf`` and the user's file of the same name."""

APPLE_SCRIPT = "sop_xl.applescript"

KEPT = (
    "CleanUp",
    "ExecuteMac",
    "ExpandEnvironmentStrings",
    "FileExists",
    "FileExistsOnWindows",
    "FileOrFolderExistsOnMac",
    "GetConfig",
    "GetConfigFilePath",
    "GetConfigFromFile",
    "GetConfigFromSheet",
    "GetMacDir",
    "KillPy",
    "ParentFolder",
    "ReadFile",
    "RunPython",
    "SheetExists",
    "ToMacPath",
    "WScript",
    "XLPy",
    "XLPyCommand",
    "XLPyLoadDLL",
)
"""Procedures of xlwings' module that the add-in needs, ours in place of theirs where both have one."""

_PROCEDURE = re.compile(
    r"^(?:Public |Private )?(?P<kind>Sub|Function) (?P<name>\w+)\b.*?^End (?P=kind)[^\n]*\n",
    re.MULTILINE | re.DOTALL,
)
_CHANGED = """' Changed for S&OP: of xlwings' procedures only those the add-in needs are here, and
' {changed}
' are ours. Settings come from the user's own file and from the add-in's sheet, never from a workbook.
"""


def procedures(source: str) -> dict[str, str]:
    """Return the procedures of a module by name, in their order."""
    return {found["name"]: found[0] for found in _PROCEDURE.finditer(source)}


def hardened_module() -> str:
    """Return the module ``xlwings`` of the add-in.

    Raises:
        ValueError: where the installed xlwings lacks a procedure that is kept, so that it must be looked at anew.
    """
    source = _xlwings_text("xlwings_custom_addin.bas")
    ours = procedures(_own_text("XlwingsChanges.bas"))
    theirs = procedures(source)
    missing = [name for name in KEPT if name not in theirs]
    if missing:
        raise ValueError(
            f"xlwings {version('xlwings')} has no {', '.join(missing)}; its module must be looked at anew."
        )
    head = source[: next(_PROCEDURE.finditer(source)).start()]
    head = _project_named(head, ours)
    body = "\n".join(ours.get(name) or theirs[name] for name in theirs if name in KEPT)
    return f"{head.rstrip()}\n\n{body}"


def dictionary_class() -> str:
    """Return Tim Hall's class ``Dictionary`` (MIT licence), which stands in for Windows' own on a Mac."""
    return _xlwings_text("addin/Dictionary.cls")


def apple_script() -> str:
    """Return the script that starts Python on a Mac."""
    return _own_text("SopRun.applescript")


def own_source(name: str) -> str:
    """Return the text of one of our own modules."""
    return _own_text(name)


def xlwings_licence() -> str:
    """Return the BSD licence of xlwings as its module states it."""
    head = _xlwings_text("xlwings_custom_addin.bas").split("'Attribute VB_Name")[0]
    lines = [line.lstrip("'") for line in head.split("\n") if line.startswith("'")]
    return "\n".join(line for line in lines if not line.startswith("Version")).strip() + "\n"


def _project_named(head: str, ours: Mapping[str, str]) -> str:
    """Return the head of xlwings' module with our project's name and a note of what was changed."""
    named, count = re.subn(r'(PROJECT_NAME As String = )"\w+"', rf'\1"{PROJECT}"', head)
    first, _, rest = named.partition("#Const App")
    if count != 1 or not rest:
        raise ValueError("The head of xlwings' module has changed; it must be looked at anew.")
    note = _CHANGED.format(changed=", ".join(ours))
    constant = f'Public Const APPLE_SCRIPT As String = "{APPLE_SCRIPT}"\n'
    return f"{first}{note}#Const App{rest.rstrip()}\n{constant}"


def _xlwings_text(name: str) -> str:
    return files("xlwings").joinpath(name).read_text("utf-8").replace("\r\n", "\n")


def _own_text(name: str) -> str:
    return files("sop_xl.excel.addin").joinpath("vba").joinpath(name).read_text("utf-8")
