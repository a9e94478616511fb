"""A pool of warm children: each works on one task at a time, can be killed, and is replaced after so many tasks."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from server.processes import STDERR_TAIL, Report, Result, Task, TaskFailed, kill, start
from server.warm.frames import Frame, FrameError, receive

Answer = Callable[[Mapping[str, Any], Mapping[str, bytes]], Result]
"""Answers a question of a task from its arguments and bytes; raises :class:`NotAnswered` where it refuses."""


class NotAnswered(RuntimeError):
    """A question of a task that is refused; the message is for people."""

    def __init__(self, message: str, issues: Sequence[Mapping[str, str]] = ()) -> None:
        """Keep the message and the issues that go with it."""
        super().__init__(message)
        self.issues = tuple(issues)


class WarmPool:
    """Keeps up to ``size`` children, started when first needed or by :meth:`warm_up`.

    Tasks are named ``module:function``. A child that failed a task, took too long or has done ``tasks_each`` is ended
    and the next one started, so that nothing a workbook left behind lasts.
    """

    def __init__(self, preload: Sequence[str], *, size: int = 2, tasks_each: int = 200, memory_mb: int = 0) -> None:
        """Keep the settings; no process is started yet."""
        self._preload, self._size, self._tasks_each, self._memory_mb = list(preload), size, tasks_each, memory_mb
        self._idle: list[_Child] = []
        self._all: set[_Child] = set()
        self._free = threading.Condition()
        self._closed = False

    def warm_up(self, children: int = 1) -> None:
        """Start children so that they import while nobody waits."""
        with self._free:
            while not self._closed and len(self._all) < min(children, self._size):
                self._idle.append(self._start())
            self._free.notify_all()

    def run(self, task: Task, report: Report | None = None, answers: Mapping[str, Answer] | None = None) -> Result:
        """Run a task in a child and return its result; ``answers`` are what the task may ask for, by name.

        Raises:
            TaskFailed: where the task failed, its child ended or took longer than ``task.seconds`` (waiting for a
                child included), or the server is shutting down.
            ValueError: where an argument cannot be said in JSON.
        """
        message = Frame("task", {"task": task.name, "arguments": dict(task.arguments)}, task.blobs).encode()
        until = time.monotonic() + task.seconds
        child = self._take(until, task.seconds)
        result: Result | None = None
        try:
            result = child.work(message, task.seconds, max(until - time.monotonic(), 0.001), report, answers or {})
            return result
        finally:
            self._give_back(child, again=result is not None and child.tasks < self._tasks_each)

    def close(self) -> None:
        """End every child and start no more."""
        with self._free:
            self._closed = True
            for child in self._all:
                child.end()
            self._all.clear()
            self._idle.clear()
            self._free.notify_all()

    def _take(self, until: float, seconds: float) -> _Child:
        with self._free:
            while not self._closed:
                while self._idle:
                    child = self._idle.pop()
                    if child.alive():
                        return child
                    self._all.discard(child)
                    child.end()
                if len(self._all) < self._size:
                    return self._start()
                if not self._free.wait(max(until - time.monotonic(), 0)) and time.monotonic() >= until:
                    raise TaskFailed(f"All workers were busy for {seconds:g} seconds. Try again in a moment.")
        raise TaskFailed("The server is shutting down.")

    def _give_back(self, child: _Child, *, again: bool) -> None:
        with self._free:
            if again and not self._closed:
                self._idle.append(child)
            else:
                self._all.discard(child)
                child.end()
                if not self._closed and len(self._all) < self._size:
                    self._idle.insert(0, self._start())
            self._free.notify()

    def _start(self) -> _Child:
        child = _Child(self._preload, self._memory_mb)
        self._all.add(child)
        return child


class _Child:
    """One process, with the pipes to it."""

    def __init__(self, preload: list[str], memory_mb: int) -> None:
        self._log: IO[bytes] = tempfile.TemporaryFile(prefix="sop-xl-")  # noqa: SIM115  (lives as long as the child)
        self.tasks = 0
        settings = json.dumps({"preload": preload, "memory_mb": memory_mb})
        self._process = start("server.warm.child", settings, self._log)

    def alive(self) -> bool:
        """Return whether the process still runs."""
        return self._process.poll() is None

    def work(
        self, message: bytes, limit: float, seconds: float, report: Report | None, answers: Mapping[str, Answer]
    ) -> Result:
        """Send a task and listen until it is done; the process is killed where it takes too long."""
        self.tasks += 1
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._kill()

        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            self._log.seek(0)
            self._log.truncate()  # the child writes where the parent stands: it is one open file
            self._send(message)
            return self._listen(report, answers)
        except (FrameError, OSError, ValueError) as problem:  # ValueError: the pool was closed, and with it the pipes
            if late.is_set():
                raise TaskFailed(f"It took longer than {limit:g} seconds and was stopped.", self._tail()) from None
            raise TaskFailed("The calculation stopped unexpectedly.", self._tail()) from problem
        finally:
            timer.cancel()

    def end(self) -> None:
        """Kill the process and let go of its pipes."""
        self._kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._log):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _listen(self, report: Report | None, answers: Mapping[str, Answer]) -> Result:
        assert self._process.stdout is not None
        while True:
            frame = receive(self._process.stdout.read)
            if frame is None:
                raise FrameError("The process ended.")
            if frame.kind == "done":
                return Result(frame.members, frame.blobs)
            if frame.kind == "progress":
                share, step = _progress(frame)
                if report is not None:
                    report(share, step)
            elif frame.kind == "ask":
                self._send(_answered(frame, answers).encode())
            else:
                raise TaskFailed("The calculation stopped unexpectedly.", self._tail())

    def _send(self, message: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(message)
        self._process.stdin.flush()

    def _tail(self) -> str:
        with contextlib.suppress(OSError, ValueError):
            size = self._log.seek(0, os.SEEK_END)
            self._log.seek(max(size - STDERR_TAIL, 0))
            return self._log.read().decode("utf-8", "replace")
        return ""

    def _kill(self) -> None:
        if self.alive():
            kill(self._process)


def _progress(frame: Frame) -> tuple[float, str]:
    try:
        return float(frame.members["share"]), str(frame.members["step"])
    except (KeyError, TypeError, ValueError) as problem:
        raise FrameError("The progress cannot be read.") from problem


def _answered(frame: Frame, answers: Mapping[str, Answer]) -> Frame:
    name = str(frame.members.get("name"))
    answer = answers.get(name)
    if answer is None:
        return Frame("refused", {"message": f"The server does not answer {name!r} here."})
    try:
        result = answer(frame.members.get("arguments") or {}, frame.blobs)
    except NotAnswered as refused:
        return Frame("refused", {"message": str(refused), "issues": [dict(issue) for issue in refused.issues]})
    return Frame("answer", result.values, result.blobs)
