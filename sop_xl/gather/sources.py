"""Sources: a folder, a file or bytes become raw tables; CSVs are named after the tables of the schema."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from sop_xl.model.issue import Issue, Severity
from sop_xl.schema.catalogue import tables
from sop_xl.schema.raw import RawTable

WORKBOOK_ENDINGS = (".xlsx", ".xlsm")
WorkbookReader = Callable[[Path], tuple[Iterable[RawTable], Iterable[Issue]]]
"""Reads a workbook file; handed in by the caller, so that this step knows nothing of Excel files."""


def read_csv(name: str, data: bytes, file: str = "") -> tuple[RawTable | None, list[Issue]]:
    """Return a CSV as a raw table; UTF-8 with or without mark, comma, semicolon or tab between the columns."""
    place = {"file": file or f"{name}.csv", "table": name}
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        return None, [
            Issue(
                Severity.ERROR,
                f"Line {line} is not UTF-8 text.",
                "Save the file as 'CSV UTF-8' and try again.",
                **place,
            )
        ]
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    lines = [(number, row) for number, row in _numbered(text, delimiter) if any(cell.strip() for cell in row)]
    if not lines:
        return None, [Issue(Severity.ERROR, "The file is empty.", "Write the column names in its first line.", **place)]
    headers, body = lines[0][1], lines[1:]
    issues = [
        Issue(
            Severity.ERROR,
            f"Line {number} has {len(row)} values, but the header has {len(headers)}.",
            "Put text that holds the separator in double quotes.",
            **place,
            cell=f"line {number}",
        )
        for number, row in body
        if len(row) > len(headers)
    ]
    width = len(headers)
    data_columns = tuple([row[c] if c < len(row) else "" for _, row in body] for c in range(width))
    raw = RawTable(name, tuple(headers), data_columns, file=place["file"], row_numbers=[n for n, _ in body])
    return raw, issues


def _numbered(text: str, delimiter: str) -> Iterable[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    before = 0
    for row in reader:
        yield before + 1, row
        before = reader.line_num


def read_csvs(files: Mapping[str, bytes]) -> tuple[list[RawTable], list[Issue]]:
    """Return several CSVs by file name as raw tables; a name that is no table of the schema is an issue."""
    raw: list[RawTable] = []
    issues: list[Issue] = []
    known = {name for name, table in tables().items() if table.role == "input"}
    for file, data in files.items():
        name = Path(file).stem.lower()
        if name not in known:
            near = get_close_matches(name, sorted(known), n=1)
            hint = f"Did you mean {near[0]}.csv?" if near else "Name it after a table of the data dictionary."
            issues.append(Issue(Severity.ERROR, f"'{file}' is not the name of an input table.", hint, file=file))
            continue
        table, found = read_csv(name, data, file)
        issues += found
        if table is not None:
            raw.append(table)
    return raw, issues


def read_inputs(path: Path, read_workbook: WorkbookReader) -> tuple[list[RawTable], list[Issue]]:
    """Return the raw tables of a folder of CSVs and workbooks, or of a single workbook or CSV.

    Args:
        path: folder or file.
        read_workbook: reader of Excel workbooks.
    """
    if not path.exists():
        return [], [Issue(Severity.ERROR, f"'{path}' does not exist.", "Check the path.", file=path.name)]
    files = [path] if path.is_file() else sorted(p for p in path.iterdir() if _is_source(p))
    if not files:
        hint = "Put CSV files named after the tables in it, or workbooks; see `sop-xl templates example DIR`."
        return [], [Issue(Severity.ERROR, f"'{path.name}' holds no CSV file and no workbook.", hint, file=path.name)]
    raw, issues = read_csvs({p.name: p.read_bytes() for p in files if p.suffix.lower() == ".csv"})
    for file in files:
        if file.suffix.lower() != ".csv":
            found, problems = read_workbook(file)
            raw += found
            issues += problems
    return raw, issues


def _is_source(path: Path) -> bool:
    ending = path.suffix.lower()
    return path.is_file() and not path.name.startswith(("~$", ".")) and ending in (".csv", ".xls", *WORKBOOK_ENDINGS)
