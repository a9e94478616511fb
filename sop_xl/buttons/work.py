"""A pressed button at work: the workbook's tables laid over the company's, ready to plan from, with every issue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from sop_xl.buttons.company import Company, NoCompany
from sop_xl.buttons.request import Output, Request
from sop_xl.buttons.team import Team
from sop_xl.gather.inputs import planning_inputs
from sop_xl.model.issue import InputErrors, Issue, Severity, errors
from sop_xl.schema import frames
from sop_xl.schema.catalogue import table
from sop_xl.schema.parse import Origin, Parsed, parse

if TYPE_CHECKING:
    from sop_xl.model.plan import PlanningInputs

Progress = Callable[[float, str], None]


def silent(share: float, text: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Work:
    """A button at work.

    Attributes:
        request: what was pressed, on which tables.
        company: the company's other inputs and its committed plan.
        team: the server of the team; None where none is known.
        progress: told how far the work is, 0 to 1, and what is being done.
    """

    request: Request
    company: Company = field(default_factory=NoCompany)
    team: Team | None = None
    progress: Progress = silent

    @cached_property
    def own(self) -> Parsed:
        """The workbook's own tables, typed, with every issue of reading and parsing."""
        parsed = parse(self.request.tables)
        return Parsed(parsed.tables, (*self.request.issues, *parsed.issues), parsed.origins)

    @cached_property
    def all(self) -> Parsed:
        """The company's inputs with the workbook's tables laid over them.

        Tables that every book has are put together; where both know a key, the row of the workbook holds.
        """
        rest, own = self.company.parsed(), self.own
        tables, origins = {**rest.tables, **own.tables}, {**rest.origins, **own.origins}
        for name in own.tables.keys() & rest.tables.keys():
            if table(name).book == "every":
                tables[name], origins[name] = _both(name, own, rest)
        theirs = [issue for issue in rest.issues if issue.table not in own.tables]
        return Parsed(tables, (*own.issues, *theirs), origins)

    def shows(self, name: str) -> bool:
        """Return whether rows of a table may be told: it stands in the workbook, or the company shows it."""
        return not name or name in self.own.tables or self.company.shows(name)

    def told(self, issues: Sequence[Issue]) -> tuple[Issue, ...]:
        """Return the issues that may be told; errors in tables of others are counted in one line."""
        found = tuple(issue for issue in issues if self.shows(issue.table))
        kept_back = len(errors(issues)) - len(errors(found))
        if not kept_back:
            return found
        text = f"{kept_back} error{'s' if kept_back != 1 else ''} in the inputs of other functions."
        return (*found, Issue(Severity.ERROR, text, "The facilitator sees them; ask there."))

    def planning(self) -> tuple[PlanningInputs, tuple[Issue, ...]]:
        """Return planning inputs with what was found on the way.

        Raises:
            InputErrors: where the inputs have errors or nothing can be planned from them.
        """
        inputs, issues = planning_inputs(self.all)
        if inputs is None:
            raise InputErrors(issues)
        return inputs, issues

    def planning_from(self, *names: str) -> tuple[PlanningInputs, tuple[Issue, ...]]:
        """Return planning inputs from some tables alone: a slip elsewhere does not keep a button from working.

        Raises:
            InputErrors: where one of these tables has errors.
        """
        own, rest = parse(raw for raw in self.request.tables if raw.name in names), self.company.parsed()
        tables = {name: frame for name, frame in rest.tables.items() if name in names} | own.tables
        theirs = [i for i in rest.issues if i.table not in own.tables and (not i.table or i.table in names)]
        parsed = Parsed(tables, (*own.issues, *theirs), {**rest.origins, **own.origins})
        inputs, found = planning_inputs(parsed)
        if inputs is None:
            raise InputErrors(found)
        return inputs, found

    def needs(self, inputs: PlanningInputs, given: str) -> None:
        """Refuse where a table that the button works from is empty.

        Raises:
            InputErrors: saying where it comes from.
        """
        if inputs[given].empty:
            refuse(
                f"There is no {given.replace('_', ' ')} to work from.",
                "Name the folder of the company's inputs in the settings (or with --inputs).",
                table=given,
            )

    def writes(self, name: str) -> None:
        """Refuse where the workbook lacks the table that people answer in.

        Raises:
            InputErrors: saying in which book it is.
        """
        if all(raw.name != name for raw in self.request.tables):
            shape = table(name)
            refuse(
                f"{self.request.file or 'This workbook'} has no table {name}.",
                f"Press this button in the {shape.book} book, whose sheet {shape.sheet} takes the answer.",
                table=name,
            )


def refuse(message: str, hint: str, **place: str) -> None:
    """Stop with one error.

    Raises:
        InputErrors: always.
    """
    raise InputErrors([Issue(Severity.ERROR, message, hint, **place)])


def _both(name: str, own: Parsed, rest: Parsed) -> tuple[pd.DataFrame, tuple[Origin, ...]]:
    keys = list(table(name).keys)
    mine, theirs = own.tables[name], rest.tables[name]
    known = set(mine[keys].itertuples(index=False, name=None))
    kept = [row for row, key in enumerate(theirs[keys].itertuples(index=False, name=None)) if key not in known]
    together = pd.concat([mine, theirs.iloc[kept]], ignore_index=True) if kept else mine
    origins, first = list(own.origins.get(name, ())), 0
    for origin in rest.origins.get(name, ()):
        end = first + len(origin.rows)
        origins.append(replace(origin, rows=tuple(origin.rows[row - first] for row in kept if first <= row < end)))
        first = end
    return frames.typed(name, together), tuple(origins)


def checks_of(issues: Sequence[Issue]) -> Output:
    """Return issues as rows of the table ``checks``, errors first; one row that says so where there is none."""
    rank = {severity: position for position, severity in enumerate(Severity)}
    counts: dict[Severity, int] = {}
    records = []
    for issue in sorted(dict.fromkeys(issues), key=lambda issue: rank[issue.severity]):
        counts[issue.severity] = counts.get(issue.severity, 0) + 1
        records.append(
            {
                "number": f"{issue.severity.value[0].upper()}{counts[issue.severity]}",
                "severity": issue.severity.value,
                "sheet": issue.sheet or issue.file,
                "cell": issue.cell,
                "message": issue.message,
                "hint": issue.hint,
            }
        )
    if not records:
        records = [{"number": "OK", "severity": "ok", "message": "Nothing to remark: every check has passed."}]
    return Output("checks", frames.rows("checks", records))
