"""The macros behind the ribbon's buttons: each takes the workbook, asks its desk, and writes the answer into it.

The same functions run in Excel on Windows and macOS and, without any Excel, on the file engine.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sop_xl.buttons.request import Answer, Output, Request, Selection
from sop_xl.buttons.setup import guide_answer, settings_answer, setup_answer
from sop_xl.capabilities import BUTTONS
from sop_xl.excel.book_reading import BookReading, read_book
from sop_xl.excel.book_writing import write_outputs
from sop_xl.excel.desk import Desk, current_desk, failed
from sop_xl.model.issue import InputErrors, Issue, Severity, errors
from sop_xl.schema.catalogue import table

if TYPE_CHECKING:
    import xlwings as xw

log = logging.getLogger("sop_xl.excel")

_TITLE = "S&OP"
_SHOWN = 5
_SAID = frozenset({"get_workbook", "validate", "submit", "status", "explain", "history", "check_setup"})
"""Buttons whose success is said in a dialog; the others say it in the status bar, where their numbers speak."""


def get_workbook(book: xw.Book) -> Answer:
    """Download the workbook issued to the function of this one, save it beside it and open it."""
    return press(book, "get_workbook")


def refresh(book: xw.Book) -> Answer:
    """Bring the calculated columns up to date from the server; entries stay."""
    return press(book, "refresh")


def validate(book: xw.Book) -> Answer:
    """Check every cell and list what is wrong on the sheet Checks."""
    return press(book, "validate")


def submit(book: xw.Book) -> Answer:
    """Check the workbook and hand it in as it is saved."""
    return press(book, "submit")


def status(book: xw.Book) -> Answer:
    """Show where the cycle stands and who has handed in."""
    return press(book, "status")


def reforecast(book: xw.Book) -> Answer:
    """Forecast every product of the forecast sheet anew."""
    return press(book, "reforecast")


def reforecast_selection(book: xw.Book) -> Answer:
    """Forecast the products of the selected rows anew."""
    return press(book, "reforecast_selection")


def accuracy(book: xw.Book) -> Answer:
    """Measure the forecast by family against the seasonal naive."""
    return press(book, "accuracy")


def feasibility(book: xw.Book) -> Answer:
    """Plan demand against capacity: feasible quantities, gaps, bottlenecks and reliefs."""
    return press(book, "feasibility")


def options(book: xw.Book) -> Answer:
    """Solve the levers one by one and put them side by side."""
    return press(book, "options")


def simulate(book: xw.Book) -> Answer:
    """Carry the plan out in thousands of courses of demand, yield, breakdowns and late supply."""
    return press(book, "simulate")


def new_scenario(book: xw.Book) -> Answer:
    """Add a scenario to fill in."""
    return press(book, "new_scenario")


def scenarios(book: xw.Book) -> Answer:
    """Solve the standard scenarios and one's own and put them side by side."""
    return press(book, "scenarios")


def compare(book: xw.Book) -> Answer:
    """Solve the scenarios written in the workbook and rank them."""
    return press(book, "compare")


def explain(book: xw.Book) -> Answer:
    """Say where the number in the selected cell comes from."""
    return press(book, "explain")


def conflicts(book: xw.Book) -> Answer:
    """List where the functions' plans disagree."""
    return press(book, "conflicts")


def history(book: xw.Book) -> Answer:
    """List the versions of the plan."""
    return press(book, "history")


def check_setup(book: xw.Book) -> Answer:
    """Look at Python, add-in, settings and server and say what to do."""
    return press(book, "check_setup")


def settings(book: xw.Book) -> Answer:
    """Show the settings of this computer."""
    return press(book, "settings")


def help(book: xw.Book) -> Answer:  # noqa: A001 - the name of the button
    """Show what every button and cell function does."""
    return press(book, "help")


def press(book: xw.Book, button: str) -> Answer:
    """Press a button on a workbook: read it, let it be calculated, write the answer, say what was done.

    Whatever is wrong with the data or the settings is told in a dialog and on the sheet Checks; an error of the
    program itself is raised, with the status bar put back.
    """
    begun = time.perf_counter()
    with _status_bar(book) as tell:
        tell(0.0, "Reading the workbook")
        reading = read_book(book)
        answer = _answered(book, button, reading, tell)
        tell(1.0, "Writing the answer")
        answer = _written(book, button, reading, answer)
    log.info("%s on %s: %s (%.1f s)", button, book.name, answer.message, time.perf_counter() - begun)
    for issue in errors(answer.issues):
        log.info("%s on %s: %s", button, book.name, issue)
    _tell(book, button, answer)
    return answer


