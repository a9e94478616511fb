"""A warm child: imports the engine once, then works through the tasks it is given, one at a time.

It ends at once when its parent does: a thread reads standard input all the time and ends the process where it closes.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import traceback
from importlib import import_module

from server.child_side import end_with_children, limit_memory, private_stdout
from server.warm.frames import Frame, FrameError, receive
from server.warm.link import Link


def main(preload: list[str], memory_mb: int) -> None:
    """Import the modules named, then work until the parent goes; ``module:function`` is called once to warm it up."""
    pipe = private_stdout()
    inbox: queue.SimpleQueue[Frame] = queue.SimpleQueue()
    threading.Thread(target=_read_on, args=(inbox,), daemon=True).start()
    limit_memory(memory_mb)
    for name in preload:
        module, _, function = name.partition(":")
        loaded = import_module(module)
        if function:
            getattr(loaded, function)()
    link = Link(inbox, pipe)
    while True:
        _work(inbox.get(), link)


def _work(frame: Frame, link: Link) -> None:
    module, _, name = str(frame.members["task"]).partition(":")
    try:
        work = getattr(import_module(module), name)
        result = work(link=link, blobs=frame.blobs, **frame.members["arguments"])
        done = Frame("done", result.values, result.blobs)
    except BaseException as problem:  # a panic of a library written in Rust is no Exception
        traceback.print_exc()
        sys.stderr.flush()
        done = Frame("failed", {"error": type(problem).__name__})
    link.send(done)


def _read_on(inbox: queue.SimpleQueue[Frame]) -> None:
    try:
        while (frame := receive(lambda size: os.read(0, size))) is not None:
            inbox.put(frame)
    except (FrameError, OSError):
        pass
    end_with_children()


if __name__ == "__main__":
    settings = json.loads(sys.argv[1])
    main(settings["preload"], settings["memory_mb"])
