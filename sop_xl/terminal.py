"""How a command speaks on a terminal: issues with their place, a bar while it works, a refusal before it starts."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

import click

from sop_xl.model.issue import Issue, Severity, errors


def fail(issues: Sequence[Issue]) -> NoReturn:
    """List all issues on standard error and end with status 1."""
    show_issues(issues)
    count = len(errors(issues))
    click.secho(f"{count} error{'s' if count != 1 else ''} in the data.", fg="red", err=True)
    sys.exit(1)


def show_issues(issues: Iterable[Issue], limit: int = 200) -> None:
    """Write issues to standard error, errors first, with place, message and hint."""
    colours = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
    ranked = sorted(issues, key=lambda issue: list(Severity).index(issue.severity))
    for issue in ranked[:limit]:
        click.secho(str(issue), fg=colours[issue.severity], err=True)
    if len(ranked) > limit:
        click.echo(f"… and {len(ranked) - limit} more", err=True)


def check_output(out: Path, endings: Sequence[str], option: str = "--out") -> None:
    """Refuse an output file whose ending tells no format, before any work is done."""
    if out.suffix.lower() not in endings:
        raise click.BadParameter(f"'{out.name}' must end in {' or '.join(endings)}.", param_hint=option)
    if not out.parent.exists():
        raise click.BadParameter(f"the folder '{out.parent}' does not exist.", param_hint=option)


class progress:  # noqa: N801 - reads as a verb: with progress("Planning") as tell
    """Shows a bar on standard error while a long call tells how far it is."""

    def __init__(self, title: str) -> None:
        """Keep the title of the bar."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task(title, total=1.0)

    def __enter__(self) -> progress:
        """Start the bar."""
        self._bar.start()
        return self

    def __call__(self, share: float, text: str) -> None:
        """Tell how far the work is (0 to 1) and what is being done."""
        self._bar.update(self._task, completed=share, description=text)

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        self._bar.stop()
