"""The VBA project: olevba reads every module back, the protection says what it should, strange text is refused."""

from __future__ import annotations

import io
import re

import olefile
import pytest
from oletools.olevba import VBA_Parser

from sop_xl.excel.addin.vba_project import vba_project
from sop_xl.excel.addin.vba_source import Kind, module

MODULES = (
    module("ThisWorkbook", Kind.WORKBOOK, "Private Sub Workbook_Open()\nEnd Sub\n"),
    module("Sheet1", Kind.SHEET, "Option Explicit"),
    module("Plain", Kind.STANDARD, 'Public Function Twice(x)\n    Twice = 2 * x \' "quoted"\nEnd Function\n' * 90),
    module("Thing", Kind.CLASS, 'VERSION 1.0 CLASS\nBEGIN\n  MultiUse = -1\nEND\nAttribute VB_Name = "Thing"\nDim a\n'),
)


def read_modules(data: bytes) -> dict[str, str]:
    """Return name and text of the modules as olevba reads them."""
    parser = VBA_Parser("vbaProject.bin", data=data)
    try:
        return {path.split("/")[-1]: text for _, path, _, text in parser.extract_macros()}
    finally:
        parser.close()


def test_an_independent_reader_finds_every_module_as_it_was_written():
    assert read_modules(vba_project("Test", MODULES)) == {m.name: m.text for m in MODULES}


def test_the_same_sources_give_the_same_bytes():
    assert vba_project("Test", MODULES) == vba_project("Test", MODULES)


def test_a_class_is_stored_without_the_header_of_its_file_and_with_its_base():
    assert MODULES[3].text.startswith('Attribute VB_Name = "Thing"\r\nAttribute VB_Base = "0{FCFB3D2A-')
    assert "MultiUse" not in MODULES[3].text


def test_the_project_is_neither_locked_nor_hidden():
    with olefile.OleFileIO(io.BytesIO(vba_project("Test", MODULES))) as file:
        text = file.openstream("PROJECT").read().decode("cp1252")
        assert file.openstream("VBA/_VBA_PROJECT").read() == bytes.fromhex("CC61FFFF000100")
    hidden = dict(re.findall(r'^(CMG|DPB|GC|ID)="(.*)"\r$', text, re.MULTILINE))
    assert deciphered(hidden["CMG"], hidden["ID"]) == bytes(4)
    assert deciphered(hidden["DPB"], hidden["ID"]) == b"\0"
    assert deciphered(hidden["GC"], hidden["ID"]) == b"\xff"
    assert "Document=ThisWorkbook/&H00000000" in text
    assert "Module=Plain" in text
    assert "Class=Thing" in text


def deciphered(text: str, project: str) -> bytes:
    """Read what [MS-OVBA] 2.4.3.3 hides: seed, version, key, filler, length, data."""
    data = bytes.fromhex(text)
    seed, version, key = data[0], data[0] ^ data[1], data[0] ^ data[2]
    assert version == 2
    assert key == sum(project.encode()) & 0xFF
    plain, last, before_last, out = key, data[2], data[1], []
    for byte in data[3:]:
        plain = byte ^ ((before_last + plain) & 0xFF)
        last, before_last = byte, last
        out.append(plain)
    filler = (seed & 6) // 2
    length = int.from_bytes(bytes(out[filler : filler + 4]), "little")
    found = bytes(out[filler + 4 :])
    assert len(found) == length
    return found


def test_text_that_windows_and_mac_would_read_differently_is_refused():
    with pytest.raises(ValueError, match=r"line 2.*ASCII"):
        module("M", Kind.STANDARD, 'MsgBox "naïve"\n')


def test_a_line_too_long_for_the_editor_is_refused():
    with pytest.raises(ValueError, match="1023"):
        module("M", Kind.STANDARD, "x = 1" + " + 1" * 300)


def test_two_modules_of_one_name_are_refused():
    with pytest.raises(ValueError, match="one name"):
        vba_project("Test", (module("A", Kind.STANDARD), module("a", Kind.STANDARD)))
