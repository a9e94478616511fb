"""What the buttons of the desktop ribbon start: ``RunPython "import sop_xl.excel.ribbon as r; r.reforecast()"``.

Each entry finds the workbook it was called for and hands it to the macro of its name. Whatever goes wrong is told in a
dialog, in plain words and with what to do; the details go to the log.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from sop_xl.capabilities import BUTTONS
from sop_xl.excel.log import excel_log, log_file
from sop_xl.model.issue import InputErrors

if TYPE_CHECKING:
    import xlwings

TITLE = "S&OP"
MOST_SHOWN = 6
"""Errors of the data that fit into a dialog."""

MOST_SIGNS = 1000
"""Longest text that Excel shows in a dialog on every system."""


def get_workbook() -> None:
    """Downloads the workbook that the facilitator issued to your function in this cycle."""
    _run("get_workbook")


def refresh() -> None:
    """Brings baseline, targets and last values of this workbook up to date; your entries stay."""
    _run("refresh")


def validate() -> None:
    """Checks every cell and lists what is wrong, where, and what to do."""
    _run("validate")


def submit() -> None:
    """Checks the workbook and hands it in; the server keeps it as it is."""
    _run("submit")


def status() -> None:
    """Shows where the cycle stands and who has handed in."""
    _run("status")


def reforecast() -> None:
    """Forecasts every series of this workbook anew: baseline, P10 and P90; your overrides stay."""
    _run("reforecast")


def reforecast_selection() -> None:
    """Forecasts only the products of the selected rows anew."""
    _run("reforecast_selection")


def accuracy() -> None:
    """Measures how accurate the forecast was, by family, against the seasonal naive."""
    _run("accuracy")


def feasibility() -> None:
    """Plans demand against capacity: what is feasible, the gap, its cause and the cheapest relief."""
    _run("feasibility")


def options() -> None:
    """Solves the levers one by one: margin, service, stock and CO2 of each, side by side."""
    _run("options")


def simulate() -> None:
    """Carries the plan out in thousands of courses of demand, yield, breakdowns and late supply."""
    _run("simulate")


def new_scenario() -> None:
    """Adds a scenario with a row for its first driver, ready to be filled in."""
    _run("new_scenario")


def scenarios() -> None:
    """Solves the standard scenarios and your own, and puts them side by side."""
    _run("scenarios")


def compare() -> None:
    """Solves the scenarios written in this workbook against the base plan and ranks them."""
    _run("compare")


def explain() -> None:
    """Says where the number in the selected cell comes from: layers, assumptions, constraint, version."""
    _run("explain")


def conflicts() -> None:
    """Lists where the functions' plans disagree, in units and money."""
    _run("conflicts")


def history() -> None:
    """Lists the versions of the plan: who made them, when and why."""
    _run("history")


def check_setup() -> None:
    """Checks Python, add-in, settings and server, and says what to do where something is wrong."""
    _run("check_setup")


def settings() -> None:
    """Shows the settings of this computer: server, token, folder of the company's inputs."""
    _run("settings")


def help() -> None:  # noqa: A001 - the name of the button
    """Lists what every button and every cell function does, with examples."""
    _run("help")


def _run(name: str) -> None:
    """Carry out a macro on the workbook that Excel calls from; tell what went wrong.

    Raises:
        RuntimeError: with the text on one line, where Excel cannot show a dialog; the add-in shows it instead.
    """
    label, log, book = BUTTONS[name].label, excel_log(), None
    try:
        from sop_xl.excel.engine.calling import caller

        book = caller()
        getattr(import_module("sop_xl.excel.macros"), name)(book)
        log.info("%s: done", name)
    except (KeyboardInterrupt, SystemExit):
        raise
    except InputErrors as problem:
        log.warning("%s: %s", name, problem)
        _tell(book, f"{label}: the data has errors.\n\n{_listed(problem)}")
    except BaseException as problem:  # a panic of a compiled library is no Exception
        log.exception("%s failed", name)
        _tell(book, _unexpected(label, problem))


def _listed(problem: InputErrors) -> str:
    """Return the first issues of the data as lines, and how many there are more."""
    lines = [str(issue) for issue in problem.issues[:MOST_SHOWN]]
    more = len(problem.issues) - len(lines)
    return "\n".join([*lines, *([f"… and {more} more"] if more > 0 else [])])


def _unexpected(label: str, problem: BaseException) -> str:
    """Return what to do after a mistake in the program itself."""
    reason = str(problem).strip().splitlines()
    short = f" ({reason[-1][:200]})" if reason else ""
    return (
        f"{label} could not be carried out; your entries are as they were.{short}\n\n"
        "Press the button again. If it happens again: press Setup > Check setup, save the workbook, "
        f"and send this file to whoever looks after S&OP:\n{log_file()}"
    )


def _tell(book: xlwings.Book | None, text: str) -> None:
    text = text if len(text) <= MOST_SIGNS else f"{text[: MOST_SIGNS - 1]}…"
    one_line = " ".join(text.split())
    if book is None:
        raise RuntimeError(one_line)
    with suppress(Exception):
        book.app.screen_updating = True
        book.app.status_bar = False
    try:
        book.app.alert(text, title=TITLE, mode="critical")
    except Exception:
        excel_log().exception("Excel showed no dialog")
        raise RuntimeError(one_line) from None
