"""What is wrong with a user's data, said as a value: where it is, what it is and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How far an issue reaches: an *error* stops the submission, a *warning* is shown and kept."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding about a user's data, with the place and the remedy.

    Attributes:
        severity: error, warning or info.
        message: what is wrong, in a planner's words, with the offending value.
        hint: what to do about it.
        sheet: worksheet (or file name for a CSV); empty where the finding concerns the whole input.
        table: name of the schema table, such as ``tblResources`` or ``resources``.
        cell: A1 address in a workbook, or ``column:row`` in a CSV; empty where no single cell is at fault.
        file: the input file, where several were read together.
    """

    severity: Severity
    message: str
    hint: str = ""
    sheet: str = ""
    table: str = ""
    cell: str = ""
    file: str = ""

    def __str__(self) -> str:
        """Return ``file · Sheet!A1 (table): message. hint`` with the empty parts left out."""
        place = f"{self.sheet}!{self.cell}" if self.sheet and self.cell else self.sheet or self.cell
        where = " · ".join(part for part in (self.file, place) if part)
        where = " ".join(part for part in (where, f"({self.table})" if self.table else "") if part)
        text = f"{self.message} {self.hint}".strip()
        return f"{self.severity.value}: {where}: {text}" if where else f"{self.severity.value}: {text}"

    def to_dict(self) -> dict[str, str]:
        """Return the issue as plain text fields, for JSON."""
        return {key: str(value) for key, value in asdict(self).items()}


def errors(issues: Iterable[Issue]) -> list[Issue]:
    """Return the issues that stop a submission."""
    return [issue for issue in issues if issue.severity is Severity.ERROR]


class InputErrors(ValueError):
    """Raised where work cannot go on with the user's data; carries *all* issues found, not the first."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        """Keep the issues and make a message of the errors among them."""
        self.issues = tuple(issues)
        super().__init__("\n".join(str(issue) for issue in errors(self.issues)) or "input has errors")
