"""What a button in a warm child knows of company and team: asked from the server, which alone reaches the store."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from server.engine.reading import input_tables
from server.engine.version_tables import tables_of
from server.processes import Result
from server.store import payload
from server.table_names import CYCLE
from server.warm.link import Link, Refused
from sop_xl.buttons.company import Known
from sop_xl.client import ServerError, issues_of
from sop_xl.functions.plan_source import ServerSource
from sop_xl.functions.problem import CellProblem
from sop_xl.model.issue import InputErrors, errors
from sop_xl.schema import frames
from sop_xl.schema.parse import Parsed

Document = dict[str, Any]
_KEPT = 3
_payloads: OrderedDict[str, Mapping[str, pd.DataFrame]] = OrderedDict()
_lock = threading.Lock()


def version_payload(link: Link, version: str) -> Mapping[str, pd.DataFrame]:
    """Return the tables of a version by their full names; a version never changes, so the last few are kept."""
    with _lock:
        if version in _payloads:
            _payloads.move_to_end(version)
            return _payloads[version]
    found = payload.unpack(asked(link, "payload", {"version": version}).blobs["payload"])
    with _lock:
        _payloads[version] = found
        while len(_payloads) > _KEPT:
            _payloads.popitem(last=False)
    return found


def asked(link: Link, name: str, arguments: Mapping[str, Any], **blobs: bytes) -> Result:
    """Return the server's answer.

    Raises:
        InputErrors: where it names errors in the data.
        ServerError: where it refuses otherwise.
    """
    try:
        return link.ask(name, arguments, **blobs)
    except Refused as refused:
        issues = issues_of({"issues": refused.issues})
        if errors(issues):
            raise InputErrors(issues) from refused
        raise ServerError(str(refused), issues) from refused


@dataclass(frozen=True)
class AskingCompany:
    """The company as the server's store knows it: inputs of the newest version of a cycle, and the committed plan.

    Attributes:
        link: the way to the server.
        cycle: id or name of the cycle; '' is the newest.
    """

    link: Link
    cycle: str = ""

    @cached_property
    def _told(self) -> Mapping[str, Any]:
        return asked(self.link, "company", {"cycle": self.cycle}).values

    def parsed(self) -> Parsed:
        """Return the company's inputs; nothing where the server has no cycle yet."""
        version = self._told["inputs"]
        return Parsed(input_tables(version_payload(self.link, version))) if version else Parsed({})

    def committed(self) -> Mapping[str, pd.DataFrame]:
        """Return output tables of the committed plan by schema name; none where nothing is committed."""
        version = self._told["committed"]
        if not version:
            return {}
        tables = version_payload(self.link, version)
        of_cycle = {name.removeprefix(CYCLE): frame for name, frame in tables.items() if name.startswith(CYCLE)}
        return {**of_cycle, **tables_of(tables, self._told["scenario"])}

    def known(self) -> Known:
        """Return who committed that plan, when and why, and who handed in what."""
        return Known(**self._told["known"])

    def shows(self, table: str) -> bool:
        """Return whether the server lets who pressed look at a table of the inputs."""
        return table not in self._told["hidden"]


@dataclass(frozen=True)
class AskingTeam:
    """The team's server, asked in the name of the person who pressed; documents are those of the API."""

    link: Link

    def cycles(self) -> list[Document]:
        """Return all cycles, newest first."""
        return self._document("cycles")

    def cycle(self, cycle: str) -> Document:
        """Return a cycle with functions, submissions and versions."""
        return self._document("cycle", cycle=cycle)

    def book(self, cycle: str, function: str) -> bytes:
        """Return the workbook issued to a function."""
        return asked(self.link, "book", {"cycle": cycle, "function": function}).blobs["content"]

    def submit(self, cycle: str, file: str, data: bytes) -> Document:
        """Hand in a workbook and return what was found in it."""
        return asked(self.link, "submit", {"cycle": cycle, "file": file}, workbook=data).values["document"]

    def versions(self, cycle: str = "") -> list[Document]:
        """Return the versions of a cycle, or of all, oldest first."""
        newest_first: list[Document] = self._document("versions", cycle=cycle)
        return newest_first[::-1]

    def table(self, version: str, name: str) -> list[Document]:
        """Return the rows of a table of a version."""
        return self._document("table", version=version, name=name)

    def _document(self, what: str, **arguments: str) -> Any:
        return asked(self.link, what, arguments).values["document"]


class AskingSource:
    """Versions of the plan for PLAN and WHY, read from the server's store."""

    def __init__(self, link: Link) -> None:
        """Keep the way to the server; the list of versions is asked once."""
        self._link = link
        self._names = ServerSource(AskingTeam(link))

    def find(self, version: str) -> str:
        """Return the hash of the version that is meant."""
        return self._names.find(version)

    def table(self, version: str, name: str) -> pd.DataFrame:
        """Return a table of the version's plan; without rows where it has none."""
        try:
            tables = version_payload(self._link, version)
        except (ServerError, InputErrors) as problem:
            raise CellProblem(str(problem)) from problem
        for full in (f"plan/{name}", f"{CYCLE}{name}"):
            if full in tables:
                return tables[full]
        return frames.empty(name)
