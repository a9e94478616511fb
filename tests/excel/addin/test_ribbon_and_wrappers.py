"""Ribbon, callbacks, function help and wrappers say what the catalogue says."""

from __future__ import annotations

import inspect
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import xmlschema

from sop_xl.capabilities import BUTTONS, CELL_FUNCTIONS, GROUPS
from sop_xl.excel.addin.building import sources
from sop_xl.excel.addin.callbacks import plain
from sop_xl.excel.addin.ribbon_xml import NAMESPACE, ribbon_xml
from sop_xl.excel.addin.wrappers import wrappers_module
from sop_xl.excel.addin.xlwings_module import procedures
from sop_xl.functions.describing import describe

SCHEMA = Path(__file__).resolve().parents[4] / "shared" / "schemas" / "customui14.xsd"
RESERVED_WORDS = """
    addressof and any as boolean byref byte byval call case cdbl close const currency date debug decimal declare dim
    do double each else elseif empty end endif enum eqv erase error event exit false for friend function get global
    gosub goto if imp implements in input integer is let lib like lock long longlong longptr loop lset me mod new next
    not nothing null object of on open option optional or paramarray preserve print private property public put
    raiseevent redim rem resume return rset seek select set single spc static step stop string sub tab then time to
    true type typeof unlock until variant wend while with write xor"""


PICTURES_OF_OFFICE = {
    "AcceptInvitation", "ChartInsert", "CompareAndCombine", "ControlToolboxOutlook", "DataValidation", "DatasheetView",
    "FileNew", "FileSave", "FileSendAsAttachment", "Help", "Info", "PropertySheet", "RefreshAll", "ReviewNewComment",
    "ReviewShowAllComments", "SelectCurrentRegion", "SourceControlShowHistory",
}  # fmt: skip
"""Names looked up in the table of pictures of [MS-CUSTOMUI]; Excel shows nothing for a name it does not know."""

PICTURES_OF_EXCELS_OWN_BUTTONS = {"CalculateNow", "ChartTrendline", "WhatIfAnalysisMenu"}


def code(name: str) -> str:
    """Return the text of a module of the add-in."""
    return next(module.text for module in sources().modules if module.name == name).replace("\r\n", "\n")


def buttons() -> list[dict[str, str]]:
    """Return the attributes of the buttons on the ribbon."""
    return [dict(found.attrib) for found in ET.fromstring(ribbon_xml()).iter(f"{{{NAMESPACE}}}button")]


@pytest.mark.skipif(not SCHEMA.exists(), reason="Microsoft's schema of the ribbon is not beside this folder")
def test_the_ribbon_is_valid_by_microsofts_schema():
    xmlschema.XMLSchema(SCHEMA).validate(ribbon_xml())


@pytest.mark.skipif(not SCHEMA.exists(), reason="Microsoft's schema of the ribbon is not beside this folder")
def test_the_schema_would_find_a_mistake():
    wrong = ribbon_xml().replace("onAction=", "onaction=", 1)
    assert not xmlschema.XMLSchema(SCHEMA).is_valid(wrong)


def test_every_button_is_on_the_ribbon_in_its_group_and_order():
    assert [found["id"].removeprefix("SopButton_") for found in buttons()] == list(BUTTONS)
    groups = ET.fromstring(ribbon_xml()).iter(f"{{{NAMESPACE}}}group")
    assert [group.attrib["label"] for group in groups] == list(GROUPS)
    for found, button in zip(buttons(), BUTTONS.values(), strict=True):
        assert (found["label"], found["supertip"], found["imageMso"]) == (button.label, button.tip, button.image)
        assert found["size"] == ("large" if button.large else "normal")


def test_every_picture_is_one_that_office_has():
    assert {found["imageMso"] for found in buttons()} - PICTURES_OF_OFFICE <= PICTURES_OF_EXCELS_OWN_BUTTONS


def test_every_button_calls_a_procedure_that_starts_the_macro_of_its_name():
    procedure = r"^Public Sub (\w+)\(control As IRibbonControl\)\n    SopRun \"(\w+)\", \"(.*)\"\nEnd Sub$"
    written = {name: macro for name, macro, _ in re.findall(procedure, code("SopRibbon"), re.MULTILINE)}
    assert {found["onAction"]: found["id"].removeprefix("SopButton_") for found in buttons()} == written


def test_a_macro_is_started_by_the_entry_of_its_name():
    assert 'RunPython "import sop_xl.excel.ribbon as r; r." & entry & "()"' in code("SopStart")


def wrapped() -> dict[str, list[tuple[str, bool]]]:
    """Return the arguments of each wrapper: name, and whether it may be left out."""
    found = re.findall(r"^Function (\w+)\((.*)\)$", code("xlwings_udfs"), re.MULTILINE)
    return {
        name: [(part.split()[-1], part.startswith("Optional ")) for part in arguments.split(", ") if part]
        for name, arguments in found
    }


def test_wrappers_have_the_arguments_of_the_python_functions_in_their_order():
    expected = {
        function.excel_name: [
            (parameter.name, parameter.default is not inspect.Parameter.empty)
            for parameter in inspect.signature(function.load()).parameters.values()
        ]
        for function in CELL_FUNCTIONS.values()
    }
    assert wrapped() == expected


def test_wrappers_hand_every_argument_on_and_answer_errors_shortly():
    for name, arguments in wrapped().items():
        body = re.search(rf"^Function {name}\(.*?^End Function", code("xlwings_udfs"), re.MULTILINE | re.DOTALL)[0]
        handed = ", ".join(argument for argument, _ in arguments)
        assert f'CallUDF("sop_xl.excel.udfs", "{name}", Array({handed}), ThisWorkbook, Application.Caller)' in body
        assert f"{name} = SopCellError(Err.Description)" in body


def test_no_two_names_of_the_project_are_one_name_to_vba():
    """Upper and lower case are the same to VBA, and a name that two modules have is ambiguous to ribbon and cells."""
    names = [module.name for module in sources().modules]
    for module in sources().modules:
        if module.name != "Dictionary":
            names += procedures(module.text.replace("\r\n", "\n"))
    twice = {name for name in names if sum(name.lower() == other.lower() for other in names) > 1}
    assert twice == set()
    assert {"SOP_ACCURACY", "SopPress_accuracy"} <= set(names)


def test_names_of_arguments_are_no_words_of_vba():
    for name, arguments in wrapped().items():
        names = [argument.lower() for argument, _ in arguments]
        assert not set(RESERVED_WORDS.split()) & set(names), name
        assert name.lower() not in names
        assert len(set(names)) == len(names)


def test_a_python_module_that_cannot_be_imported_is_told():
    with pytest.raises(RuntimeError, match="no_such_module"):
        wrappers_module("sop_xl.no_such_module")


def test_excel_is_told_what_every_function_and_argument_means():
    text = code("SopFunctionHelp")
    for name, function in CELL_FUNCTIONS.items():
        description = describe(name)
        quoted = plain(description.summary).replace('"', '""')
        assert f'Macro:="{function.excel_name}", Description:="{quoted}"' in text
        for at, argument in enumerate(description.arguments):
            quoted = plain(argument.help).replace('"', '""')
            assert f'    texts({at}) = "{quoted}"\n' in text
    assert text.count("Application.MacroOptions") == len(CELL_FUNCTIONS)


def test_help_is_ascii_on_one_line_and_not_longer_than_excel_shows():
    assert plain("Mean ± 2 σ – “cover”\nof the  month") == 'Mean +/- 2 sigma - "cover" of the month'
    assert len(plain("word " * 200)) <= 255
    with pytest.raises(ValueError, match="漢"):
        plain("漢")
