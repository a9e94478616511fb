"""A workbook that passed the guard, while its tables are taken out: sheets are loaded when first asked for."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from typing import Any

from sop_xl.model.issue import Issue, Severity
from sop_xl.schema.raw import CellError
from sop_xl.workbook.guard import Package
from sop_xl.workbook.package import Extent, Malformed, Sheet, scan

MAX_AREA = 5_000_000
"""Most cells a sheet may span from its first to its last filled cell: beyond that, something stands far outside."""

Rows = dict[int, list[object]]
"""Rows of a sheet by number (zero-based), each padded from column A."""


@dataclass
class OpenBook:
    """A safe workbook and the issues found so far."""

    package: Package
    file: str
    found: list[Sheet]
    book: Any
    issues: list[Issue]

    def __post_init__(self) -> None:
        """Start with no sheet loaded."""
        self.values: dict[str, Rows | None] = {}
        self.extents: dict[str, Extent] = {}

    def add(self, severity: Severity, message: str, hint: str, **place: str) -> None:
        """Add an issue of this file."""
        self.issues.append(Issue(severity, message, hint, file=self.file, **place))

    def rows(self, sheet: str) -> Rows | None:
        """Return the rows of a sheet by number, each padded from column A, or None where it cannot be read."""
        if sheet not in self.values:
            self.values[sheet] = self._load(sheet)
        return self.values[sheet]

    def _load(self, name: str) -> Rows | None:
        sheet = next(s for s in self.found if s.name == name)
        try:
            extent = scan(self.package, sheet)
        except Malformed as problem:
            text = f"The sheet cannot be read: {problem}."
            self.add(Severity.ERROR, text, "Open the file in Excel, save it and submit it again.", sheet=name)
            return None
        self.extents[name] = extent
        if extent.absurd or extent.area > MAX_AREA:
            reason = extent.absurd or (
                f"its filled cells reach from row {extent.top + 1} to {extent.bottom + 1} and over "
                f"{extent.right - extent.left + 1} columns"
            )
            hint = "Delete what stands far outside the table (Ctrl+End shows the last cell), then save."
            self.add(Severity.ERROR, f"The sheet is too large: {reason}.", hint, sheet=name)
            return None
        try:
            loaded = self.book.get_sheet_by_name(name)
            values, start = loaded.to_python(), loaded.start
        except BaseException as problem:  # a panic of the reader is not an Exception
            if isinstance(problem, (KeyboardInterrupt, SystemExit, MemoryError)):
                raise
            self.add(Severity.ERROR, "The sheet cannot be read.", "Copy it into a freshly downloaded book.", sheet=name)
            return None
        if start is None:
            return {}
        top, left = start
        pad: list[object] = [None] * left
        rows = {top + offset: [*pad, *map(_cell, row)] for offset, row in enumerate(values)}
        for (row, column), code in extent.errors.items():
            if row in rows and column < len(rows[row]):
                rows[row][column] = CellError(code)
            else:
                line = rows.setdefault(row, [])
                line.extend([None] * (column + 1 - len(line)))
                line[column] = CellError(code)
        return rows


def _cell(value: object) -> object:
    if value is None or isinstance(value, (str, bool, int, float, date)):
        return value
    return str(value)


def open_values(data: bytes) -> Any:
    """Return the reader of the cells.

    Raises:
        Malformed: where no sheet can be read.
    """
    from python_calamine import CalamineWorkbook

    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except BaseException as problem:  # a panic of the reader is not an Exception
        if isinstance(problem, (KeyboardInterrupt, SystemExit, MemoryError)):
            raise
        raise Malformed(str(problem).splitlines()[0][:120] if str(problem) else "no sheet can be read") from None
