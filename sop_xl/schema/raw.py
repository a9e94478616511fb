"""Tables as they were read, before anything is believed: headers, values, and the cell each value came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CellError:
    """What stands in a cell whose formula failed, such as ``#N/A``."""

    code: str

    def __str__(self) -> str:
        """Return the code as Excel shows it."""
        return self.code


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table as it stands in a file, column by column.

    Attributes:
        name: schema name of the table, such as ``resources``.
        headers: header texts (a schema column's ``header`` or ``name``; letter case and blanks do not matter).
        data: one sequence a header, all of the same length; None or "" is an empty cell.
        file: file name.
        sheet: worksheet name; empty for a CSV.
        row_numbers: sheet row (or line of the file) of every data row.
        letters: column letter of every header; empty for a CSV.
        header_row: sheet row of the headers.
        cells: explicit addresses, column by column, where a table was turned (wide to long); else empty.
    """

    name: str
    headers: tuple[str, ...]
    data: tuple[Sequence[object], ...]
    file: str = ""
    sheet: str = ""
    row_numbers: Sequence[int] = ()
    letters: tuple[str, ...] = ()
    header_row: int = 1
    cells: tuple[Sequence[str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse columns of different lengths: that is an error of a reader, not of the user."""
        lengths = {len(column) for column in self.data}
        if len(self.headers) != len(self.data) or len(lengths) > 1:
            raise ValueError(f"{self.name}: {len(self.headers)} headers, columns of lengths {sorted(lengths)}")

    def __len__(self) -> int:
        """Return the number of data rows."""
        return len(self.data[0]) if self.data else 0

    def address(self, column: int, row: int) -> str:
        """Return where a value stands: ``G12`` in a sheet, ``units:12`` (column:line) in a CSV."""
        if self.cells and self.cells[column]:
            return self.cells[column][row]
        number = self.row_numbers[row] if len(self.row_numbers) else row + 2
        return f"{self.letters[column]}{number}" if self.letters else f"{self.headers[column]}:{number}"

    def header_address(self, column: int) -> str:
        """Return where a header stands."""
        return f"{self.letters[column]}{self.header_row}" if self.letters else self.headers[column]
