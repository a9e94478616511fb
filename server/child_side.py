"""What every child process of the server does for itself: a private way to its parent, limits, an end with the parent.

Nothing heavy is imported here: a child is to start at once.
"""

from __future__ import annotations

import os
import signal
from typing import Any, BinaryIO, NoReturn


def private_stdout() -> BinaryIO:
    """Keep the pipe to the parent for messages alone; whatever a library prints goes to standard error."""
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return pipe


def limit_memory(megabytes: int) -> None:
    """Limit the memory of this process, where the system can; 0 leaves it unlimited."""
    if not megabytes:
        return
    try:
        import resource
    except ImportError:  # Windows has no such limit; the time limit still holds.
        return
    limit: Any = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def end_with_children() -> NoReturn:
    """End this process at once, with the processes it started where the system knows groups of processes."""
    if os.name == "posix" and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(3)
