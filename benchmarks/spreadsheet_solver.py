"""A linear program in the cells of a sheet, solved by LibreOffice's own solver through a Basic macro."""

from __future__ import annotations

import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

import pulp
import xlsxwriter

SECONDS = 240
"""How long the spreadsheet may take."""

MACRO = """Sub Main
  Dim url As String, none()
  url = ConvertToUrl("{sheet}")
  document = StarDesktop.loadComponentFromURL(url, "_blank", 0, none())
  cells = document.Sheets.getByIndex(0)
  Dim variables({last_variable}) As New com.sun.star.table.CellAddress
  For j = 0 To {last_variable}
    variables(j).Sheet = 0 : variables(j).Column = 0 : variables(j).Row = j
  Next
  Dim rules({last_rule}) As New com.sun.star.sheet.SolverConstraint
  Dim place As New com.sun.star.table.CellAddress
  For i = 0 To {last_rule}
    place.Sheet = 0 : place.Column = 2 : place.Row = i
    rules(i).Left = place
    rules(i).Right = cells.getCellByPosition(3, i).Value
    sense = cells.getCellByPosition(4, i).Value
    If sense = 0 Then
      rules(i).Operator = com.sun.star.sheet.SolverConstraintOperator.EQUAL
    ElseIf sense < 0 Then
      rules(i).Operator = com.sun.star.sheet.SolverConstraintOperator.LESS_EQUAL
    Else
      rules(i).Operator = com.sun.star.sheet.SolverConstraintOperator.GREATER_EQUAL
    End If
  Next
  Dim goal As New com.sun.star.table.CellAddress
  goal.Sheet = 0 : goal.Column = 5 : goal.Row = 0
  solver = CreateUnoService("com.sun.star.comp.Calc.CoinMPSolver")
  solver.Document = document
  solver.Objective = goal
  solver.Variables = variables()
  solver.Constraints = rules()
  solver.Maximize = False
  solver.NonNegative = True
  solver.solve()
  file = FreeFile
  Open "{answer}" For Output As #file
  Print #file, solver.Success
  Print #file, solver.ResultValue
  Close #file
  document.close(True)
  StarDesktop.terminate()
End Sub
"""
MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Plan" script:language="StarBasic">{text}
</script:module>
"""
LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" library:readonly="false"
 library:passwordprotected="false"><library:element library:name="Plan"/></library:library>
"""
LIBRARIES = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:libraries PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "libraries.dtd">
<library:libraries xmlns:library="http://openoffice.org/2000/library" xmlns:xlink="http://www.w3.org/1999/xlink">
<library:library library:name="Standard" xlink:href="$(USER)/basic/Standard/script.xlb/" xlink:type="simple"
 library:link="false"/></library:libraries>
"""


def solve_in_a_spreadsheet(problem: pulp.LpProblem) -> tuple[float | str, float | None]:
    """Return CPU seconds of LibreOffice (start, load, solve) and its optimum; or why there is none, and None.

    A first start makes the profile, and is not counted: it would put its own empty library over the macro.
    """
    office = shutil.which("soffice")
    if office is None:
        return "LibreOffice is not installed", None
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        rules = _write_sheet(problem, here / "plan.xlsx")
        text = MACRO.format(
            sheet=here / "plan.xlsx",
            last_variable=len(problem.variables()) - 1,
            last_rule=rules - 1,
            answer=here / "answer.txt",
        )
        command = [office, f"-env:UserInstallation={(here / 'profile').as_uri()}", "--headless", "--norestore"]
        subprocess.run([*command, "--terminate_after_init"], timeout=SECONDS, check=False, capture_output=True)
        basic = here / "profile" / "user" / "basic"
        (basic / "Standard").mkdir(parents=True, exist_ok=True)
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
        (basic / "Standard" / "Plan.xba").write_text(MODULE.format(text=escaped))
        (basic / "Standard" / "script.xlb").write_text(LIBRARY)
        (basic / "script.xlc").write_text(LIBRARIES)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            subprocess.run([*command, "macro:///Standard.Plan.Main"], timeout=SECONDS, check=False, capture_output=True)
        except subprocess.TimeoutExpired:
            return f"LibreOffice's solver had not ended after {SECONDS} s", None
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if not (here / "answer.txt").exists():
            return "LibreOffice's solver could not be run by a macro", None
        success, value = (here / "answer.txt").read_text().split()
        if success.lower() not in ("true", "-1", "1"):
            return "LibreOffice's solver found no plan", None
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, float(value.replace(",", "."))


def _write_sheet(problem: pulp.LpProblem, path: Path) -> int:
    """Variables in column A; left sides in C, right sides in D and their sense in E; the objective in F1."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    cell = {id(v): f"A{j + 1}" for j, v in enumerate(problem.variables())}
    for j in range(len(cell)):
        sheet.write_number(j, 0, 0)
    rows = [(row.expr, -row.constant, row.sense) for row in problem.constraints()]
    rows += [({v: 1.0}, v.upBound, -1) for v in problem.variables() if v.upBound is not None]
    for i, (terms, right, sense) in enumerate(rows):
        formula = "=" + "+".join(f"{factor!r}*{cell[id(v)]}" for v, factor in terms.items())
        sheet.write_formula(i, 2, formula.replace("+-", "-"))
        sheet.write_number(i, 3, right)
        sheet.write_number(i, 4, sense)
    prices = {v: price for v, price in problem.objective.items() if price}
    column = 7
    for j, v in enumerate(problem.variables()):
        sheet.write_number(j, column, prices.get(v, 0.0))
    count = len(cell)
    sheet.write_formula(0, 5, f"=SUMPRODUCT(A1:A{count},H1:H{count})+({problem.objective.constant!r})")
    book.close()
    return len(rows)
