"""The commands ``sop-xl excel …``: build and check the add-in, install it on this computer, find out what is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import click

FOLDER = click.Path(path_type=Path)
STANDARD = Path("workbook_templates")
GUIDE = Path("docs/excel.md")


@click.group()
def excel() -> None:
    """Build, install and check the add-in of desktop Excel."""


@excel.command("build")
@click.option("--dir", "folder", type=FOLDER, default=STANDARD, show_default=True, help="Where the add-in lies.")
@click.option("--guide", type=FOLDER, default=GUIDE, show_default=True, help="Guide whose tables are made anew.")
def build_command(folder: Path, guide: Path) -> None:
    """Build the add-in and its readable sources; the bytes are the same on every build."""
    from sop_xl.excel.addin.building import build
    from sop_xl.excel.guide import filled

    for path in build(folder):
        click.echo(path)
    if guide.exists():
        guide.write_text(filled(guide.read_text("utf-8")), "utf-8")
        click.echo(guide)


@excel.command("check")
@click.option("--dir", "folder", type=FOLDER, default=STANDARD, show_default=True, help="Where the add-in lies.")
@click.option("--guide", type=FOLDER, default=GUIDE, show_default=True, help="Guide whose tables are looked at.")
def check_command(folder: Path, guide: Path) -> None:
    """Tell whether the add-in in DIR is the one that its sources build, and the guide names what is in it."""
    from sop_xl.excel.addin.building import check
    from sop_xl.excel.guide import filled
    from sop_xl.model.issue import InputErrors, Issue, Severity

    issues = check(folder)
    if guide.exists() and filled(text := guide.read_text("utf-8")) != text:
        hint = "Run `sop-xl excel build` and commit it."
        issues.append(Issue(Severity.ERROR, f"{guide.name} lists other buttons or functions.", hint, file=str(guide)))
    if issues:
        raise InputErrors(issues)
    click.echo(f"The add-in in {folder} is that of the sources.")


@excel.command("install")
@click.option("--server", help="Address of the calculation server.")
@click.option("--inputs", type=FOLDER, help="Folder of the company's other inputs.")
@click.option("--ask-token", is_flag=True, help="Ask for the token; the variable SOP_XL_TOKEN is used otherwise.")
@click.option("--python", type=FOLDER, help="Python that Excel starts; this one if left out.")
@click.option("--addin", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A signed sop_xl.xlam.")
def install_command(
    server: str | None, inputs: Path | None, ask_token: bool, python: Path | None, addin: Path | None
) -> None:
    """Install the add-in for this user; what is not given stays as it was."""
    from sop_xl.excel.install.installing import install
    from sop_xl.excel.install.places import places

    token = click.prompt("Token", hide_input=True) if ask_token else os.environ.get("SOP_XL_TOKEN")
    folder = str(inputs.absolute()) if inputs else None
    given = {"server_url": server, "inputs_folder": folder, "token": token}
    changes = {key: value for key, value in given.items() if value is not None}
    there = places()
    for step in install(there, changes, python=python, addin=addin.read_bytes() if addin else None):
        click.echo(f"{step.what}: {step.path}" if step.path else step.what)
    if there.addins is not None:
        click.echo("Start Excel anew; then press Check setup on the tab S&OP, or run: sop-xl excel doctor")


@excel.command("uninstall")
@click.option("--forget", is_flag=True, help="Also remove the settings, with the token.")
def uninstall_command(forget: bool) -> None:
    """Take the add-in away; workbooks stay as they are."""
    from sop_xl.excel.install.installing import uninstall
    from sop_xl.excel.install.places import places

    there = places()
    removed = uninstall(there, forget=forget)
    for step in removed:
        click.echo(f"{step.what}: {step.path}")
    if not removed:
        click.echo("Nothing was installed for this user.")
    if there.program.exists():
        click.echo(f"The environment that the installer made is left: {there.program}")


@excel.command("doctor")
def doctor_command() -> None:
    """Check Python, add-in, settings and server; say what to do where something is wrong."""
    from sop_xl.excel.install.doctor import check_setup, worst

    colours = {"ok": "green", "warning": "yellow", "error": "red"}
    checks = check_setup()
    width = max(len(check.what) for check in checks)
    for check in checks:
        click.echo(f"{click.style(f'{check.state:<8}', fg=colours[check.state])} {check.what:<{width}}  {check.found}")
        if check.remedy:
            click.echo(f"{'':<8} {'':<{width}}  → {check.remedy}")
    if worst(checks) == "error":
        raise SystemExit(1)
