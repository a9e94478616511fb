"""What buttons need of the team's server, whether it is reached over HTTP or in the same process."""

from __future__ import annotations

from typing import Any, Protocol

Document = dict[str, Any]
"""A document of the server's OpenAPI description."""


class Team(Protocol):
    """The calculation server as buttons see it; :class:`sop_xl.client.Client` is one.

    Every method raises :class:`sop_xl.client.ServerError` or :class:`sop_xl.model.issue.InputErrors` with plain words.
    """

    def cycles(self) -> list[Document]:
        """Return all cycles (*Cycle*), newest first."""
        ...

    def cycle(self, cycle: str) -> Document:
        """Return a cycle (*CycleDetail*) with functions, submissions and versions."""
        ...

    def book(self, cycle: str, function: str) -> bytes:
        """Return the workbook issued to a function."""
        ...

    def submit(self, cycle: str, file: str, data: bytes) -> Document:
        """Hand in a workbook in the name of who is signed in and return what was found in it (*Submission*)."""
        ...

    def versions(self, cycle: str = "") -> list[Document]:
        """Return the versions (*Version*) of a cycle, or of all, oldest first."""
        ...

    def table(self, version: str, name: str) -> list[Document]:
        """Return the rows of a table of a version."""
        ...
