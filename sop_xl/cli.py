"""The command line: every command thin, heavy libraries loaded only when a command needs them.

Exit status 0: done; 1: the user's data has errors (listed, with their cells), or something needed is not there (a
package, a server, a cluster); 2: wrong usage.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sop_xl import __version__
from sop_xl.capabilities import BUTTONS
from sop_xl.engine_option import engine_option, working_on
from sop_xl.excel.call_command import call_command
from sop_xl.excel.commands import excel
from sop_xl.forecast_commands import backtest, forecast
from sop_xl.model.issue import InputErrors
from sop_xl.terminal import check_output, fail, progress, show_issues

if TYPE_CHECKING:
    from sop_xl.model.plan import PlanningInputs

FOLDER = click.Path(path_type=Path)
DEFAULT_SERVER = "http://127.0.0.1:8765"
EXCEL_MISSING = "The Excel face is not installed. Install it with: pip install 'sop-xl[excel]'"
SERVER_MISSING = "The server is not installed. Install it with: pip install 'sop-xl[server]'"


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="sop-xl")
def cli() -> None:
    """Sales & Operations Planning for people who live in Excel: many workbooks in, one reconciled plan out."""


cli.add_command(excel)
cli.add_command(call_command)
cli.add_command(forecast)
cli.add_command(backtest)


def main() -> None:
    """Run the command line; errors of the user's data end with status 1 and a list, never with a stack trace."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        cli(standalone_mode=True)
    except InputErrors as problem:
        fail(problem.issues)
    except BrokenPipeError:
        sys.exit(0)


@cli.command()
@click.option("--dir", "folder", type=FOLDER, default=Path("sop_xl_demo"), show_default=True, help="Where it happens.")
@click.option("--serve", is_flag=True, help="Leave the server running afterwards, to look at the pages.")
def demo(folder: Path, serve: bool) -> None:
    """Run a whole cycle on real data: issue, fill, submit, consolidate, solve, compare, commit, pack.

    A second run in the same DIR makes the next cycle and the next version; nothing is overwritten.
    """
    from sop_xl.demo.run import run_demo

    run_demo(folder, keep_serving=serve)


@cli.command()
@click.argument("inputs", type=click.Path(path_type=Path, exists=True))
@click.option("--out", type=FOLDER, required=True, help="JSON file or Excel workbook to write.")
def plan(inputs: Path, out: Path) -> None:
    """Plan a folder of workbooks, or of CSVs named after the tables of the data dictionary.

    Writes the solved plan (status, objective, kpis, gaps, tables); prints gaps, bottlenecks and the cheapest relief.
    """
    check_output(out, (".json", ".xlsx"))
    from sop_xl.cycle import plan_inputs
    from sop_xl.plan_files import write_plan

    gathered = _gather(inputs)
    with progress("Planning") as tell:
        result = plan_inputs(gathered, progress=tell)
    write_plan(result, out)
    from sop_xl.reporting import plan_report

    show_issues(result.issues)
    plan_report(result.solved)
    click.echo(f"Plan → {out}")


@cli.command()
@click.argument("inputs", type=click.Path(path_type=Path, exists=True))
@click.option("--out", type=FOLDER, help="Excel workbook to write all figures into.")
def accuracy(inputs: Path, out: Path | None) -> None:
    """Measure the frozen forecasts of INPUTS (forecast_snapshots.csv) against its sales history.

    Prints accuracy by months ahead, value added by every step and person, how overrides turned out, and drift.
    """
    if out is not None:
        check_output(out, (".xlsx",))
    from sop_xl.demand.measured import measured
    from sop_xl.reporting import accuracy_report
    from sop_xl.workbook.frames import write_sheets

    gathered = _gather(inputs)
    found = measured(gathered.tables, start=gathered.calendar.start, seed=gathered.settings["seed"])
    accuracy_report(found)
    if out is not None:
        write_sheets(found, out)
        click.echo(f"Accuracy → {out}")


@cli.command()
@click.argument("inputs", type=click.Path(path_type=Path, exists=True))
@engine_option
@click.option("--out", type=FOLDER, required=True, help="JSON file or Excel workbook to write.")
def scenarios(inputs: Path, engine: str, out: Path) -> None:
    """Solve the standard scenarios and those of the inputs, and compare them side by side."""
    check_output(out, (".json", ".xlsx"))
    from sop_xl.cycle import run_cycle
    from sop_xl.plan_files import write_cycle
    from sop_xl.reporting import scenario_report

    gathered = _gather(inputs)
    with working_on(engine), progress("Solving scenarios") as tell:
        result = run_cycle(gathered, progress=tell)
    write_cycle(result, out)
    show_issues(result.issues)
    advice = result.recommendation
    scenario_report(result.tables["scenario_comparison"], "\n".join((advice.text, *advice.reasons)))
    click.echo(f"Scenarios → {out}")


