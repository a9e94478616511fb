"""The look of ranges in the file engine: number formats, colours, fonts, alignment, widths, joined cells, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sop_xl.excel.engine.address import Area, address_of, plain_address
from sop_xl.excel.engine.journal import Format, Merge, Operation, Unmerge
from sop_xl.excel.engine.unsupported import FileObject, NativeObject, refuse

if TYPE_CHECKING:
    from sop_xl.excel.engine.sheet_state import SheetState
    from sop_xl.excel.engine.sheets import Sheet

Rgb = tuple[int, int, int]
DEFAULT_WIDTH, DEFAULT_HEIGHT = 8.43, 15.0


class Looks(FileObject):
    """What a range looks like."""

    _sheet: Sheet
    _area: Area

    @property
    def _state(self) -> SheetState:
        return self._sheet.state

    def _record(self, operation: Operation) -> None:
        self._sheet.book.state.record(operation)

    def _common(self, name: str) -> Any:
        """Return a property that all cells share, or None where they differ."""
        area = self._area.within(self._state.used()) or Area(*self._area[:2], *self._area[:2])
        seen: dict[tuple[int, tuple[Any, ...]], Any] = {}
        for row in range(area.top, area.bottom + 1):
            for column in range(area.left, area.right + 1):
                changed = self._state.changed_look(row, column)
                key = (self._state.style(row, column), tuple(changed.items()))
                if key not in seen:
                    seen[key] = self._state.look(row, column)[name]
        values = list(seen.values())
        return values[0] if all(value == values[0] for value in values) else None

    def _change(self, name: str, value: Any) -> None:
        self._sheet.check_formats()
        self._state.change_look(self._area, {name: value})
        self._record(Format(self._state.name, plain_address(self._area), name, value))

    @property
    def number_format(self) -> str | None:
        """The number format, or None where cells differ."""
        return self._common("number_format")

    @number_format.setter
    def number_format(self, value: str) -> None:
        self._change("number_format", str(value))

    @property
    def color(self) -> Rgb | None:
        """The colour behind the cells, or None where there is none or they differ."""
        return _rgb(self._common("color"))

    @color.setter
    def color(self, value: Any) -> None:
        self._change("color", None if value is None else hex_of(value))

    def set_colors(self, colors: list[list[Any]]) -> None:
        """Set a colour for each cell; an ellipsis leaves one as it is."""
        for row, line in enumerate(colors, self._area.top):
            for column, color in enumerate(line, self._area.left):
                if color is not ...:
                    self._sheet.cell(row, column).color = color

    @property
    def wrap_text(self) -> bool | None:
        """Whether long text is broken into lines."""
        return self._common("wrap")

    @wrap_text.setter
    def wrap_text(self, value: bool) -> None:
        self._change("wrap", bool(value))

    @property
    def horizontal_alignment(self) -> str | None:
        """Where text stands from left to right."""
        return self._common("horizontal")

    @horizontal_alignment.setter
    def horizontal_alignment(self, value: str) -> None:
        self._change("horizontal", value)

    @property
    def vertical_alignment(self) -> str | None:
        """Where text stands from top to bottom."""
        return self._common("vertical")

    @vertical_alignment.setter
    def vertical_alignment(self, value: str) -> None:
        self._change("vertical", value)

    @property
    def font(self) -> Font:
        """The font."""
        return Font(self)

    @property
    def column_width(self) -> float | None:
        """Width of the columns in characters, or None where they differ."""
        widths = {self._sheet.column_width(column) for column in range(self._area.left, self._area.right + 1)}
        return widths.pop() if len(widths) == 1 else None

    @column_width.setter
    def column_width(self, value: float) -> None:
        if not 0 <= value <= 255:
            raise ValueError("a column is 0 to 255 characters wide")
        self._sheet.check_formats()
        for column in range(self._area.left, self._area.right + 1):
            self._state.widths[column] = float(value)
        self._record(Format(self._state.name, plain_address(self._area), "column_width", float(value)))

    @property
    def row_height(self) -> float | None:
        """Height of the rows in points, or None where they differ."""
        last = min(self._area.bottom, max(self._state.used().bottom, self._area.top))
        heights = {self._sheet.row_height(row) for row in range(self._area.top, last + 1)}
        return heights.pop() if len(heights) == 1 else None

    @row_height.setter
    def row_height(self, value: float) -> None:
        if not 0 <= value <= 409.5:
            raise ValueError("a row is 0 to 409.5 points high")
        self._sheet.check_formats()
        for row in range(self._area.top, min(self._area.bottom, self._area.top + 100_000) + 1):
            self._state.heights[row] = float(value)
        self._record(Format(self._state.name, plain_address(self._area), "row_height", float(value)))

    def autofit(self, axis: str | None = None) -> None:
        """Make the columns as wide as their longest text; the height of rows is left to Excel."""
        if axis in ("rows", "r"):
            return
        area = self._area.within(self._state.used())
        if area is None:
            return
        values = self._state.values(area)
        for place, column in enumerate(range(area.left, area.right + 1)):
            texts = [str(line[place]) for line in values if line[place] is not None]
            if texts:
                width = min(max(max(len(part) for part in text.split("\n")) for text in texts) + 1.3, 60.0)
                self._sheet.columns(column).column_width = round(width, 2)

    @property
    def merge_cells(self) -> bool | None:
        """Whether the cells are joined; None where some are."""
        touching = [area for area in self._state.merges if area.meets(self._area)]
        if not touching:
            return False
        return True if any(self._area.within(area) == self._area for area in touching) else None

    @property
    def merge_area(self) -> Any:
        """The joined cells that the first one belongs to, or itself."""
        row, column = self._area[:2]
        for area in self._state.merges:
            if area.holds(row, column):
                return self._sheet.part(area)
        return self._sheet.cell(row, column)

    def merge(self, across: bool = False) -> None:
        """Join the cells (row by row where across); only the first value stays."""
        areas = [self._area]
        if across:
            areas = [self._area._replace(top=row, bottom=row) for row in range(self._area.top, self._area.bottom + 1)]
        for area in areas:
            if any(known.meets(area) and known != area for known in self._state.merges):
                raise ValueError(f"{plain_address(area)} meets cells that are joined already")
            for row, column in list(self._state.filled(area)):
                if (row, column) != area[:2]:
                    self._state.write(row, column, None)
            if area not in self._state.merges and area.size > 1:
                self._state.merges.append(area)
            self._record(Merge(self._state.name, plain_address(area)))

    def unmerge(self) -> None:
        """Part joined cells."""
        self._state.merged = [area for area in self._state.merges if not area.meets(self._area)]
        self._record(Unmerge(self._state.name, plain_address(self._area)))

    @property
    def note(self) -> Note | None:
        """The note of the first cell, to read."""
        text = self._sheet.notes_by_cell.get((self._area.top, self._area.left))
        return None if text is None else Note(self._sheet, self._area, text)

    @property
    def hyperlink(self) -> str:
        """The address that the first cell links to.

        Raises:
            ValueError: where it links to none.
        """
        found = self._sheet.hyperlinks.get((self._area.top, self._area.left))
        if found is None:
            raise ValueError("The cell doesn't seem to contain a hyperlink!")
        return found


class Font(FileObject):
    """The font of a range."""

    _what = "Font"

    def __init__(self, looks: Looks) -> None:
        """Belong to a range."""
        self._looks = looks

    @property
    def api(self) -> NativeObject:
        """A stand-in for Excel's own object."""
        return NativeObject("Font")

    @property
    def bold(self) -> bool | None:
        """Whether it is bold."""
        return self._looks._common("bold")

    @bold.setter
    def bold(self, value: bool) -> None:
        self._looks._change("bold", bool(value))

    @property
    def italic(self) -> bool | None:
        """Whether it is italic."""
        return self._looks._common("italic")

    @italic.setter
    def italic(self, value: bool) -> None:
        self._looks._change("italic", bool(value))

    @property
    def size(self) -> float | None:
        """Its size in points."""
        return self._looks._common("font_size")

    @size.setter
    def size(self, value: float) -> None:
        self._looks._change("font_size", float(value))

    @property
    def color(self) -> Rgb | None:
        """Its colour."""
        return _rgb(self._looks._common("font_color"))

    @color.setter
    def color(self, value: Any) -> None:
        self._looks._change("font_color", hex_of(value))

    @property
    def name(self) -> str | None:
        """Its name."""
        return self._looks._common("font_name")

    @name.setter
    def name(self, value: str) -> None:
        self._looks._change("font_name", str(value))


