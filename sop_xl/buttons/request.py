"""What a button is given and what it gives back, as plain values that travel between processes as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from sop_xl.model.issue import Issue, errors
from sop_xl.schema.raw import RawTable

if TYPE_CHECKING:
    import pandas as pd

Mode = Literal["fill", "replace", "add"]


@dataclass(frozen=True, slots=True)
class Selection:
    """What was selected when the button was pressed: a sheet and an address such as ``B5`` or ``B5:D9``."""

    sheet: str
    address: str


@dataclass(frozen=True, slots=True)
class Request:
    """A button pressed on a workbook.

    Attributes:
        button: name of the button in the catalogue.
        file: name of the workbook's file.
        tables: the workbook's tables as they stand, grids wide, each value knowing its cell.
        meta: entries of its hidden sheet: function, cycle, base version …; empty for a book that is not ours.
        issues: what was found while it was read.
        selection: what is selected; None where nothing is.
        entered: what the person entered beside the workbook: ``cycle``, ``function``, ``title``.
        workbook: the file itself, for a button that hands it in; else empty.
    """

    button: str
    file: str = ""
    tables: tuple[RawTable, ...] = ()
    meta: Mapping[str, str] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
    selection: Selection | None = None
    entered: Mapping[str, str] = field(default_factory=dict)
    workbook: bytes = b""

    def __post_init__(self) -> None:
        """Close the mappings against change."""
        for name in ("meta", "entered"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))


@dataclass(frozen=True, eq=False)
class Output:
    """Rows that a button writes into a table of the workbook.

    Attributes:
        table: schema name of the table.
        rows: typed columns of the schema; the key columns are among them.
        mode: *fill* finds each row by its key and sets ``columns``, rows that are nowhere are added to tables and left
            out of grids; *replace* exchanges all rows of an output table; *add* appends rows whose key is not there.
        columns: the columns written; empty: all those of ``rows``.
    """

    table: str
    rows: pd.DataFrame
    mode: Mode = "replace"
    columns: tuple[str, ...] = ()

    @property
    def written(self) -> tuple[str, ...]:
        """The columns that are written."""
        return self.columns or tuple(self.rows.columns)


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """A file that a button brings: its name and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, eq=False)
class Answer:
    """What pressing a button has brought.

    Attributes:
        message: what was done, or why not, in a sentence.
        issues: everything found on the way, errors among them where it failed.
        outputs: what is written into the workbook.
        file: a file to be saved and opened, for the button that fetches one.
        show: schema name of the table to look at next; '' stays where the person is.
    """

    message: str
    issues: tuple[Issue, ...] = ()
    outputs: tuple[Output, ...] = ()
    file: AnswerFile | None = None
    show: str = ""

    @property
    def failed(self) -> bool:
        """True where there is an error among the issues."""
        return bool(errors(self.issues))
