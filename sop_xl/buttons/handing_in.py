"""Buttons of the cycle: get the workbook, bring it up to date, check it, hand it in, see where the cycle stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sop_xl.buttons.request import Answer, AnswerFile, Output
from sop_xl.buttons.team import Document, Team
from sop_xl.buttons.work import Work, checks_of, refuse
from sop_xl.client import issues_of
from sop_xl.demand.measured import override_nudges
from sop_xl.gather.inputs import planning_inputs
from sop_xl.model.issue import Issue, Severity, errors
from sop_xl.schema import frames
from sop_xl.schema.catalogue import FUNCTIONS, Table, tables_of
from sop_xl.schema.parse import parse
from sop_xl.workbook.reading import read_workbook


def validate(work: Work) -> Answer:
    """Check every cell of the workbook and, with the company's inputs at hand, every code and date."""
    work.progress(0.1, "Checking every cell")
    found = (*own_issues(work), *override_nudges(work.all, None))
    rows = {name: len(frame) for name, frame in work.own.tables.items() if len(frame)}
    listed = ", ".join(f"{name} {count:,}" for name, count in rows.items()) or "none"
    wrong, remarks = len(errors(found)), len(found) - len(errors(found))
    if wrong:
        message = f"{wrong} error{'s' if wrong != 1 else ''} in {_file(work)}: they are listed on the sheet Checks."
    else:
        message = f"No errors in {_file(work)}{f', {remarks} remarks' if remarks else ''}. Rows read: {listed}."
    return Answer(message, found, (checks_of(found),), show="checks" if found else "")


def own_issues(work: Work) -> tuple[Issue, ...]:
    """Return what is wrong with the workbook; errors in the company's other files are told in one line."""
    if not work.company.parsed().tables:
        return work.own.issues
    _, issues = planning_inputs(work.all)
    found = work.told(issues)
    files = {raw.file for raw in work.request.tables} | {work.request.file, ""}
    mine = [issue for issue in found if issue.file in files]
    others = errors(issue for issue in found if issue.file not in files)
    if others:
        count = f"{len(others)} error{'s' if len(others) != 1 else ''}"
        text = f"The company's other inputs have {count}. The first: {others[0].message}"
        mine.append(Issue(Severity.WARNING, text, f"See {others[0].file or others[0].table}; it is not in this book."))
    return tuple(dict.fromkeys(mine))


def submit(work: Work) -> Answer:
    """Check the workbook and hand it in; with errors it is not sent."""
    team = _team(work)
    work.progress(0.1, "Checking every cell")
    found = work.own.issues
    if errors(found):
        count = len(errors(found))
        message = (
            f"Not handed in: {count} error{'s' if count != 1 else ''} to correct first, listed on the sheet Checks."
        )
        return Answer(message, found, (checks_of(found),), show="checks")
    cycle = _cycle(work, team)
    work.progress(0.4, "Handing in")
    receipt = team.submit(cycle["id"], work.request.file, work.request.workbook)
    found = issues_of(receipt)
    again = " It had been handed in before as it stands." if receipt.get("recognised") else ""
    state = receipt.get("state", "")
    if again and state == "returned" and not errors(found):
        again += (
            f" Where it was right as it is, ask {receipt.get('state_by') or 'the facilitator'} to accept it after all."
        )
    message = f"{_file(work)} is {state} in cycle {cycle['name']} (submission {receipt.get('id', '')}).{again}"
    if errors(found):
        message = f"{_file(work)} came back with errors, listed on the sheet Checks. Correct them and hand in again."
    return Answer(message, found, (checks_of(found),), show="checks" if found else "")


