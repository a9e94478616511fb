"""What the buttons of the ribbon calculate, on plain values: tables in, tables out, no Excel and no file.

Every face presses the same functions: Excel's macros here or in a warm process, the command line, the server. A button
writes into named output tables and calculated columns alone; entries of people are never written over, and pressing a
button again replaces its last answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sop_xl.buttons.request import Answer, Request
from sop_xl.capabilities import BUTTONS, GROUPS

if TYPE_CHECKING:
    from sop_xl.buttons.company import Company
    from sop_xl.buttons.team import Team
    from sop_xl.buttons.work import Progress

_ROOMS = {
    "Cycle": "handing_in",
    "Demand": "demand",
    "Supply": "supply",
    "Scenarios": "scenarios",
    "Explain": "explaining",
}
"""Module of each group; the buttons of Setup concern the computer and are answered in :mod:`sop_xl.excel`."""

CALCULATED = tuple(name for name, button in BUTTONS.items() if button.group in _ROOMS)
"""Buttons that :func:`answer` knows."""


def answer(
    request: Request,
    company: Company | None = None,
    team: Team | None = None,
    progress: Progress | None = None,
) -> Answer:
    """Return what pressing a button brings; whatever is wrong with the data is in the answer, with its cells.

    Args:
        request: the button and the workbook's tables.
        company: the company's other inputs and its committed plan; None for nothing but the workbook.
        team: the server of the team, for the buttons that need it.
        progress: told how far the work is, 0 to 1, and what is being done.

    Raises:
        KeyError: where there is no such button.
    """
    from importlib import import_module

    from sop_xl.buttons.company import NoCompany
    from sop_xl.buttons.work import Work, checks_of, refuse, silent
    from sop_xl.client import ServerError
    from sop_xl.model.issue import InputErrors, Issue, Severity, errors

    if request.button not in CALCULATED:
        raise KeyError(f"there is no button {request.button!r} in the groups {', '.join(GROUPS)}")
    button = BUTTONS[request.button]
    press = getattr(import_module(f"{__name__}.{_ROOMS[button.group]}"), button.name)
    work = Work(request, company or NoCompany(), team, progress or silent)
    try:
        if button.needs == "team" and team is None:
            refuse(
                f"{button.label} needs the server of your team.",
                "Name its address in the settings of this computer (or with --server).",
            )
        done: Answer = press(work)
        return replace(done, issues=work.told(done.issues))
    except InputErrors as problem:
        issues = work.told(problem.issues)
        count = len(errors(issues))
        message = f"{button.label}: {count} error{'s' if count != 1 else ''} to correct first."
        return Answer(message, issues, (checks_of(issues),), show="checks")
    except ServerError as problem:
        issues = (Issue(Severity.ERROR, str(problem)), *problem.issues)
        return Answer(f"{button.label}: the server did not do it.", issues, (checks_of(issues),), show="checks")
