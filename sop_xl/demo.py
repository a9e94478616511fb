"""The story `sop-xl demo` tells: a whole cycle on real data, through real workbooks and the real server on loopback."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pandas as pd
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from sop_xl.client import Client, ServerError, issues_of
from sop_xl.gather.demo.departments import department_edits
from sop_xl.gather.demo.edits import CellEdit, DepartmentEdits, Edit
from sop_xl.gather.demo.tables import demo_tables
from sop_xl.reporting import console, number, show_table
from sop_xl.schema import frames
from sop_xl.schema.catalogue import EVERYWHERE, FUNCTIONS
from sop_xl.workbook.filling import Filler

FACILITATOR = "Facilitator"
GATHERED, ISSUED, SUBMITTED = "0_gathered", "1_issued", "2_submitted"
_START_SECONDS = 60
_SHARES = frozenset({"fill_rate", "peak_load"})


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo works: its folder, the server, the bar that shows progress."""

    folder: Path
    client: Client
    bar: Progress
    task: TaskID

    def tell(self, share: float, text: str) -> None:
        """Show how far the current step is."""
        self.bar.update(self.task, completed=share, description=text)

    def step(self, text: str) -> None:
        """Begin a step of the cycle."""
        self.tell(0.0, text)

    def done(self, text: str) -> None:
        """Say what a step has brought."""
        self.bar.console.print(f"  [green]✓[/green] {text}")


def run_demo(folder: Path, *, keep_serving: bool = False) -> None:
    """Run one cycle in a folder; the next run makes the next cycle and the next version.

    Raises:
        ClickException: where the server cannot be started or refuses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    console.print(f"[bold]S&OP demo[/bold] in {folder}: real sales history, illustrative supply and cost data.\n")
    try:
        with serving(folder) as client, _progress() as bar:
            stage = Stage(folder, client, bar, bar.add_task("Starting", total=1.0))
            outcome = play(stage)
            bar.stop()
            report(stage, outcome, time.monotonic() - started)
            if keep_serving:
                _keep_serving(client, outcome)
    except ServerError as problem:
        raise click.ClickException(str(problem)) from problem


@contextmanager
def serving(folder: Path) -> Iterator[Client]:
    """Run the server on loopback on a free port, its store in the folder, and end it afterwards."""
    from importlib.util import find_spec

    if find_spec("server") is None or find_spec("apiflask") is None:
        raise click.ClickException("The server is not installed. Install it with: pip install 'sop-xl[server]'")
    ready, log = folder / "server.url", folder / "server.log"
    ready.unlink(missing_ok=True)
    database = f"sqlite:///{(folder / 'sop_xl.sqlite').resolve().as_posix()}"
    command = [sys.executable, "-m", "server", "serve", "--port", "0", "--db", database, "--ready-file", str(ready)]
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        yield Client(_url_when_ready(process, ready, log))
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


def _progress() -> Progress:
    columns = (TextColumn("  {task.description}"), BarColumn(bar_width=30), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cycle of the demo has brought."""

    cycle: Mapping[str, Any]
    version: Mapping[str, Any]
    plan: Mapping[str, Any]
    verified: Mapping[str, Any]
    files: Mapping[str, Path]


def play(stage: Stage) -> Outcome:
    """Play one cycle: open it, fill and submit the books, consolidate, commit, write the pack and the next books."""
    count, cycle = open_cycle(stage)
    home = stage.folder / f"cycle-{count:02d}_{cycle['name']}"
    issued = write_books(stage, cycle, home / ISSUED)
    submit_books(stage, cycle, count, issued, home / SUBMITTED)
    plan, version = decide(stage, cycle)

    stage.step("Writing the executive pack")
    pack = home / f"executive_pack_{cycle['name']}.xlsx"
    _write_new(pack, stage.client.pack(cycle["id"]))
    verified = stage.client.verify()
    stage.done(f"Executive pack written; chain of {verified['versions']} versions verified")

    following = start_cycle(stage, count + 1, follows=cycle["id"])
    books = write_books(stage, following, stage.folder / f"cycle-{count + 1:02d}_{following['name']}" / ISSUED)
    files = {
        "Executive pack": pack,
        "Data gathered": home / GATHERED,
        "Books issued": home / ISSUED,
        "Books submitted": home / SUBMITTED,
        "Next cycle's books": next(iter(books.values())).parent,
        "Server's store": stage.folder / "sop_xl.sqlite",
    }
    return Outcome(stage.client.cycle(cycle["id"]), version, plan, verified, files)