class Note(FileObject):
    """A note of a cell; notes can be read, not changed."""

    _what = "Note"

    def __init__(self, sheet: Sheet, area: Area, text: str) -> None:
        """Keep the text."""
        self._sheet, self._area, self._text = sheet, area, text

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    @text.setter
    def text(self, value: str) -> None:
        refuse("Note.text = ...")

    @property
    def location(self) -> Any:
        """The cell it belongs to."""
        return self._sheet.cell(*self._area[:2])

    def __repr__(self) -> str:
        """Return where it stands."""
        return f"<Note {address_of(self._area)}>"


def hex_of(color: Any) -> str:
    """Return ``#rrggbb`` of a colour given as RGB, as text or as Excel's number.

    Raises:
        ValueError: where it is no colour.
    """
    if isinstance(color, str):
        code = color.lstrip("#")
        if len(code) == 6 and all(sign in "0123456789abcdefABCDEF" for sign in code):
            return "#" + code.lower()
    elif isinstance(color, int) and 0 <= color <= 0xFFFFFF:
        return f"#{color & 255:02x}{color >> 8 & 255:02x}{color >> 16 & 255:02x}"
    elif isinstance(color, (tuple, list)) and len(color) == 3 and all(0 <= int(part) <= 255 for part in color):
        return "#" + "".join(f"{int(part):02x}" for part in color)
    raise ValueError(f"{color!r} is no colour: give (red, green, blue) or '#rrggbb'")


def _rgb(color: Any) -> Rgb | None:
    if isinstance(color, str):
        code = color.lstrip("#")
        return int(code[:2], 16), int(code[2:4], 16), int(code[4:6], 16)
    return color