@cli.command()
@click.argument("inputs", type=click.Path(path_type=Path, exists=True))
@click.option("--out", type=FOLDER, help="JSON file or Excel workbook to write.")
@click.option("--paths", type=click.IntRange(1, 100_000), help="Courses to draw; left out: as the settings say.")
@click.option(
    "--scenarios", "with_scenarios", is_flag=True, help="Simulate the scenarios as well, in the same courses."
)
@click.option("--cautious", is_flag=True, help="Decide what to make now for several courses of demand at once.")
def simulate(inputs: Path, out: Path | None, paths: int | None, with_scenarios: bool, cautious: bool) -> None:
    """Carry the plan of INPUTS out in thousands of courses of demand, yield, breakdowns and late supply.

    Past months are replayed first, with the error. Prints P10, P50 and P90 of margin and service, and where stock-outs
    threaten.
    """
    if out is not None:
        check_output(out, (".json", ".xlsx"))
    from sop_xl.plan_files import write_simulation
    from sop_xl.reporting import simulation_report
    from sop_xl.simulating import simulate_inputs

    gathered = _gather(inputs)
    with progress("Planning") as tell:
        found = simulate_inputs(gathered, paths=paths, scenarios=with_scenarios, cautious=cautious, progress=tell)
    show_issues(found.issues)
    simulation_report(found.past, found.tables, gathered.settings["currency"])
    if out is not None:
        write_simulation(found.tables, out)
        click.echo(f"Simulation → {out}")


@cli.command()
@click.argument("inputs", type=click.Path(path_type=Path, exists=True))
@click.option("--change", type=click.FloatRange(0.1, 90), default=10, show_default=True, help="By how much, in %.")
@engine_option
@click.option("--out", type=FOLDER, required=True, help="CSV, Parquet or Excel file to write.")
def sensitivity(inputs: Path, change: float, engine: str, out: Path) -> None:
    """Tell what the plan is most sensitive to: demand and prices of families, hours, suppliers.

    Each is changed alone, up and down (prices half as much), and solved for its own best plan; the strongest first.
    """
    check_output(out, (".csv", ".parquet", ".xlsx"))
    from sop_xl.cycle import plan_inputs, sensitivity_of
    from sop_xl.reporting import sensitivity_report
    from sop_xl.supply.explain import Explain
    from sop_xl.workbook.frames import write_frame

    gathered = _gather(inputs)
    with working_on(engine), progress("Planning") as tell:
        plan = plan_inputs(gathered, explain=Explain.NOTHING, progress=tell)
        table = sensitivity_of(plan, change / 100)
    write_frame(table, out)
    show_issues(plan.issues)
    sensitivity_report(table)
    click.echo(f"{len(table)} changes → {out}")


@cli.group()
def templates() -> None:
    """Build, check or exemplify the workbooks people open."""


@templates.command("build")
@click.option("--dir", "folder", type=FOLDER, default=Path("workbook_templates"), show_default=True)
def templates_build(folder: Path) -> None:
    """Build every template from the schema; the bytes are the same on every build."""
    from sop_xl.workbook.templates import build

    for path in build(folder):
        click.echo(path)


@templates.command("check")
@click.option("--dir", "folder", type=FOLDER, default=Path("workbook_templates"), show_default=True)
def templates_check(folder: Path) -> None:
    """Tell whether the templates in DIR are what the schema builds."""
    from sop_xl.workbook.templates import check

    issues = check(folder)
    if issues:
        fail(issues)
    click.echo(f"The templates in {folder} are those of the schema.")


@templates.command("example")
@click.argument("folder", metavar="DIR", type=FOLDER)
def templates_example(folder: Path) -> None:
    """Write the smallest complete folder of inputs that `sop-xl plan` accepts."""
    from sop_xl.workbook.example import write_example

    if folder.exists() and any(folder.iterdir()):
        raise click.BadParameter(f"'{folder}' is not empty; nothing was written.", param_hint="DIR")
    for path in write_example(folder):
        click.echo(path)


