"""One run of the demo, from starting the server to the table of results."""

from __future__ import annotations

import time
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from sop_xl.client import ServerError
from sop_xl.demo.results import report
from sop_xl.demo.serving import serving
from sop_xl.demo.stage import Stage
from sop_xl.demo.story import Outcome, play
from sop_xl.demo.team import Team
from sop_xl.reporting import console


def run_demo(folder: Path, *, keep_serving: bool = False) -> None:
    """Run one cycle in a folder; the next run makes the next cycle and the next version.

    Raises:
        ClickException: where the server cannot be started or refuses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    console.print(f"[bold]S&OP demo[/bold] in {folder}: real sales history, illustrative supply and cost data.\n")
    try:
        with serving(folder) as team, _progress() as bar:
            stage = Stage(folder, team, bar, bar.add_task("Starting", total=1.0))
            outcome = play(stage)
            bar.stop()
            report(stage, outcome, time.monotonic() - started)
            if keep_serving:
                _keep_serving(team, outcome)
    except ServerError as problem:
        raise click.ClickException(str(problem)) from problem


def _progress() -> Progress:
    columns = (TextColumn("  {task.description}"), BarColumn(bar_width=30), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)


def _keep_serving(team: Team, outcome: Outcome) -> None:
    console.print(f"\nServing on [bold]{team.url}/cycles/{outcome.cycle['id']}[/bold]. Stop with Ctrl+C.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        console.print("Stopped.")
