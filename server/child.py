"""The child process: runs one task of the engine and leaves the result in the folder it was given.

It ends at once when its parent does: the parent holds the other end of standard input, which then closes.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from server.child_side import end_with_children, limit_memory, private_stdout
from server.processes import Result

_PATIENCE = 5
_Work = Callable[..., Result]
_ROOMS = {
    "read_data": "server.engine.reading",
    "next_data": "server.engine.reading",
    "read_book": "server.engine.reading",
    "issue": "server.engine.issuing",
    "consolidate": "server.engine.planning",
    "preview": "server.engine.planning",
    "excerpt": "server.engine.excerpts",
    "choose": "server.engine.choosing",
    "books": "server.engine.files",
    "pack": "server.engine.files",
}


def main(folder: Path) -> None:
    """Run the task of ``request.json`` and write ``result.json`` beside its bytes."""
    progress = private_stdout()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    limit_memory(request["memory_mb"])
    if request["patient"]:
        _be_patient()
    blobs = {path.stem: path.read_bytes() for path in folder.glob("*.in")}

    def report(share: float, step: str) -> None:
        progress.write(json.dumps({"share": share, "step": step}).encode("utf-8") + b"\n")
        progress.flush()

    result = _task(request["task"])(report=report, blobs=blobs, **request["arguments"])
    for name, content in result.blobs.items():
        (folder / f"{name}.out").write_bytes(content)
    (folder / "result.json").write_text(json.dumps(dict(result.values), allow_nan=False), encoding="utf-8")


def _task(name: str) -> _Work:
    return getattr(import_module(_ROOMS[name]), name)


def _end_with_parent() -> None:
    """Wait until the parent is gone, then end this process and those it started."""
    while os.read(0, 1):  # unbuffered: a buffered read would hold a lock that the interpreter needs to end
        pass
    end_with_children()


def _be_patient() -> None:
    """Leave the processor to the server's answers where both want it; Windows has no such call.

    Linux may share the processor between sessions before it looks at single processes, and a child is a session of
    its own: so the session is told too.
    """
    if hasattr(os, "nice"):
        os.nice(_PATIENCE)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_PATIENCE), encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
