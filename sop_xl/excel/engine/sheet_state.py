"""A sheet while a macro works on it: the file's cells below, what was written above them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sop_xl.excel.engine.address import FIRST_CELL, WHOLE_SHEET, Area
from sop_xl.excel.engine.newer_functions import shown
from sop_xl.excel.engine.source import Cell, SheetSource, SourceFormula
from sop_xl.excel.engine.styles import Stylesheet
from sop_xl.excel.engine.values import CellValue, Formula, as_text, moment_of, serial_of, shows_date
from sop_xl.schema.raw import CellError

MOST_CELLS = 1_000_000
"""Cells a single change of formats may touch."""


@dataclass(eq=False)
class SheetState:
    """The cells of one sheet.

    Attributes:
        name: its present name.
        source: what the file has; None for a sheet added in this session.
        styles: the styles of the workbook.
        writes: values and formulas written in this session, by row and column; None empties.
        looks: changed properties of looks, by cell.
        column_looks: changed properties of whole columns; cells in use have them in ``looks`` as well.
        widths: new widths of columns, in characters.
        heights: new heights of rows, in points.
        epoch: days by which the workbook's calendar begins later than 1900; 1462 in books of an old Mac.
        selection: its selected cells.
    """

    name: str
    source: SheetSource | None
    styles: Stylesheet
    visible: bool = True
    protected: bool = False
    writes: dict[int, dict[int, CellValue | Formula]] = field(default_factory=dict)
    looks: dict[Cell, dict[str, object]] = field(default_factory=dict)
    column_looks: dict[int, dict[str, object]] = field(default_factory=dict)
    widths: dict[int, float] = field(default_factory=dict)
    heights: dict[int, float] = field(default_factory=dict)
    merged: list[Area] | None = None
    epoch: int = 0
    selection: Area = FIRST_CELL

    def values(self, area: Area) -> list[list[CellValue]]:
        """Return the values of an area; a formula set in this session has none yet."""
        found = self._stored(area)
        for row in self._written_rows(area):
            line = found[row - area.top]
            for column, value in self.writes[row].items():
                if area.left <= column <= area.right:
                    line[column - area.left] = self._shown(row, column, value)
        if self.looks or self.column_looks:
            self._follow_formats(area, found)
        return found

    def _stored(self, area: Area) -> list[list[CellValue]]:
        rows, columns = area.shape
        if self.source is None or not self.source.rows:
            return [[None] * columns for _ in range(rows)]
        source = self.source
        start, end = area.left - source.left, area.right - source.left + 1
        width = len(source.rows[0])
        before = [None] * min(max(-start, 0), columns)
        after = [None] * min(max(end - width, 0), columns)
        found: list[list[CellValue]] = []
        for row in range(area.top - source.top, area.bottom - source.top + 1):
            if 0 <= row < len(source.rows):
                found.append([*before, *source.rows[row][max(start, 0) : max(end, 0)], *after])
            else:
                found.append([None] * columns)
        return found

    def _written_rows(self, area: Area) -> Iterable[int]:
        if len(self.writes) < area.bottom - area.top:
            return [row for row in self.writes if area.top <= row <= area.bottom]
        return [row for row in range(area.top, area.bottom + 1) if row in self.writes]

    def _shown(self, row: int, column: int, value: CellValue | Formula) -> CellValue:
        if isinstance(value, Formula):
            return None
        if isinstance(value, (datetime, float)):
            return self._dated(value, self.shows_date(row, column))
        return value

    def _follow_formats(self, area: Area, found: list[list[CellValue]]) -> None:
        for row, column in self._changed_looks(area):
            look = self.changed_look(row, column)
            value = found[row - area.top][column - area.left]
            if ("number_format" in look or "plain" in look) and isinstance(value, (datetime, float)):
                found[row - area.top][column - area.left] = self._dated(value, self.shows_date(row, column))

    def _changed_looks(self, area: Area) -> Iterable[Cell]:
        if area.size > len(self.looks):
            return [cell for cell in self.looks if area.holds(*cell)]
        return [cell for cell in area.cells() if cell in self.looks]

    def _dated(self, value: datetime | float, as_date: bool) -> CellValue:
        if isinstance(value, datetime):
            return value if as_date else serial_of(value) - self.epoch
        return moment_of(value + self.epoch) if as_date else value

    def plain(self, value: CellValue) -> float | str | bool | None:
        """Return a value as JSON carries it: dates as serial numbers of this workbook, failures by their text."""
        if isinstance(value, datetime):
            return serial_of(value) - self.epoch
        return value.code if isinstance(value, CellError) else value

    def value(self, row: int, column: int) -> CellValue:
        """Return the value of a cell."""
        if row not in self.writes and not self.looks and not self.column_looks and self.source is not None:
            source = self.source
            line, place = row - source.top, column - source.left
            inside = 0 <= line < len(source.rows) and 0 <= place < len(source.rows[0])
            return source.rows[line][place] if inside else None
        return self.values(Area(row, column, row, column))[0][0]

    def is_empty(self, row: int, column: int) -> bool:
        """Whether a cell holds neither value nor formula."""
        written = self.writes.get(row, {})
        if column in written:
            return written[column] is None
        return self.value(row, column) is None and self.formula(row, column) is None

    def formula(self, row: int, column: int) -> str | None:
        """Return the formula of a cell, with its ``=``, or None where it has none."""
        written = self.writes.get(row, {})
        if column in written:
            value = written[column]
            return value.text if isinstance(value, Formula) else None
        found = self.source_formula(row, column)
        return "=" + shown(found.text) if found and found.text else None

    def source_formula(self, row: int, column: int) -> SourceFormula | None:
        """Return the formula that the file has in a cell."""
        return self.source.formulas.get((row, column)) if self.source is not None else None

    def shown_formula(self, row: int, column: int, value: CellValue) -> str:
        """Return the formula of a cell, or its value as text where it has none."""
        return self.formula(row, column) or as_text(self.plain(value))

    def entered_text(self, value: CellValue | Formula) -> str:
        """Return what one types to enter a value or formula."""
        return value.text if isinstance(value, Formula) else as_text(self.plain(value))

    def write(self, row: int, column: int, value: CellValue | Formula) -> None:
        """Put a value or a formula into a cell."""
        self.writes.setdefault(row, {})[column] = value

    def used(self) -> Area:
        """Return the area from the first to the last cell with a value, formula or look; A1 where there is none."""
        boxes = [self.source.box] if self.source is not None and self.source.box is not None else []
        rows = {row for box in boxes for row in (box.top, box.bottom)}
        columns = {column for box in boxes for column in (box.left, box.right)}
        for row, line in self.writes.items():
            filled = [column for column, value in line.items() if value is not None]
            if filled:
                rows.add(row)
                columns |= {min(filled), max(filled)}
        rows |= {row for row, _ in self.looks}
        columns |= {column for _, column in self.looks}
        if not rows:
            return Area(1, 1, 1, 1)
        return Area(min(rows), min(columns), max(rows), max(columns))

    def filled(self, area: Area) -> Iterator[Cell]:
        """Yield the cells of an area that hold something."""
        clipped = area.within(self.used())
        if clipped is None:
            return
        for row, line in enumerate(self.values(clipped), clipped.top):
            for column, value in enumerate(line, clipped.left):
                if value is not None or self.formula(row, column) is not None:
                    yield row, column

    def style(self, row: int, column: int) -> int:
        """Return the style number that the file gives a cell."""
        return self.source.style(row, column) if self.source is not None else 0

    def changed_look(self, row: int, column: int) -> Mapping[str, object]:
        """Return the changed properties of a cell's look: its own, else its column's."""
        own = self.looks.get((row, column))
        return own if own is not None else self.column_looks.get(column, {})

    def style_in_column(self, row: int, column: int) -> int | None:
        """Return the style of a cell whose column got another look, or None where nothing changed."""
        look = self.column_looks.get(column)
        return self.styles.style_with(self.style(row, column), look) if look else None

    def look(self, row: int, column: int) -> dict[str, object]:
        """Return what a cell looks like, by the names the journal uses."""
        changed = self.changed_look(row, column)
        style = 0 if "plain" in changed else self.style(row, column)
        return {**self.styles.look(style), **changed}

    def number_format(self, row: int, column: int) -> str:
        """Return the number format of a cell."""
        changed = self.changed_look(row, column)
        if "number_format" in changed:
            return str(changed["number_format"])
        return "General" if "plain" in changed else self.styles.number_format(self.style(row, column))

    def shows_date(self, row: int, column: int) -> bool:
        """Whether the number format of a cell shows a date."""
        changed = self.changed_look(row, column)
        if "number_format" in changed:
            return shows_date(str(changed["number_format"]))
        return "plain" not in changed and self.style(row, column) in self.styles.dates

    def locked(self, row: int, column: int) -> bool:
        """Whether a protected sheet refuses edits of a cell."""
        changed = self.changed_look(row, column)
        return "plain" in changed or self.style(row, column) not in self.styles.unlocked

    def change_look(self, area: Area, look: Mapping[str, object]) -> None:
        """Change properties of the look of an area; a whole column keeps them for cells to come.

        Raises:
            NotImplementedError: where it has more than a million cells in use.
        """
        if area.top == 1 and area.bottom == WHOLE_SHEET.bottom:
            used = self.used()
            for column in range(area.left, area.right + 1):
                self.column_looks.setdefault(column, {}).update(look)
            area = area._replace(bottom=max(used.bottom, 1))
        if area.size > MOST_CELLS:
            raise NotImplementedError(f"formats of more than {MOST_CELLS:,} cells at once")
        for cell in area.cells():
            if cell not in self.looks:
                self.looks[cell] = {}
            self.looks[cell].update(look)

    def drop_look(self, area: Area) -> None:
        """Give an area the plain look of a new sheet."""
        clipped = area.within(self.used())
        if clipped is not None:
            for row in range(clipped.top, clipped.bottom + 1):
                for column in range(clipped.left, clipped.right + 1):
                    self.looks[row, column] = {"plain": True}

    @property
    def merges(self) -> list[Area]:
        """Areas of joined cells."""
        if self.merged is None:
            self.merged = list(self.source.merges) if self.source is not None else []
        return self.merged