def open_cycle(stage: Stage) -> tuple[int, dict[str, Any]]:
    """Return the number and document of the cycle that is open, or of a first one created now."""
    existing = stage.client.cycles()
    if existing and existing[0]["state"] != "committed":
        cycle = existing[0]
        if cycle["state"] == "gathering":
            stage.step("Preparing the books again")
            if stage.client.wait(cycle["id"], stage.tell)["state"] == "idle":
                stage.client.issue(cycle["id"])
                stage.client.wait(cycle["id"], stage.tell)
        stage.done(f"Cycle {cycle['name']} is open (number {len(existing)} in this folder)")
        return len(existing), cycle
    follows = existing[0]["id"] if existing else ""
    return len(existing) + 1, start_cycle(stage, len(existing) + 1, follows=follows)


def start_cycle(stage: Stage, count: int, *, follows: str = "") -> dict[str, Any]:
    """Gather the data of a cycle, create it on the server and wait for its baseline and books."""
    stage.step(f"Gathering data for cycle {count}")
    tables = demo_tables(count)
    settings = dict(tables["settings"][["setting", "value"]].itertuples(index=False, name=None))
    name = _free_name(settings["cycle"], {cycle["name"] for cycle in stage.client.cycles()})
    files = {f"{table}.csv": _csv(table, frame) for table, frame in tables.items() if len(frame)}
    for file, data in files.items():
        _write_new(stage.folder / f"cycle-{count:02d}_{name}" / GATHERED / file, data)
    cycle = stage.client.create_cycle(name, FACILITATOR, files, follows=follows)
    stage.client.wait(cycle["id"], stage.tell)
    sold = tables["history"]
    series = len(sold[["product", "location", "channel"]].drop_duplicates())
    stage.done(f"Cycle {name}: {len(sold):,} months of sales in {series} series gathered, checked and forecast")
    return cycle


def _free_name(name: str, taken: set[str]) -> str:
    number_of = 2
    free = name
    while free in taken:
        free, number_of = f"{name}-{number_of}", number_of + 1
    return free


def _csv(table: str, frame: pd.DataFrame) -> bytes:
    shaped = frames.typed(table, frame)
    flags = shaped.select_dtypes("bool").columns
    shown = shaped.assign(**{name: shaped[name].map({True: "yes", False: "no"}) for name in flags})
    return shown.to_csv(index=False, date_format="%Y-%m-%d").encode()


def write_books(stage: Stage, cycle: Mapping[str, Any], folder: Path) -> dict[str, Path]:
    """Download the six books of a cycle; files that are there already stay."""
    books = {function: folder / f"{function}_{cycle['name']}.xlsx" for function in FUNCTIONS}

    def write(function: str) -> str:
        if not books[function].exists():
            _write_new(books[function], stage.client.book(cycle["id"], function))
        return function

    for position, function in enumerate(_together(write)):
        stage.tell(position / len(FUNCTIONS), f"The {function} book is issued")
    stage.done(f"Six books issued for {cycle['name']}")
    return books


def _together(work: Callable[[str], str]) -> Iterator[str]:
    """Do something for every function, two at a time as departments would, and yield the functions in their order."""
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(work, FUNCTIONS)


def submit_books(stage: Stage, cycle: Mapping[str, Any], count: int, issued: Mapping[str, Path], folder: Path) -> None:
    """Fill the books as the departments would and submit them; slips come back with their cell and are corrected."""
    tables = demo_tables(count)
    version = _issued_version(stage, cycle)
    for name in ("baseline", "supply_response"):
        tables[name] = frames.rows(name, stage.client.table(version, name))

    def work(function: str) -> str:
        edits = department_edits(function, tables, count)
        book = issued[function].read_bytes()
        answer = _submit(stage, cycle, function, folder / issued[function].name, fill_book(book, edits))
        if edits.corrections:
            for issue in [i for i in answer["issues"] if i["severity"] == "error"]:
                text = f"{function}, {issue['sheet']}!{issue['cell']}: {issue['message']} {issue['hint']}"
                stage.bar.console.print(f"  [yellow]![/yellow] {text}")
            name = f"{issued[function].stem}_corrected.xlsx"
            answer = _submit(stage, cycle, function, folder / name, fill_book(book, edits, corrected=True))
        if answer["state"] != "validated":
            raise ServerError(f"The {function} book was not accepted: {answer['state']}.", issues_of(answer))
        return function

    for position, function in enumerate(_together(work)):
        stage.tell(position / len(FUNCTIONS), f"The {function} department has submitted")
    stage.done("Six departments have submitted; reported slips are corrected")


def _issued_version(stage: Stage, cycle: Mapping[str, Any]) -> str:
    versions = stage.client.cycle(cycle["id"])["versions"]
    return next(version["hash"] for version in versions if version["kind"] == "issued")


