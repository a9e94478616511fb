"""A workbook that arrives by mail chooses neither the interpreter, nor the search path, nor a command.

The VBA is read as text: procedures, who calls whom, and what each of them asks Excel for.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
import xlwings

from sop_xl.excel.addin import xlwings_module
from sop_xl.excel.addin.building import sources
from sop_xl.excel.addin.wrappers import MODULE_NAME
from sop_xl.excel.addin.xlwings_module import KEPT, hardened_module, procedures

FROM_THE_OPEN_WORKBOOK = re.compile(
    r"\b(ActiveWorkbook|ActiveSheet|ActiveCell|ActiveWindow|Selection|Workbooks|Windows|CurDir|ChDir|Caller)\b", re.I
)
ALL_CODE = {
    module.name: {
        name: without_comments
        for name, text in procedures(module.text.replace("\r\n", "\n")).items()
        if (without_comments := re.sub(r"(?m)^\s*'.*$", "", text))
    }
    for module in sources().modules
    if module.name != "Dictionary"
}
PROCEDURES = {name: text for module in ALL_CODE.values() for name, text in module.items()}


def reached_from(starts: Iterable[str]) -> set[str]:
    """Return the procedures that are called, directly or not, by those given."""
    reached, waiting = set(), list(starts)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            words = set(re.findall(r"\w+", PROCEDURES[name]))
            waiting += [other for other in PROCEDURES if other in words]
    return reached


def test_xlwings_own_module_does_ask_the_open_workbook():
    """The reason for all this; where xlwings changes its mind, this test says so."""
    own = (Path(xlwings.__file__).parent / "xlwings_custom_addin.bas").read_text("utf-8")
    assert FROM_THE_OPEN_WORKBOOK.search(procedures(own)["GetConfig"])
    assert "GetDirectoryConfigFilePath" in procedures(own)["GetConfig"]


def test_nothing_that_looks_up_a_setting_asks_the_open_workbook():
    lookup = reached_from(["GetConfig"])
    assert {"GetConfigFromFile", "GetConfigFromSheet", "GetConfigFilePath", "ExpandEnvironmentStrings"} <= lookup
    assert {name for name in lookup if FROM_THE_OPEN_WORKBOOK.search(PROCEDURES[name])} == set()


def test_settings_come_from_the_users_file_and_this_add_ins_sheet_only():
    text = PROCEDURES["GetConfig"]
    assert set(re.findall(r"GetConfigFromFile\(([^,]*),", text)) == {"GetConfigFilePath()"}
    assert set(re.findall(r"GetConfigFromSheet\((\w+)\)", text)) == {"ThisWorkbook"}
    assert set(re.findall(r"SheetExists\((\w+),", text)) == {"ThisWorkbook"}
    callers = {name for name, body in PROCEDURES.items() if re.search(r"\bGetConfigFrom(File|Sheet)\(", body)}
    assert callers == {"GetConfig", "GetConfigFromFile", "GetConfigFromSheet"}
    assert "wb.Sheets(PROJECT_NAME" in PROCEDURES["GetConfigFromSheet"]


def test_the_users_file_is_named_by_the_system_and_not_by_a_folder_excel_is_in():
    assert re.findall(r'Environ\("(\w+)"\)', PROCEDURES["GetConfigFilePath"]) == ["USERPROFILE"]
    assert ".Path" not in PROCEDURES["GetConfigFilePath"]
    assert not [name for name in PROCEDURES if "Directory" in name]


def test_the_command_that_starts_python_on_windows_has_nothing_of_the_open_workbook():
    """The workbook itself is handed over as an object, after Python runs, and never as a part of the command."""
    command = reached_from(["XLPyCommand", "XLPyLoadDLL"])
    assert {name for name in command if FROM_THE_OPEN_WORKBOOK.search(PROCEDURES[name])} == set()
    assert "ThisWorkbook" not in PROCEDURES["XLPyCommand"]
    assert "prepare_sys_path" not in hardened_module()
    assert " -I " in PROCEDURES["XLPyCommand"]
    assert re.findall(r"^.*ActiveWorkbook.*$", PROCEDURES["RunPython"], re.MULTILINE) == [
        '        XLPy.SetAttr XLPy.Module("xlwings._xlwindows"), "BOOK_CALLER", ActiveWorkbook'
    ]


def test_on_a_mac_the_name_of_the_workbook_is_quoted_for_the_shell():
    script = xlwings_module.apple_script()
    assert 'quoted form of ("--wb=" & workbookName)' in script
    joined = " ".join(re.findall(r"set shellCommand to (.*)", script))
    bare = re.sub(r"quoted form of (\w+|\([^)]*\))", "", joined)
    assert set(re.findall(r"[A-Za-z]\w+", re.sub(r'"[^"]*"', "", bare))) <= {"shellCommand"}


def test_the_script_for_a_mac_uses_no_reserved_word_as_a_name():
    script = xlwings_module.apple_script()
    names = set(re.findall(r"\bset (\w+) to", script)) | set(re.findall(r"\w+", re.search(r"set \{(.*?)\}", script)[1]))
    names |= {name for handler in re.findall(r"^on \w+\((.*)\)", script, re.MULTILINE) for name in handler.split(", ")}
    reserved = """about above after against apart around as aside at back before beginning behind below beneath beside
        between but by considering contain contains continue copy div does eighth else end equal equals error every
        exit false fifth first for fourth from front get given global if ignoring in instead into is it its last local
        me middle mod my ninth not of on onto or out over prop property put ref reference repeat return returning
        script second set seventh since sixth some tell tenth that the then third through thru timeout times to
        transaction true try until where while whose with without"""
    assert len(names) > 5
    assert names & set(reserved.split()) == set()
    assert re.findall(r"^on (\w+)", script, re.MULTILINE) == re.findall(r"^end (\w+)", script, re.MULTILINE)


def test_the_open_workbook_is_mentioned_only_where_it_is_worked_on():
    asking = {
        (module, name) for module, code in ALL_CODE.items() for name, text in code.items() if "ActiveWorkbook" in text
    }
    assert asking == {("xlwings", "RunPython"), ("xlwings", "ExecuteMac"), ("SopStart", "SopRun")}
    assert "ActiveWorkbook" not in "".join(ALL_CODE[MODULE_NAME].values())


def test_no_code_of_a_workbook_is_run_and_nothing_of_a_paid_licence_is_there():
    text = "\n".join(PROCEDURES.values())
    for word in ("xlwings.pro", "LICENSE_KEY", '".py"', "embedded", "GetUdfModules", "import_udfs", "ShowError"):
        assert word not in text, word


def test_nothing_that_was_left_out_is_still_called():
    own = (Path(xlwings.__file__).parent / "xlwings_custom_addin.bas").read_text("utf-8")
    left_out = set(procedures(own)) - set(KEPT)
    assert left_out
    words = set(re.findall(r"\w+", "\n".join(PROCEDURES.values())))
    assert left_out & words == set()


def test_everything_kept_is_needed():
    entries = [name for name in PROCEDURES if name.startswith(("SopPress_", "SOP_", "Workbook_"))]
    used = reached_from([*entries, "CleanUp", "SopRegisterFunctionHelp"])
    assert set(KEPT) - used == set()


def test_the_sheet_of_the_add_in_leaves_the_workbooks_folder_out_of_the_search_path():
    assert dict(sources().settings)["ADD_WORKBOOK_TO_PYTHONPATH"] == "False"


def test_an_xlwings_without_a_needed_procedure_is_refused(monkeypatch):
    monkeypatch.setattr(xlwings_module, "KEPT", (*KEPT, "NotThere"))
    with pytest.raises(ValueError, match="NotThere"):
        hardened_module()


def test_licences_of_the_parts_that_are_not_ours_are_shipped():
    licences = sources().licences
    assert "Zoomer Analytics" in licences
    assert "Redistributions in binary form must reproduce" in licences
    assert "Copyright (c) Tim Hall" in licences
    module = next(module for module in sources().modules if module.name == "xlwings")
    assert "Redistributions of source code must retain" in module.text
    assert "Changed for S&OP" in module.text


def test_a_file_beside_the_workbook_does_not_get_into_python(tmp_path):
    """Run Python with the switches the add-in gives it, in a folder and an environment that an attacker prepared."""
    switches = re.search(r'" (-\S+(?: -\S+)*) -c ""import xlwings;', PROCEDURES["XLPyCommand"])[1].split()
    (tmp_path / "xlwings.py").write_text("print('taken over')\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONSTARTUP": str(tmp_path / "xlwings.py")}

    def run(*arguments: str) -> str:
        command = [sys.executable, *arguments, "-c", "import xlwings; print(xlwings.__version__)"]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return done.stdout.splitlines()[0]

    assert run() == "taken over"
    assert run(*switches) == xlwings.__version__
