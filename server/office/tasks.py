"""Buttons in a warm child: a macro on the bytes of a workbook, or a calculation on the tables a desktop has read."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from server.office.asking import AskingCompany, AskingTeam
from server.office.inputs import inputs_of
from server.processes import Result
from server.warm.link import Link
from sop_xl import __version__
from sop_xl.buttons import answer as answer_button
from sop_xl.buttons.wire import NoRequestError, answer_to_json, request_from_json
from sop_xl.excel.desk import Desk, Here
from sop_xl.excel.engine import open_book
from sop_xl.excel.engine.address import Area
from sop_xl.excel.engine.book_state import BookState, NotAWorkbook
from sop_xl.excel.engine.journal import to_json
from sop_xl.excel.pressing import press as press_macro
from sop_xl.workbook import meta

_ROOMS = ("handing_in", "demand", "supply", "scenarios", "explaining", "planning", "setup")


@dataclass(frozen=True, slots=True)
class Check:
    """A point of the server's own setup, as the button Check setup lists it."""

    what: str
    state: str
    found: str
    remedy: str = ""


def warm_up() -> None:
    """Import what the buttons need."""
    for room in _ROOMS:
        import_module(f"sop_xl.buttons.{room}")
    import_module("sop_xl.excel.macros")


def press(
    *,
    link: Link,
    blobs: Mapping[str, bytes],
    button: str,
    name: str,
    selection: Mapping[str, str] | None,
    entered: Mapping[str, str],
    cycle: str,
    server: str,
) -> Result:
    """Press a button on a workbook and return message, issues, dialogs, journal and the fingerprints of its inputs."""
    data = blobs["workbook"]
    try:
        book = open_book(data, name=name)
        inputs = inputs_of(book.impl.state)
    except NotAWorkbook as problem:
        return Result({"unreadable": str(problem)}, {})
    own_cycle = _meta(book.impl.state).get("cycle", "")
    team = AskingTeam(link)
    desk = Desk(
        Here(AskingCompany(link, cycle or own_cycle)),
        team=team,
        cycle=cycle,
        checks=lambda: _checks(team, server),
        settings=_settings(cycle, server),
    )
    place = (selection["sheet"], selection["address"]) if selection else None
    done = press_macro(button, data, name=name, desk=desk, selection=place, entered=entered)
    values = {
        "message": done.message.removesuffix(f" It lies in {done.file.name}.") if done.file else done.message,
        "failed": done.failed,
        "issues": [issue.to_dict() for issue in done.issues],
        "alerts": [{"text": each.text, "title": each.title, "kind": each.kind} for each in done.alerts],
        "journal": to_json(done.journal),
        "inputs": [each.to_json() for each in inputs],
        "file": done.file.name if done.file else "",
    }
    return Result(values, {"file": done.file.data} if done.file else {})


def answer(*, link: Link, blobs: Mapping[str, bytes], request: Mapping[str, Any], cycle: str) -> Result:
    """Work out a button from the tables that a desktop has read, with the company's inputs of a cycle."""
    try:
        asked = request_from_json(request)
    except NoRequestError as problem:
        return Result({"invalid": str(problem)}, {})
    found = answer_button(asked, AskingCompany(link, cycle), AskingTeam(link), link.report)
    return Result({"answer": answer_to_json(found)}, {})


def _meta(book: BookState) -> dict[str, str]:
    """Return the entries of the workbook's hidden sheet; none where it is not ours."""
    hidden = next((sheet for sheet in book.sheets if sheet.name == meta.SHEET), None)
    rows = hidden.values(Area(1, 1, 60, 2)) if hidden is not None else []
    entries = {str(name): str(value) for name, value in rows if name is not None and value is not None}
    return entries if entries.get("product") == meta.PRODUCT else {}


def _checks(team: AskingTeam, server: str) -> list[Check]:
    count = len(team.cycles())
    version = f"sop_xl {__version__}, Python {sys.version.split()[0]}"
    return [
        Check("Server", "ok", f"{server} answers; {version}."),
        Check(
            "Cycles",
            "ok" if count else "warning",
            f"{count} cycle{'s' if count != 1 else ''} on the server.",
            "" if count else "The facilitator starts the first cycle on the page of the server.",
        ),
    ]


def _settings(cycle: str, server: str) -> dict[str, tuple[str, str]]:
    return {
        "server_url": (server, "Address of the calculation server."),
        "cycle": (cycle or "as in the workbook", "Cycle the buttons work on; chosen in the S&OP pane."),
    }
