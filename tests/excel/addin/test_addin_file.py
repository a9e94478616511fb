"""The add-in as a file: independent judges find nothing, readers find every module, a build repeats itself."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
import python_calamine
from click.testing import CliRunner
from oletools.olevba import VBA_Parser
from openxml_audit import FileFormat, OpenXmlValidator

from sop_xl.cli import cli
from sop_xl.excel.addin.building import build, build_addin, check, parts, sources
from sop_xl.excel.addin.ribbon_xml import ribbon_xml

COMMITTED = Path(__file__).resolve().parents[3] / "workbook_templates"


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    """Return the add-in and its twin for LibreOffice."""
    folder = tmp_path_factory.mktemp("addin")
    paths = {kind: folder / f"sop_xl.{kind}" for kind in ("xlam", "xlsm")}
    for kind, path in paths.items():
        path.write_bytes(build_addin(kind))
    return paths


def findings(path: Path, *, security: bool) -> list[str]:
    """Return what openxml-audit finds."""
    validator = OpenXmlValidator(FileFormat.MICROSOFT_365, max_errors=50, security_validation=security)
    return [str(finding) for finding in validator.validate(path).errors]


@pytest.mark.parametrize("kind", ["xlam", "xlsm"])
def test_excel_would_open_it_without_repair(files, kind):
    assert findings(files[kind], security=False) == []


def test_the_only_active_content_is_the_vba_project(files):
    found = findings(files["xlam"], security=True)
    assert len(found) == 2
    assert all("Active content" in finding for finding in found)
    assert "vbaProject" in found[0]
    assert "addin.macroEnabled" in found[1]


def test_olevba_reads_every_module_back_as_it_was_written(files):
    parser = VBA_Parser(str(files["xlam"]))
    found = {path.split("/")[-1]: text for _, path, _, text in parser.extract_macros()}
    parser.close()
    assert found == {module.name: module.text for module in sources().modules}


def test_the_ribbon_is_in_the_package_and_linked_once(files):
    with zipfile.ZipFile(files["xlam"]) as package:
        assert package.read("customUI/customUI14.xml").decode() == ribbon_xml()
        links = package.read("_rels/.rels").decode()
    assert re.findall(r'ui/extensibility" Target="([^"]*)"', links) == ["customUI/customUI14.xml"]
    identities = re.findall(r'Id="([^"]*)"', links)
    assert len(set(identities)) == len(identities)


def test_the_code_names_of_the_workbook_are_those_of_the_modules(files):
    with zipfile.ZipFile(files["xlam"]) as package:
        named = re.findall(r'codeName="(\w+)"', package.read("xl/workbook.xml").decode())
        for sheet in ("sheet1", "sheet2"):
            named += re.findall(r'codeName="(\w+)"', package.read(f"xl/worksheets/{sheet}.xml").decode())
    assert named == [module.name for module in sources().modules if module.kind.is_document]


def test_the_sheet_of_settings_can_be_read_by_anyone(files):
    rows = python_calamine.load_workbook(files["xlam"]).get_sheet_by_name("sop_xl.conf").to_python()
    assert tuple(map(tuple, rows)) == sources().settings


def test_two_builds_are_the_same_bytes():
    assert build_addin() == build_addin()


def test_the_committed_add_in_is_that_of_the_sources():
    assert [str(issue) for issue in check(COMMITTED)] == []


def test_check_says_what_differs(tmp_path):
    build(tmp_path)
    assert check(tmp_path) == []
    (tmp_path / "addin" / "SopStart.bas").write_text("' changed\n")
    (tmp_path / "addin" / "NOTICE").unlink()
    shutil.copy(COMMITTED / "sales.xlsx", tmp_path / "sop_xl.xlam")
    messages = [issue.message for issue in check(tmp_path)]
    assert "SopStart.bas differs from what is built." in messages
    assert "NOTICE is missing." in messages
    assert messages[0].startswith("sop_xl.xlam differs in ")
    assert "xl/vbaProject.bin" in messages[0]


def test_a_file_that_is_no_package_has_no_parts():
    assert parts(b"no zip") == {}


def test_the_command_line_builds_and_checks(tmp_path):
    there = ["--dir", str(tmp_path), "--guide", str(tmp_path / "no guide.md")]
    built = CliRunner().invoke(cli, ["excel", "build", *there])
    assert built.exit_code == 0
    assert "sop_xl.xlam" in built.output
    checked = CliRunner().invoke(cli, ["excel", "check", *there])
    assert checked.exit_code == 0
    assert "that of the sources" in checked.output


@pytest.mark.office
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_lists_every_module(files, tmp_path):
    """LibreOffice's own VBA import, as seen in the flat document it writes: every module with its procedures."""
    profile = (tmp_path / "profile").as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "ods", "--outdir"]
    subprocess.run([*command, str(tmp_path), str(files["xlsm"])], check=True, capture_output=True, timeout=120)
    with zipfile.ZipFile(tmp_path / "sop_xl.ods") as document:
        listed = {
            Path(name).stem: document.read(name).decode()
            for name in document.namelist()
            if re.fullmatch(r"Basic/\w+/(?!script-lb).*\.xml", name)
        }
    assert set(listed) == {module.name for module in sources().modules}
    for module in sources().modules:
        for procedure in re.findall(r"^(?:Public |Private )?(?:Sub|Function) (\w+)", module.text, re.MULTILINE):
            assert procedure in listed[module.name]