def _answered(book: xw.Book, button: str, reading: BookReading, tell: _Status) -> Answer:
    try:
        desk = current_desk()
        if BUTTONS[button].group == "Setup":
            return _about_the_computer(button, desk)
        request = Request(
            button,
            file=book.name,
            tables=reading.tables,
            meta=reading.meta,
            issues=reading.issues,
            selection=_selection(book),
            entered=desk.said,
            workbook=_saved(book) if button == "submit" else b"",
        )
        answer = desk.answer(request, tell)
        if answer.file is not None and desk.receive is not None:
            place = desk.receive(book, answer.file)
            return replace(answer, message=f"{answer.message} It lies in {place}.")
        return answer
    except InputErrors as problem:
        return failed(button, problem.issues)


def _about_the_computer(button: str, desk: Desk) -> Answer:
    if button == "check_setup":
        return setup_answer(desk.checks() if desk.checks else ())
    return settings_answer(desk.settings) if button == "settings" else guide_answer()


def _selection(book: xw.Book) -> Selection | None:
    chosen = book.selection
    if chosen is None:
        return None
    return Selection(chosen.sheet.name, chosen.get_address(row_absolute=False, column_absolute=False))


def _saved(book: xw.Book) -> bytes:
    """Return the file of the workbook as it stands now; in Excel it is saved first.

    Raises:
        InputErrors: where it has never been saved, or lies where this computer cannot read it.
    """
    if book.app.engine.name == "sop_xl":
        from sop_xl.excel.engine import save

        return save(book)
    try:
        book.save()
        return Path(book.fullname).read_bytes()
    except Exception as problem:  # Excel's own errors differ by system
        text = f"The workbook cannot be saved and read: {problem}."
        hint = "Save it in a folder of this computer, then press Submit again."
        raise InputErrors([Issue(Severity.ERROR, text, hint, file=book.name)]) from problem


def _written(book: xw.Book, button: str, reading: BookReading, answer: Answer) -> Answer:
    outputs = answer.outputs
    if not answer.failed and "checks" not in {output.table for output in outputs}:
        outputs = (*outputs, *_checks(button, reading, answer.issues))
    front = book.sheets.active
    book.app.screen_updating = False
    try:
        left = write_outputs(book, reading, outputs)
        if answer.show and _has(outputs, answer.show):
            _show(book, answer.show)
        elif book.sheets.active.name != front.name:
            front.activate()
    finally:
        book.app.screen_updating = True
    return Answer(answer.message, (*answer.issues, *left), outputs, answer.file, answer.show)


def _checks(button: str, reading: BookReading, issues: tuple[Issue, ...]) -> tuple[Output, ...]:
    """Return the remarks of a button as rows of Checks; the list of an earlier button is not exchanged for nothing."""
    from sop_xl.buttons.work import checks_of

    if not issues and (BUTTONS[button].group == "Setup" or "tblchecks" not in reading.placed):
        return ()
    return (checks_of(issues),)


def _has(outputs: tuple[Output, ...], name: str) -> bool:
    return any(output.table == name for output in outputs)


def _show(book: xw.Book, name: str) -> None:
    wanted = table(name).excel_name.lower()
    for sheet in book.sheets:
        if any(listed.name.lower() == wanted for listed in sheet.tables):
            sheet.activate()
            return


def _tell(book: xw.Book, button: str, answer: Answer) -> None:
    """Say what was done: in a dialog where something is wrong or the answer is the message, else in the status bar."""
    wrong = errors(answer.issues)
    title = f"{_TITLE}: {BUTTONS[button].label}"
    if wrong:
        listed = [f"• {_in_words(issue)}" for issue in wrong[:_SHOWN]]
        more = len(wrong) - _SHOWN
        rest = "All of them stand on the sheet Checks." if more <= 0 else f"… and {more} more, on the sheet Checks."
        book.app.alert("\n".join([answer.message, "", *listed, "", rest]), title=title, mode="critical")
    elif button in _SAID:
        book.app.alert(answer.message, title=title, mode="info")
    else:
        book.app.status_bar = f"{title}: {answer.message}"


def _in_words(issue: Issue) -> str:
    place = f"{issue.sheet}!{issue.cell}: " if issue.sheet and issue.cell else ""
    return f"{place}{issue.message} {issue.hint}".strip()


class _Status:
    """Shows in the status bar how far the work is; told often, written only when it changes."""

    def __init__(self, book: xw.Book) -> None:
        """Start with nothing shown."""
        self._app, self._last = book.app, ""

    def __call__(self, share: float, text: str) -> None:
        """Tell how far the work is (0 to 1) and what is being done."""
        said = f"{_TITLE}: {text} … {min(max(share, 0.0), 1.0):.0%}"
        if said != self._last:
            self._app.status_bar = self._last = said


@contextmanager
def _status_bar(book: xw.Book) -> Iterator[_Status]:
    try:
        yield _Status(book)
    finally:
        book.app.status_bar = False
