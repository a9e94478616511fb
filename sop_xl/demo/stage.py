"""Where the demo works: its folder, the server, the bar that shows progress, the functions two at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress, TaskID

from sop_xl.client import Client
from sop_xl.demo.team import Team
from sop_xl.schema.catalogue import FUNCTIONS

GATHERED, ISSUED, SUBMITTED = "0_gathered", "1_issued", "2_submitted"
"""Folders of a cycle."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo works: its folder, the people and the server as they see it, the bar that shows progress."""

    folder: Path
    team: Team
    bar: Progress
    task: TaskID

    @property
    def client(self) -> Client:
        """The server as the facilitator sees it."""
        return self.team.facilitator

    def tell(self, share: float, text: str) -> None:
        """Show how far the current step is."""
        self.bar.update(self.task, completed=share, description=text)

    def step(self, text: str) -> None:
        """Begin a step of the cycle."""
        self.tell(0.0, text)

    def done(self, text: str) -> None:
        """Say what a step has brought."""
        self.bar.console.print(f"  [green]✓[/green] {text}")


def together(work: Callable[[str], str]) -> Iterator[str]:
    """Do something for every function, two at a time as departments would, and yield the functions in their order."""
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(work, FUNCTIONS)


def write_new(path: Path, data: bytes) -> Path:
    """Write a file beside those of the same name: nothing is overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True)
    free, count = path, 2
    while free.exists() and free.read_bytes() != data:
        free, count = path.with_stem(f"{path.stem}_{count}"), count + 1
    free.write_bytes(data)
    return free
