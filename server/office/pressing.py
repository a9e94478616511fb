"""Pressing a button on the server: a warm child runs the macro, and what it may write is checked before it goes out."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from typing import Any

from server.context import Context
from server.office.answering import answers
from server.office.catalogue import excel_tables
from server.office.inputs import Input
from server.office.places import Misplaced, check_places
from server.problems import Problem
from server.processes import Result, Task, TaskFailed
from sop_xl.capabilities import BUTTONS, Button
from sop_xl.excel.engine.journal import from_json

_log = logging.getLogger(__name__)


def press_book(
    context: Context,
    name: str,
    workbook: bytes,
    *,
    file: str,
    selection: Mapping[str, str] | None,
    entered: Mapping[str, str],
    cycle: str,
    server: str,
) -> dict[str, Any]:
    """Press a button on a workbook and return what came of it as a document.

    Raises:
        Problem: *not-found* where there is no such button, *unreadable-file*, or *calculation-failed*.
    """
    button = _button(name)
    arguments = {"selection": selection, "entered": dict(entered), "cycle": cycle, "server": server, "name": file}
    task = Task(
        "server.office.tasks:press",
        {"button": button.name, **arguments},
        {"workbook": workbook},
        seconds=context.config.button_seconds,
    )
    done = _run(context, task)
    if "unreadable" in done.values:
        raise Problem.of("unreadable-file", str(done.values["unreadable"]))
    values = dict(done.values)
    try:
        check_places(from_json(values["journal"]), excel_tables(button), [Input(**each) for each in values["inputs"]])
    except Misplaced as wrong:
        _log.error("the button %s wrote where it may not: %s", button.name, wrong)
        raise Problem.of("calculation-failed", "The answer did not keep to the button's own tables.") from wrong
    named = values.pop("file")
    data = base64.b64encode(done.blobs["file"]).decode("ascii") if named else ""
    return {**values, "file": {"name": named, "data": data} if named else None}


def answer_request(context: Context, name: str, request: Mapping[str, Any], cycle: str) -> dict[str, Any]:
    """Work out a button from a request of the desktop and return the answer as a document.

    Raises:
        Problem: *not-found*, *invalid-request* or *calculation-failed*.
    """
    button = _button(name)
    if button.group == "Setup":
        raise Problem.of("not-found", f"The button {name!r} concerns a computer; it is not worked out by the server.")
    if request.get("button") != name:
        raise Problem.of("invalid-request", "The request names another button than its address.")
    task = Task(
        "server.office.tasks:answer",
        {"request": dict(request), "cycle": cycle},
        seconds=context.config.button_seconds,
    )
    done = _run(context, task)
    if "invalid" in done.values:
        raise Problem.of("invalid-request", str(done.values["invalid"]))
    found: dict[str, Any] = done.values["answer"]
    return found


def _button(name: str) -> Button:
    if name not in BUTTONS:
        raise Problem.of("not-found", f"There is no button {name!r}; there are {', '.join(BUTTONS)}.")
    return BUTTONS[name]


def _run(context: Context, task: Task) -> Result:
    try:
        return context.warm.buttons.run(task, answers=answers(context))
    except ValueError as problem:
        raise Problem.of("invalid-request", "The request holds a number that is not finite.") from problem
    except TaskFailed as failure:
        _log.error("a button failed: %s\n%s", failure, failure.log)
        raise Problem.of("calculation-failed", str(failure)) from failure
