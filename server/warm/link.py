"""What a task in a warm child can say to the server while it works."""

from __future__ import annotations

import queue
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from server.processes import Result
from server.warm.frames import Frame


class Refused(RuntimeError):
    """The server refused what the task asked it for; the message says why in plain words."""

    def __init__(self, message: str, issues: tuple[Mapping[str, str], ...] = ()) -> None:
        """Keep the message and the issues that came with it."""
        super().__init__(message)
        self.issues = issues


@dataclass(frozen=True, slots=True)
class Link:
    """The way from a task to the server."""

    _inbox: queue.SimpleQueue[Frame]
    _pipe: BinaryIO

    def report(self, share: float, step: str) -> None:
        """Tell how much is done, 0 to 1, and what is being done."""
        self.send(Frame("progress", {"share": float(share), "step": step}))

    def ask(self, name: str, arguments: Mapping[str, Any] | None = None, **blobs: bytes) -> Result:
        """Ask the server for something that the task itself may not reach, such as a table of the store.

        Raises:
            Refused: where the server does not answer the question.
        """
        self.send(Frame("ask", {"name": name, "arguments": dict(arguments or {})}, blobs))
        answer = self._inbox.get()
        if answer.kind == "refused":
            raise Refused(str(answer.members["message"]), tuple(answer.members.get("issues") or ()))
        return Result(answer.members, answer.blobs)

    def send(self, frame: Frame) -> None:
        """Send a frame to the server."""
        self._pipe.write(frame.encode())
        self._pipe.flush()