def fill_book(book: bytes, filled: DepartmentEdits, *, corrected: bool = False) -> bytes:
    """Return a book with the edits of a department, with its slips or with what was meant."""
    meant = {id(correction.slip): correction.corrected for correction in filled.corrections}
    filler = Filler(book)
    for edit in filled.edits:
        _type(filler, meant.get(id(edit), edit) if corrected else edit)
    return filler.save()


def _type(filler: Filler, edit: Edit) -> None:
    if isinstance(edit, CellEdit):
        filler.type(edit.table, edit.key, edit.column, edit.value)
    else:
        filler.add(edit.table, edit.values)


def _submit(stage: Stage, cycle: Mapping[str, Any], function: str, path: Path, data: bytes) -> dict[str, Any]:
    path = _write_new(path, data)
    return stage.client.submit(cycle["id"], path.name, data, f"{function.capitalize()} manager")


def _write_new(path: Path, data: bytes) -> Path:
    """Write a file beside those of the same name: nothing is overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True)
    free, count = path, 2
    while free.exists() and free.read_bytes() != data:
        free, count = path.with_stem(f"{path.stem}_{count}"), count + 1
    free.write_bytes(data)
    return free


def decide(stage: Stage, cycle: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Consolidate, take the recommended scenario and commit it; return the plan's summary and the version."""
    stage.step("Consolidating")
    stage.client.consolidate(cycle["id"], FACILITATOR)
    state = stage.client.wait(cycle["id"], stage.tell)
    plan = stage.client.cycle(cycle["id"])["plan"]
    stage.done(f"Consolidated: {len(plan['scenarios'])} scenarios solved and compared")
    scenario = plan["recommendation"]["scenario"]
    reason = plan["recommendation"]["text"]
    version = stage.client.commit(
        cycle["id"], scenario=scenario, author="Managing director", reason=reason, parent=state["version"]
    )
    stage.done(f"Committed scenario '{scenario}' as version {version['hash'][:12]}")
    return plan, version


def report(stage: Stage, outcome: Outcome, seconds: float) -> None:
    """Print the table of results and where the files are."""
    console.print()
    for title, headers, rows, numeric in results(outcome):
        show_table(title, headers, rows, numeric)
    places = [(name, str(path)) for name, path in outcome.files.items()]
    show_table("Files", ("What", "Where"), places)
    console.print(
        f"Done in {seconds:.0f} s. Look at the pages: [bold]sop-xl serve --db sqlite:///{stage.folder}/sop_xl.sqlite[/bold]"
    )


def results(outcome: Outcome) -> Iterator[tuple[str, Sequence[str], Sequence[Sequence[str]], Sequence[int]]]:
    """Yield the tables of results: accuracy, gap, service and margin of base and committed plan; the scenarios."""
    plan, currency = outcome.plan, outcome.plan["currency"]
    compared = {row["scenario"]: row for row in plan["comparison"]}
    base, chosen = compared["base"], compared[outcome.version["scenario"]]
    accuracy = next((row for row in plan["accuracy"] if row["family"] == EVERYWHERE), None)
    figures = [
        ("Gross margin", "gross_margin", f" {currency}"),
        ("Revenue", "revenue", f" {currency}"),
        ("Fill rate", "fill_rate", ""),
        ("Gap, units late or lost", "gap_units", ""),
        ("Average stock value", "stock_value", f" {currency}"),
        ("Peak load", "peak_load", ""),
    ]
    rows = [
        (label, *(number(row[name], percent=name in _SHARES) + unit for row in (base, chosen)))
        for label, name, unit in figures
    ]
    yield "Results", ("Over 18 months", "Base plan", f"Committed: {chosen['title']}"), rows, (1, 2)
    if accuracy:
        found = [
            ("Baseline WAPE, last 12 months held out", number(accuracy["wape"], percent=True)),
            ("Seasonal naive WAPE", number(accuracy["naive_wape"], percent=True)),
            ("Forecast value added", number(accuracy["value_added"], percent=True)),
            ("Bias", number(accuracy["bias"], percent=True)),
            ("Actuals within P10 … P90", number(accuracy["coverage_80"], percent=True)),
        ]
        yield "Forecast accuracy, by product", ("Figure", "Value"), found, (1,)
    held = "verified" if outcome.verified["ok"] else "BROKEN"
    version = [
        ("Committed version", outcome.version["hash"]),
        ("Parent", outcome.version["parent"]),
        ("Chain", f"{outcome.verified['versions']} versions, {held}"),
    ]
    yield "Version", ("What", "Value"), version, ()


def _keep_serving(client: Client, outcome: Outcome) -> None:
    console.print(f"\nServing on [bold]{client.url}/cycles/{outcome.cycle['id']}[/bold]. Stop with Ctrl+C.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        console.print("Stopped.")
