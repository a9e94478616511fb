"""Who may not look at a table of the inputs is told nothing of it by a button, though the plan is made from all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pandas as pd
import pytest

from sop_xl.buttons import CALCULATED, answer
from sop_xl.buttons.company import FolderCompany, Known
from sop_xl.buttons.request import Answer
from sop_xl.buttons.wire import answer_to_json
from sop_xl.capabilities import BUTTONS
from sop_xl.model.issue import Issue, Severity
from sop_xl.schema.catalogue import FUNCTIONS, tables
from sop_xl.schema.parse import Parsed

from .conftest import Ask

Book = Callable[[str], bytes]
ON_COMPANY_DATA = [name for name in CALCULATED if BUTTONS[name].needs != "team" and name != "new_scenario"]
SECRET = "the partner's offer of May"


@dataclass(frozen=True)
class SalesCompany:
    """A company as its sales planner sees it: all is calculated with, the other functions' tables are not shown."""

    whole: FolderCompany
    issues: tuple[Issue, ...] = ()

    def parsed(self) -> Parsed:
        found = self.whole.parsed()
        return replace(found, issues=(*found.issues, *self.issues))

    def committed(self) -> Mapping[str, pd.DataFrame]:
        return {}

    def known(self) -> Known:
        return Known()

    def shows(self, table: str) -> bool:
        return tables()[table].book not in FUNCTIONS or tables()[table].book == "sales"


class WholeCompany(SalesCompany):
    """The same company as its facilitator sees it."""

    def shows(self, table: str) -> bool:
        return True


def everything(answered: Answer) -> str:
    return json.dumps(answer_to_json(answered), default=str)


def remark(table: str, severity: Severity = Severity.WARNING) -> Issue:
    return Issue(severity, f"{SECRET} in {table}", "Correct it.", table=table)


@pytest.mark.parametrize("button", ON_COMPANY_DATA)
def test_remarks_on_tables_of_others_are_kept_back_and_the_own_told(
    book: Book, ask: Ask, company: FolderCompany, button: str
) -> None:
    theirs = SalesCompany(company, (remark("options"), remark("price_cost"), remark("materials")))
    found = answer(ask(button, book("sales"), at="Forecast!H10"), theirs)
    assert not found.failed, found.issues
    assert SECRET not in everything(found)
    shared = SalesCompany(company, (remark("locations"),))
    told = answer(ask(button, book("sales"), at="Forecast!H10"), shared).issues
    assert any(SECRET in issue.message for issue in told), "remarks on what is common are there"


@pytest.mark.parametrize("button", ["validate", "feasibility", "explain", "conflicts", "compare"])
def test_errors_of_others_are_counted_and_not_quoted(book: Book, ask: Ask, company: FolderCompany, button: str) -> None:
    broken = SalesCompany(company, (remark("price_cost", Severity.ERROR), remark("options", Severity.ERROR)))
    found = answer(ask(button, book("sales"), at="Forecast!H10"), broken)
    assert SECRET not in everything(found)
    assert "2 errors in the inputs of other functions" in everything(found)
    whole = answer(ask(button, book("sales"), at="Forecast!H10"), WholeCompany(broken.whole, broken.issues))
    assert SECRET in everything(whole), "who may see them is told"
