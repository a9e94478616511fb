"""What the departments of the demo type into their books, as plain data: cells, added rows, and a slip put right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

Value = str | float | date
"""What a person types: text (yes and no as well), a number or a date."""


@dataclass(frozen=True, slots=True)
class CellEdit:
    """A value typed into the cell of a row that is there, or is added by its key."""

    table: str
    key: Mapping[str, str | date]
    column: str
    value: Value

    def __post_init__(self) -> None:
        """Close the key against change."""
        object.__setattr__(self, "key", MappingProxyType(dict(self.key)))


@dataclass(frozen=True, slots=True)
class RowAdd:
    """A row added to a table; columns that are not named stay empty."""

    table: str
    values: Mapping[str, Value]

    def __post_init__(self) -> None:
        """Close the values against change."""
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))


Edit = CellEdit | RowAdd


@dataclass(frozen=True, slots=True)
class Correction:
    """A slip that the check of the book reports, and what the department types instead."""

    slip: Edit
    corrected: Edit
    why: str


@dataclass(frozen=True, slots=True)
class DepartmentEdits:
    """What a department fills into its book, in order, the slips included.

    Attributes:
        function: the department.
        edits: everything typed before the first submission.
        corrections: the slips among the edits, each with its correction.
    """

    function: str
    edits: tuple[Edit, ...]
    corrections: tuple[Correction, ...] = ()

    def corrected(self) -> tuple[Edit, ...]:
        """Return the edits with every slip put right: what the second submission holds."""
        right = [(c.slip, c.corrected) for c in self.corrections]
        return tuple(next((good for slip, good in right if slip is edit), edit) for edit in self.edits)