@cli.command()
@click.argument("button", type=click.Choice(tuple(BUTTONS)))
@click.argument("workbook", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--inputs", type=click.Path(path_type=Path, exists=True), help="Folder of the company's other inputs.")
@click.option("--select", "selected", help="What is selected, such as 'SupplyResponse!E12'; left out: as in the file.")
@click.option("--out", type=FOLDER, help="Workbook to write; left out: beside WORKBOOK, with the button in its name.")
@click.option("--server", "url", default=DEFAULT_SERVER, show_default=True, help="Server of the team.")
@click.option("--token", envvar="SOP_XL_TOKEN", default="", help="Token of the server; or the variable SOP_XL_TOKEN.")
@click.option("--cycle", default="", help="Cycle on the server; left out: that of the workbook.")
@click.option("--title", default="", help="Title of a new scenario.")
def press(
    button: str,
    workbook: Path,
    inputs: Path | None,
    selected: str | None,
    out: Path | None,
    url: str,
    token: str,
    cycle: str,
    title: str,
) -> None:
    """Press a button of the ribbon on a workbook file, without Excel; the file itself is not changed.

    The macro that Excel runs runs here on the file. What it found is listed, and stands on the sheet Checks.
    """
    if out is not None:
        check_output(out, (".xlsx", ".xlsm"))
    if find_spec("xlwings") is None:
        raise click.ClickException(EXCEL_MISSING)
    from sop_xl.excel.press_command import press_file

    with progress(BUTTONS[button].label) as tell:
        pressed = press_file(
            button,
            workbook,
            inputs=inputs,
            selected=selected,
            url=url,
            token=token,
            cycle=cycle,
            title=title,
            progress=tell,
        )
    show_issues(pressed.issues, limit=20)
    click.echo(pressed.message)
    if pressed.file is not None:
        target = out or workbook.with_name(pressed.file.name)
        target.write_bytes(pressed.file.data)
        click.echo(f"Workbook → {target}")
    elif pressed.changed:
        target = out or workbook.with_stem(f"{workbook.stem}_{button}")
        target.write_bytes(pressed.workbook)
        click.echo(f"Workbook → {target}")
    if pressed.failed:
        sys.exit(1)


_DB = click.option(
    "--db",
    default="sqlite:///sop_xl.sqlite",
    show_default=True,
    envvar="SOP_XL_DB",
    help="Database URL: sqlite:///file or postgresql+psycopg://user@host/name.",
)


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Port; 0 takes a free one."
)
@_DB
def serve(host: str, port: int, db: str) -> None:
    """Run the calculation server."""
    sys.exit(run_server("serve", "--host", host, "--port", str(port), "--db", db))


@cli.command()
@_DB
@click.option("--head", default="", help="Hash printed earlier, on a pack or a page, that must still be in the chain.")
def verify(db: str, head: str) -> None:
    """Walk the chain of versions and tell whether, and where, anything was changed."""
    sys.exit(run_server("verify", "--db", db, *(("--head", head) if head else ())))


@cli.command()
@click.argument("version", default="")
@_DB
@click.option("--cycle", default="", help="Export the newest committed plan of this cycle.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write; by default plan-<hash>.sopplan.")
def export(version: str, db: str, cycle: str, out: Path | None) -> None:
    """Write one file with a plan and all it was calculated from, to be replayed on another machine."""
    options = [*(("--cycle", cycle) if cycle else ()), *(("--out", str(out)) if out else ())]
    sys.exit(run_server("export", "--db", db, *options, *([version] if version else [])))


@cli.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check-only", is_flag=True, help="Compare hashes without calculating again.")
def replay(file: Path, check_only: bool) -> None:
    """Calculate an exported plan again from the files people sent, and compare every hash."""
    sys.exit(run_server("replay", str(file), *(["--check-only"] if check_only else [])))


def run_server(*arguments: str) -> int:
    """Run a command of the server package in its own process; the product never imports the server."""
    if find_spec("server") is None or find_spec("apiflask") is None:
        raise click.ClickException(SERVER_MISSING)
    try:
        return subprocess.run([sys.executable, "-m", "server", *arguments], check=False).returncode
    except KeyboardInterrupt:
        return 0


def _gather(source: Path) -> PlanningInputs:
    """Return planning inputs from a folder or file; with errors, list them all and end with status 1."""
    from sop_xl.gather.inputs import planning_inputs
    from sop_xl.workbook.folder import read_folder

    parsed = read_folder(source)
    inputs, issues = planning_inputs(parsed)
    if inputs is None:
        fail(issues)
    show_issues(issues)
    return inputs


if __name__ == "__main__":
    main()
