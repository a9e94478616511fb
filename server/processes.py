"""Heavy and risky work in child processes: one killable process a task, with limits on time and memory.

A child gets its request as files in a private folder, reports progress as JSON lines, and leaves its result as files.
Nothing is unpickled, so that a child brought down or taken over by a hostile workbook cannot reach further.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MAIN_MODULE = "server.child"
STDERR_TAIL = 4000
"""How much of the end of a child's standard error is kept, in bytes."""
Report = Callable[[float, str], None]
"""Told of progress: the share that is done, 0 to 1, and what is being done."""


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work: its name in :mod:`server.child`, plain arguments and named bytes.

    ``seconds`` and ``memory_mb`` are the limits after which it is killed; memory is limited where the system can.
    A ``patient`` task leaves the processor to those who wait for an answer.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    seconds: float = 120.0
    memory_mb: int = 0
    patient: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What a task gave back."""

    values: Mapping[str, Any]
    blobs: Mapping[str, bytes]


class TaskFailed(RuntimeError):
    """The child ended without a result; ``log`` holds the end of what it wrote on standard error.

    ``killed`` is True where something outside ended it, so that it may well succeed another time.
    """

    def __init__(self, message: str, log: str = "", *, killed: bool = False) -> None:
        """Keep a message for people and the log for the operator."""
        super().__init__(message)
        self.log = log
        self.killed = killed


class Stop:
    """A way to end the children of a piece of work: the one that runs, and any that would be started after it."""

    def __init__(self) -> None:
        """Begin with nobody having asked."""
        self._lock = threading.Lock()
        self._asked = False
        self._kill: Callable[[], None] | None = None

    @property
    def asked(self) -> bool:
        """True once somebody wants the work to end."""
        return self._asked

    def ask(self) -> None:
        """End the child that runs, if any, and let no other start."""
        with self._lock:
            self._asked = True
            if self._kill is not None:
                self._kill()

    @contextlib.contextmanager
    def ends(self, kill: Callable[[], None]) -> Iterator[None]:
        """Let a child be ended meanwhile; at once where somebody has asked already."""
        with self._lock:
            self._kill = kill
            if self._asked:
                kill()
        try:
            yield
        finally:
            with self._lock:
                self._kill = None


class Children:
    """Starts child processes, at most ``at_once`` at a time, and ends those still running when closed."""

    def __init__(self, at_once: int = 2) -> None:
        """Make a pool of permits; no process is started yet."""
        self._permits = threading.BoundedSemaphore(at_once)
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._closed = False

    def run(self, task: Task, report: Report | None = None, stop: Stop | None = None) -> Result:
        """Run a task in a child process and return its result; ``stop`` ends it early.

        Raises:
            TaskFailed: where the child crashed, ran out of time or memory, was stopped, or the server is shutting down.
        """
        with self._permits, tempfile.TemporaryDirectory(prefix="sop-xl-") as folder:
            path = Path(folder)
            for name, content in task.blobs.items():
                (path / f"{name}.in").write_bytes(content)
            request = {"task": task.name, "arguments": dict(task.arguments), "memory_mb": task.memory_mb}
            request |= {"patient": task.patient}
            (path / "request.json").write_text(json.dumps(request), encoding="utf-8")
            code, late = self._wait(path, task.seconds, report, stop or Stop())
            log = (path / "stderr.log").read_bytes()[-STDERR_TAIL:].decode("utf-8", "replace")
            if late:
                raise TaskFailed(f"It took longer than {task.seconds:g} seconds and was stopped.", log)
            if code != 0 or not (path / "result.json").is_file():
                raise TaskFailed(f"The calculation stopped unexpectedly (exit code {code}).", log, killed=code < 0)
            values = json.loads((path / "result.json").read_text(encoding="utf-8"))
            return Result(values, {p.stem: p.read_bytes() for p in path.glob("*.out")})

    def close(self) -> None:
        """End every child that still runs and start no more."""
        with self._lock:
            self._closed = True
            for process in self._running:
                kill(process)

    def _wait(self, folder: Path, seconds: float, report: Report | None, ended_by: Stop) -> tuple[int, bool]:
        with (folder / "stderr.log").open("wb") as log:
            process = self._start(folder, log)
        late = threading.Event()

        def stop() -> None:
            late.set()
            kill(process)

        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            assert process.stdout is not None
            with ended_by.ends(lambda: kill(process)):
                for line in process.stdout:
                    if report is not None:
                        with contextlib.suppress(ValueError, KeyError, TypeError):
                            told = json.loads(line)
                            report(float(told["share"]), str(told["step"]))
                return process.wait(), late.is_set()
        finally:
            timer.cancel()
            if process.poll() is None:
                kill(process)
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
            with self._lock:
                self._running.discard(process)

    def _start(self, folder: Path, log: Any) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise TaskFailed("The server is shutting down.", killed=True)
            process = start(MAIN_MODULE, str(folder), log)
            self._running.add(process)
        return process


def start(module: str, argument: str, stderr: Any) -> subprocess.Popen[bytes]:
    """Start a module of the server as a child process with a group of its own, and pipes to and from it."""
    root = str(Path(__file__).resolve().parent.parent)
    search = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
    return subprocess.Popen(
        [sys.executable, "-m", module, argument],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        start_new_session=os.name == "posix",
        env={**os.environ, "PYTHONPATH": search, "PYTHONIOENCODING": "utf-8"},
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a child, with the processes it started where the system knows groups of processes."""
    if os.name != "posix":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
