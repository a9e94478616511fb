"""A button writes into its own tables alone; anything else is stopped on the server, and on the page once more."""

from __future__ import annotations

import pytest

from server.office.inputs import Input
from server.office.places import Misplaced, check_places
from sop_xl.excel.engine.journal import (
    Alert,
    Clear,
    Format,
    NameDelete,
    Operation,
    Protect,
    SheetAdd,
    SheetDelete,
    TableAdd,
    TableResize,
    Unprotect,
    Write,
    WriteFormula,
)

PRESENT = (Input("tblChecks", "Checks", "B4:D20", ""), Input("tblPipeline", "Pipeline", "B4:K40", ""))
ONE = ((1.0,),)


@pytest.mark.parametrize(
    "journal",
    [
        [Unprotect("Checks"), Write("checks", "B5:B5", ONE), Protect("Checks"), Alert("done")],
        [Write("Checks", "B4:D20", ONE), Clear("Checks", "B20:D20", "contents")],
        [TableResize("tblChecks", "Checks", "B4:D200"), Write("Checks", "B150", ONE)],
        [Write("Checks", "B150", ONE), TableResize("tblChecks", "Checks", "B4:D200")],
        [SheetAdd("Answers"), Write("Answers", "A1", ONE), Format("Answers", "A:A", "column_width", 3.0)],
        [SheetAdd("Answers"), TableAdd("Answers", "tblChecks", "B4:C9")],
    ],
    ids=["inside", "edges", "grown", "grown later", "own sheet", "own table"],
)
def test_what_a_button_may_do(journal: list[Operation]) -> None:
    check_places(journal, ["tblChecks"], PRESENT)


@pytest.mark.parametrize(
    "journal",
    [
        [Write("Pipeline", "B5", ONE)],
        [Write("Checks", "B21", ONE)],
        [Write("Checks", "A1:D20", ONE)],
        [WriteFormula("Home", "A1", (("=1",),))],
        [Clear("Pipeline", "B5:K40", "all")],
        [Format("Home", "A1", "color", "#ffffff")],
        [TableResize("tblPipeline", "Pipeline", "B4:K400"), Write("Pipeline", "B300", ONE)],
        [TableResize("tblChecks", "Checks", "A1:Z500")],
        [SheetAdd("Answers"), TableAdd("Answers", "tblOther", "B4:C9")],
        [TableAdd("Pipeline", "tblChecks", "B4:C9"), Write("Pipeline", "B5", ONE)],
        [SheetDelete("Pipeline")],
        [NameDelete("calendar")],
    ],
)
def test_what_a_button_may_not_do(journal: list[Operation]) -> None:
    with pytest.raises(Misplaced):
        check_places(journal, ["tblChecks"], PRESENT)
