"""Calculations over HTTP: the cell functions, one at a time or many at once."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from apiflask import APIBlueprint

from server.api import PREFIX
from server.api.answers import problems
from server.api.calculation_schemas import Call, FunctionDescription, FunctionInput, Value
from server.context import Context, context
from server.problems import Problem
from server.processes import Task, TaskFailed
from sop_xl.capabilities import CELL_FUNCTIONS
from sop_xl.functions.describing import describe

blueprint = APIBlueprint("api_calculations", __name__, url_prefix=PREFIX, tag="Calculations")
_log = logging.getLogger(__name__)
MOST_CALLS = 500


@blueprint.get("/functions")
@blueprint.output(FunctionDescription(many=True))
@blueprint.doc(summary="List the cell functions")
def functions() -> Any:
    """Return name, summary, arguments and result of every cell function."""
    return [describe(name) for name in CELL_FUNCTIONS]


@blueprint.post("/functions/<name>")
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
@blueprint.input(Call(many=True), arg_name="sent")
@blueprint.output(Value(many=True))
@blueprint.doc(summary="Call many cell functions at once", responses=problems(404, 422, 500))
def call_many(sent: Sequence[Mapping[str, Any]]) -> Any:
    """Return the values of up to 500 calls, in order; Excel on the web sends the cells of a sheet this way."""
    if len(sent) > MOST_CALLS:
        raise Problem.of("invalid-request", f"At most {MOST_CALLS} calls are taken at once; there are {len(sent)}.")
    calls = [{"name": _known(each["name"]), "arguments": each["arguments"]} for each in sent]
    return [{"value": value} for value in values(context(), calls)]


def values(used: Context, calls: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return the values of calls, worked out in a warm child.

    Raises:
        Problem: *calculation-failed*, or *invalid-request* where a number is not finite.
    """
    if not calls:
        return []
    task = Task("server.office.cells:functions", {"calls": list(calls)}, seconds=used.config.cell_seconds)
    try:
        return list(used.warm.cells.run(task).values["values"])
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
