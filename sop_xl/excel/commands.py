"""The commands ``sop-xl excel …``: build and check the add-in, install it on this computer, find out what is wrong."""

from __future__ import annotations

from pathlib import Path

import click

FOLDER = click.Path(path_type=Path)
STANDARD = Path("workbook_templates")


@click.group()
def excel() -> None:
    """Build, install and check the add-in of desktop Excel."""


@excel.command("build")
@click.option("--dir", "folder", type=FOLDER, default=STANDARD, show_default=True, help="Where the add-in lies.")
def build_command(folder: Path) -> None:
    """Build the add-in and its readable sources; the bytes are the same on every build."""
    from sop_xl.excel.addin.building import build

    for path in build(folder):
        click.echo(path)


@excel.command("check")
@click.option("--dir", "folder", type=FOLDER, default=STANDARD, show_default=True, help="Where the add-in lies.")
def check_command(folder: Path) -> None:
    """Tell whether the add-in in DIR is the one that its sources build."""
    from sop_xl.excel.addin.building import check
    from sop_xl.model.issue import InputErrors

    if issues := check(folder):
        raise InputErrors(issues)
    click.echo(f"The add-in in {folder} is that of the sources.")
