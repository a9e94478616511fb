"""Every file we write opens without repair, shows right values without calculating, and is the same each time."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from sop_xl.schema.catalogue import BOOKS
from sop_xl.workbook.content import PackContent
from sop_xl.workbook.templates import build, check, template

from .audit import audit
from .conftest import packed
from .formula_check import check_formulas, formula_count

COMMITTED = Path(__file__).parents[2] / "workbook_templates"


@pytest.mark.parametrize("book", BOOKS)
def test_a_template_opens_without_repair(books: dict[str, Path], book: str) -> None:
    assert audit(books[book]) == []


@pytest.mark.parametrize("book", BOOKS)
def test_two_engines_agree_with_every_value_stored_in_a_template(books: dict[str, Path], book: str) -> None:
    assert check_formulas(books[book]) == []


def test_the_pack_opens_without_repair(pack: Path) -> None:
    assert audit(pack) == []


def test_two_engines_agree_with_every_value_stored_in_the_pack(pack: Path) -> None:
    assert check_formulas(pack) == []
    assert formula_count(pack) > 1500


def test_the_audit_finds_a_table_that_excel_would_repair(books: dict[str, Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(books["sales"]) as source, zipfile.ZipFile(broken, "w") as target:
        for info in source.infolist():
            data = source.read(info)
            if info.filename == "xl/tables/table1.xml":
                data = data.replace(b' displayName="tblSalesForecast"', b"")
            target.writestr(info, data)
    assert audit(broken)


def test_the_formula_check_finds_a_wrong_value_and_an_unknown_function(tmp_path: Path) -> None:
    path = tmp_path / "wrong.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet("S")
        sheet.write_formula("A1", "=1+1", None, 3)
        sheet.write_formula("A2", "=2+2", None, 4)
    findings = check_formulas(path)
    assert [f.split(":")[0] for f in findings] == ["S!A1", "S!A1"]


@pytest.mark.parametrize("book", BOOKS)
def test_a_template_has_the_same_bytes_on_every_build(books: dict[str, Path], book: str) -> None:
    assert template(book) == books[book].read_bytes()


def test_the_pack_has_the_same_bytes_on_every_build(pack: Path, pack_content: PackContent) -> None:
    assert packed(pack_content) == pack.read_bytes()


def test_the_committed_templates_are_those_of_the_schema() -> None:
    assert [str(issue) for issue in check(COMMITTED)] == []


def test_a_missing_and_a_changed_template_are_told(tmp_path: Path) -> None:
    build(tmp_path)
    (tmp_path / "sales.xlsx").unlink()
    (tmp_path / "finance.xlsx").write_bytes((tmp_path / "data.xlsx").read_bytes())
    (tmp_path / "product.xlsx").write_bytes(b"not a zip")
    assert {issue.file for issue in check(tmp_path)} == {"sales.xlsx", "finance.xlsx", "product.xlsx"}


def test_another_compression_of_the_same_parts_is_the_same_template(tmp_path: Path) -> None:
    build(tmp_path)
    path = tmp_path / "sales.xlsx"
    stored = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as target:
        for info in source.infolist():
            target.writestr(info.filename, source.read(info))
    path.write_bytes(stored.getvalue())
    assert check(tmp_path) == []


@pytest.mark.office
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not on this machine")
def test_libreoffice_prints_every_book_and_the_pack(books: dict[str, Path], pack: Path, tmp_path: Path) -> None:
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    files = [*map(str, books.values()), str(pack)]
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), *files]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    assert {path.stem for path in tmp_path.glob("*.pdf")} == {*BOOKS, "pack"}
