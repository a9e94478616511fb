"""Tasks for the tests of the warm pool; they run in its children."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from server.processes import Result
from server.warm.link import Link, Refused


def echo(*, link: Link, blobs: Mapping[str, bytes], **arguments: Any) -> Result:
    """Give back what came in, and the id of the process."""
    link.report(0.5, "half way")
    return Result({**arguments, "pid": os.getpid()}, {name: content[::-1] for name, content in blobs.items()})


def sleep(*, link: Link, blobs: Mapping[str, bytes], seconds: float) -> Result:
    """Take some time."""
    time.sleep(seconds)
    return Result({"pid": os.getpid()}, {})


def shout(*, link: Link, blobs: Mapping[str, bytes]) -> Result:
    """Print to standard output, which belongs to the frames, and fail."""
    print("printed by a library", flush=True)  # noqa: T201
    raise ValueError("the reason")


def vanish(*, link: Link, blobs: Mapping[str, bytes]) -> Result:
    """End the process, as a crash in native code does."""
    os._exit(7)


def garble(*, link: Link, blobs: Mapping[str, bytes]) -> Result:
    """Write what is no frame."""
    os.write(link._pipe.fileno(), b"\xff" * 64)
    return Result({}, {})


def gather(*, link: Link, blobs: Mapping[str, bytes], name: str) -> Result:
    """Ask the server for a table."""
    try:
        answer = link.ask("table", {"name": name}, proof=b"abc")
    except Refused as refused:
        return Result({"refused": str(refused), "issues": list(refused.issues)}, {})
    return Result({"rows": answer.values["rows"]}, answer.blobs)


def swallow(*, link: Link, blobs: Mapping[str, bytes], megabytes: int) -> Result:
    """Ask for memory."""
    held = bytearray(megabytes * 2**20)
    sys.stderr.write(str(len(held)))
    return Result({}, {})
