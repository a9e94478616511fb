"""A calculating process that stays warm: its libraries are loaded once, so that a pressed button answers at once.

It is started when first needed, listens on the loopback address only, and ends itself when nobody has asked for a
while. Who may talk to it holds the key in a file that only this user can read. Messages are JSON, never pickle.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from sop_xl import __version__
from sop_xl.buttons.request import Answer, Request
from sop_xl.buttons.wire import answer_from_json, answer_to_json, request_from_json, request_to_json

Progress = Callable[[float, str], None]

IDLE_SECONDS = 30 * 60.0
"""After so long without a question the process ends."""

_START_SECONDS = 60.0
_END_SECONDS = 5.0
_HOST = "127.0.0.1"
_OWNER_ONLY = 0o600
_BROKEN = (OSError, EOFError, AuthenticationError, ValueError, KeyError)


class WorkerLost(RuntimeError):
    """The process could not be started, or ended while it calculated."""


def ask(request: Request, inputs: Path | None, progress: Progress) -> Answer:
    """Return what a button brings, calculated by the warm process; starts it where none answers.

    Args:
        request: the button and the workbook's tables.
        inputs: folder of the company's inputs; None for nothing but the workbook.
        progress: told how far the work is.

    Raises:
        WorkerLost: where no process could be started or it was lost on the way.
    """
    message = {"request": request_to_json(request), "inputs": str(inputs.resolve()) if inputs else ""}
    try:
        with _connected(progress) as connection:
            connection.send_bytes(json.dumps(message).encode())
            while True:
                told = json.loads(connection.recv_bytes())
                if "answer" in told:
                    return answer_from_json(told["answer"])
                if "failed" in told:
                    raise WorkerLost(told["failed"])
                progress(float(told["share"]), str(told["text"]))
    except _BROKEN as problem:
        raise WorkerLost(f"The calculating process was lost: {problem}") from problem


def state_file() -> Path:
    """Return the file in which a running process of this Python and this version says how to reach it."""
    import platformdirs

    base = os.environ.get("SOP_XL_CONFIG")
    folder = Path(base).expanduser().parent if base else platformdirs.user_cache_path("sop_xl", appauthor=False)
    return folder / f"worker-{_fingerprint()}.json"


def _fingerprint() -> str:
    """Return a hash of Python, version and program files: a process of an older program is never asked."""
    root = Path(__file__).resolve().parents[1]
    newest = max(path.stat().st_mtime_ns for path in root.rglob("*.py"))
    return hashlib.sha256(f"{sys.executable}|{__version__}|{root}|{newest}".encode()).hexdigest()[:16]


def _connected(progress: Progress) -> Connection:
    path = state_file()
    running = _try(path)
    if running is not None:
        return running
    progress(0.0, "Starting the calculation (once)")
    process = _start(path)
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        running = _try(path)
        if running is not None:
            return running
        if process.poll() is not None:
            raise WorkerLost(f"The calculating process did not start (exit status {process.returncode}).")
        time.sleep(0.05)
    raise WorkerLost("The calculating process did not answer in time.")


def _try(path: Path) -> Connection | None:
    try:
        known = json.loads(path.read_text("utf-8"))
        return Client((_HOST, int(known["port"])), authkey=bytes.fromhex(known["key"]))
    except _BROKEN:
        return None


def _start(path: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "sop_xl.excel.worker", str(path)]
    apart: dict[str, Any] = {"start_new_session": True}
    if os.name == "nt":
        apart = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.DETACHED_PROCESS}  # type: ignore[attr-defined]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, close_fds=True, **apart)


def stop(path: Path | None = None) -> bool:
    """End the running process, if there is one, and return whether there was; its state file is gone then."""
    state = path or state_file()
    running = _try(state)
    if running is None:
        return False
    with running, suppress(*_BROKEN):
        running.send_bytes(json.dumps({"end": True}).encode())
        running.recv_bytes()
    until = time.monotonic() + _END_SECONDS
    while state.exists() and time.monotonic() < until:
        time.sleep(0.02)
    return True


def serve(path: Path, *, idle_seconds: float = IDLE_SECONDS) -> None:
    """Listen until nobody has asked for a while; the state file is written first and removed last.

    Args:
        path: the state file; whoever reads it can reach the process.
        idle_seconds: how long it waits for the next question.
    """
    key = secrets.token_bytes(32)
    with Listener((_HOST, 0), authkey=key) as listener:
        own = json.dumps({"port": listener.address[1], "key": key.hex(), "pid": os.getpid()})
        _write_private(path, own)
        served = _Served(listener, idle_seconds)
        threading.Thread(target=_warm_up, args=(served,), daemon=True).start()
        threading.Thread(target=served.watch, daemon=True).start()
        try:
            served.run()
        finally:
            with suppress(OSError):
                if path.read_text("utf-8") == own:
                    path.unlink()


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=path.name, suffix=".new", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).chmod(_OWNER_ONLY)
    Path(name).replace(path)


class _Served:
    """The listening process: one calculation at a time, each connection one question."""

    def __init__(self, listener: Listener, idle_seconds: float) -> None:
        self._listener, self._idle = listener, idle_seconds
        self.busy = threading.Lock()
        self._last = time.monotonic()
        self._ended = threading.Event()

    def run(self) -> None:
        """Answer one connection after the other, each in a thread of its own, until the end."""
        while not self._ended.is_set():
            try:
                connection = self._listener.accept()
            except AuthenticationError:
                continue
            except (OSError, EOFError):
                if self._ended.is_set():
                    return
                continue
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def watch(self) -> None:
        """End the process when it has been idle for too long."""
        while not self._ended.wait(min(self._idle / 4, 5.0)):
            if not self.busy.locked() and time.monotonic() - self._last > self._idle:
                self._end()

    def _end(self) -> None:
        self._ended.set()
        with suppress(OSError):  # wakes the waiting accept
            import socket

            socket.create_connection(self._listener.address, timeout=1).close()

    def _answer(self, connection: Connection) -> None:
        with connection, suppress(*_BROKEN):
            message = json.loads(connection.recv_bytes())
            if message.get("end"):
                connection.send_bytes(b"{}")
                self._end()
                return
            with self.busy:
                reply = _calculated(message, lambda told: connection.send_bytes(json.dumps(told).encode()))
                self._last = time.monotonic()
            connection.send_bytes(json.dumps(reply).encode())


def _calculated(message: dict[str, Any], send: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    from sop_xl.buttons import answer
    from sop_xl.buttons.company import FolderCompany

    shown = [""]

    def progress(share: float, text: str) -> None:
        said = f"{text} {share:.0%}"
        if said != shown[0]:
            shown[0] = said
            send({"share": share, "text": text})

    try:
        request = request_from_json(message["request"])
        company = FolderCompany(Path(message["inputs"])) if message["inputs"] else None
        return {"answer": answer_to_json(answer(request, company, None, progress))}
    except Exception as problem:  # an error of the program is told to the face, which calculates itself and raises it
        return {"failed": f"{type(problem).__name__}: {problem}"}


def _warm_up(served: _Served) -> None:
    """Load what forecasting and planning need before it is asked for, unless somebody asks already."""
    with served.busy:
        from importlib import import_module

        for name in ("demand", "supply", "scenarios", "explaining", "handing_in"):
            import_module(f"sop_xl.buttons.{name}")
        for name in ("lightgbm", "statsforecast.models", "highspy"):
            import_module(name)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
