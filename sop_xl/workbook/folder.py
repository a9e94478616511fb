"""A folder of workbooks and CSVs, or one of them, becomes typed tables with all their issues."""

from __future__ import annotations

from pathlib import Path

from sop_xl.gather.sources import read_inputs
from sop_xl.model.issue import Issue
from sop_xl.schema.parse import Parsed, parse
from sop_xl.schema.raw import RawTable
from sop_xl.workbook.reading import read_workbook


def read_folder(source: Path) -> Parsed:
    """Return everything a folder or file holds as typed tables; problems with files come first among the issues.

    In a folder of several functions' books the tables that every book has (assumptions, comments) are put together.
    """
    raw, problems = read_inputs(source, _workbook)
    parsed = parse(raw)
    return Parsed(parsed.tables, (*problems, *parsed.issues), parsed.origins)


def _workbook(file: Path) -> tuple[tuple[RawTable, ...], tuple[Issue, ...]]:
    reading = read_workbook(file)
    return reading.raw_tables, reading.issues
