"""The templates people open: built from the schema with the example company, byte for byte the same on every build."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from sop_xl.model.issue import Issue, Severity
from sop_xl.schema.catalogue import BOOKS
from sop_xl.workbook.content import BookContent
from sop_xl.workbook.example import example_inputs, example_plan
from sop_xl.workbook.writing import write_book

_REMEDY = "Build the templates again with: sop-xl templates build"


def template_content() -> BookContent:
    """Return what fills the templates: the example company and its plan."""
    inputs, plan = example_inputs(), example_plan()
    money = plan["profit_and_loss"]
    return BookContent(
        tables={**inputs.tables, **plan},
        calendar=inputs.calendar,
        cycle=str(inputs.settings["cycle"]),
        currency=str(inputs.settings["currency"]),
        illustrative=bool(inputs.settings["illustrative"]),
        reference={
            "Data": "Example company, all of it invented",
            "Budgeted revenue": float(inputs["budget"]["revenue"].sum()),
            "Planned revenue": float(money["revenue"].sum()),
            "Planned gross margin": float(money["gross_margin"].sum()),
        },
    )


def template(book: str) -> bytes:
    """Return the bytes of the template of a book."""
    target = io.BytesIO()
    write_book(book, template_content(), target)
    return target.getvalue()


def build(folder: Path) -> list[Path]:
    """Write every template into a folder and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for book in BOOKS:
        path = folder / f"{book}.xlsx"
        path.write_bytes(template(book))
        written.append(path)
    return written


def check(folder: Path) -> list[Issue]:
    """Return an error for every template in a folder that is missing or not what a build would write.

    Parts are compared, not the archive around them: another zlib packs the same parts into other bytes.
    """
    issues = []
    for book in BOOKS:
        path = folder / f"{book}.xlsx"
        if not path.is_file():
            issues.append(Issue(Severity.ERROR, f"The template of {book} is missing.", _REMEDY, file=path.name))
        elif not _same(path.read_bytes(), template(book)):
            text = f"The template of {book} is not what the schema builds."
            issues.append(Issue(Severity.ERROR, text, _REMEDY, file=path.name))
    return issues


def _same(there: bytes, built: bytes) -> bool:
    try:
        return there == built or _parts(there) == _parts(built)
    except zipfile.BadZipFile:
        return False


def _parts(data: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return [(info.filename, package.read(info)) for info in package.infolist()]
