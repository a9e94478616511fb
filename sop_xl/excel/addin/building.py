"""Builds the add-in and tells whether the committed one is the one that the sources give."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from sop_xl import __version__
from sop_xl.capabilities import CELL_FUNCTIONS
from sop_xl.excel.addin.callbacks import callbacks_module, help_module
from sop_xl.excel.addin.package import SHEET_CODE_NAMES, FileType, addin_file
from sop_xl.excel.addin.ribbon_xml import ribbon_xml
from sop_xl.excel.addin.vba_project import vba_project
from sop_xl.excel.addin.vba_source import Kind, Module, module
from sop_xl.excel.addin.wrappers import MODULE_NAME, wrappers_module
from sop_xl.excel.addin.xlwings_module import (
    APPLE_SCRIPT,
    apple_script,
    dictionary_class,
    hardened_module,
    own_source,
    xlwings_licence,
)
from sop_xl.functions.describing import describe
from sop_xl.model.issue import Issue, Severity

PROJECT_NAME = "SopXl"
ADDIN_NAME = "sop_xl.xlam"
SOURCES = "addin"
"""Folder beside the add-in in which its sources are kept for reading."""

INTERPRETER_WINDOWS = r"%LOCALAPPDATA%\sop_xl\venv\Scripts\pythonw.exe"
INTERPRETER_MAC = "$HOME/.sop_xl/venv/bin/python"
VERSION_KEY = "SOP_XL VERSION"
XLWINGS_VERSION_KEY = "XLWINGS VERSION"


@dataclass(frozen=True, slots=True)
class AddinSources:
    """Everything the add-in is made of, as text.

    Attributes:
        modules: VBA modules in the order of the project.
        ribbon: ``customUI14.xml``.
        settings: rows of the add-in's sheet of settings.
        licences: licences of the parts that are not ours.
    """

    modules: tuple[Module, ...]
    ribbon: str
    settings: tuple[tuple[str, str], ...]
    licences: str

    def texts(self) -> dict[str, str]:
        """Return file name and text of each source, as they are kept beside the add-in."""
        code = {module.file_name: module.text.replace("\r\n", "\n") for module in self.modules}
        return {**code, "customUI14.xml": self.ribbon, "NOTICE": self.licences, APPLE_SCRIPT: apple_script()}


@cache
def sources() -> AddinSources:
    """Return the sources of the add-in, made from the catalogue and the installed xlwings."""
    described = [(function.excel_name, describe(name)) for name, function in CELL_FUNCTIONS.items()]
    modules = (
        module("ThisWorkbook", Kind.WORKBOOK, own_source("ThisWorkbook.cls")),
        *(module(name, Kind.SHEET, "Option Explicit") for name in SHEET_CODE_NAMES),
        module("SopStart", Kind.STANDARD, own_source("SopStart.bas")),
        module("SopRibbon", Kind.STANDARD, callbacks_module()),
        module("SopFunctionHelp", Kind.STANDARD, help_module(described)),
        module(MODULE_NAME, Kind.STANDARD, wrappers_module()),
        module("xlwings", Kind.STANDARD, hardened_module()),
        module("Dictionary", Kind.CLASS, dictionary_class()),
    )
    settings = (
        ("INTERPRETER_WIN", INTERPRETER_WINDOWS),
        ("INTERPRETER_MAC", INTERPRETER_MAC),
        ("ADD_WORKBOOK_TO_PYTHONPATH", "False"),
        (VERSION_KEY, __version__),
        (XLWINGS_VERSION_KEY, version("xlwings")),
    )
    return AddinSources(modules, ribbon_xml(), settings, _licences())


def build_addin(kind: FileType = "xlam") -> bytes:
    """Return the add-in, or its twin for tests; the same bytes on every build."""
    made = sources()
    return addin_file(vba_project(PROJECT_NAME, made.modules), made.ribbon, made.settings, made.licences, kind)


def build(folder: Path) -> list[Path]:
    """Write the add-in and its sources below a folder and return every path."""
    written = {folder / ADDIN_NAME: build_addin()}
    written |= {folder / SOURCES / name: text.encode() for name, text in sources().texts().items()}
    (folder / SOURCES).mkdir(parents=True, exist_ok=True)
    for path, data in written.items():
        path.write_bytes(data)
    return list(written)


def check(folder: Path) -> list[Issue]:
    """Return where the add-in or a source in a folder differs from what would be built.

    The add-in is compared part by part: how strongly a part is compressed depends on the computer.
    """
    issues = []
    addin = folder / ADDIN_NAME
    if not addin.exists():
        issues.append(_differs(addin, "is missing"))
    elif strange := _different_parts(parts(addin.read_bytes()), parts(build_addin())):
        issues.append(_differs(addin, f"differs in {', '.join(strange)}"))
    for name, text in sources().texts().items():
        path = folder / SOURCES / name
        if not path.exists():
            issues.append(_differs(path, "is missing"))
        elif path.read_text("utf-8") != text:
            issues.append(_differs(path, "differs from what is built"))
    return issues


def parts(data: bytes) -> dict[str, bytes]:
    """Return the parts of a package by name; nothing where it is no package."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return {name: package.read(name) for name in package.namelist()}
    except zipfile.BadZipFile:
        return {}


def _different_parts(found: Mapping[str, bytes], wanted: Mapping[str, bytes]) -> list[str]:
    return sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))


def _differs(path: Path, message: str) -> Issue:
    return Issue(Severity.ERROR, f"{path.name} {message}.", "Run `sop-xl excel build` and commit it.", file=str(path))


def _licences() -> str:
    """Return the licences of what is in the add-in and not ours."""
    mit = files("sop_xl.excel.addin").joinpath("licences").joinpath("Dictionary.txt").read_text("utf-8")
    return (
        "S&OP add-in: parts that are not ours\n\n"
        f"Module xlwings, changed as its head says, and {MODULE_NAME}, both from xlwings {version('xlwings')}\n\n"
        f"{xlwings_licence()}\n"
        "Class Dictionary, from VBA-Dictionary, unchanged\n\n"
        f"{mit}"
    )
