"""Who presses a button and where it is calculated: here, in a warm process of this computer, or on the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sop_xl.buttons import answer
from sop_xl.buttons.request import Answer, AnswerFile, Request
from sop_xl.buttons.wire import answer_from_json, request_to_json
from sop_xl.capabilities import BUTTONS
from sop_xl.client import Client, ServerError
from sop_xl.model.issue import InputErrors, Issue, Severity

if TYPE_CHECKING:
    import xlwings as xw

    from sop_xl.buttons.company import Company
    from sop_xl.buttons.setup import Checked
    from sop_xl.buttons.team import Team
    from sop_xl.excel.settings import UserSettings

Progress = Callable[[float, str], None]


class Calculator(Protocol):
    """Where a button is calculated."""

    def answer(self, request: Request, progress: Progress) -> Answer:
        """Return what a button brings; users' errors are in the answer."""
        ...


@dataclass(frozen=True, slots=True)
class Here:
    """Calculates in this process."""

    company: Company | None = None

    def answer(self, request: Request, progress: Progress) -> Answer:
        """Return what a button brings."""
        return answer(request, self.company, None, progress)


@dataclass(frozen=True, slots=True)
class Warm:
    """Calculates in a process of this computer that stays warm, so that Excel does not wait for libraries.

    Where that process cannot be started or is lost, the button is calculated here.
    """

    inputs: Path | None = None

    def answer(self, request: Request, progress: Progress) -> Answer:
        """Return what a button brings."""
        from sop_xl.excel.worker import WorkerLost, ask

        try:
            return ask(request, self.inputs, progress)
        except WorkerLost:
            return Here(company_of(self.inputs)).answer(request, progress)


@dataclass(frozen=True, slots=True)
class OnServer:
    """Calculates on the server, on the data of a cycle; what needs the workbook alone is calculated here."""

    client: Client
    cycle: str = ""

    def answer(self, request: Request, progress: Progress) -> Answer:
        """Return what a button brings."""
        if BUTTONS[request.button].needs != "company":
            return Here().answer(request, progress)
        cycle = self.cycle or request.meta.get("cycle", "")
        progress(0.1, "The server calculates")
        try:
            return answer_from_json(self.client.press(cycle, request.button, request_to_json(request)))
        except InputErrors as problem:
            return failed(request.button, problem.issues)
        except ServerError as problem:
            return failed(request.button, (Issue(Severity.ERROR, str(problem)), *problem.issues))


def failed(button: str, issues: Sequence[Issue]) -> Answer:
    """Return an answer that says why a button did nothing."""
    from sop_xl.buttons.work import checks_of

    return Answer(f"{BUTTONS[button].label}: not done.", tuple(issues), (checks_of(issues),), show="checks")


def company_of(inputs: Path | None) -> Company | None:
    """Return the company in a folder; None without one."""
    from sop_xl.buttons.company import FolderCompany

    return FolderCompany(inputs) if inputs is not None else None


@dataclass(frozen=True)
class Desk:
    """The desk at which buttons are pressed.

    Attributes:
        calculator: where they are calculated.
        team: the server of the team; None where none is known.
        cycle: the cycle meant; '' that of the workbook.
        entered: what was entered beside the workbook, such as ``title``.
        checks: looks at the setup of this computer (or server).
        settings: settings that are shown, by name: value and meaning.
        receive: takes a file that a button brings and says where it is now.
    """

    calculator: Calculator = field(default_factory=Here)
    team: Team | None = None
    cycle: str = ""
    entered: Mapping[str, str] = field(default_factory=dict)
    checks: Callable[[], Sequence[Checked]] | None = None
    settings: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    receive: Callable[[xw.Book, AnswerFile], str] | None = None

    def answer(self, request: Request, progress: Progress) -> Answer:
        """Return what a button brings: from the team's server where it needs it, else from the calculator."""
        if BUTTONS[request.button].needs == "team":
            return answer(request, None, self.team, progress)
        return self.calculator.answer(request, progress)

    @property
    def said(self) -> dict[str, str]:
        """What a request carries beside the workbook."""
        given = {"cycle": self.cycle, **self.entered}
        return {key: value for key, value in given.items() if value}


_desk: ContextVar[Desk | None] = ContextVar("desk at which buttons are pressed", default=None)


@contextmanager
def at_desk(desk: Desk) -> Iterator[Desk]:
    """Let buttons be pressed at a desk within this context, in this thread alone."""
    token = _desk.set(desk)
    try:
        yield desk
    finally:
        _desk.reset(token)


def current_desk() -> Desk:
    """Return the desk of this context, else the one that the settings of this computer describe.

    Raises:
        InputErrors: where the settings cannot be read.
    """
    return _desk.get() or desk_of_this_computer()


def desk_of_this_computer() -> Desk:
    """Return the desk that the settings of this computer describe.

    With a folder of inputs buttons are calculated in a warm process; without one, but with a token, on the server.

    Raises:
        InputErrors: where the settings cannot be read.
    """
    from sop_xl.excel.settings import read_settings

    settings = read_settings()
    client = Client(settings.server_url, settings.token) if settings.server_url else None
    calculator: Calculator = Warm(settings.inputs)
    if settings.inputs is None and settings.token and client is not None:
        calculator = OnServer(client)
    return Desk(
        calculator=calculator,
        team=client,
        checks=_doctor,
        settings=_shown(settings),
        receive=_open_beside,
    )


def _doctor() -> Sequence[Checked]:
    from sop_xl.excel.install.doctor import check_setup

    return check_setup()


def _shown(settings: UserSettings) -> dict[str, tuple[str, str]]:
    from sop_xl.excel.settings import settings_path

    return {
        "server_url": (settings.server_url, "Address of the calculation server."),
        "token": (settings.masked_token, "Token that signs you in on the server; made on its page Account."),
        "inputs_folder": (settings.inputs_folder, "Folder of the company's other inputs."),
        "python": (settings.python, "Python that Excel starts."),
        "file": (str(settings_path()), "File in which these settings stand."),
    }


def _open_beside(book: xw.Book, file: AnswerFile) -> str:
    """Save a file beside the workbook (else in the documents of the user) without writing over one, and open it."""
    beside = Path(book.fullname).parent
    folder = beside if beside.is_absolute() and beside.is_dir() else Path.home() / "Documents"
    folder = folder if folder.is_dir() else Path.home()
    path, number = folder / file.name, 2
    while path.exists() and path.read_bytes() != file.data:
        path, number = folder / f"{Path(file.name).stem}_{number}{Path(file.name).suffix}", number + 1
    path.write_bytes(file.data)
    book.app.books.open(str(path))
    return str(path)