def status(work: Work) -> Answer:
    """Show the cycle and every function with the state of what it handed in."""
    team = _team(work)
    cycle = team.cycle(_cycle(work, team)["id"])
    newest: dict[str, Document] = {}
    for submission in cycle.get("submissions", ()):
        known = newest.get(submission["function"])
        if known is None or submission["received_at"] >= known["received_at"]:
            newest[submission["function"]] = submission
    records: list[dict[str, Any]] = [
        {
            "function": f"Cycle {cycle['name']}",
            "state": cycle["state"],
            "submissions": len(cycle.get("submissions", ())),
            "submitter": cycle.get("author", ""),
            "received": moment(cycle.get("created_at", "")),
        }
    ]
    for function in cycle.get("functions", ()):
        last = newest.get(function["function"], {})
        records.append(
            {
                "function": function["function"],
                "state": function["state"],
                "submissions": function["submissions"],
                "errors": function["errors"],
                "submitter": last.get("submitter", ""),
                "received": moment(last.get("received_at", "")),
            }
        )
    open_ones = [f["function"] for f in cycle.get("functions", ()) if f["state"] in ("open", "returned")]
    rest = f"Still open: {', '.join(open_ones)}." if open_ones else "Everybody has handed in."
    rows = Output("cycle_status", frames.rows("cycle_status", records))
    return Answer(f"Cycle {cycle['name']} is {cycle['state']}. {rest}", outputs=(rows,), show="cycle_status")


def get_workbook(work: Work) -> Answer:
    """Download the workbook that was issued to a function in the cycle that is open."""
    team = _team(work)
    function = work.request.entered.get("function") or work.request.meta.get("function", "")
    if function not in FUNCTIONS:
        hint = f"Open the last book of your function, or choose one of {', '.join(FUNCTIONS)}."
        refuse("It is not known whose workbook is wanted.", hint)
    cycle = _cycle(work, team, newest=True)
    work.progress(0.3, "Downloading")
    data = team.book(cycle["id"], function)
    file = AnswerFile(f"{function}_{cycle['name']}.xlsx", data)
    return Answer(f"The {function} book of cycle {cycle['name']} is here: {file.name}.", file=file)


def refresh(work: Work) -> Answer:
    """Bring the calculated columns of the workbook up to date from the book the server would issue now."""
    team = _team(work)
    function = work.request.meta.get("function", "")
    if function not in FUNCTIONS:
        refuse("This workbook was not issued by the server.", "Press 'Get my workbook' and continue in that one.")
    cycle = _cycle(work, team)
    work.progress(0.2, "Asking the server")
    reading = read_workbook(team.book(cycle["id"], function), file_name=f"{function}_{cycle['name']}.xlsx")
    issued = parse(reading.raw_tables)
    outputs = []
    for shape in tables_of(function):
        columns = calculated(shape)
        frame = issued.tables.get(shape.name)
        if columns and frame is not None and len(frame) and shape.name in work.own.tables:
            rows = frame[[*shape.keys, *columns]]
            outputs.append(Output(shape.name, rows, "fill", columns))
    if not outputs:
        return Answer(f"The {function} book has no calculated columns to bring up to date.")
    base, now = work.request.meta.get("base_version", ""), reading.meta.get("base_version", "")
    moved = f" It was issued from {base[:12]}, the server is at {now[:12]}." if base and now and base != now else ""
    names = ", ".join(output.table for output in outputs)
    return Answer(f"Brought up to date: {names}; your entries are as they were.{moved}", outputs=tuple(outputs))


def calculated(shape: Table) -> tuple[str, ...]:
    """Return the columns of a table that are filled by a program, without its keys."""
    return tuple(c.name for c in shape.columns if c.role == "calculation" and c.name not in (*shape.keys, "family"))


def moment(text: str) -> str:
    """Return a point in time as people read it; what is no time stays as it is."""
    try:
        return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return text


def _team(work: Work) -> Team:
    if work.team is None:
        raise TypeError("the button was pressed without a team")
    return work.team


def _cycle(work: Work, team: Team, *, newest: bool = False) -> Mapping[str, Any]:
    """Return the cycle asked for, else that of the workbook, else the newest that is not committed."""
    cycles = team.cycles()
    asked = work.request.entered.get("cycle", "")
    wanted = asked or ("" if newest else work.request.meta.get("cycle", ""))
    found = [cycle for cycle in cycles if wanted and wanted in (cycle["id"], cycle["name"])]
    if wanted and not found:
        listed = ", ".join(str(cycle["name"]) for cycle in cycles[:6]) or "none yet"
        refuse(f"The server knows no cycle '{wanted}'.", f"Cycles there: {listed}.")
    found = found or [cycle for cycle in cycles if cycle["state"] != "committed"] or cycles
    if not found:
        refuse("There is no cycle on the server.", "The facilitator starts one; ask there.")
    return found[0]


def _file(work: Work) -> str:
    return work.request.file or "this workbook"
