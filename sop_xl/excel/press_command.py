"""The command ``sop-xl press``: a desk from its options, and the button pressed on a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sop_xl.excel.desk import Desk, Here, company_of
from sop_xl.excel.pressing import Pressed, press
from sop_xl.model.issue import InputErrors, Issue, Severity

if TYPE_CHECKING:
    from sop_xl.buttons.request import Answer, Request

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class _Shown:
    """Calculates here and tells a bar of the command line how far the work is."""

    here: Here
    tell: Progress

    def answer(self, request: Request, progress: Progress) -> Answer:
        """Return what a button brings."""

        def both(share: float, text: str) -> None:
            self.tell(share, text)
            progress(share, text)

        return self.here.answer(request, both)


def press_file(
    button: str,
    workbook: Path,
    *,
    inputs: Path | None,
    selected: str | None,
    url: str,
    token: str,
    cycle: str,
    title: str,
    progress: Progress,
) -> Pressed:
    """Press a button on a file and return what it brought; the file is not changed.

    Raises:
        InputErrors: where the file is no workbook or the selection names no sheet of it.
    """
    from sop_xl.client import Client
    from sop_xl.excel.desk import desk_of_this_computer
    from sop_xl.excel.engine.registration import use_file_engine

    use_file_engine()
    computer = desk_of_this_computer()
    desk = Desk(
        calculator=_Shown(Here(company_of(inputs)), progress),
        team=Client(url, token),
        cycle=cycle,
        entered={"title": title} if title else {},
        checks=computer.checks,
        settings=computer.settings,
    )
    try:
        return press(button, workbook.read_bytes(), name=workbook.name, desk=desk, selection=selection_of(selected))
    except ValueError as problem:
        if isinstance(problem, InputErrors):
            raise
        hint = "Save it in Excel as .xlsx or .xlsm, then press again."
        raise InputErrors([Issue(Severity.ERROR, str(problem), hint, file=workbook.name)]) from problem
    except KeyError as problem:
        text = f"There is no {problem.args[0]} in the workbook." if selected else str(problem)
        raise InputErrors([Issue(Severity.ERROR, text, "Write it as 'Sheet!B5'.", file=workbook.name)]) from problem


def selection_of(text: str | None) -> tuple[str, str] | None:
    """Return sheet and address of ``Sheet!B5`` or ``'My sheet'!B5:C9``.

    Raises:
        InputErrors: where it is neither.
    """
    if text is None:
        return None
    sheet, mark, address = text.rpartition("!")
    if not mark or not sheet or not address:
        hint = "Write it with its sheet, such as 'SupplyResponse!E12'."
        raise InputErrors([Issue(Severity.ERROR, f"'{text}' says no sheet and cell.", hint)])
    return sheet.strip("'").replace("''", "'"), address
