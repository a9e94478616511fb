"""The real server as its own process on loopback, for as long as it is needed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from sop_xl.demo.team import Team, gather_team

_START_SECONDS = 60


@contextmanager
def serving(folder: Path) -> Iterator[Team]:
    """Run the server on loopback on a free port with its store in the folder, and end it; yield who may sign in."""
    from importlib.util import find_spec

    if find_spec("server") is None or find_spec("apiflask") is None:
        raise click.ClickException("The server is not installed. Install it with: pip install 'sop-xl[server]'")
    ready, log, first = folder / "server.url", folder / "server.log", folder / "first_password.txt"
    ready.unlink(missing_ok=True)
    database = f"sqlite:///{(folder / 'sop_xl.sqlite').resolve().as_posix()}"
    command = [sys.executable, "-m", "server", "serve", "--port", "0", "--db", database, "--ready-file", str(ready)]
    command += ["--password-file", str(first)]
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        yield gather_team(folder, _url_when_ready(process, ready, log), first)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        ready.unlink(missing_ok=True)


def _url_when_ready(process: subprocess.Popen[bytes], ready: Path, log: Path) -> str:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if ready.exists():
            return ready.read_text(encoding="utf-8").strip()
        time.sleep(0.05)
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    raise click.ClickException(f"The server did not start: {' '.join(last) or 'no message'} (log: {log}).")
