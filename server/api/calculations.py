"""Calculations over HTTP: the cell functions, one at a time or many at once, and the buttons."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from apiflask import APIBlueprint

from server.api import PREFIX
from server.api.answers import problems
from server.api.calculation_schemas import (
    ButtonAnswer,
    ButtonDescription,
    ButtonRequest,
    Call,
    FunctionDescription,
    FunctionInput,
    Pressed,
    Value,
    WorkbookInput,
)
from server.api.cycles import uploads
from server.auth.access import ANYONE, allowed
from server.context import Context, base_url, context
from server.office.answering import answers
from server.office.catalogue import button_document
from server.office.pressing import answer_request, press_book
from server.problems import Problem
from server.processes import Task, TaskFailed
from sop_xl.capabilities import BUTTONS, CELL_FUNCTIONS
from sop_xl.functions.describing import describe

blueprint = APIBlueprint("api_calculations", __name__, url_prefix=PREFIX, tag="Calculations")
_log = logging.getLogger(__name__)
MOST_CALLS = 500
MOST_MB = 32
"""Most a sheet full of calls, or the tables of a workbook, may be as JSON."""


@blueprint.get("/functions")
@allowed(*ANYONE)
@blueprint.output(FunctionDescription(many=True))
@blueprint.doc(summary="List the cell functions")
def functions() -> Any:
    """Return name, summary, arguments and result of every cell function."""
    return [describe(name) for name in CELL_FUNCTIONS]


@blueprint.post("/functions/<name>")
@allowed(*ANYONE).only_asks().taking(MOST_MB)
@blueprint.input(FunctionInput, arg_name="sent")
@blueprint.output(Value)
@blueprint.doc(summary="Call a cell function", responses=problems(404, 422, 500))
def call(name: str, sent: Mapping[str, Any]) -> Any:
    """Return what the function shows in a cell: a number, a text, or rows of them.

    Ranges are lists of rows; ``null`` is an empty cell or an argument left out. A problem in the data is no error but
    a text beginning with ``#S&OP:`` in place of the value, as in Excel.
    """
    return {"value": values(context(), [{"name": _known(name), "arguments": sent["arguments"]}])[0]}


@blueprint.post("/functions")
@allowed(*ANYONE).only_asks().taking(MOST_MB)
@blueprint.input(Call(many=True), arg_name="sent")
@blueprint.output(Value(many=True))
@blueprint.doc(summary="Call many cell functions at once", responses=problems(404, 422, 500))
def call_many(sent: Sequence[Mapping[str, Any]]) -> Any:
    """Return the values of up to 500 calls, in order; Excel on the web sends the cells of a sheet this way."""
    if len(sent) > MOST_CALLS:
        raise Problem.of("invalid-request", f"At most {MOST_CALLS} calls are taken at once; there are {len(sent)}.")
    calls = [{"name": _known(each["name"]), "arguments": each["arguments"]} for each in sent]
    return [{"value": value} for value in values(context(), calls)]


@blueprint.get("/buttons")
@allowed(*ANYONE)
@blueprint.output(ButtonDescription(many=True))
@blueprint.doc(summary="List the buttons")
def buttons() -> Any:
    """Return every button of the ribbon with the tables it writes into."""
    return [button_document(button) for button in BUTTONS.values()]


@blueprint.post("/cycles/<cycle_id>/buttons/<name>")
@allowed(*ANYONE).only_asks().taking(MOST_MB)
@blueprint.input(ButtonRequest, arg_name="sent")
@blueprint.output(ButtonAnswer)
@blueprint.doc(summary="Work out a button for a desktop", responses=problems(404, 413, 422, 500))
def press(cycle_id: str, name: str, sent: Mapping[str, Any]) -> Any:
    """Work out a button from the tables of a workbook, with the inputs of the cycle's newest version.

    Desktop Excel sends the tables it has read and writes the outputs into its own tables. What is wrong with the data
    is among the issues of the answer.
    """
    return answer_request(context(), name, sent, cycle_id)


@blueprint.post("/office/buttons/<name>")
@allowed(*ANYONE).only_asks()
@blueprint.input(WorkbookInput, location="form_and_files", arg_name="sent")
@blueprint.output(Pressed)
@blueprint.doc(summary="Press a button on a workbook", responses=problems(404, 413, 422, 500))
def press_workbook(name: str, sent: Mapping[str, Any]) -> Any:
    """Run a button's macro on the workbook sent and return its journal, for Excel on the web to repeat.

    ``inputs`` are the ranges that were read, with a hash of each: whoever repeats the journal compares first, and
    refuses where somebody typed meanwhile.
    """
    files = uploads([sent["workbook"]])
    if not files:
        raise Problem.of("invalid-request", "Send the workbook.", fields={"workbook": "missing"})
    return press_book(
        context(),
        name,
        files[0].content,
        file=files[0].name,
        selection=_texts(sent["selection"], "selection") or None,
        entered=_texts(sent["entered"], "entered"),
        cycle=sent["cycle"],
        server=base_url(),
    )


def _texts(sent: str, field: str) -> dict[str, str]:
    """Return the texts of a JSON object in a field of a form; none where it is empty."""
    try:
        found = json.loads(sent) if sent else None
    except ValueError:
        found = sent
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise Problem.of("invalid-request", f"The field {field} is no JSON object of texts.", fields={field: "wrong"})
    if field == "selection" and not {"sheet", "address"} <= set(found):
        raise Problem.of("invalid-request", "A selection has a sheet and an address.", fields={field: "wrong"})
    return found


def values(used: Context, calls: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return the values of calls, worked out in a warm child.

    Raises:
        Problem: *calculation-failed*, or *invalid-request* where a number is not finite.
    """
    if not calls:
        return []
    task = Task("server.office.cells:functions", {"calls": list(calls)}, seconds=used.config.cell_seconds)
    try:
        return list(used.warm.cells.run(task, answers=answers(used)).values["values"])
    except ValueError as problem:
        raise Problem.of("invalid-request", "The arguments hold a number that is not finite.") from problem
    except TaskFailed as failure:
        _log.error("cell functions failed: %s\n%s", failure, failure.log)
        raise Problem.of("calculation-failed", str(failure)) from failure


def _known(name: str) -> str:
    key = name.strip().upper().removeprefix("SOP_").removeprefix("SOP.")
    if key not in CELL_FUNCTIONS:
        raise Problem.of("not-found", f"There is no cell function {name!r}; there are {', '.join(CELL_FUNCTIONS)}.")
    return key
